"""position_as_at: a fund's position at a past day, in a fund of 1,000,000 entries against one of 1,000."""

from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.scratch import report, set_up_database

MANY = 1_000_000
FEW = 1_000
READS = 500
ROUNDS = 11


def main() -> None:
    set_up_database()
    from benchmarks.ledger_rows import as_owner, chained_rows, copy_in, make_files

    many, few = make_files("many", 1), make_files("few", 1)
    copy_in(chained_rows(many, MANY))
    copy_in(chained_rows(few, FEW))
    as_owner("VACUUM ANALYZE")
    random = Random(2020)
    rounds = [(seconds_to_read(many.fund, random), seconds_to_read(few.fund, random)) for _ in range(ROUNDS)]
    ours, reference = (median(seconds) for seconds in zip(*rounds, strict=True))
    microseconds = [f"{seconds / READS * 1e6:.0f} us" for seconds in (ours, reference)]
    report("position_as_at", ours / reference, *microseconds, at_most=1.5)


def seconds_to_read(fund: Any, random: Random) -> float:
    """How long READS positions take, each as at another past day."""
    from benchmarks.ledger_rows import DAYS, FIRST_DAY
    from grants import ledger

    days = [FIRST_DAY + timedelta(days=random.randrange(DAYS)) for _ in range(READS)]
    start = perf_counter()
    for day in days:
        ledger.position_as_at(fund.pk, day)
    return perf_counter() - start


if __name__ == "__main__":
    main()
