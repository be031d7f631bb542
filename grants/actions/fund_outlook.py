"""What somebody could do to a fund now, and what it would come to: judged by the actions' own functions.

Nothing is locked: what is said here may be refused a moment later, in the same words.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.closing import UNDER_WAY
from grants.actions.fund_rules import NEEDS_CHARTER, landlord_breaches, pending_breaches, rule_breaches
from grants.actions.funding import settling_breaches, who_settles_breaches
from grants.actions.turn import Turn
from grants.enums import FundAction, FundState, FundStep, RequestState, Side, State
from grants.exceptions import Breach
from grants.ledger import LockedPosition, PositionAt
from grants.models import Application, Charter, Fund, FundMember, FundProposal, Position
from grants.money import Cents
from grants.queries import held_by
from grants.workflow import LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User

NO_ROOM: Final = {
    FundAction.ENDOW: _("The endowment has reached the ceiling (%(ceiling)s): amend the charter first."),
    FundAction.WITHDRAW_ENDOWMENT: _("Nothing is available that could be withdrawn."),
}
"""Said beforehand where not even a cent would do."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One fund action for one person: it may be proposed, or the reasons why not. `charter`: the version it names."""

    action: FundAction
    breaches: tuple[Breach, ...]
    charter: Charter | None = None

    @property
    def allowed(self) -> bool:
        return not self.breaches


def funds_acted_on(user: "User") -> QuerySet[Fund]:
    """The funds of a person, and those in preparation (nobody counts there yet) with a landlord's role of theirs."""
    today = timezone.localdate()
    of_fund = FundMember.objects.filter(fund=OuterRef("pk"))
    recorded = of_fund.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), user=user, side=Side.LANDLORD, starts_on__lte=today
    )
    mine = Exists(of_fund.filter(held_by(user, today))) | (Q(state=FundState.DRAFT) & Exists(recorded))
    return Fund.objects.filter(mine).select_related("landlord", "position").order_by("code")


def proposals_outlook(fund: Fund, by: "User", on: date) -> list[Outlook]:
    """Every fund action: whether this person may propose it today, or why not. A fund opens once."""
    turn = _turn(fund, by, on)
    who = landlord_breaches(turn, LANDLORD_MANAGER)
    draft = Charter.objects.filter(fund=fund, confirmed_at__isnull=True).order_by("-version").first()
    found = []
    for action in FundAction:
        if action == FundAction.OPEN and fund.state != FundState.DRAFT:
            continue
        charter = draft if action in NEEDS_CHARTER else None
        least = 1 if action in NO_ROOM else None
        asked = FundProposal(fund=fund, action=action, charter=charter, amount_cents=least, proposed_by=by)
        breaches = who or pending_breaches(turn, asked) + rule_breaches(turn, asked)
        if not breaches and action in NEEDS_CHARTER and charter is None:
            breaches = [Breach("charter_missing", _("Draft the charter version first."))]
        if any(breach.pointer == "amount_cents" for breach in breaches):
            breaches = [Breach("no_room", NO_ROOM[action], {"ceiling": Cents(turn.locked.ceiling_cents)})]
        found.append(Outlook(action, tuple(breaches), charter))
    return found


def settling_outlook(proposal: FundProposal, by: "User", on: date, state: RequestState) -> list[Breach]:
    """Why this person can't confirm or refuse the proposal now."""
    turn = _turn(proposal.fund, by, on)
    return who_settles_breaches(turn, proposal, state) or settling_breaches(turn, proposal, state)


def position_after(proposal: FundProposal, now: PositionAt) -> PositionAt:
    """The fund's accounts once the proposal is confirmed, nothing else happening meanwhile."""
    action, cents = FundAction(proposal.action), proposal.amount_cents or 0
    if action == FundAction.CLOSE:
        cents = now.available_cents
    if action in (FundAction.CLOSE, FundAction.WITHDRAW_ENDOWMENT):
        cents = -cents
    ceiling = proposal.charter.ceiling_cents if proposal.charter else now.ceiling_cents
    return replace(
        now,
        ceiling_cents=ceiling,
        endowed_cents=now.endowed_cents + cents,
        available_cents=now.available_cents + cents,
    )


class Fate(StrEnum):
    """What becomes of an application when its fund is closed."""

    BLOCKS = "blocks"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    CREDITED_LATER = "credited_later"


FATES: Final = {
    **dict.fromkeys(UNDER_WAY, Fate.BLOCKS),
    State.WAITLISTED: Fate.REJECTED,
    State.DRAFT: Fate.DISCARDED,
    State.APPROVED: Fate.CREDITED_LATER,
}


def fates(fund: Fund) -> list[tuple[Application, Fate]]:
    """Each application that isn't at its end, and what closing the fund means for it."""
    files = Application.objects.filter(fund=fund, state__in=list(FATES)).select_related("tenant").order_by("rank", "pk")
    order = list(Fate)
    return sorted(((file, FATES[State(file.state)]) for file in files), key=lambda row: order.index(row[1]))


def _turn(fund: Fund, by: "User", on: date) -> Turn:
    """As an action would begin, without the lock."""
    columns = [field.name for field in fields(LockedPosition)]
    return Turn(
        action=FundStep.PROPOSE,
        by=by,
        key="",
        on=on,
        at=timezone.now(),
        request_hash="",
        locked=LockedPosition(**Position.objects.values(*columns).get(pk=fund.pk)),
        fund=fund,
    )
