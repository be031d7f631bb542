"""What a person says of a file's columns, and what the file shows before anything is checked."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.utils import translation

from landlords.models import Lease, Premises
from landlords.rent_roll import Layout, Unreadable, import_rent_roll, preview
from landlords.rent_roll.columns import FACT_BY_HEADING, find_columns
from landlords.rent_roll.labels import LABELS
from landlords.rent_roll.preview import written
from tests.landlords.rolls import csv_bytes, csv_file, rows_of, xlsx_file

FACTS = {0: "lease", 1: "premises", 2: "legal_name", 6: "starts_on", 7: "period", 8: "rent"}


def test_every_fact_has_its_words_and_no_other() -> None:
    assert set(LABELS) == set(FACT_BY_HEADING.values())


class TestLayout:
    def test_says_which_line_is_the_header(self) -> None:
        head = [(1, ["Réf. bail", "SIRET", "Loyer HT"]), (4, ["x", "y", "z"])]
        columns = find_columns(head, Layout(4, {0: "lease", 2: "rent"}))
        assert columns is not None
        assert (columns.line, columns.places, columns.ignored) == (4, {"lease": 0, "rent": 2}, ["y"])

    def test_a_line_that_is_not_there_is_no_header(self) -> None:
        assert find_columns([(1, ["Réf. bail"])], Layout(2, {})) is None

    def test_one_fact_in_two_columns_is_an_error(self) -> None:
        columns = find_columns([(1, ["a", "b"])], Layout(1, {0: "lease", 1: "lease"}))
        assert columns is not None
        assert "column_ambiguous" in [finding.code for finding in columns.errors]

    def test_the_date_in_a_heading_still_counts(self) -> None:
        columns = find_columns([(1, ["Impayés au 30/04/2020"])], Layout(1, {0: "arrears"}))
        assert columns is not None
        assert columns.arrears_on == datetime.date(2020, 4, 30)

    def test_a_column_without_a_heading_is_called_by_its_place(self) -> None:
        columns = find_columns([(1, ["a", None, 3])], Layout(1, {1: "lease"}))
        assert columns is not None
        assert columns.headers == {0: "a", 1: "2", 2: "3"}
        assert columns.ignored == ["a", "3"]

    @pytest.mark.django_db
    def test_governs_an_import(self, tmp_path: Path, owner: object) -> None:
        rows = rows_of({})
        rows[0] = [f"C{n}" for n in range(len(rows[0]))]
        (tmp_path / "roll.csv").write_bytes(csv_bytes(rows))
        report = import_rent_roll(tmp_path / "roll.csv", owner, layout=Layout(1, FACTS))
        assert report.written, list(report.as_text())
        assert Lease.objects.get().reference == "B1"
        assert Premises.objects.get().reference == "L1"


class TestPreview:
    def test_guesses_and_shows_the_first_values(self, tmp_path: Path) -> None:
        seen = preview(csv_file(tmp_path, {}, {"Réf. bail": "B2"}, {"Réf. bail": "B3"}, {"Réf. bail": "B4"}))
        assert seen.line == 1
        first = seen.columns[0]
        assert (first.place, first.header, first.fact, first.samples) == (0, "Réf. bail", "lease", ("B1", "B2", "B3"))
        assert [column.fact for column in seen.columns].count(None) == 0

    def test_takes_the_first_row_of_several_cells_where_no_heading_is_known(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, ["Mon immeuble"], [], ["aa", "bb", None], [1, datetime.date(2020, 3, 1), None])
        with translation.override("fr"):
            seen = preview(path)
        assert seen.line == 3
        assert [(c.header, c.fact, c.samples) for c in seen.columns] == [
            ("aa", None, ("1",)),
            ("bb", None, ("01/03/2020",)),
        ]

    def test_finds_no_header_in_a_letter(self, tmp_path: Path) -> None:
        (tmp_path / "lettre.csv").write_text("Bonjour\nVeuillez trouver\n")
        assert preview(tmp_path / "lettre.csv").columns == ()

    def test_says_what_can_not_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "vide.csv").write_bytes(b"")
        with pytest.raises(Unreadable):
            preview(tmp_path / "vide.csv")

    def test_cells_are_written_as_people_read_them(self) -> None:
        cells = [None, " a  b ", datetime.datetime(2020, 3, 1, 8, tzinfo=datetime.UTC), 3.5, "x" * 99]
        with translation.override("fr"):
            assert [written(cell) for cell in cells] == ["", "a b", "01/03/2020", "3.5", "x" * 60]
