"""Sessions: a new key at log-in, an end after a time, after a new password and with the account."""

import time

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import SignIn, User
from tests.accounts import PASSWORD, prove
from tests.factories import user

pytestmark = pytest.mark.django_db
HOME = "/"


@pytest.fixture
def person() -> User:
    found = user(password=PASSWORD)
    prove(found)
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the sessions' clock is ahead."""
    ahead = [0.0]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    return ahead


def begin(person: User, client: Client | None = None) -> Client:
    client = client or Client()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def test_logging_in_gives_a_new_key(person: User) -> None:
    """A session that somebody else began, and knows the key of, is not the one that is logged in."""
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = planted = str(session.session_key)
    begin(person, client)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_in(thief)
    assert not Session.objects.filter(pk=planted).exists()


def test_logging_out_ends_it_for_every_copy(person: User) -> None:
    client = begin(person)
    copy = Client()
    copy.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_in(copy)
    client.post(reverse("account_logout"))
    assert not is_in(copy)


def test_a_link_does_not_log_out(person: User) -> None:
    client = begin(person)
    assert "Se déconnecter" in client.get(reverse("account_logout")).content.decode()
    assert is_in(client)


@pytest.mark.parametrize(("steps", "because"), [([61 * 60], "idle"), ([51 * 60 * n for n in range(1, 13)], "too_old")])
def test_it_ends_by_itself(person: User, clock: list[float], steps: list[int], because: str) -> None:
    client = begin(person)
    for ahead in steps[:-1]:
        clock[0] = ahead
        assert is_in(client)
    clock[0] = steps[-1]
    page = client.get(HOME, follow=True)
    assert "Reconnectez-vous" in page.content.decode()
    assert SignIn.objects.latest("pk").method == because
    assert not is_in(client)


def test_its_times_are_settings(person: User, clock: list[float], settings: LazySettings) -> None:
    settings.SESSION_IDLE_MINUTES = 5
    client = begin(person)
    clock[0] = 290
    assert is_in(client)
    clock[0] = 290 + 301
    assert not is_in(client)


def test_a_request_writes_at_most_once_a_minute(
    person: User, clock: list[float], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = begin(person)
    is_in(client)
    with django_assert_num_queries(7):  # session, person, funds, roles, tasks, messages
        assert is_in(client)
    clock[0] = 61
    with django_assert_num_queries(10):  # and the session written, in a savepoint
        assert is_in(client)


def test_a_new_password_ends_the_others_and_not_this_one(person: User) -> None:
    here, elsewhere = begin(person), begin(person)
    sent = {"oldpassword": PASSWORD, "password1": "Un-autre-mot-de-passe-2", "password2": "Un-autre-mot-de-passe-2"}
    assert here.post(reverse("account_change_password"), sent).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)


def test_the_rule_and_the_current_password_bind_there_too(person: User) -> None:
    client = begin(person)
    sent = {"oldpassword": "faux", "password1": "faible", "password2": "faible"}
    page = client.post(reverse("account_change_password"), sent).content.decode()
    assert "pas votre mot de passe actuel" in page
    assert "trop faible" in page


def test_disabling_the_account_ends_it_for_good(person: User) -> None:
    """Enabling the account again doesn't bring the session back."""
    visited, unvisited = begin(person), begin(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_in(visited)
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert not is_in(visited)
    assert not is_in(unvisited)
    assert is_in(begin(person))
