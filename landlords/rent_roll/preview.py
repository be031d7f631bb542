"""What a file's columns seem to hold, with a few of their values: what a person corrects before anything is checked."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.formats import date_format

from landlords.rent_roll.columns import find_columns, header_score
from landlords.rent_roll.findings import Finding
from landlords.rent_roll.reading import HEADER_WITHIN, Cell, open_table
from landlords.rent_roll.words import tidy

SAMPLES: Final = 3
SAMPLE_LENGTH: Final = 60  # characters
COLUMNS_AT_MOST: Final = 200
_FEWEST_CELLS: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column as in the file; `place` counts from 0, `fact` is what it seems to hold."""

    place: int
    header: str
    fact: str | None
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`line`: the header's, 0 where no row could be one."""

    line: int
    columns: tuple[Column, ...] = ()


def preview(path: Path) -> Preview:
    """Look at the first lines of a file. Raises Unreadable."""
    with open_table(path, header_score) as table:
        head = [row for row in itertools.islice(table.rows, HEADER_WITHIN) if not isinstance(row, Finding)]
    found = find_columns(head)
    # Where no heading is known the first row with several cells is taken for the header: a person says what they mean.
    line = found.line if found else next((line for line, cells in head if _filled(cells) >= _FEWEST_CELLS), 0)
    if not line:
        return Preview(0)
    facts = {place: fact for fact, place in found.places.items()} if found else {}
    header = next(cells for number, cells in head if number == line)
    below = [cells for number, cells in head if number > line][:SAMPLES]
    return Preview(
        line,
        tuple(
            Column(place, written(cell), facts.get(place), tuple(_samples(below, place)))
            for place, cell in enumerate(header[:COLUMNS_AT_MOST])
            if written(cell) or any(_samples(below, place))
        ),
    )


def _filled(cells: Sequence[Cell]) -> int:
    return sum(1 for cell in cells if written(cell))


def _samples(rows: Sequence[Sequence[Cell]], place: int) -> list[str]:
    return [text for cells in rows if len(cells) > place and (text := written(cells[place]))]


def written(cell: Cell) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        cell = cell.date()
    if isinstance(cell, datetime.date):
        return date_format(cell, "SHORT_DATE_FORMAT")
    return tidy(str(cell))[:SAMPLE_LENGTH]
