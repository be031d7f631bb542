"""A table as CSV or XLSX, typed cell by cell: what a spreadsheet opens, and what another program reads back.

CSV is written for French spreadsheets: semicolons, decimal commas, a byte-order mark. Text that a spreadsheet would
take for a formula is preceded by an apostrophe; amounts are numbers and never are.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grants.exports.tables import FORMULA

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CELL_LIMIT: Final = 32_767  # characters, Excel's
NAME_LIMIT: Final = 31  # characters of a sheet's name, Excel's
FOOTER_LIMIT: Final = 240  # characters of the title: Excel's 255, less those of the page numbers
CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the same in every file, so that the same rows are the same bytes


class Kind(Enum):
    TEXT = auto()
    EUROS = auto()
    DAY = auto()
    WHOLE = auto()


NUMBERS: Final = {Kind.EUROS: "#,##0.00\\ €", Kind.DAY: "dd/mm/yyyy", Kind.WHOLE: "0"}
"""How a workbook shows them."""
TO_FILL: Final = "#FFF8DC"
LINE: Final = "#C9D1D6"
LINE_HEIGHT: Final = 15  # points
MOST_LINES: Final = 25
"""Excel's rows are 409 points high at most."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters. A cell of EUROS is given in cents; one of any kind may be None.

    `to_fill`: for somebody to fill in, which a workbook shows.
    """

    label: str
    kind: Kind = Kind.TEXT
    width: int = 18
    to_fill: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One page of a workbook, or a CSV file.

    `total`: a last row, with a value or None for each column. `printed`: the first columns only are; all if 0.
    `empty`: what it says where there are no rows.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    total: Sequence[Any] = ()
    printed: int = 0
    empty: str = ""

    def cells(self) -> Iterator[tuple[Sequence[Any], bool]]:
        """Each row, and whether it is one of `rows`."""
        is_empty = True
        for row in self.rows:
            is_empty = False
            yield row, True
        if is_empty and self.empty:
            yield [self.empty, *[None] * (len(self.columns) - 1)], False
        if self.total:
            yield self.total, False


def write_csv(path: Path, sheet: Sheet) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(column.label for column in sheet.columns)
        for row, _is_own in sheet.cells():
            writer.writerow(as_text(column, value) for column, value in zip(sheet.columns, row, strict=True))


def as_text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == Kind.EUROS:
        return str(euros_of(value)).replace(".", ",")
    if column.kind == Kind.DAY:
        return f"{value:%d/%m/%Y}"
    if column.kind == Kind.WHOLE:
        return str(value)
    text = str(value).replace("\0", "")
    return f"'{text}" if re.match(FORMULA, text) else text


def euros_of(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def write_xlsx(path: Path, sheets: Iterable[Sheet], *, title: str) -> None:
    """Row by row, so that memory doesn't grow with them; heads stay in sight."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": title, "author": "fundadmin", "created": CREATED})
    # A line below each row: on paper it is followed by eye, and filled in by hand.
    cell = {"valign": "top", "bottom": 1, "bottom_color": LINE}
    formats = {
        Kind.TEXT: book.add_format({**cell, "text_wrap": True}),
        Kind.EUROS: book.add_format({**cell, "num_format": NUMBERS[Kind.EUROS]}),
        Kind.DAY: book.add_format({**cell, "num_format": NUMBERS[Kind.DAY], "align": "left"}),
        Kind.WHOLE: book.add_format({**cell, "num_format": NUMBERS[Kind.WHOLE]}),
    }
    filled = {
        kind: book.add_format({**cell, "num_format": NUMBERS.get(kind, "@"), "bg_color": TO_FILL}) for kind in Kind
    }
    heading = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}
    head, above_figures = book.add_format(heading), book.add_format({**heading, "align": "right"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name[:NAME_LIMIT])
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer(f"&L{footer_of(title)}&R&P / &N")
        for number, column in enumerate(sheet.columns):
            page.set_column(number, number, column.width)
            page.write_string(0, number, column.label, above_figures if column.kind == Kind.EUROS else head)
        last = 0
        for row, (cells, is_own) in enumerate(sheet.cells(), start=1):
            page.set_row(row, LINE_HEIGHT * lines_of(sheet.columns, cells))
            for number, (column, value) in enumerate(zip(sheet.columns, cells, strict=True)):
                looks = filled if column.to_fill and is_own else formats
                write_cell(page, (row, number), column, value, looks[column.kind])
            last = row
        page.print_area(0, 0, last, (sheet.printed or len(sheet.columns)) - 1)
    book.close()


def footer_of(title: str) -> str:
    """The title as a footer writes it, cut where Excel would have no footer at all."""
    written = [mark.replace("&", "&&") for mark in " ".join(title.split())]
    if sum(map(len, written)) <= FOOTER_LIMIT:
        return "".join(written)
    return "".join(written[: FOOTER_LIMIT // 2]) + "…"


def lines_of(columns: Sequence[Column], cells: Sequence[Any]) -> int:
    """How many lines a row's words take: not every program that opens or prints it reckons that itself."""
    lengths = ((len(str(value)), column.width) for column, value in zip(columns, cells, strict=True) if value)
    return min(MOST_LINES, max((-(-length // width) for length, width in lengths), default=1))


def write_cell(page: "Worksheet", place: tuple[int, int], column: Column, value: Any, look: "Format") -> None:
    if value is None or value == "":
        page.write_blank(*place, None, look)
    elif column.kind == Kind.EUROS:
        page.write_number(*place, euros_of(value), look)
    elif column.kind == Kind.DAY:
        page.write_datetime(*place, midnight(value), look)
    elif column.kind == Kind.WHOLE:
        page.write_number(*place, value, look)
    else:
        page.write_string(*place, str(value).replace("\0", "")[:CELL_LIMIT], look)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a spreadsheet's day has no zone
