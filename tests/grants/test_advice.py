"""Warnings before filing: an amount in another unit, premises relieved for another tenant."""

from datetime import date
from typing import Any

import pytest

from grants.advice import filing_advice
from grants.enums import State
from grants.exceptions import Breach
from landlords.enums import VatRegime
from tests import factories_landlords
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants import walk

pytestmark = pytest.mark.django_db

YEAR = [date(2020, month, 1) for month in range(1, 13)]
APRIL = date(2020, 4, 1)


def advice_on(world: World, asked_cents: int, **lease: Any) -> list[Breach]:
    """The advice on a draft that asks `asked_cents` for April of a lease at 600 EUR a month."""
    rented = tenant_with_lease(world, rent_cents=600_00, **{"months": YEAR} | lease)
    april = [ask for ask in walk.asks_of(rented, asked_cents=asked_cents) if ask.month == APRIL]
    return filing_advice(walk.draft(world, lease=rented, lines=april))


@pytest.mark.parametrize(
    ("asked_cents", "codes"),
    [
        (600_00, []),
        (450_00, []),
        (7_200_00, ["year_for_month"]),
        (1_800_00, ["quarter_for_month"]),
        (50_00, ["month_divided_by_12"]),
        (200_00, ["month_divided_by_3"]),
    ],
)
def test_the_likely_slip_is_named(asked_cents: int, codes: list[str]) -> None:
    assert [breach.code for breach in advice_on(open_fund(), asked_cents)] == codes


def test_a_gross_amount_where_the_charter_counts_net() -> None:
    world = open_fund()
    lease = tenant_with_lease(world, months=[], vat_regime=VatRegime.RECEIPTS)
    factories_landlords.rent_call(
        lease=lease, month=APRIL, net_cents=600_00, vat_rate_bp=2000, vat_cents=120_00, regime=VatRegime.RECEIPTS
    )
    draft = walk.draft(world, lease=lease, lines=walk.asks_of(lease, asked_cents=720_00))
    [warning] = filing_advice(draft)
    assert (warning.code, warning.pointer) == ("gross_for_net", "lines/0/asked_cents")


def test_a_year_that_is_not_all_called_is_guessed_from_the_month() -> None:
    assert [breach.code for breach in advice_on(open_fund(), 7_200_00, months=[APRIL])] == ["year_for_month"]


def test_a_month_without_a_rent_call_is_left_to_the_charters_rules() -> None:
    world = open_fund()
    lease = tenant_with_lease(world, months=[APRIL])
    lines = walk.asks_of(lease, month=date(2020, 5, 1))
    assert filing_advice(walk.draft(world, lease=lease, lines=lines)) == []


def test_premises_relieved_under_another_lease() -> None:
    world = open_fund()
    first = tenant_with_lease(world, months=[APRIL])
    filed = walk.walk_to(world, State.SUBMITTED, lease=first)
    second = tenant_with_lease(world, months=[APRIL], premises=first.premises)
    draft = walk.draft(world, lease=second)
    [warning] = filing_advice(draft)
    assert warning.code == "premises_relieved"
    assert filed.reference in str(warning)
    # It is a warning only, and the event keeps it for the assessor.
    assert walk.outcome(walk.submit(world, draft)).data["advice"] == ["premises_relieved"]


def test_a_draft_without_lines_needs_no_advice() -> None:
    world = open_fund()
    assert filing_advice(walk.draft(world, lines=[])) == []
