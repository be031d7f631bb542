"""The journal in every format: read back, it gives the ledger's totals to the cent, on any day."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from openpyxl import load_workbook

from grants import ledger
from grants.enums import LedgerKind, State
from grants.exceptions import RuleRefused
from grants.exports import ledger_table, workbooks
from grants.exports.kinds import ExportKind, Wanted
from grants.exports.ledger_files import LEDGER_CSV, LEDGER_JSONL
from grants.exports.ledger_workbook import LEDGER_XLSX
from grants.visibility import Reader
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, World, open_fund
from tests.grants import walk
from tests.grants.exports.reading import HELD, broken_digests, csv_rows, entries_of, held_after, write

KINDS = [LEDGER_CSV, LEDGER_JSONL, LEDGER_XLSX]
LATER = OPENED_ON + timedelta(days=40)
LAST = OPENED_ON + timedelta(days=60)


@pytest.fixture(scope="module")
def told_world(django_db_setup: None, django_db_blocker: Any) -> Any:
    """Entries of every kind but one, on three days; read only, so made once."""
    block: Any = transaction.atomic()
    block._from_testcase = True  # conftest.py runs what is to be done on commit
    with django_db_blocker.unblock(), block:
        world = open_fund()
        credited = walk.walk_to(world, State.CREDITED)
        walk.walk_to(world, State.APPROVED, on=LATER)
        walk.walk_to(world, State.CANCELLED, on=LATER)
        walk.walk_to(world, State.ELIGIBLE, on=LATER)
        walk.reverse(world, credited, LAST)
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, told_world: World) -> World:
    return told_world


DAYS: list[dict[str, date]] = [
    {},
    {"as_at": OPENED_ON},
    {"as_at": LATER - timedelta(days=1)},
    {"as_at": LATER},
    {"until": LATER},
    {"since": OPENED_ON + timedelta(days=1)},
    {"since": LATER, "until": LATER},
    {"since": LAST, "as_at": LATER},
    {"as_at": OPENED_ON - timedelta(days=30)},
]


@pytest.mark.parametrize("days", DAYS, ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_read_back_it_gives_the_ledgers_totals(
    kind: ExportKind, days: dict[str, date], world: World, tmp_path: Path
) -> None:
    written, path = write(kind, world, tmp_path, **days)
    found = entries_of(path)
    last = min((day for name, day in days.items() if name != "since"), default=date(2021, 1, 1))
    first = days.get("since", date(2000, 1, 1))
    wanted = ledger.LedgerEntry.objects.filter(fund=world.fund, value_date__gte=first, value_date__lte=last)
    assert [(row["number"], row["kind"], row["amount_cents"]) for row in found] == list(
        wanted.order_by("number").values_list("number", "kind", "amount_cents")
    )
    before = ledger.position_as_at(world.fund.pk, first - timedelta(days=1))
    after = ledger.position_as_at(world.fund.pk, last)
    moved = held_after(found)
    for account in HELD:
        assert getattr(before, f"{account}_cents") + moved[account] == getattr(after, f"{account}_cents")
        if found:
            assert found[-1][f"{account}_after_cents"] == getattr(after, f"{account}_cents")
        assert written.sums_cents[f"{account}_after"] == getattr(after, f"{account}_cents")
    assert written.rows == len(found)
    sums: Counter[str] = Counter()
    for row in found:
        sums[row["kind"]] += row["amount_cents"]
    assert {name: cents for name, cents in written.sums_cents.items() if name in LedgerKind} == sums
    assert written.first_number == (found[0]["number"] if found else None)
    assert written.last_number == (found[-1]["number"] if found else None)
    assert written.head == (after.last_number, after.last_digest)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_the_same_request_gives_the_same_bytes(kind: ExportKind, world: World, tmp_path: Path) -> None:
    _written, first = write(kind, world, tmp_path / "a", by="auditor")
    _written, second = write(kind, world, tmp_path / "b", by="manager")
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == [first.name], "nothing else is left there"


def test_the_chain_can_be_recomputed_from_the_file(world: World, tmp_path: Path) -> None:
    _written, path = write(LEDGER_JSONL, world, tmp_path)
    rows = entries_of(path)
    assert len(rows) > 20
    assert broken_digests(world.fund.code, rows) == []
    rows[7]["amount_cents"] += 1
    assert broken_digests(world.fund.code, rows) == [8]


class TestCsv:
    def test_as_a_program_wants_it(self, world: World, tmp_path: Path) -> None:
        options = {"separator": "comma", "decimal": "point", "bom": "no", "headings": "names"}
        _written, path = write(LEDGER_CSV, world, tmp_path, options=options)
        row = csv_rows(path, separator=",", bom=False)[0]
        assert (row["number"], row["kind"], row["amount"], row["value_date"]) == (
            "1",
            "endow",
            "40000.00",
            "2020-05-05",
        )
        assert row["application"] == ""

    def test_as_a_french_spreadsheet_wants_it(self, world: World, tmp_path: Path) -> None:
        _written, path = write(LEDGER_CSV, world, tmp_path)
        row = next(row for row in csv_rows(path) if row["Mouvement (code)"] == "credit")
        assert (row["Mouvement"], row["Montant (EUR)"], row["Rubrique"]) == ("Imputation", "500,00", "loyer")
        assert row["Pièce comptable"]
        assert row["Entreprise locataire"]
        assert row["Enregistré par"] == "payer"

    def test_amounts_under_a_euro_keep_their_cents(self, world: World, tmp_path: Path) -> None:
        _written, path = write(LEDGER_CSV, world, tmp_path)
        assert {row["Réservé ensuite (EUR)"] for row in csv_rows(path)} >= {"0,00", "500,00", "1500,00"}

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
    def test_without_names_there_are_none(self, kind: ExportKind, world: World, tmp_path: Path) -> None:
        tenants = TenantBusiness.objects.filter(applications__fund=world.fund)
        names = {str(name) for row in tenants.values_list("legal_name", "siret") for name in row} | {"payer"}
        for path, expected in (
            (write(kind, world, tmp_path / "a")[1], names),
            (write(kind, world, tmp_path / "b", options={"names": "no"})[1], set()),
            # Who has no side in the fund reads no names whatever they ask for.
            (write(kind, world, tmp_path / "c", reader=Reader(1, world.fund.pk))[1], set()),
        ):
            assert {name for name in names if name in text_of(path)} == expected


def text_of(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text()
    sheet = load_workbook(path).worksheets[1]
    return "\n".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row)


class TestWorkbook:
    def test_cells_are_typed_and_the_heading_stays(self, world: World, tmp_path: Path) -> None:
        _written, path = write(LEDGER_XLSX, world, tmp_path)
        sheet = load_workbook(path).worksheets[1]
        assert (sheet.title, sheet.freeze_panes) == ("Mouvements", "B2")
        cells: dict[Any, Any] = {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}
        assert (cells["Date d’effet"].value.date(), cells["Date d’effet"].number_format) == (OPENED_ON, "dd/mm/yyyy")
        assert (cells["Montant (EUR)"].value, cells["Montant (EUR)"].number_format) == (40_000, "#,##0.00")
        assert cells["Numéro"].data_type == "n"
        assert cells["Dossier"].value is None

    def test_the_totals_tie_to_the_position(self, world: World, tmp_path: Path) -> None:
        _written, path = write(LEDGER_XLSX, world, tmp_path, since=LATER, until=LATER)
        kept = rows_by_name(load_workbook(path, data_only=True).worksheets[0])
        held, before = (ledger.position_as_at(world.fund.pk, day) for day in (LATER, LATER - timedelta(days=1)))
        for label, account in (("Disponible", "available"), ("Engagé", "committed"), ("Imputé", "credited")):
            was, moved, now, difference = (value * 100 for value in kept[label])
            assert (was, now) == (getattr(before, f"{account}_cents"), getattr(held, f"{account}_cents"))
            assert (moved, difference) == (now - was, 0)
        assert kept["Total (dotation)"][2] * 100 == held.endowed_cents
        formulas = rows_by_name(load_workbook(path).worksheets[0])
        assert formulas["Réservation"][1] == "=SUMIF('Mouvements'!S:S,\"reserve\",'Mouvements'!D:D)"
        assert formulas["Réservé"][1] == "=C6-C7"

    def test_what_a_sheet_can_t_hold_goes_on_the_next(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = entries_of(write(LEDGER_XLSX, world, tmp_path)[1])
        monkeypatch.setattr(workbooks, "SHEET_ROWS", 10)
        _written, path = write(LEDGER_XLSX, world, tmp_path / "b")
        totals, *sheets = load_workbook(path).worksheets
        assert [sheet.title for sheet in sheets][:2] == ["Mouvements", "Mouvements 2"]
        numbers = [row[0] for sheet in sheets for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert numbers == [row["number"] for row in whole]
        assert "'Mouvements 2'!" in rows_by_name(totals)["Réservation"][1]

    def test_a_fund_without_a_movement(self, db: None, tmp_path: Path) -> None:
        world = open_fund(endowment_cents=None)
        _written, path = write(LEDGER_XLSX, world, tmp_path)
        totals, sheet = load_workbook(path).worksheets
        assert totals["A2"].value == "Aucun mouvement pour l’instant"
        assert sheet.max_row == 1


def rows_by_name(sheet: Any) -> dict[str, list[Any]]:
    return {row[0]: list(row[1:]) for row in sheet.iter_rows(values_only=True) if row[0]}


def test_far_along_it_is_told(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(workbooks, "TELL_EVERY", 10)
    monkeypatch.setattr("grants.exports.tables.TELL_EVERY", 10)
    reader = Reader(1, world.fund.pk)
    for kind in KINDS:
        told.clear()
        kind.write(Wanted(fund=world.fund, reader=reader), tmp_path, lambda done, of_all: told.append((done, of_all)))
        dones, totals = zip(*told, strict=True)
        assert list(dones) == sorted(dones)
        assert set(totals) == {world.fund.ledger_entries.count()}


def test_nothing_leaves_that_the_position_contradicts(world: World) -> None:
    wanted = Wanted(fund=world.fund, reader=Reader(1, world.fund.pk))
    found = ledger_table.totals(wanted)
    forged = replace(found.held, available_cents=found.held.available_cents + 1, reserved_cents=0)
    with pytest.raises(RuleRefused) as refusal:
        ledger_table.check(found._replace(held=forged))
    assert refusal.value.codes == ["ledger_disagrees", "ledger_disagrees"]
