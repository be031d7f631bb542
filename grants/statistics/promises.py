"""The landlord's commitments other than money: which are kept, which are due, which are overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.enums import FundState
from grants.models import Commitment
from grants.statistics.lateness import lateness


@dataclass(frozen=True, slots=True)
class Promised:
    """A commitment as the latest version puts it. An amendment that repeats a kept one doesn't ask for it again."""

    commitment: Commitment
    kept_on: date | None
    on: date

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
            return lateness(due, self.on, over=self.commitment.charter.fund.state == FundState.CLOSED)
        return _("To be kept by %(day)s") % {"day": date_format(due, "SHORT_DATE_FORMAT")}


def promises(fund_ids: Iterable[int], on: date) -> list[Promised]:
    """Those of the version in force of each fund, in one query: overdue ones first, then by date."""
    rows = Commitment.objects.filter(charter__fund__in=list(fund_ids), charter__confirmed_at__isnull=False)
    kept: dict[tuple[int, str], date] = {}
    last: dict[int, list[Commitment]] = {}
    for row in rows.select_related("charter__fund").order_by("charter__version", "pk"):
        fund = row.charter.fund_id
        if row.kept_on is not None:
            kept[fund, row.text] = row.kept_on
        of_version = last.setdefault(fund, [])
        if of_version and of_version[0].charter_id != row.charter_id:
            of_version.clear()
        of_version.append(row)
    found = [Promised(row, kept.get((fund, row.text)), on) for fund, rows_ in last.items() for row in rows_]
    return sorted(found, key=lambda one: (-one.overdue_days, one.commitment.due_on or date.max, one.commitment.pk))
