"""A file -> its rows, whatever the landlord's software made of it.

A row is its number as in the file and its cells: text from a CSV file, typed values from a workbook. Rows are
read one by one, so a large file takes no more memory than a small one.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import datetime
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeGuard

import openpyxl
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900

from landlords.rent_roll.findings import Finding

Cell: TypeAlias = str | float | datetime.datetime | datetime.date | datetime.time | datetime.timedelta | None
Row: TypeAlias = tuple[int, Sequence[Cell]]

# Title lines above the header are few: a logo, a date, an address.
HEADER_WITHIN: Final = 40
_CHUNK: Final = 1 << 16
_DELIMITERS: Final = ";,\t"
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Unreadable(Exception):
    """The file as a whole can't be read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True)
class Table:
    """The rows of a file; `epoch` is day 0 of its dates written as numbers, `delimiter` None in a workbook."""

    rows: Iterator[Row | Finding]
    epoch: datetime.date
    delimiter: str | None = None
    ignored_sheets: tuple[str, ...] = ()


def is_number(cell: Cell) -> TypeGuard[float]:
    """Say whether a cell of a workbook is a number that means something (not a truth value, 1E+400...)."""
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and math.isfinite(cell)


Score: TypeAlias = Callable[[Sequence[Cell]], int]


@contextlib.contextmanager
def open_table(path: Path, header_score: Score) -> Iterator[Table]:
    """Open `path`; `header_score` says how many known headings a row holds.

    It decides which delimiter a CSV file uses and which sheet of a workbook is the rent roll. Raises Unreadable.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Unreadable(Finding("file_unreadable", params={"reason": error.strerror})) from error
    if not start:
        raise Unreadable(Finding("file_empty"))
    if start == _OLD_OFFICE:
        raise Unreadable(Finding("file_is_xls"))
    opened = _open_workbook(path, header_score) if start == _ZIP else _open_csv(path, header_score)
    with opened as table:
        yield table


@contextlib.contextmanager
def _open_csv(path: Path, header_score: Score) -> Iterator[Table]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = list(itertools.islice(file, HEADER_WITHIN))
    # A comma may be a decimal one: the right delimiter is the one that makes a header appear.
    scores = {delimiter: _best_score(_csv_rows(sample, delimiter), header_score) for delimiter in _DELIMITERS}
    delimiter = max(scores, key=lambda candidate: scores[candidate])
    with path.open(encoding=encoding, newline="") as file:
        yield Table(_csv_rows(file, delimiter), CALENDAR_WINDOWS_1900.date(), delimiter)


def _csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row | Finding]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except csv.Error:
            yield Finding("quotes_broken", line=number)
        except StopIteration:
            return


def _best_score(rows: Iterable[Row | Finding], header_score: Score) -> int:
    return max((header_score(row[1]) for row in rows if not isinstance(row, Finding)), default=0)


def _encoding(path: Path) -> str:
    """Tell the encoding from the byte order mark, else from the bytes themselves."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    has_mark = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # In UTF-16 every other byte of Latin text is zero; no other encoding read here has zeros at all.
    if start.startswith(codecs.BOM_UTF16_LE) or start[1::2].count(0) > len(start) // 4:
        possible = ["utf-16-le"]
    elif start.startswith(codecs.BOM_UTF16_BE) or start[0::2].count(0) > len(start) // 4:
        possible = ["utf-16-be"]
    else:
        possible = ["utf-8", "cp1252"]
    for encoding in possible:
        fault = _first_undecodable(path, encoding)
        if fault is None:
            return "utf-16" if has_mark else encoding
    raise Unreadable(Finding("encoding_unknown", line=fault))


def _first_undecodable(path: Path, encoding: str) -> int | None:
    """Return the number of the first line that isn't in `encoding`, None when all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].decode(encoding).count("\n")
            if not chunk:
                return None


@contextlib.contextmanager
def _open_workbook(path: Path, header_score: Score) -> Iterator[Table]:
    with warnings.catch_warnings():
        # openpyxl warns of styles and validations that it leaves out; none of them is data.
        warnings.simplefilter("ignore")
        try:
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl raises whatever its parsers met in the archive
            raise Unreadable(Finding("file_damaged")) from error
        with contextlib.closing(workbook):
            scores = {}
            for sheet in workbook.worksheets:
                # Some programs write a wrong size into the sheet, which would cut rows off.
                sheet.reset_dimensions()
                scores[sheet.title] = _best_score(itertools.islice(_sheet_rows(sheet), HEADER_WITHIN), header_score)
            if not scores:
                raise Unreadable(Finding("file_damaged"))
            chosen = max(scores, key=lambda title: scores[title])
            others = tuple(title for title, score in scores.items() if title != chosen and score == scores[chosen] > 0)
            yield Table(_sheet_rows(workbook[chosen]), workbook.epoch.date(), ignored_sheets=others)


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    # Read-only and without formulas, a cell holds text, a number, a truth value or a date.
    rows: Iterator[Row] = enumerate(sheet.iter_rows(values_only=True), start=1)
    number = 0
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above: the sheet is parsed while it is read
            raise Unreadable(Finding("file_damaged", line=number + 1)) from error
        yield number, cells
