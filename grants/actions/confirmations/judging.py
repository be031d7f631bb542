"""What the rows of a file of credit notes would do: matched, then judged by the rules of the action itself.

Nothing is locked or written. As many queries for ten thousand rows as for one, but for one round per FILES_AT_ONCE
applications.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.available import Situation, situations_of
from grants.actions.confirmations.signs import credit_sign, is_credit, signs_of
from grants.actions.crediting import Voucher, voucher_breaches
from grants.actions.turn import fund_breaches, state_breaches
from grants.crediting_rules import form_breaches, line_breaches, rent_call_breaches
from grants.enums import Action, LineState, ReliefForm
from grants.exceptions import Breach
from grants.models import Application, Fund, LandlordFileRow, ReliefLine
from grants.permissions import breaches as who_breaches
from grants.reconciling.amounts import split_of
from grants.reconciling.matching import KNOWN, READY, Candidate, Matcher, Posted, Verdict, shared_vouchers
from landlords.models import Lease

if TYPE_CHECKING:
    from fundadmin.models import User

FILES_AT_ONCE: Final = 200
DECIDED: Final = (LineState.APPROVED, LineState.CREDITED, LineState.DECLINED, LineState.REVERSED, LineState.CANCELLED)
State = LandlordFileRow.State


@dataclass(slots=True)
class Judgement:
    """One row: what it tells, its voucher where it has a whole one, and what becomes of it."""

    row: int
    told: Mapping[str, Any]
    state: str
    lines: tuple[int, ...] = ()
    breaches: tuple[Breach, ...] = ()
    voucher: Voucher | None = None

    def refuse(self, breaches: Iterable[Breach]) -> None:
        found = tuple(breaches)
        if found:
            self.state, self.breaches = State.FAULT, (*self.breaches, *found)


def judge(
    fund: Fund,
    told: Sequence[tuple[int, Mapping[str, Any]]],
    form: str,
    by: "User",
    on: date,
    *,
    sign: int | None = None,
    unread: Sequence[tuple[int, Mapping[str, Any]]] = (),
) -> list[Judgement]:
    """The rows (their line in the file, what they tell), in order. `form`: of those that don't say theirs.

    `sign`: that of the file's credits; of a part of a file where nothing else is proposed, that of the part. `unread`:
    what the rows tell that can't be judged as a whole: one of them may cancel a credit note.
    """
    if sign is None:
        sign = credit_sign(one for _row, facts in told for one in signs_of(facts))
    posted = [posted_of(row, facts, sign) for row, facts in told]
    leases = dict(Lease.objects.filter(landlord=fund.landlord_id).values_list("reference", "pk"))
    lines = lines_named(fund, posted, leases)
    others = [*posted, *(posted_of(row, facts, sign) for row, facts in unread)]
    matcher = Matcher(
        [candidate(line) for line in lines.values()], leases, [one for one in others if one.ref and not one.is_credit]
    )
    found = [judgement(row, facts, matcher.judge(one), form) for (row, facts), one in zip(told, posted, strict=True)]
    ready = [one for one in found if one.state == State.READY]
    _refuse_shared(fund, ready, lines)
    _refuse_by_rules(ready, lines, by, on)
    return found


def posted_of(row: int, facts: Mapping[str, Any], sign: int) -> Posted:
    given: dict[str, Any] = {name: date.fromisoformat(facts[name]) for name in ("start", "end", "on") if name in facts}
    given |= {name: facts[name] for name in SAID if name in facts}
    given |= {name: abs(facts[name]) for name in AMOUNTS if name in facts}
    return Posted(row=row, is_credit=is_credit(facts, sign), **given)


SAID: Final = ("line", "lease", "component", "ref")
AMOUNTS: Final = ("net", "gross", "amount")


def lines_named(fund: Fund, posted: Sequence[Posted], leases: Mapping[str, int]) -> dict[int, ReliefLine]:
    """The fund's decided lines that the file may be about: by their leases, and by their identifiers."""
    matcher = Matcher([], leases)
    named = {matcher.lease_of(one.lease) for one in posted if one.lease} - {None}
    rows = ReliefLine.objects.filter(application__fund=fund, state__in=DECIDED).select_related(
        "application__charter", "application__fund", "lease"
    )
    found = {line.pk: line for line in rows.filter(lease__in=named)}
    found |= {line.pk: line for line in rows.filter(uuid__in={one.line for one in posted if one.line})}
    return found


def candidate(line: ReliefLine) -> Candidate:
    return Candidate(
        pk=line.pk,
        uuid=str(line.uuid),
        lease_id=line.lease_id,
        lease=line.lease.reference,
        month=line.month,
        component=line.component,
        state=line.state,
        amount=split_of(line, line.application),
        voucher_ref=line.voucher_ref,
        voucher_date=line.voucher_date,
    )


def judgement(row: int, facts: Mapping[str, Any], verdict: Verdict, form: str) -> Judgement:
    state = {READY: State.READY, KNOWN: State.KNOWN}.get(verdict.state, State.FAULT)
    breaches = (verdict.breach,) if verdict.breach else ()
    voucher = None
    if state == State.READY:
        voucher = Voucher(
            ReliefForm(facts.get("form") or form),
            facts["ref"],
            date.fromisoformat(facts["on"]),
            facts.get("notice", ""),
        )
    return Judgement(row, facts, state, verdict.lines, breaches, voucher)


def _refuse_shared(fund: Fund, ready: Sequence[Judgement], lines: Mapping[int, ReliefLine]) -> None:
    """A voucher is one tenant's: not of two in the file, nor of one in the file and another credited before."""
    vouchers = [
        (one, (one.voucher.ref, one.voucher.on.year), {lines[pk].application.tenant_id for pk in one.lines})
        for one in ready
        if one.voucher
    ]
    inside = [(*number, tenant) for _one, number, tenants in vouchers for tenant in tenants]
    before = ReliefLine.objects.filter(
        voucher_ref__in={ref for (ref, _year), _tenants in ((number, tenants) for _one, number, tenants in vouchers)},
        voucher_date__isnull=False,
        state__in=(LineState.CREDITED, LineState.REVERSED),
        application__fund__landlord=fund.landlord_id,
    ).values_list("voucher_ref", "voucher_date__year", "application__tenant")
    in_file = shared_vouchers(inside)
    shared = in_file | shared_vouchers([*inside, *before])
    for one, number, _tenants in vouchers:
        if number in shared:
            message = SHARED_IN_FILE if number in in_file else SHARED_BEFORE
            one.refuse([Breach("voucher_taken", message, {"number": number[0], "year": str(number[1])})])


def _refuse_by_rules(ready: Sequence[Judgement], lines: Mapping[int, ReliefLine], by: "User", on: date) -> None:
    """Each application for its own lines: a voucher may cover lines of several of one tenant."""
    by_file: dict[int, list[tuple[Judgement, list[int]]]] = {}
    for one in ready:
        own: dict[int, list[int]] = {}
        for pk in one.lines:
            own.setdefault(lines[pk].application_id, []).append(pk)
        for pk, lines_of in own.items():
            by_file.setdefault(pk, []).append((one, lines_of))
    files = list(by_file)
    for start in range(0, len(files), FILES_AT_ONCE):
        chosen = [Application(pk=pk) for pk in files[start : start + FILES_AT_ONCE]]
        for now in situations_of(chosen, by, on):
            file = now.application
            whole = who_breaches(now.asking(Action.CREDIT)) or state_breaches(Action.CREDIT, file.state)
            whole += fund_breaches(file.fund, Action.CREDIT)
            mine = {line.pk: line for line in now.lines}
            for one, pks in by_file[file.pk]:
                one.refuse(whole or rules(one, [mine[pk] for pk in pks], now, on))


def rules(one: Judgement, lines: Sequence[ReliefLine], now: Situation, on: date) -> list[Breach]:
    """What the action would refuse of these lines and this voucher."""
    voucher, terms = cast("Voucher", one.voucher), now.application.charter.terms()
    found = voucher_breaches(voucher, now.application, on)
    for line in lines:
        found += line_breaches(line, now.blocked) + form_breaches(line, voucher.form, voucher.on)
    # Only what these lines are called: there is that of many applications.
    keys = [(line.lease_id, line.month, line.component) for line in lines]
    called = {key: now.called[key] for key in keys if key in now.called}
    return found + rent_call_breaches(terms, lines, queries.in_basis(called, terms.caps_basis))


SHARED_IN_FILE: Final = _(
    "The file gives the voucher %(number)s of %(year)s to several businesses: a voucher is for one tenant."
)
SHARED_BEFORE: Final = _(
    "The voucher %(number)s of %(year)s already credits another business: check it, and give the number of this"
    " tenant's own voucher."
)
