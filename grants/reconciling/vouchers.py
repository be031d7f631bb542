"""Each voucher of a fund beside what the landlord's books say of it (état de rapprochement).

Nothing of it is stored: it follows from the ledger's rows, their events and what was booked (`BookedCredit`), so it is
right after a credit is undone, too, and as at a day that is past. The tenant's account goes before a file of credit
notes: it is what the tenant sees. Amounts include VAT, as an account does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.models import BookedCredit, Fund
from grants.reconciling.amounts import split_of
from grants.reconciling.credited import Credit, credits_at
from grants.reconciling.names import put_back
from landlords.models import Lease, TenantBusiness

BRACKETS: Final = ((0, 15), (16, 30), (31, None))
"""Days since the credit, both ends included."""


class Standing(Enum):
    """How a voucher stands, the worst first."""

    DIFFERS = "differs"
    UNSEEN = "unseen"
    CONFIRMED = "confirmed"
    SEEN = "seen"

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS: Final = {
    Standing.DIFFERS: _("another amount in the landlord's books"),
    Standing.UNSEEN: _("not confirmed yet"),
    Standing.CONFIRMED: _("confirmed by the file of credit notes"),
    Standing.SEEN: _("seen on the tenant's account"),
}


@dataclass(slots=True)
class Voucher:
    """One accounting document of one tenant: what is credited by it, and what the books have of it."""

    ref: str
    on: date
    form: str
    tenant: TenantBusiness
    leases: dict[int, str] = field(default_factory=dict)
    """Id -> reference."""
    lines: int = 0
    gross_cents: int = 0
    reversed_cents: int = 0
    credited_on: date | None = None
    noted: int = 0
    noted_cents: int = 0
    seen_cents: int | None = None
    seen_on: date | None = None

    @property
    def confirmed_cents(self) -> int:
        return self.noted_cents if self.seen_cents is None else self.seen_cents

    @property
    def difference_cents(self) -> int:
        """What fundadmin has above what the landlord's books have."""
        return self.gross_cents - self.confirmed_cents

    @property
    def standing(self) -> Standing:
        if self.seen_cents is None and not self.noted:
            return Standing.UNSEEN
        if self.difference_cents:
            return Standing.DIFFERS
        return Standing.CONFIRMED if self.seen_cents is None else Standing.SEEN

    def age(self, on: date) -> int:
        return (on - (self.credited_on or self.on)).days


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A line of a tenant's account that looks like relief and that no voucher of the fund explains."""

    booked_on: date
    lease: Lease
    ref: str
    cents: int
    """Why: nothing has that number, or it is another lease's."""
    other_lease: str = ""


@dataclass(frozen=True, slots=True)
class Bracket:
    since: int
    until: int | None
    vouchers: Sequence[Voucher]

    @property
    def gross_cents(self) -> int:
        return sum(one.gross_cents for one in self.vouchers)


@dataclass(frozen=True, slots=True)
class Reconciled:
    vouchers: Sequence[Voucher]
    theirs: Sequence[Unmatched]
    credits: Sequence[Credit] = ()

    @property
    def gross_cents(self) -> int:
        return sum(one.gross_cents for one in self.vouchers)

    @property
    def confirmed_cents(self) -> int:
        return sum(one.confirmed_cents for one in self.vouchers)

    @property
    def difference_cents(self) -> int:
        return self.gross_cents - self.confirmed_cents

    @property
    def theirs_cents(self) -> int:
        return sum(one.cents for one in self.theirs)

    @property
    def ours(self) -> list[Voucher]:
        """Those that the tenant's account hasn't shown, or shows with another amount: the oldest credit first."""
        open_ = [one for one in self.vouchers if one.standing != Standing.SEEN]
        return sorted(open_, key=lambda one: (one.credited_on or one.on, one.ref))

    def ageing(self, on: date) -> list[Bracket]:
        ours = self.ours
        return [
            Bracket(since, until, [one for one in ours if since <= max(one.age(on), 0) <= (until or one.age(on))])
            for since, until in BRACKETS
        ]


def reconcile(fund: Fund, day: date | None = None) -> Reconciled:
    """All vouchers of the fund, or those of the end of `day` beside what was booked by then.

    Nothing else than rows that can't change decides what was credited at a day; tenants and leases are called as they
    were then (`names`). Three queries, five of a day, whatever their number.
    """
    credits_ = credits_at(fund, day)
    rows = BookedCredit.objects.filter(fund=fund).select_related("lease__tenant").order_by("booked_on", "pk")
    booked = list(rows if day is None else rows.filter(booked_on__lte=day))
    if day is not None:
        lines = [one.line for one in credits_]
        leases = [*(line.lease for line in lines), *(row.lease for row in booked)]
        put_back(day, [line.application.tenant for line in lines], leases)
    vouchers: dict[tuple[str, int, int], Voucher] = {}
    of_line: dict[int, Voucher] = {}
    for one in sorted(credits_, key=lambda one: one.line.pk):
        voucher = _add(vouchers, one)
        if not one.is_reversed:
            of_line[one.line.pk] = voucher
    for row in booked:
        if row.relief_line_id in of_line:
            _note(of_line[row.relief_line_id], row)
    theirs = _see(vouchers, [one for one in booked if one.relief_line_id is None])
    # Of one that was undone on both sides there is nothing to say.
    living = [one for one in vouchers.values() if one.gross_cents or one.seen_cents]
    ordered = sorted(living, key=lambda one: (one.on, one.ref, one.tenant.pk))
    return Reconciled(ordered, theirs, credits_)


def _add(vouchers: dict[tuple[str, int, int], Voucher], credit: Credit) -> Voucher:
    file = credit.line.application
    made = Voucher(credit.ref, credit.dated, credit.form, file.tenant)
    voucher = vouchers.setdefault((credit.ref, credit.dated.year, file.tenant_id), made)
    gross = split_of(credit.line, file, credit.cents).gross_cents
    voucher.leases[credit.line.lease_id] = credit.line.lease.reference
    voucher.lines += 1
    if credit.is_reversed:
        voucher.reversed_cents += gross
    else:
        voucher.gross_cents += gross
    voucher.credited_on = max(credit.on, voucher.credited_on or credit.on)
    return voucher


def _note(voucher: Voucher, booked: BookedCredit) -> None:
    """A file of credit notes has the line, under this very voucher; of one that was undone it says nothing more."""
    if booked.voucher_ref == voucher.ref:
        voucher.noted += 1
        voucher.noted_cents += booked.gross_cents


def _see(vouchers: Mapping[tuple[str, int, int], Voucher], rows: Iterable[BookedCredit]) -> list[Unmatched]:
    """Put each line of an account to its voucher: same number, same lease, the nearest date; return those of none."""
    known: dict[str, list[Voucher]] = {}
    for voucher in vouchers.values():
        known.setdefault(voucher.ref, []).append(voucher)
    theirs = []
    for row in rows:
        named = known.get(row.voucher_ref, [])
        mine = [one for one in named if row.lease_id in one.leases]
        if not mine:
            others = sorted({lease for one in named for lease in one.leases.values()})
            theirs.append(Unmatched(row.booked_on, row.lease, row.voucher_ref, row.gross_cents, ", ".join(others)))
            continue
        voucher = min(mine, key=lambda one: (abs((one.on - row.booked_on).days), one.on))
        voucher.seen_cents = (voucher.seen_cents or 0) + row.gross_cents
        voucher.seen_on = max(row.booked_on, voucher.seen_on or row.booked_on)
    return theirs
