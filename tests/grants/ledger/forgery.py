"""Ledger rows made by hand, as somebody with the application's password and `psql` would."""

from datetime import UTC, date, datetime
from typing import Any

from grants.ledger import LockedPosition
from grants.ledger.canonical import canonical_text, digest
from grants.ledger.posting import COLUMNS
from tests.grants.ledger.conftest import Book

INSERT = f"INSERT INTO grants_ledgerentry ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608
COPY = f"COPY grants_ledgerentry ({', '.join(COLUMNS)}) FROM STDIN"


def next_row(book: Book, position: LockedPosition, **changes: Any) -> dict[str, Any]:
    """A right row that reserves 1 euro after the position; with `changes`, one that isn't, but with a right digest."""
    row = {
        "fund_id": book.fund.pk,
        "number": position.last_number + 1,
        "kind": "reserve",
        "source": "available",
        "target": "reserved",
        "amount_cents": 100,
        "event_id": book.event.pk,
        "application_id": book.line.application_id,
        "relief_line_id": book.line.pk,
        "charter_id": book.charter.pk,
        "value_date": date(2020, 6, 1),
        "posted_at": datetime(2020, 6, 1, 9, 30, 0, 123456, tzinfo=UTC),
        "reverses_id": None,
        "available_after": position.available_cents - 100,
        "reserved_after": position.reserved_cents + 100,
        "committed_after": position.committed_cents,
        "credited_after": position.credited_cents,
    } | changes
    return {"digest": digest(text_of(row), position.last_digest)} | row


def follow(position: LockedPosition, row: dict[str, Any]) -> None:
    """Bring the position to where the row would leave it."""
    position.last_number, position.last_digest = row["number"], row["digest"]
    position.available_cents, position.reserved_cents = row["available_after"], row["reserved_after"]


def text_of(row: dict[str, Any]) -> str:
    """The canonical text of a row under charter version 1 that undoes nothing."""
    unhashed = {"fund_id", "charter_id", "reverses_id", "digest"}
    fields = {name: value for name, value in row.items() if name not in unhashed}
    return canonical_text(**fields, charter_version=1, reverses_number=None)


def values(row: dict[str, Any]) -> list[Any]:
    return [row[column] for column in COLUMNS]
