"""Credits to be issued as at a day: from rows that can't change, tied to the position, refused where they disagree."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants import ledger
from grants.actions import reversal
from grants.enums import CapsBasis, RequestKind, State
from grants.exceptions import NotAllowed, RuleRefused
from grants.exports.accountant import period_of
from grants.exports.credit_schedule import CREDIT_SCHEDULE
from grants.exports.credits_to_issue import CREDITS_TO_ISSUE
from grants.exports.reconciliation import RECONCILIATION
from grants.models import ReliefLine
from grants.money import Split
from grants.reconciling.owed import check_agrees, owed_at
from grants.reconciling.to_credit import lines_due, schedule_number
from landlords.enums import VatRegime
from landlords.models import Lease, RentCall, TenantBusiness
from tests import factories_landlords
from tests.factories import World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.reconciling.papers import csv_dicts, csv_rows, notes, said, sheet_rows, states, written

pytestmark = pytest.mark.django_db
APRIL = date(2020, 4, 1)
MAY, YEAR_END, LATER = date(2020, 5, 31), date(2020, 12, 31), date(2021, 1, 15)


def committed_at(world: World, day: date) -> int:
    return ledger.position_as_at(world.fund.pk, day).committed_cents


def test_a_year_end_says_later_what_it_said_then(tmp_path: Path) -> None:
    world = open_fund()
    first = walk.walk_to(world, State.APPROVED, on=MAY)
    second = walk.walk_to(world, State.APPROVED, on=YEAR_END)
    then = owed_at(world.fund, YEAR_END)
    assert (sum(one.cents for one in then.lines), len(then.leases)) == (3_000_00, 2)
    before = written(CREDITS_TO_ISSUE, world, tmp_path, as_at=YEAR_END, format="csv")
    said = (tmp_path / before.files[0]).read_bytes()

    walk.credit(world, first, LATER)
    walk.ask_undo(world, first, LATER, kind=RequestKind.UNCREDIT)
    walk.cancel(world, second, LATER)

    for day in (date(2020, 5, 30), MAY, YEAR_END, LATER):
        assert sum(one.cents for one in owed_at(world.fund, day).lines) == committed_at(world, day)
    again = written(CREDITS_TO_ISSUE, world, tmp_path, as_at=YEAR_END, format="csv")
    assert (tmp_path / again.files[0]).read_bytes() == said
    assert again.sums_cents == {"net": 3_000_00, "vat": 0, "gross": 3_000_00, "committed": 3_000_00}
    assert again.head == before.head
    assert [row["Compte"] for row in csv_dicts(tmp_path / again.files[0])] == ["4198"] * 3
    assert owed_at(world.fund).position.as_at == LATER


def test_who_takes_a_lease_over_is_owed_nothing_of_before(tmp_path: Path) -> None:
    world = open_fund()
    lease = tenant_with_lease(world, months=[APRIL], reference="B-1")
    tenant = walk.walk_to(world, State.APPROVED, lease=lease, on=MAY).tenant

    def said(folder: Path) -> str:
        folder.mkdir()
        made = written(CREDITS_TO_ISSUE, world, folder, as_at=YEAR_END, format="csv")
        return "".join((folder / name).read_text("utf-8-sig") for name in made.files)

    before = said(tmp_path / "before")
    assert (before.count(str(tenant)), before.count(str(tenant.siret))) == (2, 1)
    successor = factories_landlords.tenant(landlord=world.landlord, legal_name="REPRENEUR")
    Lease.objects.filter(pk=lease.pk).update(tenant=successor)
    assert said(tmp_path / "after") == before


def test_a_lease_with_lines_of_two_tenants_has_a_row_for_each() -> None:
    world = open_fund()
    lease = tenant_with_lease(world, reference="B-1")
    march, *others = walk.asks_of(lease)
    walk.approve(world, walk.favourable(world, walk.submit(world, walk.draft(world, lease=lease, lines=[march]))))
    taken_over = factories_landlords.tenant(landlord=world.landlord, legal_name="REPRENEUR")
    Lease.objects.filter(pk=lease.pk).update(tenant=taken_over)
    lease.refresh_from_db()
    walk.approve(world, walk.favourable(world, walk.submit(world, walk.draft(world, lease=lease, lines=others))))
    leases = owed_at(world.fund).leases
    assert [(one.lease.pk, len(one.lines)) for one in leases] == [(lease.pk, 1), (lease.pk, 2)]
    assert leases[1].tenant == taken_over != leases[0].tenant


def test_an_uncredited_line_is_owed_again() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED, on=MAY)
    assert owed_at(world.fund, MAY).lines == []
    request = walk.ask_undo(world, file, YEAR_END, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=request, by=world.approver, key=key(), on=YEAR_END)
    assert sum(one.cents for one in owed_at(world.fund, YEAR_END).lines) == 1_500_00 == committed_at(world, YEAR_END)


@pytest.mark.parametrize("basis", list(CapsBasis))
def test_net_vat_and_gross_of_a_lease_with_vat(basis: CapsBasis, tmp_path: Path) -> None:
    world = open_fund(caps_basis=basis)
    lease = tenant_with_lease(world, vat_regime=VatRegime.DEBITS, months=[date(2020, 4, 1)], reference="B9")
    RentCall.objects.update(vat_rate_bp=2000, vat_cents=100_00, gross_cents=600_00)
    cents = 500_00 if basis == CapsBasis.NET else 600_00
    lines = walk.asks_of(lease, asked_cents=cents)
    file = walk.draft(world, lease=lease, lines=lines)
    for step in (walk.submit, walk.favourable, walk.approve):
        file = step(world, file)
    found = owed_at(world.fund)
    assert found.amount == Split(500_00, 100_00, 600_00)
    assert found.position.committed_cents == cents == found.lines[0].cents
    made = written(CREDITS_TO_ISSUE, world, tmp_path)
    rows = sheet_rows(tmp_path / made.files[0], "Par bail")
    assert rows[1][0] == "B9"
    assert rows[1][5:] == ["TVA sur les débits", 500, 100, 600, "4198"]
    assert sheet_rows(tmp_path / made.files[0], "Contrôle")[-1][:2] == ["Écart", 0]
    (due,) = lines_due(world.fund)
    assert (due.amount, due.regime) == (found.amount, VatRegime.DEBITS)
    schedule = written(CREDIT_SCHEDULE, world, tmp_path, format="csv")
    row = csv_dicts(tmp_path / schedule.files[0])[0]
    assert (row["Compte"], row["Compte TVA"], row["Taux de TVA"]) == ("709", "44571", "20 %")
    assert row["Période appelée"] == "01/04/2020 - 30/04/2020"
    RentCall.objects.all().delete()
    assert lines_due(world.fund)[0].called is None
    uncalled = written(CREDIT_SCHEDULE, world, tmp_path, format="csv")
    assert uncalled.rows == 0
    assert period_of(None) == ""
    assert csv_dicts(tmp_path / uncalled.files[1])[0]["Mois"] == "04/2020"


def test_a_difference_is_told_and_nothing_is_made() -> None:
    world = open_fund()
    with pytest.raises(RuleRefused) as refused:
        check_agrees(1, ledger.position_as_at(world.fund.pk, MAY))
    assert refused.value.codes == ["not_as_position"]
    assert "0,01" in str(refused.value)


def test_only_the_landlords_accountants_and_auditors_have_them(tmp_path: Path) -> None:
    world = open_fund()
    for kind in (CREDIT_SCHEDULE, CREDITS_TO_ISSUE, RECONCILIATION):
        for by in (world.payer, world.landlord_manager, world.auditor):
            written(kind, world, tmp_path, by=by)
        for by in (world.chamber_manager, world.approver, world.advisor):
            with pytest.raises(NotAllowed):
                written(kind, world, tmp_path, by=by)


def test_the_same_lines_make_the_same_bytes_and_number(tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    folders = [tmp_path / name for name in "ab"]
    made = []
    for folder in folders:
        folder.mkdir()
        made.append(written(CREDIT_SCHEDULE, world, folder))
    assert made[0] == made[1]
    assert (folders[0] / made[0].files[0]).read_bytes() == (folders[1] / made[1].files[0]).read_bytes()
    due = lines_due(world.fund)
    assert schedule_number(due) != schedule_number(due[1:])
    assert schedule_number(due) in made[0].files[0]
    assert lines_due(world.fund, until=date(2020, 5, 4)) == []
    assert len(lines_due(world.fund, until=date(2020, 5, 5))) == 3


def test_the_workbook_is_typed_and_shows_what_to_fill_in(tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="=1+1"))
    made = written(CREDIT_SCHEDULE, world, tmp_path)
    import openpyxl

    (sheet,) = openpyxl.load_workbook(tmp_path / made.files[0]).worksheets
    head = [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "A2"
    cells = dict(zip(head, sheet[2], strict=True))
    assert (cells["Réf. bail"].value, cells["Réf. bail"].data_type) == ("=1+1", "s")
    assert (cells["Montant TTC"].value, cells["Montant TTC"].data_type) == (500, "n")
    assert cells["N° de pièce"].fill.fgColor.rgb == "FFFFF8DC"
    assert cells["Date de la pièce"].number_format == "dd/mm/yyyy"
    assert sheet.cell(sheet.max_row, head.index("Montant TTC") + 1).value == 1500


def test_on_paper_the_schedule_has_what_is_read_and_filled_in_large_enough(tmp_path: Path) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    name = "Boulangerie-pâtisserie artisanale du Vieux Fournil de Compiègne"
    TenantBusiness.objects.filter(pk=file.tenant_id).update(legal_name=name, trade_name="")
    made = written(CREDIT_SCHEDULE, world, tmp_path)
    import openpyxl
    from openpyxl.utils import get_column_letter

    (sheet,) = openpyxl.load_workbook(tmp_path / made.files[0]).worksheets
    printed = [cell.value for cell in sheet[sheet.print_area.replace("$", "").split("!")[-1]][0]]
    assert {"Locataire", "Montant TTC", "Compte", "N° de pièce", "Date de la pièce", "Imputé sur l’avis"} <= set(
        printed
    )
    assert "Identifiant" not in " ".join(printed)
    # A landscape A4 sheet holds about 130 characters of the usual size.
    widths = [sheet.column_dimensions[get_column_letter(n)].width for n in range(1, len(printed) + 1)]
    assert sum(widths) < 200
    heights = [sheet.row_dimensions[row].height for row in (2, sheet.max_row)]
    assert heights == [45, None]  # as high as words take, else as usual


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_schedule_of_nothing_says_so(form: str, tmp_path: Path) -> None:
    world = open_fund()
    made = written(CREDIT_SCHEDULE, world, tmp_path, format=form)
    path = tmp_path / made.files[0]
    rows = csv_rows(path) if form == "csv" else sheet_rows(path, "Bordereau d’imputation")
    assert [row[0] for row in rows[1:]] == ["Rien à imputer", "Total"]
    assert made.rows == 0
    back = notes(world, path.read_bytes(), name=path.name)
    assert states(back) == ["known"]
    assert said(back) == ["Pas encore de pièce\u00a0: rien à faire."]


def test_as_many_queries_for_three_files_as_for_one() -> None:
    counts = []
    for files in (1, 3):
        world = open_fund()
        for _ in range(files):
            walk.walk_to(world, State.APPROVED)
        with CaptureQueriesContext(connection) as queries:
            lines_due(world.fund)
            owed_at(world.refresh())
        counts.append(len(queries))
    assert counts == [10, 10]
    assert ReliefLine.objects.count() == 12
