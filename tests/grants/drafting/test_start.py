"""Where an application begins: finding the tenant, opening a draft, taking one up again."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from grants.actions import filing
from grants.enums import FundAction, State
from grants.models import Application
from tests import factories_landlords
from tests.accounts import log_in
from tests.factories import World, fund_action, key, tenant_with_lease
from tests.grants import walk
from tests.grants.drafting.desk import new_draft, open_desk, text_of

pytestmark = pytest.mark.django_db


def address(world: World) -> str:
    return reverse("grants:file", args=[world.fund.code])


def found(world: World, q: str) -> str:
    page = log_in(Client(), world.advisor).get(address(world), {"q": q})
    assert page.status_code == 200
    return text_of(page.content.decode())


def test_a_tenant_is_found_by_what_people_type() -> None:
    world = open_desk()
    place = factories_landlords.premises(landlord=world.landlord, reference="LOC-77", commune="Crépy-en-Valois")
    tenant = factories_landlords.tenant(
        landlord=world.landlord, legal_name="Crêperie du Beffroi", siret=factories_landlords.valid_siret(1_234_567)
    )
    tenant_with_lease(world, tenant=tenant, premises=place, reference="BAIL-2019-12")
    siret = str(tenant.siret)
    spaced = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    for typed in ("creperie", "BEFFROI crep", siret, spaced, siret[:9], "loc-77", "bail-2019-12", "crepy en valois"):
        assert "Crêperie du Beffroi" in found(world, typed), typed
    assert "Aucune entreprise de ce bailleur" in found(world, "boulangerie")


def test_another_landlords_tenant_is_not_there() -> None:
    world, other = open_desk(), open_desk()
    tenant = tenant_with_lease(other).tenant
    assert tenant.legal_name not in found(world, tenant.legal_name).replace(f"« {tenant.legal_name} »", "")
    answer = log_in(Client(), world.advisor).post(address(world), {"tenant": tenant.uuid, "key": key()})
    assert answer.status_code == 404


def test_a_draft_is_opened_once_however_often_the_button_is_pressed() -> None:
    world = open_desk()
    tenant = tenant_with_lease(world).tenant
    client, sent = log_in(Client(), world.advisor), {"tenant": tenant.uuid, "key": key()}
    first, second = (client.post(address(world), sent) for _press in range(2))
    draft = Application.objects.get(tenant=tenant)
    assert first["Location"] == second["Location"] == reverse("grants:edit_draft", args=[draft.uuid])
    assert draft.advisor == world.advisor


def test_a_tenant_with_a_living_file_is_shown_with_it() -> None:
    world = open_desk(criteria=())
    lease = tenant_with_lease(world)
    file = walk.walk_to(world, State.SUBMITTED, lease=lease)
    draft = new_draft(world, lease)
    over = tenant_with_lease(world)
    closed = walk.walk_to(world, State.REJECTED, lease=over)
    page = log_in(Client(), world.advisor).get(address(world), {"q": lease.tenant.legal_name}).content.decode()
    assert "a déjà un dossier dans ce fonds" in text_of(page)
    assert reverse("grants:application", args=[file.uuid]) in page
    assert reverse("grants:edit_draft", args=[draft.uuid]) in page
    assert "Ouvrir un autre dossier" in text_of(page)
    assert closed.reference not in found(world, over.tenant.legal_name)


def test_drafts_are_taken_up_again_by_their_advisor_only() -> None:
    world = open_desk()
    draft = new_draft(world)
    assert draft.reference in found(world, "")
    other = log_in(Client(), world.advisor2).get(address(world)).content.decode()
    assert "Aucun brouillon en attente" in text_of(other)


def test_who_may_not_file_is_told_who_may() -> None:
    world = open_desk()
    answer = log_in(Client(), world.assessor).get(address(world))
    assert answer.status_code == 403
    assert "réservé à : conseiller CMA" in text_of(answer.content.decode())


def test_a_refusal_and_a_form_without_key_open_nothing() -> None:
    world = open_desk()
    tenant = tenant_with_lease(world).tenant
    client = log_in(Client(), world.advisor)
    assert client.post(address(world), {"tenant": tenant.uuid}).status_code == 422
    assert client.post(address(world), {"tenant": "x", "key": key()}).status_code == 404
    fund_action(world, FundAction.CLOSE, on=None)
    answer = client.post(address(world), {"tenant": tenant.uuid, "key": key()})
    assert answer.status_code == 422
    assert "cette étape n'est pas possible" in text_of(answer.content.decode())
    assert not Application.objects.filter(tenant=tenant).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_asks_the_database_as_often_for_three_as_for_one(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_desk()
    for n in range(count):
        tenant = factories_landlords.tenant(landlord=world.landlord, legal_name=f"Salon inventé {n}")
        lease = tenant_with_lease(world, tenant=tenant)
        filing.create(fund=world.fund, tenant=lease.tenant, by=world.advisor, key=key())
    client = log_in(Client(), world.advisor)
    client.get(address(world))
    with django_assert_num_queries(10):
        page = client.get(address(world), {"q": "salon"})
    assert len(page.context["found"]) == count


def test_more_than_a_page_is_said_to_be_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grants.views.filing.FOUND_LIMIT", 1)
    world = open_desk()
    for _n in range(2):
        tenant_with_lease(world)
    assert "ajoutez un mot à la recherche" in found(world, "entreprise")
