"""The whole server is killed in the middle of 200 requests, five times: nothing is lost and nothing counts twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest
from django.utils import timezone

from grants import ledger
from grants.enums import LedgerKind, State
from grants.models import Application, LedgerEntry
from grants.models import Event as Recorded
from tests.factories import MONTHS, World, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.api.program import CUT, Program, secret_of
from tests.grants.api.stream import Stream, Task
from tests.grants.parallel import faults
from tests.server import Site, running_server

FILES, CLIENTS, KILLS = 100, 8, 5
ENTRIES = 3 * FILES + 1  # the endowment, then a reservation, a commitment and a credit of each


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_server_is_killed_in_the_middle_of_two_hundred_requests(database_environment: dict[str, str]) -> None:
    world = world_of_today(endowment_cents=FILES * 100_00, ceiling_cents=FILES * 100_00)
    today = timezone.localdate()
    leases = [tenant_with_lease(world, months=MONTHS[:1], rent_cents=100_00) for _ in range(FILES)]
    files = [walk.walk_to(world, State.ELIGIBLE, lease=lease, on=today) for lease in leases]
    tasks = [Task(str(file.uuid), file.version, str(file.lines.get().uuid)) for file in files]

    with running_server(database_environment, workers=2, API_REQUESTS_PER_MINUTE="100000") as site:
        stream = Stream(Program(site, secret_of(world, world.approver)), Program(site, secret_of(world, world.payer)))
        with ThreadPoolExecutor(CLIENTS) as threads:
            running = [threads.submit(stream.take, tasks[n::CLIENTS]) for n in range(CLIENTS)]
            kill_now_and_then(site, stream, Random(20_200_505))
            for client in running:
                client.result()
        again = [stream.credit(task, "*") for task in tasks[:3]]

    assert [answer.body for answer in again] == [stream.answers[f"credit-{task.line}"].body for task in tasks[:3]]
    assert stream.seen()[CUT] >= KILLS, "the server was killed while nobody waited for it"
    assert set(stream.seen()) <= {"200", "409", CUT}
    assert stream.unclean() == []
    check(world, stream)


def kill_now_and_then(site: Site, stream: Stream, moment: Random) -> None:
    """Somewhere in each sixth of the stream, at whatever the server is doing then."""
    sixth = 2 * FILES // (KILLS + 1)
    for kill in range(KILLS):
        stream.wait_for(kill * sixth + moment.randint(5, sixth - 5))
        Event().wait(moment.uniform(0, 0.1))
        site.kill()
        site.start()


def check(world: World, stream: Stream) -> None:
    """Each request has one event and its ledger rows, each answer names its event, and the ledger is sound."""
    assert len(stream.answers) == 2 * FILES
    events = dict(Recorded.objects.filter(fund=world.fund, key__in=stream.answers).values_list("key", "uuid"))
    assert {key: json.loads(answer.body)["event"] for key, answer in stream.answers.items()} == {
        key: str(uuid) for key, uuid in events.items()
    }
    for action, kind in (("approve", LedgerKind.COMMIT), ("credit", LedgerKind.CREDIT)):
        assert Recorded.objects.filter(fund=world.fund, action=action).count() == FILES
        rows = LedgerEntry.objects.filter(fund=world.fund, kind=kind)
        assert rows.count() == rows.values("relief_line").distinct().count() == FILES
    numbers = LedgerEntry.objects.filter(fund=world.fund).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, ENTRIES + 1))
    states = set(Application.objects.filter(fund=world.fund).values_list("state", "version"))
    assert states == {(State.CREDITED, stream_version(stream))}
    assert ledger.position(world.fund.pk).credited_cents == FILES * 100_00
    assert faults(world.fund) == []


def stream_version(stream: Stream) -> int:
    """Every file took the same steps: its version after the last one."""
    (version,) = {json.loads(a.body)["version"] for key, a in stream.answers.items() if key.startswith("credit")}
    return int(version)
