r"""export_fec: 1,000,000 credits in the FEC format, checked, against `psql \copy` of the same query.

Ours is the whole export: totals, rows, transliteration, CR LF, notice, strict check. The reference writes the rows that
the statement makes, and nothing else. With VAT, so three lines for each credit. CREDITS=100000 measures with fewer.
"""

import os
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.scratch import DATABASE, report, set_up_database

CREDITS = int(os.environ.get("CREDITS", "1000000"))
YEAR_END = "2020-12-31"


def main() -> None:
    set_up_database()
    fund = credited_fund()
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory()
        ours, lines = seconds_of_ours(fund, Path(folder), memory)
        reference = seconds_of_reference(fund, Path(folder))
    print(f"    {lines} lines, {lines / ours:,.0f} lines/s, {memory.grown_mb} MB of memory more than before")
    report("export_fec", reference / ours, f"{ours:.2f} s", f"{reference:.2f} s", at_least=0.25)


def credited_fund() -> Any:
    """A fund whose every line is credited in 2020, with VAT at 20 %."""
    from benchmarks import ledger_rows
    from benchmarks.ledger_rows import LIFE, as_owner, chained_rows, copy_in, make_files

    ledger_rows.DAYS = 200  # all of them before the year ends
    files = make_files("fec", CREDITS)
    as_owner("ALTER TABLE grants_event DISABLE TRIGGER USER")
    as_owner(
        "UPDATE grants_event SET data = jsonb_build_object('voucher', 'AV-2020-' || id, 'voucher_date', '2020-05-05',"
        " 'form', 'credit_note')"
    )
    as_owner("ALTER TABLE grants_event ENABLE TRIGGER USER")
    as_owner("UPDATE landlords_lease SET vat_regime = 'debits'")
    as_owner("UPDATE grants_reliefline SET vat_rate_bp = 2000")
    copy_in(chained_rows(files, CREDITS * len(LIFE) + 1))
    as_owner("VACUUM ANALYZE")
    return files.fund


class Memory:
    """What the process holds, looked at each time that the export tells how far it is."""

    def __init__(self) -> None:
        self.before = self.most = resident_pages()

    def look(self, *_how_far: int) -> None:
        self.most = max(self.most, resident_pages())

    @property
    def grown_mb(self) -> int:
        return (self.most - self.before) * os.sysconf("SC_PAGE_SIZE") // 2**20


def resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


def seconds_of_ours(fund: Any, folder: Path, memory: Memory) -> tuple[float, int]:
    from grants.exports.fec import FEC
    from grants.exports.kinds import Wanted
    from grants.visibility import Reader

    wanted = Wanted(fund=fund, reader=Reader(0, fund.pk), options={"year_end": YEAR_END})
    start = perf_counter()
    written = FEC.write(wanted, folder, memory.look)
    seconds = perf_counter() - start
    memory.look()
    return seconds, written.rows


def seconds_of_reference(fund: Any, folder: Path) -> float:
    """PostgreSQL's own psql, with the statement as our export sends it."""
    from datetime import date

    import psycopg
    from django.db import connection

    from fundadmin.postgres_clients import run
    from grants.exports.fec.statement import COPY, Journal
    from grants.fec.values import first_day

    closing = date.fromisoformat(YEAR_END)
    journal = Journal(
        fund=fund,
        first=first_day(closing),
        last=closing,
        upto_number=10**12,
        names_people=False,
    )
    connection.ensure_connection()
    statement = psycopg.ClientCursor(connection.connection).mogrify(COPY, journal.parameters())
    connection.close()
    # psql takes a \\copy on one line, where a comment would have no end.
    query = " ".join(line for line in statement.removeprefix("COPY ").split("\n") if not line.strip().startswith("--"))
    script = folder / "copy.sql"
    script.write_text(f"\\copy {query.replace('TO STDOUT', f'TO {folder}/reference.csv')}\n")
    start = perf_counter()
    run("psql", "--quiet", f"--file={script}", database=DATABASE)
    return perf_counter() - start


if __name__ == "__main__":
    main()
