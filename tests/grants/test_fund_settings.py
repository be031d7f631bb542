"""The landlord's billing cut-off day, said by its manager on the fund's settings page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions.billing import set_billing_cutoff
from grants.enums import FundStep
from grants.exceptions import BadInput, NotAllowed, RuleRefused
from grants.models import Event, ReadLog
from landlords.models import Landlord
from tests.accounts import log_in
from tests.factories import World, key, open_fund
from tests.grants.page_text import links, text_of

pytestmark = pytest.mark.django_db


def client_of(person: User) -> Client:
    return log_in(Client(), person)


def address(world: World) -> str:
    return reverse("grants:fund_settings", args=[world.fund.code])


def day_of(world: World) -> int | None:
    return Landlord.objects.values_list("billing_cutoff_day", flat=True).get(pk=world.landlord.pk)


def send(world: World, day: str, by: User | None = None, **more: str) -> Any:
    sent = {"day": day, "key": key()} | more
    return client_of(by or world.landlord_manager).post(address(world), sent, follow=True)


def test_the_landlords_manager_names_the_day_and_takes_it_away() -> None:
    world = open_fund()
    assert "Aucun jour n'est indiqué" in text_of(client_of(world.landlord_manager).get(address(world)))
    same = key()
    said = [text_of(send(world, "20", key=same)) for _twice in range(2)]
    assert day_of(world) == 20
    assert "Le 20 du mois" in said[-1]
    assert Event.objects.filter(action=FundStep.BILLING_CUTOFF).count() == 1
    said.append(text_of(send(world, "")))
    assert day_of(world) is None
    assert said[-1].index("20 → aucun jour") < said[-1].index("aucun jour → 20")
    assert str(world.landlord_manager) in said[-1]


@pytest.mark.parametrize(("day", "sentence"), [("29", "28"), ("0", "1"), ("demain", "entier")])
def test_another_day_is_refused_in_words(day: str, sentence: str) -> None:
    world = open_fund()
    answer = send(world, day)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert f'value="{day}"' in answer.content.decode()
    assert day_of(world) is None


def test_the_same_day_again_changes_nothing() -> None:
    world = open_fund()
    send(world, "20")
    answer = send(world, "20")
    assert answer.status_code == 422
    assert "déjà" in text_of(answer)


def test_others_read_it_and_the_button_says_what_the_action_would() -> None:
    world = open_fund()
    page = text_of(client_of(world.payer).get(address(world)))
    assert "gestionnaire du fonds" in page
    answer = send(world, "20", by=world.payer)
    assert answer.status_code == 422
    with pytest.raises(NotAllowed) as refusal:
        set_billing_cutoff(fund=world.fund, day=20, by=world.chamber_manager, key=key())
    assert " ".join(str(refusal.value).replace("\u2019", "'").split()) in page
    assert day_of(world) is None


@pytest.mark.parametrize("day", [0, 29, True, "20"])
def test_the_action_takes_a_day_of_every_month(day: Any) -> None:
    world = open_fund()
    with pytest.raises(BadInput) as refusal:
        set_billing_cutoff(fund=world.fund, day=day, by=world.landlord_manager, key=key())
    assert [breach.pointer for breach in refusal.value.breaches] == ["day"]


def test_the_action_says_that_nothing_would_change() -> None:
    world = open_fund()
    with pytest.raises(RuleRefused):
        set_billing_cutoff(fund=world.fund, day=None, by=world.landlord_manager, key=key())


def test_it_leads_to_what_is_the_readers_and_an_auditors_read_is_logged() -> None:
    world = open_fund()
    leads = {name: links(client_of(world.people[name]).get(address(world))) for name in ("landlord_manager", "auditor")}
    kept = reverse("grants:retention", args=[world.fund.code])
    roll = reverse("grants:rent_roll", args=[world.fund.code])
    assert {kept, roll} <= set(leads["landlord_manager"])
    assert not {kept, roll} & set(leads["auditor"])
    assert ReadLog.objects.filter(user=world.auditor, filter_text="settings").count() == 1


@pytest.mark.parametrize("changes", [1, 3])
def test_the_page_asks_as_much_for_one_change_as_for_three(
    changes: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    for day in range(1, changes + 1):
        set_billing_cutoff(fund=world.fund, day=day, by=world.landlord_manager, key=key())
    client = client_of(world.landlord_manager)
    client.get(address(world))
    with django_assert_num_queries(8):
        client.get(address(world))
