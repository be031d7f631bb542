"""A person's own page: name, language, sessions, roles and delegations."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fundadmin.models import SignIn, User
from grants.actions.profile import save_profile
from grants.exceptions import BadInput
from grants.models import FundMember
from tests.accounts import log_in
from tests.factories import open_fund, user

pytestmark = pytest.mark.django_db
PROFILE = "/profil/"


def page(client: Client) -> str:
    return " ".join(client.get(PROFILE).content.decode().split())


def save(client: Client, **sent: Any) -> Any:
    return client.post(PROFILE, {"full_name": "Nouveau Nom", "language": ""} | sent)


def test_shows_roles_delegations_and_how_one_comes_in() -> None:
    world = open_fund()
    FundMember.objects.filter(user=world.approver).update(limit_cents=5_000_00)
    client = log_in(Client(), world.approver)
    shown = page(client)
    assert "décideur habilité (bailleur)" in shown
    assert "délégation 2020-01 (inventée)" in shown
    assert "5 000,00" in shown
    assert "activé" in shown
    assert world.approver.email in shown


def test_nobody_without_a_role_is_lost() -> None:
    client = Client()
    client.force_login(user())
    shown = page(client)
    assert "aucun rôle dans un fonds" in shown
    assert "non activé" in shown


def test_last_sign_ins_are_shown_to_their_person_only() -> None:
    one, other = user(), user()
    SignIn.objects.create(user=other, outcome=SignIn.Outcome.FAILURE, network="192.0.2.0", method="password")
    client = Client()
    client.force_login(one)
    assert "192.0.2.0" not in page(client)


def test_a_name_is_kept_tidied() -> None:
    person = user()
    client = Client()
    client.force_login(person)
    assert save(client, full_name="  Zoé   Martin ").status_code == 302
    assert User.objects.get(pk=person.pk).full_name == "Zoé Martin"
    assert "Votre profil est enregistré" in page(client)


@pytest.mark.parametrize("name", ["", "   ", "x" * 151, "A\u202eB", "A\u0000B"])
def test_a_name_that_is_none(name: str) -> None:
    person = user("Avant")
    client = Client()
    client.force_login(person)
    answer = save(client, full_name=name)
    assert answer.status_code == 422
    assert 'href="#id_full_name"' in answer.content.decode()
    assert User.objects.get(pk=person.pk).full_name == "Avant"


def test_whatever_a_page_would_not_send_is_refused_too() -> None:
    person = user("Avant")
    with pytest.raises(BadInput) as refused:
        save_profile(full_name="x" * 151, language="de", by=person)
    assert {breach.pointer for breach in refused.value.breaches} == {"full_name", "language"}


def test_nobody_takes_a_colleagues_name() -> None:
    world, other = open_fund(), open_fund()
    client = log_in(Client(), world.payer)
    answer = save(client, full_name=world.approver.full_name.upper())
    assert answer.status_code == 422
    assert "Un collègue de l" in answer.content.decode()
    # A stranger's may be one's own too.
    other.approver.full_name = "Camille Durand"
    other.approver.save()
    assert save(client, full_name="Camille Durand").status_code == 302


def test_pages_speak_the_language_chosen_whatever_the_browser_says() -> None:
    world = open_fund()
    client = log_in(Client(headers={"Accept-Language": "fr"}), world.payer)
    assert 'lang="fr"' in page(client)
    save(client, language="en", full_name="Pay Er")
    assert 'lang="en"' in page(client)
    assert "My roles and delegations" in page(client)
    answer = client.get(PROFILE)
    assert answer.headers["Content-Language"] == "en"
    save(client, language="", full_name="Pay Er")
    assert 'lang="fr"' in page(client)
    assert save(client, language="de").status_code == 422


def test_one_persons_language_is_not_anothers() -> None:
    world = open_fund()
    User.objects.filter(pk=world.payer.pk).update(language="en")
    assert 'lang="en"' in page(log_in(Client(), world.payer))
    assert 'lang="fr"' in page(log_in(Client(), world.approver))
    assert 'lang="fr"' in Client().get(reverse("account_login")).content.decode()


def test_logging_out_elsewhere_leaves_this_session_and_ends_the_others() -> None:
    world = open_fund()
    here, there = log_in(Client(), world.payer), log_in(Client(), world.payer)
    assert here.post(reverse("grants:log_out_elsewhere")).status_code == 302
    assert here.get(PROFILE).status_code == 200
    assert there.get(PROFILE).status_code == 302
