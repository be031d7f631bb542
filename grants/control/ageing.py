"""How long what was approved has waited for its credit, as at any day (balance âgée des accords à imputer).

Read from the ledger, line by line: commitments less decommitments and credits, plus credits undone. Its total is the
position's “committed” of that day, which is another figure of the ledger: where the two differ, the page says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.enums import LedgerKind
from grants.models import Fund
from grants.quick import rows_of
from landlords.billing import cutoff_of
from landlords.enums import Component

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Bracket:
    """A range of days since the approval; `code` stands in addresses and exports."""

    code: str
    label: "_StrPromise"
    first: int


BRACKETS: Final = (
    Bracket("0-15", _("0 to 15 days"), 0),
    Bracket("16-30", _("16 to 30 days"), 16),
    Bracket("31+", _("31 days or more"), 31),
)


def bracket_of(days: int) -> Bracket:
    return next(bracket for bracket in reversed(BRACKETS) if days >= bracket.first)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line that waits for its credit. `cutoff`: the landlord's first cut-off of rent calls after its approval."""

    lease: str
    lease_id: int
    tenant: str
    file: str
    file_uuid: UUID
    month: date
    component: Component
    cents: int
    approved_on: date
    days: int
    cutoff: date | None

    @property
    def bracket(self) -> Bracket:
        return bracket_of(self.days)


@dataclass(frozen=True, slots=True)
class Sum:
    """What waits in one bracket."""

    bracket: Bracket
    lines: int
    leases: int
    cents: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """All that waits at the end of a day. `committed_cents`: what the position says of the same day."""

    as_at: date
    lines: Sequence[Waiting]
    committed_cents: int
    last_number: int
    last_digest: str

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def difference_cents(self) -> int:
        return self.cents - self.committed_cents

    @property
    def leases(self) -> int:
        return len({line.lease_id for line in self.lines})

    def sums(self) -> list[Sum]:
        return [sum_of(bracket, (one for one in self.lines if one.bracket == bracket)) for bracket in BRACKETS]

    def is_missed(self, line: Waiting) -> bool:
        """Whether rent calls were made up since the approval: the tenant has been called the full rent meanwhile."""
        return line.cutoff is not None and line.cutoff < self.as_at


def sum_of(bracket: Bracket, lines: Iterable[Waiting]) -> Sum:
    held = list(lines)
    return Sum(bracket, len(held), len({line.lease_id for line in held}), sum(line.cents for line in held))


def ageing(fund: Fund, as_at: date) -> Ageing:
    """By lease, then month; in two queries, however many lines wait."""
    held = ledger.position_as_at(fund.pk, as_at)
    rows = rows_of(WAITING, asked(fund, as_at))
    lines = []
    for lease, lease_id, tenant, file, uuid, month, component, cents, approved_on in rows:
        cutoff = cutoff_of(fund.landlord, approved_on)
        days = (as_at - approved_on).days
        known = (lease, lease_id, tenant, file, uuid, month, Component(component))
        lines.append(Waiting(*known, cents, approved_on, days, cutoff.next if cutoff else None))
    return Ageing(as_at, lines, held.committed_cents, held.last_number, held.last_digest)


def asked(fund: Fund, as_at: date) -> dict[str, object]:
    kinds = {"in": IN, "out": OUT, "commit": LedgerKind.COMMIT.value}
    return {"fund": fund.pk, "day": as_at, "components": list(Component.values)} | kinds


IN: Final = [LedgerKind.COMMIT.value, LedgerKind.UNCREDIT.value]
OUT: Final = [LedgerKind.DECOMMIT.value, LedgerKind.CREDIT.value]

# A line whose commitments and credits don't add up to what it was approved for shows too: any balance but zero.
WAITING: Final = """
SELECT lease.reference, lease.id, coalesce(nullif(tenant.trade_name, ''), tenant.legal_name), file.reference, file.uuid,
    line.month, line.component, held.cents, held.approved_on
FROM (
    SELECT relief_line_id,
        sum(CASE WHEN kind = ANY(%(in)s) THEN amount_cents ELSE -amount_cents END)::bigint AS cents,
        coalesce(max(value_date) FILTER (WHERE kind = %(commit)s), min(value_date)) AS approved_on
    FROM grants_ledgerentry
    WHERE fund_id = %(fund)s AND value_date <= %(day)s AND (kind = ANY(%(in)s) OR kind = ANY(%(out)s))
    GROUP BY relief_line_id
) held
JOIN grants_reliefline line ON line.id = held.relief_line_id
JOIN grants_application file ON file.id = line.application_id
JOIN landlords_tenantbusiness tenant ON tenant.id = file.tenant_id
JOIN landlords_lease lease ON lease.id = line.lease_id
WHERE held.cents <> 0
ORDER BY lease.reference, lease.id, line.month, array_position(%(components)s, line.component::text)
"""
