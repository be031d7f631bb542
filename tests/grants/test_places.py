"""A fund's navigation: the same entries in the same order on each of its pages, and where one is."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from fundadmin.models import User
from grants.templatetags.places import PLACES
from tests.accounts import log_in
from tests.factories import World, open_fund
from tests.grants.page_text import parsed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return open_fund()


def navigation(world: World, who: User, name: str) -> list[tuple[str, str | None]]:
    """The entries of a page, each with what is said of the current one."""
    page: Any = parsed(log_in(Client(), who).get(reverse(f"grants:{name}", args=[world.fund.code])))
    (nav,) = [each for each in page.iter("nav") if each.get("class") == "fund-nav"]
    return [("".join(link.itertext()).strip(), link.get("aria-current")) for link in nav.iter("a")]


def test_every_name_is_an_address() -> None:
    known = set(get_resolver("grants.urls").reverse_dict)
    assert {place.name for place in PLACES} | {name for place in PLACES for name in place.behind} <= known


@pytest.mark.parametrize(
    ("name", "current", "said"),
    [
        ("fund", "Situation", "page"),
        ("ledger", "Journal", "page"),
        ("commitments", "Charte", "true"),
        ("public_page", "Réglages", "true"),
        ("letterhead", "Courriers", "true"),
    ],
)
def test_one_entry_is_where_one_is(world: World, name: str, current: str, said: str) -> None:
    found = navigation(world, world.landlord_manager, name)
    assert [(label, value) for label, value in found if value] == [(current, said)]


def test_the_landlords_own_is_named_to_who_reads_it(world: World) -> None:
    landlords, chambers = (navigation(world, who, "fund") for who in (world.payer, world.advisor))
    assert [label for label, _ in landlords if label not in [label for label, _ in chambers]] == ["Rapprochement"]
    assert [entry for entry in landlords if entry[0] != "Rapprochement"] == chambers
