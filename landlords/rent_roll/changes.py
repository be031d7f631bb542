"""New and changed rows, told apart from those that stay as they are."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Generic, TypeVar

from landlords.models import Contact, Lease, Premises, RentCall, TenantBusiness

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


class CallChanges(Changes[RentCall]):
    """Rent calls come by the hundred thousand: changed ones are written by one upsert per batch."""

    def write(self) -> None:
        if self.updated:
            # Before the new calls, which may begin where a call now ends earlier.
            RentCall.objects.bulk_create(
                self.updated.values(),
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=sorted(self._fields),
            )
        RentCall.objects.bulk_create(self.created)


class Tally:
    """Counts over the whole file: what became of its lines, and of rows by table."""

    def __init__(self) -> None:
        self.lines = dict.fromkeys(Outcome, 0)
        self.rows: dict[str, dict[str, int]] = {}

    def count_rows(self, changes: Changes[Row]) -> None:
        counts = self.rows.setdefault(changes.model._meta.model_name or "", {"created": 0, "updated": 0})
        counts["created"] += len(changes.created)
        counts["updated"] += len(changes.updated)
