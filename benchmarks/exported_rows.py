"""A fund with a long ledger, and its export as it is made for somebody: for the benchmarks of exports."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

ROWS = 1_000_000


def rows_asked() -> int:
    """`python -m benchmarks.bench_export_csv 100000` measures fewer."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else ROWS


def make_fund(rows: int) -> Any:
    """A fund with so many entries; three to a line."""
    from benchmarks.ledger_rows import LIFE, as_owner, chained_rows, copy_in, make_files

    files = make_files("exporte", rows // len(LIFE) + 1)
    copy_in(chained_rows(files, rows))
    as_owner("VACUUM ANALYZE")
    return files.fund


def wanted_of(fund: Any, kind: Any) -> Any:
    from grants.enums import Role, Side
    from grants.exports.asking import complete
    from grants.exports.kinds import Wanted
    from grants.visibility import Reader

    reader = Reader(0, fund.pk, frozenset({Side.EXTERNAL}), frozenset({Role.AUDITOR}))
    return complete(kind, Wanted(fund=fund, reader=reader))


def seconds_to_make(fund: Any, kind: Any, folder: Path) -> tuple[float, Path]:
    """How long one export takes, with its totals checked, its digest and its manifest; and the file."""
    from grants.exports.making import make

    wanted = wanted_of(fund, kind)
    folder.mkdir()
    start = perf_counter()
    made = make(kind, wanted, folder, lambda _done, _of_all: None, by={})
    return perf_counter() - start, made.path
