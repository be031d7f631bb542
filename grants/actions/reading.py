"""Log who read what: every document and export, and whatever an auditor opens (design §10)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from grants.enums import Reading
from grants.models import Fund, ReadLog
from grants.visibility import Reader

if TYPE_CHECKING:
    from fundadmin.models import User

FILTER_LIMIT = 500  # characters


def log_read(
    *,
    by: "User",
    fund: Fund | None,
    what: Reading,
    uuid: UUID | None = None,
    filter: str = "",  # noqa: A002 - as the API calls it
) -> ReadLog:
    """Log a read before it is answered: what can't be logged isn't read. `filter`: which part of many was asked for."""
    return ReadLog.objects.create(user=by, fund=fund, what=what, object_uuid=uuid, filter_text=_kept(filter))


def log_audit(
    readers: Iterable[Reader],
    *,
    by: "User",
    what: Reading,
    uuid: UUID | None = None,
    filter: str = "",  # noqa: A002 - as in log_read
) -> None:
    """Log a read in each of the funds that its reader audits; of anybody else's, nothing. One statement at most."""
    rows = [
        ReadLog(user=by, fund_id=reader.fund_id, what=what, object_uuid=uuid, filter_text=_kept(filter))
        for reader in readers
        if reader.is_auditor
    ]
    if rows:
        ReadLog.objects.bulk_create(rows)


def _kept(text: str) -> str:
    """What a row can hold of what somebody typed."""
    return text.replace("\0", "").encode(errors="backslashreplace").decode()[:FILTER_LIMIT]
