"""Tables as workbooks: typed cells, a frozen heading, filters; written row by row, so memory doesn't grow with them."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from psycopg import sql

from grants.exports.kinds import Told
from grants.exports.tables import TELL_EVERY, Column, Kind, Table, instant, rows_of

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS: Final = 1_000_000
"""A sheet holds 1,048,576 rows; what is more goes on the next one."""
FIRST_DAY: Final = sql.SQL("date '1899-12-30'")
"""From which a workbook counts its days."""
A4: Final = 9
HEADING_HEIGHT: Final = 32
"""Two lines."""
MADE_AT: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Always the same: the manifest says when it was made."""


class Formats:
    """How cells look, made once for a workbook."""

    def __init__(self, book: "Workbook") -> None:
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        heading = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCEEF1", "bottom": 1}
        self.heading: Format = book.add_format(heading)
        self.figure: Format = book.add_format({**heading, "align": "right"})
        self.bold: Format = book.add_format({"bold": True})
        self.euros: Format = book.add_format({"num_format": "#,##0.00"})
        self.total: Format = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        self.day: Format = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})


Opened = tuple["Workbook", Formats]


@contextmanager
def workbook(path: Path, title: str) -> Iterator[Opened]:
    """A workbook that is whole when this ends. What it needs meanwhile lies beside it, and goes with its folder."""
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    book.set_properties({"title": title, "created": MADE_AT})
    yield book, Formats(book)
    book.close()


def cell(column: Column) -> sql.Composable:
    """A value as a cell holds it: euros and days as numbers, the rest as it is."""
    if column.kind == Kind.CENTS:
        return sql.SQL("({}) * 0.01").format(column.value)
    if column.kind == Kind.DAY:
        return sql.SQL("({}) - {}").format(column.value, FIRST_DAY)
    if column.kind == Kind.CODE:
        return sql.SQL("({})::text").format(column.value)
    return instant(column.value) if column.kind == Kind.INSTANT else column.value


def sheet_names(name: str, rows: int) -> list[str]:
    """Of the sheets that so many rows take."""
    count = max(1, -(-rows // SHEET_ROWS))
    return [name] + [f"{name} {number}" for number in range(2, count + 1)]


def write_sheets(opened: "Opened", table: Table, name: str, told: Told, rows: int) -> None:
    """The rows on as many sheets as they take, each with the heading."""
    book, formats = opened
    looks = [{Kind.CENTS: formats.euros, Kind.DAY: formats.day}.get(column.kind) for column in table.columns]
    with closing(rows_of(table, cell)) as found:
        for number, sheet_name in enumerate(sheet_names(name, rows)):
            done = number * SHEET_ROWS
            sheet = book.add_worksheet(sheet_name)
            lines = min(SHEET_ROWS, rows - done)
            head(sheet, formats, table, lines)
            writes = [sheet.write_number if is_number(column) else sheet.write_string for column in table.columns]
            for line, row in enumerate(islice(found, lines), 1):
                for place, value in enumerate(row):
                    if value is not None:
                        writes[place](line, place, value, looks[place])
                if line % TELL_EVERY == 0:
                    told(done + line, rows)


def is_number(column: Column) -> bool:
    return column.kind in {Kind.NUMBER, Kind.CENTS, Kind.DAY}


def head(sheet: "Worksheet", formats: Formats, table: Table, lines: int) -> None:
    """The heading, and what makes a long sheet easy to read, filter and print."""
    sheet.set_row(0, HEADING_HEIGHT)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, str(column.label), formats.heading)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(lines, 1), len(table.columns) - 1)
    sheet.print_area(0, 0, max(lines, 1), table.readable - 1)
    # A SIRET is a text of digits, and meant so.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def on_one_page(sheet: "Worksheet", *widths: int) -> None:
    """A short sheet, printed on one page; the widths of its columns in characters."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 1)


def write_heading(sheet: "Worksheet", formats: Formats, line: int, titles: Sequence[str]) -> None:
    """Titles of two lines at most; those of figures stand above them."""
    sheet.set_row(line, HEADING_HEIGHT)
    for place, title in enumerate(titles):
        sheet.write_string(line, place, title, formats.figure if place else formats.heading)
