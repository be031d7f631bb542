"""Every action through the API, once done and once refused."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from grants.actions import assessment
from grants.api.steps import STEPS
from grants.enums import Action, LineState, State
from grants.models import Application, Event
from tests.factories import MONTHS, World, key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.bodies import body_of
from tests.grants.api.caller import LASTING, Caller, world_of_today

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
FILED_ON = TODAY - timedelta(days=20)
"""What was asked then may lapse today."""

Prepare = Callable[[World, Application, date], object]


def leave(_world: World, _file: Application, _on: date) -> None:
    """There is nothing to prepare."""


def remind(world: World, file: Application, on: date) -> None:
    assessment.remind(application=file, by=world.assessor, key=key(), on=on)


def amend(world: World, _file: Application, on: date) -> None:
    walk.amend(world, on, **LASTING)


DONE: Mapping[Action, tuple[str, State, State, Prepare]] = {
    Action.EDIT: ("advisor", State.DRAFT, State.DRAFT, leave),
    Action.DISCARD: ("advisor", State.DRAFT, State.DRAFT, leave),
    Action.SUBMIT: ("advisor", State.DRAFT, State.SUBMITTED, leave),
    Action.ATTACH: ("advisor", State.SUBMITTED, State.SUBMITTED, leave),
    Action.SUPPLY: ("landlord_manager", State.SUBMITTED, State.SUBMITTED, leave),
    Action.REQUEST_INFO: ("assessor", State.SUBMITTED, State.INFO_REQUESTED, leave),
    Action.ANSWER: ("advisor", State.INFO_REQUESTED, State.SUBMITTED, leave),
    Action.REMIND: ("assessor", State.INFO_REQUESTED, State.INFO_REQUESTED, leave),
    Action.LAPSE: ("assessor", State.INFO_REQUESTED, State.LAPSED, remind),
    Action.ASSESS_FAVOURABLE: ("assessor", State.SUBMITTED, State.ELIGIBLE, leave),
    Action.ASSESS_UNFAVOURABLE: ("assessor", State.SUBMITTED, State.INELIGIBLE, leave),
    Action.APPROVE: ("approver", State.ELIGIBLE, State.APPROVED, leave),
    Action.SEND_BACK: ("approver", State.ELIGIBLE, State.SUBMITTED, leave),
    Action.REJECT: ("approver", State.SUBMITTED, State.REJECTED, leave),
    Action.CREDIT: ("payer", State.APPROVED, State.CREDITED, leave),
    Action.ASK_CANCEL_LINES: ("payer", State.APPROVED, State.APPROVED, leave),
    Action.ASK_REVERSE: ("payer", State.CREDITED, State.CREDITED, leave),
    Action.CANCEL_LINES: ("approver2", State.APPROVED, State.CANCELLED, walk.ask_cancel),
    Action.REVERSE: ("approver2", State.CREDITED, State.REVERSED, walk.ask_undo),
    Action.REFUSE_REQUEST: ("approver2", State.CREDITED, State.CREDITED, walk.ask_undo),
    Action.WITHDRAW: ("advisor", State.ELIGIBLE, State.WITHDRAWN, leave),
    Action.TRANSFER: ("chamber_manager", State.SUBMITTED, State.SUBMITTED, leave),
    Action.APPLY_NEW_VERSION: ("landlord_manager", State.SUBMITTED, State.SUBMITTED, amend),
    Action.REOPEN: ("chamber_manager", State.REJECTED, State.SUBMITTED, leave),
}
"""Action -> who takes it, from which state to which, and what has to be so before."""


@pytest.mark.slow
@pytest.mark.measured
def test_every_action_is_done_and_is_refused_to_who_may_not() -> None:
    assert set(DONE) == set(STEPS), "give each action a row in DONE"
    world = world_of_today()
    # All before anything is done today: a fund's ledger goes on from its last day.
    files = {action: filed(world, before) for action, (_name, before, _after, _prepare) in DONE.items()}
    callers: dict[str, Caller] = {}

    def by(name: str) -> Caller:
        return callers.setdefault(name, Caller(world, world.people[name]))

    for action, (name, _before, after, prepare) in DONE.items():
        file = files[action]
        prepare(world, file, TODAY)
        # A chamber approver sees drafts too, and takes none of these actions.
        form = action == Action.ATTACH
        refused = ask(by("chamber_approver"), file, action, body_of(action, file, world.advisor2), form=form)
        assert refused.status_code == 403, (action, refused.content)
        assert refused.json()["type"] == "urn:fundadmin:problem:not-allowed"
        assert [error["code"] for error in refused.json()["errors"]] == ["role_missing"], action
        done = ask(by(name), file, action, body_of(action, file, world.advisor2), form=form)
        assert done.status_code == 200, (action, done.content)
        told = done.json()
        assert (told["action"], told["state"]) == (action, after)
        event = Event.objects.get(uuid=told["event"])
        assert (event.action, event.user) == (action, world.people[name])


def filed(world: World, state: State) -> Application:
    """One month of 50 EUR, so that the fund's money suffices for all."""
    lease = tenant_with_lease(world, months=MONTHS[:1], rent_cents=50_00)
    return walk.walk_to(world, state, lease=lease, on=FILED_ON)


def ask(caller: Caller, file: Application, action: Action, body: dict[str, Any], *, form: bool = False) -> Any:
    if not form:
        return caller.act(file, action, body)
    version = Application.objects.get(pk=file.pk).version
    headers = {"Idempotency-Key": key(), "If-Match": f'"{version}"'}
    return caller.client.post(f"/api/v1/applications/{file.uuid}/{action}/", body, headers=headers)


def problem(answer: Any, status: int) -> list[tuple[str, str]]:
    assert answer.status_code == status, answer.content
    return [(error["code"], error.get("pointer", "")) for error in answer.json()["errors"]]


def test_a_draft_is_filled_in() -> None:
    world = world_of_today()
    lease = tenant_with_lease(world)
    advisor = Caller(world, world.advisor)
    made = advisor.post("applications/", {"fund": world.fund.code, "tenant": str(lease.tenant.uuid)})
    file = Application.objects.get(uuid=made.json()["application"])
    line = {"lease": str(lease.uuid), "month": "2020-03-01", "component": "rent", "asked_cents": 1_00}
    body = {
        "lines": [line],
        "mandate": {"on": "2020-05-05", "kind": "oral"},
        "contact": {"name": "Claude Exemple", "channel": "post"},
    }
    assert advisor.act(file, "edit", body).status_code == 200
    read = advisor.get(f"applications/{file.uuid}/").json()
    assert (read["mandate_kind"], read["contact_name"], read["contact_channel"]) == ("oral", "Claude Exemple", "post")
    assert [row["asked_cents"] for row in read["lines"]] == [1_00]


def test_what_is_not_of_this_file_is_told_by_its_pointer() -> None:
    world = world_of_today()
    mine, other = walk.walk_to(world, State.APPROVED), walk.walk_to(world, State.APPROVED)
    theirs, own = str(other.lines.all()[0].uuid), str(mine.lines.all()[0].uuid)
    draft, approver, payer = walk.draft(world), Caller(world, world.approver), Caller(world, world.payer)
    advisor, manager = Caller(world, world.advisor), Caller(world, world.chamber_manager)
    undo = {"lines": [theirs], "reason": "lease_ended", "kind": "reverse"}
    voucher = {"form": "credit_note", "ref": "AV-1", "on": "2020-05-05"}
    lease = {"lease": theirs, "month": "2020-03-01", "component": "rent", "asked_cents": 1}

    assert problem(payer.act(mine, "credit", {"lines": [own, theirs], "voucher": voucher}), 422) == [
        ("unknown_line", "/lines/1")
    ]
    assert problem(payer.act(mine, "ask_reverse", undo), 422) == [("unknown_line", "/lines/0")]
    amounts = {"amounts": {theirs: 1}, "no_conflict": True}
    assert problem(approver.act(mine, "approve", amounts), 422) == [("unknown_line", f"/amounts/{theirs}")]
    assert problem(approver.act(mine, "cancel_lines", {"request": theirs}), 422) == [("unknown_request", "/request")]
    assert problem(advisor.act(draft, "edit", {"lines": [lease]}), 422) == [("lease", "/lines/0/lease")]
    stranger = str(world_of_today().advisor.uuid)
    assert problem(manager.act(mine, "transfer", {"to": stranger}), 422) == [("unknown_person", "/to")]


def test_a_refusal_names_lines_by_their_identifiers() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    line = str(file.lines.all()[0].uuid)
    answer = Caller(world, world.approver).act(
        file, "approve", {"amounts": {line: 900_00}, "reason": walk.REASON, "no_conflict": True}
    )
    assert [pointer for _code, pointer in problem(answer, answer.status_code)] == [f"/amounts/{line}"]


def test_a_document_says_when_it_is_due_and_who_sees_it() -> None:
    world = world_of_today()
    file = walk.draft(world)
    body = body_of(Action.ATTACH, file, world.advisor2) | {"timing": "before_decision", "visibility": "both"}
    answer = ask(Caller(world, world.advisor), file, Action.ATTACH, body, form=True)
    assert answer.status_code == 200, answer.content
    document = file.documents.get()
    assert (document.timing, document.visibility) == ("before_decision", "both")


def test_lines_are_credited_by_part() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.APPROVED)
    first = file.lines.all()[0]
    body = {"lines": [str(first.uuid)], "voucher": {"form": "deduction", "ref": "AV-1", "on": "2020-05-05"}}
    answer = Caller(world, world.payer).act(file, "credit", body)
    assert answer.json()["state"] == "approved"
    assert file.lines.filter(state=LineState.CREDITED).get() == first
