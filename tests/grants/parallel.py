"""Runs calls at the same time, each in a thread with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection, connections

from grants import ledger
from grants.agreement import agreement_faults
from grants.exceptions import ActionRefused
from grants.models import Fund

R = TypeVar("R")
LIMIT_SECONDS = 60


def at_once(calls: Sequence[Callable[[], R]]) -> list[R | ActionRefused]:
    """What each call returned, or how it was refused, in order. All set off together; any other error is raised."""
    gate = Barrier(len(calls), timeout=LIMIT_SECONDS)

    def run(call: Callable[[], R]) -> R | ActionRefused:
        try:
            connection.ensure_connection()
            gate.wait()
            return call()
        except ActionRefused as refusal:
            return refusal
        except BaseException:
            gate.abort()
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        running = [threads.submit(run, call) for call in calls]
    return [thread.result() for thread in running]


def done(outcomes: Sequence[R | ActionRefused]) -> list[R]:
    """The outcomes that are no refusals."""
    return [outcome for outcome in outcomes if not isinstance(outcome, ActionRefused)]


def refused(outcomes: Sequence[R | ActionRefused]) -> list[ActionRefused]:
    return [outcome for outcome in outcomes if isinstance(outcome, ActionRefused)]


def faults(*funds: Fund) -> list[str]:
    """All that is wrong with the funds' ledgers, or between them and the files; [] when they are sound."""
    with ledger.snapshot():
        found = [fault for fund in funds for fault in [*ledger.verify(fund.pk), *agreement_faults(fund)]]
    return [fault.sentence() for fault in found]
