"""Every state x action x role x side: allowed or refused, as the design has it.

The expectation is written out here, apart from the code. Whoever adds a state, an action, a role or a side meets a
cell that nobody listed, and fails.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, documents, filing, lifecycle, reversal, waiting
from grants.actions.documents import Upload
from grants.enums import (
    Action,
    Channel,
    FundAction,
    LineState,
    RejectionReason,
    RequestKind,
    ReversalReason,
    Role,
    Side,
    State,
)
from grants.exceptions import ActionRefused
from grants.models import Application, FundMember, ReversalRequest
from tests.factories import OPENED_ON, PDF, World, fund_action, key, open_fund, user
from tests.grants import walk

pytestmark = pytest.mark.django_db

ON = OPENED_ON + timedelta(days=20)
"""When the steps are tried: after the days to answer, of a reservation and of an offer; within the window to reopen."""

Person = tuple[Role, Side] | str
ADVISOR = (Role.ADVISOR, Side.CHAMBER)
CHAMBER_ASSESSOR, LANDLORD_ASSESSOR = (Role.ASSESSOR, Side.CHAMBER), (Role.ASSESSOR, Side.LANDLORD)
APPROVER, CHAMBER_APPROVER = (Role.APPROVER, Side.LANDLORD), (Role.APPROVER, Side.CHAMBER)
PAYER = (Role.PAYER, Side.LANDLORD)
LANDLORD_MANAGER, CHAMBER_MANAGER = (Role.MANAGER, Side.LANDLORD), (Role.MANAGER, Side.CHAMBER)
AUDITORS = [(Role.AUDITOR, side) for side in Side]
SYSTEM, STRANGER = "system", "stranger"
PEOPLE: list[Person] = [
    ADVISOR,
    CHAMBER_ASSESSOR,
    LANDLORD_ASSESSOR,
    APPROVER,
    CHAMBER_APPROVER,
    PAYER,
    LANDLORD_MANAGER,
    CHAMBER_MANAGER,
    *AUDITORS,
    SYSTEM,
    STRANGER,
]

S = State
ASSESSORS: set[Person] = {CHAMBER_ASSESSOR, LANDLORD_ASSESSOR}
PENDING = {S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED}
EXPECTED: dict[Action, tuple[set[State], set[Person]]] = {
    Action.EDIT: ({S.DRAFT}, {ADVISOR}),
    Action.DISCARD: ({S.DRAFT}, {ADVISOR}),
    Action.SUBMIT: ({S.DRAFT}, {ADVISOR}),
    Action.ATTACH: ({S.DRAFT, S.INELIGIBLE, *PENDING}, {ADVISOR}),
    Action.SUPPLY: (
        {S.INELIGIBLE, *PENDING},
        {LANDLORD_MANAGER, LANDLORD_ASSESSOR, APPROVER, PAYER},
    ),
    Action.REQUEST_INFO: ({S.SUBMITTED}, ASSESSORS),
    Action.ANSWER: ({S.INFO_REQUESTED}, {ADVISOR}),
    Action.REMIND: ({S.INFO_REQUESTED}, ASSESSORS),
    Action.LAPSE: ({S.INFO_REQUESTED}, ASSESSORS),
    Action.ASSESS_FAVOURABLE: ({S.SUBMITTED, S.WAITLISTED}, ASSESSORS),
    Action.ASSESS_UNFAVOURABLE: ({S.SUBMITTED, S.WAITLISTED}, ASSESSORS),
    Action.APPROVE: ({S.ELIGIBLE}, {APPROVER}),
    Action.SEND_BACK: ({S.ELIGIBLE}, {APPROVER}),
    Action.REJECT: ({S.ELIGIBLE, S.INELIGIBLE, *PENDING}, {APPROVER}),
    Action.CREDIT: ({S.APPROVED}, {PAYER}),
    Action.ASK_CANCEL_LINES: ({S.APPROVED}, {PAYER}),
    Action.ASK_REVERSE: ({S.APPROVED, S.CREDITED}, {PAYER}),
    Action.CANCEL_LINES: ({S.APPROVED}, {APPROVER}),
    Action.REVERSE: ({S.APPROVED, S.CREDITED}, {APPROVER}),
    Action.REFUSE_REQUEST: ({S.APPROVED, S.CREDITED}, {APPROVER}),
    Action.WITHDRAW: ({S.ELIGIBLE, S.INELIGIBLE, S.APPROVED, *PENDING}, {ADVISOR, CHAMBER_MANAGER}),
    Action.WARN_EXPIRY: ({S.ELIGIBLE}, {SYSTEM}),
    Action.EXPIRE: ({S.ELIGIBLE}, {SYSTEM}),
    Action.OFFER: ({S.WAITLISTED}, {SYSTEM}),
    Action.LAPSE_OFFER: ({S.WAITLISTED}, {SYSTEM}),
    Action.TRANSFER: (set(State), {CHAMBER_MANAGER}),
    Action.APPLY_NEW_VERSION: (PENDING, {LANDLORD_MANAGER}),
    Action.REOPEN: ({S.REJECTED, S.INELIGIBLE, S.WITHDRAWN, S.LAPSED}, {LANDLORD_MANAGER, CHAMBER_MANAGER}),
}
"""Action -> the states it is possible in, and whose it is. `create` has no state before it: see below."""

Call = Callable[[World, Application, User], object]


def common(by: User) -> dict[str, Any]:
    return {"by": by, "key": key(), "on": ON}


def an_application(**given: Any) -> Callable[..., Call]:
    return lambda action, **more: lambda _world, file, by: action(application=file, **given, **more, **common(by))


step = an_application()
CALLS: dict[Action, Call] = {
    Action.EDIT: step(filing.edit),
    Action.DISCARD: step(filing.discard),
    Action.SUBMIT: step(filing.submit),
    Action.ATTACH: step(documents.attach, upload=Upload("bail", "bail.pdf", PDF[1])),
    Action.SUPPLY: step(lifecycle.supply, facts={"arrears_cents": 0, "arrears_on": "2020-02-29"}),
    Action.REQUEST_INFO: step(assessment.request_info, wanted=["headcount"], message=walk.MESSAGE),
    Action.ANSWER: step(filing.answer, facts={"headcount": 4}),
    Action.REMIND: step(assessment.remind),
    Action.LAPSE: step(assessment.lapse),
    Action.ASSESS_FAVOURABLE: step(assessment.assess_favourable, no_conflict=True),
    Action.ASSESS_UNFAVOURABLE: step(assessment.assess_unfavourable, reason=walk.REASON, no_conflict=True),
    Action.APPROVE: step(decision.approve, no_conflict=True),
    Action.SEND_BACK: step(decision.send_back, reason=walk.REASON),
    Action.REJECT: step(decision.reject, motive=RejectionReason.CRITERIA_NOT_MET),
    Action.CREDIT: lambda _world, file, by: crediting.credit(
        application=file, lines=walk.line_ids(file, LineState.APPROVED), voucher=walk.voucher(ON), **common(by)
    ),
    Action.ASK_CANCEL_LINES: lambda _world, file, by: reversal.ask_cancel_lines(
        application=file,
        lines=walk.line_ids(file, LineState.APPROVED),
        reason=ReversalReason.NOT_NEEDED,
        **common(by),
    ),
    Action.ASK_REVERSE: lambda _world, file, by: reversal.ask_reverse(
        application=file,
        kind=RequestKind.REVERSE,
        lines=walk.line_ids(file, LineState.CREDITED),
        reason=ReversalReason.LEASE_ENDED,
        **common(by),
    ),
    Action.CANCEL_LINES: lambda _world, file, by: reversal.cancel_lines(request=request_on(file), **common(by)),
    Action.REVERSE: lambda _world, file, by: reversal.reverse(request=request_on(file), **common(by)),
    Action.REFUSE_REQUEST: lambda _world, file, by: reversal.refuse_request(
        request=request_on(file), reason=walk.REASON, **common(by)
    ),
    Action.WITHDRAW: step(lifecycle.withdraw, requested_on=ON, channel=Channel.PHONE),
    Action.WARN_EXPIRY: step(waiting.warn_expiry),
    Action.EXPIRE: step(waiting.expire),
    Action.OFFER: step(waiting.offer),
    Action.LAPSE_OFFER: step(waiting.lapse_offer),
    Action.TRANSFER: lambda world, file, by: lifecycle.transfer(application=file, to=world.advisor2, **common(by)),
    Action.APPLY_NEW_VERSION: step(lifecycle.apply_new_version),
    Action.REOPEN: step(lifecycle.reopen, reason=walk.REASON),
}


def request_on(file: Application) -> ReversalRequest:
    return file.requests.latest("pk")


def prepare(world: World, file: Application, action: Action) -> None:
    """Make true whatever else the step asks for, so that only state and role decide."""
    if action == Action.LAPSE and file.state == State.INFO_REQUESTED:
        assessment.remind(application=file, by=world.assessor, key=key(), on=OPENED_ON)
    if file.state == State.WAITLISTED and action in {Action.OFFER, Action.LAPSE_OFFER, Action.ASSESS_FAVOURABLE}:
        fund_action(world, FundAction.ENDOW, amount_cents=10_000_00)
        if action == Action.LAPSE_OFFER:
            waiting.offer(application=file, by=User.objects.system(), key=key(), on=OPENED_ON)
    if action == Action.EXPIRE and file.state == State.ELIGIBLE:
        earlier = OPENED_ON + timedelta(days=5)
        waiting.warn_expiry(application=file, by=User.objects.system(), key=key(), on=earlier)
    if action == Action.APPLY_NEW_VERSION:
        walk.amend(world)
    if action in {Action.ASK_REVERSE, Action.REVERSE} and file.state == State.APPROVED:
        walk.credit(world, file, lines=walk.line_ids(file)[:1])
    settles_a_credit = {Action.REVERSE, Action.REFUSE_REQUEST} if file.state == State.CREDITED else {Action.REVERSE}
    if action in settles_a_credit and file.state in {State.APPROVED, State.CREDITED}:
        walk.ask_undo(world, file)
    elif action in {Action.CANCEL_LINES, Action.REFUSE_REQUEST} and file.state == State.APPROVED:
        walk.ask_cancel(world, file)
    elif action in {Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST}:
        # No action makes a request in this state: the row alone must not open a way.
        kind = RequestKind.CANCEL if action == Action.CANCEL_LINES else RequestKind.REVERSE
        ReversalRequest.objects.create(
            application=file, kind=kind, reason=ReversalReason.LEASE_ENDED, asked_by=world.payer, asked_on=OPENED_ON
        )


def somebody(world: World, person: Person) -> User:
    """A person with this role only, and no hand in any file."""
    if person == SYSTEM:
        return User.objects.system()
    newcomer = user()
    if isinstance(person, tuple):
        role, side = person
        FundMember.objects.create(
            fund=world.fund,
            user=newcomer,
            role=role,
            side=side,
            starts_on=OPENED_ON,
            proposed_by=world.admin,
            confirmed_by=world.admin,
            confirmed_on=OPENED_ON,
        )
    return newcomer


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer_to(world: World, file: Application, action: Action, by: User) -> str:
    """What the action answers this person: `allowed`, or the codes of the refusal."""
    try:
        with transaction.atomic():
            CALLS[action](world, Application.objects.get(pk=file.pk), by)
    except ActionRefused as refusal:
        return " ".join(refusal.codes)
    return "allowed"


def expected(action: Action, state: State, person: Person) -> str:
    states, people = EXPECTED[action]
    if person not in people:
        return "role_missing"
    return "allowed" if state in states else "wrong_state"


def as_expected(answer: str, wanted: str) -> bool:
    """A refusal may have further reasons, but the one wanted is among them."""
    return answer == wanted if wanted == "allowed" else wanted in answer.split()


@pytest.mark.parametrize("state", list(State))
def test_every_action_by_everybody(state: State) -> None:
    world = open_fund(ceiling_cents=60_000_00, reservation_days=10, second_visa_threshold_cents=None)
    file = walk.walk_to(world, state)
    people = {person: somebody(world, person) for person in PEOPLE}
    Application.objects.filter(pk=file.pk).update(advisor=people[ADVISOR])  # Only the advisor in charge takes steps.
    wrong = []
    for action in EXPECTED:
        with undone():
            prepare(world, file, action)
            for person, by in people.items():
                wanted = expected(action, state, person)
                with undone():
                    answer = answer_to(world, file, action, by)
                if not as_expected(answer, wanted):
                    wrong.append(f"{state} {action} {person}: {answer}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("person", PEOPLE, ids=str)
def test_only_an_advisor_opens_a_draft(person: Person) -> None:
    world = open_fund()
    file = walk.draft(world)
    by = somebody(world, person)
    if person == ADVISOR:
        created = filing.create(fund=world.fund, tenant=file.tenant, by=by, key=key(), on=ON)
        assert created.state == State.DRAFT
        return
    with pytest.raises(ActionRefused) as refused:
        filing.create(fund=world.fund, tenant=file.tenant, by=by, key=key(), on=ON)
    assert refused.value.codes == ["role_missing"]


def test_every_cell_is_listed() -> None:
    assert set(EXPECTED) == set(CALLS) == set(Action) - {Action.CREATE}
    allowed_by_the_database = {(Role.ADVISOR, Side.CHAMBER), (Role.PAYER, Side.LANDLORD)}
    allowed_by_the_database |= {(role, side) for role in (Role.ASSESSOR, Role.APPROVER, Role.MANAGER) for side in Side}
    allowed_by_the_database |= {(Role.AUDITOR, side) for side in Side}
    external = {(role, Side.EXTERNAL) for role in Role if role != Role.AUDITOR}
    assert {person for person in PEOPLE if isinstance(person, tuple)} == allowed_by_the_database - external


def test_the_day_lies_where_each_step_is_possible() -> None:
    assert OPENED_ON < ON < OPENED_ON + timedelta(days=60)
    assert date(2020, 5, 25) == ON
