"""What a caller may demand of an action beforehand: the version it read, and not to be kept waiting."""

from functools import partial

import psycopg
import pytest
from django.db import connection, transaction

from fundadmin.models import Scope
from grants import permissions, queries
from grants.actions import decision, filing
from grants.actions.turn import ImpatientKey
from grants.enums import Action, Role, State
from grants.exceptions import NotAllowed, StaleVersion, StillRunning
from grants.models import Application, Event
from tests.factories import OPENED_ON, key, open_fund
from tests.grants import walk
from tests.grants.parallel import at_once, done, refused


@pytest.mark.django_db
def test_an_action_on_another_version_than_was_read_is_refused() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    seen = Application.objects.get(pk=file.pk)
    seen.expected_version = seen.version
    walk.request_info(world, file)

    with pytest.raises(StaleVersion) as refusal:
        walk.favourable(world, seen)

    assert refusal.value.codes == ["stale_version"]
    assert file.reference in str(refusal.value)
    assert Application.objects.get(pk=file.pk).state == State.INFO_REQUESTED


@pytest.mark.django_db
def test_the_version_that_was_read_lets_the_action_pass_and_its_replay_too() -> None:
    world = open_fund()
    seen = Application.objects.get(pk=walk.draft(world).pk)
    seen.expected_version = seen.version
    name = key()

    first = filing.submit(application=seen, by=world.advisor, key=name, on=OPENED_ON)
    again = filing.submit(application=seen, by=world.advisor, key=name, on=OPENED_ON)

    assert first.version == seen.version + 1
    assert (again.outcome, again.state) == (first.outcome, State.SUBMITTED)


@pytest.mark.django_db(transaction=True)
def test_who_does_not_want_to_wait_is_told_that_the_request_is_running() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    name = f"{file.fund_id}:{world.approver.pk}:{Action.APPROVE}:the same"
    ask = partial(decision.approve, application=file, by=world.approver, no_conflict=True, on=OPENED_ON)
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    with psycopg.connect(**where, password=settings["PASSWORD"] or None) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        with pytest.raises(StillRunning):
            ask(key=ImpatientKey("the same"))
        assert not Event.objects.filter(key="the same").exists()

    assert ask(key=ImpatientKey("the same")).state == State.APPROVED


@pytest.mark.django_db(transaction=True)
def test_twenty_impatient_requests_count_once() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    ask = partial(
        decision.approve, application=file, by=world.approver, no_conflict=True, on=OPENED_ON, key=ImpatientKey("k")
    )
    outcomes = at_once([ask] * 20)

    assert {type(refusal) for refusal in refused(outcomes)} <= {StillRunning}
    assert len({answer.outcome for answer in done(outcomes)}) == 1
    assert Event.objects.filter(key="k").count() == 1


@pytest.mark.django_db
def test_a_token_gives_only_the_roles_of_its_fund() -> None:
    world, other = open_fund(), open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    reads, elsewhere = Scope(world.fund.pk, frozenset({Role.AUDITOR})), Scope(other.fund.pk, frozenset({Role.APPROVER}))
    full = Scope(world.fund.pk, frozenset({Role.APPROVER}))
    approver = world.approver
    for scope, may in ((None, True), (full, True), (reads, False), (elsewhere, False)):
        approver.scope = scope
        assert bool(permissions.memberships(approver, world.fund.pk, OPENED_ON)) is may
        assert queries.funds_visible_to(approver).filter(pk=world.fund.pk).exists() is may
        assert queries.applications_visible_to(approver).exists() is may
        with transaction.atomic():
            if may:
                assert permissions.can(Action.APPROVE, approver, file, OPENED_ON)
            else:
                with pytest.raises(NotAllowed):
                    decision.approve(application=file, by=approver, key=key(), no_conflict=True, on=OPENED_ON)
