"""A line's amount as an accountant wants it: net, VAT, gross; under which regime, in which rent call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from grants.enums import CapsBasis
from grants.models import Application, ReliefLine
from grants.money import Split, split
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
    def of(cls, lines: Sequence[ReliefLine]) -> "Calls":
        """One query, whatever the number of lines."""
        found = cls()
        if lines:
            months = [line.month for line in lines]
            rows = RentCall.objects.filter(
                lease__in={line.lease_id for line in lines},
                period_start__lt=_following(max(months)),
                period_end__gte=min(months),
            ).order_by("period_start", "pk")
            for row in rows:
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
