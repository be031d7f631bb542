"""The landlord's commitments other than money: its manager records when one was kept, or that it wasn't after all."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants.actions.fund_rules import landlord_breaches
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import FundStep
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Commitment
from grants.workflow import LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User


@action
def keep_commitment(
    *, commitment: Commitment, kept_on: date, note: str = "", by: "User", key: str, on: date | None = None
) -> Commitment:
    """Record that a commitment was kept, and when. `note`: how one can tell; both sides read it."""
    request = {"commitment": commitment.pk, "kept_on": kept_on, "note": note}
    fund_id = commitment.charter.fund_id
    turn = begin(FundStep.KEEP_COMMITMENT, fund_id=fund_id, by=by, key=key, on=on, request=request)
    if turn.replay:
        return Commitment.objects.get(pk=commitment.pk)
    read = _theirs(turn, commitment)
    if kept_on > turn.on:
        message = _("A commitment is recorded as kept on a day that has come: %(kept_on)s is still to come.")
        raise BadInput([Breach("future_date", message, {"kept_on": kept_on}, "kept_on")])
    refuse_if(keeping_breaches(read))
    return _mark(turn, read, kept_on, note)


@action
def reopen_commitment(*, commitment: Commitment, note: str, by: "User", key: str, on: date | None = None) -> Commitment:
    """Record that a commitment said to be kept was not: a mistake, or broken since. The note says why."""
    request = {"commitment": commitment.pk, "note": note}
    fund_id = commitment.charter.fund_id
    turn = begin(FundStep.REOPEN_COMMITMENT, fund_id=fund_id, by=by, key=key, on=on, request=request)
    if turn.replay:
        return Commitment.objects.get(pk=commitment.pk)
    read = _theirs(turn, commitment)
    if not note.strip():
        raise BadInput([Breach("note_missing", _("Say why the commitment does not count as kept."), {}, "note")])
    if read.kept_on is None:
        refuse_if([Breach("not_kept", _("This commitment is not recorded as kept."))])
    return _mark(turn, read, None, note)


def keeping_breaches(commitment: Commitment) -> list[Breach]:
    """Why a commitment can't be recorded as kept."""
    if commitment.charter.confirmed_at is None:
        return [Breach("not_in_force", _("The charter version with this commitment is not in force yet."))]
    if commitment.kept_on is not None:
        message = _("This commitment is already recorded as kept, on %(kept_on)s.")
        return [Breach("kept", message, {"kept_on": commitment.kept_on})]
    return []


def _theirs(turn: Turn, commitment: Commitment) -> Commitment:
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    return Commitment.objects.select_related("charter").get(pk=commitment.pk)


def _mark(turn: Turn, commitment: Commitment, kept_on: date | None, note: str) -> Commitment:
    commitment.kept_on = kept_on
    commitment.save(update_fields=["kept_on"])
    turn.record(
        data={"commitment": commitment.pk, "kept_on": kept_on and kept_on.isoformat()},
        detail={"reason": note} if note else None,
    )
    return commitment
