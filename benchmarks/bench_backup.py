"""backup: a backup with its manifest, and its proof by restoring, of a fund of 100,000 ledger rows and 33,333 files.

The references are PostgreSQL's own programs alone: pg_dump for the backup, pg_restore for the proof, which also reads
every digest, counts every row and recomputes the whole ledger in Python.
"""

import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.scratch import report, set_up_database

ROWS = 100_000
ALL_CREDITED = """
ALTER TABLE grants_reliefline DISABLE TRIGGER USER;
ALTER TABLE grants_application DISABLE TRIGGER USER;
UPDATE grants_reliefline line SET state = 'credited', approved_cents = asked_cents,
    form = 'credit_note', voucher_ref = 'A1', voucher_date = '2020-05-05',
    -- A month is relieved once: each line gets another.
    month = DATE '0001-01-01' + make_interval(months => line.id::int)
    FROM grants_ledgerentry entry WHERE entry.relief_line_id = line.id AND entry.kind = 'credit';
UPDATE grants_application file SET state = 'credited', rank = file.id, submitted_on = '2020-05-05'
    FROM grants_reliefline line WHERE line.application_id = file.id AND line.state = 'credited';
ALTER TABLE grants_reliefline ENABLE TRIGGER USER;
ALTER TABLE grants_application ENABLE TRIGGER USER;
"""


def main() -> None:
    set_up_database()
    from benchmarks.ledger_rows import LIFE, as_owner, chained_rows, copy_in, make_files
    from fundadmin import backups, restoring
    from fundadmin.postgres_clients import run

    files = make_files("sauvegarde", ROWS // len(LIFE))
    copy_in(chained_rows(files, ROWS))
    as_owner(ALL_CREDITED)
    as_owner("VACUUM ANALYZE")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = perf_counter()
        backups.make(folder / "backup")
        backup = perf_counter() - start
        start = perf_counter()
        run("pg_dump", "--format=custom", f"--file={folder / 'bare'}", database=files_database())
        dump = perf_counter() - start
        start = perf_counter()
        found = restoring.check(folder / "backup")
        proof = perf_counter() - start
        size = (folder / "backup" / backups.DUMP).stat().st_size
    assert not found.faults, found.faults[:5]
    print(f"{ROWS} ledger rows, {size / 1024 / 1024:.1f} MiB; {restoring.times(found)}")
    report("backup", backup / dump, f"{backup:.2f} s", f"{dump:.2f} s", at_most=2)
    restore = found.seconds["restore"]
    report("restore_check", proof / restore, f"{proof:.2f} s", f"{restore:.2f} s", at_most=5)


def files_database() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])


if __name__ == "__main__":
    main()
