"""The assessor's steps: asking for information, closing what stays silent, an opinion that reserves the money."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from grants import eligibility, ledger
from grants.actions import assessment, documents
from grants.actions.documents import Upload
from grants.eligibility import CriterionSpec
from grants.enums import DocumentTiming, FundAction, LineState, Opinion, Role, Side, State
from grants.exceptions import BadInput, NotAllowed, RuleRefused
from grants.models import Application, Assessment
from landlords.enums import Component
from tests.factories import OPENED_ON, PDF, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db

SMALL = CriterionSpec("headcount", {"op": "<", "n": 10}, "art. 2")
LOSS = CriterionSpec(
    "turnover_loss",
    {"months": ["2020-04"], "reference": "same_month_last_year", "op": ">", "threshold_bp": 3000},
    "art. 3",
)
LOST = {"turnover_by_month": {"2019-04": 10_000_00, "2020-04": 5_000_00}}
NOT_LOST = {"turnover_by_month": {"2019-04": 10_000_00, "2020-04": 7_260_00}}
DUE = OPENED_ON + timedelta(days=15)


@pytest.fixture
def world() -> World:
    return open_fund()


def assess(world: World, application: Application, **given: Any) -> Application:
    asked = {"application": application, "by": world.assessor, "key": key(), "no_conflict": True, "on": OPENED_ON}
    return assessment.assess_favourable(**asked | given)


# Asking for information.


def test_information_is_asked_for_by_name_and_until_a_day(world: World) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    assert (asked.info_requested, asked.info_due_on, asked.reminded_on) == (["headcount"], DUE, None)
    event = walk.outcome(asked)
    assert (event.from_state, event.to_state, event.data) == ("submitted", "info_requested", {"wanted": ["headcount"]})
    assert event.detail.detail == {"message": walk.MESSAGE}


def test_a_message_is_not_needed(world: World) -> None:
    asked = assessment.request_info(
        application=walk.walk_to(world, State.SUBMITTED),
        wanted=["headcount"],
        message="",
        by=world.assessor,
        key=key(),
        on=OPENED_ON,
    )
    assert walk.outcome(asked).detail_digest == ""


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ([], ["nothing_asked"]),
        (["shoe_size", "headcount", "k_bis"], ["not_askable", "not_askable"]),
        # The landlord supplies arrears itself; the amount is the sum of the lines.
        (["arrears_cents", "requested_cents"], ["not_askable", "not_askable"]),
    ],
)
def test_only_what_the_tenant_or_the_chamber_can_bring_is_asked(
    world: World, wanted: list[str], codes: list[str]
) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    with refused(BadInput, *codes):
        walk.request_info(world, submitted, wanted=wanted)


def test_information_is_asked_for_before_an_opinion_only(world: World) -> None:
    for state in (State.DRAFT, State.ELIGIBLE, State.WAITLISTED, State.INELIGIBLE):
        application = walk.walk_to(world, state)
        with refused(RuleRefused, "wrong_state"):
            walk.request_info(world, application)
    with not_allowed():
        assessment.request_info(
            application=application, wanted=["headcount"], message="", by=world.advisor, key=key(), on=OPENED_ON
        )


def test_silence_closes_a_file_once_it_was_reminded_and_is_overdue(world: World) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    close = {"application": asked, "by": world.assessor}
    with refused(RuleRefused, "not_overdue", "not_reminded"):
        assessment.lapse(**close, key=key(), on=DUE)
    with refused(RuleRefused, "not_reminded"):
        assessment.lapse(**close, key=key(), on=DUE + timedelta(days=1))
    reminded = assessment.remind(**close, key=key(), on=DUE)
    assert (reminded.state, reminded.reminded_on) == (State.INFO_REQUESTED, DUE)
    with refused(RuleRefused, "not_overdue"):
        assessment.lapse(**close, key=key(), on=DUE)
    lapsed = assessment.lapse(**close, key=key(), on=DUE + timedelta(days=1))
    assert (lapsed.state, lapsed.closed_on, lapsed.info_due_on) == (State.LAPSED, DUE + timedelta(days=1), None)
    assert {line.state for line in lapsed.lines.all()} == {LineState.CANCELLED}
    with refused(RuleRefused, "wrong_state"):
        assessment.lapse(**close, key=key(), on=DUE + timedelta(days=1))
    with refused(RuleRefused, "wrong_state"):
        assessment.remind(**close, key=key(), on=DUE + timedelta(days=1))


@pytest.mark.parametrize("step", [assessment.remind, assessment.lapse])
def test_only_an_assessor_reminds_and_closes(world: World, step: Any) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    for name in ("advisor", "approver", "chamber_manager"):
        with not_allowed():
            step(application=asked, by=getattr(world, name), key=key(), on=OPENED_ON)


# A favourable opinion.


def test_a_favourable_opinion_reserves_each_lines_amount(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    first, second, third = walk.line_ids(submitted)
    eligible = assess(world, submitted, amounts={first: 400_00, second: 0})
    assert (eligible.state, eligible.assessed_by, eligible.assessed_on) == (State.ELIGIBLE, world.assessor, OPENED_ON)
    assert eligible.reserved_until == OPENED_ON + timedelta(days=60)
    assert walk.movements(eligible) == [("reserve", 400_00), ("reserve", 500_00)]
    assert [line.proposed_cents for line in eligible.lines.all()] == [400_00, 0, 500_00]
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents) == (39_100_00, 900_00)
    kept = Assessment.objects.get()
    assert (kept.opinion, kept.by, kept.on, kept.charter) == (
        Opinion.FAVOURABLE,
        world.assessor,
        OPENED_ON,
        world.charter,
    )
    assert kept.amounts == {str(first): 400_00, str(second): 0, str(third): 500_00}
    event = walk.outcome(eligible)
    assert (event.from_state, event.to_state) == ("submitted", "eligible")
    assert event.data == {
        "assessment": kept.pk,
        "proposed_cents": 900_00,
        "shortfall_cents": 0,
        "no_conflict": True,
    }


def test_an_opinion_keeps_what_it_was_judged_on(world: World) -> None:
    world = open_fund(criteria=[SMALL, LOSS])
    application = walk.walk_to(world, State.ELIGIBLE, facts=LOST)
    record = Assessment.objects.get(application=application).record
    assert eligibility.replay(record) == []
    assert [finding["code"] for finding in record["findings"]] == ["headcount", "turnover_loss"]


def test_all_reasons_are_said_at_once() -> None:
    world = open_fund(
        criteria=[CriterionSpec("headcount", {"op": "<", "n": 2}), LOSS],
        cap_per_siren_cents=1_000_00,
        cap_per_lease_cents=900_00,
        required_documents=[{"kind": "vat_return", "timing": DocumentTiming.BEFORE_DECISION}],
    )
    submitted = walk.walk_to(world, State.SUBMITTED)
    codes = ["conflict_of_interest", "criterion_headcount", "criterion_turnover_loss", "document"]
    with refused(RuleRefused, *codes, "cap_per_siren", "cap_per_lease"):
        assess(world, submitted, no_conflict=False)
    upload = Upload("vat_return", "ca3.pdf", PDF[1])
    documents.attach(application=submitted, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    with refused(RuleRefused, "criterion_headcount", "criterion_turnover_loss"):
        assess(world, submitted, amounts=dict.fromkeys(walk.line_ids(submitted), 300_00))


def test_a_finding_says_what_was_seen_and_what_would_make_it_pass() -> None:
    world = open_fund(criteria=[LOSS])
    submitted = walk.walk_to(world, State.SUBMITTED, facts=NOT_LOST)
    with refused(RuleRefused, "criterion_turnover_loss") as caught:
        assess(world, submitted, resolved={"turnover_loss": "a note settles no criterion that is not met"})
    with translation.override("en"):
        assert "27.4%" in str(caught.value)
        assert "2.6" in str(caught.value)


@pytest.mark.parametrize(("note", "settles"), [("Vu le journal de caisse.", True), ("   ", False), (None, False)])
def test_what_is_to_verify_is_settled_by_a_note(note: str | None, settles: bool) -> None:
    world = open_fund(criteria=[LOSS])
    submitted = walk.walk_to(world, State.SUBMITTED)
    resolved = {} if note is None else {"turnover_loss": note}
    if not settles:
        with refused(RuleRefused, "criterion_turnover_loss"):
            assess(world, submitted, resolved=resolved)
        return
    eligible = assess(world, submitted, resolved=resolved)
    assert walk.outcome(eligible).detail.detail == {"resolved": resolved}
    assert Assessment.objects.get().resolved == resolved


def test_a_landlords_assessor_reads_the_verdict_and_settles_nothing_the_chamber_alone_sees() -> None:
    world = open_fund(criteria=[LOSS, SMALL])
    theirs = walk.join(world, "landlord_assessor", Side.LANDLORD, Role.ASSESSOR)
    failing = walk.walk_to(world, State.SUBMITTED, facts=NOT_LOST)
    with refused(RuleRefused, "criterion_turnover_loss") as caught:
        assess(world, failing, by=theirs)
    with translation.override("en"):
        assert "27" not in str(caught.value)
        assert "not met" in str(caught.value)
    open_ = walk.walk_to(world, State.SUBMITTED)
    with refused(NotAllowed, "chamber_evidence"):
        assess(world, open_, by=theirs, resolved={"turnover_loss": "Je connais ce commerce.", "headcount": "Vu."})
    assert assess(world, open_, resolved={"turnover_loss": "Vu le journal de caisse."}).state == State.ELIGIBLE
    passing = walk.walk_to(world, State.SUBMITTED, facts=LOST)
    assert assess(world, passing, by=theirs).assessed_by == theirs


@pytest.mark.parametrize(
    ("amounts", "codes"),
    [
        ([500_01, -1, 0], ["amount_outside", "amount_outside"]),
        ([0, 0, 0], ["nothing_proposed"]),
    ],
)
def test_an_amount_lies_between_zero_and_what_is_asked(world: World, amounts: list[int], codes: list[str]) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    chosen = dict(zip(walk.line_ids(submitted), amounts, strict=True))
    with refused(RuleRefused if codes == ["nothing_proposed"] else BadInput, *codes):
        assess(world, submitted, amounts=chosen)


def test_the_line_of_another_application_is_unknown_here(world: World) -> None:
    submitted, other = (walk.walk_to(world, State.SUBMITTED) for _ in range(2))
    with refused(BadInput, "unknown_line"):
        assess(world, submitted, amounts={walk.line_ids(other)[0]: 1_00})


@pytest.mark.parametrize(
    ("cap", "code"), [("cap_per_siren_cents", "cap_per_siren"), ("cap_per_lease_cents", "cap_per_lease")]
)
@pytest.mark.parametrize("state", [State.ELIGIBLE, State.APPROVED, State.CREDITED])
def test_caps_count_what_other_files_hold(cap: str, code: str, state: State) -> None:
    world = open_fund(**{cap: 700_00})
    lease = tenant_with_lease(world, months=[date(2020, 3, 1), date(2020, 4, 1)])
    asks = walk.asks_of(lease)
    walk.walk_to(world, state, lease=lease, lines=asks[:1])
    submitted = walk.walk_to(world, State.SUBMITTED, lease=lease, lines=asks[1:])
    line = walk.line_ids(submitted)[0]
    with refused(RuleRefused, code):
        assess(world, submitted, amounts={line: 200_01})
    assert assess(world, submitted, amounts={line: 200_00}).state == State.ELIGIBLE


def test_caps_do_not_count_what_others_merely_ask_for() -> None:
    world = open_fund(cap_per_siren_cents=700_00, cap_per_lease_cents=700_00)
    lease = tenant_with_lease(world, charges_cents=500_00, months=[date(2020, 3, 1)])
    asks = walk.asks_of(lease)
    walk.walk_to(world, State.INELIGIBLE, lease=lease, lines=asks[:1])
    assert walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=asks[1:]).state == State.ELIGIBLE


def test_each_line_is_judged_again(world: World) -> None:
    """The rent roll may have changed since the filing."""
    lease = tenant_with_lease(world)
    submitted = walk.walk_to(world, State.SUBMITTED, lease=lease)
    lease.rent_calls.filter(component=Component.RENT, period_start__month=3).delete()
    lease.ends_on = date(2020, 4, 15)
    lease.save()
    with refused(RuleRefused, "no_rent_call", "lease_not_running"):
        assess(world, submitted)


def test_short_of_money_the_file_waits_in_rank_and_is_told_what_is_short(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED, lease=tenant_with_lease(world, rent_cents=14_000_00))
    waiting = assess(world, submitted)
    assert (waiting.state, waiting.rank, waiting.reserved_until) == (State.WAITLISTED, 1, None)
    assert (waiting.assessed_by, waiting.assessed_on) == (world.assessor, OPENED_ON)
    assert walk.outcome(waiting).data["shortfall_cents"] == 2_000_00
    assert walk.movements(waiting) == []
    assert {(line.state, line.proposed_cents) for line in waiting.lines.all()} == {("claimed", 14_000_00)}
    with refused(RuleRefused, "shortfall") as caught:
        assess(world, waiting)
    with translation.override("en"):
        assert "€2,000.00" in str(caught.value)
    one, *rest = walk.line_ids(waiting)
    assert assess(world, waiting, amounts={one: 12_000_00}).state == State.ELIGIBLE
    assert ledger.position(world.fund.pk).available_cents == 0
    assert rest


def test_no_favourable_opinion_while_the_fund_is_suspended(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    fund_action(world, FundAction.SUSPEND)
    with refused(RuleRefused, "fund_suspended"):
        assess(world, submitted)
    assert walk.unfavourable(world, submitted).state == State.INELIGIBLE


def test_who_filed_does_not_assess(world: World) -> None:
    walk.join(world, "advisor", Side.CHAMBER, Role.ASSESSOR, user=world.advisor)
    submitted = walk.walk_to(world, State.SUBMITTED)
    with not_allowed("four_eyes_filed"):
        assess(world, submitted, by=world.advisor)
    with not_allowed():
        assess(world, submitted, by=world.approver)


# An unfavourable opinion.


@pytest.mark.parametrize("state", [State.SUBMITTED, State.WAITLISTED])
def test_an_unfavourable_opinion_is_no_refusal(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    ineligible = walk.unfavourable(world, application)
    assert (ineligible.state, ineligible.closed_on, ineligible.is_final) == (State.INELIGIBLE, OPENED_ON, False)
    assert {line.state for line in ineligible.lines.all()} == {LineState.CLAIMED}
    assert walk.movements(ineligible) == []
    event = walk.outcome(ineligible)
    kept = Assessment.objects.latest("pk")
    assert (event.from_state, event.to_state) == (state, "ineligible")
    assert event.data == {"assessment": kept.pk, "no_conflict": True, "unmet": []}
    assert event.detail.detail == {"reason": walk.REASON}
    assert (kept.opinion, kept.by) == (Opinion.UNFAVOURABLE, world.assessor)


def test_an_unfavourable_opinion_has_a_reason_and_no_conflict_of_interest(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    given: dict[str, Any] = {"application": submitted, "reason": " " * 30 + "court", "key": key(), "on": OPENED_ON}
    with refused(RuleRefused, "conflict_of_interest", "reason"):
        assessment.assess_unfavourable(**given, by=world.assessor)
    with not_allowed():
        assessment.assess_unfavourable(**given, by=world.advisor, no_conflict=True)
