"""Which actions may be taken on many files at once, and what each is asked, as JSON has it."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.actions.assessment import assess_favourable, lapse, remind, request_info
from grants.actions.crediting import Voucher, credit
from grants.actions.decision import approve, approve_amounts, reject, send_back
from grants.actions.lifecycle import apply_new_version, transfer
from grants.actions.turn import canonical_json
from grants.enums import Action, LineState, RejectionReason, ReliefForm
from grants.exceptions import BadInput, Breach
from grants.models import Application, FundMember, ReliefLine

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Asked = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an action is asked. `read` makes of its JSON what the action takes, or raises Type- or ValueError.

    `expected`: what to give, as a sentence says it.
    """

    read: Callable[[Any], Any]
    expected: "_StrPromise"


@dataclass(frozen=True, slots=True)
class BulkAction:
    """How an action is asked for in bulk. `fill` writes out what a file's own default would be."""

    function: Callable[..., Application]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    fill: Callable[[Application, Asked], Asked] = lambda _file, asked: asked

    @property
    def fields(self) -> tuple[str, ...]:
        return self.required + self.optional


def _a(kind: type[T], value: object) -> T:
    """The value, if it is of just this type: `true` is no number."""
    if type(value) is not kind:
        raise TypeError
    return value


def _amounts(value: object) -> dict[int, int]:
    given = _a(dict, value)
    if any(str(int(line)) != line for line in given):
        raise ValueError
    return {int(line): _a(int, cents) for line, cents in given.items()}


def _voucher(value: object) -> Voucher:
    given = _a(dict, value)
    if not {"form", "ref", "on"} <= set(given) <= {"form", "ref", "on", "applied_to_notice"}:
        raise ValueError
    return Voucher(
        form=ReliefForm(given["form"]),
        ref=_a(str, given["ref"]),
        on=date.fromisoformat(_a(str, given["on"])),
        applied_to_notice=_a(str, given.get("applied_to_notice", "")),
    )


def _member(fund_id: int, user_id: int) -> User:
    """A person of the fund: a refusal names them, and nobody else's name is to be had by counting."""
    found = FundMember.objects.filter(fund=fund_id, user=user_id).select_related("user").first()
    if found is None:
        raise ValueError(user_id)
    return found.user


FIELDS: Final[Mapping[str, Field]] = {
    "amounts": Field(_amounts, _("give whole numbers of cents by line")),
    "lines": Field(lambda value: [_a(int, line) for line in _a(list, value)], _("give a list of lines")),
    "voucher": Field(_voucher, _("give the form (“form”), the reference (“ref”) and the date (“on”) of the voucher")),
    "motive": Field(RejectionReason, _("give one of the standard motives")),
    "reason": Field(partial(_a, str), _("give a text")),
    "message": Field(partial(_a, str), _("give a text")),
    "no_conflict": Field(partial(_a, bool), _("give true or false")),
    "wanted": Field(
        lambda value: [_a(str, name) for name in _a(list, value)], _("give a list of facts or kinds of documents")
    ),
    "resolved": Field(
        lambda value: {code: _a(str, note) for code, note in _a(dict, value).items()}, _("give a note by criterion")
    ),
    "to": Field(partial(_a, int), _("name an advisor of this fund")),
}
MERGED: Final = "voucher"
"""What is common to all and a row's own part of it make one voucher: the same date, say, and a reference each."""


def _claimed(file: Application) -> list[ReliefLine]:
    """Copies: what is worked out on them is not yet the file's."""
    return [copy(line) for line in file.lines.all() if line.state == LineState.CLAIMED]


def _approved_amounts(file: Application, asked: Asked) -> Asked:
    """Each line's amount: as given, else as the first visa has it, else as proposed."""
    lines, given = _claimed(file), asked.get("amounts", {})
    approve_amounts(lines, _amounts(given), list(file.visas.all()))
    return asked | {"amounts": {str(line.pk): line.approved_cents for line in lines} | given}


def _proposed_amounts(file: Application, asked: Asked) -> Asked:
    amounts = {str(line.pk): line.asked_cents for line in _claimed(file)}
    return asked | {"amounts": amounts | asked.get("amounts", {})}


def _approved_lines(file: Application, asked: Asked) -> Asked:
    """All that is approved, by one voucher."""
    approved = [line.pk for line in file.lines.all() if line.state == LineState.APPROVED]
    return {"lines": approved} | asked


BULK: Final[Mapping[Action, BulkAction]] = {
    Action.REQUEST_INFO: BulkAction(request_info, required=("wanted", "message")),
    Action.REMIND: BulkAction(remind),
    Action.LAPSE: BulkAction(lapse),
    Action.ASSESS_FAVOURABLE: BulkAction(
        assess_favourable, optional=("amounts", "resolved", "no_conflict"), fill=_proposed_amounts
    ),
    Action.APPROVE: BulkAction(approve, optional=("amounts", "reason", "no_conflict"), fill=_approved_amounts),
    Action.SEND_BACK: BulkAction(send_back, required=("reason",)),
    Action.REJECT: BulkAction(reject, required=("motive",), optional=("reason",)),
    Action.CREDIT: BulkAction(credit, required=("voucher",), optional=("lines",), fill=_approved_lines),
    Action.TRANSFER: BulkAction(transfer, required=("to",)),
    Action.APPLY_NEW_VERSION: BulkAction(apply_new_version),
}
"""The actions offered in bulk: those of which the same request makes sense for many files."""


def as_json(request: Mapping[str, Any]) -> Asked:
    """A request as it travels: dates as texts, lines' ids as texts where they name amounts. Raises BadInput."""
    try:
        return _a(dict, json.loads(canonical_json(request)))
    except (TypeError, ValueError, RecursionError):
        raise BadInput([Breach("unreadable", _("This request can't be read."), pointer="request")]) from None


def unknown_fields(action: Action, given: Mapping[str, Any], place: str = "") -> list[Breach]:
    """What an action is not asked in bulk."""
    message = _("“%(action)s” takes no “%(field)s” here.")
    return [
        Breach("unknown_field", message, {"action": action.label, "field": name}, f"{place}{name}")
        for name in given
        if name not in BULK[action].fields
    ]


def merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> Asked:
    """A row's whole request: its own part goes before what is common to all."""
    whole = {**common, **own}
    shared, mine = common.get(MERGED), own.get(MERGED)
    if isinstance(shared, Mapping) and isinstance(mine, Mapping):
        whole[MERGED] = {**shared, **mine}
    return whole


def read(action: Action, fund_id: int, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the action takes. Raises BadInput with all that is missing or can't be used."""
    found = unknown_fields(action, asked)
    missing = _("“%(field)s” is missing.")
    found += [
        Breach("missing_field", missing, {"field": name}, name) for name in BULK[action].required if name not in asked
    ]
    given = {}
    for name in [name for name in BULK[action].fields if name in asked]:
        try:
            given[name] = FIELDS[name].read(asked[name])
            if name == "to":
                given[name] = _member(fund_id, given[name])
        except (TypeError, ValueError):
            message, params = _("“%(field)s” can't be used: %(expected)s."), {"expected": FIELDS[name].expected}
            found.append(Breach("unusable_field", message, {"field": name, **params}, name))
    if found:
        raise BadInput(found)
    return given
