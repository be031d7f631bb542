"""What holds on a real server with several processes: limits count together, codes open once, the log stays."""

from functools import partial

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from fundadmin.models import SignIn
from tests.accounts import PASSWORD, code_of, enrol, prove
from tests.factories import user
from tests.grants.parallel import at_once, done

ATTEMPTS = 8


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_time_are_all_counted() -> None:
    """Each thread has a connection of its own, as each worker process has."""
    person = user(password=PASSWORD)
    prove(person)
    sent = {"login": person.email, "password": "autre"}
    at_once([lambda: Client().post(reverse("account_login"), sent) for _n in range(ATTEMPTS)])
    assert SignIn.objects.filter(outcome="failure").count() <= 5
    assert SignIn.objects.count() == ATTEMPTS
    page = Client().post(reverse("account_login"), sent | {"password": PASSWORD}).content.decode()
    assert "Trop de tentatives" in page


@pytest.mark.django_db(transaction=True)
def test_a_code_used_at_the_same_time_opens_once() -> None:
    person = user(password=PASSWORD)
    enrol(person)
    clients = [Client() for _n in range(4)]
    for client in clients:
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    code = code_of(person)

    def enter(client: Client) -> str:
        client.post(reverse("mfa_authenticate"), {"code": code})
        return str(client.get(reverse("grants:home")).status_code)

    assert sorted(done(at_once([partial(enter, client) for client in clients]))) == ["200", "302", "302", "302"]


@pytest.mark.django_db
class TestTheLog:
    def test_is_never_changed(self) -> None:
        SignIn.objects.create(outcome="failure", address="nul@exemple.invalid", method="password")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            SignIn.objects.update(outcome="success")

    def test_keeps_whom_it_is_about(self) -> None:
        person = user()
        SignIn.objects.create(outcome="success", user=person, method="password")
        with pytest.raises(ProtectedError):
            person.delete()

    def test_may_be_deleted_by_retention(self) -> None:
        SignIn.objects.create(outcome="failure", method="password")
        SignIn.objects.all().delete()
        assert not SignIn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_not_even_by_the_owner(owner_cursor: object) -> None:
    import psycopg

    SignIn.objects.create(outcome="failure", method="password")
    assert isinstance(owner_cursor, psycopg.Cursor)
    with pytest.raises(psycopg.errors.RaiseException):
        owner_cursor.execute("UPDATE fundadmin_signin SET outcome = 'success'")


@pytest.mark.django_db
def test_the_cache_is_a_table() -> None:
    assert cache.add("essai", 1, timeout=60)
    assert not cache.add("essai", 2, timeout=60)
    assert cache.get("essai") == 1
