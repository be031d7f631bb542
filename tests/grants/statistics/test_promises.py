"""The landlord's commitments: kept, due, overdue; carried over by an amendment that repeats them."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from grants import statistics
from grants.actions.charters import draft_charter
from grants.actions.commitments import keep_commitment
from grants.actions.version_rules import Promise
from grants.enums import FundAction
from grants.models import Commitment
from tests.factories import OPENED_ON, World, charter_terms, fund_action, key, open_fund

pytestmark = pytest.mark.django_db

FROZEN = Promise("Aucune révision des loyers", OPENED_ON + timedelta(days=10))
CALM = Promise("Aucune pénalité de retard")


def amended(world: World, *promises: Promise) -> None:
    """A new version in force, with these commitments."""
    charter = draft_charter(
        fund=world.fund,
        commitments=promises,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
        **charter_terms(signed_on=OPENED_ON),
    )
    fund_action(world, FundAction.AMEND, charter=charter)


def told(world: World, after: int) -> list[tuple[str, str]]:
    found = statistics.promises([world.fund.pk], OPENED_ON + timedelta(days=after))
    return [(one.commitment.text, one.sentence()) for one in found]


def test_they_are_told_in_words_and_by_date() -> None:
    world = open_fund()
    amended(world, CALM, FROZEN)
    assert told(world, 10) == [
        ("Aucune révision des loyers", "À tenir au plus tard le 15/05/2020"),
        ("Aucune pénalité de retard", "Pas encore tenue\u00a0; la charte ne fixe pas de date"),
    ]
    assert told(world, 11)[0][1] == "En retard de 1 jour"
    assert told(world, 12)[0][1] == "En retard de 2 jours"
    assert told(world, 10 + 365)[0][1] == "En retard de 365 jours"
    assert told(world, 10 + 366)[0][1] == "En retard depuis le 15/05/2020"
    keep_commitment(
        commitment=Commitment.objects.get(text=FROZEN.text, charter=world.charter),
        kept_on=OPENED_ON,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    assert told(world, 12) == [
        ("Aucune révision des loyers", "Tenue le 05/05/2020"),
        ("Aucune pénalité de retard", "Pas encore tenue\u00a0; la charte ne fixe pas de date"),
    ]


def test_an_amendment_that_repeats_a_kept_one_does_not_ask_again() -> None:
    world = open_fund()
    amended(world, CALM, FROZEN)
    kept = Commitment.objects.get(text=FROZEN.text, charter=world.charter)
    keep_commitment(commitment=kept, kept_on=OPENED_ON, by=world.landlord_manager, key=key(), on=OPENED_ON)
    amended(world, FROZEN, Promise("Nouvelle mesure", date(2020, 12, 31)))
    assert told(world, 30) == [
        ("Aucune révision des loyers", "Tenue le 05/05/2020"),
        ("Nouvelle mesure", "À tenir au plus tard le 31/12/2020"),
    ]


def test_in_a_closed_fund_no_days_are_counted() -> None:
    world = open_fund()
    amended(world, FROZEN)
    assert told(world, 12) == [("Aucune révision des loyers", "En retard de 2 jours")]
    for action in (FundAction.SUSPEND, FundAction.CLOSE):
        fund_action(world, action)
    assert told(world, 12) == [("Aucune révision des loyers", "En retard depuis le 15/05/2020")]


def test_a_version_that_is_not_confirmed_promises_nothing() -> None:
    world = open_fund()
    terms = charter_terms(signed_on=OPENED_ON)
    draft_charter(fund=world.fund, commitments=[CALM], by=world.landlord_manager, key=key(), on=OPENED_ON, **terms)
    assert told(world, 0) == []


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_for_however_many_funds(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    worlds = [open_fund() for _n in range(count)]
    for world in worlds:
        amended(world, CALM)
    with django_assert_num_queries(1):
        found = statistics.promises([world.fund.pk for world in worlds], OPENED_ON)
        assert [one.commitment.charter.fund.code for one in found] == [world.fund.code for world in worlds]
