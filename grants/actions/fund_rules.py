"""What a fund action needs: from whom, with which papers, in which state of the fund, within which amounts."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions import closing
from grants.actions.turn import Turn
from grants.charter_rules import amendment_breaches, ceiling_breaches, shortfall
from grants.enums import FundAction, FundState, RequestState, State
from grants.exceptions import Breach
from grants.models import Application, Charter, FundMember, FundProposal
from grants.money import Cents
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import Actor

IN_USE: Final = frozenset({FundState.OPEN, FundState.SUSPENDED})
STATES: Final[Mapping[FundAction, frozenset[FundState]]] = {
    FundAction.OPEN: frozenset({FundState.DRAFT}),
    FundAction.ENDOW: IN_USE,
    FundAction.WITHDRAW_ENDOWMENT: IN_USE,
    FundAction.AMEND: IN_USE,
    FundAction.SUSPEND: frozenset({FundState.OPEN}),
    FundAction.RESUME: frozenset({FundState.SUSPENDED}),
    FundAction.CLOSE: IN_USE,
}
NEEDS_PDF: Final = frozenset(FundAction) - {FundAction.SUSPEND, FundAction.RESUME}
NEEDS_CHARTER: Final = frozenset({FundAction.OPEN, FundAction.AMEND})
NEEDS_AMOUNT: Final = frozenset({FundAction.ENDOW, FundAction.WITHDRAW_ENDOWMENT})
TAKES_AMOUNT: Final = NEEDS_AMOUNT | {FundAction.OPEN}
PDF_START: Final = b"%PDF-"


def landlord_breaches(turn: Turn, *actors: Actor) -> list[Breach]:
    """Whether the person is one of these landlord members; in a fund in preparation, recorded as one."""
    if turn.fund.state == FundState.DRAFT:
        counting = Q(user__is_active=True, starts_on__lte=turn.on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=turn.on))
        roles = list(FundMember.objects.filter(counting, fund=turn.fund, user=turn.by))
    else:
        roles = memberships(turn.by, turn.fund.pk, turn.on)
    return [] if holds(roles, actors) else [role_missing_in_fund(actors)]


def input_breaches(proposal: FundProposal, signed_pdf: tuple[str, bytes] | None) -> list[Breach]:
    """What is missing from a proposal, or has no place in it."""
    action = FundAction(proposal.action)
    named = {"action": action.label}
    found = []
    if signed_pdf is None and action in NEEDS_PDF:
        found.append(Breach("pdf_missing", _("“%(action)s” needs the signed PDF."), named, "signed_pdf"))
    if signed_pdf is not None and not signed_pdf[1].startswith(PDF_START):
        found.append(Breach("not_a_pdf", _("“%(name)s” is not a PDF."), {"name": signed_pdf[0]}, "signed_pdf"))
    if proposal.charter is None and action in NEEDS_CHARTER:
        found.append(Breach("charter_missing", _("Draft the charter version first, and name it."), {}, "charter"))
    if proposal.charter is not None and action not in NEEDS_CHARTER:
        found.append(Breach("no_charter_here", _("“%(action)s” changes no charter."), named, "charter"))
    if proposal.charter is not None and proposal.charter.fund_id != proposal.fund.pk:
        found.append(Breach("other_fund", _("This charter version is another fund's."), {}, "charter"))
    if proposal.amount_cents is None and action in NEEDS_AMOUNT:
        found.append(Breach("amount_missing", _("“%(action)s” needs an amount."), named, "amount_cents"))
    if proposal.amount_cents is not None and action not in TAKES_AMOUNT:
        found.append(Breach("no_amount_here", _("“%(action)s” moves no amount."), named, "amount_cents"))
    if proposal.amount_cents is not None and proposal.amount_cents <= 0:
        found.append(Breach("amount_not_positive", _("The amount must be more than 0."), {}, "amount_cents"))
    return found


def pending_breaches(turn: Turn, proposal: FundProposal) -> list[Breach]:
    same = FundProposal.objects.filter(fund=turn.fund, action=proposal.action, state=RequestState.OPEN)
    if not same.exists():
        return []
    message = _("“%(action)s” is already proposed: have it confirmed or refused first.")
    return [Breach("already_proposed", message, {"action": FundAction(proposal.action).label})]


def rule_breaches(turn: Turn, proposal: FundProposal) -> list[Breach]:
    """Why the fund can't take this action now; judged when it is proposed, and again when it is confirmed."""
    action, state, amount = FundAction(proposal.action), FundState(turn.fund.state), proposal.amount_cents or 0
    if state not in STATES[action]:
        message = _("“%(action)s” can't be done while the fund is “%(state)s”.")
        return [Breach("wrong_fund_state", message, {"action": action.label, "state": state.label})]
    if proposal.charter is not None:
        return _charter_breaches(turn, proposal.charter, amount)
    if action == FundAction.ENDOW:
        return _ceiling_breaches(turn, amount)
    if action == FundAction.WITHDRAW_ENDOWMENT:
        return _withdrawal_breaches(turn, amount)
    return closing.progress_breaches(turn.fund) if action == FundAction.CLOSE else []


def _charter_breaches(turn: Turn, charter: Charter, first_endowment_cents: int) -> list[Breach]:
    """Whether a version can be the fund's first (with its first endowment), or follow the current one."""
    if charter.confirmed_at is not None:
        return [Breach("charter_confirmed", _("This charter version is already in force: draft the next one."))]
    found = []
    if charter.signed_on > turn.on:
        message = _("The charter is signed on %(signed_on)s: confirm it from that day on.")
        found.append(Breach("signed_later", message, {"signed_on": charter.signed_on}))
    current = queries.current_charter(turn.fund.pk)
    if current is not None:
        found += amendment_breaches(current.terms(), charter.terms(), turn.locked.endowed_cents)
    elif first_endowment_cents:
        article = charter.terms().article("ceiling")
        found += ceiling_breaches(charter.ceiling_cents, 0, first_endowment_cents, article)
    return found


def _ceiling_breaches(turn: Turn, amount_cents: int) -> list[Breach]:
    current = queries.current_charter(turn.fund.pk)
    article = current.terms().article("ceiling") if current else ""
    return ceiling_breaches(turn.locked.ceiling_cents, turn.locked.endowed_cents, amount_cents, article)


def _withdrawal_breaches(turn: Turn, amount_cents: int) -> list[Breach]:
    """What is on offer to waitlisted applications stays, though nothing is reserved yet."""
    available = turn.locked.available_cents
    waiting = Application.objects.filter(fund=turn.fund, state=State.WAITLISTED)
    offered = waiting.aggregate(cents=Sum("offered_cents"))["cents"] or 0
    missing = shortfall(available - offered, amount_cents)
    if not missing:
        return []
    message = _(
        "Only what is available and not on offer can be withdrawn: of %(available)s, %(offered)s is on offer."
        " %(missing)s short."
    )
    params = {"available": Cents(available), "offered": Cents(offered), "missing": Cents(missing)}
    return [Breach("shortfall", message, params, "amount_cents")]
