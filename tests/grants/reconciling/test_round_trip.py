"""Our schedule goes out, comes back with the vouchers, and everything is credited once: “écart 0,00 €”."""

from datetime import date, datetime
from pathlib import Path

import pytest

from grants.enums import LineState, State
from grants.exports.credit_schedule import CREDIT_SCHEDULE
from grants.exports.reconciliation import RECONCILIATION
from grants.models import BookedCredit, LedgerEntry, ReliefLine
from grants.reconciling.vouchers import reconcile
from landlords.enums import VatRegime
from landlords.models import RentCall
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants.parallel import faults
from tests.grants.reconciling import papers
from tests.grants.reconciling.papers import DATED, VOUCHER, confirmed, csv_dicts, fill_in, notes, written
from tests.grants.walk import walk_to

pytestmark = pytest.mark.django_db


def two_tenants() -> World:
    """Two approved files, one with VAT, the other of a name that a spreadsheet would take for a formula."""
    world = open_fund()
    walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="=B-1"))
    with_vat = tenant_with_lease(world, vat_regime=VatRegime.RECEIPTS, reference="B 2", months=[date(2020, 4, 1)])
    RentCall.objects.filter(lease=with_vat).update(vat_rate_bp=2000, vat_cents=100_00, gross_cents=600_00)
    walk_to(world, State.APPROVED, lease=with_vat)
    return world


def number_of(row: papers.Row) -> str:
    return "AV-" + row["Réf. bail"].strip("'=")


def test_csv(tmp_path: Path) -> None:
    world = two_tenants()
    made = written(CREDIT_SCHEDULE, world, tmp_path, format="csv")
    rows = csv_dicts(tmp_path / made.files[0])
    assert made.sums_cents == {"net": 2_000_00, "vat": 100_00, "gross": 2_100_00, "held_gross": 0}
    assert [row["Montant TTC"] for row in rows] == ["500,00", "500,00", "500,00", "600,00", "2100,00"]
    for row in rows[:-1]:
        row |= {VOUCHER: number_of(row), DATED: "06/05/2020"}

    file = notes(world, papers.as_csv(rows))

    assert papers.states(file) == ["ready"] * 4
    assert file.schedules == [rows[0]["Bordereau"]]
    assert (file.faults, file.warnings) == ([], [])
    assert not ReliefLine.objects.filter(state=LineState.CREDITED).exists()
    done = confirmed(file, world.payer)
    assert done.finished_at
    check_all_credited(world, file)
    movements = LedgerEntry.objects.count()
    again = notes(world, papers.as_csv(rows))
    assert papers.states(again) == ["known"] * 4
    assert "Déjà imputé" in papers.said(again)[0]
    confirmed(again, world.payer)
    assert (LedgerEntry.objects.count(), BookedCredit.objects.count()) == (movements, 4)


def test_xlsx(tmp_path: Path) -> None:
    world = two_tenants()
    made = written(CREDIT_SCHEDULE, world, tmp_path)
    content = fill_in(tmp_path / made.files[0], lambda row: (number_of(row), datetime(2020, 5, 6)))  # noqa: DTZ001 - a cell
    file = notes(world, content, name="bordereau.xlsx")
    assert papers.states(file) == ["ready"] * 4
    confirmed(file, world.payer)
    check_all_credited(world, file)
    assert not written(CREDIT_SCHEDULE, world, tmp_path).rows


def check_all_credited(world: World, file: object) -> None:
    lines = ReliefLine.objects.filter(application__fund=world.fund)
    assert set(lines.values_list("state", flat=True)) == {LineState.CREDITED}
    assert set(lines.values_list("voucher_ref", "voucher_date")) == {
        ("AV-B-1", date(2020, 5, 6)),
        ("AV-B 2", date(2020, 5, 6)),
    }
    found = reconcile(world.fund)
    assert (found.gross_cents, found.confirmed_cents, found.difference_cents) == (2_100_00, 2_100_00, 0)
    assert world.refresh().position.committed_cents == 0
    assert faults(world.fund) == []


def test_the_reconciliation_says_that_nothing_differs(tmp_path: Path) -> None:
    world = two_tenants()
    made = written(CREDIT_SCHEDULE, world, tmp_path, format="csv")
    rows = csv_dicts(tmp_path / made.files[0])[:-1]
    confirmed(
        notes(world, papers.as_csv([row | {VOUCHER: number_of(row), DATED: "6/5/20"} for row in rows])), world.payer
    )
    made = written(RECONCILIATION, world, tmp_path, format="csv")
    found = csv_dicts(tmp_path / made.files[0])
    assert [row["N° de pièce"] for row in found] == ["AV-B 2", "AV-B-1", "Total"]
    assert [row["Écart"] for row in found] == ["0,00", "0,00", "0,00"]
    assert made.sums_cents["difference"] == 0
