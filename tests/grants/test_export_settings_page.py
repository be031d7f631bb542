"""The page of the export settings: who changes them, what it says of the accounts, that nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.models import ExportSettings
from grants.views.export_settings import books_of
from tests.accounts import log_in
from tests.factories import World, open_fund, prepared_fund
from tests.grants.page_text import text_of
from tests.grants.walk import amend

pytestmark = pytest.mark.django_db
QUERIES = 10
SENT = {
    "fec_mode": "import",
    "journal_code": "SOL",
    "journal_label": "Fonds de solidarité",
    "scdl_siret": "",
    "scdl_minimum": "1 000,50 €",
    "scdl_nature": "in_cash",
    "scdl_legal_duty": "",
    "key": "une-fois",
}


def address(world: World) -> str:
    return reverse("grants:export_settings", args=[world.fund.code])


def opened(client: Client, world: World, user: User) -> Any:
    log_in(client, user)
    return client.get(address(world))


def test_the_landlords_manager_changes_them_once(client: Client) -> None:
    world = open_fund()
    assert "Enregistrer les réglages" in text_of(opened(client, world, world.landlord_manager))
    for _ in range(2):
        answer = client.post(address(world), SENT, follow=True)
        assert answer.redirect_chain == [(address(world), 302)]
    said = text_of(answer)
    assert "Les réglages des exports sont modifiés" in said
    assert "usage du fichier, code du journal, libellé du journal" in said
    settings = ExportSettings.objects.get()
    assert (settings.journal_code, settings.scdl_minimum_cents, settings.scdl_nature) == ("SOL", 1_000_50, "in_cash")
    assert 'value="1000,50"' in client.get(address(world)).content.decode()


def test_others_read_them_and_are_told_whose_they_are(client: Client) -> None:
    world = open_fund()
    assert "gestionnaire du fonds (bailleur)" in text_of(opened(client, world, world.auditor)).lower()
    answer = client.post(address(world), SENT)
    assert answer.status_code == 422
    assert not ExportSettings.objects.exists()


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(client: Client) -> None:
    world = open_fund()
    opened(client, world, world.landlord_manager)
    answer = client.post(address(world), SENT | {"journal_code": "é", "scdl_on": "on", "scdl_minimum": "-5"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"scdl_minimum"}
    answer = client.post(address(world), SENT | {"journal_code": "é", "scdl_on": "on"})
    assert set(answer.context["form"].errors) == {"journal_code", "scdl_siret"}
    assert 'value="é"' in answer.content.decode()


def test_the_accounts_are_said_to_be_assumed_until_the_charter_names_them(client: Client) -> None:
    world = open_fund()
    said = text_of(opened(client, world, world.payer))
    assert "une hypothèse à faire confirmer par votre comptable" in said
    assert "Abandon de créance 658 Charges diverses de gestion courante" in said
    assert "Franchise de loyer Aucune écriture" in said
    by_component = [{"account": "7091", "component": "rent"}, {"account": "7092", "component": "charges"}]
    amend(world, accounts={"relief": by_component})
    said = text_of(client.get(address(world)))
    assert "Nommés par la version 2 de la charte" in said
    assert "Avoir 7091 Rabais, remises et ristournes accordés Avoir 7092" in said


def test_a_fund_in_preparation_has_no_accounts_yet() -> None:
    assert books_of(prepared_fund().fund) is None


def test_as_many_queries_however_many_changes(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    opened(client, world, world.landlord_manager)
    for changes in (1, 2):
        for n in range(changes):
            client.post(address(world), SENT | {"journal_code": f"S{changes}{n}", "key": f"k{changes}{n}"})
        with django_assert_num_queries(QUERIES):
            client.get(address(world))
