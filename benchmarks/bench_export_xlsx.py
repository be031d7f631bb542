"""export_xlsx: the journal of a fund as a workbook, whole, against bare XlsxWriter on the same rows.

The reference gets its rows ready-made from memory, and writes one sheet of plain typed cells, nothing else.
"""

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.exported_rows import make_fund, rows_asked, seconds_to_make, wanted_of
from benchmarks.scratch import report, set_up_database


def main() -> None:
    rows = rows_asked()
    set_up_database()
    from grants.exports.ledger_workbook import LEDGER_XLSX

    fund = make_fund(rows)
    with tempfile.TemporaryDirectory() as name:
        ours, path = seconds_to_make(fund, LEDGER_XLSX, Path(name) / "ours")
        size = path.stat().st_size
        bare = seconds_of_bare(fund, Path(name) / "bare.xlsx")
    print(f"{rows} rows, {size / 1024 / 1024:.0f} MiB, {rows / ours:,.0f} rows/s")
    report("export_xlsx", bare / ours, f"{ours:.2f} s", f"{bare:.2f} s", at_least=0.7)


def seconds_of_bare(fund: Any, path: Path) -> float:
    """The library alone, as its documentation writes large files: row by row in constant memory."""
    from xlsxwriter import Workbook

    from grants.exports.ledger_table import ledger_table
    from grants.exports.ledger_workbook import LEDGER_XLSX
    from grants.exports.workbooks import cell, rows_of

    rows = list(rows_of(ledger_table(wanted_of(fund, LEDGER_XLSX), names=True), cell))
    start = perf_counter()
    book = Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return perf_counter() - start


if __name__ == "__main__":
    main()
