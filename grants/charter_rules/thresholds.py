"""What follows from a charter's terms: second visa, shortfall, warnings, and the last day of each period. A leaf."""

from collections.abc import Iterable
from datetime import date, timedelta

from grants.charter_rules.terms import WHOLE, Terms


def needs_second_visa(terms: Terms, siren_cumulative_cents: int) -> bool:
    """Whether two visas are needed, given all the SIREN would have in the fund, so that splitting doesn't help."""
    threshold_cents = terms.second_visa_threshold_cents
    return threshold_cents is not None and siren_cumulative_cents > threshold_cents


def shortfall(free_cents: int, needed_cents: int) -> int:
    """What is missing to grant `needed_cents`; 0 when it fits."""
    return max(0, needed_cents - free_cents)


def percent_used(used_cents: int, ceiling_cents: int) -> int:
    """How much of the ceiling is reserved, committed or credited, in whole percent rounded down."""
    return used_cents * WHOLE // ceiling_cents if ceiling_cents > 0 else 0


def level_crossed(levels: Iterable[int], before: int, after: int) -> int | None:
    """The highest warning level that money reached on its way up from one percentage to another."""
    return max((level for level in levels if before < level <= after), default=None)


def warning_reached(terms: Terms, used_cents: int, ceiling_cents: int) -> int | None:
    """The highest warning level (percent) that the money used reaches, None when it reaches none."""
    reached = [level for level in terms.warning_levels if used_cents * WHOLE >= level * ceiling_cents]
    return max(reached, default=None)


def reservation_end(terms: Terms, assessed_on: date) -> date:
    """The last day on which money reserved by a favourable opinion is held."""
    return assessed_on + timedelta(days=terms.reservation_days)


def offer_end(terms: Terms, offered_on: date) -> date:
    """The last day on which freed money stays offered to a waiting application."""
    return offered_on + timedelta(days=terms.offer_days)


def info_due(terms: Terms, asked_on: date) -> date:
    """The last day to answer a request for information."""
    return asked_on + timedelta(days=terms.info_days)


def reply_end(terms: Terms, noticed_on: date) -> date:
    """The last day of the tenant's reply period; a reversal may be confirmed from the next day."""
    return noticed_on + timedelta(days=terms.reply_days)


def reexamination_end(terms: Terms, closed_on: date) -> date:
    """The last day to reopen an application, counted from the event that closed it."""
    return closed_on + timedelta(days=terms.reexamination_days)
