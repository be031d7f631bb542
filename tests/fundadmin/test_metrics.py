"""What Prometheus reads, and that nobody else does."""

import re

import pytest
from django.db import OperationalError, transaction
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from fundadmin.metrics import count_action
from grants.actions import filing, observers
from grants.actions.turn import action
from grants.exceptions import ActionRefused
from tests import factories
from tests.grants import walk
from tests.server import running_server

TOKEN = "a long random text"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def scrape(**values: str) -> dict[str, float]:
    """Each sample by name and labels, as Prometheus writes them."""
    with override_settings(METRICS_TOKEN=TOKEN):
        answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return samples(answer.text)


def samples(text: str) -> dict[str, float]:
    return {
        found[1]: float(found[2]) for line in text.splitlines() if (found := re.fullmatch(r"([^#].*?) (\S+)", line))
    }


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer another"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}]
)
@override_settings(METRICS_TOKEN=TOKEN)
def test_who_has_no_token_finds_no_such_page(headers: dict[str, str]) -> None:
    assert Client().get("/metrics", headers=headers).status_code == 404


@override_settings(METRICS_TOKEN="")
def test_without_a_token_in_the_settings_there_is_no_such_page() -> None:
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("funds", [1, 3])
def test_positions_and_queue_are_two_queries(funds: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    worlds = [factories.open_fund(endowment_cents=12_345_00) for _ in range(funds)]
    with django_assert_num_queries(2):
        found = scrape()
    for world in worlds:
        name = f'fundadmin_fund_position_cents{{account="%s",fund="{world.fund.code}"}}'
        assert found[name % "available"] == 12_345_00
        assert found[name % "credited"] == 0
    assert found["fundadmin_database_up"] == 1


@pytest.mark.django_db(transaction=True)
def test_actions_are_counted_by_how_they_ended() -> None:
    def counted(result: str) -> float:
        return scrape().get(f'fundadmin_actions_total{{action="submit",result="{result}"}}', 0)

    world = factories.open_fund()
    draft = walk.draft(world)
    before = {result: counted(result) for result in ("done", "replayed", "refused:RuleRefused")}
    key = factories.key()
    for attempt in (key, key, factories.key()):
        try:
            filing.submit(application=draft, by=world.advisor, key=attempt, on=factories.OPENED_ON)
        except ActionRefused:
            assert attempt != key
    assert {result: counted(result) - count for result, count in before.items()} == dict.fromkeys(before, 1)


@pytest.mark.django_db(transaction=True)
class TestObservers:
    @pytest.fixture
    def heard(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
        heard: list[tuple[str, str]] = []
        monkeypatch.setattr(observers, "observers", [lambda *told: heard.append(told)])
        return heard

    def test_what_is_rolled_back_was_not_done(self, heard: list[tuple[str, str]]) -> None:
        @action
        def nothing() -> None: ...

        with transaction.atomic():
            nothing()
            transaction.set_rollback(True)
        assert heard == []
        nothing()
        assert heard == [("nothing", "done")]

    def test_a_failure_is_told_as_such(self, heard: list[tuple[str, str]]) -> None:
        @action
        def fails() -> None:
            raise OperationalError

        with pytest.raises(OperationalError):
            fails()
        assert heard == [("fails", "failed:OperationalError")]

    def test_metrics_observe(self) -> None:
        assert count_action in observers.observers


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_several_processes_count_together(database_environment: dict[str, str]) -> None:
    with running_server(database_environment, workers=3, METRICS_TOKEN=TOKEN) as site:
        name = 'django_http_responses_total_by_status_view_method_total{method="GET",status="200",view="healthz"}'
        before = samples(site.get("/metrics", **BEARER).text)[name]
        for _ in range(30):
            assert site.get("/healthz").status == 200
        # Each request is counted once it was answered, so ours of /metrics isn't among them.
        counted = [samples(site.get("/metrics", **BEARER).text)[name] for _ in range(3)]
        assert counted == [before + 30] * 3
