"""What closing a fund does to its applications: those waiting are rejected, drafts are discarded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from grants.actions.assessment import end_lines
from grants.actions.filing import delete_draft
from grants.actions.turn import FileTurn, Turn, lock_sirens_of, on_file
from grants.enums import Action, LineState, RejectionReason, State
from grants.exceptions import Breach
from grants.models import Application, Fund
from grants.permissions import Hand, Hands

UNDER_WAY: Final = (State.SUBMITTED, State.INFO_REQUESTED, State.ELIGIBLE, State.INELIGIBLE)


def progress_breaches(fund: Fund) -> list[Breach]:
    """Why the fund can't close yet: the applications under way, by state."""
    files = Application.objects.filter(fund=fund, state__in=UNDER_WAY)
    counts = dict(files.values_list("state").annotate(Count("pk")))
    message = _("“%(state)s”: %(count)s. The fund closes once each of them is decided.")
    return [
        Breach("files_under_way", message, {"state": state.label, "count": counts[state]})
        for state in UNDER_WAY
        if state in counts
    ]


def hand_breaches(turn: Turn) -> list[Breach]:
    """Closing rejects what waits: as with any refusal, whoever assessed a file doesn't decide it."""
    message = _("Closing rejects %(reference)s, on which you took another step: another approver confirms it.")
    return [
        Breach("four_eyes", message, {"reference": file.reference})
        for file in _in_state(turn.fund, State.WAITLISTED)
        if Hands.in_file(file).other_hands(turn.by.pk, Hand.DECIDED)
    ]


def end_files(turn: Turn) -> dict[str, Any]:
    """Reject the waitlisted applications and discard the drafts, each with its own event. Returns how many."""
    waiting, drafts = _in_state(turn.fund, State.WAITLISTED), _in_state(turn.fund, State.DRAFT)
    lock_sirens_of(file.pk for file in [*waiting, *drafts])
    for file in waiting:
        _reject(_own_turn(turn, Action.REJECT, file))
    for file in drafts:
        delete_draft(_own_turn(turn, Action.DISCARD, file))
    return {"rejected": len(waiting), "discarded": len(drafts)}


def _in_state(fund: Fund, state: State) -> Sequence[Application]:
    return list(Application.objects.filter(fund=fund, state=state).order_by("rank", "pk"))


def _own_turn(turn: Turn, action: Action, file: Application) -> FileTurn:
    """The part of a turn that concerns one application: an event of its own, under a key of its own."""
    return on_file(replace(turn, action=action, key=f"{turn.key}:{file.pk}"), file)


def _reject(turn: FileTurn) -> None:
    lines = end_lines(turn.application, LineState.DECLINED)
    turn.application.reject(by=turn.by, on=turn.on)
    turn.finish(lines=lines, reason=RejectionReason.FUND_CLOSED)
