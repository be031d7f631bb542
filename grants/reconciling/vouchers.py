"""Each voucher of a fund beside what the landlord's books say of it (état de rapprochement).

Nothing of it is stored: it follows from the credited lines, their ledger rows and what was booked (`BookedCredit`), so
it is right after a credit is undone, too. The tenant's account goes before a file of credit notes: it is what the
tenant sees. Amounts include VAT, as an account does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.enums import LedgerKind, LineState
from grants.ledger import LedgerEntry
from grants.models import BookedCredit, Fund, ReliefLine
from grants.reconciling.amounts import split_of
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
    leases: set[str] = field(default_factory=set)
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
    """All vouchers of the fund, of credits up to `day` where one is given. Four queries, whatever their number."""
    lines = list(
        ReliefLine.objects.filter(
            application__fund=fund, state__in=(LineState.CREDITED, LineState.REVERSED)
        ).select_related("application__charter", "application__tenant", "lease")
    )
    credits_ = credited_on(fund, day)
    kept = [line for line in lines if line.pk in credits_]
    vouchers: dict[tuple[str, int, int], Voucher] = {}
    of_line: dict[int, Voucher] = {}
    for line in sorted(kept, key=lambda line: line.pk):
        of_line[line.pk] = _add(vouchers, line, credits_[line.pk])
    booked = list(BookedCredit.objects.filter(fund=fund).select_related("lease").order_by("booked_on", "pk"))
    states = {line.pk: line for line in kept}
    for one in booked:
        if one.relief_line_id in states:
            _note(of_line, states[one.relief_line_id], one)
    theirs = _see(vouchers, [one for one in booked if one.relief_line_id is None])
    # Of one that was undone on both sides there is nothing to say.
    living = [one for one in vouchers.values() if one.gross_cents or one.seen_cents]
    ordered = sorted(living, key=lambda one: (one.on, one.ref, one.tenant.pk))
    return Reconciled(ordered, theirs)


def credited_on(fund: Fund, day: date | None) -> dict[int, date]:
    """Line id -> when it was last credited, of a credit up to `day`."""
    rows = LedgerEntry.objects.filter(fund=fund, kind=LedgerKind.CREDIT).order_by("number")
    if day is not None:
        rows = rows.filter(value_date__lte=day)
    return {line: on for line, on in rows.values_list("relief_line_id", "value_date") if line is not None}


def _add(vouchers: dict[tuple[str, int, int], Voucher], line: ReliefLine, on: date) -> Voucher:
    file = line.application
    dated = line.voucher_date or on
    made = Voucher(line.voucher_ref, dated, line.form, file.tenant)
    voucher = vouchers.setdefault((line.voucher_ref, dated.year, file.tenant_id), made)
    gross = split_of(line, file).gross_cents
    voucher.leases.add(line.lease.reference)
    voucher.lines += 1
    if line.state == LineState.CREDITED:
        voucher.gross_cents += gross
    else:
        voucher.reversed_cents += gross
    voucher.credited_on = max(on, voucher.credited_on or on)
    return voucher


def _note(of_line: Mapping[int, Voucher], line: ReliefLine, booked: BookedCredit) -> None:
    """A file of credit notes has the line, under this very voucher; of one that was undone it says nothing more."""
    if booked.voucher_ref == line.voucher_ref and line.state == LineState.CREDITED:
        voucher = of_line[line.pk]
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
        mine = [one for one in named if row.lease.reference in one.leases]
        if not mine:
            others = sorted({lease for one in named for lease in one.leases})
            theirs.append(Unmatched(row.booked_on, row.lease, row.voucher_ref, row.gross_cents, ", ".join(others)))
            continue
        voucher = min(mine, key=lambda one: (abs((one.on - row.booked_on).days), one.on))
        voucher.seen_cents = (voucher.seen_cents or 0) + row.gross_cents
        voucher.seen_on = max(row.booked_on, voucher.seen_on or row.booked_on)
    return theirs
