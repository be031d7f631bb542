"""approve: the action on one hot fund by 4 processes, against bare psycopg doing the same statements.

The reference replays, file by file, what the action itself sent in a transaction that was rolled back: the same
statements in the same order, prepared, with nothing around them but the chaining of the ledger's rows.
approve_parallel: the action by 4 processes against 1. All on the same server and files alike, in alternate rounds.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.scratch import report, set_up_database

PROCESSES = 4
ROUNDS = 3
FILES = 40  # per process and round
WARM_UP = 5  # of them, before the clock starts

Statement = tuple[str, Any]
Portion = Sequence[Any]
"""What one process works through."""


def main() -> None:
    set_up_database()
    from benchmarks.reserved_files import make_hot_fund

    hot = make_hot_fund(ROUNDS * FILES * (2 * PROCESSES + 1))
    waiting = iter(hot.files)

    def take(processes: int) -> list[Portion]:
        return [list(islice(waiting, FILES)) for _ in range(processes)]

    approve_one, statements_of = approver(hot.approver)
    ours, ours_alone, reference = [], [], []
    recorded = [[statements_of(file) for file in portion] for _ in range(ROUNDS) for portion in take(PROCESSES)]
    vacuum()
    for round_number in range(ROUNDS):
        reference.append(rate(recorded[round_number * PROCESSES :][:PROCESSES], replayer))
        ours.append(rate(take(PROCESSES), lambda: approve_one))
        ours_alone.append(rate(take(1), lambda: approve_one))
    check(hot.fund)
    print(f"approve sends {len(recorded[0][0])} statements per file")
    against = median(a / b for a, b in zip(ours, reference, strict=True))
    parallel = median(a / b for a, b in zip(ours, ours_alone, strict=True))
    report("approve", against, f"{median(ours):.0f}/s", f"{median(reference):.0f}/s", at_least=0.4)
    report("approve_parallel", parallel, f"{median(ours):.0f}/s", f"{median(ours_alone):.0f}/s alone", at_least=1)


def rate(portions: Sequence[Portion], connect: Callable[[], Callable[[Any], object]]) -> float:
    """Files per second, by one process per portion, from when all have warmed up to when the last one ends."""
    context = get_context("fork")
    gate, spans = context.Barrier(len(portions)), context.SimpleQueue()

    def work(portion: Portion) -> None:
        do = connect()
        for item in portion[:WARM_UP]:
            do(item)
        gate.wait()
        begin = perf_counter()
        for item in portion[WARM_UP:]:
            do(item)
        spans.put((begin, perf_counter()))

    from django.db import connections

    connections.close_all()
    processes = [context.Process(target=work, args=(portion,)) for portion in portions]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    begins, ends = zip(*(spans.get() for _ in portions), strict=True)
    done = sum(len(portion) - WARM_UP for portion in portions)
    return float(done / (max(ends) - min(begins)))


def approver(user: Any) -> tuple[Callable[[Any], object], Callable[[Any], list[Statement]]]:
    """The action on a file, and the statements it would send."""
    from django.db import connection, transaction

    from grants.actions.decision import approve
    from grants.models import Application

    def approve_one(file: Application) -> object:
        return approve(application=file, by=user, key=f"approve-{file.pk}", no_conflict=True)

    def statements_of(file: Application) -> list[Statement]:
        sent: list[Statement] = []

        def note(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
            if "SAVEPOINT" not in sql:
                sent.append((sql, plain(params)))
            return execute(sql, params, *rest)

        with transaction.atomic(), connection.execute_wrapper(note):
            approve_one(file)
            transaction.set_rollback(True)
        return sent

    return approve_one, statements_of


def plain(params: Any) -> Any:
    """The parameters without the members of enumerations, whose text only Django's own cursors send."""
    if isinstance(params, dict):
        return {name: plain(value) for name, value in params.items()}
    if isinstance(params, list | tuple):
        return [plain(value) for value in params]
    return str(params) if isinstance(params, str) else params


def replayer() -> Callable[[list[Statement]], object]:
    """A bare connection that sends recorded statements, each transaction's own."""
    import psycopg
    from django.conf import settings

    mine = settings.DATABASES["default"]
    connection = psycopg.connect(
        host=mine["HOST"], port=mine["PORT"], user=mine["USER"], dbname=mine["NAME"], prepare_threshold=0
    )

    def replay(statements: list[Statement]) -> None:
        position: Any = None
        event: int = 0
        with connection.transaction(), connection.cursor() as cursor:
            for sql, recorded in statements:
                params = recorded
                if "INSERT INTO grants_ledgerentry" in sql:
                    params = [value for row in chained(recorded, position, event) for value in row]
                elif "INSERT INTO grants_notification" in sql:
                    params = recorded | {"event": event}
                cursor.execute(sql, params)
                rows = cursor.fetchall() if cursor.description else []
                if "FROM grants_position" in sql:
                    position = rows[0]
                elif 'INSERT INTO "grants_event"' in sql:
                    ((event, *_others),) = rows

    return replay


def chained(recorded: Sequence[Any], position: Sequence[Any], event: int) -> Iterator[list[Any]]:
    """The recorded ledger rows, made to follow the position as it is now."""
    from grants.ledger.canonical import canonical_text, digest
    from grants.ledger.posting import COLUMNS

    _fund, number, previous, _day, _endowed, *accounts, _ceiling = position
    held = dict(zip(("available", "reserved", "committed", "credited"), accounts, strict=True))
    for start in range(0, len(recorded), len(COLUMNS)):
        row = dict(zip(COLUMNS, recorded[start:], strict=False))
        number += 1
        held[row["source"]] -= row["amount_cents"]
        held[row["target"]] += row["amount_cents"]
        after = {f"{account}_after": cents for account, cents in held.items()}
        row |= {"number": number, "event_id": event} | after
        hashed = {name: row[name] for name in COLUMNS if name not in ("fund_id", "charter_id", "reverses_id", "digest")}
        previous = digest(canonical_text(**hashed, charter_version=1, reverses_number=None), previous)
        yield list((row | {"digest": previous}).values())


def vacuum() -> None:
    """Clear away what was rolled back, and let the planner know the tables."""
    from django.db import connection

    from fundadmin.database_roles import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def check(fund: Any) -> None:
    """Both did the work: the chain and the fund's account are as they should be."""
    from grants import ledger
    from grants.enums import State
    from grants.models import Application

    assert not ledger.verify(fund.pk)
    assert not Application.objects.filter(fund=fund).exclude(state=State.APPROVED).exists()


if __name__ == "__main__":
    main()
