"""What somebody asks of a kind of export, judged before anything is written: all that is wrong at once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.enums import Role
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.exports.every import EXPORTS
from grants.exports.kinds import ExportKind, Wanted
from grants.ledger.models import FIRST_DAY
from grants.visibility import Reader

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DATES: Final[Mapping[str, "_StrPromise"]] = {
    "since": _("From value date"),
    "until": _("Until value date"),
    "as_at": _("As at"),
}
TEXT_LIMIT: Final = 200  # characters
LAST_DAY: Final = date(2199, 12, 31)
"""Beyond it a day is a slip of the keyboard; the first one is the ledger's own."""


def kind_named(code: str) -> ExportKind:
    if code not in EXPORTS:
        params = {"kind": code[:40], "known": ", ".join(EXPORTS)}
        message = _("There is no export “%(kind)s”. There are: %(known)s.")
        raise BadInput([Breach("unknown_kind", message, params, "kind")])
    return EXPORTS[code]


def kinds_for(reader: Reader) -> list[ExportKind]:
    """Those that a reader may ask for, in the order in which they are shown."""
    return [kind for kind in EXPORTS.values() if kind.roles & reader.roles]


def check_may(kind: ExportKind, reader: Reader) -> None:
    """Raise NotAllowed for whoever holds none of the kind's roles."""
    if not kind.roles & reader.roles:
        message = _("This export is for: %(roles)s. You hold no such role in this fund today.")
        roles = ", ".join(str(role.label) for role in Role if role in kind.roles)
        raise NotAllowed([Breach("role_missing", message, {"roles": roles})])


def complete(kind: ExportKind, wanted: Wanted) -> Wanted:
    """The request with every option's default, and today where the kind is of a day and none is given.

    Raises BadInput with all that it can't be asked.
    """
    if found := faults(kind, days_of(wanted), wanted.options):
        raise BadInput(found)
    if kind.is_of_a_day and wanted.as_at is None:
        wanted = replace(wanted, as_at=ledger.today())
    defaults = {option.name: option.default for option in kind.options}
    given = {name: value for name, value in wanted.options.items() if value}
    return replace(wanted, options={name: value for name, value in (defaults | given).items() if value})


def faults(kind: ExportKind, days: Mapping[str, date], options: Mapping[str, str]) -> list[Breach]:
    """All that a kind can't be asked, of the days and options that were given."""
    return [*_dates(kind, days), *_options(kind, options)]


def days_of(wanted: Wanted) -> dict[str, date]:
    """The days that were asked for, by name."""
    given = {name: getattr(wanted, name) for name in DATES}
    return {name: day for name, day in given.items() if day is not None}


def day_named(kind: ExportKind | None, name: str) -> "_StrPromise":
    """What this day is called for this kind, which may be gone."""
    return kind.days[name][0] if kind and name in kind.days else DATES[name]


def _dates(kind: ExportKind, days: Mapping[str, date]) -> Iterator[Breach]:
    since, until, as_at = (days.get(name) for name in DATES)
    for name, day in days.items():
        if name not in kind.dates:
            yield Breach("date_not_taken", _("This export has no “%(name)s”."), {"name": day_named(kind, name)}, name)
        if day < FIRST_DAY or (day > LAST_DAY and name != "as_at"):
            message = _("No fund has anything dated %(day)s: give a day from %(first)s to %(last)s.")
            yield Breach("out_of_range", message, {"day": day, "first": FIRST_DAY, "last": LAST_DAY}, name)
    if since and until and until < since:
        message = _("This day comes before the first one, %(since)s: exchange the two.")
        yield Breach("period", message, {"since": since}, "until")
    if as_at and as_at > ledger.today():
        message = _("This day has not come yet: nobody knows how the ledger will stand then.")
        yield Breach("future", message, pointer="as_at")


def _options(kind: ExportKind, given: Mapping[str, str]) -> Iterator[Breach]:
    known = {option.name: option for option in kind.options}
    for name, value in given.items():
        place = f"options/{name}"
        option = known.get(name)
        if option is None:
            message = _("This export has no option “%(name)s”. It has: %(known)s.")
            yield Breach("unknown_option", message, {"name": name[:40], "known": ", ".join(known) or "-"}, place)
            continue
        choices = [choice for choice, _label in option.choices]
        if value and choices and value not in choices:
            message = _("“%(value)s” is no choice for “%(name)s”: give one of %(known)s.")
            params = {"value": value[:40], "name": name, "known": ", ".join(choices)}
            yield Breach("unknown_choice", message, params, place)
        if len(value) > TEXT_LIMIT:
            message = _("“%(name)s” has at most %(limit)s characters.")
            yield Breach("too_long", message, {"name": option.label, "limit": TEXT_LIMIT}, place)
