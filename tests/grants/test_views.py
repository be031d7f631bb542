"""The reading pages: who sees what, in French, with a fixed number of queries."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from fundadmin.models import User
from grants.enums import State
from grants.models import Application
from tests.accounts import PASSWORD, log_in, prove
from tests.factories import ROLES, World, open_fund, user
from tests.grants import walk

pytestmark = pytest.mark.django_db

OVERSEERS_ONLY = {"grants:mails", "grants:register"}
"""tests/grants/test_privacy_views.py"""

PAGES: dict[str, Callable[[World, Application], str]] = {
    "grants:home": lambda _world, _file: reverse("grants:home"),
    "grants:fund": lambda world, _file: reverse("grants:fund", args=[world.fund.code]),
    "grants:application": lambda _world, file: reverse("grants:application", args=[file.uuid]),
    "grants:document": lambda world, _file: reverse("grants:document", args=[world.fund.documents.earliest("pk").uuid]),
    "grants:mails": lambda world, _file: reverse("grants:mails", args=[world.fund.code]),
    "grants:register": lambda _world, _file: reverse("grants:register"),
    "grants:mail_preference": lambda _world, _file: reverse("grants:mail_preference"),
}


def reader(person: User) -> Client:
    return log_in(Client(), person)


@pytest.mark.parametrize("page", PAGES)
def test_nobody_reads_without_logging_in(page: str) -> None:
    world = open_fund()
    address = PAGES[page](world, walk.walk_to(world, State.SUBMITTED))
    assert Client().get(address).headers["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("page", sorted(set(PAGES) - OVERSEERS_ONLY))
@pytest.mark.parametrize("role", ROLES)
def test_everybody_with_a_role_reads_the_own_fund(role: str, page: str) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    assert reader(world.people[role]).get(PAGES[page](world, file)).status_code == 200


@pytest.mark.parametrize("page", ["grants:fund", "grants:application", "grants:document", "grants:mails"])
def test_a_strangers_fund_and_file_are_not_there(page: str) -> None:
    world, other = open_fund(), open_fund()
    address = PAGES[page](world, walk.walk_to(world, State.SUBMITTED))
    assert reader(other.landlord_manager).get(address).status_code == 404
    assert reader(user()).get(address).status_code == 404


def test_the_home_page_shows_the_own_funds_only() -> None:
    world, other = open_fund(), open_fund()
    page = reader(world.payer).get(reverse("grants:home")).content.decode()
    assert world.fund.code in page
    assert other.fund.code not in page


def test_who_has_no_fund_is_told_what_to_do() -> None:
    page = reader(user()).get(reverse("grants:home")).content.decode()
    assert "gestionnaire" in page


def test_a_role_that_ended_shows_nothing() -> None:
    world = open_fund()
    member = world.member("payer")
    type(member).objects.filter(pk=member.pk).update(ends_on=member.starts_on)
    assert reader(world.payer).get(reverse("grants:fund", args=[world.fund.code])).status_code == 404


def test_a_draft_is_the_chambers_own() -> None:
    world = open_fund()
    draft = walk.draft(world)
    fund_page, page = reverse("grants:fund", args=[world.fund.code]), reverse("grants:application", args=[draft.uuid])
    assert draft.reference in reader(world.assessor).get(fund_page).content.decode()
    assert reader(world.assessor).get(page).status_code == 200
    assert draft.reference not in reader(world.approver).get(fund_page).content.decode()
    assert reader(world.approver).get(page).status_code == 404


def test_a_file_tells_its_months_and_its_history_in_french() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    page = reader(world.auditor).get(reverse("grants:application", args=[file.uuid])).content.decode()
    assert '<html lang="fr">' in page
    assert "Imputé" in page
    assert "03/2020" in page
    assert "AV-2020-001" in page
    assert "500,00\u00a0€" in page
    assert page.count("<li><time") == file.timeline.count()


def test_a_fund_tells_its_position_and_its_last_movements() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    page = reader(world.auditor).get(reverse("grants:fund", args=[world.fund.code])).content.decode()
    assert "38\u202f500,00\u00a0€" in page
    assert "1\u202f500,00\u00a0€" in page
    assert re.search(r"<code>[0-9a-f]{64}</code>", page)
    assert file.reference in page


def test_logging_in_leads_home_and_a_wrong_password_is_told() -> None:
    person = user("Une personne", password=PASSWORD)
    prove(person)
    client = Client()
    page = client.post(reverse("account_login"), {"login": person.email, "password": "autre"})
    assert 'role="alert"' in page.content.decode()
    page = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert page.headers["Location"] == reverse("grants:home")
    assert client.post(reverse("account_logout")).headers["Location"] == reverse("account_login")
