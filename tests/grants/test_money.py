"""Cents stay whole: every rounding has its rule, and an amount reads as its reader writes money."""

from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.money import Cents, euros, grouped, net_of_gross, percent, share_of, split, vat_on_net

AMOUNTS = st.integers(0, 10**12)
RATES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("language", "cents", "shown"),
    [
        ("fr", 123_450, "1\u202f234,50\u00a0€"),
        ("fr", -5, "-0,05\u00a0€"),
        ("en", 123_450, "€1,234.50"),
        ("en", -100_000_000, "-€1,000,000.00"),
    ],
)
def test_an_amount_reads_as_money(language: str, cents: int, shown: str) -> None:
    with translation.override(language):
        assert str(Cents(cents)) == euros(cents) == shown


@pytest.mark.parametrize(
    ("language", "basis_points", "shown"),
    [("fr", 2740, "27,4\u00a0%"), ("fr", -50, "-0,5\u00a0%"), ("en", 3000, "30%"), ("en", 1, "0.01%")],
)
def test_basis_points_read_as_a_percentage(language: str, basis_points: int, shown: str) -> None:
    with translation.override(language):
        assert percent(basis_points) == shown


def test_without_a_language_amounts_are_french() -> None:
    with translation.override(None):
        assert euros(100) == "1,00\u00a0€"
        assert percent(100) == "1\u00a0%"


@given(AMOUNTS, RATES)
def test_a_share_is_rounded_down(cents: int, basis_points: int) -> None:
    exact = Fraction(cents * basis_points, 10_000)
    assert 0 <= exact - share_of(cents, basis_points) < 1


@given(AMOUNTS, RATES)
def test_vat_and_net_are_rounded_half_up(cents: int, rate_bp: int) -> None:
    half = Fraction(1, 2)
    assert -half < vat_on_net(cents, rate_bp) - Fraction(cents * rate_bp, 10_000) <= half
    assert -half < net_of_gross(cents, rate_bp) - Fraction(cents * 10_000, 10_000 + rate_bp) <= half


@given(AMOUNTS, RATES)
def test_the_net_part_of_a_gross_amount_is_the_net_it_came_from(net_cents: int, rate_bp: int) -> None:
    assert net_of_gross(net_cents + vat_on_net(net_cents, rate_bp), rate_bp) == net_cents


@given(AMOUNTS, RATES, st.booleans())
def test_a_split_amount_is_its_parts_and_keeps_what_was_counted(cents: int, rate_bp: int, is_gross: bool) -> None:
    net, vat, gross = split(cents, rate_bp, is_gross=is_gross)
    assert (net + vat, cents) == (gross, gross if is_gross else net)
    # The gross amount stands; rounding its net part leaves at most a cent to the VAT.
    assert abs(vat - vat_on_net(net, rate_bp)) <= is_gross
    assert rate_bp or vat == 0


def test_a_whole_number_is_grouped_as_the_language_does() -> None:
    for language, shown in (("fr", "1\u202f234\u202f567"), ("en", "1,234,567")):
        with translation.override(language):
            assert (grouped(1_234_567), grouped(999)) == (shown, "999")
