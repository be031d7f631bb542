"""A fact as an assessor reads it, whatever its shape."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import singledispatch
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.de_minimis import PriorAid
from grants.eligibility import Closure, LeaseFact, OtherAid, Proceedings
from grants.money import euros
from landlords.enums import NafNomenclature


def fact_texts(name: str, value: object) -> list[str]:
    """The fact in words, part by part; nothing where nobody knows it. An empty list was declared: there is none."""
    if value is None:
        return []
    if name in BY_NAME:
        return BY_NAME[name](value)
    if isinstance(value, tuple):
        return [text(part) for part in value] or [_("none, as declared")]
    return [text(value)]


@singledispatch
def text(value: object) -> str:
    return str(value)


@text.register
def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - chosen by its type
    return _("yes") if value else _("no")


@text.register
def _day(value: date) -> str:
    return date_format(value, "SHORT_DATE_FORMAT")


@text.register
def _closure(value: Closure) -> str:
    params = {"text": value.text, "activity": value.activity, "from": _day(value.starts_on)}
    if value.ends_on is None:
        return _("%(text)s (%(activity)s), since %(from)s") % params
    return _("%(text)s (%(activity)s), from %(from)s to %(to)s") % {**params, "to": _day(value.ends_on)}


@text.register
def _lease(value: LeaseFact) -> str:
    told = _("%(lease)s, since %(from)s") % {"lease": value.reference, "from": _day(value.starts_on)}
    if value.ends_on is not None:
        told += ", " + _("until %(to)s") % {"to": _day(value.ends_on)}
    if value.notice_given_on is not None:
        told += ", " + _("notice given on %(on)s") % {"on": _day(value.notice_given_on)}
    return told


@text.register
def _other_aid(value: OtherAid) -> str:
    amount = "" if value.amount_cents is None else f" {euros(value.amount_cents)}"
    return f"{value.name}, {value.period}, {value.status.label}{amount}"


@text.register
def _prior_aid(value: PriorAid) -> str:
    return f"{_day(value.granted_on)}, {euros(value.gross_cents)} ({value.regime.label})"


def _by_month(value: Any) -> list[str]:
    months = {date.fromisoformat(f"{month}-01"): cents for month, cents in value.items()}
    amounts = {month: euros(months[month]) for month in sorted(months)}
    return [
        _("%(month)s: %(amount)s") % {"month": date_format(month, "YEAR_MONTH_FORMAT"), "amount": amount}
        for month, amount in amounts.items()
    ]


def _codes(value: Any) -> list[str]:
    return [f"{code} ({NafNomenclature(nomenclature).label})" for nomenclature, code in value.items()]


def _amount(value: int) -> list[str]:
    return [euros(value)]


BY_NAME: Final[Mapping[str, Callable[[Any], list[str]]]] = {
    "turnover_by_month": _by_month,
    "annual_turnover_cents": _amount,
    "arrears_cents": _amount,
    "requested_cents": _amount,
    "naf_codes": _codes,
    "proceedings": lambda value: [str(Proceedings(value).label)],
}
