"""The switch MAINTENANCE: every page is a 503 that says so and asks no database; health checks answer as ever."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from fundadmin.environment import switch_or_time


def test_every_page_is_closed(settings: LazySettings) -> None:
    settings.MAINTENANCE = True
    answer = Client().get("/dossiers/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "600"
    assert "fermé pour maintenance" in answer.content.decode()


def test_it_says_until_when(settings: LazySettings) -> None:
    settings.MAINTENANCE, settings.MAINTENANCE_UNTIL = True, timezone.now() + timedelta(hours=2)
    answer = Client().get("/", headers={"Accept-Language": "en"})
    assert 7100 <= int(answer.headers["Retry-After"]) <= 7200
    assert "We expect to be back on" in answer.content.decode()


def test_a_time_that_is_over_promises_nothing(settings: LazySettings) -> None:
    settings.MAINTENANCE, settings.MAINTENANCE_UNTIL = True, timezone.now() - timedelta(hours=2)
    answer = Client().get("/", headers={"Accept-Language": "en"})
    assert answer.headers["Retry-After"] == "600"
    assert "We expect" not in answer.content.decode()


def test_a_program_gets_a_problem(settings: LazySettings) -> None:
    settings.MAINTENANCE = True
    answer = Client().get("/api/v1/funds/")
    assert answer.status_code == 503
    assert json.loads(answer.content)["type"] == "urn:fundadmin:problem:maintenance"


def test_health_checks_answer(settings: LazySettings) -> None:
    settings.MAINTENANCE = True
    assert Client().get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", (False, None)),
        ("false", (False, None)),
        ("true", (True, None)),
        ("2026-12-01T08:00", (True, datetime(2026, 12, 1, 8, tzinfo=ZoneInfo("Europe/Paris")))),
        ("2026-12-01T08:00+00:00", (True, datetime(2026, 12, 1, 8, tzinfo=ZoneInfo("UTC")))),
    ],
)
def test_the_switch(monkeypatch: pytest.MonkeyPatch, written: str, meant: tuple[bool, datetime | None]) -> None:
    monkeypatch.setenv("MAINTENANCE", written)
    assert switch_or_time("MAINTENANCE") == meant


def test_a_misspelt_switch_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINTENANCE", "tomorrow")
    with pytest.raises(ImproperlyConfigured, match="MAINTENANCE is 'tomorrow'"):
        switch_or_time("MAINTENANCE")
