"""Rent rolls made for tests: written to files as landlords' programs do, and read without a database."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from landlords.rent_roll.calls import Months
from landlords.rent_roll.checking import Checker
from landlords.rent_roll.columns import find_columns, header_score
from landlords.rent_roll.findings import Finding, Findings
from landlords.rent_roll.lines import Line
from landlords.rent_roll.reading import open_table
from tests.factories_landlords import valid_siret

# The smallest roll that says all that is needed.
SIMPLE: dict[str, Any] = {
    "Réf. bail": "B1",
    "Réf. local": "L1",
    "Raison sociale": "Café Zoé",
    "SIRET": valid_siret(1),
    "Code NAF": "56.10A",
    "Effectif": "3",
    "Date de début du bail": "01/01/2018",
    "Période": "04/2020",
    "Loyer HT": "500,00",
}


def rows_of(*lines: dict[str, Any]) -> list[list[Any]]:
    """Return header and lines; each line changes or adds to SIMPLE, a column is there if any line has it."""
    full = [SIMPLE | line for line in lines]
    header = list(dict.fromkeys(key for line in full for key in line))
    return [header, *([line.get(key, "") for key in header] for line in full)]


def csv_bytes(
    rows: Sequence[Sequence[Any]], delimiter: str = ";", encoding: str = "utf-8", newline: str = "\r\n"
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue().encode(encoding)


def csv_file(folder: Path, *lines: dict[str, Any], name: str = "roll.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_bytes(rows_of(*lines)))
    return path


def xlsx_file(folder: Path, *rows: Sequence[Any], name: str = "roll.xlsx") -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    path = folder / name
    workbook.save(path)
    return path


class Parsed:
    """What a file says, before the database is asked."""

    def __init__(self, path: Path, months: Months | None = None) -> None:
        self.errors, self.warnings = Findings(), Findings()
        self.lines: list[Line] = []
        with open_table(path, header_score) as table:
            rows = list(itertools.islice(table.rows, 40))
            columns = find_columns([row for row in rows if not isinstance(row, Finding)])
            assert columns is not None
            assert not columns.errors
            self.columns = columns
            checker = Checker(
                columns,
                table.epoch,
                months=months,
                is_csv=table.delimiter is not None,
                errors=self.errors,
                warnings=self.warnings,
            )
            below = [row for row in rows if isinstance(row, Finding) or row[0] > columns.line]
            self.lines = list(checker.checked(itertools.chain(below, table.rows)))

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.errors]

    @property
    def warning_codes(self) -> list[str]:
        return [finding.code for finding in self.warnings]
