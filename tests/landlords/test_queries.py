from __future__ import annotations

import datetime
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landlords.enums import Component
from landlords.queries import MonthlyDue, dues, split_into_months
from tests.factories_landlords import lease, rent_call

APRIL, MAY, JUNE = (datetime.date(2020, month, 1) for month in (4, 5, 6))

days = st.dates(datetime.date(1999, 1, 1), datetime.date(2030, 12, 31))
amounts = st.integers(0, 10**9)


@settings(deadline=None)
@given(days, st.integers(0, 800), amounts, amounts)
def test_shares_add_up_and_follow_the_days(start: datetime.date, length: int, net: int, vat: int) -> None:
    end = start + datetime.timedelta(days=length)
    shares = split_into_months(start, end, net, vat)

    assert sum(share.net_cents for share in shares) == net
    assert sum(share.vat_cents for share in shares) == vat
    assert all(share.gross_cents == share.net_cents + share.vat_cents for share in shares)
    assert all(share.net_cents >= 0 and share.vat_cents >= 0 for share in shares)
    months = [share.month for share in shares]
    assert months[0] == start.replace(day=1)
    assert months[-1] == end.replace(day=1)
    assert all(
        later == (earlier + datetime.timedelta(days=31)).replace(day=1) for earlier, later in itertools.pairwise(months)
    )
    # Day by day: each day weighs one over the days of its month.
    weights: dict[datetime.date, Fraction] = {}
    for offset in range(length + 1):
        day = start + datetime.timedelta(days=offset)
        first = day.replace(day=1)
        days_in_month = ((first + datetime.timedelta(days=31)).replace(day=1) - first).days
        weights[first] = weights.get(first, Fraction(0)) + Fraction(1, days_in_month)
    whole = sum(weights.values())
    for share in shares[:-1]:
        assert share.net_cents == net * weights[share.month] // whole
    assert 0 <= shares[-1].net_cents - net * weights[months[-1]] / whole < len(shares)


def test_quarter_gives_equal_months_and_the_last_takes_the_rounding() -> None:
    shares = split_into_months(APRIL, datetime.date(2020, 6, 30), 100_00, 20_00)
    assert [share.net_cents for share in shares] == [33_33, 33_33, 33_34]
    assert [share.vat_cents for share in shares] == [6_66, 6_66, 6_68]
    assert shares[2] == MonthlyDue(JUNE, 33_34, 6_68, 40_02)


@pytest.mark.django_db
def test_dues_by_lease_month_and_component(django_assert_num_queries: Any) -> None:
    quarterly, monthly = lease(), lease()
    rent_call(lease=quarterly, period_start=APRIL, period_end=datetime.date(2020, 6, 30), net_cents=300_00)
    rent_call(lease=monthly, month=APRIL, net_cents=500_00)
    rent_call(lease=monthly, month=APRIL, net_cents=50_00, component=Component.CHARGES)
    rent_call(lease=monthly, month=MAY, net_cents=500_00)
    rent_call(month=APRIL)

    with django_assert_num_queries(1):
        found = dues([quarterly.pk, monthly.pk])
    assert len(found) == 6
    assert found[quarterly.pk, MAY, Component.RENT] == MonthlyDue(MAY, 100_00, 0, 100_00)
    assert found[monthly.pk, APRIL, Component.CHARGES].gross_cents == 50_00
    with django_assert_num_queries(1):
        narrowed = dues(iter([quarterly.pk, monthly.pk]), iter([datetime.date(2020, 5, 20)]))
    assert set(narrowed) == {(quarterly.pk, MAY, "rent"), (monthly.pk, MAY, "rent")}
    assert dues([monthly.pk], []) == {}


@pytest.mark.django_db
def test_calls_that_meet_in_a_month_add_up() -> None:
    row = lease()
    rent_call(lease=row, period_start=APRIL, period_end=datetime.date(2020, 4, 14), net_cents=200_00)
    rent_call(
        lease=row, period_start=datetime.date(2020, 4, 15), period_end=datetime.date(2020, 5, 14), net_cents=300_01
    )
    found = dues([row.pk], [APRIL])
    shares = split_into_months(datetime.date(2020, 4, 15), datetime.date(2020, 5, 14), 300_01, 0)
    assert found == {(row.pk, APRIL, "rent"): MonthlyDue(APRIL, 200_00, 0, 200_00) + shares[0]}
