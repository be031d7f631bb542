"""A worker that is killed in the middle of a job: nobody takes it up while it lives, another does when it is dead."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from time import monotonic
from typing import Final

import pytest
from django.db import connection
from django.utils import timezone

from grants import tasks
from grants.actions import bulk, work
from grants.actions.bulk import Mode
from grants.actions.confirmations import confirming
from grants.enums import Action, State
from grants.models import BulkRow, BulkRun, Event, LandlordFile, LedgerEntry
from tests.factories import key, open_fund
from tests.grants.actions.bulk.many import asked, filed
from tests.grants.parallel import faults
from tests.grants.reconciling.papers import as_csv, confirmed, notes, states
from tests.grants.reconciling.test_confirmations import row, world_with_lines
from tests.grants.stream import carry_out_file, carry_out_run

LIMIT_SECONDS: Final = 60
LEASES: Final = ("B1", "B2", "B3", "B4", "B5", "B6")
MONTHS: Final = ("03/2020", "04/2020", "05/2020")

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
workers = get_context("forkserver")
workers.set_forkserver_preload(["tests.grants.stream"])


@contextmanager
def begun(job: Callable[[str, int], None], pk: int, steps: Callable[[], int]) -> Iterator[None]:
    """A worker that has taken the first steps of a job; killed in the end."""
    worker = workers.Process(target=job, args=(connection.settings_dict["NAME"], pk))
    worker.start()
    try:
        while not steps():
            worker.join(timeout=0.005)
            assert worker.is_alive(), "it was done before it could be killed"
        # It stands still, so that what is done beside it is not a race.
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")  # whoever did take it up would wait for the fund's lock
        yield
    finally:
        worker.kill()
        worker.join(timeout=LIMIT_SECONDS)
    given_up = monotonic() + LIMIT_SECONDS
    while held(pk):
        assert monotonic() < given_up


def held(pk: int) -> bool:
    """Whether the server has not noticed yet that the worker is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = %s", [pk])
        return cursor.fetchone() is not None


def credits_made() -> int:
    return LedgerEntry.objects.filter(kind="credit").count()


def test_a_landlords_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "AT_ONCE", 1)
    monkeypatch.setattr(work, "SILENT_SECONDS", -1)
    world = world_with_lines(LEASES)
    rows = [
        row(**{"Contrat": lease, "Mois concerné": month, "N° avoir": f"AV-{lease}-{month}"})
        for lease in LEASES
        for month in MONTHS
    ]
    file = confirmed(notes(world, as_csv(rows)), world.payer)
    with begun(carry_out_file, file.pk, credits_made):
        made = credits_made()
        tasks.carry_on_landlord_files(0)
        left = LandlordFile.objects.get(pk=file.pk)
        assert (left.finished_at, left.attempts, credits_made()) == (None, 1, made), "it is held"
    assert 0 < made < len(rows)
    tasks.carry_on_landlord_files(0)
    done = LandlordFile.objects.get(pk=file.pk)
    assert (done.finished_at is not None, done.attempts) == (True, 2)
    assert credits_made() == len(rows)
    assert set(states(done)) <= {"done", "known"}
    assert faults(world.fund) == []


def test_a_run_of_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "SILENT_SECONDS", -1)
    world = open_fund(ends_on=timezone.localdate(), filing_deadline=timezone.localdate())
    files = filed(world, State.ELIGIBLE, *[100_00] * 12)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    run = bulk.start(plan=plan, mode=Mode.EACH, by=world.approver, key=key())

    def approvals() -> int:
        return Event.objects.filter(action=Action.APPROVE).count()

    with begun(carry_out_run, run.pk, approvals):
        made = approvals()
        tasks.carry_on_bulk_runs(0)
        left = BulkRun.objects.get(pk=run.pk)
        assert (left.finished_at, left.attempts, approvals()) == (None, 1, made), "it is held"
    assert 0 < made < len(files)
    tasks.carry_on_bulk_runs(0)
    done = BulkRun.objects.get(pk=run.pk)
    assert (done.finished_at is not None, done.attempts, approvals()) == (True, 2, len(files))
    assert {one.state for one in done.rows.all()} == {BulkRow.State.DONE}
    assert faults(world.fund) == []
