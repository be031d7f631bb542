"""The landlord's commitments other than money: which are kept, which are due, which are overdue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.enums import FundAction, FundState, FundStep
from grants.models import Commitment, Event
from grants.statistics.lateness import lateness


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment as the latest version puts it. An amendment that repeats a kept one doesn't ask for it again."""

    commitment: Commitment
    kept_on: date | None
    on: date
    over: bool
    """Whether the fund was closed."""

    @property
    def overdue_days(self) -> int:
        due = self.commitment.due_on
        return (self.on - due).days if self.kept_on is None and due is not None and due < self.on else 0

    @property
    def is_overdue(self) -> bool:
        return self.overdue_days > 0

    def sentence(self) -> str:
        """Where it stands, in words."""
        due = self.commitment.due_on
        if self.kept_on is not None:
            return _("Kept on %(day)s") % {"day": date_format(self.kept_on, "SHORT_DATE_FORMAT")}
        if due is None:
            return _("Not recorded as kept; the charter names no date")
        if self.is_overdue:
            return lateness(due, self.on, over=self.over)
        return _("To be kept by %(day)s") % {"day": date_format(due, "SHORT_DATE_FORMAT")}


def promises(fund_ids: Iterable[int], on: date) -> list[Promised]:
    """Those of the version in force of each fund, in one query: overdue ones first, then by date."""
    rows = list(in_order().filter(charter__fund__in=list(fund_ids)))
    closed = {row.charter.fund_id for row in rows if row.charter.fund.state == FundState.CLOSED}
    return _told(rows, {row.pk: row.kept_on for row in rows}, closed, on)


def promises_at(fund_id: int, day: date) -> list[Promised]:
    """As they stood at the end of a day, by what was recorded until then; rows keep only how they stand now."""
    told = Event.objects.filter(fund=fund_id, on__lte=day, action__in=TELLING).order_by("pk")
    kept: dict[int, date | None] = {}
    closed: set[int] = set()
    for action, data in told.values_list("action", "data"):
        if action == FundAction.CLOSE:
            closed.add(fund_id)
        else:
            kept[data["commitment"]] = date.fromisoformat(data["kept_on"]) if data["kept_on"] else None
    return _told(in_order().filter(charter__fund=fund_id, charter__confirmed_on__lte=day), kept, closed, day)


TELLING: Final = (FundStep.KEEP_COMMITMENT, FundStep.REOPEN_COMMITMENT, FundAction.CLOSE)


def in_order() -> QuerySet[Commitment]:
    """Those of confirmed versions, the last version last."""
    rows = Commitment.objects.filter(charter__confirmed_at__isnull=False)
    return rows.select_related("charter__fund").order_by("charter__version", "pk")


def _told(rows: Iterable[Commitment], kept_on: Mapping[int, date | None], closed: set[int], on: date) -> list[Promised]:
    """Of the last version of each fund; what was kept under an earlier one is kept."""
    kept: dict[tuple[int, str], date] = {}
    last: dict[int, list[Commitment]] = {}
    for row in rows:
        fund = row.charter.fund_id
        if (day := kept_on.get(row.pk)) is not None:
            kept[fund, row.text] = day
        of_version = last.setdefault(fund, [])
        if of_version and of_version[0].charter_id != row.charter_id:
            of_version.clear()
        of_version.append(row)
    found = [
        Promised(row, kept.get((fund, row.text)), on, fund in closed) for fund, rows_ in last.items() for row in rows_
    ]
    return sorted(found, key=lambda one: (-one.overdue_days, one.commitment.due_on or date.max, one.commitment.pk))
