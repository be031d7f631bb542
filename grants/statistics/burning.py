"""The money left over time, and the day it runs dry if it goes on as in the last weeks.

The pace: what left "available" for applications (reserved, less what came back by releases, decommitments and
reversals) over the last eight weeks, or since the first reservation where that is shorter. Endowments and their
withdrawals are no pace. Under two weeks, or of fewer than five applications, it is no pace either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.enums import LedgerKind
from grants.money import euros
from grants.quick import rows_of

WINDOW_DAYS: Final = 56
LEAST_DAYS: Final = 14
LEAST_FILES: Final = 5
WEEK: Final = 7
FURTHEST: Final = 3650  # days: a pace this slow says nothing

TAKEN: Final = (LedgerKind.RESERVE,)
GIVEN_BACK: Final = (LedgerKind.RELEASE, LedgerKind.DECOMMIT, LedgerKind.REVERSE)


class Day(NamedTuple):
    """What the accounts hold at the end of a day with movements, and what went to applications that day."""

    on: date
    available_cents: int
    reserved_cents: int
    committed_cents: int
    credited_cents: int
    taken_cents: int
    files: Sequence[int]

    @property
    def endowed_cents(self) -> int:
        return self.available_cents + self.reserved_cents + self.committed_cents + self.credited_cents


class Case(StrEnum):
    """What can be said of the day the money runs dry."""

    NO_DATA = "no_data"
    DRY = "dry"
    STEADY = "steady"
    ENDED = "ended"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`on`: the day it ran or runs dry, or the deadline that has passed. `net_cents`: taken over `days` days."""

    case: Case
    on: date | None = None
    days: int = 0
    files: int = 0
    net_cents: int = 0
    deadline: date | None = None

    @property
    def weekly_cents(self) -> int:
        return self.net_cents * WEEK // self.days if self.days else 0

    def sentence(self) -> str:
        return sentence_of(self)

    def method(self) -> str:
        """How it was computed, for who wants to know."""
        if not self.days:
            return ""
        return _(
            "Computed from the last %(days)s days: %(net)s were reserved for applications, less what came back, that is"
            " %(weekly)s a week. Endowments are not counted."
        ) % {"days": self.days, "net": euros(self.net_cents), "weekly": euros(self.weekly_cents)}


def sentence_of(forecast: Forecast) -> str:
    if forecast.case == Case.NO_DATA:
        return _(
            "Not enough data for a forecast: it takes %(files)s applications with money reserved over %(days)s days"
            " at least."
        ) % {"files": LEAST_FILES, "days": LEAST_DAYS}
    if forecast.case == Case.STEADY:
        return _("At this pace the available money does not run dry.")
    day = {"day": date_format(forecast.on, "SHORT_DATE_FORMAT") if forecast.on else ""}
    if forecast.case == Case.DRY:
        return _("Nothing is available since %(day)s.") % day
    if forecast.case == Case.ENDED:
        return _("No forecast: applications could be filed until %(day)s.") % day
    if forecast.deadline and forecast.on and forecast.on > forecast.deadline:
        until = day | {"deadline": date_format(forecast.deadline, "SHORT_DATE_FORMAT")}
        return _("At this pace the money lasts until %(day)s, after the filing deadline (%(deadline)s).") % until
    return _("At this pace nothing is available from about %(day)s.") % day


@dataclass(frozen=True, slots=True)
class Burning:
    days: list[Day]
    forecast: Forecast

    def month_ends(self) -> list[Day]:
        """The last day with movements of each month: the table behind the picture."""
        return list({day.on.replace(day=1): day for day in self.days}.values())


def burning(fund_id: int, *, on: date, deadline: date | None) -> Burning:
    """A fund's days with movements up to `on`, in one query, and what they announce."""
    rows = rows_of(
        DAYS,
        {
            "fund": fund_id,
            "on": on,
            "taken": [kind.value for kind in TAKEN],
            "back": [kind.value for kind in GIVEN_BACK],
        },
    )
    days = [Day(*row) for row in rows]
    return Burning(days, forecast(days, on=on, deadline=deadline))


def forecast(days: Sequence[Day], *, on: date, deadline: date | None) -> Forecast:
    """Judge the last weeks; the rule is this module's docstring."""
    used = [day for day in days if day.files]
    if not used:
        return Forecast(Case.NO_DATA)
    left = days[-1].available_cents
    if left == 0:
        return Forecast(Case.DRY, on=dry_since(days))
    if deadline is not None and on > deadline:
        return Forecast(Case.ENDED, on=deadline)
    first = max(used[0].on, on - timedelta(days=WINDOW_DAYS - 1))
    length = (on - first).days + 1
    window = [day for day in days if day.on >= first]
    files = len({file for day in window for file in day.files})
    if length < LEAST_DAYS or files < LEAST_FILES:
        return Forecast(Case.NO_DATA)
    net = sum(day.taken_cents for day in window)
    lasting = left * length // net if net > 0 else FURTHEST + 1
    if lasting > FURTHEST:
        return Forecast(Case.STEADY, days=length, files=files, net_cents=net)
    return Forecast(Case.FORECAST, on + timedelta(days=lasting), length, files, net, deadline)


def dry_since(days: Sequence[Day]) -> date:
    """The day from which nothing was available any more."""
    since = days[-1].on
    for day in reversed(days):
        if day.available_cents:
            break
        since = day.on
    return since


DAYS: Final = """
SELECT DISTINCT ON (value_date) value_date, available_after, reserved_after, committed_after, credited_after,
    sum(CASE WHEN kind = ANY(%(taken)s) THEN amount_cents WHEN kind = ANY(%(back)s) THEN -amount_cents ELSE 0 END)
        OVER (PARTITION BY value_date)::bigint,
    coalesce(array_agg(application_id) FILTER (WHERE kind = ANY(%(taken)s)) OVER (PARTITION BY value_date), '{}')
FROM grants_ledgerentry WHERE fund_id = %(fund)s AND value_date <= %(on)s
ORDER BY value_date, number DESC
"""
