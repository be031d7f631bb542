"""A long journal takes no more memory than a short one (benchmarks/bench_export_csv.py measures a million rows)."""

import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.ledger_rows import DAYS, FIRST_DAY, chained_rows, copy_in, make_files
from grants.exports import tables
from grants.exports.kinds import ExportKind, Wanted
from grants.exports.ledger_files import LEDGER_CSV, LEDGER_JSONL
from grants.exports.ledger_workbook import LEDGER_XLSX
from grants.models import Fund
from grants.visibility import Reader

ROWS = 12_000
KINDS = {LEDGER_CSV: 1, LEDGER_JSONL: 1, LEDGER_XLSX: 10}
"""With the part of the rows that is enough: a workbook's cells are slow to follow."""


@pytest.mark.slow
@pytest.mark.django_db
def test_four_times_the_rows_take_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A page of rows is held at once: here both have many.
    monkeypatch.setattr(tables, "TELL_EVERY", 100)
    files = make_files("longue", 100)
    copy_in(chained_rows(files, ROWS))
    for kind, part in KINDS.items():
        # What is loaded once (the library of workbooks, labels) belongs to neither.
        peak(files.fund, kind, 100, tmp_path)
        few, few_bytes = peak(files.fund, kind, ROWS // part // 4, tmp_path)
        many, many_bytes = peak(files.fund, kind, ROWS // part, tmp_path)
        assert many > 3.9 * few
        assert many_bytes < 1.25 * few_bytes + 500_000, f"{kind.code}: {few_bytes} for {few}, {many_bytes} for {many}"


def peak(fund: Fund, kind: ExportKind, rows: int, folder: Path) -> tuple[int, int]:
    """The rows written and the most bytes held meanwhile."""
    until = FIRST_DAY + timedelta(days=rows * DAYS // ROWS)
    wanted = Wanted(fund=fund, reader=Reader(0, fund.pk), until=until)
    tracemalloc.start()
    written = kind.write(wanted, folder, lambda _done, _of_all: None)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return written.rows, most
