"""What a load balancer and a monitor are told."""

import json
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.health import WORKER_SEEN_WITHIN, known_migrations, unapplied
from grants.models import Fund, LedgerCheck
from tests import factories

READY_QUERIES = 4
"""The table of migrations, those applied, the worker's last sign, the last verifications, in one query each."""


def sign(age: timedelta) -> None:
    """A worker's sign of life."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - age])


def test_alive_without_asking_the_database() -> None:
    """pytest-django fails a test without `db` that connects."""
    answer = Client().get("/healthz")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]
    assert Client().post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_with_a_database_its_migrations_and_a_worker(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    sign(timedelta())
    Client().get("/readyz")
    with django_assert_num_queries(READY_QUERIES):
        answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(answer.content) == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok"},
        "last_verification": None,
    }


@pytest.mark.django_db
def test_the_last_verification_is_told_and_decides_nothing() -> None:
    """The oldest of the funds' last ones: a fund that was left out for weeks shows."""
    sign(timedelta())
    world, other = factories.open_fund(), factories.open_fund()
    for fund, hours, faults in ((world.fund, 30, 2), (world.fund, 3, 0), (other.fund, 5, 0)):
        check(fund, hours, faults)
    told = json.loads(Client().get("/readyz").content)["last_verification"]
    assert told["result"] == "clean"
    assert timedelta(hours=5) <= timedelta(seconds=told["age_seconds"]) < timedelta(hours=5, minutes=1)

    check(other.fund, 0, 1)
    answer = Client().get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["last_verification"]["result"]) == (200, "faults")


def check(fund: Fund, hours_ago: int, faults: int) -> None:
    LedgerCheck.objects.create(
        fund=fund,
        at=timezone.now() - timedelta(hours=hours_ago),
        faults=faults,
        last_number=1,
        last_digest="0" * 64,
        details_kept=0,
        details_erased=0,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("age", [WORKER_SEEN_WITHIN, timedelta(days=1)])
def test_not_ready_without_a_worker(age: timedelta) -> None:
    sign(age)
    answer = Client().get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["checks"]["worker"]) == (503, "not seen")


@pytest.mark.django_db(transaction=True)
def test_not_ready_before_the_last_migration(owner_cursor: psycopg.Cursor) -> None:
    sign(timedelta())
    last = max(name for app, name in known_migrations() if app == "grants")
    owner_cursor.execute("DELETE FROM django_migrations WHERE app = 'grants' AND name = %s", [last])
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert json.loads(answer.content)["checks"] == {"database": "ok", "migrations": "unapplied", "worker": "unknown"}


def test_a_squashed_migration_is_there_when_what_it_replaces_is(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, squashed = ("app", "0001"), ("app", "0002"), ("app", "0001_squashed")
    known = {first: frozenset[tuple[str, str]](), second: frozenset(), squashed: frozenset({first, second})}
    monkeypatch.setattr("fundadmin.health.known_migrations", lambda: known)
    assert unapplied({first, second}) == set()
    assert unapplied({squashed}) == set()
    assert unapplied({first}) == {second, squashed}
    # A newer version's migration is no obstacle to this one.
    assert unapplied({first, second, ("app", "0003")}) == set()
