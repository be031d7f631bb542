"""What of a fund a pack tells: all that was filed by a day, and nothing that names or describes a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet

from grants.enums import State
from grants.exports.kinds import Wanted
from grants.exports.pack.pseudonyms import Pseudonym, pseudonyms_of
from grants.models import Application, Fund
from grants.statistics import FileThen, files_at
from grants.visibility import Reader

CODE: Final = re.compile(r"[A-Za-z0-9_:.-]{0,64}\Z")
TOLD_OF_EVENTS: Final = frozenset(
    {
        *("action", "amount_cents", "amounts", "approved_cents", "asked_cents", "assessment", "ceiling_cents"),
        *("charter", "days", "digest", "discarded", "faults", "files", "form", "from", "hold", "kind"),
        *("last_number", "level", "lines", "list", "member", "members", "no_conflict", "offered_cents", "proposal"),
        *("proposed_cents", "rank", "rejected", "request", "returned_cents", "shortfall_cents", "to", "until"),
        *("used_cents", "version", "visas"),
    }
)
"""Parts of an event's `data`: ids, amounts, dates and codes. A part that isn't named here is nobody's."""


@dataclass(frozen=True)
class Scope:
    """One pack. `then`: the files as they stood on the day asked for; None where they are told as they stand."""

    fund: Fund
    reader: Reader
    as_at: date | None
    names: bool
    pseudonym: Pseudonym
    then: Mapping[int, FileThen] | None

    @classmethod
    def of(cls, wanted: Wanted) -> "Scope":
        return cls(
            fund=wanted.fund,
            reader=wanted.reader,
            as_at=wanted.as_at,
            names=wanted.option("people") == "names",
            pseudonym=pseudonyms_of(wanted.fund.code),
            then=None if wanted.as_at is None else files_at(wanted.fund.pk, wanted.as_at),
        )

    @cached_property
    def files(self) -> QuerySet[Application]:
        """The applications that were filed by then: a draft is the chamber's own."""
        files = Application.objects.filter(fund=self.fund)
        return files.exclude(state=State.DRAFT) if self.then is None else files.filter(pk__in=list(self.then))

    @cached_property
    def erased(self) -> frozenset[int]:
        """Which of them were erased, up to now."""
        return frozenset(self.files.filter(erasure__isnull=False).values_list("pk", flat=True))

    def until(self, rows: QuerySet[Any], day: str = "on") -> QuerySet[Any]:
        """Those rows that are dated within the pack, in the order of their keys."""
        return rows.order_by("pk") if self.as_at is None else rows.filter(**{f"{day}__lte": self.as_at}).order_by("pk")

    def person(self, user_id: int | None) -> str:
        return "" if user_id is None else self.pseudonym("p", user_id)


def code(text: str) -> str:
    """A text as it is where it can only be a code, else nothing."""
    return text if CODE.match(text) else ""


def told_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an event's data that a pack tells, in a fixed order."""
    return {name: data[name] for name in sorted(TOLD_OF_EVENTS & set(data)) if _is_plain(data[name])}


def _is_plain(value: object) -> bool:
    """Whether a value is of numbers and codes only, however deep."""
    if isinstance(value, Mapping):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, int) or (isinstance(value, str) and CODE.match(value) is not None)
