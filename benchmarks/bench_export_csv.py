r"""export_csv: the journal of a fund as CSV, whole, against `psql \\copy` of the same query.

export_csv_orm: the same file against an ORM iterator with the csv module. export_memory: the most memory that the
command takes which writes it, in MB, Django and all.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.exported_rows import make_fund, rows_asked, seconds_to_make, wanted_of
from benchmarks.scratch import report, set_up_database

ROUNDS = 2
KB = 1024
ORM_ROWS = 50_000
"""So many are enough to know how slow it is."""


def main() -> None:
    rows = rows_asked()
    set_up_database()
    from grants.exports.ledger_files import LEDGER_CSV

    fund = make_fund(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        memory = megabytes_of_command(fund, folder / "command.csv")
        ours, copied = [], []
        for number in range(ROUNDS):
            seconds, path = seconds_to_make(fund, LEDGER_CSV, folder / f"ours{number}")
            ours.append(seconds)
            copied.append(seconds_of_psql(fund, folder / "psql.csv"))
            assert path.read_bytes().endswith((folder / "psql.csv").read_bytes()), "both wrote the same rows"
        iterated = seconds_of_orm(fund, folder / "orm.csv") * rows / min(rows, ORM_ROWS)
        size = path.stat().st_size
    best, copy = min(ours), min(copied)
    print(f"{rows} rows, {size / 1024 / 1024:.0f} MiB, {rows / best:,.0f} rows/s")
    report("export_csv", copy / best, f"{best:.2f} s", f"{copy:.2f} s", at_least=0.8)
    report("export_csv_orm", iterated / best, f"{best:.2f} s", f"{iterated:.2f} s", at_least=8)
    report("export_memory", memory, f"{memory:.0f} MB", "none", at_most=150)


def seconds_of_psql(fund: Any, path: Path) -> float:
    r"""`\\copy (the same query) to a file` by PostgreSQL's own program."""
    from django.db import connection

    from fundadmin.postgres_clients import run
    from grants.exports.ledger_files import LEDGER_CSV, dialect_of
    from grants.exports.ledger_table import ledger_table
    from grants.exports.tables import csv_value

    wanted = wanted_of(fund, LEDGER_CSV)
    dialect = dialect_of(wanted)
    query = ledger_table(wanted, names=True).select(lambda column: csv_value(column, dialect))
    text = " ".join(query.as_string(connection.connection).split("\n"))
    start = perf_counter()
    options = f"(format csv, delimiter '{dialect.separator}')"
    run("psql", "-q", "-c", f"\\copy ({text}) to '{path}' with {options}", database=connection.settings_dict["NAME"])
    return perf_counter() - start


def seconds_of_orm(fund: Any, path: Path) -> float:
    """What one would write without thinking of the database: the same columns, row by row."""
    from grants.models import LedgerEntry

    start = perf_counter()
    rows = LedgerEntry.objects.filter(fund=fund).order_by("number")
    rows = rows.select_related(
        *("event__user", "charter", "application__tenant", "relief_line__lease", "reverses__event")
    )
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for entry in rows[:ORM_ROWS].iterator(chunk_size=2_000):
            writer.writerow(cells(entry))
    return perf_counter() - start


def cells(entry: Any) -> list[Any]:
    file, line = entry.application, entry.relief_line
    amounts = ("amount_cents", "available_after", "reserved_after", "committed_after", "credited_after")
    return [
        *(entry.number, entry.value_date, entry.get_kind_display()),
        *(f"{getattr(entry, name) // 100},{getattr(entry, name) % 100:02d}" for name in amounts),
        *((file.reference, safe(file.tenant.legal_name), file.tenant.siret) if file else ("", "", "")),
        safe(entry.event.user.full_name),
        *((line.lease.reference, line.month, line.get_component_display(), line.component) if line else [""] * 4),
        entry.event.data.get("voucher", ""),
        entry.reverses.number if entry.reverses else "",
        *(entry.posted_at.isoformat(), entry.kind, entry.source, entry.target, entry.charter.version),
        *(entry.event.uuid, entry.event_id, entry.application_id, entry.relief_line_id, entry.digest),
    ]


def safe(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def megabytes_of_command(fund: Any, path: Path) -> int:
    """The most memory of the process that writes the export, in MB."""
    arguments = ["export_ledger", fund.code, "--format", "ledger-csv", "--output", str(path)]
    done = subprocess.run([sys.executable, "-c", MEASURED, *arguments], check=True, capture_output=True, text=True)
    return int(done.stdout.splitlines()[-1]) // KB


MEASURED = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""The command, then the most memory that it held by then, in KB. What `getrusage` says counts this process in."""


if __name__ == "__main__":
    main()
