"""The assessor's steps: ask for information, remind, close for lack of an answer, give an opinion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.documents import document_breaches
from grants.actions.filing import COMPUTED, amount_breaches
from grants.actions.turn import FileTurn, action, begin_on, refuse_if
from grants.charter_rules import cap_breaches, info_due, reservation_end, shortfall
from grants.eligibility import CRITERIA, FACTS, LABELS, Finding, Supplier, evaluate, parse_criteria, record
from grants.enums import (
    Action,
    DocumentTiming,
    LedgerKind,
    LineState,
    Opinion,
    Outcome,
    Role,
    Side,
    State,
    Visibility,
)
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.ledger import Movement
from grants.models import Application, Assessment, FundMember, ReliefLine
from grants.money import Cents
from grants.permissions import asking_for, check

if TYPE_CHECKING:
    from fundadmin.models import User

BY_THE_OPINION = (DocumentTiming.AT_FILING, DocumentTiming.BEFORE_DECISION)
MINIMUM_REASON = 20  # characters
CONFLICT = Breach(
    "conflict_of_interest",
    _("Declare that you have no conflict of interest in this application, or leave it to another person."),
    pointer="no_conflict",
)


@action
def request_info(
    *, application: Application, wanted: Sequence[str], message: str, by: "User", key: str, on: date | None = None
) -> Application:
    """Ask for named facts or documents, to be answered within the charter's days."""
    turn = begin_on(Action.REQUEST_INFO, application, by=by, key=key, on=on, wanted=list(wanted), message=message)
    if turn.replay:
        return turn.application
    asked = turn.application
    check(asking_for(Action.REQUEST_INFO, by, asked, turn.on))
    refuse_if(turn.breaches())
    kinds = {document["kind"] for document in asked.charter.required_documents}
    bad = [
        Breach(
            "not_askable",
            _("“%(name)s” is neither a fact that the tenant or the chamber supplies nor a document of this charter."),
            {"name": name},
            "wanted",
        )
        for name in wanted
        if name not in kinds and (name not in FACTS or name in COMPUTED or FACTS[name].supplier == Supplier.LANDLORD)
    ]
    if not wanted:
        bad.append(Breach("nothing_asked", _("Name at least one fact or document to ask for."), pointer="wanted"))
    if bad:
        raise BadInput(bad)
    asked.request_info(wanted=list(wanted), due_on=info_due(turn.terms, turn.on))
    return turn.finish(data={"wanted": list(wanted)}, detail={"message": message} if message else None)


@action
def remind(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """Log that the tenant was reminded of the information asked for."""
    turn = begin_on(Action.REMIND, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    check(asking_for(Action.REMIND, by, turn.application, turn.on))
    refuse_if(turn.breaches())
    turn.application.reminded_on = turn.on
    return turn.finish()


@action
def lapse(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """Close an application that was not answered: the due date is past and a reminder was logged."""
    turn = begin_on(Action.LAPSE, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    silent = turn.application
    check(asking_for(Action.LAPSE, by, silent, turn.on))
    refuse_if(turn.breaches() + lapse_breaches(silent, turn.on))
    lines = end_lines(silent, LineState.CANCELLED)
    silent.lapse(on=turn.on)
    return turn.finish(lines=lines)


def overdue_breaches(application: Application, on: date) -> list[Breach]:
    """Whether the information asked for may still come."""
    if application.info_due_on is None or on > application.info_due_on:
        return []
    return [Breach("not_overdue", _("The answer may still come until %(due)s."), {"due": application.info_due_on})]


def lapse_breaches(application: Application, on: date) -> list[Breach]:
    found = overdue_breaches(application, on)
    if application.info_due_on is not None and application.reminded_on is None:
        found.append(Breach("not_reminded", _("Log a reminder first.")))
    return found


def end_lines(application: Application, state: LineState) -> list[ReliefLine]:
    """The living lines, given back: nobody claims their months any more."""
    lines = list(application.lines.filter(state__in=[LineState.CLAIMED, LineState.APPROVED]))
    for line in lines:
        line.state = state
    return lines


@action
def assess_favourable(
    *,
    application: Application,
    by: "User",
    key: str,
    amounts: Mapping[int, int] | None = None,
    resolved: Mapping[str, str] | None = None,
    no_conflict: bool = False,
    on: date | None = None,
) -> Application:
    """Give a favourable opinion and reserve the money; short of it, the application waits in rank.

    `amounts`: line id -> proposed cents (what is asked, by default). `resolved`: criterion code -> the note
    that settles a finding "to verify". The outcome's `data["shortfall_cents"]` says what was short.
    """
    turn = begin_on(
        Action.ASSESS_FAVOURABLE,
        application,
        by=by,
        key=key,
        on=on,
        amounts=None if amounts is None else {str(pk): cents for pk, cents in amounts.items()},
        resolved=resolved,
        no_conflict=no_conflict,
    )
    if turn.replay:
        return turn.application
    assessed, notes = turn.application, dict(resolved or {})
    asking = asking_for(Action.ASSESS_FAVOURABLE, by, assessed, turn.on)
    check(asking)
    lines, untimely = list(assessed.lines.filter(state=LineState.CLAIMED).select_related("lease")), turn.breaches()
    # Whose lines are no longer open is told so, not that they are unknown.
    propose_amounts(lines, None if untimely else amounts)
    findings, judged = judge(assessed, turn.on)
    chamber = is_chamber_assessor(asking.roles) and not queries.is_landlords(by, assessed.fund_id, turn.on)
    if not chamber:
        check_evidence_is_theirs(notes)
    elsewhere = queries.held_elsewhere(assessed)
    proposed = {line.pk: line.proposed_cents or 0 for line in lines}
    total = sum(proposed.values())
    short = shortfall(queries.free_for(assessed, turn.locked.available_cents), total)
    refuse_if(
        untimely
        + ([] if no_conflict else [CONFLICT])
        + finding_breaches(findings, notes, figures=chamber)
        + document_breaches(assessed, *BY_THE_OPINION)
        + amount_breaches(turn.terms, lines, proposed, elsewhere.months)
        + money_breaches(turn, lines, elsewhere)
        + still_short(turn, short)
    )
    reserved_until = None if short else reservation_end(turn.terms, turn.on)
    assessed.assess_favourable(by=by, on=turn.on, reserved_until=reserved_until)
    assessment = keep_opinion(turn, Opinion.FAVOURABLE, judged, notes, proposed)
    data = {"assessment": assessment, "proposed_cents": total, "shortfall_cents": short, "no_conflict": no_conflict}
    movements = [] if short else moves(LedgerKind.RESERVE, assessed, proposed)
    return turn.finish(lines=lines, data=data, detail={"resolved": notes} if notes else None, movements=movements)


def keep_opinion(
    turn: FileTurn,
    opinion: Opinion,
    record: Mapping[str, Any],
    notes: Mapping[str, str],
    proposed: Mapping[int, int],
) -> int:
    """Keep an opinion with what it was judged on. Returns its id."""
    return Assessment.objects.create(
        application=turn.application,
        charter=turn.application.charter,
        opinion=opinion,
        by=turn.by,
        on=turn.on,
        record=record,
        resolved=notes,
        amounts={str(line): cents for line, cents in proposed.items()},
    ).pk


def propose_amounts(lines: Sequence[ReliefLine], amounts: Mapping[int, int] | None) -> None:
    """Set each line's proposed amount. Raises BadInput for an unknown line or an amount outside 0..asked."""
    chosen = dict(amounts or {})
    bad = []
    for line in lines:
        line.proposed_cents = chosen.pop(line.pk, line.asked_cents)
        if not 0 <= line.proposed_cents <= line.asked_cents:
            bad.append(
                Breach(
                    "amount_outside",
                    _("%(month)s: propose between 0 and the %(asked)s asked."),
                    {"month": f"{line.month:%m/%Y}", "asked": Cents(line.asked_cents)},
                    f"amounts/{line.pk}",
                )
            )
    bad += unknown_lines(chosen)
    if bad:
        raise BadInput(bad)


def unknown_lines(ids: Mapping[int, object] | Sequence[int]) -> list[Breach]:
    return [
        Breach("unknown_line", _("Line %(line)s is not open in this application."), {"line": pk}, f"lines/{pk}")
        for pk in ids
    ]


def judge(application: Application, on: date) -> tuple[list[Finding], dict[str, Any]]:
    """The charter's criteria judged on all that is known on a day, and the record an assessment keeps of it."""
    criteria = parse_criteria(queries.criteria_of(application.charter))
    facts = queries.facts_of(application)
    findings = evaluate(criteria, facts, on)
    return findings, record(criteria, facts, on, findings)


def finding_breaches(findings: Sequence[Finding], notes: Mapping[str, str], *, figures: bool) -> list[Breach]:
    """What keeps an opinion from being favourable: a criterion not met, or one to verify that no note settles.

    Without `figures` (a landlord's assessor) only the verdict is said, not what it rests on.
    """
    return [
        Breach(
            f"criterion_{finding.code}",
            "%(finding)s",
            {"finding": _Said(finding, figures)},
            f"criteria/{finding.code}",
            finding.article,
        )
        for finding in findings
        if finding.outcome == Outcome.NO
        or (finding.outcome == Outcome.TO_VERIFY and not notes.get(finding.code, "").strip())
    ]


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding in words, written when it is shown."""

    finding: Finding
    figures: bool

    def __str__(self) -> str:
        if not self.figures:
            return self.finding.verdict()
        return f"{self.finding.sentence()} {self.finding.remedy()}".strip()


def is_chamber_assessor(roles: Sequence[FundMember]) -> bool:
    return any(role.role == Role.ASSESSOR and role.side == Side.CHAMBER for role in roles)


def check_evidence_is_theirs(notes: Mapping[str, str]) -> None:
    """A criterion on facts that only the chamber sees is settled by a chamber assessor."""
    hidden = [
        code
        for code in notes
        if code in CRITERIA and any(FACTS[fact].visibility == Visibility.CHAMBER for fact in CRITERIA[code].needs)
    ]
    if hidden:
        raise NotAllowed(
            Breach(
                "chamber_evidence",
                _("“%(criterion)s” rests on evidence that only the chamber sees: a chamber assessor settles it."),
                {"criterion": LABELS[code]},
                f"resolved/{code}",
            )
            for code in hidden
        )


def money_breaches(
    turn: FileTurn, lines: Sequence[ReliefLine], elsewhere: queries.HeldElsewhere, *, approving: bool = False
) -> list[Breach]:
    """The charter's caps per SIREN and per lease, on what is proposed (or about to be approved)."""
    per_lease: dict[int, int] = {}
    references: dict[int, str] = {}
    for line in lines:
        cents = (line.approved_cents if approving else line.proposed_cents) or 0
        per_lease[line.lease_id] = per_lease.get(line.lease_id, 0) + cents
        references[line.lease_id] = line.lease.reference
    found = cap_breaches(
        turn.terms,
        elsewhere.held_cents,
        sum(per_lease.values()),
        {references[pk]: (elsewhere.held_by_lease.get(pk, 0), cents) for pk, cents in per_lease.items()},
    )
    if not sum(per_lease.values()):
        found.append(Breach("nothing_proposed", _("Propose an amount for at least one line.")))
    return found


def still_short(turn: FileTurn, short: int) -> list[Breach]:
    """An application that already waits, waits on: the refusal says what is short."""
    if not short or turn.from_state != State.WAITLISTED:
        return []
    return [
        Breach(
            "shortfall",
            _("The fund is short by %(short)s for this application: it keeps its place on the waiting list."),
            {"short": Cents(short)},
        )
    ]


def moves(kind: LedgerKind, application: Application, cents_by_line: Mapping[int, int]) -> list[Movement]:
    """One movement per line with an amount, in line order."""
    return [
        Movement(kind, cents, relief_line_id=line, application_id=application.pk)
        for line, cents in sorted(cents_by_line.items())
        if cents
    ]


@action
def assess_unfavourable(
    *,
    application: Application,
    reason: str,
    by: "User",
    key: str,
    no_conflict: bool = False,
    on: date | None = None,
) -> Application:
    """Give an unfavourable opinion. It is no refusal: only the landlord refuses, and the months stay claimed."""
    turn = begin_on(
        Action.ASSESS_UNFAVOURABLE, application, by=by, key=key, on=on, reason=reason, no_conflict=no_conflict
    )
    if turn.replay:
        return turn.application
    assessed = turn.application
    check(asking_for(Action.ASSESS_UNFAVOURABLE, by, assessed, turn.on))
    refuse_if(turn.breaches() + ([] if no_conflict else [CONFLICT]) + reason_breaches(reason))
    findings, judged = judge(assessed, turn.on)
    assessment = keep_opinion(turn, Opinion.UNFAVOURABLE, judged, {}, {})
    assessed.assess_unfavourable(by=by, on=turn.on)
    # Who may read the reason depends on what the opinion rests on.
    unmet = [finding.code for finding in findings if finding.outcome != Outcome.YES]
    data = {"assessment": assessment, "no_conflict": no_conflict, "unmet": unmet}
    return turn.finish(data=data, detail={"reason": reason})


def reason_breaches(reason: str) -> list[Breach]:
    if len(reason.strip()) >= MINIMUM_REASON:
        return []
    return [
        Breach("reason", _("Give the reason in at least %(n)s characters."), {"n": MINIMUM_REASON}, pointer="reason")
    ]
