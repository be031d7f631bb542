"""De minimis caps, at their edges."""

from collections.abc import Sequence
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.de_minimis import COUNTERS, AidSource, DeMinimisResult, Ignored, PriorAid, check, has_counter
from grants.enums import AidRegime
from tests.grants.eligibility_strategies import prior_aids

GENERAL, GENERAL_2013, SGEI, COVID = (
    AidRegime.DE_MINIMIS_2023,
    AidRegime.DE_MINIMIS_2013,
    AidRegime.SGEI_2023,
    AidRegime.COVID_FRAMEWORK,
)
ON = date(2025, 6, 15)


def aid(on: date, euros: int, regime: AidRegime = GENERAL, reference: str = "") -> PriorAid:
    return PriorAid(on, euros * 100, regime, AidSource.REGISTER, "732829320", "Région", reference)


def check_euros(on: date, euros: int, prior: Sequence[PriorAid] = (), regime: AidRegime = GENERAL) -> DeMinimisResult:
    return check(regime, on, euros * 100, prior)


def reasons(result: DeMinimisResult) -> list[Ignored]:
    return [reason for _, reason in result.ignored]


@pytest.mark.parametrize(
    ("regime", "on", "cap_euros"),
    [
        (GENERAL, ON, 300_000),
        (GENERAL_2013, date(2020, 5, 5), 200_000),
        (SGEI, ON, 750_000),
        (COVID, date(2020, 3, 19), 800_000),
        (COVID, date(2021, 1, 27), 800_000),
        (COVID, date(2021, 1, 28), 1_800_000),
        (COVID, date(2021, 11, 17), 1_800_000),
        (COVID, date(2021, 11, 18), 2_300_000),
    ],
)
def test_the_cap_itself_is_allowed_and_a_cent_more_is_none_of_it(regime: AidRegime, on: date, cap_euros: int) -> None:
    full = check(regime, on, cap_euros * 100, [])
    assert full.passes
    assert full.headroom_cents == cap_euros * 100
    over = check(regime, on, cap_euros * 100 + 1, [])
    assert not over.passes
    assert over.excess_cents == 1


@pytest.mark.parametrize(
    ("regime", "first", "last"),
    [
        (GENERAL, date(2024, 1, 1), date(2030, 12, 31)),
        (GENERAL_2013, date(2014, 1, 1), date(2023, 12, 31)),
        (SGEI, date(2024, 1, 1), date(2030, 12, 31)),
        (COVID, date(2020, 3, 19), date(2022, 6, 30)),
    ],
)
def test_a_regulation_serves_only_while_in_force(regime: AidRegime, first: date, last: date) -> None:
    for day in (first, last):
        assert check(regime, day, 100, []).passes
    for day in (date.fromordinal(first.toordinal() - 1), date.fromordinal(last.toordinal() + 1)):
        result = check(regime, day, 100, [])
        assert not result.passes
        assert (result.headroom_cents, result.excess_cents) == (0, 100)


def test_the_rolling_window_looks_back_three_years() -> None:
    """Aid granted on 30 January 2024 looks back to 30 January 2021, that day itself left out and warned of."""
    granted_on = date(2024, 1, 30)
    inside = aid(date(2021, 1, 31), 100_000, GENERAL_2013)
    edge = aid(date(2021, 1, 30), 100_000, GENERAL_2013)
    outside = aid(date(2021, 1, 29), 100_000, GENERAL_2013)
    result = check_euros(granted_on, 150_000, [inside, edge, outside])
    assert result.window_start == date(2021, 1, 30)
    assert result.counted == (inside,)
    assert result.used_cents == 100_000_00
    assert result.edge == (edge,)
    assert reasons(result) == [Ignored.OUTSIDE_WINDOW, Ignored.OUTSIDE_WINDOW]
    assert result.passes
    assert result.edge_matters
    assert not check_euros(granted_on, 100_000, [inside, edge]).edge_matters
    assert not check_euros(granted_on, 250_000, [inside, edge]).edge_matters


def test_three_years_before_a_leap_day() -> None:
    assert check_euros(date(2024, 2, 29), 1).window_start == date(2021, 2, 28)


def test_aid_granted_on_the_day_counts_and_later_aid_does_not() -> None:
    result = check_euros(ON, 1, [aid(ON, 10), aid(date(2025, 6, 16), 20)])
    assert result.used_cents == 10_00
    assert reasons(result) == [Ignored.LATER]


def test_tax_years_of_the_former_regulation() -> None:
    first, before = aid(date(2018, 1, 1), 1, GENERAL_2013), aid(date(2017, 12, 31), 2, GENERAL_2013)
    result = check_euros(date(2020, 12, 31), 1, [first, before], GENERAL_2013)
    assert result.counted == (first,)
    assert result.edge == ()
    assert check(GENERAL_2013, date(2020, 3, 31), 1, [], tax_year_month=4).window_start == date(2017, 4, 1)
    assert check(GENERAL_2013, date(2020, 4, 1), 1, [], tax_year_month=4).window_start == date(2018, 4, 1)


def test_each_regime_counts_its_own() -> None:
    prior = [aid(ON, 1, GENERAL), aid(ON, 10, SGEI), aid(ON, 100, AidRegime.OUTSIDE_STATE_AID)]
    assert check_euros(ON, 1, prior, GENERAL).used_cents == 1_00
    assert check_euros(ON, 1, prior, SGEI).used_cents == 11_00
    on = date(2021, 6, 1)
    covid = check_euros(on, 1, [aid(date(2020, 3, 19), 5, COVID), aid(on, 7, GENERAL_2013)], COVID)
    assert covid.used_cents == 5_00
    assert reasons(covid) == [Ignored.OTHER_REGIME]


def test_general_aid_also_stays_within_the_cap_with_aid_for_services_of_general_interest() -> None:
    """700,000 EUR of it leave 50,000 EUR, though the general cap alone would leave 300,000."""
    result = check_euros(ON, 50_001, [aid(ON, 700_000, SGEI)])
    assert not result.passes
    assert (result.cap_cents, result.headroom_cents) == (750_000_00, 50_000_00)


def test_the_edge_is_judged_against_the_cap_it_breaks() -> None:
    result = check_euros(ON, 40_000, [aid(ON, 600_000, SGEI), aid(date(2022, 6, 15), 120_000, SGEI)])
    assert result.passes
    assert result.edge_matters
    with translation.override("en"):
        assert "the cap of €750,000.00 would be passed" in result.warning()


def test_the_same_aid_known_from_two_sources_counts_once() -> None:
    twice = [aid(ON, 10, reference="A-1"), aid(ON, 10, reference="A-1"), aid(ON, 10), aid(ON, 10)]
    result = check_euros(ON, 1, twice)
    assert result.used_cents == 30_00
    assert reasons(result) == [Ignored.COUNTED_ONCE]


def test_regimes_without_a_counter() -> None:
    assert not has_counter(AidRegime.OUTSIDE_STATE_AID)
    assert not has_counter(AidRegime.OTHER)
    assert {regime for regime in AidRegime if has_counter(regime)} == set(COUNTERS)


def test_the_verdict_in_words() -> None:
    with translation.override("en"):
        passed = check_euros(ON, 100, [aid(ON, 299_900)])
        assert passed.sentence() == (
            "de minimis, Regulation (EU) 2023/2831: €299,900.00 granted since 06/15/2022; €100.00 more stays within"
            " the cap of €300,000.00."
        )
        assert (passed.remedy(), passed.warning()) == ("", "")
        over = check_euros(ON, 101, [aid(ON, 299_900)])
        assert over.sentence().endswith("by €1.00, and none of it can be granted.")
        assert over.remedy() == "An amount of at most €100.00 would pass."
        early = check_euros(date(2020, 5, 5), 1)
        assert early.sentence() == "de minimis, Regulation (EU) 2023/2831: not in force on 05/05/2020."
        assert early.remedy() == "The charter must name the regulation that applies on 05/05/2020."
        edge = check_euros(ON, 200_000, [aid(date(2022, 6, 15), 100_001)])
        assert edge.warning() == (
            "€100,001.00 was granted on 06/15/2022, the very day the period counted starts from. It isn't counted here;"
            " if it were, the cap of €300,000.00 would be passed."
        )


@given(
    st.sampled_from(sorted(COUNTERS)),
    st.dates(date(2014, 1, 1), date(2031, 12, 31)),
    st.integers(0, 300_000_000),
    st.lists(prior_aids, max_size=5),
    prior_aids,
)
def test_more_earlier_aid_never_helps(
    regime: AidRegime, on: date, cents: int, prior: list[PriorAid], more: PriorAid
) -> None:
    before, after = check(regime, on, cents, prior), check(regime, on, cents, [*prior, more])
    assert after.headroom_cents <= before.headroom_cents
    assert before.passes or not after.passes
    assert len(after.counted) + len(after.ignored) == len(prior) + 1
