"""Each error page says something true, in the reader's language, in the look of the site; the API gets a problem."""

import json
import types
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import TooManyFieldsSent
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import DjangoAssertNumQueries

from fundadmin import urls
from tests.accounts import log_in
from tests.factories import user


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret")


def senseless(_request: HttpRequest) -> HttpResponse:
    raise TooManyFieldsSent


@pytest.fixture
def client(settings: LazySettings) -> Client:
    """The site with an address that breaks and one that can't be read."""
    module: Any = types.ModuleType("tests.fundadmin.broken_urls")
    module.__dict__.update(vars(urls))
    module.urlpatterns = [
        *(path(f"{prefix}casse/", broken) for prefix in ("", "api/")),
        path("illisible/", senseless),
        *urls.urlpatterns,
    ]
    settings.ROOT_URLCONF = module
    return Client(raise_request_exception=False)


def test_our_own_mistake_is_said_without_asking_anybody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """No database, no session: the reason may be one of them. The reference leads to the line of the log."""
    assert connection  # a test without the mark can't use it at all
    answer = client.get("/casse/", headers={"X-Request-ID": "reference-1234"})
    page = answer.content.decode()
    assert answer.status_code == 500
    assert '<html lang="fr">' in page
    assert "reference-1234" in page
    assert "notre erreur" in page
    assert "secret" not in page
    assert "fundadmin.css" in page
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_is_said_in_english_too(client: Client) -> None:
    page = client.get("/casse/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="en">' in page
    assert "our mistake" in page


def test_a_program_gets_a_problem(client: Client) -> None:
    answer = client.get("/api/casse/")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert (told["type"], told["status"]) == ("urn:fundadmin:problem:server-error", 500)


def test_what_can_not_be_read(client: Client) -> None:
    answer = client.get("/illisible/")
    assert answer.status_code == 400
    assert "été modifié" in answer.content.decode()


@pytest.mark.django_db
def test_nothing_here_for_strangers_and_for_people() -> None:
    page = Client().get("/nulle-part/")
    assert page.status_code == 404
    assert "Se connecter" in page.content.decode()
    assert "gestionnaire" in log_in(Client(), user()).get("/nulle-part/").content.decode()


@pytest.mark.django_db
def test_not_yours_to_do() -> None:
    answer = log_in(Client(), user()).get("/admin/login/")
    assert answer.status_code == 403
    assert "été modifié" in answer.content.decode()


def test_a_form_without_cookies_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/connexion/", {"login": "x"})
    assert answer.status_code == 403
    assert "témoins" in answer.content.decode()
