"""The nightly verification: its result is kept, faults are told, details are accounted for."""

import pytest
from django.core import mail
from django.db import connection

from fundadmin.database_roles import as_owner
from fundadmin.models import User
from grants.actions import checking, mailing
from grants.enums import State
from grants.models import Event, EventDetail, LedgerCheck, Notification, ReliefLine
from tests.factories import open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db


def test_a_sound_fund_is_noted_and_tells_nobody() -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED, facts={"headcount": 4})
    told = Notification.objects.count()
    check = checking.check_ledger(fund=world.fund, by=User.objects.system())
    assert (check.faults, check.sentences) == (0, [])
    assert (check.details_kept, check.details_erased) == (Event.objects.exclude(detail_digest="").count(), 0)
    assert check.last_digest == world.refresh().position.last_digest
    assert LedgerCheck.objects.get() == check
    assert str(check) == f"{world.fund.pk} {check.at:%Y-%m-%d}: 0"
    assert Notification.objects.count() == told


def test_faults_are_kept_and_told_to_managers_and_auditors() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    # What the ledger never heard of.
    ReliefLine.objects.filter(application=file).update(approved_cents=400_00)
    check = checking.check_ledger(fund=world.fund, by=User.objects.system())
    assert check.faults == 3
    assert len(check.sentences) == 3
    assert all(file.reference in sentence for sentence in check.sentences)
    event = Event.objects.get(action="ledger_faults")
    told = set(event.notifications.values_list("recipient", flat=True))
    assert told == {world.landlord_manager.pk, world.chamber_manager.pk, world.auditor.pk}
    mailing.send_event(event.pk)
    subjects = {message.subject for message in mail.outbox}
    assert len(mail.outbox) == 3
    assert subjects == {
        f"[{world.landlord}] {world.fund.code}\u00a0: La vérification nocturne du journal a trouvé des anomalies"
    }
    assert f"/fonds/{world.fund.code}/" in mail.outbox[0].body


def test_only_the_first_faults_are_kept_as_sentences() -> None:
    world = open_fund()
    for _ in range(2):
        ReliefLine.objects.filter(application=walk.walk_to(world, State.CREDITED)).update(approved_cents=400_00)
    check = checking.check_ledger(fund=world.fund, by=User.objects.system())
    assert check.faults == 6
    assert len(check.sentences) == checking.FIRST_SENTENCES


@pytest.mark.parametrize("code", ["detail_missing", "detail_differs"])
@pytest.mark.django_db(transaction=True)
def test_a_detail_that_was_tampered_with_shows(code: str) -> None:
    """The application may delete a detail, so that retention can; one that nothing explains is a fault."""
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED, facts={"headcount": 4})
    detail = EventDetail.objects.latest("pk")
    if code == "detail_missing":
        EventDetail.objects.filter(pk=detail.pk).delete()
    else:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("UPDATE grants_eventdetail SET detail = '{}' WHERE event_id = %s", [detail.pk])
    details = checking.details_of(world.fund)
    assert [fault.code for fault in details.faults] == [code]
    assert str(detail.pk) in details.faults[0].sentence()
    assert checking.check_ledger(fund=world.fund, by=User.objects.system()).faults == 1
