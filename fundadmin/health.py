"""What a load balancer and a monitor ask: whether the process is alive, whether it could serve somebody now.

No authentication, nothing that isn't already public, never cached, the same few queries every time.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

WORKER_SEEN_WITHIN = timedelta(seconds=60)  # procrastinate's workers sign every 10 seconds
Migration = tuple[str, str]


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. The database isn't asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 if it could serve now; 503 with what is missing. The last verification is told and decides nothing."""
    verification = None
    try:
        checks = {"database": "ok", "migrations": migrations_check(), "worker": "unknown"}
        if checks["migrations"] == "ok":  # otherwise their tables may not be there
            checks["worker"], verification = worker_check(), last_verification()
    except (DatabaseError, InterfaceError):
        checks = {"database": "away", "migrations": "unknown", "worker": "unknown"}
    ready = set(checks.values()) == {"ok"}
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks, "last_verification": verification},
        status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def migrations_check() -> str:
    """Migrations this code doesn't know are no obstacle: during an upgrade the former version still serves."""
    return "ok" if not unapplied(set(MigrationRecorder(connection).applied_migrations())) else "unapplied"


def unapplied(applied: AbstractSet[Migration]) -> set[Migration]:
    """The migrations of this code that the database lacks; a squashed one is there if all that it replaces is."""
    known = known_migrations()
    have = set(applied) | {key for key, replaced in known.items() if replaced and replaced <= applied}
    replaced_by_one_there = {old for key, replaced in known.items() if key in have for old in replaced}
    return set(known) - have - replaced_by_one_there


@cache
def known_migrations() -> dict[Migration, frozenset[Migration]]:
    """The migrations on the disk, each with those it replaces. They don't change while the process runs."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {key: frozenset(migration.replaces) for key, migration in loader.disk_migrations.items()}


def worker_check() -> str:
    """Whether a procrastinate worker has signed lately."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        ((seen,),) = cursor.fetchall()
    return "ok" if seen is not None and timezone.now() - seen < WORKER_SEEN_WITHIN else "not seen"


def last_verification() -> dict[str, Any] | None:
    """When the ledgers were last verified and whether a fault was found: the last run over all funds."""
    from grants.models import LedgerCheck

    # The newest row of each fund, in one query.
    rows = list(LedgerCheck.objects.order_by("fund", "-at").distinct("fund").values_list("at", "faults"))
    if not rows:
        return None
    oldest: datetime = min(at for at, _faults in rows)
    return {
        "at": oldest.isoformat(timespec="seconds"),
        "age_seconds": int((timezone.now() - oldest).total_seconds()),
        "result": "faults" if any(faults for _at, faults in rows) else "clean",
    }
