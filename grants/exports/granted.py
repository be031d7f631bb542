"""What was granted to whom, by decision, from the ledger: for the exports to the public and to the State."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from grants.enums import LedgerKind
from grants.exports.kinds import Wanted
from grants.exports.tables import FORMULA
from grants.models import Application, LedgerEntry

SIGNS: Final[Mapping[str, int]] = {LedgerKind.COMMIT: 1, LedgerKind.DECOMMIT: -1, LedgerKind.REVERSE: -1}
"""What a grant is made of and loses: an uncredited line is granted still."""
PAGE: Final = 2_000


@dataclass(slots=True)
class Grant:
    """One decision. `on`: the day of the final approval, which gives the right, whatever is credited when.

    `approved_cents` is what it was then, `living_cents` what is left of it; in the basis of the charter's caps, as the
    ledger has it. `months`: month -> what is left of it.
    """

    application: Application
    on: date = date.min
    event: int = 0
    approved_cents: int = 0
    months: dict[date, int] = field(default_factory=dict)

    @property
    def is_erased(self) -> bool:
        """Whether nobody knows any more whom it was granted to."""
        return hasattr(self.application, "erasure")

    @property
    def living_cents(self) -> int:
        return sum(self.months.values())

    @property
    def living_months(self) -> list[date]:
        return sorted(month for month, cents in self.months.items() if cents)


def grants_of(wanted: Wanted) -> list[Grant]:
    """The decisions of a fund as at a day, in the order of their days; `since` and `until` are days of decision."""
    found: dict[int, Grant] = {}
    rows = LedgerEntry.objects.filter(fund=wanted.fund, kind__in=list(SIGNS)).order_by("number")
    if wanted.as_at:
        rows = rows.filter(value_date__lte=wanted.as_at)
    files = {
        file.pk: file
        for file in Application.objects.filter(fund=wanted.fund).select_related(
            "tenant", "charter", "fund__landlord", "erasure"
        )
    }
    columns = rows.values_list("application_id", "event_id", "kind", "amount_cents", "value_date", "relief_line__month")
    for application, event, kind, cents, day, month in columns.iterator(PAGE):
        grant = found.setdefault(application, Grant(files[application]))
        if kind == LedgerKind.COMMIT:
            # Approved, withdrawn, reopened and approved again: the last approval is the one that counts.
            grant.approved_cents = cents + (grant.approved_cents if grant.event == event else 0)
            grant.on, grant.event = day, event
        grant.months[month] = grant.months.get(month, 0) + SIGNS[kind] * cents
    return sorted(
        (grant for grant in found.values() if asked_for(grant.on, wanted)), key=lambda grant: (grant.on, grant.event)
    )


def asked_for(day: date, wanted: Wanted) -> bool:
    return (wanted.since is None or day >= wanted.since) and (wanted.until is None or day <= wanted.until)


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], *, separator: str, has_bom: bool
) -> None:
    """For a spreadsheet or a validator: UTF-8, CR LF, a text that might be taken for a formula made safe."""
    with path.open("w", encoding="utf-8-sig" if has_bom else "utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([safe(value) for value in row] for row in rows)


def safe(text: str) -> str:
    """As `tables.safe` does in SQL; on one line."""
    line = " ".join(text.split())
    return f"'{line}" if re.match(FORMULA, line) else line


def euros(cents: int, point: str) -> str:
    return f"{cents // 100}{point}{cents % 100:02d}"
