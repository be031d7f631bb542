"""Who could have applied, as far as the rent roll tells, and who never did."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from grants import statistics
from grants.eligibility import CriterionSpec
from grants.enums import State
from grants.models import Erasure
from tests import factories_landlords
from tests.factories import OPENED_ON, World, open_fund, prepared_fund, tenant_with_lease
from tests.grants import walk

pytestmark = pytest.mark.django_db

SMALL_FIRMS = CriterionSpec("headcount", {"op": "<=", "n": 5})
ARREARS = CriterionSpec("arrears_before", {"before": "2020-03-01"})
TURNOVER = CriterionSpec(
    "turnover_loss",
    {"months": ["2020-04"], "reference": "same_month_last_year", "op": ">", "threshold_bp": 3000},
)


def roll_of(*worlds: World, on: date = OPENED_ON) -> statistics.Roll:
    return statistics.roll([world.fund for world in worlds], on)


def lease_of(world: World, *, running: Any = None, **tenant: Any) -> Any:
    found = factories_landlords.tenant(landlord=world.landlord, **tenant)
    return tenant_with_lease(world, tenant=found, **(running or {}))


def names(found: statistics.Roll) -> list[str]:
    return [one.legal_name for one in found.to_call()]


def test_nobody_is_ruled_out_by_what_only_the_tenant_can_declare() -> None:
    world = open_fund(criteria=[TURNOVER, SMALL_FIRMS])
    lease_of(world, legal_name="Petite", headcount=5)
    lease_of(world, legal_name="Grande", headcount=6)
    lease_of(world, legal_name="Inconnue", headcount=None)
    found = roll_of(world)
    assert (found.tenants, found.ruled_out, found.eligible, found.never_applied) == (3, 1, 2, 2)
    assert names(found) == ["Inconnue", "Petite"]


def test_arrears_rule_nobody_out_since_the_list_would_tell_them() -> None:
    world = open_fund(criteria=[ARREARS])
    owing = {"arrears_cents": 900_00, "arrears_on": date(2020, 2, 29)}
    lease_of(world, legal_name="Endettée", running=owing)
    assert names(roll_of(world)) == ["Endettée"]


def test_only_leases_of_the_charters_months_count() -> None:
    world = open_fund()
    lease_of(world, legal_name="Partie", running={"ends_on": date(2020, 2, 29)})
    lease_of(world, legal_name="Partie en mars", running={"ends_on": date(2020, 3, 1)})
    lease_of(world, legal_name="Venue en août", running={"starts_on": date(2020, 8, 31)})
    lease_of(world, legal_name="Venue après", running={"starts_on": date(2020, 9, 1)})
    factories_landlords.tenant(landlord=world.landlord, legal_name="Sans bail")
    lease_of(open_fund(), legal_name="D'un autre bailleur")
    assert names(roll_of(world)) == ["Partie en mars", "Venue en août"]


def test_who_filed_is_not_called_and_a_draft_is_no_application() -> None:
    world = open_fund()
    filed = lease_of(world, legal_name="Déposée", naf_rev2="96.02A")
    drafted = lease_of(world, legal_name="Brouillon", naf_rev2="47.11B")
    lease_of(world, legal_name="Zoé coiffure", naf_rev2="96.02A")
    walk.walk_to(world, State.SUBMITTED, lease=filed)
    walk.draft(world, lease=drafted)
    found = roll_of(world)
    assert (found.eligible, found.filed, found.never_applied) == (3, 1, 2)
    # The trade in which somebody applied comes first.
    assert names(found) == ["Zoé coiffure", "Brouillon"]
    assert found.close == 1


def test_a_trade_in_which_all_were_turned_down_is_no_hint() -> None:
    world = open_fund()
    walk.walk_to(world, State.REJECTED, lease=lease_of(world, naf_rev2="96.02A"))
    lease_of(world, naf_rev2="96.02A")
    assert roll_of(world).close == 0


def test_who_filed_counts_though_a_criterion_is_refused() -> None:
    world = open_fund(criteria=[SMALL_FIRMS])
    walk.walk_to(world, State.SUBMITTED, lease=lease_of(world, headcount=50))
    found = roll_of(world)
    assert (found.eligible, found.filed, found.ruled_out) == (1, 1, 0)


def test_after_the_deadline_it_is_who_could_on_its_last_day() -> None:
    world = open_fund(criteria=[CriterionSpec("lease_covers", {})])
    lease_of(world, legal_name="Congé donné depuis", running={"notice_given_on": date(2022, 1, 1)})
    assert names(roll_of(world, on=date(2026, 1, 1))) == ["Congé donné depuis"]
    lease_of(world, legal_name="Congé donné avant", running={"notice_given_on": date(2020, 5, 1)})
    assert names(roll_of(world, on=date(2026, 1, 1))) == ["Congé donné depuis"]


def test_two_funds_of_a_landlord_count_a_tenant_once() -> None:
    world = open_fund()
    sibling = open_fund(landlord=world.landlord, criteria=[SMALL_FIRMS])
    lease = lease_of(world, headcount=50)
    lease_of(world)
    walk.walk_to(world, State.SUBMITTED, lease=lease)
    found = roll_of(world, sibling)
    assert (found.tenants, found.eligible, found.filed, found.never_applied) == (2, 2, 1, 1)
    assert roll_of(sibling, world).filed == 1


def test_the_nobody_of_erased_files_is_no_tenant() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.REJECTED)
    Erasure.objects.create(application=file, rule="refused", on=OPENED_ON)
    assert roll_of(world).tenants == 0


def test_a_fund_without_a_charter_in_force_has_nobody() -> None:
    world = prepared_fund()
    tenant_with_lease(world)
    assert roll_of(world).tenants == 0


@pytest.mark.parametrize("count", [1, 3])
def test_four_queries_for_however_many_tenants(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    worlds = [open_fund(criteria=[SMALL_FIRMS]) for _n in range(count)]
    for world in worlds:
        for _n in range(count):
            lease_of(world)
    with django_assert_num_queries(4):
        assert len(roll_of(*worlds, on=OPENED_ON + timedelta(days=1)).to_call()) == count * count
