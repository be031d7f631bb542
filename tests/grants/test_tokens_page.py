"""The page where people make tokens for their programs."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions.tokens import make_token
from grants.enums import Role
from grants.models import ApiToken
from tests.accounts import log_in
from tests.factories import World, open_fund

pytestmark = pytest.mark.django_db


def logged_in(person: User) -> Client:
    client = Client()
    log_in(client, person)
    return client


def made(world: World, person: User, name: str = "ERP") -> ApiToken:
    return make_token(fund=world.fund, roles=[Role.PAYER], name=name, days=30, by=person)[0]


def test_a_token_is_made_and_shown_once() -> None:
    world = open_fund()
    client = logged_in(world.payer)
    given = {"fund": world.fund.code, "roles": ["payer"], "name": "Notre ERP", "days": "30"}

    answer = client.post(reverse("grants:tokens"), given)

    (secret,) = re.findall(r"<code>(fundadmin_[\w-]+)</code>", answer.content.decode())
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    token = ApiToken.objects.get()
    assert (token.user, token.fund, token.roles, token.name) == (world.payer, world.fund, ["payer"], "Notre ERP")
    assert secret not in client.get(reverse("grants:tokens")).content.decode()
    by_token = Client(headers={"Authorization": f"Bearer {secret}"})
    assert by_token.get(f"/api/v1/funds/{world.fund.code}/").status_code == 200


def test_all_that_is_wrong_is_said_at_once() -> None:
    world = open_fund()
    for days in ("0", "367", "-1", "x", "9" * 50, "²"):
        answer = logged_in(world.payer).post(
            reverse("grants:tokens"), {"fund": world.fund.code, "name": " ", "days": days}
        )
        assert answer.status_code == 422
        told = answer.content.decode().split('role="alert"')[1].split("</div>")[0]
        assert told.count("<li>") == 3
    assert not ApiToken.objects.exists()


def test_only_roles_that_are_held_are_given() -> None:
    world = open_fund()
    given = {"fund": world.fund.code, "roles": ["payer", "approver"], "name": "ERP", "days": "30"}
    answer = logged_in(world.payer).post(reverse("grants:tokens"), given)
    assert answer.status_code == 422
    assert "comptable" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_another_landlords_fund_is_not_there() -> None:
    world, other = open_fund(), open_fund()
    given = {"fund": other.fund.code, "roles": ["payer"], "name": "ERP", "days": "30"}
    assert logged_in(world.payer).post(reverse("grants:tokens"), given).status_code == 404


def test_a_token_is_revoked_by_its_own_person_only() -> None:
    world = open_fund()
    token = made(world, world.payer)
    address = reverse("grants:revoke-token", args=[token.uuid])
    assert logged_in(world.approver).post(address).status_code == 404
    client = logged_in(world.payer)
    assert client.get(address).status_code == 405
    assert client.post(address).headers["Location"] == reverse("grants:tokens")
    revoked_at = ApiToken.objects.get().revoked_at
    assert revoked_at
    client.post(address)
    assert ApiToken.objects.get().revoked_at == revoked_at
    assert "révoqué" in client.get(reverse("grants:tokens")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_a_fixed_number_of_queries(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_fund()
    for n in range(count):
        made(world, world.payer, f"ERP {n}")
    client = logged_in(world.payer)
    with django_assert_num_queries(6):
        client.get(reverse("grants:tokens"))


def test_a_person_without_a_role_is_told_so() -> None:
    page = logged_in(open_fund().admin).get(reverse("grants:tokens")).content.decode()
    assert "jeton" in page
    assert "<form" not in page.split("<main")[1]
