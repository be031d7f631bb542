"""Rows of the database as typed columns, written by the database itself as CSV or JSON, or cell by cell as a workbook.

A `Table` names its columns once; each way of writing asks PostgreSQL for them as it needs them: amounts as euros with
a comma or a point, texts made safe for spreadsheets, integer cents for programs. No amount passes through Python.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from psycopg import sql

from grants.exports.kinds import Told

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BOM: Final = b"\xef\xbb\xbf"
BUFFER: Final = 1 << 20
TELL_EVERY: Final = 5_000
"""Rows between two words on how far it is."""
FORMULA: Final = (
    # Each space by itself: which ones `\s` means depends on the server's version.
    r"^'*[\s\u0001-\u001f\u007f-\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]*"
    r"[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]"
)
"""What a spreadsheet may take for a formula. Apostrophes before it count, so that taking one away gives the text."""


class Kind(Enum):
    """What a column holds; `CODE`: words of ours, digests and identifiers, which need no making safe."""

    TEXT = auto()
    CODE = auto()
    NUMBER = auto()
    CENTS = auto()
    DAY = auto()
    INSTANT = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is stable, for programs; `label` is what people read; `value` is SQL of the table's own."""

    name: str
    label: "_StrPromise"
    kind: Kind
    value: sql.Composable
    width: int = 12
    """In a workbook, in characters."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of rows: `rows` is the SQL from FROM on, with its order."""

    columns: tuple[Column, ...]
    rows: sql.Composable
    readable: int
    """So many columns, the first ones, are for people: those are printed."""

    def select(self, shown: Callable[[Column], sql.Composable]) -> sql.Composed:
        """The query, each column as `shown` wants it."""
        columns = [sql.SQL("{} AS {}").format(shown(column), sql.Identifier(column.name)) for column in self.columns]
        return sql.SQL("SELECT {} {}").format(sql.SQL(", ").join(columns), self.rows)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written: what its reader's spreadsheet expects."""

    separator: str = ";"
    decimal: str = ","
    has_bom: bool = True
    labels: bool = True
    """Headings for people; otherwise the columns' names."""


def csv_query(table: Table, dialect: Dialect) -> sql.Composed:
    """The statement whose output is the CSV, but for its heading."""
    return sql.SQL("COPY ({}) TO STDOUT WITH (FORMAT csv, DELIMITER {}, ENCODING 'UTF8')").format(
        table.select(lambda column: csv_value(column, dialect)), dialect.separator
    )


def csv_value(column: Column, dialect: Dialect) -> sql.Composable:
    if column.kind == Kind.CENTS:
        return sql.SQL(
            "CASE WHEN {0} < 0 THEN '-' ELSE '' END || abs({0}) / 100 || {1} || lpad((abs({0}) % 100)::text, 2, '0')"
        ).format(column.value, sql.Literal(dialect.decimal))
    if column.kind == Kind.TEXT:
        return safe(column.value)
    return instant(column.value) if column.kind == Kind.INSTANT else column.value


def safe(text: sql.Composable) -> sql.Composed:
    """A text that no spreadsheet takes for a formula: an apostrophe before what it might."""
    return sql.SQL("CASE WHEN {0} ~ {1} THEN '''' || {0} ELSE {0} END").format(text, sql.Literal(FORMULA))


def instant(value: sql.Composable) -> sql.Composed:
    """In UTC with six decimals, as the chain's digests take it."""
    return sql.SQL("to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')").format(value)


def write_csv(table: Table, path: Path, dialect: Dialect, told: Told, rows: int) -> None:
    headings = [str(column.label) if dialect.labels else column.name for column in table.columns]
    with path.open("wb", buffering=BUFFER) as stream:
        stream.write(BOM if dialect.has_bom else b"")
        stream.write((dialect.separator.join(map(quoted, headings)) + "\n").encode())
        copy_out(csv_query(table, dialect), stream.write, told, rows)


def quoted(heading: str) -> str:
    return f'"{heading}"' if any(mark in heading for mark in ';,"') else heading


JSON_LINES: Final = "COPY (SELECT row_to_json(line) FROM ({}) line) TO STDOUT WITH (FORMAT csv, {}, ENCODING 'UTF8')"
UNUSED: Final = sql.SQL(r"QUOTE E'\x01', DELIMITER E'\x02'")
"""JSON writes control characters as escapes, so with these nothing is ever quoted."""


def jsonl_query(table: Table) -> sql.Composed:
    """One JSON object per line: integer cents, days and instants as ISO 8601, null for what there is not."""
    named = [replace(one, name=f"{one.name}_cents") if one.kind == Kind.CENTS else one for one in table.columns]
    selected = replace(table, columns=tuple(named)).select(
        lambda column: instant(column.value) if column.kind == Kind.INSTANT else column.value
    )
    return sql.SQL(JSON_LINES).format(selected, UNUSED)


def write_jsonl(table: Table, path: Path, told: Told, rows: int) -> None:
    with path.open("wb", buffering=BUFFER) as stream:
        copy_out(jsonl_query(table), stream.write, told, rows)


def copy_out(query: sql.Composed, write: Callable[[memoryview], Any], told: Told, rows: int) -> None:
    """What PostgreSQL writes, as it comes: one row a block."""
    with connection.cursor() as cursor, cursor.cursor.copy(query) as blocks:
        for number, block in enumerate(blocks):
            write(block)
            if number % TELL_EVERY == 0:
                told(number, rows)


def rows_of(table: Table, shown: Callable[[Column], sql.Composable]) -> Generator[tuple[Any, ...]]:
    """The rows through a cursor of the server's, so many at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(table.select(shown).as_string(connection.connection))
        while page := cursor.fetchmany(TELL_EVERY):
            yield from page


def one_row(query: sql.Composed) -> tuple[Any, ...]:
    """The one row of an aggregate."""
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(connection.connection))
        row: tuple[Any, ...] = cursor.fetchone()
    return row
