"""Whatever a name holds, it comes back as it was, takes no other column's place and is no formula."""

import csv
import io
import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from psycopg import sql

from grants.exports import sheets
from grants.exports.sheets import Sheet
from grants.exports.tables import Column, Dialect, Kind, Table, rows_of, write_csv, write_jsonl
from grants.exports.workbooks import cell, workbook, write_sheets
from tests.grants.exports.spreadsheets import as_it_was

pytestmark = pytest.mark.django_db

NASTY: Final = (
    "=1+1",
    "+33 3 44 00 00 00",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "  =1+1",
    "\r\n=1+1",
    "\uff1d1+1",
    "'=1+1",
    "''=1+1",
    "'s-Hertogenbosch",
    'Chez "Léa" ; fils, et Cie',
    "une ligne\nune autre\r\nune troisième",
    "\\. \\N \\n",
    "\\.",
    "شركة النور",
    "Boulangerie 🥐 Église",
    "Łódź ŒUVRE €",
    "_x0041_ _x000D_",
    "x" * 500,
    " ",
    "NULL",
    "\x01\x02\x1f",
)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=60)
starts = st.sampled_from(["", "=", "'=", "\t", " +", "''-", "@", "\\.", ";", '"'])


def told(_done: int, _of_all: int) -> None:
    """Nobody listens."""


def table_of(names: list[str]) -> Table:
    """Rows that hold these names and nothing else but their place."""
    values = sql.SQL(", ").join([sql.SQL("({}, {})").format(n, sql.Literal(name)) for n, name in enumerate(names)])
    columns = (
        Column("place", "place", Kind.NUMBER, sql.SQL("row.place")),
        Column("name", "name", Kind.TEXT, sql.SQL("row.name::text")),
    )
    return Table(columns, sql.SQL("FROM (VALUES {}) row(place, name) ORDER BY row.place").format(values), 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(str.__add__, starts, texts), min_size=1, max_size=8), st.sampled_from([";", ","]))
@example(list(NASTY), ";")
@example(list(NASTY), ",")
@example([f"{space}=1" for space in map(chr, range(1, 0x3001)) if space.isspace()], ";")
def test_any_name_comes_back_from_csv_and_json(tmp_path: Path, names: list[str], separator: str) -> None:
    path = tmp_path / "names"
    write_csv(table_of(names), path, Dialect(separator=separator, has_bom=False), told, len(names))
    _heading, *rows = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=separator)
    assert [row[0] for row in rows] == [str(n) for n in range(len(names))], "no name makes a row or a column"
    for (_place, found), name in zip(rows, names, strict=True):
        assert as_it_was(found) == name
        assert found.lstrip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}, f"{found!r} may be taken for a formula"
        assert not found.startswith(("\t", "\r", "\n"))
    write_jsonl(table_of(names), path, told, len(names))
    lines = path.read_bytes().decode().removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == [{"place": n, "name": name} for n, name in enumerate(names)]


def test_an_apostrophe_is_put_before_what_is_read_as_a_formula_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    write_csv(table_of(list(NASTY)), path, Dialect(has_bom=False), told, len(NASTY))
    _heading, *rows = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=";")
    marked = [name for (_place, found), name in zip(rows, NASTY, strict=True) if found == f"'{name}"]
    assert marked == list(NASTY[:10])
    assert len({found for _place, found in rows}) == len(NASTY), "so that each can be told from the others"


@pytest.mark.parametrize("name", [*NASTY, "\ufeff=1+1", "\u200b=1+1", "\x01=1", "'\ufeff@x", "\x7f-1", "\u200bLéa"])
def test_tables_from_python_mark_what_those_of_the_database_mark(tmp_path: Path, name: str) -> None:
    write_csv(table_of([name]), tmp_path / "database.csv", Dialect(), told, 1)
    names = Sheet("names", (sheets.Column("name"),), [(name,)])
    sheets.write_csv(tmp_path / "python.csv", names)
    (_place, marked), (found,) = (
        list(csv.reader(io.StringIO((tmp_path / file).read_text("utf-8-sig"), newline=""), delimiter=";"))[1]
        for file in ("database.csv", "python.csv")
    )
    assert found == marked


def test_a_workbook_holds_texts_as_texts(tmp_path: Path) -> None:
    # Control characters a workbook can't hold as they are; openpyxl reads their escapes as they stand.
    names = [name for name in NASTY if name.isprintable() and "_x" not in name]
    with workbook(tmp_path / "names.xlsx", "names") as opened:
        write_sheets(opened, table_of(names), "names", told, len(names))
    assert [row[1] for row in rows_of(table_of(names), cell)] == names
    sheet = load_workbook(tmp_path / "names.xlsx").active
    assert sheet is not None
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == names
    assert {cell.data_type for cell in cells} == {"s"}
