"""New and changed rows, told apart from those that stay as they are."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, Generic, TypeVar
from uuid import uuid4

from django.db import connection
from psycopg import sql

from landlords.models import Contact, Lease, Premises, RentCall, TenantBusiness
from landlords.rent_roll.lines import Call

Row = TypeVar("Row", Contact, Lease, Premises, RentCall, TenantBusiness)


class Outcome(enum.IntEnum):
    """What became of a line; the strongest change counts."""

    UNCHANGED = 0
    UPDATED = 1
    CREATED = 2


class Changes(Generic[Row]):
    """New rows of one table, and changed ones with the fields that changed."""

    def __init__(self, model: type[Row]) -> None:
        self.model: type[Row] = model
        self.created: list[Row] = []
        self.updated: dict[int, Row] = {}
        self._fields: set[str] = set()

    @property
    def created_count(self) -> int:
        return len(self.created)

    def create(self, row: Row) -> Outcome:
        self.created.append(row)
        return Outcome.CREATED

    def tell(self, row: Row, facts: Mapping[str, object]) -> Outcome:
        """Set what differs; a row that already has all of it stays untouched, and gets no history."""
        changed = {field: value for field, value in facts.items() if getattr(row, field) != value}
        for field, value in changed.items():
            setattr(row, field, value)
        if not changed or row.pk is None:
            return Outcome.UNCHANGED
        self.updated[row.pk] = row
        self._fields.update(changed)
        return Outcome.UPDATED

    def discard(self, row: Row) -> None:
        if row.pk is None:
            self.created.remove(row)
        else:
            self.updated.pop(row.pk, None)

    def write(self) -> None:
        manager = self.model.objects
        if self.updated:
            manager.bulk_update(self.updated.values(), sorted(self._fields), batch_size=500)
        manager.bulk_create(self.created)


# COPY writes these; the rest of a rent call has defaults in the database.
_CALL_COLUMNS: Final = ("uuid", "lease_id", "gross_cents", *Call.columns())


class CallChanges(Changes[RentCall]):
    """Rent calls come by the hundred thousand: new ones are written by COPY, changed ones by one upsert per batch."""

    def __init__(self) -> None:
        super().__init__(RentCall)
        self._new: list[tuple[Lease, Call]] = []

    @property
    def created_count(self) -> int:
        return len(self._new)

    def call(self, lease: Lease, call: Call) -> Outcome:
        self._new.append((lease, call))
        return Outcome.CREATED

    def write(self) -> None:
        if self.updated:
            # Before the new calls, which may begin where a call now ends earlier.
            RentCall.objects.bulk_create(
                self.updated.values(),
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=sorted(self._fields),
            )
        if self._new:
            columns = sql.SQL(", ").join(map(sql.Identifier, _CALL_COLUMNS))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(RentCall._meta.db_table), columns)
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write("".join(map(_copy_line, self._new)))


def _copy_line(new: tuple[Lease, Call]) -> str:
    """Return a line of COPY's text format; dates, numbers and codes hold nothing that it would need escaped."""
    lease, call = new
    values = "\t".join(map(str, call))
    return f"{uuid4()}\t{lease.pk}\t{call.gross_cents}\t{values}\n"


class Tally:
    """Counts over the whole file: what became of its lines, and of rows by table."""

    def __init__(self) -> None:
        self.lines = dict.fromkeys(Outcome, 0)
        self.rows: dict[str, dict[str, int]] = {}

    def count_rows(self, changes: Changes[Row]) -> None:
        counts = self.rows.setdefault(changes.model._meta.model_name or "", {"created": 0, "updated": 0})
        counts["created"] += changes.created_count
        counts["updated"] += len(changes.updated)
