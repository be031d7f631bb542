"""Steps around the main path: the landlord's facts, withdrawal, another advisor, an amended charter, reopening."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from grants import ledger
from grants.actions import filing, lifecycle, reversal
from grants.eligibility import CriterionSpec
from grants.enums import Channel, DocumentTiming, FundAction, LineState, RequestKind, Role, Side, State
from grants.exceptions import BadInput, RuleRefused
from grants.models import Application, Visa
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
TOMORROW = OPENED_ON + timedelta(days=1)
WINDOW_END = OPENED_ON + timedelta(days=60)
ARREARS = {"arrears_cents": 120_00, "arrears_on": "2020-02-29"}


@pytest.fixture
def world() -> World:
    return open_fund()


# The landlord's facts.


@pytest.mark.parametrize("name", ["payer", "approver", "landlord_manager", "landlord_assessor"])
def test_landlord_people_supply_what_only_they_know(world: World, name: str) -> None:
    walk.join(world, "landlord_assessor", Side.LANDLORD, Role.ASSESSOR)
    submitted = walk.walk_to(world, State.SUBMITTED, facts={"headcount": 3})
    supplied = lifecycle.supply(application=submitted, facts=ARREARS, by=getattr(world, name), key=key(), on=OPENED_ON)
    assert (supplied.state, supplied.facts) == (State.SUBMITTED, {"headcount": 3, **ARREARS})
    event = walk.outcome(supplied)
    assert (event.from_state, event.to_state) == ("submitted", "submitted")
    assert event.data == {"facts": ["arrears_cents", "arrears_on"]}
    before = {"arrears_cents": None, "arrears_on": None}
    assert event.detail.detail == {"facts": {"before": before, "after": ARREARS}}


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"headcount": 3, "turnover_by_month": {}}, ["fact_supplier", "fact_supplier"]),
        ({"shoe_size": 43, "requested_cents": 1}, ["fact_supplier", "fact_supplier"]),
        ({"arrears_cents": -1, "arrears_on": "soon"}, ["unreadable", "unreadable"]),
        ({}, ["arrears"]),
        ({"arrears_cents": 1}, ["arrears"]),
    ],
)
def test_the_landlord_supplies_its_own_facts_only(world: World, facts: dict[str, Any], codes: list[str]) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    with refused(BadInput, *codes):
        lifecycle.supply(application=submitted, facts=facts, by=world.payer, key=key(), on=OPENED_ON)


def test_facts_are_supplied_until_the_opinion_counts_and_by_the_landlord(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    with refused(RuleRefused, "wrong_state"):
        lifecycle.supply(application=eligible, facts=ARREARS, by=world.payer, key=key(), on=OPENED_ON)
    for name in ("advisor", "assessor", "chamber_manager", "auditor"):
        with not_allowed():
            lifecycle.supply(application=eligible, facts=ARREARS, by=getattr(world, name), key=key(), on=OPENED_ON)


def test_what_the_landlord_supplied_is_what_the_file_is_judged_on() -> None:
    world = open_fund(criteria=[CriterionSpec("arrears_before", {"before": "2020-03-01", "max_cents": 100_00})])
    submitted = walk.walk_to(world, State.SUBMITTED)
    with refused(RuleRefused, "criterion_arrears_before"):
        walk.favourable(world, submitted)
    lifecycle.supply(
        application=submitted, facts={**ARREARS, "arrears_cents": 100_00}, by=world.payer, key=key(), on=OPENED_ON
    )
    assert walk.favourable(world, submitted).state == State.ELIGIBLE


# Withdrawal.


@pytest.mark.parametrize(
    ("state", "freed"),
    [
        (State.SUBMITTED, ""),
        (State.INFO_REQUESTED, ""),
        (State.WAITLISTED, ""),
        (State.INELIGIBLE, ""),
        (State.ELIGIBLE, "release"),
        (State.APPROVED, "decommit"),
    ],
)
def test_a_withdrawal_frees_the_money_and_the_months(world: World, state: State, freed: str) -> None:
    application = walk.walk_to(world, state)
    before = len(walk.movements(application))
    withdrawn = lifecycle.withdraw(
        application=application, requested_on=OPENED_ON, channel=Channel.POST, by=world.advisor, key=key(), on=TOMORROW
    )
    assert (withdrawn.state, withdrawn.closed_on) == (State.WITHDRAWN, TOMORROW)
    assert {line.state for line in withdrawn.lines.all()} == {LineState.CANCELLED}
    assert walk.movements(withdrawn)[before:] == ([(freed, 500_00)] * 3 if freed else [])
    assert ledger.position(world.fund.pk).available_cents == 40_000_00
    event = walk.outcome(withdrawn)
    assert (event.from_state, event.to_state) == (state, "withdrawn")
    assert event.data == {"requested_on": OPENED_ON.isoformat(), "channel": "post"}


def test_a_withdrawal_kills_a_first_visa_and_spares_what_was_declined() -> None:
    world = open_fund(second_visa_threshold_cents=1_000_00)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    walk.first_visa(world, eligible)
    walk.withdraw(world, eligible)
    assert not Visa.objects.filter(living=True).exists()
    other = walk.walk_to(world, State.ELIGIBLE)
    first, *_rest = walk.line_ids(other)
    approved = walk.approve(world, other, amounts={first: 0}, reason=walk.REASON)
    withdrawn = walk.withdraw(world, approved)
    assert withdrawn.lines.get(pk=first).state == LineState.DECLINED
    assert walk.movements(withdrawn)[-2:] == [("decommit", 500_00)] * 2


def test_what_was_credited_is_not_withdrawn(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    first, *_rest = walk.line_ids(approved)
    walk.credit(world, approved, lines=[first])
    with refused(RuleRefused, "credited"):
        walk.withdraw(world, approved)
    request = walk.ask_undo(world, approved, lines=[first])
    with refused(RuleRefused, "credited", "in_request", "request_date"):
        lifecycle.withdraw(
            application=approved,
            requested_on=TOMORROW,
            channel=Channel.EMAIL,
            by=world.advisor,
            key=key(),
            on=OPENED_ON,
        )
    reversal.reverse(request=request, by=world.approver, key=key(), on=OPENED_ON)
    with refused(RuleRefused, "credited"):
        walk.withdraw(world, approved)


def test_a_clerical_credit_that_was_undone_does_not_bar_a_withdrawal(world: World) -> None:
    credited = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, credited, kind=RequestKind.UNCREDIT)
    undone = reversal.reverse(request=request, by=world.approver, key=key(), on=OPENED_ON)
    walk.ask_cancel(world, undone)
    with refused(RuleRefused, "in_request"):
        walk.withdraw(world, undone)
    reversal.refuse_request(
        request=undone.requests.latest("pk"), reason=walk.REASON, by=world.approver, key=key(), on=OPENED_ON
    )
    assert walk.withdraw(world, undone).state == State.WITHDRAWN


def test_money_freed_after_the_fund_was_closed_goes_back_to_the_landlord(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    fund_action(world, FundAction.CLOSE)
    withdrawn = walk.withdraw(world, approved)
    assert walk.movements(withdrawn)[-1] == ("decommit", 500_00)
    last = ledger.head(world.fund.pk)
    position = ledger.position(world.fund.pk)
    assert (position.endowed_cents, position.available_cents) == (0, 0)
    assert [(row.kind, row.amount_cents) for row in ledger.journal(world.fund.pk, after_number=last.number - 1)] == [
        ("withdraw_endowment", 1_500_00)
    ]


def test_the_advisor_in_charge_or_a_chamber_manager_withdraws(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    given: dict[str, Any] = {"application": submitted, "requested_on": OPENED_ON, "channel": Channel.EMAIL}
    with not_allowed("not_in_charge"):
        lifecycle.withdraw(**given, by=world.advisor2, key=key(), on=OPENED_ON)
    for name in ("assessor", "approver", "landlord_manager"):
        with not_allowed():
            lifecycle.withdraw(**given, by=getattr(world, name), key=key(), on=OPENED_ON)
    done = lifecycle.withdraw(**given, by=world.chamber_manager, key=key(), on=OPENED_ON)
    assert done.state == State.WITHDRAWN


# Another advisor.


@pytest.mark.parametrize("state", [State.DRAFT, State.INFO_REQUESTED, State.CREDITED])
def test_a_file_goes_to_another_advisor(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    given: dict[str, Any] = {"application": application, "by": world.chamber_manager, "on": OPENED_ON}
    moved = lifecycle.transfer(**given, to=world.advisor2, key=key())
    assert (moved.state, moved.advisor) == (state, world.advisor2)
    assert walk.outcome(moved).data == {"from": world.advisor.pk, "to": world.advisor2.pk}
    with refused(RuleRefused, "same_advisor"):
        lifecycle.transfer(**given, to=world.advisor2, key=key())
    with refused(RuleRefused, "no_advisor"):
        lifecycle.transfer(**given, to=world.assessor, key=key())


def test_only_the_chambers_manager_transfers(world: World) -> None:
    draft = walk.draft(world)
    for name in ("advisor", "landlord_manager", "assessor"):
        with not_allowed():
            lifecycle.transfer(application=draft, to=world.advisor2, by=getattr(world, name), key=key(), on=OPENED_ON)


def test_four_eyes_hold_after_a_transfer(world: World) -> None:
    """Who filed before keeps that hand; who is in charge now may answer."""
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    lifecycle.transfer(application=asked, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON)
    with not_allowed("not_in_charge"):
        walk.answer(world, asked)
    answered = filing.answer(application=asked, facts={"headcount": 1}, by=world.advisor2, key=key(), on=OPENED_ON)
    walk.join(world, "advisor", Side.CHAMBER, Role.ASSESSOR, user=world.advisor)
    world.people["assessor"] = world.advisor
    with not_allowed("four_eyes_filed"):
        walk.favourable(world, answered)


# An amended charter.


@pytest.mark.parametrize("state", [State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED])
def test_an_amended_charter_governs_a_pending_file_that_is_put_under_it(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    given: dict[str, Any] = {"application": application, "by": world.landlord_manager, "on": TOMORROW}
    with refused(RuleRefused, "no_newer_version"):
        lifecycle.apply_new_version(**given, key=key())
    charter = walk.amend(world, TOMORROW, ceiling_cents=60_000_00)
    moved = lifecycle.apply_new_version(**given, key=key())
    assert (moved.charter, moved.rank, moved.state) == (charter, application.rank, state)
    assert walk.outcome(moved).data == {"from": 1, "to": 2}
    with refused(RuleRefused, "no_newer_version"):
        lifecycle.apply_new_version(**given, key=key())


def test_a_version_governs_from_the_day_it_was_confirmed(world: World) -> None:
    """Somebody who acts with an earlier value date isn't judged by a charter that nobody had confirmed yet."""
    submitted = walk.walk_to(world, State.SUBMITTED)
    draft = walk.draft(world)
    walk.amend(world, TOMORROW, starts_on=OPENED_ON, ceiling_cents=60_000_00)
    with refused(RuleRefused, "no_newer_version"):
        lifecycle.apply_new_version(application=submitted, by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert walk.submit(world, draft, OPENED_ON).charter.version == 1


def test_only_a_landlord_manager_applies_a_new_version_and_not_to_a_decided_file(world: World) -> None:
    eligible, submitted = walk.walk_to(world, State.ELIGIBLE), walk.walk_to(world, State.SUBMITTED)
    walk.amend(world, TOMORROW, ceiling_cents=60_000_00)
    with refused(RuleRefused, "wrong_state"):
        lifecycle.apply_new_version(application=eligible, by=world.landlord_manager, key=key(), on=TOMORROW)
    for name in ("chamber_manager", "approver", "assessor"):
        with not_allowed():
            lifecycle.apply_new_version(application=submitted, by=getattr(world, name), key=key(), on=TOMORROW)


# Reopening.

CLOSED = [State.REJECTED, State.INELIGIBLE, State.WITHDRAWN, State.LAPSED]


@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.parametrize("name", ["chamber_manager", "landlord_manager"])
def test_a_closed_file_is_reopened_with_a_new_rank(world: World, state: State, name: str) -> None:
    closed = walk.walk_to(world, state)
    walk.walk_to(world, State.SUBMITTED)
    late = closed.closed_on
    assert late is not None
    reopened = lifecycle.reopen(application=closed, reason=walk.REASON, by=getattr(world, name), key=key(), on=late)
    assert (reopened.state, reopened.rank, reopened.closed_on) == (State.SUBMITTED, 3, None)
    assert (reopened.submitted_on, reopened.decided_by, reopened.decided_on) == (late, None, None)
    assert {(line.state, line.proposed_cents, line.approved_cents) for line in reopened.lines.all()} == {
        (LineState.CLAIMED, None, None)
    }
    event = walk.outcome(reopened)
    assert (event.from_state, event.to_state, event.data) == (state, "submitted", {"rank": 3})
    assert event.detail.detail == {"reason": walk.REASON}


def test_a_file_that_was_granted_in_part_is_reopened_whole(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    first, *_rest = walk.line_ids(eligible)
    withdrawn = walk.withdraw(world, walk.approve(world, eligible, amounts={first: 0}, reason=walk.REASON))
    reopened = walk.reopen(world, withdrawn)
    assert [line.state for line in reopened.lines.all()] == [LineState.CLAIMED] * 3
    assert walk.favourable(world, reopened).state == State.ELIGIBLE


def test_the_window_is_counted_from_the_day_the_file_was_closed(world: World) -> None:
    rejected = walk.walk_to(world, State.REJECTED)
    with refused(RuleRefused, "window_over", "reason"):
        lifecycle.reopen(
            application=rejected,
            reason="Non.",
            by=world.chamber_manager,
            key=key(),
            on=WINDOW_END + timedelta(days=1),
        )
    assert walk.reopen(world, rejected, WINDOW_END).state == State.SUBMITTED


def test_a_refusal_after_an_unfavourable_opinion_starts_the_window_again(world: World) -> None:
    ineligible = walk.walk_to(world, State.INELIGIBLE)
    rejected = walk.reject(world, ineligible, TOMORROW)
    assert walk.reopen(world, rejected, WINDOW_END + timedelta(days=1)).state == State.SUBMITTED


def test_months_that_were_taken_meanwhile_are_gone(world: World) -> None:
    lease = tenant_with_lease(world)
    rejected = walk.walk_to(world, State.REJECTED, lease=lease)
    other = walk.walk_to(world, State.SUBMITTED, lease=lease, lines=walk.asks_of(lease)[:1])
    with refused(RuleRefused, "month_taken") as caught:
        walk.reopen(world, rejected)
    assert other.reference in str(caught.value)
    walk.withdraw(world, other)
    assert walk.reopen(world, rejected).state == State.SUBMITTED


def test_a_reopening_is_under_the_version_of_the_first_filing_and_past_its_deadline() -> None:
    world = open_fund(filing_deadline=OPENED_ON, max_months=3, ends_on=date(2020, 5, 31))
    first = world.charter
    rejected = walk.walk_to(world, State.REJECTED)
    walk.amend(world, TOMORROW, max_months=1)
    reopened = walk.reopen(world, rejected, TOMORROW)
    assert reopened.charter == first
    again = walk.reject(world, reopened, TOMORROW)
    with refused(RuleRefused, "charter_ended"):
        walk.reopen(world, again, date(2020, 6, 1))


def test_a_reopening_meets_the_rules_of_filing() -> None:
    world = open_fund(max_months=3)
    lease = tenant_with_lease(world)
    rejected = walk.walk_to(world, State.REJECTED, lease=lease)
    lease.tenant.headcount = None
    lease.tenant.save()
    lease.rent_calls.filter(period_start__month=3).delete()
    later = tenant_with_lease(world, tenant=lease.tenant, months=[date(2020, 6, 1)])
    other = walk.draft(world, lease=later)
    with refused(RuleRefused, "tenant_headcount"):
        walk.submit(world, other)
    with refused(RuleRefused, "tenant_headcount", "no_rent_call"):
        walk.reopen(world, rejected)


def test_a_document_that_the_charter_asks_for_at_filing_is_asked_for_again() -> None:
    wanted = [{"kind": "sworn_statement", "timing": DocumentTiming.AT_FILING}]
    world = open_fund()
    rejected = walk.walk_to(world, State.REJECTED)
    walk.amend(world, TOMORROW, required_documents=wanted)
    # The version of the first filing asks for none.
    assert walk.reopen(world, rejected, TOMORROW).state == State.SUBMITTED


@pytest.mark.parametrize(
    ("fund_step", "code"), [(FundAction.SUSPEND, "fund_suspended"), (FundAction.CLOSE, "fund_closed")]
)
def test_nothing_is_reopened_in_a_fund_that_stands_still(world: World, fund_step: FundAction, code: str) -> None:
    rejected = walk.walk_to(world, State.REJECTED)
    fund_action(world, fund_step)
    with refused(RuleRefused, code):
        walk.reopen(world, rejected)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.ELIGIBLE, State.CREDITED, State.REVERSED, State.CANCELLED])
def test_what_is_under_way_or_was_granted_is_not_reopened(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    with refused(RuleRefused, "wrong_state"):
        walk.reopen(world, application)


def test_only_a_manager_reopens(world: World) -> None:
    rejected = walk.walk_to(world, State.REJECTED)
    for name in ("advisor", "assessor", "approver", "payer", "auditor"):
        with not_allowed():
            lifecycle.reopen(application=rejected, reason=walk.REASON, by=getattr(world, name), key=key(), on=OPENED_ON)


OUT_OF_STATE: dict[str, tuple[State, Callable[[World, Application], object]]] = {
    "withdraw": (State.CREDITED, walk.withdraw),
    "withdraw a draft": (State.DRAFT, walk.withdraw),
}


@pytest.mark.parametrize("name", OUT_OF_STATE)
def test_a_draft_is_discarded_and_a_credited_file_reversed_rather_than_withdrawn(world: World, name: str) -> None:
    state, step = OUT_OF_STATE[name]
    application = walk.walk_to(world, state)
    also = ["credited"] if state == State.CREDITED else []
    with refused(RuleRefused, "wrong_state", *also):
        step(world, application)


def test_a_stranger_may_nothing(world: World) -> None:
    draft = walk.draft(world)
    with not_allowed():
        lifecycle.transfer(application=draft, to=world.advisor2, by=user(), key=key(), on=OPENED_ON)
