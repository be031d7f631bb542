"""What the browser is told to keep of pages, and to forget when a session ends."""

import time

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fundadmin.accounts.sessions import SEEN
from tests.accounts import log_in
from tests.factories import open_fund, user

pytestmark = pytest.mark.django_db
FORGET = '"cache"'


@pytest.fixture
def client() -> Client:
    return log_in(Client(), open_fund().payer)


def kept(answer: HttpResponse) -> set[str]:
    return set(answer.headers.get("Cache-Control", "").split(", "))


def test_a_page_of_somebody_logged_in_is_asked_for_anew(client: Client) -> None:
    for name in ("grants:home", "grants:applications", "grants:profile", "grants:help"):
        answer = client.get(reverse(name))
        assert {"no-store", "private"} <= kept(answer), name
        assert "Clear-Site-Data" not in answer.headers


def test_what_anybody_may_read_is_nobodys() -> None:
    answer = Client().get(reverse("grants:help"))
    assert "no-store" not in kept(answer)
    assert "Clear-Site-Data" not in answer.headers


def test_the_answer_to_a_form_may_be_kept_by_that_browser(client: Client) -> None:
    answer = client.post(reverse("account_set_password"), {"password1": "x", "password2": "y"})
    assert answer.status_code == 200
    assert kept(answer) == {"private", "max-age=0"}


def test_logging_out_forgets_what_was_kept(client: Client) -> None:
    assert client.post(reverse("account_logout")).headers["Clear-Site-Data"] == FORGET


def test_so_does_a_session_that_ends_by_itself(client: Client, settings: LazySettings) -> None:
    session = client.session
    session[SEEN] = int(time.time()) - settings.SESSION_IDLE_MINUTES * 60 - 1
    session.save()
    answer = client.get(reverse("grants:applications"))
    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == FORGET


def test_so_does_an_account_that_was_disabled() -> None:
    person = user()
    client = log_in(Client(), person)
    person.is_active = False
    person.save()
    assert client.get(reverse("grants:home")).headers["Clear-Site-Data"] == FORGET


def test_a_tenant_who_sent_the_papers_leaves_nothing_behind() -> None:
    assert Client().get(reverse("grants:upload_thanks")).headers["Clear-Site-Data"] == FORGET
