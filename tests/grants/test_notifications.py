"""Whose turn it is hears of it, once, and never of what they did themselves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError

from fundadmin.models import User
from grants import notifications
from grants.actions import lifecycle, reversal, waiting
from grants.enums import Action, FundAction, FundStep, Role, Side, State
from grants.models import Application, Event, FundMember, Notification
from tests.factories import OPENED_ON, World, fund_action, key, open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db

APPROVERS = {"approver", "approver2", "chamber_approver"}
Step = Callable[[World, Application], object]

# State to start from, the step, who hears of it. Two visas are needed.
TOLD: dict[str, tuple[State, Step, set[str]]] = {
    "submit": (State.DRAFT, walk.submit, {"assessor"}),
    "request_info": (State.SUBMITTED, walk.request_info, {"advisor"}),
    "answer": (State.INFO_REQUESTED, walk.answer, {"assessor"}),
    "lapse": (State.INFO_REQUESTED, walk.lapse, {"advisor"}),
    "favourable": (State.SUBMITTED, walk.favourable, {"advisor", *APPROVERS}),
    "unfavourable": (State.SUBMITTED, walk.unfavourable, {"advisor", *APPROVERS}),
    "first visa": (State.ELIGIBLE, walk.first_visa, {"advisor", "approver2", "chamber_approver"}),
    "both visas": (State.ELIGIBLE, walk.approve, {"advisor", "payer"}),
    "send_back": (State.ELIGIBLE, walk.send_back, {"assessor"}),
    "reject": (State.SUBMITTED, walk.reject, {"advisor"}),
    "credit": (State.APPROVED, walk.credit, {"advisor"}),
    "ask_cancel": (State.APPROVED, walk.ask_cancel, APPROVERS),
    "ask_undo": (State.CREDITED, walk.ask_undo, APPROVERS),
    "cancel": (State.APPROVED, walk.cancel, {"advisor", "payer"}),
    "reverse": (State.CREDITED, walk.reverse, {"advisor", "payer"}),
    "withdraw": (State.APPROVED, walk.withdraw, set()),
    "reopen": (State.REJECTED, walk.reopen, {"advisor", "assessor"}),
}


def told(event: Event) -> set[User]:
    return {row.recipient for row in event.notifications.all()}


@pytest.mark.parametrize("name", TOLD)
def test_who_hears_of_a_step(name: str) -> None:
    state, step, names = TOLD[name]
    world = open_fund(second_visa_threshold_cents=1_000_00)
    file = walk.walk_to(world, state)
    step(world, file)
    event = file.timeline.latest("pk")
    assert told(event) == {world.people[person] for person in names}
    assert set(event.notifications.values_list("status", flat=True)) <= {Notification.Status.PENDING}


def test_the_system_tells_the_approvers_before_and_after_a_reservation_expires() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    end = file.reserved_until
    assert end is not None
    for on, names in ((end, APPROVERS), (end + timedelta(days=1), {"assessor", *APPROVERS})):
        waiting.run_due(fund=world.fund, by=User.objects.system(), on=on)
        assert told(file.timeline.latest("pk")) == {world.people[name] for name in names}


def test_an_offer_is_a_task_for_the_assessor() -> None:
    world = open_fund(endowment_cents=1_00)
    file = walk.walk_to(world, State.WAITLISTED)
    fund_action(world, FundAction.ENDOW, amount_cents=10_000_00)
    waiting.run_due(fund=world.fund, by=User.objects.system(), on=OPENED_ON)
    assert told(file.timeline.latest("pk")) == {world.assessor}


def test_the_new_advisor_hears_of_a_transfer() -> None:
    world = open_fund()
    moved = lifecycle.transfer(
        application=walk.draft(world), to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON
    )
    assert told(walk.outcome(moved)) == {world.advisor2}


def test_nobody_hears_of_an_edit_and_a_person_with_two_reasons_hears_once() -> None:
    world = open_fund()
    draft = walk.draft(world)
    assert not Notification.objects.filter(event__application=draft).exists()
    walk.join(world, "advisor", Side.CHAMBER, Role.APPROVER, user=world.advisor)
    eligible = walk.favourable(world, walk.submit(world, draft))
    rows = walk.outcome(eligible).notifications.filter(recipient=world.advisor)
    assert rows.count() == 1
    with pytest.raises(IntegrityError, match="notified_once"):
        Notification.objects.create(event=walk.outcome(eligible), recipient=world.advisor)


def test_only_roles_that_count_on_the_day_are_told() -> None:
    world = open_fund()
    tomorrow = OPENED_ON + timedelta(days=1)
    walk.join(world, "later", Side.CHAMBER, Role.ASSESSOR, starts_on=tomorrow)
    walk.join(world, "unconfirmed", Side.CHAMBER, Role.ASSESSOR, confirmed_on=None)
    FundMember.objects.filter(user=world.assessor).update(ends_on=OPENED_ON)
    today = walk.outcome(walk.walk_to(world, State.SUBMITTED))
    assert told(today) == {world.assessor}
    next_day = walk.outcome(walk.walk_to(world, State.SUBMITTED, on=tomorrow))
    assert told(next_day) == {world.people["later"]}


def test_a_disabled_account_is_not_told() -> None:
    """Neither one whose turn it would be, nor the advisor in charge."""
    world = open_fund()
    submitted = walk.walk_to(world, State.SUBMITTED)
    User.objects.filter(pk__in=[world.advisor.pk, world.approver.pk]).update(is_active=False)
    eligible = walk.favourable(world, submitted)
    assert told(walk.outcome(eligible)) == {world.approver2, world.chamber_approver}


@pytest.mark.parametrize("state", [State.APPROVED, State.CREDITED])
def test_the_payer_who_asked_hears_of_a_refusal(state: State) -> None:
    world = open_fund()
    file = walk.walk_to(world, state)
    request = walk.ask_cancel(world, file) if state == State.APPROVED else walk.ask_undo(world, file)
    kept = reversal.refuse_request(request=request, reason=walk.REASON, by=world.approver, key=key(), on=OPENED_ON)
    assert told(walk.outcome(kept)) == {world.payer}


def test_every_action_that_tells_somebody_is_one() -> None:
    told = {action for action, _state in notifications.TOLD} | set(notifications.ADVISOR_TOLD)
    assert told <= set(Action) | set(FundStep)
