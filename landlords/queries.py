"""What the rest of the application reads about rents."""

from __future__ import annotations

import calendar
import datetime
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landlords.models import RentCall


@dataclass(frozen=True, slots=True)
class MonthlyDue:
    """What is due for one month, in cents; `month` is its first day and gross = net + VAT."""

    month: datetime.date
    net_cents: int
    vat_cents: int
    gross_cents: int

    def __add__(self, other: MonthlyDue) -> MonthlyDue:
        return MonthlyDue(
            self.month,
            self.net_cents + other.net_cents,
            self.vat_cents + other.vat_cents,
            self.gross_cents + other.gross_cents,
        )


def split_into_months(
    period_start: datetime.date, period_end: datetime.date, net_cents: int, vat_cents: int
) -> list[MonthlyDue]:
    """Spread a call over the months it touches, in order; the sums are exact to the cent.

    A month weighs the days covered over the days it has, so a full quarter gives three equal months whatever
    their lengths. Each share is rounded down; the last month takes what is left.
    """
    months = list(_months_covered(period_start, period_end))
    denominator = math.lcm(*(length for _, _, length in months))
    weights = [covered * denominator // length for _, covered, length in months]
    nets = _shares(net_cents, weights)
    vats = _shares(vat_cents, weights)
    return [MonthlyDue(month, net, vat, net + vat) for (month, _, _), net, vat in zip(months, nets, vats, strict=True)]


def _months_covered(start: datetime.date, end: datetime.date) -> Iterator[tuple[datetime.date, int, int]]:
    """Yield (first day of the month, days covered, days in the month) for each month of the period."""
    month = start.replace(day=1)
    while month <= end:
        length = calendar.monthrange(month.year, month.month)[1]
        last = month.replace(day=length)
        covered = (min(end, last) - max(start, month)).days + 1
        yield month, covered, length
        month = last + datetime.timedelta(days=1)


def _shares(cents: int, weights: list[int]) -> list[int]:
    total = sum(weights)
    shares = [cents * weight // total for weight in weights[:-1]]
    return [*shares, cents - sum(shares)]


def dues(
    lease_ids: Iterable[int], months: Iterable[datetime.date] | None = None
) -> dict[tuple[int, datetime.date, str], MonthlyDue]:
    """Return what is due by (lease id, first day of the month, component), in one query.

    `months` (any day of each) narrows the answer. Several calls that meet in a month add up; a month without any
    call has no key.
    """
    calls = RentCall.objects.filter(lease__in=list(lease_ids)).order_by("period_start", "pk")
    wanted = None if months is None else {month.replace(day=1) for month in months}
    if wanted is not None:
        if not wanted:
            return {}
        latest = max(wanted)
        latest_day = latest.replace(day=calendar.monthrange(latest.year, latest.month)[1])
        calls = calls.filter(period_end__gte=min(wanted), period_start__lte=latest_day)
    found: dict[tuple[int, datetime.date, str], MonthlyDue] = {}
    rows = calls.values_list("lease_id", "component", "period_start", "period_end", "net_cents", "vat_cents")
    for lease_id, component, start, end, net_cents, vat_cents in rows:
        for due in split_into_months(start, end, net_cents, vat_cents):
            if wanted is None or due.month in wanted:
                key = (lease_id, due.month, component)
                found[key] = found[key] + due if key in found else due
    return found
