"""A file as a story: how far it has come, its money month by month, what was told at each step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.eligibility import FACTS
from grants.enums import (
    FINAL_STATES,
    Action,
    LineState,
    RejectionReason,
    ReversalReason,
    State,
)
from grants.models import Application, Event, ReliefLine
from grants.visibility import Reader, visible_detail
from landlords.enums import Component

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DONE, NOW, TO_COME, ENDED = "done", "now", "to-come", "ended"
REACHED: Final[Mapping[str, int]] = {
    State.DRAFT: 0,
    State.SUBMITTED: 1,
    State.INFO_REQUESTED: 1,
    State.WAITLISTED: 1,
    State.ELIGIBLE: 2,
    State.INELIGIBLE: 2,
    State.APPROVED: 3,
    State.CREDITED: 4,
}
"""How many of the stages a file has behind it."""
GRANTED: Final = (LineState.APPROVED, LineState.CREDITED)
REASONS: Final = dict(RejectionReason.choices) | dict(ReversalReason.choices)


@dataclass(frozen=True, slots=True)
class Stage:
    """One station of a file: its name, whether it is passed, and when."""

    name: "str | _StrPromise"
    state: str
    on: date | None


def track(file: Application, credited_on: date | None) -> list[Stage]:
    """Filed, assessed, decided, credited; a file that ended otherwise stops at what ended it."""
    days = (file.submitted_on, file.assessed_on, file.decided_on, credited_on)
    names = (_("Submitted"), _("Assessed"), _("Decided"), _("Credited"))
    stages = list(zip(names, days, strict=True))
    if file.state in FINAL_STATES and file.state != State.CREDITED:
        passed = [Stage(name, DONE, day) for name, day in stages if day]
        # A refusal is the decision itself.
        before = passed[:-1] if file.state == State.REJECTED else passed
        return [*before, Stage(State(file.state).label, ENDED, file.closed_on)]
    reached = REACHED[file.state]
    return [
        Stage(name, DONE if n < reached else NOW if n == reached else TO_COME, day if n < reached else None)
        for n, (name, day) in enumerate(stages)
    ]


@dataclass(frozen=True, slots=True)
class Sums:
    """What is asked, held in reserve, granted, and credited of it, in cents."""

    asked_cents: int
    reserved_cents: int
    granted_cents: int
    credited_cents: int


def sums(file: Application, lines: Iterable[ReliefLine]) -> Sums:
    held = list(lines)
    reserved = (line.proposed_cents or 0 for line in held if line.state == LineState.CLAIMED)
    return Sums(
        asked_cents=sum(line.asked_cents for line in held),
        reserved_cents=sum(reserved) if file.state == State.ELIGIBLE else 0,
        granted_cents=sum(line.approved_cents or 0 for line in held if line.state in GRANTED),
        credited_cents=sum(line.approved_cents or 0 for line in held if line.state == LineState.CREDITED),
    )


def by_month(lines: Sequence[ReliefLine]) -> list[tuple[date, list[ReliefLine]]]:
    """The lines month by month."""
    ordered = sorted(lines, key=attrgetter("place"))
    return [(month, list(of_month)) for month, of_month in groupby(ordered, key=attrgetter("month"))]


def by_component(file: Application, lines: Sequence[ReliefLine]) -> list[tuple[str, Sums]]:
    """The sums of each component, where there are several."""
    found = {line.component for line in lines}
    names = [component.value for component in Component if component in found]
    if len(names) == 1:
        return []
    of = {name: [line for line in lines if line.component == name] for name in names}
    return [(str(Component(name).label), sums(file, of[name])) for name in names]


@dataclass(frozen=True, slots=True)
class Told:
    """One step of a file as its reader may know it."""

    event: Event
    motive: str
    text: str
    facts: Sequence[str]
    amount_cents: int | None
    at: datetime | None
    """When on its day; nothing where it was recorded on another day than the one it counts for."""
    to_state: str
    """The state it led to, in words; empty where the state stayed."""


AMOUNTS: Final = ("approved_cents", "proposed_cents", "offered_cents", "asked_cents")


OF_LINES: Final = (Action.CREDIT, Action.ASK_CANCEL_LINES, Action.ASK_REVERSE, Action.CANCEL_LINES, Action.REVERSE)
"""Steps on what was approved of the lines that they name."""


def told(event: Event, reader: Reader, approved: Mapping[int, int | None]) -> Told:
    """What was written with a step, as far as it is this reader's; retention may have deleted it.

    `approved`: the cents approved of each line of the file.
    """
    detail = visible_detail(event, event.detail.detail, reader) if hasattr(event, "detail") else {}
    facts = detail.get("facts", {}).get("after", {})
    return Told(
        event=event,
        motive=str(REASONS.get(event.reason, "")),
        text=detail.get("reason") or detail.get("message") or "",
        facts=[str(FACTS[name].label) for name in facts if name in FACTS],
        amount_cents=_amount(event, approved),
        at=event.at if timezone.localdate(event.at) == event.on else None,
        to_state=str(State(event.to_state).label) if _moved(event) else "",
    )


def _amount(event: Event, approved: Mapping[int, int | None]) -> int | None:
    if event.action in OF_LINES:
        return sum(approved.get(pk) or 0 for pk in event.data["lines"])
    return next((event.data[name] for name in AMOUNTS if event.data.get(name)), None)


def _moved(event: Event) -> bool:
    return event.to_state != event.from_state and event.to_state in State.values


def missing_documents(file: Application, present: Iterable[Any]) -> list[dict[str, str]]:
    """The documents that the charter asks for and that are not there, each with when it is needed."""
    kinds = {document.kind for document in present}
    return [wanted for wanted in file.charter.required_documents if wanted["kind"] not in kinds]
