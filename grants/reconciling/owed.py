"""What a landlord owes its tenants at the end of a day: committed, not credited, as the ledger has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Case, F, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.enums import LedgerKind
from grants.exceptions import Breach, RuleRefused
from grants.ledger import LedgerEntry, PositionAt
from grants.models import Fund, ReliefLine
from grants.money import Cents, Split
from grants.reconciling.amounts import Calls, split_of, total
from grants.reconciling.names import put_back, put_back_premises
from landlords.enums import VatRegime
from landlords.models import Lease, TenantBusiness

ACCOUNT: Final = "4198"
"""Rabais, remises, ristournes à accorder et autres avoirs à établir (plan comptable général)."""

SIGN: Final = {
    LedgerKind.COMMIT: 1,
    LedgerKind.UNCREDIT: 1,
    LedgerKind.DECOMMIT: -1,
    LedgerKind.CREDIT: -1,
}
"""What each kind does to what is committed; the others leave it as it is."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A line that was committed and not credited on that day. `cents` in its charter's basis, as in the ledger."""

    line: ReliefLine
    cents: int
    amount: Split
    regime: VatRegime


@dataclass(frozen=True, slots=True)
class OwedOnLease:
    """What is owed on a lease to the tenant of the application, whoever has the lease since."""

    lease: Lease
    tenant: TenantBusiness
    lines: Sequence[Owed]

    @property
    def amount(self) -> Split:
        return total(one.amount for one in self.lines)

    @property
    def regimes(self) -> list[VatRegime]:
        return sorted({one.regime for one in self.lines})


@dataclass(frozen=True, slots=True)
class OwedAt:
    """All of it, by lease, beside the position that it agrees with to the cent."""

    position: PositionAt
    leases: Sequence[OwedOnLease]

    @property
    def lines(self) -> list[Owed]:
        return [one for lease in self.leases for one in lease.lines]

    @property
    def amount(self) -> Split:
        return total(lease.amount for lease in self.leases)


def owed_at(fund: Fund, day: date | None = None) -> OwedAt:
    """What was owed at the end of `day`, by the ledger's rows up to it; of today, up to the last one.

    Nothing else than rows that can't change decides it, so a year end that is past says today what it said then;
    tenants, leases, premises and regimes are called as they were on `day` (`names`). Raises RuleRefused where the rows
    and the position of that day disagree.
    """
    with ledger.snapshot():
        as_at = day or fund.position.last_value_date or ledger.today()
        position = ledger.position_as_at(fund.pk, as_at)
        cents = committed_by_line(fund.pk, as_at)
        lines = list(
            # Not by their keys: a statement takes 65,535 parameters.
            ReliefLine.objects.filter(pk__in=_committed(fund.pk, as_at).values("line")).select_related(
                "application__charter", "application__tenant", "lease__premises"
            )
        )
        calls = Calls.of(lines, day)
        if day:
            named = [line.lease for line in lines]
            put_back(day, [line.application.tenant for line in lines], named)
            put_back_premises(day, named)
    check_agrees(sum(cents.values()), position)
    lines.sort(key=lambda line: (line.lease.reference, *line.place, line.pk))
    by_lease: dict[tuple[int, int], list[Owed]] = {}
    for line in lines:
        amount = split_of(line, line.application, cents[line.pk])
        owed = Owed(line, cents[line.pk], amount, calls.regime(line, line.lease))
        by_lease.setdefault((line.lease_id, line.application.tenant_id), []).append(owed)
    leases = [OwedOnLease(rows[0].line.lease, rows[0].line.application.tenant, rows) for rows in by_lease.values()]
    return OwedAt(position, leases)


def check_agrees(total_cents: int, position: PositionAt) -> None:
    """Raise RuleRefused where the lines don't add up to what the fund's position says is committed."""
    if total_cents != position.committed_cents:
        message = _(
            "The lines add up to %(lines)s and the fund's position as at %(day)s says %(position)s: this statement"
            " can't be made. Run verify_ledger and tell the administrator."
        )
        params = {
            "lines": Cents(total_cents),
            "day": position.as_at,
            "position": Cents(position.committed_cents),
        }
        raise RuleRefused([Breach("not_as_position", message, params)])


def committed_by_line(fund_id: int, day: date) -> dict[int, int]:
    """Line id -> what was committed of it at the end of a day and not credited, where that is anything. One query."""
    return dict(_committed(fund_id, day).values_list("line", "cents"))


def _committed(fund_id: int, day: date) -> Any:
    signs = [When(kind=kind, then=F("amount_cents") * Value(sign)) for kind, sign in SIGN.items()]
    rows = LedgerEntry.objects.filter(fund=fund_id, value_date__lte=day, kind__in=SIGN, relief_line__isnull=False)
    sums = rows.order_by().values(line=F("relief_line_id")).annotate(cents=Sum(Case(*signs)))
    return sums.exclude(cents=0)
