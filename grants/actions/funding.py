"""Fund actions: a landlord member proposes one with the signed paper, another one confirms it.

While a fund is in preparation its first members are recorded but don't count yet: opening it is judged on them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants import ledger, queries, staffing
from grants.actions import closing
from grants.actions.documents import Upload, store
from grants.actions.fund_rules import input_breaches, landlord_breaches, pending_breaches, rule_breaches
from grants.actions.scanning import scan
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import FundAction, FundStep, LedgerKind, RequestState, Visibility
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.ledger import Movement
from grants.models import Application, Charter, Document, Event, Fund, FundMember, FundProposal
from grants.workflow import APPROVER, LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User


@action
def propose(
    *,
    fund: Fund,
    action: FundAction,
    by: "User",
    key: str,
    charter: Charter | None = None,
    amount_cents: int | None = None,
    signed_pdf: tuple[str, bytes] | None = None,
    reason: str = "",
    on: date | None = None,
) -> FundProposal:
    """Propose a fund action; nothing moves before another landlord member confirms it.

    `charter`: the version to open with (by default the one in preparation) or to amend to. `amount_cents`: to
    endow or withdraw, and on opening the first endowment, if any. `signed_pdf`: file name and content, for all
    but suspend and resume.
    """
    request = {
        "action": action,
        "charter": charter.pk if charter else None,
        "amount_cents": amount_cents,
        "signed_pdf": [signed_pdf[0], hashlib.sha256(signed_pdf[1]).hexdigest()] if signed_pdf else None,
        "reason": reason,
    }
    if signed_pdf:
        scan(*signed_pdf, fund=fund, by=by, action=FundStep.PROPOSE, key=key)
    turn = begin(FundStep.PROPOSE, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return FundProposal.objects.get(pk=turn.replay.data["proposal"])
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    if action == FundAction.OPEN and charter is None:
        charter = Charter.objects.filter(fund=fund, confirmed_at__isnull=True).first()
    proposal = FundProposal(
        fund=turn.fund,
        action=action,
        charter=charter,
        amount_cents=amount_cents,
        proposed_by=by,
        proposed_on=turn.on,
    )
    if found := input_breaches(proposal, signed_pdf):
        raise BadInput(found)
    refuse_if(pending_breaches(turn, proposal) + rule_breaches(turn, proposal))
    proposal.signed_pdf = _stored(turn, action, signed_pdf)
    proposal.save()
    data = {"proposal": proposal.pk, "action": action, "charter": charter and charter.pk, "amount_cents": amount_cents}
    turn.record(data=data, detail={"reason": reason} if reason else None)
    return proposal


def _stored(turn: Turn, action: FundAction, signed_pdf: tuple[str, bytes] | None) -> Document | None:
    if signed_pdf is None:
        return None
    name, content = signed_pdf
    return store(turn.fund, Upload(f"signed_{action}", name, content, Visibility.LANDLORD), by=turn.by)


def _publish(signed_pdf: Document | None) -> None:
    """What two people confirmed, both sides read; until then, and where it is refused, it is the landlord's own."""
    if signed_pdf is not None:
        signed_pdf.visibility = Visibility.BOTH
        signed_pdf.save(update_fields=["visibility"])


@action
def confirm(*, proposal: FundProposal, by: "User", key: str, on: date | None = None) -> FundProposal:
    """Confirm what another landlord member proposed: it takes effect. To close a fund takes an approver.

    When the charter or the people that count change by it, `gaps` tells what nobody could carry to credited.
    """
    turn = begin(proposal.action, fund_id=proposal.fund_id, by=by, key=key, on=on, request={"proposal": proposal.pk})
    if turn.replay:
        proposal = FundProposal.objects.get(pk=proposal.pk)
        proposal.gaps = staffing.gaps_from_json(turn.replay.data.get("gaps", []))
        return proposal
    settled = _settled(turn, proposal, RequestState.CONFIRMED)
    before = turn.fund.state
    _publish(settled.signed_pdf)
    data, movements = EFFECTS[FundAction(settled.action)](turn, settled)
    turn.fund.save(update_fields=["state"])
    if settled.charter is not None:
        settled.gaps = staffing.staffing_gaps(turn.fund, turn.on)
        data = {**data, "gaps": [gap.to_json() for gap in settled.gaps]}
    turn.record(
        from_state=before,
        to_state=turn.fund.state,
        data={"proposal": settled.pk, **data},
        movements=movements,
        charter=queries.current_charter(turn.fund.pk),
    )
    return settled


@action
def refuse(*, proposal: FundProposal, by: "User", key: str, reason: str = "", on: date | None = None) -> FundProposal:
    """Refuse what another landlord member proposed: nothing but the proposal changes."""
    request = {"proposal": proposal.pk, "reason": reason}
    turn = begin(FundStep.REFUSE, fund_id=proposal.fund_id, by=by, key=key, on=on, request=request)
    if turn.replay:
        return FundProposal.objects.get(pk=proposal.pk)
    settled = _settled(turn, proposal, RequestState.REFUSED)
    data = {"proposal": settled.pk, "action": settled.action}
    turn.record(data=data, detail={"reason": reason} if reason else None)
    return settled


def _settled(turn: Turn, proposal: FundProposal, state: RequestState) -> FundProposal:
    """Check that this person may settle the proposal now, and mark it."""
    read = FundProposal.objects.select_related("charter", "signed_pdf").get(pk=proposal.pk)
    if found := who_settles_breaches(turn, read, state):
        raise NotAllowed(found)
    refuse_if(settling_breaches(turn, read, state))
    read.state, read.settled_by, read.settled_on = state, turn.by, turn.on
    read.save()
    return read


def who_settles_breaches(turn: Turn, proposal: FundProposal, state: RequestState) -> list[Breach]:
    """Why this person may not confirm it (or refuse it, by the state it would be in)."""
    confirms = state == RequestState.CONFIRMED
    closes = proposal.action == FundAction.CLOSE and confirms
    found = landlord_breaches(turn, *(APPROVER, *(() if closes else (LANDLORD_MANAGER,))))
    if proposal.proposed_by_id == turn.by.pk:
        found.append(Breach("same_person", _("You proposed this: another landlord member confirms or refuses it.")))
    return found + (closing.hand_breaches(turn) if closes else [])


def settling_breaches(turn: Turn, proposal: FundProposal, state: RequestState) -> list[Breach]:
    """Why it can't be settled so, whoever asks."""
    if proposal.state != RequestState.OPEN:
        return [Breach("settled", _("This proposal was already confirmed or refused."))]
    return rule_breaches(turn, proposal) if state == RequestState.CONFIRMED else []


@action
def close_books(*, fund: Fund, until: date, by: "User", key: str, on: date | None = None) -> Fund:
    """Close the fund's books: value dates up to `until` are refused from now on. Never taken back."""
    turn = begin(FundStep.CLOSE_BOOKS, fund_id=fund.pk, by=by, key=key, on=on, request={"until": until})
    if turn.replay:
        return turn.fund
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    if until > turn.on:
        message = _("Books can't be closed until a day that is still to come.")
        refuse_if([Breach("future_date", message, pointer="until")])
    before = turn.fund.closed_until
    if before is not None and until < before:
        message = _("The books are already closed until %(before)s.")
        refuse_if([Breach("books_closed", message, {"before": before}, "until")])
    turn.fund.closed_until = until
    turn.fund.save(update_fields=["closed_until"])
    turn.record(data={"until": until.isoformat()})
    return turn.fund


Effect = tuple[dict[str, Any], Sequence[Movement]]


def _open(turn: Turn, proposal: FundProposal) -> Effect:
    """The charter binds, the first members count, the first endowment is there."""
    FundMember.objects.filter(fund=turn.fund).update(confirmed_by=turn.by, confirmed_on=turn.on)
    turn.fund.open()
    data, movements = _amend(turn, proposal)
    if proposal.amount_cents:
        movements = [Movement(LedgerKind.ENDOW, proposal.amount_cents)]
    return {**data, "amount_cents": proposal.amount_cents}, movements


def _amend(turn: Turn, proposal: FundProposal) -> Effect:
    """The version binds from now on, with its signed PDF; its ceiling is the fund's."""
    charter = Charter.objects.get(proposals=proposal.pk)
    charter.confirmed_at, charter.confirmed_on, charter.signed_pdf = turn.at, turn.on, proposal.signed_pdf
    charter.save()
    turn.locked = ledger.lock(turn.fund.pk)
    return {"charter": charter.pk, "version": charter.version}, ()


def _endow(_turn: Turn, proposal: FundProposal) -> Effect:
    cents = proposal.amount_cents or 0
    return {"amount_cents": cents}, [Movement(LedgerKind.ENDOW, cents)]


def _withdraw_endowment(_turn: Turn, proposal: FundProposal) -> Effect:
    cents = proposal.amount_cents or 0
    return {"amount_cents": cents}, [Movement(LedgerKind.WITHDRAW_ENDOWMENT, cents)]


def _suspend(turn: Turn, _proposal: FundProposal) -> Effect:
    turn.fund.suspend()
    return {}, ()


def _resume(turn: Turn, _proposal: FundProposal) -> Effect:
    """Reservations and offers get the suspended days back, during which nobody could take them up."""
    turn.fund.resume()
    suspended = Event.objects.filter(fund=turn.fund, action=FundAction.SUSPEND).latest("pk")
    days = max(0, (turn.on - suspended.on).days)
    if not days:
        return {"days": 0, "files": []}, ()
    dated = Q(reserved_until__isnull=False) | Q(offered_until__isnull=False)
    files = Application.objects.filter(dated, fund=turn.fund)
    data = {"days": days, "files": list(files.order_by("pk").values_list("pk", flat=True))}
    files.update(
        reserved_until=F("reserved_until") + timedelta(days=days),
        offered_until=F("offered_until") + timedelta(days=days),
        expiry_warned_on=None,
        version=F("version") + 1,
    )
    return data, ()


def _close(turn: Turn, _proposal: FundProposal) -> Effect:
    data = closing.end_files(turn)
    turn.fund.close()
    left = turn.locked.available_cents
    return {**data, "returned_cents": left}, [Movement(LedgerKind.WITHDRAW_ENDOWMENT, left)] if left else ()


EFFECTS: Final[Mapping[FundAction, Callable[[Turn, FundProposal], Effect]]] = {
    FundAction.OPEN: _open,
    FundAction.ENDOW: _endow,
    FundAction.WITHDRAW_ENDOWMENT: _withdraw_endowment,
    FundAction.AMEND: _amend,
    FundAction.SUSPEND: _suspend,
    FundAction.RESUME: _resume,
    FundAction.CLOSE: _close,
}
