"""A large rent roll takes no more memory than a small one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from landlords.rent_roll.checking import Checker
from landlords.rent_roll.columns import find_columns, header_score
from landlords.rent_roll.findings import Finding, Findings
from landlords.rent_roll.reading import open_table
from tests.factories_landlords import valid_siret

LEASES = 250
HEADER = "Réf. bail;Réf. local;Raison sociale;SIRET;Date de début du bail;Période;Loyer HT;Provisions sur charges\n"


def write(path: Path, lines: int) -> None:
    """Write `lines` lines month by month: 250 leases, each amount another one."""
    sirets = [valid_siret(n) for n in range(LEASES)]
    with path.open("w") as file:
        file.write(HEADER)
        for line in range(lines):
            month, lease = divmod(line, LEASES)
            period = f"{month % 12 + 1:02d}/{2000 + month // 12}"
            file.write(f"B{lease};L{lease};Café {lease};{sirets[lease]};01/01/1990;{period};{line},50;{line % 97},10\n")


def peak(path: Path) -> tuple[int, int]:
    """Return the lines read and the most bytes held meanwhile."""
    errors, warnings = Findings(), Findings()
    tracemalloc.start()
    with open_table(path, header_score) as table:
        head = next(table.rows)
        assert not isinstance(head, Finding)
        columns = find_columns([head])
        assert columns is not None
        checker = Checker(columns, table.epoch, months=None, is_csv=True, errors=errors, warnings=warnings)
        lines = sum(1 for _ in checker.checked(table.rows))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not errors
    return lines, most


def test_reading_and_checking_four_times_the_lines_takes_no_more_memory(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    write(small, 5_000)
    write(large, 20_000)
    # What is loaded once (regular expressions, caches) belongs to neither.
    peak(small)
    lines, little = peak(small)
    assert lines == 5_000
    lines, much = peak(large)
    assert lines == 20_000
    # Of each line a number is kept, to find the one that is called twice.
    assert much - little < 15_000 * 24
    assert much < 2 * little
