"""What a fund's accounts hold: now, as at a day, and locked for a post; and the rows that say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from grants.ledger.canonical import genesis
from grants.ledger.models import LedgerEntry, Position

PARIS = ZoneInfo("Europe/Paris")
JOURNAL_PAGE = 1_000

LOCK = """
SELECT fund_id, last_number, last_digest, last_value_date, endowed_cents, available_cents, reserved_cents,
    committed_cents, credited_cents, ceiling_cents
FROM grants_position WHERE fund_id = %s FOR NO KEY UPDATE
"""

# The last row up to a day, and the ceiling of the charter version in force that day.
AS_AT = """
SELECT fund.code, entry.number, entry.digest, entry.available_after, entry.reserved_after, entry.committed_after,
    entry.credited_after, (
        SELECT ceiling_cents FROM grants_charter
        WHERE fund_id = fund.id AND confirmed_on <= %(day)s ORDER BY version DESC LIMIT 1
    )
FROM grants_fund fund LEFT JOIN LATERAL (
    SELECT * FROM grants_ledgerentry WHERE fund_id = fund.id AND value_date <= %(day)s
    ORDER BY value_date DESC, number DESC LIMIT 1
) entry ON true
WHERE fund.id = %(fund)s
"""


@dataclass(slots=True)
class LockedPosition:
    """A fund's position while this transaction holds it locked. `post` keeps it up to date. Amounts in cents."""

    fund_id: int
    last_number: int
    last_digest: str
    last_value_date: date | None
    endowed_cents: int
    available_cents: int
    reserved_cents: int
    committed_cents: int
    credited_cents: int
    ceiling_cents: int

    @property
    def used_cents(self) -> int:
        """What is reserved, committed or credited."""
        return self.reserved_cents + self.committed_cents + self.credited_cents


@dataclass(frozen=True, slots=True)
class PositionAt:
    """What a fund's accounts hold at the end of the day `as_at`, by value date. Amounts in cents."""

    as_at: date
    endowed_cents: int
    available_cents: int
    reserved_cents: int
    committed_cents: int
    credited_cents: int
    ceiling_cents: int
    last_number: int
    last_digest: str


class Head(NamedTuple):
    """The end of a fund's chain: whoever keeps it can tell later whether the past was rewritten."""

    number: int
    digest: str


def today() -> date:
    """The day it is where the funds are: the latest value date an entry may bear."""
    return timezone.localdate(timezone=PARIS)


def lock(fund_id: int) -> LockedPosition:
    """Lock the fund's position until the transaction ends: others who post to this fund wait for it.

    Raises Position.DoesNotExist, and TransactionManagementError outside a transaction (the lock would be gone).
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A position can only be locked inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [fund_id])
        row = cursor.fetchone()
    if row is None:
        raise Position.DoesNotExist(f"No position of fund {fund_id}.")
    return LockedPosition(*row)


def position(fund_id: int) -> PositionAt:
    """The fund's position now. Raises Position.DoesNotExist."""
    now = Position.objects.get(pk=fund_id)
    return PositionAt(
        as_at=today(),
        endowed_cents=now.endowed_cents,
        available_cents=now.available_cents,
        reserved_cents=now.reserved_cents,
        committed_cents=now.committed_cents,
        credited_cents=now.credited_cents,
        ceiling_cents=now.ceiling_cents,
        last_number=now.last_number,
        last_digest=now.last_digest,
    )


def position_as_at(fund_id: int, day: date) -> PositionAt:
    """The fund's position at the end of `day`: one index lookup, however long the journal.

    Raises Position.DoesNotExist.
    """
    with connection.cursor() as cursor:
        cursor.execute(AS_AT, {"fund": fund_id, "day": day})
        row = cursor.fetchone()
    if row is None:
        raise Position.DoesNotExist(f"No fund {fund_id}.")
    code, number, digest, available, reserved, committed, credited, ceiling = row
    if number is None:
        number, digest, available, reserved, committed, credited = 0, genesis(code), 0, 0, 0, 0
    return PositionAt(
        as_at=day,
        endowed_cents=available + reserved + committed + credited,
        available_cents=available,
        reserved_cents=reserved,
        committed_cents=committed,
        credited_cents=credited,
        ceiling_cents=ceiling or 0,
        last_number=number,
        last_digest=digest,
    )


def head(fund_id: int) -> Head:
    """The number and digest of the fund's last entry. Raises Position.DoesNotExist."""
    return Head(*Position.objects.values_list("last_number", "last_digest").get(pk=fund_id))


def journal(fund_id: int, *, after_number: int = 0, limit: int | None = None) -> Iterator[LedgerEntry]:
    """The fund's entries after `after_number`, in order, read page by page: at most `limit`, or all of them."""
    remaining = limit
    while remaining is None or remaining > 0:
        size = JOURNAL_PAGE if remaining is None else min(JOURNAL_PAGE, remaining)
        page = list(LedgerEntry.objects.filter(fund_id=fund_id, number__gt=after_number).order_by("number")[:size])
        yield from page
        if len(page) < size:
            return
        after_number = page[-1].number
        remaining = None if remaining is None else remaining - size
