"""Tables that a landlord's software makes and that are no rent roll, read with the same tolerance.

Encodings, separators, title lines above the header, headings in any order and wording, decimal commas and dates as
people write them: `landlords.rent_roll` reads all that. Here is what a table's own words are, row by row.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from landlords.enums import Component
from landlords.rent_roll import values
from landlords.rent_roll.columns import Columns, Vocabulary, find_columns
from landlords.rent_roll.dates import parse_date
from landlords.rent_roll.findings import BadValue, Finding
from landlords.rent_roll.reading import HEADER_WITHIN, Cell, Row, Unreadable, open_table
from landlords.rent_roll.words import plain

__all__ = ["Finding", "Opened", "TableKind", "TableRow", "Unreadable", "component", "day", "opened", "unquoted"]

Reader: TypeAlias = Callable[[Cell], Any]
Readers: TypeAlias = Callable[[datetime.date], Mapping[str, Reader]]

_TOTAL_WORDS: Final = ("total", "sous total", "s total")
_OWN_WORDS: Final = {
    "file_empty": "table_empty",
    "no_lines": "table_no_lines",
    "sheet_ignored": "table_sheet_ignored",
    "amount_too_large": "figure_too_large",
}
"""Sentences that speak of a rent roll, and the same for any table."""


@dataclass(frozen=True)
class TableKind:
    """What a table may hold: by fact its headings (`a|b|c`, as `heading_words` leaves them), and what reads its cells.

    `needed`: of each group one column at least. `usual`: the headings that a remedy names. `names_row`: facts of which
    a line that isn't a total has one.
    """

    headings: Mapping[str, str]
    readers: Readers
    needed: Sequence[Sequence[str]]
    usual: Mapping[str, str]
    names_row: Sequence[str]
    expected: str

    def vocabulary(self) -> Vocabulary:
        by_heading = {heading: fact for fact, all_ in self.headings.items() for heading in all_.split("|")}
        return Vocabulary(by_heading.get, self._missing)

    def _missing(self, columns: Columns) -> Iterator[Finding]:
        for group in self.needed:
            if columns.places.keys().isdisjoint(group):
                headings = self.usual[group[0]]
                params = {"fact": headings.split(",")[0], "headings": headings}
                yield Finding("column_missing", columns.line, params=params)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line: its facts, each as read (`told`) and as in the file (`written`), and what couldn't be read."""

    line: int
    told: Mapping[str, Any]
    written: Mapping[str, str]
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class Opened:
    """A table whose header was read. Where `errors` says that it can't be used there are no rows."""

    columns: Columns | None
    errors: Sequence[Finding]
    warnings: Sequence[Finding]
    rows: Iterator[TableRow | Finding] = field(default_factory=lambda: iter(()))


@contextlib.contextmanager
def opened(path: Path, kind: TableKind) -> Iterator[Opened]:
    """Open a file and read its header; its rows are read one by one. Raises Unreadable, also while they are read."""
    words = kind.vocabulary()
    try:
        with open_table(path, words.score) as table:
            head = list(itertools.islice(table.rows, HEADER_WITHIN))
            columns = find_columns([row for row in head if not isinstance(row, Finding)], words=words)
            warnings = [own_words(Finding("sheet_ignored", value=title)) for title in table.ignored_sheets]
            if columns is None:
                yield Opened(None, [Finding("header_missing", params={"expected": kind.expected})], warnings)
                return
            warnings += [Finding("column_ignored", columns.line, header) for header in columns.ignored]
            rows: Iterator[TableRow | Finding] = iter(())
            if not columns.errors:
                below = (row for row in itertools.chain(head, table.rows) if _number(row) > columns.line)
                rows = _read(below, columns, kind, kind.readers(table.epoch), is_csv=table.delimiter is not None)
            yield Opened(columns, columns.errors, warnings, rows)
    except Unreadable as unreadable:
        raise Unreadable(own_words(unreadable.finding)) from unreadable


def own_words(finding: Finding) -> Finding:
    return replace(finding, code=_OWN_WORDS.get(finding.code, finding.code))


def _number(row: Row | Finding) -> int:
    return (row.line or 0) if isinstance(row, Finding) else row[0]


def _read(
    rows: Iterable[Row | Finding], columns: Columns, kind: TableKind, readers: Mapping[str, Reader], *, is_csv: bool
) -> Iterator[TableRow | Finding]:
    for row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        number, cells = row
        padded = [*cells, *[None] * (columns.width - len(cells))]
        if all(values.is_blank(cell) for cell in cells) or _is_header(padded, columns):
            continue
        if _is_total(padded, columns, kind):
            continue
        if is_csv and not all(values.is_blank(cell) for cell in cells[columns.width :]):
            # What stands there isn't quoted: it is told of the file as a whole, and may be anybody's name.
            yield Finding("table_cells_shifted", number)
            continue
        yield _row(number, padded, columns, readers)


def _row(number: int, cells: Sequence[Cell], columns: Columns, readers: Mapping[str, Reader]) -> TableRow:
    told: dict[str, Any] = {}
    written: dict[str, str] = {}
    findings = []
    for fact, place in columns.places.items():
        cell = unquoted(cells[place])
        if values.is_blank(cell):
            continue
        written[fact] = _as_written(cell)
        try:
            value = readers[fact](cell)
        except BadValue as bad:
            found = Finding(bad.code, number, columns.header(fact), written[fact], bad.params)
            findings.append(own_words(found))
        else:
            if value is not None:
                told[fact] = value
    return TableRow(number, told, written, findings)


def _as_written(cell: Cell) -> str:
    if isinstance(cell, datetime.date):
        return f"{cell:%d/%m/%Y}"
    return values.text(cell)


def _is_header(cells: Sequence[Cell], columns: Columns) -> bool:
    """Some programs repeat the header on each page."""
    return all(values.text(cells[place]) == header for place, header in columns.headers.items())


def _is_total(cells: Sequence[Cell], columns: Columns, kind: TableKind) -> bool:
    """Say whether a line adds up others: it begins with “Total” and names nothing."""
    named = [cells[columns.places[fact]] for fact in kind.names_row if fact in columns.places]
    if any(not values.is_blank(cell) and not _says_total(cell) for cell in named):
        return False
    return _says_total(next((cell for cell in cells if not values.is_blank(cell)), None))


def _says_total(cell: Cell) -> bool:
    return isinstance(cell, str) and plain(cell).startswith(_TOTAL_WORDS)


_QUOTED: Final = re.compile(r"'[=+\-@\t\r]")


def unquoted(cell: Cell) -> Cell:
    """A text less the apostrophe that our own CSV puts before what a spreadsheet would take for a formula."""
    return cell[1:] if isinstance(cell, str) and _QUOTED.match(cell) else cell


def component(cell: Cell) -> Component | None:
    """Read “Loyer”, “Provisions sur charges”, “Taxe foncière”; None for several at once: “Loyer et taxes”."""
    words = plain(values.text(cell)).split()
    named = [found for found, stems in _COMPONENTS.items() if any(word.startswith(stems) for word in words)]
    if not named:
        raise BadValue("component_unreadable")
    return named[0] if len(named) == 1 else None


_COMPONENTS: Final[Mapping[Component, tuple[str, ...]]] = {
    Component.RECHARGED_TAXES: ("taxe", "impot", "recharged", "tf"),
    Component.CHARGES: ("charge", "provision", "service"),
    Component.RENT: ("loyer", "rent"),
}


def day(epoch: datetime.date) -> Reader:
    return lambda cell: parse_date(cell, epoch)
