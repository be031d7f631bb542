"""What the system does on time: it warns, reservations expire, offers lapse, freed money is offered in rank.

A scheduler runs `run_due`. Each step is an action of the user `system`, with a key made of the application
and the cause, so running it twice changes nothing.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.decision import end_visas, release_all
from grants.actions.turn import action, begin_on, refuse_if
from grants.charter_rules import offer_end, shortfall
from grants.enums import Action, FundState, State
from grants.exceptions import ActionRefused, Breach, NotAllowed
from grants.models import Application, Fund
from grants.permissions import role_missing

if TYPE_CHECKING:
    from fundadmin.models import User


WARNING_DAYS = 7
"""How long before its end a reservation is warned of."""


def check_system(action: Action, by: "User") -> None:
    if not by.is_system:
        raise NotAllowed([role_missing(action, ())])


@action
def warn_expiry(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """Tell the approvers that a reservation is about to expire."""
    turn = begin_on(Action.WARN_EXPIRY, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    check_system(Action.WARN_EXPIRY, by)
    warned = turn.application
    found = turn.breaches()
    if warned.reserved_until is not None and turn.on < warned.reserved_until - timedelta(days=WARNING_DAYS):
        found.append(Breach("too_early", _("The reservation lasts until %(until)s."), {"until": warned.reserved_until}))
    refuse_if(found)
    warned.expiry_warned_on = turn.on
    return turn.finish()


@action
def expire(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """End a reservation that nobody decided in time, warned of on an earlier day: money released, rank kept."""
    turn = begin_on(Action.EXPIRE, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    check_system(Action.EXPIRE, by)
    expired = turn.application
    found = turn.breaches()
    if expired.reserved_until is not None and turn.on <= expired.reserved_until:
        found.append(
            Breach("still_reserved", _("The reservation lasts until %(until)s."), {"until": expired.reserved_until})
        )
    if expired.reserved_until is not None and (expired.expiry_warned_on is None or expired.expiry_warned_on >= turn.on):
        found.append(Breach("not_warned", _("The approvers are warned a day or more before a reservation expires.")))
    refuse_if(found)
    movements = release_all(expired)
    end_visas(expired)
    expired.expire()
    return turn.finish(movements=movements)


@action
def offer(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """Offer free money to a waitlisted application: a task for the assessor, never automatic money."""
    turn = begin_on(Action.OFFER, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    check_system(Action.OFFER, by)
    waiting = turn.application
    found = turn.breaches()
    needed = need_of(waiting)
    if waiting.offered_until is not None:
        found.append(Breach("offered", _("An offer is already open.")))
    elif shortfall(queries.free_for(waiting, turn.locked.available_cents), needed):
        found.append(Breach("shortfall", _("The free money does not reach this application yet.")))
    refuse_if(found)
    waiting.offered_cents, waiting.offered_until = needed, offer_end(turn.terms, turn.on)
    return turn.finish(data={"offered_cents": needed, "until": waiting.offered_until.isoformat()})


def need_of(application: Application) -> int:
    return next(
        (needed for _rank, pk, needed, _offered in queries.waiting_needs(application.fund_id) if pk == application.pk),
        0,
    )


@action
def lapse_offer(*, application: Application, by: "User", key: str, on: date | None = None) -> Application:
    """End an offer that nobody took up: the application goes to the end of the list."""
    turn = begin_on(Action.LAPSE_OFFER, application, by=by, key=key, on=on)
    if turn.replay:
        return turn.application
    check_system(Action.LAPSE_OFFER, by)
    found = turn.breaches()
    until = turn.application.offered_until
    if until is None:
        found.append(Breach("no_offer", _("No offer is open.")))
    elif turn.on <= until:
        found.append(Breach("still_offered", _("The offer lasts until %(until)s."), {"until": until}))
    refuse_if(found)
    turn.application.offered_cents = turn.application.offered_until = None
    turn.application.rank = queries.next_rank(turn.application.fund_id)
    return turn.finish(data={"rank": turn.application.rank})


def run_due(*, fund: Fund, by: "User", on: date | None = None) -> list[Application]:
    """Do all that is due in a fund: expiries, warnings, lapsed offers, then offers in rank. Returns what moved.

    Nothing is due in a fund that isn't open: a suspended fund's files lose no rank and no reservation.
    """
    if not Fund.objects.filter(pk=fund.pk, state=FundState.OPEN).exists():
        return []
    today = on or timezone.localdate()
    files = Application.objects.filter(fund=fund)
    done = [
        _try(expire, file, by, f"expire:{file.pk}:{file.reserved_until}", today)
        for file in files.filter(state=State.ELIGIBLE, reserved_until__lt=today, expiry_warned_on__lt=today).order_by(
            "rank"
        )
    ]
    soon = today + timedelta(days=WARNING_DAYS)
    done += [
        _try(warn_expiry, file, by, f"warn_expiry:{file.pk}:{file.version}", today)
        for file in files.filter(
            state=State.ELIGIBLE, reserved_until__lte=soon, expiry_warned_on__isnull=True
        ).order_by("rank")
    ]
    done += [
        _try(lapse_offer, file, by, f"lapse_offer:{file.pk}:{file.offered_until}", today)
        for file in files.filter(state=State.WAITLISTED, offered_until__lt=today).order_by("rank")
    ]
    done += [
        _try(offer, file, by, f"offer:{file.pk}:{file.version}", today)
        for file in files.filter(state=State.WAITLISTED, offered_until__isnull=True).order_by("rank")
    ]
    return [file for file in done if file is not None]


def _try(
    step: Callable[..., Application], application: Application, by: "User", key: str, on: date
) -> Application | None:
    """One step; what meanwhile no longer holds is left alone."""
    try:
        return step(application=application, by=by, key=key, on=on)
    except ActionRefused:
        return None
