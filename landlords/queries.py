"""What the rest of the application reads about rents."""

from __future__ import annotations

import calendar
import datetime
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection


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
    wanted = None if months is None else {month.replace(day=1) for month in months}
    first = last = None
    if wanted is not None:
        if not wanted:
            return {}
        latest = max(wanted)
        first, last = min(wanted), latest.replace(day=calendar.monthrange(latest.year, latest.month)[1])
    found: dict[tuple[int, datetime.date, str], MonthlyDue] = {}
    with connection.cursor() as cursor:
        cursor.execute(CALLS, {"leases": list(lease_ids), "first": first, "last": last})
        rows = cursor.fetchall()
    for lease_id, component, start, end, net_cents, vat_cents in rows:
        for due in split_into_months(start, end, net_cents, vat_cents):
            if wanted is None or due.month in wanted:
                key = (lease_id, due.month, component)
                found[key] = found[key] + due if key in found else due
    return found


# Plain SQL: actions read it with a fund locked, and the ORM takes many times as long to say it.
CALLS = """
SELECT lease_id, component, period_start, period_end, net_cents, vat_cents FROM landlords_rentcall
WHERE lease_id = ANY(%(leases)s::bigint[]) AND (%(first)s::date IS NULL OR period_end >= %(first)s::date)
  AND (%(last)s::date IS NULL OR period_start <= %(last)s::date)
ORDER BY period_start, id
"""
