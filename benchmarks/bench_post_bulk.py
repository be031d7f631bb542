"""post_bulk: 300,000 rows posted to one fund by COPY, against the same COPY with the ledger's trigger disabled.

post_bulk_growth: the same post of 300,000 rows against 30,000. The rows are numbered and chained beforehand, so that
what is compared is the database's own checking. Each post goes to a fund of its own with its own lines; constraints,
foreign keys and indexes work in both.
"""

from itertools import count
from time import perf_counter

from benchmarks.scratch import report, set_up_database

ROWS = 300_000
FEWER_ROWS = 30_000
ROUNDS = 2

codes = (f"bulk-{number}" for number in count(1))


def main() -> None:
    set_up_database()
    checked, fewer, unchecked = [], [], []
    for _ in range(ROUNDS):
        fewer.append(seconds_to_post(FEWER_ROWS, checked=True))
        checked.append(seconds_to_post(ROWS, checked=True))
        unchecked.append(seconds_to_post(ROWS, checked=False))
    ours, few, reference = min(checked), min(fewer), min(unchecked)
    report("post_bulk", reference / ours, f"{ours:.2f} s", f"{reference:.2f} s", at_least=0.7)
    report("post_bulk_growth", ours / few, f"{ours:.2f} s", f"{few:.2f} s", at_most=12)


def seconds_to_post(rows: int, *, checked: bool) -> float:
    """How long one COPY of `rows` rows takes, commit included, with or without the ledger's trigger."""
    from benchmarks.ledger_rows import LIFE, as_owner, chained_rows, copy_in, make_files
    from grants import ledger

    files = make_files(next(codes), rows // len(LIFE))
    prepared = chained_rows(files, rows)
    as_owner("VACUUM ANALYZE")
    if not checked:
        as_owner("ALTER TABLE grants_ledgerentry DISABLE TRIGGER ledger_check_posted")
    start = perf_counter()
    copy_in(prepared)
    seconds = perf_counter() - start
    if not checked:
        as_owner("ALTER TABLE grants_ledgerentry ENABLE TRIGGER ledger_check_posted")
    assert ledger.head(files.fund.pk).number == (rows if checked else 0)
    return seconds


if __name__ == "__main__":
    main()
