"""The database goes away: clean 503s, and everything recovers by itself."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Self

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse
from psycopg import errors

from fundadmin.embedded_postgres import APP_ROLE, DATABASE, OWNER_ROLE, PROJECT, Server, throw_away
from fundadmin.outages import DatabaseOutage
from fundadmin.urls import urlpatterns as real_urlpatterns
from tests import factories
from tests.accounts import prove
from tests.server import LIMIT_SECONDS, Answer, Site, production, running_server

CLIENTS = 4


def failing(error: type[Exception]) -> Callable[[HttpRequest], HttpResponse]:
    def view(_request: HttpRequest) -> HttpResponse:
        raise error("with details")

    return view


urlpatterns = [
    path("away/", failing(OperationalError)),
    path("lost/", failing(InterfaceError)),
    path("api/v1/away/", failing(OperationalError)),
    path("other/", failing(ValueError)),
    *real_urlpatterns,
]


@pytest.fixture
def visitor() -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


@pytest.mark.parametrize("address", ["/away/", "/lost/"])
def test_a_page_says_in_the_readers_language_to_come_back(visitor: Client, address: str) -> None:
    visitor.raise_request_exception = True  # it is an answer, not an unhandled error
    french = visitor.get(address)
    assert french.status_code == 503
    assert french["Retry-After"] == "5"
    assert "no-store" in french["Cache-Control"]
    assert "Le service est momentanément indisponible" in french.text
    assert "with details" not in french.text
    english = visitor.get(address, headers={"Accept-Language": "en"})
    assert "The service is unavailable for a moment" in english.text


def test_the_api_answers_with_a_problem(visitor: Client) -> None:
    answer = visitor.get("/api/v1/away/", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "5"
    assert json.loads(answer.content) == {
        "type": "urn:fundadmin:problem:database-away",
        "title": "The service is unavailable for a moment",
        "status": 503,
        "detail": "The database doesn't answer. Please try again shortly, and check first what was done already.",
        "errors": [],
    }


@pytest.mark.parametrize("cause", [errors.DeadlockDetected(), errors.SerializationFailure()])
def test_what_the_database_gave_up_says_that_nothing_was_changed(cause: Exception) -> None:
    request = RequestFactory().get("/", headers={"Accept-Language": "en"})
    error = OperationalError()
    error.__cause__ = cause
    answer = DatabaseOutage(lambda _request: HttpResponse()).process_exception(request, error)
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert "Nothing was changed" in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_real_conflict_of_two_transactions(connect_as_app: Callable[..., psycopg.Connection]) -> None:
    person = factories.user()
    change = "UPDATE fundadmin_user SET full_name = 'somebody' WHERE id = %s"

    def view(_request: HttpRequest) -> HttpResponse:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1")
            with connect_as_app(autocommit=True) as other:
                other.execute(change, [person.pk])
            cursor.execute(change, [person.pk])
        return HttpResponse()

    request = RequestFactory().get("/api/v1/x/", headers={"Accept-Language": "en"})
    with pytest.raises(OperationalError) as caught:
        view(request)
    answer = DatabaseOutage(view).process_exception(request, caught.value)
    assert answer is not None
    assert json.loads(answer.content)["type"] == "urn:fundadmin:problem:conflict-retry"
    assert person.full_name != "somebody"


def test_another_error_is_no_outage(visitor: Client) -> None:
    assert visitor.get("/other/").status_code == 500


@pytest.mark.django_db
def test_a_session_that_cannot_be_saved_is_an_outage_too(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is saved by a middleware, after the view."""
    person = factories.user(password="correct horse battery")
    save = SessionStore.save

    def save_without_database(self: SessionStore, must_create: bool = False) -> None:  # noqa: FBT002 - Django's
        save(self, must_create)
        if not must_create:
            raise OperationalError

    monkeypatch.setattr(SessionStore, "save", save_without_database)
    prove(person)
    answer = visitor.post(reverse("account_login"), {"login": person.email, "password": "correct horse battery"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@dataclass(frozen=True)
class Drill:
    server: Server
    environment: dict[str, str]
    cookie: str
    fund: str

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=production(self.environment),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    """A cluster of its own, so that it may be stopped while other tests run."""
    with throw_away() as server:
        environment = {
            "DJANGO_SETTINGS_MODULE": "fundadmin.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": str(settings.SECRET_KEY),
            "DATABASE_URL": server.url(APP_ROLE, DATABASE),
            "DATABASE_OWNER_URL": server.url(OWNER_ROLE, DATABASE),
        }
        made = subprocess.run(
            [sys.executable, "-m", "tests.fundadmin.outage_world"],
            cwd=PROJECT,
            env=production(environment),
            capture_output=True,
            text=True,
            check=True,
        )
        world = json.loads(made.stdout)
        yield Drill(server, environment, f"sessionid={world['session']}", world["fund"])


class Load:
    """Clients that read a fund's page again and again, until told to stop."""

    def __init__(self, site: Site, drill: Drill) -> None:
        self.answers: list[Answer] = []
        self.over = Event()
        self._site, self._drill = site, drill

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(CLIENTS)
        self._clients = [self._threads.submit(self._read) for _ in range(CLIENTS)]
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self._threads.shutdown()
        for client in self._clients:
            client.result()

    def _read(self) -> None:
        while not self.over.is_set():
            self.answers.append(self._site.get(f"/fonds/{self._drill.fund}/", Cookie=self._drill.cookie))

    def until(self, status: int, count: int) -> None:
        """Wait for so many more answers with this status."""
        wanted = Counter(answer.status for answer in self.answers)[status] + count
        deadline = time.monotonic() + LIMIT_SECONDS
        while Counter(answer.status for answer in list(self.answers))[status] < wanted:
            assert time.monotonic() < deadline, Counter(answer.status for answer in list(self.answers))
            time.sleep(0.01)


@pytest.mark.slow
def test_postgresql_is_restarted_under_load(drill: Drill) -> None:
    with running_server(drill.environment) as site:
        with Load(site, drill) as load:
            load.until(200, 20)
            for _ in range(2):
                drill.server.stop()
                load.until(503, 20)
                assert site.get("/healthz").status == 200
                started = time.monotonic()
                away = site.get("/readyz")
                assert time.monotonic() - started < 5  # it doesn't hang
                assert (away.status, json.loads(away.body)["checks"]["database"]) == (503, "away")
                drill.server.ensure_running()
                load.until(200, 20)
        statuses = Counter(answer.status for answer in load.answers)
        assert set(statuses) == {200, 503}
        for answer in load.answers:
            if answer.status == 503:
                assert answer.headers["retry-after"] == "5"
                assert "momentanément indisponible" in answer.text
        assert [site.get("/", Cookie=drill.cookie).status for _ in range(20)] == [200] * 20
        log = site.log.read_text()
        assert "unhandled error" not in log
        assert "Traceback" not in log
    assert f"{drill.fund}\N{NO-BREAK SPACE}: aucune anomalie" in drill.manage("verify_ledger")


@pytest.mark.slow
def test_a_worker_makes_it_ready_and_its_absence_is_told(drill: Drill) -> None:
    with running_server(drill.environment) as site:
        missing = site.get("/readyz")
        assert (missing.status, json.loads(missing.body)["checks"]["worker"]) == (503, "not seen")
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker"],
            cwd=PROJECT,
            env=production(drill.environment),
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + LIMIT_SECONDS
            while site.get("/readyz").status != 200:
                assert time.monotonic() < deadline, site.get("/readyz").text
                time.sleep(0.05)
        finally:
            worker.terminate()
            worker.wait()
