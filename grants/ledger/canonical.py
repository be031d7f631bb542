"""What is hashed for one ledger row, and how rows are chained. Migration 0002 says the same in SQL.

Fields in a fixed order, each followed by a line break, nothing for a missing one, so that two different rows never
give the same text. Every text field is a code of `grants.enums` (`^[a-z0-9_:-]+$`), so none holds a line break.
Numbers are decimal, dates ISO 8601, instants seconds since 1970 with 6 decimals. The row's own key isn't hashed: its
number names it, and the fund's code is in the digest that the first row follows.
"""

import hashlib
from datetime import UTC, date, datetime

GENESIS = "fundadmin:ledger:v1:"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS = 1_000_000


def genesis(code: str) -> str:
    """The digest that the first row of a fund's chain follows. `code`: the fund's code."""
    return _sha256(GENESIS + code)


def digest(canonical: str, previous: str) -> str:
    """The digest of a row: hexadecimal SHA-256 of its canonical text and the digest of the row before it."""
    return _sha256(canonical + previous)


def canonical_text(
    *,
    number: int,
    kind: str,
    source: str,
    target: str,
    amount_cents: int,
    event_id: int,
    application_id: int | None,
    relief_line_id: int | None,
    charter_version: int,
    value_date: date,
    posted_at: datetime,
    reverses_number: int | None,
    available_after: int,
    reserved_after: int,
    committed_after: int,
    credited_after: int,
) -> str:
    """The text of one row. `reverses_number` is the number, in the same fund, of the credit that the row undoes."""
    application = "" if application_id is None else application_id
    relief_line = "" if relief_line_id is None else relief_line_id
    reverses = "" if reverses_number is None else reverses_number
    return (
        f"{number}\n{kind}\n{source}\n{target}\n{amount_cents}\n"
        f"{event_id}\n{application}\n{relief_line}\n{charter_version}\n"
        f"{value_date.isoformat()}\n{epoch_text(posted_at)}\n{reverses}\n"
        f"{available_after}\n{reserved_after}\n{committed_after}\n{credited_after}\n"
    )


def epoch_text(instant: datetime) -> str:
    """Seconds since 1970 with 6 decimals, computed in whole microseconds: a float would round them."""
    since = instant - EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds
    seconds, rest = divmod(abs(microseconds), MICROSECONDS)
    return f"{'-' if microseconds < 0 else ''}{seconds}.{rest:06d}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
