"""The money left over time, and the day it runs dry."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.enums import FundAction, State
from grants.ledger import PositionAt
from grants.statistics import burning, pictures
from grants.statistics.burning import FURTHEST, Burning, Case, Day, Forecast, forecast
from grants.statistics.pictures import HEIGHT, WIDTH, chart
from tests.factories import OPENED_ON, fund_action, open_fund
from tests.grants import walk
from tests.grants.statistics.unhurried import UNHURRIED

START = date(2020, 5, 5)
DEADLINE = date(2021, 6, 30)


def day(after: int, available: int, taken: int, *files: int) -> Day:
    return Day(START + timedelta(days=after), available, 40_000_00 - available, 0, 0, taken, files)


def five_files(taken: int = 1_000_00) -> list[Day]:
    """An endowment, then an application every four days from the tenth."""
    return [day(0, 40_000_00, 0), *(day(10 + 4 * n, 40_000_00 - taken * (n + 1), taken, n) for n in range(5))]


def test_the_pace_of_the_last_weeks_tells_the_day() -> None:
    found = forecast(five_files(), on=START + timedelta(days=29), deadline=DEADLINE)
    # 5,000 EUR in 20 days; 35,000 EUR are left: 140 days more.
    assert (found.case, found.days, found.files, found.net_cents) == (Case.FORECAST, 20, 5, 5_000_00)
    assert found.on == START + timedelta(days=29 + 140)
    assert found.weekly_cents == 1_750_00
    with translation.override("fr"):
        assert "plus rien ne sera disponible vers le 21/10/2020" in found.sentence()
        assert "1\u202f750,00\u00a0€ par semaine" in found.method()


def test_after_the_deadline_it_says_so() -> None:
    found = forecast(five_files(), on=START + timedelta(days=29), deadline=START + timedelta(days=60))
    with translation.override("fr"):
        assert "après la date limite de dépôt (04/07/2020)" in found.sentence()


def test_older_weeks_do_not_count() -> None:
    """What was taken in the first month is no pace three months later."""
    days = [*five_files(8_000_00)[:3], *(day(100 + n, 20_000_00 - n, 100, 50 + n) for n in range(5))]
    found = forecast(days, on=START + timedelta(days=120), deadline=DEADLINE)
    assert (found.days, found.net_cents) == (56, 500)
    assert found.case == Case.STEADY


@pytest.mark.parametrize(
    ("days", "after", "case"),
    [
        ([], 30, Case.NO_DATA),
        (five_files()[:1], 30, Case.NO_DATA),
        (five_files()[:5], 40, Case.NO_DATA),  # four applications
        (five_files(), 22, Case.NO_DATA),  # thirteen days
        (five_files(), 23, Case.FORECAST),
        (five_files(8_000_00), 29, Case.DRY),
        (five_files(-1_00), 29, Case.STEADY),
        (five_files(1), 29, Case.STEADY),  # more than ten years
    ],
)
def test_when_there_is_a_forecast(days: list[Day], after: int, case: Case) -> None:
    found = forecast(days, on=START + timedelta(days=after), deadline=DEADLINE)
    assert found.case == case
    assert found.sentence()
    assert bool(found.method()) == (case in (Case.FORECAST, Case.STEADY))


def test_nothing_is_forecast_once_nobody_can_file() -> None:
    found = forecast(five_files(), on=START + timedelta(days=90), deadline=START + timedelta(days=60))
    assert (found.case, found.on) == (Case.ENDED, START + timedelta(days=60))
    assert "04/07/2020" in found.sentence()


def test_dry_since_the_last_day_with_money_was_over() -> None:
    days = [*five_files(8_000_00), day(40, 0, 0)]
    assert forecast(days, on=START + timedelta(days=50), deadline=None).on == START + timedelta(days=26)
    assert forecast([day(0, 0, 5, 1)], on=START, deadline=None).on == START


@UNHURRIED
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40_000_00), st.integers(-500_00, 500_00)), max_size=20))
def test_a_forecast_is_never_in_the_past_nor_absurd(rows: list[tuple[int, int, int]]) -> None:
    days, on = [], 0
    for n, (gap, available, taken) in enumerate(rows):
        on += gap + 1
        days.append(day(on, available, taken, n))
    today = START + timedelta(days=on)
    found = forecast(days, on=today, deadline=None)
    if found.case == Case.FORECAST:
        assert found.on is not None
        assert today <= found.on <= today + timedelta(days=FURTHEST)


@pytest.mark.django_db
def test_the_days_are_the_ledgers() -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    later = OPENED_ON + timedelta(days=3)
    walk.walk_to(world, State.ELIGIBLE, on=later)
    fund_action(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=1_000_00, on=later)
    found = burning(world.fund.pk, on=later, deadline=None)
    first, second = found.days
    assert (first.on, first.available_cents, first.credited_cents, first.taken_cents) == (
        OPENED_ON,
        38_500_00,
        1_500_00,
        1_500_00,
    )
    assert (second.available_cents, second.reserved_cents, second.endowed_cents) == (36_000_00, 1_500_00, 39_000_00)
    # An endowment withdrawn is no pace.
    assert second.taken_cents == 1_500_00
    assert len(set(second.files)) == 1
    assert found.month_ends() == [second]
    assert burning(world.fund.pk, on=OPENED_ON, deadline=None).days == [first]


class TestChart:
    def test_steps_go_down_and_the_forecast_to_the_ground(self) -> None:
        today = START + timedelta(days=29)
        drawn = chart(Burning(five_files(), forecast(five_files(), on=today, deadline=None)), today)
        assert drawn is not None
        assert drawn.line.startswith("0,0 ")
        assert drawn.forecast.endswith(f" {WIDTH},{HEIGHT}")
        assert (drawn.first, drawn.last, drawn.highest_cents) == (START, START + timedelta(days=169), 40_000_00)

    def test_without_a_forecast_it_ends_some_weeks_after_the_last_movement(self) -> None:
        drawn = chart(Burning(five_files(), Forecast(Case.NO_DATA)), START + timedelta(days=3000))
        assert drawn is not None
        assert (drawn.forecast, drawn.last) == ("", START + timedelta(days=26 + 56))

    def test_of_nothing_or_a_single_day_there_is_none(self) -> None:
        assert chart(Burning([], Forecast(Case.NO_DATA)), START) is None
        assert chart(Burning(five_files()[:1], Forecast(Case.NO_DATA)), START) is None

    @UNHURRIED
    @given(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), st.integers(0, 10**9))
    def test_the_bar_is_as_wide_as_the_ceiling(self, cents: list[int], more: int) -> None:
        credited, committed, reserved, available, _ = cents
        endowed = credited + committed + reserved + available
        position = PositionAt(START, endowed, available, reserved, committed, credited, endowed + more, 1, "")
        bar = pictures.bar(position)
        assert sum(segment.width for segment in bar.segments) == WIDTH
        ends = [segment.x + segment.width for segment in bar.segments]
        assert ends == sorted(ends)
        assert [s.x for s in bar.segments] == [0, *ends[:-1]]
