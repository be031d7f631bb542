"""No sequence of steps, reopening and transfer included, lets one person take two incompatible ones in a file.

The roles are given so that they never stand in the way: whatever is refused here is refused for the hands that a person
already had. Who had which is read by `judge`, from the events.
"""

import os
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, funding, lifecycle, reversal
from grants.actions.members import propose_member
from grants.enums import Action, FundAction, LineState, RejectionReason, Role, Side, State
from grants.exceptions import ActionRefused
from grants.models import Application, Event, FundProposal, ReversalRequest, Visa
from tests.factories import OPENED_ON, PDF, World, fund_action, key, membership, open_fund, user
from tests.grants import judge, walk
from tests.grants.actions.refusal import not_allowed
from tests.grants.requests import Choice, asked_of

pytestmark = pytest.mark.django_db

EVERY_ROLE = [
    (Side.CHAMBER, Role.ADVISOR),
    (Side.CHAMBER, Role.ASSESSOR),
    (Side.CHAMBER, Role.MANAGER),
    (Side.LANDLORD, Role.APPROVER),
    (Side.LANDLORD, Role.PAYER),
    (Side.LANDLORD, Role.MANAGER),
]
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
PROFILE = settings(
    max_examples=400 if DEEP else 10,
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
A = Action
TRIED = {
    State.SUBMITTED: (A.ASSESS_FAVOURABLE, A.ASSESS_FAVOURABLE, A.ASSESS_UNFAVOURABLE, A.REQUEST_INFO, A.REJECT),
    State.INFO_REQUESTED: (A.ANSWER, A.ATTACH, A.WITHDRAW),
    State.ELIGIBLE: (A.APPROVE, A.APPROVE, A.APPROVE, A.SEND_BACK, A.REJECT),
    State.INELIGIBLE: (A.REJECT, A.REOPEN),
    State.APPROVED: (A.CREDIT, A.CREDIT, A.ASK_CANCEL_LINES, A.CANCEL_LINES, A.ASK_REVERSE, A.REVERSE),
    State.CREDITED: (A.ASK_REVERSE, A.REVERSE),
    State.REJECTED: (A.REOPEN,),
    State.WITHDRAWN: (A.REOPEN,),
}
"""What moves a file on, back and round again; any file may be transferred too."""


def everybody_does_everything(people: int) -> World:
    """A fund whose people hold every role each, and where two visas are always needed."""
    team = [user() for _ in range(people)]
    world = open_fund(
        second_visa_threshold_cents=0,
        memberships=[membership(person, side, role) for person in team for side, role in EVERY_ROLE],
        proposer=team[0],
        confirmer=team[1],
    )
    world.people |= {str(n): person for n, person in enumerate(team)} | {"advisor": team[0]}
    return world


PEOPLE = 6
steps = st.lists(
    st.tuples(st.integers(0, 5), st.permutations(range(PEOPLE)), st.sampled_from([0, 0, 1, 3])),
    min_size=12,
    max_size=20,
)


def test_no_sequence_of_steps_gives_one_person_two_hands() -> None:
    """Each step is tried by one after the other, until somebody may: only the four eyes keep them apart."""
    world = everybody_does_everything(PEOPLE)
    submitted = walk.walk_to(world, State.SUBMITTED)
    happened: Counter[Action] = Counter()

    @PROFILE
    @given(steps=steps)
    def keeps_them_apart(steps: list[tuple[int, list[int], int]]) -> None:
        with transaction.atomic():
            for nth, order, pick in steps:
                file = Application.objects.get(pk=submitted.pk)
                possible = (*TRIED.get(State(file.state), ()), A.TRANSFER)
                action, successor = possible[nth % len(possible)], world.people[str(order[-1])]
                request = asked_of(file, Choice(OPENED_ON, successor, pick))[action]()
                if request:
                    happened[action] += any(taken(*request, world.people[str(n)]) for n in order)
            assert judge.four_eyes_faults(world.fund) == []
            transaction.set_rollback(True)

    keeps_them_apart()
    # Sequences of refusals alone would say nothing.
    assert min(happened[action] for action in (A.ASSESS_FAVOURABLE, A.APPROVE, A.REOPEN, A.TRANSFER)) > 0, happened


def taken(function: object, asked: dict[str, object], by: User) -> bool:
    try:
        function(**asked, by=by, key=key(), on=OPENED_ON)  # type: ignore[operator]
    except ActionRefused:
        return False
    return True


# The cases that a reader would think of first.


@pytest.fixture
def world() -> World:
    return open_fund()


def assess(world: World, file: Application, by: User) -> Application:
    return assessment.assess_favourable(application=file, no_conflict=True, by=by, key=key(), on=OPENED_ON)


def approve(world: World, file: Application, by: User) -> Application:
    return decision.approve(application=file, no_conflict=True, by=by, key=key(), on=OPENED_ON)


def credit(world: World, file: Application, by: User) -> Application:
    lines = walk.line_ids(file, LineState.APPROVED)
    return crediting.credit(application=file, lines=lines, voucher=walk.voucher(), by=by, key=key(), on=OPENED_ON)


def test_who_filed_does_not_assess_after_a_transfer(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    lifecycle.transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON)
    walk.join(world, "filer", Side.CHAMBER, Role.ASSESSOR, user=world.advisor)
    with not_allowed("four_eyes_filed"):
        assess(world, file, world.filer)


def test_who_is_put_in_charge_and_does_nothing_may_still_assess(world: World) -> None:
    """A charge is no hand: only what somebody did counts."""
    file = walk.walk_to(world, State.SUBMITTED)
    lifecycle.transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON)
    walk.join(world, "successor", Side.CHAMBER, Role.ASSESSOR, user=world.advisor2)
    assert assess(world, file, world.successor).state == State.ELIGIBLE


def test_who_assessed_does_not_answer_for_the_file_later(world: World) -> None:
    file = walk.send_back(world, walk.walk_to(world, State.ELIGIBLE))
    walk.join(world, "both", Side.CHAMBER, Role.ADVISOR, user=world.assessor)
    lifecycle.transfer(application=file, to=world.both, by=world.chamber_manager, key=key(), on=OPENED_ON)
    walk.join(world, "other", Side.CHAMBER, Role.ASSESSOR)
    world.people["advisor"], world.people["assessor"] = world.both, world.other
    asked = walk.request_info(world, file)
    with not_allowed("four_eyes_assessed"):
        walk.answer(world, asked)


def test_who_rejected_does_not_assess_after_a_reopening(world: World) -> None:
    file = walk.reopen(world, walk.walk_to(world, State.REJECTED))
    walk.join(world, "rejecter", Side.LANDLORD, Role.ASSESSOR, user=world.approver)
    with not_allowed("four_eyes_decided"):
        assess(world, file, world.rejecter)
    assert approve(world, assess(world, file, world.assessor), world.rejecter).state == State.APPROVED


def test_a_deputy_acts_under_their_own_name() -> None:
    """What a deputy did is the deputy's: it is no hand of the person they stood in for, and stays one of theirs."""
    world = open_fund(second_visa_threshold_cents=0)
    stand_in = user("Suppléance")
    propose_member(
        fund=world.fund,
        user=stand_in,
        side=Side.CHAMBER,
        role=Role.ASSESSOR,
        starts_on=OPENED_ON,
        ends_on=OPENED_ON + timedelta(days=10),
        deputy_for=world.member("assessor"),
        by=world.chamber_manager,
        key=key(),
        on=OPENED_ON,
    )
    file = assess(world, walk.walk_to(world, State.SUBMITTED), stand_in)
    assert (file.assessed_by, walk.outcome(file).user) == (stand_in, stand_in)
    walk.join(world, "principal", Side.LANDLORD, Role.APPROVER, user=world.assessor)
    walk.join(world, "stand_in", Side.LANDLORD, Role.APPROVER, user=stand_in)
    with not_allowed("four_eyes_assessed"):
        approve(world, file, world.stand_in)
    assert approve(world, file, world.principal).state == State.ELIGIBLE  # the first of two visas


def test_who_gave_the_first_visa_keeps_that_hand_after_the_file_was_sent_back() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    eligible = walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
    file = walk.send_back(world, eligible)
    walk.join(world, "giver", Side.LANDLORD, Role.ASSESSOR, user=world.approver)
    walk.join(world, "giver", Side.LANDLORD, Role.PAYER, user=world.approver)
    with not_allowed("four_eyes_decided"):
        assess(world, file, world.giver)
    # An earlier giver may give either of the two new visas, and never credits.
    file = approve(world, approve(world, assess(world, file, world.assessor), world.approver2), world.giver)
    assert file.state == State.APPROVED
    with not_allowed("four_eyes_decided"):
        credit(world, file, world.giver)


def test_the_two_living_visas_are_by_two_people() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    file = walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
    with pytest.raises(ActionRefused) as refusal:
        approve(world, file, world.approver)
    assert refusal.value.codes == ["same_person"]
    first = Visa.objects.get()
    with pytest.raises(IntegrityError, match="two_visas_are_by_two_people"), transaction.atomic():
        Visa.objects.create(
            application=file, assessment=first.assessment, by=world.approver, on=OPENED_ON, amounts=first.amounts
        )


@pytest.mark.parametrize("state", [State.APPROVED, State.CREDITED])
def test_who_asks_for_a_cancellation_or_a_reversal_does_not_settle_it(world: World, state: State) -> None:
    file = walk.walk_to(world, state)
    ask, confirm = (
        (walk.ask_cancel, reversal.cancel_lines) if state == State.APPROVED else (walk.ask_undo, reversal.reverse)
    )
    request = ask(world, file)
    walk.join(world, "asker", Side.LANDLORD, Role.APPROVER, user=world.payer)
    asked = {"request": request, "by": world.asker, "key": key(), "on": OPENED_ON}
    for settle in (confirm, lambda **given: reversal.refuse_request(reason=walk.REASON, **given)):
        with pytest.raises(ActionRefused) as refusal:
            settle(**asked)
        assert refusal.value.codes == ["same_person"]
    with pytest.raises(IntegrityError, match="request_needs_two_people"), transaction.atomic():
        ReversalRequest.objects.filter(pk=request.pk).update(settled_by=world.payer)


def test_who_gave_an_unfavourable_opinion_does_not_refuse(world: World) -> None:
    file = walk.walk_to(world, State.INELIGIBLE)
    walk.join(world, "judge", Side.LANDLORD, Role.APPROVER, user=world.assessor)
    with not_allowed("four_eyes_assessed"):
        decision.reject(
            application=file,
            motive=RejectionReason.CRITERIA_NOT_MET,
            by=world.judge,
            key=key(),
            on=OPENED_ON,
        )


def test_a_landlords_assessor_does_not_approve_what_they_assessed(world: World) -> None:
    walk.join(world, "landlord_assessor", Side.LANDLORD, Role.ASSESSOR, user=world.approver)
    file = assess(world, walk.walk_to(world, State.SUBMITTED), world.landlord_assessor)
    with not_allowed("four_eyes_assessed"):
        approve(world, file, world.approver)
    assert approve(world, file, world.approver2).state == State.APPROVED


def test_supplying_a_landlords_fact_is_no_hand(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    for by in (world.approver, world.payer):
        facts = {"arrears_cents": 0, "arrears_on": "2020-02-29"}
        lifecycle.supply(application=file, facts=facts, by=by, key=key(), on=OPENED_ON)
    approved = approve(world, assess(world, file, world.assessor), world.approver)
    assert credit(world, approved, world.payer).state == State.CREDITED


def test_who_credited_does_not_decide_the_same_file_again(world: World) -> None:
    """Reversed and credited files don't come back, but a file credited in part is still open to other steps."""
    file = walk.walk_to(world, State.APPROVED)
    credited = walk.credit(world, file, lines=walk.line_ids(file)[:1])
    walk.join(world, "approving_payer", Side.LANDLORD, Role.APPROVER, user=world.payer)
    walk.join(world, "crediting_approver", Side.LANDLORD, Role.PAYER, user=world.approver)
    with not_allowed("four_eyes_decided"):
        credit(world, credited, world.crediting_approver)
    assert credit(world, credited, world.approving_payer).state == State.CREDITED


def test_closing_a_fund_rejects_what_waits_so_an_assessor_of_it_does_not_confirm(world: World) -> None:
    walk.walk_to(world, State.WAITLISTED)
    walk.join(world, "closer", Side.LANDLORD, Role.APPROVER, user=world.assessor)
    proposal = funding.propose(
        fund=world.fund,
        action=FundAction.CLOSE,
        signed_pdf=PDF,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    with not_allowed("four_eyes"):
        funding.confirm(proposal=proposal, by=world.closer, key=key(), on=OPENED_ON)
    funding.confirm(proposal=proposal, by=world.approver, key=key(), on=OPENED_ON)
    assert judge.faults(world.fund) == []


@pytest.mark.parametrize("settle", [funding.confirm, funding.refuse])
def test_who_proposes_a_fund_action_does_not_settle_it(world: World, settle: object) -> None:
    walk.join(world, "proposer", Side.LANDLORD, Role.APPROVER, user=world.landlord_manager)
    proposal = funding.propose(fund=world.fund, action=FundAction.SUSPEND, by=world.proposer, key=key(), on=OPENED_ON)
    with not_allowed("same_person"):
        settle(proposal=proposal, by=world.proposer, key=key(), on=OPENED_ON)  # type: ignore[operator]


def test_the_judge_sees_what_the_actions_would_have_let_through(world: World) -> None:
    """The check of these tests can fail: forged events are found."""
    file = walk.walk_to(world, State.CREDITED)
    fund_action(world, FundAction.SUSPEND)
    assert judge.four_eyes_faults(world.fund) == []
    event = {"fund": world.fund, "on": OPENED_ON, "at": walk.outcome(file).at, "request_hash": ""}
    proposal = FundProposal.objects.get(action=FundAction.SUSPEND)
    for action, by, data in (
        (Action.CREDIT, world.assessor, {}),
        (Action.APPROVE, world.advisor, {}),
        (FundAction.SUSPEND, world.landlord_manager, {"proposal": proposal.pk}),
    ):
        on_file = {} if data else {"application": file}
        Event.objects.create(user=by, action=action, data=data, key=key(), **event | on_file)
    assert judge.four_eyes_faults(world.fund) == [
        f"file {file.pk}: [{world.advisor.pk}] filed and decided",
        f"file {file.pk}: [{world.assessor.pk}] assessed and credited",
        f"proposal {proposal.pk} is proposed and settled by the same person",
    ]
