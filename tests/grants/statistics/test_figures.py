"""Who was helped: the figures are the ledger's, by trade and by place, as at any day."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from grants import ledger, statistics
from grants.enums import State
from grants.models import Application, Erasure
from grants.statistics.figures import Business, Delays, Figures, delays, median
from landlords.models import Lease, TenantBusiness
from tests import factories_landlords
from tests.factories import OPENED_ON, World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.statistics.unhurried import UNHURRIED

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)

BUSINESSES = st.lists(
    st.builds(
        Business,
        naf=st.sampled_from(["56.10A", "56.30Z", "96.02A", "47.11B", "99.00Z", ""]),
        headcount=st.none() | st.integers(0, 20),
        commune=st.sampled_from(["Beauvais", "Creil", "Noyon", ""]),
        epci=st.sampled_from(["CA du Beauvaisis", "CA Creil Sud Oise", ""]),
        granted_cents=st.integers(1, 10**7),
        credited_cents=st.just(0),
    ),
    max_size=30,
)


@UNHURRIED
@given(BUSINESSES)
def test_trades_and_places_add_up_to_the_totals(businesses: list[Business]) -> None:
    found = Figures(OPENED_ON, businesses, Delays(None, None, None, 0))
    epcis = [epci for epci, _communes in found.places()]
    communes = [row for _epci, rows in found.places() for row in rows]
    for groups in (found.trades(), found.communes(), epcis, communes):
        assert sum(row.businesses for row in groups) == found.helped
        assert sum(row.cents for row in groups) == found.granted_cents
        assert sum(row.jobs for row in groups) == found.jobs
    for epci, rows in found.places():
        assert sum(row.businesses for row in rows) == epci.businesses


@UNHURRIED
@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_as_many_are_below_the_median_as_above(values: list[int]) -> None:
    found = median(values)
    assert found is not None
    assert sum(value > found + 1 for value in values) <= len(values) // 2
    assert sum(value < found for value in values) <= len(values) // 2


def test_of_nobody_there_is_no_median() -> None:
    assert median([]) is None
    assert statistics.figures([open_fund().fund.pk], OPENED_ON).average_cents is None


def lease_in(world: World, commune: str, epci: str, naf: str, **values: Any) -> Lease:
    premises = factories_landlords.premises(landlord=world.landlord, commune=commune, epci=epci)
    tenant = factories_landlords.tenant(landlord=world.landlord, **{"naf_rev2": naf, "headcount": 3} | values)
    return tenant_with_lease(world, tenant=tenant, premises=premises)


def test_the_figures_are_the_ledgers_as_at_each_day() -> None:
    world = open_fund()
    restaurant = lease_in(world, "Creil", "CA Creil Sud Oise", "56.10A")
    walk.walk_to(world, State.CREDITED, lease=restaurant)
    second = OPENED_ON + A_DAY
    hairdresser = lease_in(world, "Beauvais", "", "96.02A")
    walk.walk_to(world, State.APPROVED, lease=hairdresser, on=second)
    TenantBusiness.objects.filter(pk=hairdresser.tenant_id).update(headcount=None)
    walk.walk_to(world, State.ELIGIBLE, lease=lease_in(world, "Noyon", "", "47.11B"), on=second)
    third = second + A_DAY
    reversed_file = walk.walk_to(world, State.CREDITED, lease=lease_in(world, "Noyon", "", "47.11B"), on=third)
    fourth = third + A_DAY
    walk.reverse(world, reversed_file, fourth)

    for day, helped in ((OPENED_ON, 1), (second, 2), (third, 3), (fourth, 2)):
        found, held = statistics.figures([world.fund.pk], day), ledger.position_as_at(world.fund.pk, day)
        assert found.helped == helped
        assert found.granted_cents == held.committed_cents + held.credited_cents
        assert found.credited_cents == held.credited_cents
    assert (found.average_cents, found.median_cents) == (1_500_00, 1_500_00)
    assert (found.jobs, found.headcount_unknown, found.epci_unknown) == (3, 1, 1)
    assert [(row.label, row.businesses, row.codes) for row in found.trades()] == [
        ("Restauration et débits de boissons", 1, ("56.10A",)),
        ("Services à la personne (coiffure, blanchisserie…)", 1, ("96.02A",)),
    ]
    assert [(epci.label, [row.label for row in rows]) for epci, rows in found.places()] == [
        ("EPCI non renseigné", ["Beauvais"]),
        ("CA Creil Sud Oise", ["Creil"]),
    ]


def test_one_undertaking_counts_once_where_most_of_its_relief_is() -> None:
    world = open_fund()
    first = lease_in(world, "Creil", "CA Creil Sud Oise", "56.10A")
    other = factories_landlords.premises(landlord=world.landlord, commune="Noyon")
    second = tenant_with_lease(world, tenant=first.tenant, premises=other, rent_cents=900_00)
    walk.walk_to(world, State.CREDITED, lease=first)
    walk.walk_to(world, State.CREDITED, lease=second)
    found = statistics.figures([world.fund.pk], OPENED_ON)
    assert (found.helped, found.granted_cents) == (1, 4_200_00)
    assert [row.label for row in found.communes()] == ["Noyon"]


def test_days_are_counted_from_the_last_filing() -> None:
    day = date(2020, 5, 5)
    rows = [
        (day, day + 3 * A_DAY, day + 5 * A_DAY, day + 9 * A_DAY),
        (day, day + 5 * A_DAY, None, None),
        # Reopened after its decision: that was about the filing before.
        (day, day - A_DAY, day - A_DAY, None),
    ]
    assert delays(rows) == Delays(4, 5, 9, 1)


def test_only_files_credited_to_the_end_have_a_delay() -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    file = walk.walk_to(world, State.APPROVED)
    walk.credit(world, file, OPENED_ON + 4 * A_DAY)
    assert statistics.figures([world.fund.pk], OPENED_ON + 9 * A_DAY).delays == Delays(0, 0, 4, 1)


def test_an_erased_file_counts_as_one_business() -> None:
    world = open_fund()
    files = [walk.walk_to(world, State.CREDITED) for _n in range(2)]
    nobody = factories_landlords.tenant(landlord=world.landlord, siret=None, naf_rev2="", headcount=None)
    for file in files:
        Erasure.objects.create(application=file, rule="credited", on=OPENED_ON)
        Application.objects.filter(pk=file.pk).update(tenant=nobody, siren="")
    found = statistics.figures([world.fund.pk], OPENED_ON)
    assert (found.helped, found.granted_cents, found.headcount_unknown) == (2, 3_000_00, 2)
    assert [row.label for row in found.trades()] == ["activité non renseignée"]


@pytest.mark.parametrize("count", [1, 3])
def test_two_queries_for_however_many_files_and_funds(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    worlds = [open_fund() for _n in range(count)]
    for world in worlds:
        walk.walk_to(world, State.CREDITED)
    with django_assert_num_queries(2):
        found = statistics.figures([world.fund.pk for world in worlds], OPENED_ON)
    assert found.helped == count


def test_a_trade_is_told_by_its_division() -> None:
    assert statistics.trade_label("99.00Z") == "division NAF 99"
    assert statistics.trade_label("") == "activité non renseignée"
