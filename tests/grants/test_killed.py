"""A client that is killed in the middle of its work leaves nothing half done, and can start again."""

import signal
from collections import Counter
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random
from time import monotonic

import pytest
from django.db import connection
from django.db.models import Count, F

from grants import ledger
from grants.enums import LedgerKind, State
from grants.models import Application, Event, LedgerEntry
from tests.factories import MONTHS, World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.parallel import faults
from tests.grants.stream import stream

KILLS = 20
FILES = 40
LIMIT_SECONDS = 60

clients = get_context("forkserver")
clients.set_forkserver_preload(["tests.grants.stream"])


def run_client(world: World, moment: Random | None) -> int | None:
    """Let a client stream, and kill it at a random moment, if one is given. Returns its exit code."""
    progress, told = clients.Pipe(duplex=False)
    with progress:
        client = clients.Process(
            target=stream,
            args=(
                connection.settings_dict["NAME"],
                world.fund.pk,
                world.approver.pk,
                world.payer.pk,
                told,
            ),
        )
        client.start()
        told.close()
        if moment:
            client.join(timeout=moment.uniform(0, 1) * seconds_of_last(moment.randint(2, 4), progress))
            client.kill()
        client.join(timeout=LIMIT_SECONDS)
        return client.exitcode


def seconds_of_last(actions: int, progress: Connection) -> float:
    """Wait for so many actions; the last one's time is about the next one's."""
    before = after = monotonic()
    for _ in range(actions):
        assert progress.poll(LIMIT_SECONDS)
        progress.recv()
        before, after = after, monotonic()
    return after - before


def half_done(world: World) -> list[str]:
    """What only a part of an action would leave: a change without its event, an event without its rows."""
    files = Application.objects.filter(fund=world.fund).annotate(recorded=Count("timeline"))
    found = [f"{file}: version {file.version}, {file.recorded} events" for file in files.exclude(version=F("recorded"))]
    for event in Event.objects.filter(fund=world.fund, action__in=["approve", "credit"]):
        posted = Counter(LedgerEntry.objects.filter(event=event).values_list("kind", flat=True))
        whole = {LedgerKind.COMMIT: len(MONTHS)} if event.action == "approve" else {LedgerKind.CREDIT: 1}
        if posted != whole:
            found.append(f"event {event.pk} ({event.action}): {posted}")
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_client_is_killed_twenty_times() -> None:
    world = open_fund(endowment_cents=60_000_00, ceiling_cents=60_000_00)
    files = [walk.walk_to(world, State.ELIGIBLE, lease=tenant_with_lease(world)) for _ in range(FILES)]
    moment = Random(20_200_505)

    for _ in range(KILLS):
        assert run_client(world, moment) == -signal.SIGKILL
        assert faults(world.fund) == []
        assert half_done(world) == []

    assert run_client(world, None) == 0
    states = Application.objects.filter(fund=world.fund).values_list("state", flat=True)
    assert list(states) == [State.CREDITED] * len(files)
    numbers = LedgerEntry.objects.filter(fund=world.fund).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 1 + FILES * 3 * len(MONTHS) + 1))
    assert ledger.position(world.fund.pk).credited_cents == FILES * 1_500_00
    assert faults(world.fund) == []
    assert half_done(world) == []
