"""Undoing: the payer asks, an approver who didn't ask settles it; what was done stays, a correction is another row."""

from datetime import date, timedelta
from typing import Any

import pytest

from grants import ledger
from grants.actions import reversal
from grants.enums import LineState, RequestKind, RequestState, ReversalReason, Role, Side, State
from grants.exceptions import BadInput, RuleRefused
from grants.models import Application, LedgerEntry, ReversalRequest
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
TOMORROW = OPENED_ON + timedelta(days=1)
REPLY_END = OPENED_ON + timedelta(days=30)


@pytest.fixture
def world() -> World:
    return open_fund()


def ask(world: World, application: Application, kind: RequestKind, **given: Any) -> ReversalRequest:
    if kind == RequestKind.CANCEL:
        return walk.ask_cancel(world, application, **given)
    return walk.ask_undo(world, application, kind=kind, **given)


def settle(world: World, request: ReversalRequest, **given: Any) -> Application:
    step = reversal.cancel_lines if request.kind == RequestKind.CANCEL else reversal.reverse
    return step(**{"request": request, "by": world.approver, "key": key(), "on": OPENED_ON} | given)


ASKED = [
    (RequestKind.CANCEL, State.APPROVED, ReversalReason.NOT_NEEDED),
    (RequestKind.UNCREDIT, State.CREDITED, ReversalReason.CLERICAL_ERROR),
    (RequestKind.REVERSE, State.CREDITED, ReversalReason.LEASE_ENDED),
]


@pytest.mark.parametrize(("kind", "state", "reason"), ASKED)
def test_a_request_changes_nothing_but_keeps_its_lines_from_other_steps(
    world: World, kind: RequestKind, state: State, reason: ReversalReason
) -> None:
    application = walk.walk_to(world, state)
    first, *rest = walk.line_ids(application)
    before = walk.movements(application)
    request = ask(world, application, kind, lines=[first])
    assert (request.kind, request.reason, request.state, request.asked_by, request.asked_on) == (
        kind,
        reason,
        RequestState.OPEN,
        world.payer,
        OPENED_ON,
    )
    assert [line.pk for line in request.lines.all()] == [first]
    assert (request.notice_sent_on, request.reply_until, request.settled_by) == (None, None, None)
    assert walk.movements(application) == before
    event = application.timeline.latest("pk")
    assert (event.from_state, event.to_state, event.reason) == (state, state, reason)
    assert event.data == {"request": request.pk, "kind": kind, "lines": [first]}
    with refused(RuleRefused, "in_request"):
        ask(world, application, kind)
    assert ask(world, application, kind, lines=rest).state == RequestState.OPEN


def test_cancelling_frees_the_money_and_the_month(world: World) -> None:
    lease = tenant_with_lease(world)
    approved = walk.walk_to(world, State.APPROVED, lease=lease)
    first, *rest = walk.line_ids(approved)
    part = settle(world, walk.ask_cancel(world, approved, lines=[first]))
    assert (part.state, part.closed_on) == (State.APPROVED, None)
    assert part.lines.get(pk=first).state == LineState.CANCELLED
    assert walk.movements(part)[6:] == [("decommit", 500_00)]
    assert ledger.position(world.fund.pk).available_cents == 39_000_00
    again = walk.draft(world, lease=lease, lines=walk.asks_of(lease)[:1])
    assert walk.submit(world, again).state == State.SUBMITTED
    walk.credit(world, part, lines=rest[:1])
    done = settle(world, walk.ask_cancel(world, part, lines=rest[1:]))
    assert (done.state, done.closed_on) == (State.CREDITED, OPENED_ON)
    event = walk.outcome(done)
    assert (event.action, event.from_state, event.to_state, event.reason) == (
        "cancel_lines",
        "approved",
        "credited",
        "not_needed",
    )
    whole = walk.walk_to(world, State.CANCELLED)
    assert (whole.closed_on, whole.is_final) == (OPENED_ON, True)


def test_a_settled_request_says_by_whom_and_when(world: World) -> None:
    request = walk.ask_cancel(world, walk.walk_to(world, State.APPROVED))
    settle(world, request, on=TOMORROW)
    request.refresh_from_db()
    assert (request.state, request.settled_by, request.settled_on) == (RequestState.CONFIRMED, world.approver, TOMORROW)


def test_a_clerical_error_is_undone_and_credited_again(world: World) -> None:
    credited = walk.walk_to(world, State.CREDITED)
    lines = walk.line_ids(credited)
    undone = settle(world, walk.ask_undo(world, credited, kind=RequestKind.UNCREDIT))
    assert (undone.state, undone.closed_on) == (State.APPROVED, None)
    assert {(line.state, line.voucher_ref, line.voucher_date, line.form) for line in undone.lines.all()} == {
        (LineState.APPROVED, "", None, "")
    }
    assert walk.movements(undone)[9:] == [("uncredit", 500_00)] * 3
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.committed_cents, position.credited_cents) == (38_500_00, 1_500_00, 0)
    rows = LedgerEntry.objects.filter(application=credited)
    credits_ = rows.filter(kind="credit")
    assert {row.reverses_id for row in rows.filter(kind="uncredit")} == {row.pk for row in credits_}
    again = walk.credit(world, undone)
    assert again.state == State.CREDITED
    # The second credit, and not the first, is what a later reversal undoes.
    reversed_ = settle(world, walk.ask_undo(world, again, lines=lines[:1]))
    assert reversed_.state == State.CREDITED
    undoing = LedgerEntry.objects.get(application=credited, kind="reverse")
    assert undoing.reverses_id == max(row.pk for row in credits_.filter(relief_line=lines[0]))


def test_a_reversal_makes_the_money_and_the_month_available_again(world: World) -> None:
    lease = tenant_with_lease(world)
    credited = walk.walk_to(world, State.CREDITED, lease=lease)
    first, *rest = walk.line_ids(credited)
    part = settle(world, walk.ask_undo(world, credited, lines=[first]))
    assert (part.state, part.lines.get(pk=first).state) == (State.CREDITED, LineState.REVERSED)
    assert part.lines.get(pk=first).voucher_ref == f"AV-2020-001-{part.tenant_id}"
    assert walk.movements(part)[9:] == [("reverse", 500_00)]
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.credited_cents) == (39_000_00, 1_000_00)
    again = walk.draft(world, lease=lease, lines=walk.asks_of(lease)[:1])
    assert walk.submit(world, again).state == State.SUBMITTED
    done = settle(world, walk.ask_undo(world, part, lines=rest))
    assert (done.state, done.is_final) == (State.REVERSED, True)


def test_what_is_credited_of_a_file_that_is_not_through_may_be_reversed(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(approved)
    walk.credit(world, approved, lines=[first])
    part = settle(world, walk.ask_undo(world, approved, lines=[first]))
    assert part.state == State.APPROVED
    assert settle(world, walk.ask_cancel(world, part, lines=rest)).state == State.REVERSED


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        (
            RequestKind.CANCEL,
            {
                ReversalReason.LEASE_ENDED,
                ReversalReason.FALSE_STATEMENT,
                ReversalReason.DOUBLE_AID,
                ReversalReason.NOT_NEEDED,
            },
        ),
        (RequestKind.UNCREDIT, {ReversalReason.CLERICAL_ERROR}),
        (
            RequestKind.REVERSE,
            {ReversalReason.LEASE_ENDED, ReversalReason.FALSE_STATEMENT, ReversalReason.DOUBLE_AID},
        ),
    ],
)
def test_each_kind_of_request_has_its_reasons(world: World, kind: RequestKind, reasons: set[ReversalReason]) -> None:
    state = State.APPROVED if kind == RequestKind.CANCEL else State.CREDITED
    application = walk.walk_to(world, state)
    asked: dict[str, Any] = {
        "application": application,
        "lines": walk.line_ids(application),
        "by": world.payer,
        "on": OPENED_ON,
    }
    for reason in set(ReversalReason) - reasons:
        with refused(RuleRefused, "reason"):
            if kind == RequestKind.CANCEL:
                reversal.ask_cancel_lines(**asked, reason=reason, key=key())
            else:
                reversal.ask_reverse(**asked, kind=kind, reason=reason, key=key())
    assert frozenset(reasons) == reversal.REASONS[kind]


def test_a_credit_is_undone_or_reversed_and_not_cancelled(world: World) -> None:
    application = walk.walk_to(world, State.CREDITED)
    with refused(BadInput, "other_request"):
        walk.ask_undo(world, application, kind=RequestKind.CANCEL, reason=ReversalReason.NOT_NEEDED)


@pytest.mark.parametrize("reason", [ReversalReason.FALSE_STATEMENT, ReversalReason.DOUBLE_AID])
def test_taking_relief_back_waits_for_the_tenants_reply(world: World, reason: ReversalReason) -> None:
    credited = walk.walk_to(world, State.CREDITED)
    with refused(RuleRefused, "notice"):
        walk.ask_undo(world, credited, reason=reason)
    with refused(RuleRefused, "notice_date"):
        walk.ask_undo(world, credited, reason=reason, notice_sent_on=TOMORROW)
    request = walk.ask_undo(world, credited, reason=reason, notice_sent_on=OPENED_ON)
    assert (request.notice_sent_on, request.reply_until) == (OPENED_ON, REPLY_END)
    with refused(RuleRefused, "reply_period"):
        settle(world, request, on=REPLY_END)
    assert settle(world, request, on=REPLY_END + timedelta(days=1)).state == State.REVERSED


def test_a_request_may_be_refused_before_the_reply_period_is_over(world: World) -> None:
    credited = walk.walk_to(world, State.CREDITED)
    asked = {"reason": ReversalReason.DOUBLE_AID, "notice_sent_on": OPENED_ON}
    request = walk.ask_undo(world, credited, **asked)
    given: dict[str, Any] = {"request": request, "by": world.approver, "on": OPENED_ON}
    with refused(RuleRefused, "reason"):
        reversal.refuse_request(**given, reason="Non.", key=key())
    kept = reversal.refuse_request(**given, reason=walk.REASON, key=key())
    request.refresh_from_db()
    assert (kept.state, request.state, request.settled_by) == (State.CREDITED, RequestState.REFUSED, world.approver)
    event = walk.outcome(kept)
    assert (event.action, event.from_state, event.to_state, event.data) == (
        "refuse_request",
        "credited",
        "credited",
        {"request": request.pk},
    )
    assert event.detail.detail == {"reason": walk.REASON}
    assert {line.state for line in kept.lines.all()} == {LineState.CREDITED}
    with refused(RuleRefused, "settled"):
        reversal.refuse_request(**given, reason=walk.REASON, key=key())
    with refused(RuleRefused, "settled", "reply_period"):
        settle(world, request)
    # The lines are free for another request.
    assert walk.ask_undo(world, credited, **asked).state == RequestState.OPEN


def test_who_asked_does_not_settle(world: World) -> None:
    walk.join(world, "payer", Side.LANDLORD, Role.APPROVER, user=world.payer)
    request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED))
    with refused(RuleRefused, "same_person"):
        settle(world, request, by=world.payer)
    with refused(RuleRefused, "same_person"):
        reversal.refuse_request(request=request, reason=walk.REASON, by=world.payer, key=key(), on=OPENED_ON)
    assert settle(world, request).state == State.REVERSED


@pytest.mark.parametrize(("kind", "state", "_reason"), ASKED)
def test_a_request_is_confirmed_by_its_own_step(
    world: World, kind: RequestKind, state: State, _reason: ReversalReason
) -> None:
    request = ask(world, walk.walk_to(world, state), kind)
    other = reversal.reverse if kind == RequestKind.CANCEL else reversal.cancel_lines
    with refused(BadInput, "other_request"):
        other(request=request, by=world.approver, key=key(), on=OPENED_ON)


def test_only_the_lines_in_question_are_asked_for(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(approved)
    walk.credit(world, approved, lines=[first])
    with refused(BadInput, "unknown_line"):
        walk.ask_cancel(world, approved, lines=[first])
    with refused(BadInput, "unknown_line"):
        walk.ask_undo(world, approved, lines=[first, rest[0]])
    with refused(BadInput, "no_lines"):
        walk.ask_undo(world, approved, lines=[])


@pytest.mark.parametrize("state", [State.ELIGIBLE, State.REVERSED, State.CANCELLED, State.WITHDRAWN])
def test_there_is_nothing_to_undo_before_an_approval_and_after_the_end(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    lines = walk.line_ids(application)
    with refused(RuleRefused, "wrong_state"):
        walk.ask_cancel(world, application, lines=lines)
    with refused(RuleRefused, "wrong_state"):
        walk.ask_undo(world, application, lines=lines)


def test_payers_ask_and_landlord_approvers_settle(world: World) -> None:
    credited = walk.walk_to(world, State.CREDITED)
    asked: dict[str, Any] = {"kind": RequestKind.REVERSE, "lines": walk.line_ids(credited)}
    for name in ("approver", "landlord_manager", "assessor", "advisor"):
        with not_allowed():
            walk.ask_undo(world, credited, **asked, by=getattr(world, name))
    request = walk.ask_undo(world, credited)
    for name in ("payer", "chamber_approver", "landlord_manager", "assessor"):
        with not_allowed():
            settle(world, request, by=getattr(world, name))


def test_the_tenant_may_have_left_before_the_credit_is_reversed(world: World) -> None:
    """A lease that ended is no obstacle to undoing: it is the reason for it."""
    lease = tenant_with_lease(world)
    credited = walk.walk_to(world, State.CREDITED, lease=lease)
    lease.ends_on = date(2020, 3, 15)
    lease.save()
    request = walk.ask_undo(world, credited, lines=walk.line_ids(credited)[1:])
    assert settle(world, request).state == State.CREDITED
