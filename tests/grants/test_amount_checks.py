"""Amounts typed in the wrong unit are named; right ones, and odd ones, are left alone."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.amount_checks import Due, unit_warnings
from grants.enums import CapsBasis

MONTH = Due(net_cents=1_000_00, gross_cents=1_200_00)
NET, GROSS = CapsBasis.NET, CapsBasis.GROSS


def codes(asked_cents: int, basis: CapsBasis = NET, due: Due = MONTH, rate_bp: int = 10_000) -> list[str]:
    return [warning.code for warning in unit_warnings(asked_cents, due, basis, rate_bp=rate_bp)]


@pytest.mark.parametrize(
    ("asked_cents", "basis", "expected"),
    [
        (1_000_00, NET, []),
        (995_00, NET, []),
        (1_005_00, NET, []),
        (1_005_01, NET, []),
        (612_34, NET, []),
        (12_000_00, NET, ["year_for_month"]),
        (3_000_00, NET, ["quarter_for_month"]),
        (333_33, NET, ["month_divided_by_3"]),
        (83_33, NET, ["month_divided_by_12"]),
        (1_200_00, NET, ["gross_for_net"]),
        (1_206_00, NET, ["gross_for_net"]),
        (1_206_01, NET, []),
        (14_400_00, NET, ["year_for_month", "gross_for_net"]),
        (3_600_00, NET, ["quarter_for_month", "gross_for_net"]),
        (1_200_00, GROSS, []),
        (1_000_00, GROSS, ["net_for_gross"]),
        (14_400_00, GROSS, ["year_for_month"]),
        (12_000_00, GROSS, ["year_for_month", "net_for_gross"]),
    ],
)
def test_known_mistakes_are_named(asked_cents: int, basis: CapsBasis, expected: list[str]) -> None:
    assert codes(asked_cents, basis) == expected


def test_the_calls_own_vat_rate_decides() -> None:
    reduced = Due(net_cents=1_000_00, gross_cents=1_055_00)
    assert codes(1_055_00, NET, reduced) == ["gross_for_net"]
    assert codes(1_200_00, NET, reduced) == []
    exempt = Due(net_cents=1_000_00, gross_cents=1_000_00)
    assert codes(1_200_00, NET, exempt) == []


def test_the_quarters_and_years_own_calls_are_used_where_known() -> None:
    quarter, year = Due(2_500_00, 3_000_00), Due(9_000_00, 10_800_00)
    found = unit_warnings(2_500_00, MONTH, NET, quarter_due=quarter, year_due=year)
    assert [warning.code for warning in found] == ["quarter_for_month"]
    found = unit_warnings(9_000_00, MONTH, NET, quarter_due=quarter, year_due=year)
    assert [warning.code for warning in found] == ["year_for_month"]
    assert unit_warnings(12_000_00, MONTH, NET, quarter_due=quarter, year_due=year) == []


def test_the_charters_share_of_the_rent_call_is_the_right_amount() -> None:
    assert codes(500_00, rate_bp=5000) == []
    assert codes(6_000_00, rate_bp=5000) == ["year_for_month"]
    (warning,) = unit_warnings(1_500_00, MONTH, NET, rate_bp=5000)
    assert warning.code == "quarter_for_month"
    assert warning.params["right"] == 500_00


def test_a_warning_names_the_right_amount_and_its_input() -> None:
    (warning,) = unit_warnings(12_000_00, MONTH, NET, pointer="lines/3/asked_cents")
    assert warning.pointer == "lines/3/asked_cents"
    with translation.override("en"):
        assert str(warning) == (
            "€12,000.00 looks like the amount of a whole year (12 times the month). For one month, €1,000.00 is"
            " expected."
        )


def test_nothing_is_said_where_nothing_is_due() -> None:
    assert codes(0, due=Due(0, 0)) == []
    assert codes(3, due=Due(0, 0)) == []


@given(st.integers(10_000, 10_000_000), st.integers(0, 2_000), st.sampled_from(CapsBasis))
def test_the_right_amount_is_never_warned_of(net_cents: int, vat_rate_bp: int, basis: CapsBasis) -> None:
    due = Due(net_cents, net_cents + net_cents * vat_rate_bp // 10_000)
    assert codes(due.in_basis(basis), basis, due) == []


@given(st.integers(10_000, 10_000_000), st.sampled_from([(12, "year_for_month"), (3, "quarter_for_month")]))
def test_a_year_and_a_quarter_are_always_named(net_cents: int, mistake: tuple[int, str]) -> None:
    factor, code = mistake
    due = Due(net_cents, net_cents * 6 // 5)
    assert codes(net_cents * factor, NET, due) == [code]
    assert codes(due.gross_cents * factor, GROSS, due) == [code]
