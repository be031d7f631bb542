"""Steps around the main path: landlord's facts, withdrawal, transfer, an amended charter, reopening."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.assessment import end_lines, moves, reason_breaches
from grants.actions.decision import end_visas, release_all
from grants.actions.filing import Around, around, claim, fact_breaches, submission_breaches
from grants.actions.returns import returned_after_close
from grants.actions.turn import action, begin_on, refuse_if
from grants.charter_rules import in_force_breaches, reexamination_end
from grants.enums import Action, Channel, LedgerKind, LineState, State
from grants.exceptions import BadInput, Breach
from grants.models import Application, Charter, ReliefLine
from grants.permissions import asking_for, check, holds, memberships
from grants.workflow import ADVISOR

if TYPE_CHECKING:
    from fundadmin.models import User


ARREARS = {"arrears_cents", "arrears_on"}
"""What a landlord supplies by hand; the rest of what it knows is in its rent roll."""


@action
def supply(
    *, application: Application, facts: Mapping[str, Any], by: "User", key: str, on: date | None = None
) -> Application:
    """The landlord supplies facts that only it has (arrears). It is not editing, and blocks no later step."""
    turn = begin_on(Action.SUPPLY, application, by=by, key=key, on=on, facts=facts)
    if turn.replay:
        return turn.application
    supplied = turn.application
    check(asking_for(Action.SUPPLY, by, supplied, turn.on))
    refuse_if(turn.breaches())
    bad = fact_breaches(facts, landlords=True)
    if not bad and set(facts) != ARREARS:
        bad.append(Breach("arrears", _("Give the arrears and the day they were owed on, both."), pointer="facts"))
    if bad:
        raise BadInput(bad)
    detail = {"facts": {"before": {name: supplied.facts.get(name) for name in facts}, "after": dict(facts)}}
    supplied.facts = {**supplied.facts, **facts}
    return turn.finish(data={"facts": sorted(facts)}, detail=detail)


@action
def withdraw(
    *,
    application: Application,
    requested_on: date,
    channel: Channel,
    by: "User",
    key: str,
    on: date | None = None,
) -> Application:
    """Record that the tenant withdrew. What was reserved or committed is available again at once."""
    turn = begin_on(Action.WITHDRAW, application, by=by, key=key, on=on, requested_on=requested_on, channel=channel)
    if turn.replay:
        return turn.application
    withdrawn = turn.application
    check(asking_for(Action.WITHDRAW, by, withdrawn, turn.on))
    everything = list(withdrawn.lines.all())
    found = turn.breaches() + withdrawal_breaches(everything, queries.lines_in_open_requests(withdrawn))
    if requested_on > turn.on:
        found.append(
            Breach("request_date", _("The tenant's request can't be dated in the future."), pointer="requested_on")
        )
    refuse_if(found)
    movements = release_all(withdrawn) if withdrawn.state == State.ELIGIBLE else []
    if withdrawn.state == State.APPROVED:
        committed = {line.pk: line.approved_cents or 0 for line in everything if line.state == LineState.APPROVED}
        movements = moves(LedgerKind.DECOMMIT, withdrawn, committed)
    movements += returned_after_close(turn.fund, sum(movement.amount_cents for movement in movements))
    lines = end_lines(withdrawn, LineState.CANCELLED)
    end_visas(withdrawn)
    withdrawn.withdraw(on=turn.on)
    data = {"requested_on": requested_on.isoformat(), "channel": channel}
    return turn.finish(lines=lines, data=data, movements=movements)


def withdrawal_breaches(lines: Iterable[ReliefLine], blocked: set[int]) -> list[Breach]:
    """What can no longer be withdrawn. `blocked`: the lines in open requests."""
    found = []
    if any(line.state in (LineState.CREDITED, LineState.REVERSED) for line in lines):
        found.append(Breach("credited", _("A line was already credited: the landlord cancels what remains instead.")))
    if blocked:
        found.append(Breach("in_request", _("A request on this application is open: it is settled first.")))
    return found


@action
def transfer(*, application: Application, to: "User", by: "User", key: str, on: date | None = None) -> Application:
    """Put another advisor in charge. Who had a hand in the file keeps it."""
    turn = begin_on(Action.TRANSFER, application, by=by, key=key, on=on, to=to.pk)
    if turn.replay:
        return turn.application
    check(asking_for(Action.TRANSFER, by, turn.application, turn.on))
    found = turn.breaches()
    if not holds(memberships(to, turn.fund.pk, turn.on), [ADVISOR]):
        found.append(
            Breach("no_advisor", _("%(person)s is no advisor in this fund on this day."), {"person": to}, "to")
        )
    if to.pk == turn.application.advisor_id:
        found.append(Breach("same_advisor", _("%(person)s is already in charge."), {"person": to}, "to"))
    refuse_if(found)
    data = {"from": turn.application.advisor_id, "to": to.pk}
    turn.application.advisor = to
    return turn.finish(data=data)


@action
def apply_new_version(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """Put a pending application under the amended charter. Its rank is kept."""
    turn = begin_on(Action.APPLY_NEW_VERSION, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    pending = turn.application
    check(asking_for(Action.APPLY_NEW_VERSION, by, pending, turn.on))
    current = queries.charter_in_force(pending.fund_id, turn.on)
    refuse_if(turn.breaches() + version_breaches(pending, current))
    data = {"from": pending.charter.version, "to": current.version if current else 0}
    pending.charter = current or pending.charter
    return turn.finish(data=data)


def version_breaches(application: Application, current: Charter | None) -> list[Breach]:
    if current is not None and current.version > application.charter.version:
        return []
    return [Breach("no_newer_version", _("The application is already under the current version of the charter."))]


@action
def reopen(*, application: Application, reason: str, by: "User", key: str, on: date | None = None) -> Application:
    """Reopen for re-examination, within the charter's window, under the version of the first filing; a new rank."""
    turn = begin_on(Action.REOPEN, application, by=by, key=key, on=on, reason=reason)
    if turn.replay:
        return turn.application
    reopened = turn.application
    check(asking_for(Action.REOPEN, by, reopened, turn.on))
    reopened.charter = queries.first_charter(reopened)
    found = turn.breaches()
    lines = reclaimed(reopened.lines.select_related("lease"))
    if not found:
        found += reason_breaches(reason)
        found += reopening_breaches(reopened, turn.on, lines, around(reopened, lines))
    refuse_if(found)
    claim(lines)
    reopened.reopen(on=turn.on, rank=queries.next_rank(reopened.fund_id))
    return turn.finish(lines=lines, data={"rank": reopened.rank}, detail={"reason": reason})


def reclaimed(lines: Iterable[ReliefLine]) -> list[ReliefLine]:
    """The lines whose months a reopening claims again."""
    return [line for line in lines if line.state in (LineState.CLAIMED, LineState.DECLINED, LineState.CANCELLED)]


def reopening_breaches(application: Application, on: date, lines: Sequence[ReliefLine], others: Around) -> list[Breach]:
    """The window, and submit's rules again except its deadline; the application is under its first charter."""
    found = window_breaches(application, on) + in_force_breaches(application.charter.terms(), on)
    return found + submission_breaches(application, lines, others)


def window_breaches(application: Application, on: date) -> list[Breach]:
    """The window runs from the day the application was closed."""
    terms = application.charter.terms()
    end = reexamination_end(terms, application.closed_on or on)
    if on <= end:
        return []
    message = _("The re-examination window ended on %(end)s.")
    return [Breach("window_over", message, {"end": end}, article=terms.article("reexamination_days"))]
