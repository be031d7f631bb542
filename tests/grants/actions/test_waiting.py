"""What the system does on time: warnings, expiries, and money that comes free offered in rank."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from fundadmin.models import User
from grants import ledger, queries
from grants.actions import waiting
from grants.enums import FundAction, LineState, State
from grants.exceptions import RuleRefused
from grants.models import Application, Visa
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import everything, not_allowed, refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OFFER_END = OPENED_ON + timedelta(days=15)
RESERVED_UNTIL = OPENED_ON + timedelta(days=60)
WARNED_ON = RESERVED_UNTIL - timedelta(days=7)


@pytest.fixture
def world() -> World:
    """A fund with 1,000 EUR available."""
    return open_fund(endowment_cents=1_000_00)


@pytest.fixture
def system() -> User:
    return User.objects.system()


def assessed(world: World, cents: int, on: date = OPENED_ON) -> Application:
    """A file that asks for one month of `cents`, favourably assessed."""
    lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=cents)
    return walk.favourable(world, walk.walk_to(world, State.SUBMITTED, lease=lease, on=on), on)


def endow(world: World, cents: int, on: date = OPENED_ON) -> None:
    fund_action(world, FundAction.ENDOW, amount_cents=cents, on=on)


def run(world: World, on: date = OPENED_ON) -> list[str]:
    """Do what is due; the references of what moved."""
    return [file.reference for file in waiting.run_due(fund=world.fund, by=User.objects.system(), on=on)]


def read(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


# Who waits.


def test_a_file_too_large_does_not_hold_back_the_smaller_ones_behind_it(world: World) -> None:
    large, middle, small = (assessed(world, cents) for cents in (3_000_00, 1_500_00, 800_00))
    assert [file.state for file in (large, middle, small)] == [State.WAITLISTED, State.WAITLISTED, State.ELIGIBLE]


def test_money_that_came_free_is_not_taken_by_a_newer_file_before_it_is_offered(world: World) -> None:
    older = assessed(world, 1_500_00)
    endow(world, 700_00)
    newer = assessed(world, 300_00)
    assert (newer.state, walk.outcome(newer).data["shortfall_cents"]) == (State.WAITLISTED, 100_00)
    assert queries.free_for(older, walk.available(world)) == 1_700_00


def test_newer_files_wait_for_the_money_that_is_offered(world: World) -> None:
    older = assessed(world, 1_500_00)
    endow(world, 700_00)
    assert run(world) == [older.reference]
    assert assessed(world, 200_01).state == State.WAITLISTED
    assert assessed(world, 200_00).state == State.ELIGIBLE


def test_an_offer_is_not_taken_back_when_more_money_comes_free(world: World) -> None:
    large, small = assessed(world, 3_000_00), assessed(world, 1_500_00)
    endow(world, 700_00)
    assert run(world) == [small.reference]
    endow(world, 1_600_00)
    # What is available would do for the large one now, but part of it is offered.
    assert run(world) == []
    assert walk.favourable(world, small).state == State.ELIGIBLE
    assert read(large).state == State.WAITLISTED


# Offers.


def test_money_is_offered_in_rank_order_to_whoever_it_reaches(world: World) -> None:
    large, first, second, third = (assessed(world, cents) for cents in (9_000_00, 2_000_00, 1_500_00, 1_200_00))
    endow(world, 2_600_00)
    assert run(world) == [first.reference, second.reference]
    offered = read(first)
    assert (offered.state, offered.offered_cents, offered.offered_until) == (State.WAITLISTED, 2_000_00, OFFER_END)
    event = offered.timeline.latest("pk")
    assert (event.action, event.user.is_system, event.from_state, event.to_state) == (
        "offer",
        True,
        "waitlisted",
        "waitlisted",
    )
    assert event.data == {"offered_cents": 2_000_00, "until": OFFER_END.isoformat()}
    assert [read(file).offered_cents for file in (large, third)] == [None, None]
    assert ledger.position(world.fund.pk).available_cents == 3_600_00


def test_doing_what_is_due_twice_changes_nothing(world: World) -> None:
    assessed(world, 1_500_00)
    endow(world, 700_00)
    assert len(run(world)) == 1
    before = everything()
    assert run(world) == []
    assert everything() == before


def test_an_offer_that_is_taken_up_becomes_a_reservation(world: World) -> None:
    file = assessed(world, 1_500_00)
    endow(world, 700_00)
    run(world)
    eligible = walk.favourable(world, file, OFFER_END)
    assert (eligible.state, eligible.offered_cents, eligible.offered_until) == (State.ELIGIBLE, None, None)
    assert walk.movements(eligible) == [("reserve", 1_500_00)]


@pytest.mark.parametrize("step", [walk.unfavourable, walk.reject, walk.withdraw])
def test_an_offer_ends_with_the_waiting(world: World, step: Callable[[World, Application], Application]) -> None:
    file, next_ = assessed(world, 1_500_00), assessed(world, 1_400_00)
    endow(world, 700_00)
    assert run(world) == [file.reference]
    done = step(world, file)
    assert (done.offered_cents, done.offered_until) == (None, None)
    assert run(world) == [next_.reference]


def test_an_offer_that_lapses_goes_to_the_next_and_its_file_to_the_end(world: World) -> None:
    first, second = assessed(world, 1_500_00), assessed(world, 1_400_00)
    endow(world, 700_00)
    assert run(world) == [first.reference]
    assert run(world, OFFER_END) == []
    assert run(world, OFFER_END + DAY) == [first.reference, second.reference]
    lapsed, offered = read(first), read(second)
    assert (lapsed.state, lapsed.rank, lapsed.offered_until) == (State.WAITLISTED, 3, None)
    assert lapsed.timeline.latest("pk").data == {"rank": 3}
    assert offered.offered_until == OFFER_END + DAY + timedelta(days=15)
    # Nobody else is waiting once it was taken up: it is offered again.
    walk.withdraw(world, second, OFFER_END + DAY)
    assert run(world, OFFER_END + DAY) == [first.reference]


def test_what_is_reserved_for_a_line_at_zero_is_not_waited_for(world: World) -> None:
    lease = tenant_with_lease(world, months=[date(2020, 3, 1), date(2020, 4, 1)], rent_cents=1_200_00)
    submitted = walk.walk_to(world, State.SUBMITTED, lease=lease)
    first, second = walk.line_ids(submitted)
    file = walk.favourable(world, submitted, amounts={first: 0, second: 1_100_00})
    endow(world, 100_00)
    run(world)
    assert read(file).offered_cents == 1_100_00


# Expiry.


def test_a_reservation_is_warned_of_and_expires_the_day_after_its_end(world: World) -> None:
    file = assessed(world, 1_000_00)
    next_ = assessed(world, 900_00)
    assert (file.reserved_until, next_.state) == (RESERVED_UNTIL, State.WAITLISTED)
    assert run(world, WARNED_ON - DAY) == []
    assert run(world, WARNED_ON) == [file.reference]
    warned = read(file)
    assert (warned.state, warned.expiry_warned_on) == (State.ELIGIBLE, WARNED_ON)
    assert run(world, RESERVED_UNTIL) == []
    # What expires is offered at once.
    assert run(world, RESERVED_UNTIL + DAY) == [file.reference, next_.reference]
    expired = read(file)
    assert (expired.state, expired.rank, expired.reserved_until) == (State.SUBMITTED, 1, None)
    assert {line.state for line in expired.lines.all()} == {LineState.CLAIMED}
    assert walk.movements(expired) == [("reserve", 1_000_00), ("release", 1_000_00)]
    event = expired.timeline.latest("pk")
    assert (event.action, event.from_state, event.to_state) == ("expire", "eligible", "submitted")
    assert read(next_).offered_cents == 900_00


def test_a_first_visa_does_not_restart_the_reservation_and_dies_with_it() -> None:
    world = open_fund(second_visa_threshold_cents=500_00)
    file = assessed(world, 1_000_00)
    walk.first_visa(world, file, WARNED_ON)
    run(world, WARNED_ON)
    assert run(world, RESERVED_UNTIL + DAY) == [file.reference]
    assert not Visa.objects.filter(living=True).exists()
    again = walk.favourable(world, file, RESERVED_UNTIL + DAY)
    assert (again.reserved_until, again.expiry_warned_on) == (RESERVED_UNTIL + timedelta(days=61), None)


def test_a_scheduler_that_slept_warns_before_it_expires(world: World) -> None:
    file = assessed(world, 1_000_00)
    late = RESERVED_UNTIL + timedelta(days=30)
    assert run(world, late) == [file.reference]
    assert read(file).state == State.ELIGIBLE
    assert run(world, late) == []
    assert run(world, late + DAY) == [file.reference]
    assert read(file).state == State.SUBMITTED


def test_a_short_reservation_that_is_given_twice_on_one_day_is_warned_of_twice() -> None:
    world = open_fund(reservation_days=5)
    file = assessed(world, 1_000_00)
    assert run(world) == [file.reference]
    again = walk.favourable(world, walk.send_back(world, file))
    assert again.expiry_warned_on is None
    assert run(world) == [file.reference]
    assert read(file).expiry_warned_on == OPENED_ON


def test_what_is_due_before_the_last_movement_waits_for_its_day(world: World) -> None:
    file = assessed(world, 1_000_00)
    endow(world, 100_00, WARNED_ON + DAY)
    assert run(world, WARNED_ON) == []
    assert run(world, WARNED_ON + DAY) == [file.reference]


# A suspended fund.


def test_nothing_is_due_while_the_fund_is_suspended(world: World) -> None:
    offered, reserved = assessed(world, 1_500_00), assessed(world, 400_00)
    endow(world, 1_000_00)
    assert run(world) == [offered.reference]
    run(world, WARNED_ON)
    fund_action(world, FundAction.SUSPEND, on=WARNED_ON)
    before = everything()
    assert run(world, RESERVED_UNTIL + timedelta(days=30)) == []
    assert everything() == before
    assert read(reserved).state == State.ELIGIBLE


def test_a_fund_read_before_its_suspension_is_read_again(world: World) -> None:
    assessed(world, 1_500_00)
    endow(world, 1_000_00)
    earlier = world.fund
    fund_action(world, FundAction.SUSPEND)
    assert waiting.run_due(fund=earlier, by=User.objects.system(), on=OPENED_ON) == []
    fund_action(world, FundAction.RESUME)
    assert len(run(world)) == 1


@pytest.mark.parametrize("name", ["warn_expiry", "expire", "offer", "lapse_offer"])
def test_each_step_is_refused_while_the_fund_is_suspended(world: World, system: User, name: str) -> None:
    offers = name in ("offer", "lapse_offer")
    file = assessed(world, 1_500_00 if offers else 1_000_00)
    endow(world, 700_00)
    if name == "lapse_offer":
        run(world)
    if name == "expire":
        run(world, WARNED_ON)
    late = RESERVED_UNTIL + DAY
    fund_action(world, FundAction.SUSPEND, on=late)
    given: dict[str, Any] = {"application": file, "by": system, "key": key(), "on": late}
    with refused(RuleRefused, "fund_suspended"):
        STEPS[name](**given)
    fund_action(world, FundAction.RESUME, on=late)
    STEPS[name](**given)


# Each step on its own.


STEPS: dict[str, Callable[..., Application]] = {
    "warn_expiry": waiting.warn_expiry,
    "expire": waiting.expire,
    "offer": waiting.offer,
    "lapse_offer": waiting.lapse_offer,
}


@pytest.mark.parametrize(
    ("name", "state", "codes"),
    [
        ("warn_expiry", State.ELIGIBLE, ["too_early"]),
        ("expire", State.ELIGIBLE, ["still_reserved", "not_warned"]),
        ("offer", State.WAITLISTED, ["shortfall"]),
        ("lapse_offer", State.WAITLISTED, ["no_offer"]),
        ("warn_expiry", State.SUBMITTED, ["wrong_state"]),
        ("expire", State.APPROVED, ["wrong_state"]),
        ("offer", State.ELIGIBLE, ["wrong_state"]),
        ("lapse_offer", State.SUBMITTED, ["no_offer", "wrong_state"]),
    ],
)
def test_what_is_not_due_is_refused(system: User, name: str, state: State, codes: list[str]) -> None:
    world = open_fund()
    application = walk.walk_to(world, state)
    given: dict[str, Any] = {"application": application, "key": key(), "on": OPENED_ON}
    with refused(RuleRefused, *codes):
        STEPS[name](**given, by=system)
    for person in (world.assessor, world.approver, world.chamber_manager, world.admin):
        with not_allowed():
            STEPS[name](**given, by=person)


def test_an_offer_is_made_once_and_lasts(world: World, system: User) -> None:
    file = assessed(world, 1_500_00)
    endow(world, 700_00)
    run(world)
    with refused(RuleRefused, "offered"):
        waiting.offer(application=file, by=system, key=key(), on=OPENED_ON)
    with refused(RuleRefused, "still_offered"):
        waiting.lapse_offer(application=file, by=system, key=key(), on=OFFER_END)


@pytest.mark.parametrize("name", STEPS)
def test_each_step_is_taken_once(world: World, system: User, name: str) -> None:
    file = assessed(world, 1_000_00 if name in ("warn_expiry", "expire") else 1_500_00)
    endow(world, 700_00)
    on = OPENED_ON
    if name in ("warn_expiry", "expire"):
        on = WARNED_ON
    if name == "expire":
        run(world, on)
        on = RESERVED_UNTIL + DAY
    if name == "lapse_offer":
        run(world)
        on = OFFER_END + DAY
    given: dict[str, Any] = {"application": file, "by": system, "key": key(), "on": on}
    first = STEPS[name](**given)
    before = everything()
    assert STEPS[name](**given).outcome == first.outcome
    assert everything() == before
