"""The advisor's steps: draft, edit, discard, submit, answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from grants import queries, staffing
from grants.actions.contents import content_digest
from grants.actions.documents import document_breaches
from grants.actions.turn import (
    DISCARDED,
    MONTH_TAKEN,
    FileTurn,
    action,
    begin,
    begin_on,
    fund_breaches,
    on_file,
    refuse_if,
)
from grants.advice import filing_advice
from grants.charter_rules import LineAsk, Terms, filing_breaches, line_breaches
from grants.document_kinds import kind_label
from grants.eligibility import FACT_SUPPLIER, FACTS, Supplier, facts_from_json
from grants.enums import Action, Channel, DocumentTiming, LineState, MandateKind
from grants.exceptions import BadInput, Breach, RuleRefused
from grants.models import Application, Event, Fund, ReliefLine
from grants.permissions import Asking, Hands, asking_for, check, memberships
from landlords.enums import Component
from landlords.models import Lease, TenantBusiness

if TYPE_CHECKING:
    from fundadmin.models import User


NAME_LIMIT = 200  # characters
COMPUTED = frozenset({"requested_cents"})
"""Facts that are the file's own: the sum of its lines is not for anybody to declare."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One line asked for. `month`: the first of a month; `asked_cents`: in the charter's caps basis."""

    lease_id: int
    month: date
    component: str
    asked_cents: int


@dataclass(frozen=True, slots=True)
class Mandate:
    """The tenant's mandate to file for them."""

    on: date
    kind: MandateKind


@action
def create(*, fund: Fund, tenant: TenantBusiness, by: "User", key: str, on: date | None = None) -> Application:
    """Open a draft for a tenant. A draft claims no month and has no rank."""
    turn = begin(Action.CREATE, fund_id=fund.pk, by=by, key=key, on=on, request={"tenant": tenant.pk})
    if turn.replay:
        return replayed(turn.replay)
    check(Asking(Action.CREATE, memberships(by, fund.pk, turn.on), Hands(), by.pk))
    charter = queries.charter_in_force(fund.pk, turn.on)
    found = fund_breaches(turn.fund, Action.CREATE)
    if tenant.landlord_id != turn.fund.landlord_id:
        found.append(
            Breach("other_landlord", _("This tenant does not rent from the fund's landlord."), pointer="tenant")
        )
    if charter is None or found:
        raise RuleRefused(found)
    Fund.objects.filter(pk=fund.pk).update(files_opened=F("files_opened") + 1)
    turn.application = Application.objects.create(
        fund=turn.fund,
        charter=charter,
        reference=f"{turn.fund.code}-{turn.fund.files_opened + 1:04d}",
        tenant=tenant,
        siren=tenant.siren or "",
        advisor=by,
        acted_on=turn.on,
    )
    turn.application.outcome = turn.record(to_state=turn.application.state, data={"tenant": tenant.pk})
    return turn.application


def replayed(event: Event) -> Application:
    """The application of a first outcome."""
    application = Application.objects.filter(timeline=event).first()
    if application is None:
        raise RuleRefused([DISCARDED])
    application.outcome = event
    return application


@action
def edit(
    *,
    application: Application,
    by: "User",
    key: str,
    lines: Sequence[Ask] | None = None,
    facts: Mapping[str, Any] | None = None,
    mandate: Mandate | None = None,
    contact: tuple[str, Channel] | None = None,
    on: date | None = None,
) -> Application:
    """Change a draft: what is given replaces what was there, `None` leaves it.

    `facts`: as `eligibility.facts_to_json` writes them, only those that the tenant or the chamber supplies.
    """
    turn = begin_on(
        Action.EDIT,
        application,
        by=by,
        key=key,
        on=on,
        lines=[asdict(ask) for ask in lines] if lines is not None else None,
        facts=facts,
        mandate=asdict(mandate) if mandate else None,
        contact=contact,
    )
    if turn.replay:
        return turn.application
    draft = turn.application
    check(asking_for(Action.EDIT, by, draft, turn.on))
    refuse_if(turn.breaches())
    bad = (ask_breaches(draft, lines) if lines is not None else []) + (
        fact_breaches(facts) if facts is not None else []
    )
    if mandate and mandate.on > turn.on:
        bad.append(Breach("mandate_date", _("The mandate can't be dated in the future."), pointer="mandate/on"))
    if contact and len(contact[0]) > NAME_LIMIT:
        message = _("A contact's name has at most %(limit)s characters.")
        bad.append(Breach("contact", message, {"limit": NAME_LIMIT}, "contact"))
    if bad:
        raise BadInput(bad)
    given = {"lines": lines, "facts": facts, "mandate": mandate, "contact": contact}
    changed = [name for name, value in given.items() if value is not None]
    detail: dict[str, Any] = {}
    if lines is not None:
        _replace_lines(draft, lines)
    if facts is not None:
        detail["facts"] = {"before": draft.facts, "after": dict(facts)}
        draft.facts = dict(facts)
    if mandate:
        draft.mandate_on, draft.mandate_kind = mandate.on, mandate.kind
    if contact:
        draft.contact_name, draft.contact_channel = contact
    return turn.finish(data={"changed": changed}, detail=detail)


def ask_breaches(draft: Application, lines: Sequence[Ask]) -> list[Breach]:
    """What can't even be kept in a draft; the charter's rules are judged when it is submitted."""
    leases = set(Lease.objects.filter(tenant=draft.tenant_id).values_list("pk", flat=True))
    found = []
    seen: set[tuple[int, date, str]] = set()
    for i, ask in enumerate(lines):
        if ask.lease_id not in leases:
            found.append(Breach("lease", _("This lease is not one of the tenant's."), pointer=f"lines/{i}/lease"))
        if ask.month.day != 1:
            found.append(Breach("month", _("A month is given by its first day."), pointer=f"lines/{i}/month"))
        if ask.asked_cents is None or ask.asked_cents <= 0:
            found.append(Breach("amount", _("The amount asked must be above zero."), pointer=f"lines/{i}/asked_cents"))
        if ask.component not in Component.values:
            message = _("“%(component)s” is not a component of a rent call.")
            found.append(Breach("component", message, {"component": ask.component}, f"lines/{i}/component"))
        place = (ask.lease_id, ask.month, ask.component)
        if place in seen:
            found.append(Breach("twice", _("This month and component is asked for twice."), pointer=f"lines/{i}"))
        seen.add(place)
    return found


def label_of(name: str) -> object:
    """A fact as its reader knows it; a document by its kind."""
    return FACTS[name].label if name in FACTS else kind_label(name)


def fact_breaches(facts: Mapping[str, Any], *, landlords: bool = False) -> list[Breach]:
    """What can't be read, and facts that the other side supplies."""
    found = [
        Breach("fact_supplier", _("“%(fact)s” is not yours to supply."), {"fact": label_of(name)}, f"facts/{name}")
        for name in facts
        if name in COMPUTED or (FACT_SUPPLIER.get(name) == Supplier.LANDLORD) != landlords
    ]
    if not found:
        try:
            facts_from_json(facts)
        except BadInput as error:
            found += error.breaches
    return found


def _replace_lines(draft: Application, lines: Sequence[Ask]) -> None:
    draft.lines.all().delete()
    rates = queries.vat_rates({ask.lease_id for ask in lines})
    leases = Lease.objects.in_bulk({ask.lease_id for ask in lines})
    ReliefLine.objects.bulk_create(
        ReliefLine(
            application=draft,
            lease_id=ask.lease_id,
            premises_id=leases[ask.lease_id].premises_id,
            month=ask.month,
            component=ask.component,
            asked_cents=ask.asked_cents,
            vat_rate_bp=rates.get((ask.lease_id, ask.component), 0),
        )
        for ask in sorted(lines, key=lambda ask: (ask.lease_id, ask.month, ask.component))
    )


@action
def discard(*, application: Application, by: "User", key: str, on: date | None = None) -> Event:
    """Delete a draft; its events stay. Returns the event."""
    request = {"application": application.pk}
    beginning = begin(Action.DISCARD, fund_id=application.fund_id, by=by, key=key, on=on, request=request)
    if beginning.replay:
        return beginning.replay
    turn = on_file(beginning, application)
    check(asking_for(Action.DISCARD, by, turn.application, turn.on))
    refuse_if(turn.breaches())
    return delete_draft(turn)


def delete_draft(turn: FileTurn) -> Event:
    event = turn.record(
        from_state=turn.from_state,
        data={"reference": turn.application.reference, "application": str(turn.application.uuid)},
    )
    for document in turn.application.documents.all():
        transaction.on_commit(partial(document.file.storage.delete, str(document.file.name)))
    turn.application.lines.all().delete()
    turn.application.delete()
    return event


@action
def submit(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """File a draft: its months are claimed and it takes its rank. All that is missing is said at once."""
    turn = begin_on(Action.SUBMIT, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    draft = turn.application
    check(asking_for(Action.SUBMIT, by, draft, turn.on))
    draft.charter = queries.charter_in_force(draft.fund_id, turn.on) or draft.charter
    draft.siren = draft.tenant.siren or ""
    lines = list(draft.lines.select_related("lease"))
    refuse_if(turn.breaches() + submit_breaches(draft, turn.on, lines, around(draft, lines)))
    draft.submit(by=by, on=turn.on, rank=queries.next_rank(draft.fund_id))
    claim(lines)
    return turn.finish(
        lines=lines,
        data={
            "rank": draft.rank,
            "charter": draft.charter.version,
            "asked_cents": sum(line.asked_cents for line in lines),
            "content": content_digest(draft, lines),
            "advice": [breach.code for breach in filing_advice(draft)],
            "gaps": [gap.to_json() for gap in staffing.gaps_on_filing(draft, by, turn.on)],
        },
    )


def claim(lines: Sequence[ReliefLine]) -> None:
    for line in lines:
        line.state = LineState.CLAIMED
        line.proposed_cents = line.approved_cents = None


@dataclass(frozen=True, slots=True)
class Around:
    """What else a filing is judged on: the undertaking's months in other files, rent calls, whose the months are."""

    months: frozenset[date]
    dues: Mapping[queries.LineKey, int]
    taken: Mapping[int, str]


def around(application: Application, lines: Sequence[ReliefLine]) -> Around:
    return Around(
        months=queries.held_elsewhere(application).months,
        dues=queries.dues_of(lines, application.charter.caps_basis),
        taken=queries.months_taken(lines),
    )


def submit_breaches(application: Application, on: date, lines: Sequence[ReliefLine], others: Around) -> list[Breach]:
    """All that is missing to file a draft, which is under the charter in force."""
    return filing_breaches(application.charter.terms(), on) + submission_breaches(application, lines, others)


def submission_breaches(application: Application, lines: Sequence[ReliefLine], others: Around) -> list[Breach]:
    """What a filed application must have, other than its date. Also what a reopening must meet."""
    terms = application.charter.terms()
    found = [
        Breach(f"tenant_{fact}", MISSING_FACTS[fact], {"tenant": application.tenant.legal_name}, f"tenant/{fact}")
        for fact in application.tenant.missing_facts()
    ]
    if application.mandate_on is None:
        found.append(
            Breach(
                "mandate", _("The tenant's mandate to file is missing: record its date and form."), pointer="mandate"
            )
        )
    found += document_breaches(application, DocumentTiming.AT_FILING)
    asked = {line.pk: line.asked_cents for line in lines}
    about_lines = (
        amount_breaches(terms, lines, asked, others.months, others.dues) if lines else line_breaches(terms, [])
    )
    # Without the mandate the chamber does not read what the landlord calls: not in a refusal either.
    found += [breach for breach in about_lines if application.mandate_on or breach.code != "more_than_rent_call"]
    taken = others.taken
    found += [
        Breach(
            MONTH_TAKEN.code,
            TAKEN_BY if taken[line.pk] else TAKEN_ELSEWHERE,
            {"month": f"{line.month:%m/%Y}", "reference": taken[line.pk]},
            f"lines/{i}",
        )
        for i, line in enumerate(lines)
        if line.pk in taken
    ]
    return found


TAKEN_BY = _("%(month)s already has relief asked for or granted in application %(reference)s.")
TAKEN_ELSEWHERE = _("%(month)s already has relief asked for or granted in another fund of this landlord.")
MISSING_FACTS = {
    "siret": _("The SIRET of %(tenant)s is missing: complete the tenant's record."),
    "naf": _("The NAF code of %(tenant)s is missing: complete the tenant's record."),
    "headcount": _("The headcount of %(tenant)s is missing: complete the tenant's record."),
}


def amount_breaches(
    terms: Terms,
    lines: Sequence[ReliefLine],
    cents: Mapping[int, int],
    months_elsewhere: frozenset[date],
    called: Mapping[queries.LineKey, int] | None = None,
) -> list[Breach]:
    """What the charter has against amounts asked, proposed or approved (by line id); a line at 0 is left out.

    `called`: what the landlord calls, if it was read already.
    """
    kept = [line for line in lines if cents[line.pk]]
    if not kept:
        return []
    dues = queries.dues_of(kept, terms.caps_basis) if called is None else called
    return line_breaches(terms, line_asks(kept, dues, cents), months_already=months_elsewhere)


def line_asks(
    lines: Sequence[ReliefLine], dues: Mapping[queries.LineKey, int], cents: Mapping[int, int]
) -> list[LineAsk]:
    """The lines with what the landlord calls for the same month, as `charter_rules` judges them."""
    return [
        LineAsk(
            lease_id=line.lease_id,
            lease_reference=line.lease.reference,
            month=line.month,
            component=line.component,
            asked_cents=cents[line.pk],
            due_cents=dues.get((line.lease_id, line.month, line.component)),
            lease_covers=line.lease.covers(line.month),
        )
        for line in lines
    ]


@action
def answer(
    *,
    application: Application,
    by: "User",
    key: str,
    facts: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Application:
    """Send what was asked for: `facts` by name (only those asked), documents attached before. Nothing may stay open."""
    given = dict(facts or {})
    turn = begin_on(Action.ANSWER, application, by=by, key=key, on=on, facts=given)
    if turn.replay:
        return turn.application
    asked = turn.application
    check(asking_for(Action.ANSWER, by, asked, turn.on))
    refuse_if(turn.breaches())
    bad = [
        Breach("not_asked", _("“%(fact)s” was not asked for."), {"fact": label_of(name)}, f"facts/{name}")
        for name in given
        if not _was_asked(asked, name, given[name])
    ] + fact_breaches(given)
    if bad:
        raise BadInput(bad)
    since = queries.requested_at(asked)
    brought = set(asked.documents.filter(added_at__gte=since).values_list("kind", flat=True))
    refuse_if(
        Breach("still_missing", _("Still missing: %(what)s."), {"what": label_of(what)}, what)
        for what in asked.info_requested
        if given.get(what) is None and what not in brought
    )
    detail = {"facts": {"before": {name: asked.facts.get(name) for name in given}, "after": given}} if given else None
    evidence = {**asked.facts.get("evidence", {}), **given.get("evidence", {})}
    asked.facts = {**asked.facts, **given, **({"evidence": evidence} if evidence else {})}
    asked.answer()
    return turn.finish(data={"facts": sorted(given), "documents": sorted(brought)}, detail=detail)


def _was_asked(application: Application, name: str, value: object) -> bool:
    """Evidence may come along, for the facts that were asked for."""
    if name == "evidence" and isinstance(value, Mapping):
        return set(value) <= set(application.info_requested)
    return name in application.info_requested
