"""What a spreadsheet makes of a file: its tables, and the cells that it would reckon instead of showing."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

Row = dict[str, Any]
AMOUNT: Final = re.compile(r"-?\d+([.,]\d+)?")
STARTS: Final = re.compile(r"[\s\x00-\x1f\x7f-\xa0\u200b\ufeff]*[-=+@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
MARKED: Final = re.compile(r"'+[\s\u0001-\u001f\u007f-\u009f\u200b\ufeff]*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def cells_of(path: Path) -> Iterator[list[list[Any]]]:
    """The cells of each sheet of a workbook, of a CSV file, of each CSV file in an archive."""
    if path.suffix == ".xlsx":
        for sheet in load_workbook(path).worksheets:
            yield [list(row) for row in sheet.iter_rows()]
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".csv"):
                    yield parsed(archive.read(name).decode("utf-8-sig"))
    elif path.suffix == ".csv":
        yield parsed(path.read_bytes().decode("utf-8-sig"))
    elif path.suffix == ".txt" and "FEC" in path.name and "description" not in path.name:
        yield [line.split("\t") for line in path.read_bytes().decode("iso-8859-15").split("\r\n")]


def parsed(text: str) -> list[list[Any]]:
    heading = text.split("\n", 1)[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def value_of(cell: Any) -> Any:
    value = getattr(cell, "value", cell)
    return unescape(value) if isinstance(value, str) and not isinstance(cell, str) else value


def tables_in(path: Path) -> Iterator[list[Row]]:
    """Rows by their headings, without the line of totals. Every row has a cell for every heading, and no other."""
    for heading, *rows in cells_of(path):
        names = [str(value_of(name)) for name in heading]
        lines = [dict(zip(names, map(value_of, row), strict=True)) for row in rows if row not in ([""], [])]
        yield [line for line in lines if next(iter(line.values())) not in ("Total", "Rien à imputer")]


def live_formulas(path: Path) -> list[str]:
    """The cells that a spreadsheet reckons, but for our own sums."""
    found = []
    for rows in cells_of(path):
        for cell in (cell for row in rows for cell in row):
            if isinstance(cell, str):
                if STARTS.match(cell) and not AMOUNT.fullmatch(cell):
                    found.append(cell)
            elif cell.data_type == "f" and not is_ours(cell):
                found.append(str(cell.value))
    return found


def is_ours(cell: Any) -> bool:
    """Names stand in the first column of the sheet of totals, sums in the others."""
    return bool(cell.parent.title == "Totaux" and cell.column > 1)


def as_it_was(text: str) -> str:
    """What docs/exports.md says to do with a text that begins with an apostrophe."""
    return text[1:] if MARKED.match(text) else text
