"""What the landlord's books said of a file that was erased: the amounts stay, nobody is named."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.actions import crediting, reversal
from grants.enums import RequestKind, State
from grants.models import Application, BookedCredit, LandlordFile, LandlordFileRow
from grants.reconciling.vouchers import Reconciled, reconcile
from grants.tasks import forget_landlord_files
from landlords.models import Lease
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.kept import anywhere, clock, personal, run
from tests.grants.reconciling import test_accounts, test_confirmations
from tests.grants.reconciling.papers import account, as_csv, confirmed, notes

pytestmark = pytest.mark.django_db
LONG_AFTER = date(2037, 6, 1)
MONTHS = ("03/2020", "04/2020", "05/2020")


def credit(world: World, file: Application, ref: str) -> None:
    lines, piece = walk.line_ids(file), walk.voucher(ref=ref)
    crediting.credit(application=file, lines=lines, voucher=piece, by=world.payer, key=key(), on=OPENED_ON)


def in_the_books(world: World, ref: str) -> None:
    """The file of credit notes has the voucher, and the tenant's account."""
    rows = [test_confirmations.row(**{"N° avoir": ref, "Mois concerné": month}) for month in MONTHS]
    confirmed(notes(world, as_csv(rows)), world.payer)
    confirmed(account(world, as_csv([test_accounts.row(Pièce=ref)])), world.payer)


def sums(found: Reconciled) -> dict[str, Any]:
    return {
        "ours": [(one.gross_cents, one.noted_cents, one.seen_cents, one.standing) for one in found.vouchers],
        "theirs": [(one.cents, one.booked_on) for one in found.theirs],
    }


def twice_credited() -> tuple[World, Application]:
    """By AV-7, which was undone in fundadmin but not in the books, then by AV-8; both are in the landlord's books."""
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))
    credit(world, file, "AV-7")
    in_the_books(world, "AV-7")
    request = walk.ask_undo(world, file, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    credit(world, file, "AV-8")
    in_the_books(world, "AV-8")
    return world, Application.objects.get(pk=file.pk)


def test_the_books_of_an_erased_file_name_nobody_and_add_up_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    world, file = twice_credited()
    before = sums(reconcile(world.fund))
    assert before["ours"][0][:3] == (1_500_00, 1_500_00, 1_500_00)
    assert BookedCredit.objects.count() == 8
    digests = set(BookedCredit.objects.values_list("digest", flat=True))
    assert any("AV-8" in found for found in personal(file))
    clock(monkeypatch, LONG_AFTER)
    assert run(LONG_AFTER).erased == [file.pk]
    assert personal(file) == []
    assert sums(reconcile(world.fund)) == before
    assert not digests & set(BookedCredit.objects.values_list("digest", flat=True))
    assert not BookedCredit.objects.filter(lease__reference="B1").exists()
    assert not LandlordFileRow.objects.exclude(told={}).exists()
    client = Client()
    log_in(client, world.payer)
    for read in LandlordFile.objects.all():
        assert client.get(reverse("grants:landlord_file", args=[world.fund.code, read.uuid])).status_code == 200


def test_a_line_of_an_account_stays_while_another_file_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One credit note for two files of a lease; one of them is still pending an undoing, which keeps it."""
    world = open_fund()
    lease = tenant_with_lease(world, reference="B1")
    march, *others = walk.asks_of(lease)
    files = [_approved(world, lease, lines) for lines in ([march], others)]
    for file in files:
        credit(world, file, "AV-7")
    confirmed(account(world, as_csv([test_accounts.row(Pièce="AV-7")])), world.payer)
    kept = walk.ask_undo(world, files[1], kind=RequestKind.UNCREDIT)
    clock(monkeypatch, LONG_AFTER)
    assert run(LONG_AFTER).erased == [files[0].pk]
    assert BookedCredit.objects.get().lease == lease
    assert kept.application_id == files[1].pk


def _approved(world: World, lease: Lease, lines: Any) -> Application:
    file = walk.draft(world, lease=lease, lines=lines)
    for step in (walk.submit, walk.favourable, walk.approve):
        file = step(world, file, OPENED_ON)
    return file


REGISTER = {"landlords_lease", "landlords_tenantbusiness", "landlords_tenantword"}
"""What the landlord goes on knowing: whom it rents to. Nothing of it says that there was relief."""


def test_nothing_in_the_database_tells_of_the_lease_but_the_landlords_register(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Matched or not, readable or not, written as it may be; what is of another lease stays."""
    world = open_fund()
    lease = tenant_with_lease(world, reference="BAIL-EFFACE")
    name = lease.tenant.legal_name
    file = walk.walk_to(world, State.APPROVED, lease=lease)
    credit(world, file, "AV-7")
    tenant_with_lease(world, reference="AUTRE-BAIL")
    posted = test_confirmations.row(Contrat="BAIL-EFFACE", **{"N° avoir": "AV-7"})
    unread = posted | {"Contrat": "bail-efface ", "Montant": "x", "N° avoir": "AV-8"}
    rows = [posted, posted | {"Montant": "-1"}, unread]
    read = as_csv([*rows, posted | {"Contrat": "AUTRE-BAIL"}]) + f"B9;;;;;;{name}\r\n".encode()
    kept = [confirmed(notes(world, read), world.payer)]
    of_account = test_accounts.row(**{"Réf. bail": "BAIL-EFFACE", "Crédit": "500,00"})
    extract = [of_account | {"Pièce": ref} for ref in ("AV-7", "AV-99")]
    kept.append(confirmed(account(world, as_csv([*extract, of_account | {"Réf. bail": "AUTRE-BAIL"}])), world.payer))
    before = sums(reconcile(world.fund))
    assert [cents for cents, _on in before["theirs"]] == [500_00, 500_00]
    words = ("BAIL-EFFACE", "bail-efface", name, "AV-8", "AV-99")
    assert anywhere(*words)["grants_landlordfilerow"] == 5
    clock(monkeypatch, LONG_AFTER)
    assert run(LONG_AFTER).erased == [file.pk]
    assert anywhere(*words).keys() <= REGISTER
    assert sums(reconcile(world.fund)) == before
    assert [str(one.lease) for one in reconcile(world.fund).theirs] == [f"anonyme-{file.pk}-1", "AUTRE-BAIL"]
    assert {row.told["lease"] for row in LandlordFileRow.objects.exclude(told={})} == {"AUTRE-BAIL"}
    told = LandlordFile.objects.filter(pk__in=[one.pk for one in kept]).values_list("faults", flat=True)
    assert len(told) == len(kept)
    assert name not in str(list(told))


def test_what_matched_nothing_is_forgotten_after_three_months(monkeypatch: pytest.MonkeyPatch) -> None:
    world = test_accounts.credited_world()
    posted = test_confirmations.row(**{"N° avoir": "AV-1"})
    table = as_csv([posted | {"QUIDAM": ""}, posted | {"Contrat": "QUIDAM"}, posted | {"Montant": "QUIDAM"}])
    of_account = test_accounts.row(Pièce="AV-5")
    files = [
        confirmed(notes(world, table), world.payer),
        confirmed(account(world, as_csv([test_accounts.row(), of_account])), world.payer),
    ]
    assert anywhere("QUIDAM").keys() == {"grants_landlordfile", "grants_landlordfilerow"}
    at = files[0].at
    for days, kept in ((90, True), (91, False)):
        monkeypatch.setattr(timezone, "now", lambda days=days: at + timedelta(days=days))
        forget_landlord_files(0)
        assert bool(anywhere("QUIDAM")) is kept
    told = LandlordFileRow.objects.exclude(told={})
    assert [(row.state, row.told["ref"]) for row in told] == [("known", "AV-1"), ("done", "AV-1"), ("done", "AV-5")]
    assert [row.state for row in LandlordFileRow.objects.filter(told={})] == ["fault", "fault"]


def test_a_proposal_nobody_confirmed_can_t_be_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    world = test_accounts.credited_world()
    read = account(world, as_csv([test_accounts.row()]))
    clock(monkeypatch, LONG_AFTER)
    assert run(LONG_AFTER).erased
    for row in LandlordFileRow.objects.filter(file=read):
        assert (row.state, row.told) == (LandlordFileRow.State.ASIDE, {})


def test_the_database_keeps_what_was_booked_of_a_file_that_is_there() -> None:
    _world, file = twice_credited()
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        BookedCredit.objects.update(voucher_ref="")
    with (
        pytest.raises(IntegrityError, match="kept while the file is"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT grants_forget_booked(%s, '{}')", [file.pk])
