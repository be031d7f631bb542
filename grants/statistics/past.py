"""How a fund's files stood at the end of a day, by their events alone: rows keep only how they stand now."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from grants.enums import Action, LineState, RequestKind, State
from grants.models import Assessment, Event, ReliefLine

AT_A_TIME: Final = 2_000


class VoucherThen(NamedTuple):
    """By what a line was credited, as its event says it."""

    form: str
    ref: str
    on: date


@dataclass(slots=True)
class FileThen:
    """One application. `states`, `proposed`, `approved`, `vouchers`: by line; a voucher stays when it is undone."""

    state: str = State.DRAFT
    rank: int | None = None
    charter: int = 0
    filed_under: int = 0
    submitted_on: date | None = None
    states: dict[int, str] = field(default_factory=dict)
    proposed: dict[int, int] = field(default_factory=dict)
    approved: dict[int, int] = field(default_factory=dict)
    vouchers: dict[int, VoucherThen] = field(default_factory=dict)


def files_at(fund_id: int, day: date) -> dict[int, FileThen]:
    """Application id -> how it stood, of those that were filed by then."""
    lines: dict[int, list[int]] = defaultdict(list)
    for line, application in ReliefLine.objects.filter(application__fund=fund_id).values_list("pk", "application_id"):
        lines[application].append(line)
    opinions = dict(Assessment.objects.filter(application__fund=fund_id).values_list("pk", "amounts"))
    files: dict[int, FileThen] = defaultdict(FileThen)
    events = Event.objects.filter(fund=fund_id, application__isnull=False, on__lte=day).order_by("pk")
    told = events.values_list("application_id", "action", "on", "to_state", "data")
    for application, action, on, to_state, data in told.iterator(chunk_size=AT_A_TIME):
        file = files[application]
        if to_state:
            file.state = to_state
        if effect := EFFECTS.get(action):
            effect(file, Told(on, data, lines[application], opinions))
    return {pk: file for pk, file in files.items() if file.submitted_on is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says, and what it is about."""

    on: date
    data: Mapping[str, Any]
    lines: list[int]
    opinions: Mapping[int, Mapping[str, int]]


def _submit(file: FileThen, told: Told) -> None:
    file.submitted_on, file.rank = told.on, told.data["rank"]
    file.charter = file.filed_under = told.data["charter"]
    file.states = dict.fromkeys(told.lines, LineState.CLAIMED)


def _reopen(file: FileThen, told: Told) -> None:
    file.submitted_on, file.rank, file.charter = told.on, told.data["rank"], file.filed_under
    # Nothing is credited of what can be reopened.
    file.states = dict.fromkeys(file.states, LineState.CLAIMED)
    file.proposed, file.approved = {}, {}


def _assess(file: FileThen, told: Told) -> None:
    file.proposed |= {int(line): cents for line, cents in told.opinions[told.data["assessment"]].items()}


def _approve(file: FileThen, told: Told) -> None:
    if file.state == State.APPROVED:
        file.approved = {int(line): cents for line, cents in told.data["amounts"].items()}
        granted = {line: LineState.APPROVED if cents else LineState.DECLINED for line, cents in file.approved.items()}
        file.states |= granted


def _credit(file: FileThen, told: Told) -> None:
    # The first credits told no date of the voucher: it was the event's own.
    on = date.fromisoformat(told.data["voucher_date"]) if "voucher_date" in told.data else told.on
    voucher = VoucherThen(told.data["form"], told.data["voucher"], on)
    file.vouchers |= dict.fromkeys(told.data["lines"], voucher)
    _move(file, told)


def _move(file: FileThen, told: Told) -> None:
    """Lines that the event names: credited, cancelled, uncredited, reversed."""
    to = AFTER[told.data.get("kind", "")]
    file.states |= dict.fromkeys(told.data["lines"], to)


def _end(state: LineState) -> Callable[[FileThen, Told], None]:
    def end(file: FileThen, _told: Told) -> None:
        living = [line for line, was in file.states.items() if was in (LineState.CLAIMED, LineState.APPROVED)]
        file.states |= dict.fromkeys(living, state)

    return end


def _rank(file: FileThen, told: Told) -> None:
    file.rank = told.data["rank"]


def _version(file: FileThen, told: Told) -> None:
    file.charter = told.data["to"]


AFTER: Final[Mapping[str, LineState]] = {
    "": LineState.CREDITED,
    RequestKind.CANCEL: LineState.CANCELLED,
    RequestKind.UNCREDIT: LineState.APPROVED,
    RequestKind.REVERSE: LineState.REVERSED,
}
"""What becomes of a line: without a kind it is credited, else a request to undo it is confirmed."""

EFFECTS: Final[Mapping[str, Callable[[FileThen, Told], None]]] = {
    Action.SUBMIT: _submit,
    Action.REOPEN: _reopen,
    Action.ASSESS_FAVOURABLE: _assess,
    Action.APPROVE: _approve,
    Action.CREDIT: _credit,
    Action.CANCEL_LINES: _move,
    Action.REVERSE: _move,
    Action.REJECT: _end(LineState.DECLINED),
    Action.WITHDRAW: _end(LineState.CANCELLED),
    Action.LAPSE: _end(LineState.CANCELLED),
    Action.LAPSE_OFFER: _rank,
    Action.APPLY_NEW_VERSION: _version,
}
