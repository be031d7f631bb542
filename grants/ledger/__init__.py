"""The ledger: where every euro of a fund is, and how it came there. It only grows.

One row moves one positive amount from one account to another (`enums.LEDGER_ROUTES`), so it balances by itself. A
fund's rows are numbered from 1 without a gap, carry what every account holds afterwards, and form a chain: each
digest covers the row and the digest before it (`canonical`), so a change shows in every later digest.

    with transaction.atomic():
        locked = ledger.lock(fund.pk)             # others who post to this fund wait
        ledger.post(locked, [Movement(...), ...], event_id=..., ...)

Python writes, the database checks. `post` numbers, chains and inserts in one statement; a trigger (migration 0002)
checks each row again and moves the fund's `Position`. Raw SQL and COPY meet the same trigger. Value dates never
decrease, so the position as at a day is the last row up to that day. Undoing something is another row. `verify`
recomputes it all from the rows; a `head` kept elsewhere shows a chain that was rewritten whole (`verify_extends`).
"""

from grants.ledger.models import LedgerEntry, Position
from grants.ledger.positions import (
    Head,
    LockedPosition,
    PositionAt,
    head,
    journal,
    lock,
    position,
    position_as_at,
    today,
)
from grants.ledger.posting import Movement, post, refusal_of
from grants.ledger.verify import Fault, snapshot, text_of, verify, verify_extends

__all__ = [
    "Fault",
    "Head",
    "LedgerEntry",
    "LockedPosition",
    "Movement",
    "Position",
    "PositionAt",
    "head",
    "journal",
    "lock",
    "position",
    "position_as_at",
    "post",
    "refusal_of",
    "snapshot",
    "text_of",
    "today",
    "verify",
    "verify_extends",
]
