"""A fund's warning levels: told once for each time that its money rises to one, in the transaction of the movement."""

from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from grants.actions import mailing
from grants.charter_rules import level_crossed, percent_used
from grants.enums import FundStep, State, Topic
from grants.exceptions import RuleRefused
from grants.models import Application, Event, Notification
from grants.notifications import still_true
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants import walk

pytestmark = pytest.mark.django_db


def levels() -> list[int]:
    return [event.data["level"] for event in Event.objects.filter(action=FundStep.FUND_LEVEL).order_by("pk")]


def fund(**terms: Any) -> World:
    """A ceiling of 1,000 EUR: a month of 100 EUR is a tenth of it."""
    given = {"ceiling_cents": 1_000_00, "warning_levels": [80, 95], "second_visa_threshold_cents": None}
    return open_fund(endowment_cents=1_000_00, **{**given, **terms})


def reserve(world: World, cents: int) -> Application:
    lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=cents)
    return walk.walk_to(world, State.ELIGIBLE, lease=lease)


def test_each_level_is_told_once_while_the_money_stays_above_it() -> None:
    world = fund()
    reserve(world, 799_99)
    assert levels() == []
    file = reserve(world, 1)
    assert levels() == [80]
    walk.approve(world, file)  # from reserved to committed: as much is used
    reserve(world, 100_00)
    assert levels() == [80]
    reserve(world, 50_00)
    assert levels() == [80, 95]
    told = Event.objects.filter(action=FundStep.FUND_LEVEL).latest("pk")
    assert told.data == {"level": 95, "used_cents": 950_00, "ceiling_cents": 1_000_00}
    assert told.user.is_system


def test_a_movement_past_both_tells_of_the_higher() -> None:
    reserve(fund(), 990_00)
    assert levels() == [95]


def test_a_fall_and_another_rise_are_told_again() -> None:
    world = fund()
    file = reserve(world, 850_00)
    walk.send_back(world, file)
    walk.favourable(world, file)
    assert levels() == [80, 80]


def test_a_lower_ceiling_reaches_a_level_too() -> None:
    world = fund(ceiling_cents=2_000_00)
    reserve(world, 900_00)
    assert levels() == []
    walk.amend(world, ceiling_cents=1_000_00, warning_levels=[80, 95], second_visa_threshold_cents=None)
    assert levels() == [80]


def test_a_charter_without_levels_tells_of_none() -> None:
    reserve(fund(warning_levels=[]), 990_00)
    assert levels() == []


def test_it_is_told_in_the_transaction_of_the_movement() -> None:
    world = fund()
    with transaction.atomic():
        reserve(world, 900_00)
        assert levels() == [80]
        transaction.set_rollback(True)
    assert levels() == []


def test_a_refused_step_tells_of_nothing() -> None:
    world = fund()
    file = walk.walk_to(world, State.SUBMITTED)
    with pytest.raises(RuleRefused):
        walk.approve(world, file)
    assert levels() == []


def test_managers_and_approvers_are_told_and_mailed_the_level() -> None:
    world = fund()
    mailing.prefer(mails={Topic.FUND_LEVEL: "now"}, hour=7, by=world.chamber_manager)
    reserve(world, 800_00)
    rows = Notification.objects.filter(topic=Topic.FUND_LEVEL)
    people = {"landlord_manager", "chamber_manager", "approver", "approver2", "chamber_approver"}
    assert {row.recipient for row in rows} == {world.people[name] for name in people}
    mailing.send_due()
    (message,) = [message for message in mail.outbox if message.to == [world.chamber_manager.email]]
    assert "Le fonds a atteint 80\u00a0% de son plafond" in message.subject
    assert world.fund.code in message.subject


def test_it_is_true_until_the_money_falls_or_a_later_one_is_told() -> None:
    world = fund()
    reserve(world, 800_00)
    assert holding() == [80] * 5
    file = reserve(world, 150_00)
    assert holding() == [95] * 5
    walk.send_back(world, file)
    assert holding() == []


def holding() -> list[int]:
    told = Notification.objects.filter(topic=Topic.FUND_LEVEL)
    rows = list(told.select_related("event__fund__position", "event__application"))
    true = still_true(rows)
    return [row.event.data["level"] for row in rows if row.pk in true]


def test_percentages() -> None:
    assert [percent_used(used, 1_000_00) for used in (0, 799_99, 800_00, 1_000_00)] == [0, 79, 80, 100]
    assert percent_used(0, 0) == 0
    assert level_crossed([80, 95], 79, 100) == 95
    assert level_crossed([80, 95], 80, 94) is None
