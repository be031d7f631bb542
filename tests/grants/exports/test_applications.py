"""Applications line by line: what the reader may see, split as money is split, tied to the ledger."""

from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from grants import ledger
from grants.enums import LineState, State
from grants.exceptions import RuleRefused
from grants.exports.applications_table import APPLICATIONS_CSV, APPLICATIONS_XLSX, NET, VAT
from grants.exports.kinds import Wanted
from grants.models import ReliefLine
from grants.money import split
from grants.visibility import reader_of
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.exports.reading import cents_of, csv_rows, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, charges_cents=35_01))
    walk.walk_to(world, State.DRAFT)
    return world


def test_one_row_for_each_line(world: World, tmp_path: Path) -> None:
    written, path = write(APPLICATIONS_CSV, world, tmp_path)
    rows = csv_rows(path)
    lines = ReliefLine.objects.filter(application__fund=world.fund).exclude(application__state=State.DRAFT)
    assert sorted(row["Ligne (identifiant)"] for row in rows) == sorted(str(line.uuid) for line in lines)
    assert [row["Rubrique"] for row in rows[3:5]] == ["loyer", "provisions sur charges"]
    first = rows[0]
    assert (first["État"], first["État de la ligne"], first["Accordé (EUR)"]) == ("Imputé", "Imputé", "500,00")
    assert first["Pièce comptable"]
    assert first["Date de la pièce"] == "2020-05-05"
    assert written.rows == len(rows)


def test_the_sums_are_the_ledgers(world: World, tmp_path: Path) -> None:
    written, path = write(APPLICATIONS_CSV, world, tmp_path)
    held = ledger.position(world.fund.pk)
    for state, cents in ((LineState.APPROVED, held.committed_cents), (LineState.CREDITED, held.credited_cents)):
        rows = [row for row in csv_rows(path) if row["État de la ligne (code)"] == state]
        assert sum(cents_of(row["Accordé (EUR)"]) for row in rows) == cents == written.sums_cents[state]
        assert cents > 0


def test_where_files_and_ledger_disagree_nothing_leaves(world: World, tmp_path: Path) -> None:
    ReliefLine.objects.filter(state=LineState.CREDITED).update(approved_cents=499_99)
    ReliefLine.objects.filter(state=LineState.APPROVED).update(approved_cents=1)
    with pytest.raises(RuleRefused) as refusal:
        write(APPLICATIONS_CSV, world, tmp_path)
    assert refusal.value.codes == ["files_disagree", "files_disagree"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("person", "drafts"), [("advisor", 3), ("chamber_manager", 3), ("landlord_manager", 0), ("auditor", 0)]
)
def test_drafts_are_the_chambers_own(person: str, drafts: int, world: World, tmp_path: Path) -> None:
    reader = reader_of(world.people[person], world.fund.pk)
    APPLICATIONS_CSV.write(Wanted(fund=world.fund, reader=reader), tmp_path, lambda _done, _of_all: None)
    (path,) = tmp_path.iterdir()
    assert sum(row["État (code)"] == "draft" for row in csv_rows(path)) == drafts


def test_the_workbook_has_the_same_rows_whoever_asks(world: World, tmp_path: Path) -> None:
    _written, path = write(APPLICATIONS_CSV, world, tmp_path)
    _written, book = write(APPLICATIONS_XLSX, world, tmp_path, by="manager")
    _written, again = write(APPLICATIONS_XLSX, world, tmp_path / "again")
    assert book.read_bytes() == again.read_bytes()
    heading, *rows = load_workbook(book).worksheets[0].iter_rows(values_only=True)
    assert [row[heading.index("Ligne (identifiant)")] for row in rows] == [
        row["Ligne (identifiant)"] for row in csv_rows(path)
    ]
    amounts = [row[heading.index("Demandé (EUR)")] for row in rows]
    assert [f"{amount:.2f}".replace(".", ",") for amount in amounts] == [row["Demandé (EUR)"] for row in csv_rows(path)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**12), st.sampled_from([0, 210, 550, 1000, 2000, 9999]), st.booleans()), min_size=1
    )
)
def test_the_database_splits_money_as_we_do(amounts: list[tuple[int, int, bool]]) -> None:
    cents, rates, bases = zip(*amounts, strict=True)
    rows = "unnest(%s::bigint[], %s::int[], %s::text[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {NET}, {VAT} FROM (SELECT * FROM {rows} row(approved_cents, vat_rate_bp, basis)) line"  # noqa: S608
            " CROSS JOIN LATERAL (SELECT line.basis AS caps_basis) charter",
            [list(cents), list(rates), ["gross" if gross else "net" for gross in bases]],
        )
        found = cursor.fetchall()
    assert found == [split(sum_, rate, is_gross=gross)[:2] for sum_, rate, gross in amounts]
