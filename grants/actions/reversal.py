"""Undoing: a payer asks, another person, an approver, confirms or refuses. A correction is another row."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.assessment import moves, reason_breaches
from grants.actions.crediting import chosen_lines
from grants.actions.returns import returned_after_close
from grants.actions.turn import FileTurn, action, begin_on, refuse_if
from grants.charter_rules import reply_end
from grants.enums import (
    REASONS_WITH_NOTICE,
    Action,
    LedgerKind,
    LineState,
    RequestKind,
    RequestState,
    ReversalReason,
)
from grants.exceptions import BadInput, Breach
from grants.ledger import Movement
from grants.models import Application, ReliefLine, ReversalRequest
from grants.permissions import asking_for, check
from grants.workflow import state_after

if TYPE_CHECKING:
    from fundadmin.models import User

REASONS: Mapping[RequestKind, frozenset[ReversalReason]] = {
    RequestKind.CANCEL: frozenset(ReversalReason) - {ReversalReason.CLERICAL_ERROR},
    RequestKind.UNCREDIT: frozenset({ReversalReason.CLERICAL_ERROR}),
    RequestKind.REVERSE: frozenset({ReversalReason.LEASE_ENDED}) | REASONS_WITH_NOTICE,
}


def causes_of(kind: RequestKind) -> str:
    """The causes for which a request of this kind may be made, in words."""
    return ", ".join(str(reason.label) for reason in ReversalReason if reason in REASONS[kind])


CONFIRMED_BY: Mapping[RequestKind, Action] = {
    RequestKind.CANCEL: Action.CANCEL_LINES,
    RequestKind.UNCREDIT: Action.REVERSE,
    RequestKind.REVERSE: Action.REVERSE,
}
SETTLED = Breach("settled", _("There is no such open request: it was settled already, or never made."))


@action
def ask_cancel_lines(
    *,
    application: Application,
    lines: Sequence[int],
    reason: ReversalReason,
    by: "User",
    key: str,
    on: date | None = None,
) -> Application:
    """Ask to cancel uncredited lines."""
    turn = begin_on(Action.ASK_CANCEL_LINES, application, by=by, key=key, on=on, lines=sorted(lines), reason=reason)
    return turn.application if turn.replay else _ask(turn, RequestKind.CANCEL, lines, reason)


@action
def ask_reverse(
    *,
    application: Application,
    kind: RequestKind,
    lines: Sequence[int],
    reason: ReversalReason,
    by: "User",
    key: str,
    notice_sent_on: date | None = None,
    on: date | None = None,
) -> Application:
    """Ask to undo credits: `uncredit` for a clerical error, `reverse` to take the relief back.

    A false statement or a double aid needs `notice_sent_on`: the tenant may reply before it is confirmed.
    """
    turn = begin_on(
        Action.ASK_REVERSE,
        application,
        by=by,
        key=key,
        on=on,
        kind=kind,
        lines=sorted(lines),
        reason=reason,
        notice=notice_sent_on,
    )
    return turn.application if turn.replay else _ask(turn, kind, lines, reason, notice_sent_on)


def _ask(
    turn: FileTurn,
    kind: RequestKind,
    lines: Sequence[int],
    reason: ReversalReason,
    notice_sent_on: date | None = None,
) -> Application:
    application = turn.application
    state = LineState.APPROVED if kind == RequestKind.CANCEL else LineState.CREDITED
    check(asking_for(Action(turn.action), turn.by, application, turn.on))
    refuse_if(turn.breaches())
    if kind == RequestKind.CANCEL and turn.action != Action.ASK_CANCEL_LINES:
        message = _("Lines that are not credited yet are another request: “%(action)s”.")
        raise BadInput([Breach("other_request", message, {"action": Action.ASK_CANCEL_LINES.label}, "kind")])
    everything = list(application.lines.all())
    if kind != RequestKind.CANCEL:
        refuse_if(credit_missing(everything))
    chosen = chosen_lines(everything, lines, state)
    refuse_if(
        in_request_breaches(chosen, queries.lines_in_open_requests(application))
        + _asked_breaches(turn, chosen, kind, reason, notice_sent_on)
    )
    request = ReversalRequest.objects.create(
        application=application,
        kind=kind,
        reason=reason,
        asked_by=turn.by,
        asked_on=turn.on,
        notice_sent_on=notice_sent_on,
        reply_until=reply_end(turn.terms, notice_sent_on) if notice_sent_on else None,
    )
    request.lines.set(chosen)
    return turn.finish(reason=reason, data={"request": request.pk, "kind": kind, "lines": [line.pk for line in chosen]})


def credit_missing(lines: Sequence[ReliefLine]) -> list[Breach]:
    """Whether there is nothing to undo in a file."""
    if any(line.state == LineState.CREDITED for line in lines):
        return []
    return [Breach("nothing_credited", _("No line is credited: there is no credit to undo."))]


def in_request_breaches(lines: Sequence[ReliefLine], blocked: set[int]) -> list[Breach]:
    """The lines that somebody already asked to undo."""
    return [
        Breach(
            "in_request",
            _("%(month)s is already in an open request."),
            {"month": f"{line.month:%m/%Y}"},
            f"lines/{line.pk}",
        )
        for line in lines
        if line.pk in blocked
    ]


def _asked_breaches(
    turn: FileTurn, lines: Sequence[ReliefLine], kind: RequestKind, reason: ReversalReason, notice_sent_on: date | None
) -> list[Breach]:
    """Whether the reason is one for this kind of request, and what it needs is there."""
    found = []
    if reason not in REASONS[kind]:
        found.append(
            Breach(
                "reason",
                _("“%(reason)s” is no reason to %(kind)s. Possible here: %(causes)s."),
                {"reason": reason.label, "kind": kind.label, "causes": causes_of(kind)},
                pointer="reason",
            )
        )
    if reason in REASONS_WITH_NOTICE and kind == RequestKind.REVERSE and notice_sent_on is None:
        found.append(
            Breach("notice", _("Send the tenant a notice first, and give its date."), pointer="notice_sent_on")
        )
    credited_on = queries.last_credit_on(lines)
    if notice_sent_on is not None and credited_on is not None and notice_sent_on < credited_on:
        message = _("The notice can't be dated before the credit it is about (%(credited)s).")
        found.append(Breach("notice_date", message, {"credited": credited_on}, "notice_sent_on"))
    if notice_sent_on is not None and notice_sent_on > turn.on:
        found.append(Breach("notice_date", _("The notice can't be dated in the future."), pointer="notice_sent_on"))
    return found


@action
def cancel_lines(*, request: ReversalRequest, by: "User", key: str, on: date | None = None) -> Application:
    """Confirm a cancellation: the lines' money is available again."""
    turn = begin_on(Action.CANCEL_LINES, request.application, by=by, key=key, on=on, request_id=request.pk)
    return turn.application if turn.replay else _confirm(turn, request)


@action
def reverse(*, request: ReversalRequest, by: "User", key: str, on: date | None = None) -> Application:
    """Confirm an uncredit (the lines are approved again) or a reversal (their money is available again)."""
    turn = begin_on(Action.REVERSE, request.application, by=by, key=key, on=on, request_id=request.pk)
    return turn.application if turn.replay else _confirm(turn, request)


def _confirm(turn: FileTurn, request: ReversalRequest) -> Application:
    application = turn.application
    request = _settle(turn, request, RequestState.CONFIRMED)
    everything = list(application.lines.all())
    wanted = set(request.lines.values_list("pk", flat=True))
    chosen = [line for line in everything if line.pk in wanted]
    kind = RequestKind(request.kind)
    movements = _undo(application, chosen, kind)
    freed = 0 if kind == RequestKind.UNCREDIT else sum(line.approved_cents or 0 for line in chosen)
    movements += returned_after_close(turn.fund, freed)
    after = {
        RequestKind.CANCEL: LineState.CANCELLED,
        RequestKind.UNCREDIT: LineState.APPROVED,
        RequestKind.REVERSE: LineState.REVERSED,
    }[kind]
    for line in chosen:
        line.state = after
        if kind == RequestKind.UNCREDIT:  # The event of the credit keeps the voucher that was wrong.
            line.form, line.voucher_ref, line.voucher_date, line.applied_to_notice = "", "", None, ""
    state = state_after(line.state for line in everything)
    if turn.action == Action.CANCEL_LINES:
        application.cancel_lines(state_after=state, on=turn.on)
    else:
        application.reverse(state_after=state, on=turn.on)
    data = {"request": request.pk, "kind": kind, "lines": [line.pk for line in chosen]}
    return turn.finish(lines=chosen, reason=request.reason, data=data, movements=movements)


def _undo(application: Application, lines: Sequence[ReliefLine], kind: RequestKind) -> list[Movement]:
    """The movements; those that undo a credit name the row they undo."""
    if kind == RequestKind.CANCEL:
        return moves(LedgerKind.DECOMMIT, application, {line.pk: line.approved_cents or 0 for line in lines})
    undone = queries.open_credits([line.pk for line in lines])
    undo = LedgerKind.UNCREDIT if kind == RequestKind.UNCREDIT else LedgerKind.REVERSE
    return [
        Movement(undo, line.approved_cents or 0, line.pk, application.pk, reverses_id=undone[line.pk])
        for line in sorted(lines, key=lambda line: line.pk)
    ]


@action
def refuse_request(
    *, request: ReversalRequest, reason: str, by: "User", key: str, on: date | None = None
) -> Application:
    """Refuse a payer's request: nothing changes but the request."""
    turn = begin_on(
        Action.REFUSE_REQUEST, request.application, by=by, key=key, on=on, request_id=request.pk, reason=reason
    )
    if turn.replay:
        return turn.application
    request = _settle(turn, request, RequestState.REFUSED, reason_breaches(reason))
    return turn.finish(data={"request": request.pk}, detail={"reason": reason})


def _settle(
    turn: FileTurn, request: ReversalRequest, state: RequestState, found: Sequence[Breach] = ()
) -> ReversalRequest:
    """Check that this person may settle the request now, and mark it."""
    check(asking_for(Action(turn.action), turn.by, turn.application, turn.on))
    request = ReversalRequest.objects.select_for_update().get(pk=request.pk)
    confirms = CONFIRMED_BY[RequestKind(request.kind)]
    if state == RequestState.CONFIRMED and turn.action != confirms:
        raise BadInput(
            [Breach("other_request", _("This request is confirmed by “%(action)s”."), {"action": confirms.label})]
        )
    refuse_if([*turn.breaches(), *found, *settling_breaches(request, turn.action, turn.by, turn.on)])
    request.state, request.settled_by, request.settled_on = state, turn.by, turn.on
    request.save()
    return request


def settling_breaches(request: ReversalRequest, action: str, by: "User", on: date) -> list[Breach]:
    """Why this person can't settle a request by this step now."""
    found = []
    if request.state != RequestState.OPEN:
        found.append(SETTLED)
    if request.asked_by_id == by.pk:
        found.append(Breach("same_person", _("You made this request: another person settles it.")))
    if action != Action.REFUSE_REQUEST and request.reply_until and on <= request.reply_until:
        found.append(
            Breach(
                "reply_period",
                _("The tenant may reply until %(until)s: confirm afterwards."),
                {"until": request.reply_until},
            )
        )
    return found
