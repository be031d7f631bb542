"""A line's amount as an accountant wants it: net, VAT, gross; under which regime, in which rent call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.db.models import Q

from grants.enums import CapsBasis
from grants.models import Application, ReliefLine
from grants.money import Split, split
from grants.reconciling.names import replaced_since
from landlords.enums import VatRegime
from landlords.models import Lease, RentCall

NOTHING: Final = Split(0, 0, 0)


def split_of(line: ReliefLine, file: Application, cents: int | None = None) -> Split:
    """What was approved of a line, or another amount of it, which is in its charter's basis; `file` has its charter."""
    amount = (line.approved_cents or 0) if cents is None else cents
    return split(amount, line.vat_rate_bp, is_gross=file.charter.caps_basis == CapsBasis.GROSS)


def total(splits: Iterable[Split]) -> Split:
    net, vat, gross = NOTHING
    for one in splits:
        net, vat, gross = net + one.net_cents, vat + one.vat_cents, gross + one.gross_cents
    return Split(net, vat, gross)


@dataclass(frozen=True, slots=True)
class Called:
    """The rent call that covers a month: its period, its VAT regime."""

    start: date
    end: date
    regime: VatRegime


@dataclass(frozen=True, slots=True)
class Calls:
    """The rent calls of many leases, read at once."""

    by_place: dict[tuple[int, str], list[Called]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Sequence[ReliefLine], day: date | None = None) -> "Calls":
        """As things are, or as they were at the end of `day`. One query, or two, whatever the number of lines."""
        found = cls()
        if not lines:
            return found
        months = [line.month for line in lines]
        leases = {line.lease_id for line in lines}
        inside = Q(lease__in=leases, period_start__lt=_following(max(months)), period_end__gte=min(months))
        then = replaced_since(RentCall, day).filter(lease__in=leases) if day else RentCall.objects.none()
        replaced = list(then)
        rows = RentCall.objects.filter(inside).exclude(pk__in=[row.pgh_obj_id for row in replaced])
        for row in sorted([*replaced, *rows], key=lambda row: (row.period_start, row.id)):
            called = Called(row.period_start, row.period_end, VatRegime(row.regime))
            found.by_place.setdefault((row.lease_id, row.component), []).append(called)
        return found

    def covering(self, line: ReliefLine) -> Called | None:
        """The call of the line's component that covers its month, the first of several."""
        following = _following(line.month)
        known = self.by_place.get((line.lease_id, line.component), [])
        return next((call for call in known if call.start < following and call.end >= line.month), None)

    def regime(self, line: ReliefLine, lease: Lease) -> VatRegime:
        """As the month was called; where nothing is called any more, the lease's."""
        call = self.covering(line)
        return call.regime if call else VatRegime(lease.vat_regime)


def _following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
