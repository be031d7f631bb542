"""What Prometheus reads at /metrics: requests, actions by result, each fund's position, the queue.

Counters are of the web processes (all of gunicorn's workers together); positions and queue are read at each scrape.
"""

import os
from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

actions_total = Counter("fundadmin_actions_total", "Actions by how they ended.", ["action", "result"])

ACCOUNTS = ("endowed", "available", "reserved", "committed", "credited", "ceiling")
POSITIONS = """
SELECT fund.code, endowed_cents, available_cents, reserved_cents, committed_cents, credited_cents, ceiling_cents
FROM grants_position JOIN grants_fund fund ON fund.id = fund_id ORDER BY fund.code
"""
QUEUE = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status ORDER BY status"


def count_action(action: str, result: str) -> None:
    """An observer of grants.actions."""
    actions_total.labels(action, result).inc()


class Database(Collector):
    """What is read from the database: two queries. When it is away, that is what is told."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("fundadmin_database_up", "1 if the database answered this scrape.")
        positions = GaugeMetricFamily(
            "fundadmin_fund_position_cents", "What a fund's accounts hold.", labels=["fund", "account"]
        )
        queue = GaugeMetricFamily("fundadmin_jobs", "Background jobs by status.", labels=["status"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(POSITIONS)
                for code, *amounts in cursor.fetchall():
                    for account, cents in zip(ACCOUNTS, amounts, strict=True):
                        positions.add_metric([code, account], cents)
                cursor.execute(QUEUE)
                for status, count in cursor.fetchall():
                    queue.add_metric([status], count)
        except (DatabaseError, InterfaceError):
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield from (up, positions, queue)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Who doesn't hold METRICS_TOKEN finds no such page."""
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    token = settings.METRICS_TOKEN
    if not token or scheme.lower() != "bearer" or not compare_digest(given.encode(), token.encode()):
        raise Http404
    counters = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counters = CollectorRegistry()
        multiprocess.MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
    ours = CollectorRegistry()
    ours.register(Database())
    return HttpResponse(generate_latest(counters) + generate_latest(ours), content_type=CONTENT_TYPE_LATEST)
