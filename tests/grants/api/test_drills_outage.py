"""PostgreSQL is stopped and started again while programs write: clean 503s, nothing lost, nothing twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import psycopg
import pytest
from django.conf import settings

from fundadmin.embedded_postgres import APP_ROLE, DATABASE, OWNER_ROLE, PROJECT, SUPERUSER, Server, throw_away
from tests.grants.api.program import CUT, Program
from tests.grants.api.stream import Stream, Task
from tests.server import production, running_server

CLIENTS, RESTARTS = 6, 2


@dataclass(frozen=True)
class Away:
    """A cluster that may be stopped while other tests run, and what is in it."""

    server: Server
    environment: Mapping[str, str]
    made: Mapping[str, Any]

    def tasks(self) -> list[Task]:
        return [Task(file["id"], file["version"], file["line"]) for file in self.made["files"]]

    def count(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.url(SUPERUSER, DATABASE)) as session:
            return session.execute(query).fetchall()


def run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=production(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def away() -> Iterator[Away]:
    with throw_away() as server:
        environment = {
            "DJANGO_SETTINGS_MODULE": "fundadmin.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": str(settings.SECRET_KEY),
            "DATABASE_URL": server.url(APP_ROLE, DATABASE),
            "DATABASE_OWNER_URL": server.url(OWNER_ROLE, DATABASE),
        }
        yield Away(server, environment, json.loads(run(environment, "-m", "tests.grants.api.drill_world")))


@pytest.mark.slow
def test_postgresql_is_restarted_while_programs_write(away: Away) -> None:
    tasks = away.tasks()
    with running_server(away.environment, API_REQUESTS_PER_MINUTE="100000") as site:
        stream = Stream(Program(site, away.made["approver"]), Program(site, away.made["payer"]))
        with ThreadPoolExecutor(CLIENTS) as threads:
            clients = [threads.submit(stream.take, tasks[n::CLIENTS]) for n in range(CLIENTS)]
            for restart in range(1, RESTARTS + 1):
                stream.wait_for(restart * len(tasks) // 2)
                away.server.stop()
                wait_for_an_outage(stream)
                away.server.ensure_running()
            for client in clients:
                client.result()
        log = site.log.read_text()

    seen = stream.seen()
    assert set(seen) <= {"200", "409", "503"}, "neither a broken connection nor a 500"
    assert seen["503"] >= RESTARTS
    assert seen[CUT] == 0
    assert stream.unclean() == []
    assert "Traceback" not in log
    check(away, stream, len(tasks))


def wait_for_an_outage(stream: Stream) -> None:
    """Until somebody has been told so since the database went."""
    before = stream.seen()["503"]
    for _ in range(3000):
        if stream.seen()["503"] > before:
            return
        Event().wait(0.01)
    raise AssertionError(f"nobody noticed: {stream.seen()}")


def check(away: Away, stream: Stream, files: int) -> None:
    told = {key: json.loads(answer.body)["event"] for key, answer in stream.answers.items()}
    events = away.count("SELECT key, uuid::text FROM grants_event WHERE action IN ('approve', 'credit')")
    assert (dict(events), len(events)) == (told, 2 * files)
    rows = away.count(
        "SELECT kind, count(*), count(DISTINCT relief_line_id) FROM grants_ledgerentry GROUP BY kind ORDER BY kind"
    )
    assert rows == [("commit", files, files), ("credit", files, files), ("endow", 1, 0), ("reserve", files, files)]
    assert away.count("SELECT DISTINCT state FROM grants_application") == [("credited",)]
    assert "aucune anomalie" in run(away.environment, "manage.py", "verify_ledger")
