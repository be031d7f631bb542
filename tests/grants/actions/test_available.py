"""What a person is told beforehand of every action, and that it is what the actions answer."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fundadmin.models import Scope, User
from grants.actions import assessment, filing
from grants.actions.available import Availability, available_actions, available_actions_of
from grants.enums import Action, FundAction, RequestKind, Role, Side, State
from grants.exceptions import ActionRefused
from grants.models import Application, FundMember
from grants.workflow import WORKFLOW
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.agreement import disagreement
from tests.grants.requests import Choice, asked_of
from tests.grants.test_matrix import ADVISOR, CALLS, EXPECTED, ON, PEOPLE, prepare, somebody, undone

pytestmark = pytest.mark.django_db


def said(file: Application, by: User, action: Action, on: date = OPENED_ON) -> Availability:
    (found,) = [known for known in available_actions(file, by, on) if known.action == action]
    return found


def codes(file: Application, by: User, action: Action, on: date = OPENED_ON) -> list[str]:
    return [breach.code for breach in said(file, by, action, on).breaches]


def refusal_of(file: Application, action: Action, by: User, world: World) -> ActionRefused | None:
    try:
        with undone():
            CALLS[action](world, Application.objects.get(pk=file.pk), by)
    except ActionRefused as refusal:
        return refusal
    return None


@pytest.mark.slow
@pytest.mark.parametrize("state", list(State))
def test_it_agrees_with_every_action_by_everybody(state: State) -> None:
    world = open_fund(ceiling_cents=60_000_00, reservation_days=10, second_visa_threshold_cents=None)
    file = walk.walk_to(world, state)
    people = {person: somebody(world, person) for person in PEOPLE}
    Application.objects.filter(pk=file.pk).update(advisor=people[ADVISOR])
    wrong = []
    for action, (_states, actors) in EXPECTED.items():
        if not WORKFLOW[action].actors:
            continue
        with undone():
            prepare(world, file, action)
            # One who may not is refused alike for every action.
            for person in [*actors, "stranger"]:
                known = said(file, people[person], action, ON)
                wrong.append(disagreement(known, refusal_of(file, action, people[person], world)))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.slow
@pytest.mark.parametrize("state", list(State))
def test_it_agrees_where_nothing_was_prepared(state: State) -> None:
    """By the people of a default world, with their hands in the file, and whatever there is to be asked about."""
    world = open_fund(second_visa_threshold_cents=0)
    file = walk.walk_to(world, state)
    on = file.acted_on or OPENED_ON
    choice = Choice(on, world.advisor2)
    wrong = []
    for name, by in world.people.items():
        for known in available_actions(file, by, on):
            request = asked_of(file, choice)[known.action]()
            if request is None:
                assert not known.allowed
            # One who may not is refused alike for every action: seen above.
            if request is None or [breach.code for breach in known.breaches] == ["role_missing"]:
                continue
            refusal = None
            try:
                with undone():
                    request[0](**request[1], by=by, key=key(), on=on)
            except ActionRefused as error:
                refusal = error
            if found := disagreement(known, refusal):
                wrong.append(f"{name} {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("state", "name", "action"),
    [
        (State.DRAFT, "advisor", Action.SUBMIT),
        (State.REJECTED, "chamber_manager", Action.REOPEN),
        (State.ELIGIBLE, "approver2", Action.APPROVE),
        (State.APPROVED, "payer", Action.CREDIT),
        (State.CREDITED, "approver", Action.REVERSE),
        (State.SUBMITTED, "landlord_manager", Action.APPLY_NEW_VERSION),
    ],
)
def test_the_queries_are_as_many_for_three_files_as_for_one(state: State, name: str, action: Action) -> None:
    world = open_fund(second_visa_threshold_cents=0)
    files = [walk.walk_to(world, state) for _ in range(3)]
    for file in files:
        if state == State.ELIGIBLE:
            walk.first_visa(world, file)
        if state == State.CREDITED:
            walk.ask_undo(world, file, kind=RequestKind.UNCREDIT)
    walk.amend(world)
    counts = []
    for some in (files[:1], files):
        with CaptureQueriesContext(connection) as queries:
            known = available_actions_of(some, world.people[name], OPENED_ON)
        assert [each.action for file in some for each in known[file.pk] if each.action == action and each.allowed] == [
            action
        ] * len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_file_is_closed_for_lack_of_an_answer_once_it_is_overdue() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.INFO_REQUESTED)

    assert codes(file, world.assessor, Action.LAPSE) == ["not_overdue", "not_reminded"]
    late = OPENED_ON + timedelta(days=walk.PAST_DUE_DAYS)
    assert codes(file, world.assessor, Action.LAPSE, late) == ["not_reminded"]
    assessment.remind(application=file, by=world.assessor, key=key(), on=OPENED_ON)
    assert said(file, world.assessor, Action.LAPSE, late).allowed
    assert codes(file, world.approver, Action.REJECT) == ["not_overdue"]
    assert said(file, world.approver, Action.REJECT, late).allowed


def test_all_that_a_draft_lacks_is_said() -> None:
    world = open_fund(required_documents=[{"kind": "bail", "timing": "at_filing"}])
    lease = tenant_with_lease(world)
    draft = filing.create(fund=world.fund, tenant=lease.tenant, by=world.advisor, key=key(), on=OPENED_ON)

    assert codes(draft, world.advisor, Action.SUBMIT) == ["mandate", "document", "no_lines"]
    late = date(2021, 7, 1)
    assert codes(draft, world.advisor, Action.SUBMIT, late) == ["deadline_passed", "mandate", "document", "no_lines"]


def test_the_second_visa_is_anothers() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    file = walk.walk_to(world, State.ELIGIBLE)
    assert said(file, world.approver, Action.APPROVE).allowed
    walk.first_visa(world, file)
    assert codes(file, world.approver, Action.APPROVE) == ["same_person"]
    assert said(file, world.approver2, Action.APPROVE).allowed


def test_a_limited_delegation_may_still_approve_less() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    file = walk.walk_to(world, State.ELIGIBLE)
    limited = FundMember.objects.filter(user__in=[world.approver, world.approver2])
    limited.update(limit_cents=100_00)
    assert said(file, world.approver2, Action.APPROVE).allowed
    limited.update(limit_cents=None)
    walk.first_visa(world, file)
    limited.update(limit_cents=100_00)
    assert codes(file, world.approver2, Action.APPROVE) == ["beyond_delegation"]


def test_a_visa_that_would_leave_no_payer_is_refused_beforehand() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    walk.join(world, "approver3", Side.LANDLORD, Role.APPROVER, user=world.payer)
    found = said(file, world.payer, Action.APPROVE)
    assert [breach.code for breach in found.breaches] == ["no_payer_left"]
    assert str(world.approver) in str(found.breaches[0])


def test_lines_in_an_open_request_are_not_credited() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(file)
    walk.ask_cancel(world, file, lines=[first])
    assert said(file, world.payer, Action.CREDIT).allowed
    assert said(file, world.payer, Action.ASK_CANCEL_LINES).allowed
    walk.ask_cancel(world, file, lines=rest)
    assert codes(file, world.payer, Action.CREDIT) == ["in_request"] * 3
    assert codes(file, world.payer, Action.ASK_CANCEL_LINES) == ["in_request"] * 3
    assert codes(file, world.advisor, Action.WITHDRAW) == ["in_request"]


def test_a_suspended_fund_stops_what_it_stops() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    fund_action(world, FundAction.SUSPEND)
    assert codes(file, world.approver, Action.APPROVE) == ["fund_suspended"]
    assert said(file, world.approver, Action.SEND_BACK).allowed


def test_a_token_gives_no_more_than_its_roles() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE)
    world.approver.scope = Scope(world.fund.pk, frozenset({Role.AUDITOR}))
    assert codes(file, world.approver, Action.APPROVE) == ["role_missing"]


def test_it_lists_every_action_of_people_in_the_workflows_order() -> None:
    world = open_fund()
    listed = [known.action for known in available_actions(walk.draft(world), world.advisor)]
    assert listed == [action for action, step in WORKFLOW.items() if step.actors and step.sources]
