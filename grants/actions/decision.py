"""The approver's steps: give a visa, send back, reject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from grants import queries, staffing
from grants.actions.assessment import (
    CONFLICT,
    end_lines,
    money_breaches,
    moves,
    overdue_breaches,
    reason_breaches,
    unknown_lines,
)
from grants.actions.filing import amount_breaches
from grants.actions.turn import FileTurn, action, begin_on, refuse_if, refuse_input
from grants.charter_rules import Terms, needs_second_visa
from grants.de_minimis import DeMinimisResult, has_counter
from grants.de_minimis import check as check_de_minimis
from grants.enums import Action, AidRegime, LedgerKind, LineState, RejectionReason, State
from grants.exceptions import Breach
from grants.ledger import Movement
from grants.models import Application, FundMember, ReliefLine, Visa
from grants.money import Cents
from grants.permissions import Asking, Hand, asking_for, check
from grants.quick import claimed_lines, members_on

if TYPE_CHECKING:
    from fundadmin.models import User


@action
def approve(
    *,
    application: Application,
    by: "User",
    key: str,
    amounts: Mapping[int, int] | None = None,
    reason: str = "",
    no_conflict: bool = False,
    on: date | None = None,
) -> Application:
    """Give a visa; the last one needed approves: the money is committed and what is not granted is released.

    `amounts`: line id -> approved cents (what the opinion proposes, by default); lower needs a reason, and a line
    at 0 is declined. A second visa must be for the same amounts. Above the charter's threshold (on the SIREN's
    total in the fund) two people give one each.
    """
    turn = begin_on(
        Action.APPROVE,
        application,
        by=by,
        key=key,
        on=on,
        amounts=None if amounts is None else {str(pk): cents for pk, cents in amounts.items()},
        reason=reason,
        no_conflict=no_conflict,
    )
    if turn.replay:
        return turn.application
    decided = turn.application
    visas = queries.living_visas(decided)
    lines = claimed_lines(decided)
    bad = approve_amounts(lines, amounts, visas)
    granted = {line.pk: line.approved_cents or 0 for line in lines}
    total = sum(granted.values())
    members = members_on(turn.on, decided.fund_id)
    asking = asking_for(Action.APPROVE, by, decided, turn.on, visas=len(visas), amount_cents=total, members=members)
    check(asking)
    refuse_input(turn, bad)
    elsewhere = queries.held_elsewhere(decided)
    complete = completes(turn.terms, visas, elsewhere.granted_cents + total)
    refuse_if(
        turn.breaches()
        + ([] if no_conflict else [CONFLICT])
        + visa_breaches(turn, visas, lines, reason)
        + amount_breaches(turn.terms, lines, granted, elsewhere.months)
        + money_breaches(turn, lines, elsewhere, approving=True)
        + aid_breaches(turn, total)
        + people_breaches(decided, asking, members, complete=complete, amount_cents=total)
    )
    # One that completes the decision dies with it; a second one lives until the database has compared the two.
    visa = give_visa(turn, lines, living=bool(visas) or not complete)
    decided.approve(by=by, on=turn.on, complete=complete)
    data = {
        "approved_cents": total,
        "visas": len(visas) + 1,
        "assessment": visa.assessment_id,
        "amounts": visa.amounts,
        "no_conflict": no_conflict,
    }
    detail = {"reason": reason} if reason else None
    if not complete:
        return turn.finish(data=data, detail=detail)
    for line in lines:
        line.state = LineState.APPROVED if line.approved_cents else LineState.DECLINED
    if visas:
        end_visas(decided)
    return turn.finish(lines=lines, data=data, detail=detail, movements=commitments(decided, lines))


def completes(terms: Terms, visas: Sequence[Visa], cumulative_cents: int) -> bool:
    """Whether the next visa is the last one needed, given what the SIREN would have in the fund with it."""
    return bool(visas) or not needs_second_visa(terms, cumulative_cents)


def people_breaches(
    application: Application, asking: Asking, members: Sequence[FundMember], *, complete: bool, amount_cents: int
) -> list[Breach]:
    """Whether a visa by this person would leave somebody for the steps after it."""
    return staffing.can_finish(
        application,
        members,
        asking.hands,
        also=(asking.user_id, Hand.DECIDED),
        left=staffing.steps_after_visa(complete=complete),
        amount_cents=amount_cents,
    )


def give_visa(turn: FileTurn, lines: Sequence[ReliefLine], *, living: bool) -> Visa:
    """A visa binds the latest opinion and each line's amount."""
    return Visa.objects.create(
        application=turn.application,
        assessment_id=latest_opinion(turn.application),
        by=turn.by,
        on=turn.on,
        amounts={str(line.pk): line.approved_cents for line in lines},
        living=living,
    )


def approve_amounts(
    lines: Sequence[ReliefLine], amounts: Mapping[int, int] | None, visas: Sequence[Visa]
) -> list[Breach]:
    """Set each line's approved amount: as given, else as the first visa has it, else as proposed.

    Returns what is wrong with the amounts given.
    """
    chosen = dict(amounts or {})
    before = {int(pk): cents for pk, cents in visas[0].amounts.items()} if visas else {}
    bad = []
    for line in lines:
        proposed = line.proposed_cents or 0
        line.approved_cents = chosen.pop(line.pk, before.get(line.pk, proposed))
        if not 0 <= line.approved_cents <= proposed:
            bad.append(
                Breach(
                    "amount_outside",
                    _("%(month)s: approve between 0 and the %(proposed)s proposed."),
                    {"month": f"{line.month:%m/%Y}", "proposed": Cents(proposed)},
                    f"amounts/{line.pk}",
                )
            )
    return bad + unknown_lines(chosen)


def visa_breaches(turn: FileTurn, visas: Sequence[Visa], lines: Sequence[ReliefLine], reason: str) -> list[Breach]:
    """What binds a visa: another person and the same amounts for the second; a reason for granting less."""
    found = same_giver_breaches(visas, turn.by)
    amounts = {str(line.pk): line.approved_cents for line in lines}
    if visas:
        if visas[0].amounts != amounts:
            found.append(
                Breach(
                    "other_amounts",
                    _("The second visa is for the first one's amounts: to change them, send the file back."),
                )
            )
    elif any((line.approved_cents or 0) < (line.proposed_cents or 0) for line in lines):
        found += reason_breaches(reason)
    return found


def same_giver_breaches(visas: Sequence[Visa], by: "User") -> list[Breach]:
    """Two people give the two visas."""
    if not visas or visas[0].by_id != by.pk:
        return []
    return [Breach("same_person", _("You gave the first visa: another person gives the second."))]


def aid_breaches(turn: FileTurn, cents: int) -> list[Breach]:
    """De minimis, again on the day the right is granted (Regulation (EU) 2023/2831, art. 3)."""
    regime = AidRegime(turn.application.charter.aid_regime)
    if not has_counter(regime):
        return []
    prior = queries.facts_of(turn.application).de_minimis_aids
    if prior is None:
        return [
            Breach(
                "de_minimis_undeclared",
                _("The de minimis declaration of the last three years is missing, be it for none."),
            )
        ]
    result = check_de_minimis(regime, turn.on, cents, prior)
    return [] if result.passes else [Breach("de_minimis", "%(verdict)s", {"verdict": _Said(result)})]


@dataclass(frozen=True, slots=True)
class _Said:
    """A de minimis verdict in words, written when it is shown."""

    result: DeMinimisResult

    def __str__(self) -> str:
        return f"{self.result.sentence()} {self.result.remedy()}"


def latest_opinion(application: Application) -> int:
    """The id of the opinion that made the application eligible: a visa binds it. Plain SQL, as the fund is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM grants_assessment WHERE application_id = %s", [application.pk])
        ((latest,),) = cursor.fetchall()
    return int(latest)


def commitments(application: Application, lines: Sequence[ReliefLine]) -> list[Movement]:
    """Commit what is granted of each line and release the rest of its reservation."""
    granted = {line.pk: line.approved_cents or 0 for line in lines}
    released = {line.pk: (line.proposed_cents or 0) - granted[line.pk] for line in lines}
    return moves(LedgerKind.RELEASE, application, released) + moves(LedgerKind.COMMIT, application, granted)


def end_visas(application: Application) -> None:
    """Visas die when the application leaves eligible."""
    Visa.objects.filter(application=application, living=True).update(living=False)


def release_all(application: Application) -> list[Movement]:
    """Release what an eligible application has reserved."""
    lines = application.lines.filter(state=LineState.CLAIMED)
    return moves(LedgerKind.RELEASE, application, {line.pk: line.proposed_cents or 0 for line in lines})


@action
def send_back(*, application: Application, reason: str, by: "User", key: str, on: date | None = None) -> Application:
    """Send an eligible application back to assessment: its money is released, its rank kept."""
    turn = begin_on(Action.SEND_BACK, application, by=by, key=key, on=on, reason=reason)
    if turn.replay:
        return turn.application
    check(asking_for(Action.SEND_BACK, by, turn.application, turn.on))
    refuse_if(turn.breaches() + reason_breaches(reason))
    movements = release_all(turn.application)
    end_visas(turn.application)
    turn.application.send_back()
    return turn.finish(detail={"reason": reason}, movements=movements)


@action
def reject(
    *,
    application: Application,
    motive: RejectionReason,
    by: "User",
    key: str,
    reason: str = "",
    on: date | None = None,
) -> Application:
    """Refuse an application: the only refusal that is notified. A standard motive, or `other` with a text."""
    turn = begin_on(Action.REJECT, application, by=by, key=key, on=on, motive=motive, reason=reason)
    if turn.replay:
        return turn.application
    rejected = turn.application
    check(asking_for(Action.REJECT, by, rejected, turn.on))
    found = turn.breaches() + (reason_breaches(reason) if motive == RejectionReason.OTHER else [])
    refuse_if(found + overdue_breaches(rejected, turn.on))
    movements = release_all(rejected) if rejected.state == State.ELIGIBLE else []
    lines = end_lines(rejected, LineState.DECLINED)
    end_visas(rejected)
    rejected.reject(by=by, on=turn.on)
    return turn.finish(lines=lines, reason=motive, detail={"reason": reason} if reason else None, movements=movements)
