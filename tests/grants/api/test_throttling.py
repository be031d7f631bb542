"""How many requests a person may send: a minute's at once, then at a steady rate."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from fundadmin.models import User
from grants.api.throttling import SECOND, PerPerson


@pytest.fixture(autouse=True)
def _six_a_minute(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(PerPerson, "THROTTLE_RATES", {"user": "6/min"})
    caches["throttle"].clear()
    yield
    caches["throttle"].clear()


class Clock:
    now = 5_000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(PerPerson, "clock", clock)
    return clock


def asked(person: int) -> PerPerson | None:
    """Who refuses the request, if it is refused."""
    request = Request(APIRequestFactory().get("/"))
    request.user = User(pk=person)
    throttle = PerPerson()
    return None if throttle.allow_request(request, None) else throttle


def test_a_minutes_requests_may_come_at_once_and_then_one_by_one(clock: Clock) -> None:
    assert [asked(1) for _ in range(6)] == [None] * 6
    refused = asked(1)
    assert refused is not None
    assert refused.wait() == 10
    clock.now += 10 * SECOND - 1
    late = asked(1)
    assert late is not None
    assert late.wait() == 1
    clock.now += 1
    assert asked(1) is None
    assert asked(1) is not None


def test_another_person_is_not_held_back(clock: Clock) -> None:
    assert [asked(1) is None for _ in range(7)] == [True] * 6 + [False]
    assert asked(2) is None


def test_a_minute_later_all_is_forgotten(clock: Clock) -> None:
    assert [asked(1) is None for _ in range(7)] == [True] * 6 + [False]
    clock.now += 60 * SECOND
    assert [asked(1) is None for _ in range(7)] == [True] * 6 + [False]
