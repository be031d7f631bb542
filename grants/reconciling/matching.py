"""Which approved lines a posted credit note is about: exactly, or why not. Pure; the action decides afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from grants.enums import LineState
from grants.exceptions import Breach
from grants.money import Cents, Split
from grants.reconciling import near_misses as why
from grants.reconciling.amounts import total
from landlords.enums import Component
from landlords.rent_roll.words import tidy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One line of the landlord's file. What it doesn't tell is None or empty. Amounts are in cents, never negative.

    `is_credit`: whether they have the sign of the file's credits.
    """

    row: int
    line: str = ""
    lease: str = ""
    start: date | None = None
    end: date | None = None
    component: str | None = None
    net: int | None = None
    gross: int | None = None
    amount: int | None = None
    ref: str = ""
    on: date | None = None
    is_credit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A line of the fund that somebody decided on."""

    pk: int
    uuid: str
    lease_id: int
    lease: str
    month: date
    component: str
    state: str
    amount: Split
    voucher_ref: str = ""
    voucher_date: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """READY: `lines` are to be credited by this voucher. KNOWN: nothing is to be done. Else `breach` says why not."""

    state: str
    lines: tuple[int, ...] = ()
    breach: Breach | None = None


READY: Final = "ready"
KNOWN: Final = "known"
FAULT: Final = "fault"


@dataclass(slots=True)
class Matcher:
    """Takes the rows of one file in their order; a line that a row took is no other row's."""

    candidates: Sequence[Candidate]
    leases: Mapping[str, int]
    """The landlord's leases: reference -> id."""
    undone: Sequence[Posted] = ()
    """The file's amounts of the other sign: of those with the number of a credit note, they cancel it in the books."""
    taken: dict[int, int] = field(default_factory=dict)
    """Line id -> the row that credits it."""
    _by_uuid: dict[str, Candidate] = field(init=False)
    _by_lease: dict[int, list[Candidate]] = field(init=False)
    _loosely: dict[str, list[int]] = field(init=False)
    _undone: dict[str, list[Posted]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_uuid = {one.uuid: one for one in self.candidates}
        self._by_lease, self._loosely, self._undone = {}, {}, {}
        for posted in self.undone:
            self._undone.setdefault(loose(posted.ref), []).append(posted)
        for one in sorted(self.candidates, key=lambda one: (one.month, one.component, one.pk)):
            self._by_lease.setdefault(one.lease_id, []).append(one)
        for reference, pk in self.leases.items():
            self._loosely.setdefault(loose(reference), []).append(pk)

    def judge(self, posted: Posted) -> Verdict:
        if not posted.ref and posted.on is None:
            return Verdict(KNOWN, breach=why.NOT_POSTED)
        if not posted.is_credit:
            return Verdict(FAULT, breach=why.NO_CREDIT)
        if (row := self._undone_by(posted)) is not None:
            return Verdict(FAULT, breach=_breach("undone_in_file", why.UNDONE_IN_FILE, row=row, ref=posted.ref))
        found = self._lines(posted)
        if isinstance(found, Breach):
            return Verdict(FAULT, breach=found)
        verdict = self._verdict(posted, found)
        if verdict.state == READY:
            self.taken |= dict.fromkeys(verdict.lines, posted.row)
        return verdict

    def _lines(self, posted: Posted) -> list[Candidate] | Breach:
        """The lines that the row can only mean, whatever their state."""
        if posted.line:
            return self._by_identifier(posted)
        lease = self.lease_of(posted.lease)
        if lease is None:
            return why.no_lease(posted.lease)
        if posted.start is None:
            return _breach("month_missing", why.MONTH_MISSING)
        known = self._by_lease.get(lease, [])
        if not known:
            return _breach("nothing_approved", why.NOTHING_APPROVED, lease=posted.lease)
        inside = [one for one in known if posted.start <= one.month <= (posted.end or posted.start)]
        if not inside:
            return _breach("month_wrong", why.MONTH_WRONG, lease=posted.lease, months=_months(known))
        fitting = [one for one in inside if posted.component in (None, one.component)]
        if not fitting:
            return _breach("component_wrong", why.COMPONENT_WRONG, components=_components(inside))
        return self._narrowed(posted, fitting)

    def lease_of(self, reference: str) -> int | None:
        """The lease written so; failing that, the only one written so but for capitals and spaces."""
        if reference in self.leases:
            return self.leases[reference]
        alike = self._loosely.get(loose(reference), [])
        return alike[0] if len(alike) == 1 else None

    def _undone_by(self, posted: Posted) -> int | None:
        """The row that cancels this credit note: the same number, and nothing that says it is of something else."""
        same_number = self._undone.get(loose(posted.ref), []) if posted.ref else []
        return next((one.row for one in same_number if not self._is_of_something_else(one, posted)), None)

    def _is_of_something_else(self, one: Posted, other: Posted) -> bool:
        """Whether both rows say which line, lease, component or months they are of, and say it differently."""
        leases = {self.lease_of(lease) for lease in (one.lease, other.lease) if lease}
        said: list[set[Any]] = [{one.line, other.line} - {""}, leases, {one.component, other.component} - {None}]
        if one.start and other.start:
            is_apart = one.start > (other.end or other.start) or other.start > (one.end or one.start)
        else:
            is_apart = False
        return is_apart or any(len(values) > 1 for values in said)

    def _by_identifier(self, posted: Posted) -> list[Candidate] | Breach:
        line = self._by_uuid.get(posted.line)
        if line is None:
            return _breach("line_unknown", why.LINE_UNKNOWN)
        if posted.lease and loose(posted.lease) != loose(line.lease):
            return _breach("contradicts", why.CONTRADICTS, said=posted.lease, recorded=line.lease)
        if posted.start and not posted.start <= line.month <= (posted.end or posted.start):
            return _breach("contradicts", why.CONTRADICTS, said=_month(posted.start), recorded=_month(line.month))
        if posted.component not in (None, line.component):
            said, recorded = Component(posted.component or ""), Component(line.component)
            return _breach("contradicts", why.CONTRADICTS, said=said.label, recorded=recorded.label)
        return [line]

    def _narrowed(self, posted: Posted, fitting: list[Candidate]) -> list[Candidate] | Breach:
        """Of the lines of a lease, a period, a component: those that the amount is of, the living before the dead."""
        living = [one for one in fitting if one.state in LIVING]
        if len(fitting) == 1 or not living:
            return fitting[:1]
        mine = [one for one in living if one.voucher_ref == posted.ref and one.state == LineState.CREDITED]
        open_ = [one for one in living if one.state == LineState.APPROVED and one.pk not in self.taken]
        for group in (mine, open_):
            alike = [one for one in group if agrees(posted, one.amount)]
            if len(alike) == 1 or (alike and group is mine):
                return alike[:1]
            if group and agrees(posted, total(one.amount for one in group)):
                return group
            if alike:
                return _breach("ambiguous", why.AMBIGUOUS, lines=_named(alike))
        return open_ or mine or living[:1]

    def _verdict(self, posted: Posted, lines: list[Candidate]) -> Verdict:
        amount = total(one.amount for one in lines)
        by_others = [one for one in lines if one.state == LineState.CREDITED and one.voucher_ref != posted.ref]
        if by_others:
            params = {"ref": by_others[0].voucher_ref, "on": by_others[0].voucher_date or "", **_place(by_others[0])}
            return Verdict(FAULT, breach=Breach("other_voucher", why.OTHER_VOUCHER, params))
        dead = [one for one in lines if one.state not in LIVING]
        if dead:
            params = {"state": LineState(dead[0].state).label, **_place(dead[0])}
            return Verdict(FAULT, breach=Breach("not_approved", why.NOT_APPROVED, params))
        twice = [one for one in lines if one.pk in self.taken]
        if twice:
            return Verdict(FAULT, breach=_breach("row_twice", why.ROW_TWICE, row=self.taken[twice[0].pk]))
        if breach := _amount_breach(posted, amount):
            return Verdict(FAULT, breach=breach)
        pks = tuple(sorted(one.pk for one in lines))
        if all(one.state == LineState.CREDITED for one in lines):
            return Verdict(KNOWN, pks, _breach("already", why.ALREADY, ref=posted.ref))
        if breach := _voucher_breach(posted):
            return Verdict(FAULT, breach=breach)
        return Verdict(READY, pks)


NAMED: Final = 6
LIVING: Final = (LineState.APPROVED, LineState.CREDITED)


def loose(reference: str) -> str:
    return "".join(tidy(reference).casefold().split()).lstrip("'")


def agrees(posted: Posted, amount: Split) -> bool:
    """Whether every amount of the row is this one; one that is neither said net nor gross is gross."""
    return _amount_breach(posted, amount) is None


def _amount_breach(posted: Posted, amount: Split) -> Breach | None:
    gross = posted.gross if posted.gross is not None else posted.amount
    if gross is None and posted.net is None:
        return Breach("amount_missing", why.AMOUNT_MISSING)
    for said, expected, message in (
        (gross, amount.gross_cents, why.GROSS_DIFFERS),
        (posted.net, amount.net_cents, why.NET_DIFFERS),
    ):
        if said is not None and said != expected:
            if said == amount.net_cents and posted.net is None:
                return Breach("net_given", why.NET_GIVEN, {"net": Cents(said), "gross": Cents(expected)})
            params = {"said": Cents(said), "expected": Cents(expected), "difference": Cents(said - expected)}
            return Breach("amount_differs", message, params)
    return None


def _voucher_breach(posted: Posted) -> Breach | None:
    if not posted.ref:
        return Breach("voucher_missing", why.VOUCHER_MISSING)
    return Breach("date_missing", why.DATE_MISSING) if posted.on is None else None


def shared_vouchers(tenants: Iterable[tuple[str, int, int]]) -> set[tuple[str, int]]:
    """(number, year) of the vouchers that are given to several tenants, of (number, year, tenant id)."""
    owners: dict[tuple[str, int], set[int]] = {}
    for ref, year, tenant in tenants:
        owners.setdefault((ref, year), set()).add(tenant)
    return {voucher for voucher, known in owners.items() if len(known) > 1}


def _breach(code: str, message: "_StrPromise", **params: object) -> Breach:
    return Breach(code, message, params)


def _place(line: Candidate) -> dict[str, object]:
    return {"lease": line.lease, "month": _month(line.month), "component": Component(line.component).label}


def _month(day: date) -> str:
    return f"{day:%m/%Y}"


def _months(lines: Iterable[Candidate]) -> str:
    return ", ".join(_month(month) for month in sorted({one.month for one in lines}))


def _named(lines: Sequence[Candidate]) -> str:
    """Each with its component and month; of many the first."""
    names = [f"{Component(one.component).label} {_month(one.month)}" for one in lines]
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


def _components(lines: Iterable[Candidate]) -> str:
    known = {one.component for one in lines}
    return ", ".join(str(component.label) for component in Component if component in known)
