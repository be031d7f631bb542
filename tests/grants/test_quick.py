"""The plain SQL that actions read says what the queries say."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import Scope, User
from grants import queries, quick
from grants.enums import LineState, Role, Side, State
from grants.models import Application, FundMember, ReliefLine
from tests.factories import OPENED_ON, World, open_fund, user
from tests.grants import walk

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def people_of(world: World) -> dict[str, User]:
    """Everybody of a fund, and those who once were, will be, or aren't confirmed."""
    dates = {
        "left": {"ends_on": TODAY - timedelta(days=1)},
        "leaves_today": {"ends_on": TODAY},
        "comes_tomorrow": {"starts_on": TODAY + timedelta(days=1)},
        "not_confirmed": {"confirmed_on": None},
    }
    for name, values in dates.items():
        walk.join(world, name, Side.CHAMBER, Role.ADVISOR, **values)
    walk.join(world, "disabled", Side.CHAMBER, Role.ADVISOR, user=user(is_active=False))
    walk.join(world, "both_sides", Side.LANDLORD, Role.PAYER)
    walk.join(world, "both_sides", Side.CHAMBER, Role.ASSESSOR, user=world.people["both_sides"])
    return {**world.people, "stranger": user()}


def test_a_file_is_open_to_whom_it_is_listed() -> None:
    world, other = open_fund(), open_fund()
    files = [walk.draft(world), walk.walk_to(world, State.SUBMITTED), walk.draft(other)]
    scopes = [
        None,
        *(Scope(world.fund.pk, frozenset({role})) for role in Role.values),
        Scope(world.fund.pk, frozenset({Role.PAYER, Role.ASSESSOR})),
        Scope(other.fund.pk, frozenset(Role.values)),
    ]
    seen = set()
    for name, person in people_of(world).items():
        for scope in scopes:
            person.scope = scope
            for file in files:
                listed = queries.files_open_to(person).filter(uuid=file.uuid).first()
                opened = quick.file_open_to(person, file.uuid)
                assert opened == listed, (name, scope, file.state)
                if opened:
                    seen.add((name, file.state))
    assert ("advisor", State.DRAFT) in seen
    assert ("payer", State.SUBMITTED) in seen
    assert not {("payer", State.DRAFT), ("left", State.SUBMITTED), ("disabled", State.SUBMITTED)} & seen


def test_an_action_reads_all_that_is_kept_of_a_file(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_fund(required_documents=[{"kind": "ca3", "timing": "before_decision"}], warning_levels=[80, 95])
    asked = walk.walk_to(world, State.SUBMITTED, facts={"headcount": 3, "naf_codes": {"rev2": "56.10A"}})
    walk.request_info(world, asked, wanted=["ca3"])
    expected = Application.objects.select_related("charter", "tenant").get(pk=asked.pk)
    for lock in (True, False):
        with django_assert_num_queries(1):
            file = quick.file_of_action(asked.pk, lock=lock)
            assert file is not None
            assert kept(file) == kept(expected)
            assert kept(file.charter) == kept(expected.charter)
            assert kept(file.tenant) == kept(expected.tenant)
        assert not file._state.adding
        assert file.get_deferred_fields() == set()
    assert quick.file_of_action(0, lock=True) is None


def kept(row: Model) -> dict[str, Any]:
    return {field.attname: vars(row)[field.attname] for field in row._meta.concrete_fields}


def test_the_members_of_a_day_are_those_that_count() -> None:
    world, _other = open_fund(), open_fund()
    people_of(world)
    for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1), OPENED_ON - timedelta(days=9)):
        counting = FundMember.objects.filter(queries.counting_on(day), fund=world.fund)
        assert {member.pk for member in quick.members_on(day, world.fund.pk)} == set(
            counting.values_list("pk", flat=True)
        )


def test_claimed_lines_come_in_order_with_their_leases() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    march = file.lines.earliest("month")
    ReliefLine.objects.filter(pk=march.pk).update(state=LineState.CANCELLED)
    lines = quick.claimed_lines(file)
    assert lines == list(file.lines.filter(state=LineState.CLAIMED).order_by("lease_id", "month", "component"))
    assert len(lines) == 2
    assert {line.lease.reference for line in lines} == {march.lease.reference}


def test_what_was_not_read_with_a_file_is_read_when_asked_for() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    opened = quick.file_open_to(world.assessor, file.uuid)
    assert opened is not None
    assert {"id", "uuid", "fund_id", "tenant_id"} == set(vars(opened)) & {f.attname for f in Application._meta.fields}
    assert (opened.reference, opened.state, opened.charter) == (file.reference, State.SUBMITTED, file.charter)
