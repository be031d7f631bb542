"""import_rent_roll: a rent roll of 100,000 lines against a bare COPY of the calls it makes, into the same table.

Run by `python -m benchmarks.bench_import_rent_roll [LINES]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from benchmarks.scratch import report, set_up_database

LINES = 100_000
GOAL = 0.08
MONTHS = 12
HEADER = (
    "Réf. bail;Réf. local;Adresse;Code postal;Commune;Raison sociale;SIRET;Code NAF;Effectif;Date de début du bail;"
    "Période;Loyer HT;Provisions sur charges;Taux TVA;Régime TVA\r\n"
)


def write_rent_roll(path: Path, lines: int) -> None:
    """Write twelve months of invented leases, as a landlord's program exports them: Windows-1252, decimal comma."""
    from tests.factories_landlords import valid_siret

    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(HEADER)
        for line in range(lines):
            n, month = divmod(line, MONTHS)
            siret = valid_siret(n)
            file.write(
                f"BAIL-{n};LOC-{n};{n} rue des Essais;60000;Beauvais;Café inventé n° {n};"
                f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]};56.10A;{n % 40};01/01/2015;{month + 1:02d}/2020;"
                f"{1 + n % 3} {n % 1000:03d},50;{100 + n % 90},00;20;débits\r\n"
            )


def run(lines: int = LINES) -> tuple[float, float]:
    """Return the seconds that the import took and those that COPY took for the same rent calls."""
    from django.core.management import call_command
    from django.db import connection

    from fundadmin.database_roles import as_owner
    from landlords.models import RentCall, RentRollImport
    from tests.factories_landlords import landlord

    owner = landlord()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "etat-locatif.csv"
        write_rent_roll(path, lines)
        start = time.perf_counter()
        call_command(
            "import_rent_roll", path, "--landlord", owner.siren, "--json", stdout=StringIO(), stderr=StringIO()
        )
        ours = time.perf_counter() - start
    assert RentRollImport.objects.get().created == lines

    table = RentCall._meta.db_table
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        rows = b"".join(bytes(block) for block in copy)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")
    with connection.cursor() as cursor:
        start = time.perf_counter()
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(rows)
        reference = time.perf_counter() - start
    assert RentCall.objects.count() == 2 * lines
    return ours, reference


def main() -> None:
    set_up_database()
    ours, reference = run(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
    report("import_rent_roll", reference / ours, f"{ours:.2f} s", f"{reference:.2f} s", at_least=GOAL)


if __name__ == "__main__":
    main()
