"""Suspends and resumes the erasure of a file or of a whole fund; the public archives' visa."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import FundStep
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Application, EliminationList, Fund, LegalHold
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User

REASON_LIMIT = 300
REFERENCE_LIMIT = 100


def check_manager(turn: Turn) -> None:
    """A manager, of either side."""
    if not holds(memberships(turn.by, turn.fund.pk, turn.on), [MANAGER]):
        raise NotAllowed([role_missing_in_fund((MANAGER,))])


@action
def hold(
    *,
    fund: Fund,
    application: Application | None = None,
    reason: str,
    by: "User",
    key: str,
    on: date | None = None,
) -> LegalHold:
    """Keep a file, or all of a fund, from being erased: an audit or a dispute needs it."""
    request = {"application": application.pk if application else None, "reason": reason}
    turn = begin(FundStep.HOLD, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return LegalHold.objects.get(pk=turn.replay.data["hold"])
    check_manager(turn)
    found = []
    if not 0 < len(reason.strip()) <= REASON_LIMIT:
        message = _("Say why the erasure is suspended, in at most %(limit)s characters.")
        found.append(Breach("hold_reason", message, {"limit": REASON_LIMIT}, "reason"))
    if application and application.fund_id != fund.pk:
        found.append(Breach("other_fund", _("This application is not one of this fund's."), pointer="application"))
    if found:
        raise BadInput(found)
    refuse_if(
        [Breach("held", _("The erasure is suspended already."))]
        if LegalHold.objects.filter(fund=fund, application=application, lifted_on__isnull=True).exists()
        else []
    )
    held = LegalHold.objects.create(
        fund=fund, application=application, reason=reason.strip(), set_by=by, set_on=turn.on
    )
    turn.application = application
    turn.record(data={"hold": held.pk})
    return held


@action
def lift_hold(*, held: LegalHold, by: "User", key: str, on: date | None = None) -> LegalHold:
    """Let the erasure go on."""
    request = {"hold": held.pk}
    turn = begin(FundStep.LIFT_HOLD, fund_id=held.fund_id, by=by, key=key, on=on, request=request)
    lifted = LegalHold.objects.get(pk=held.pk)
    if turn.replay:
        return lifted
    check_manager(turn)
    refuse_if([Breach("not_held", _("The erasure is not suspended any more."))] if lifted.lifted_on else [])
    lifted.lifted_by, lifted.lifted_on = by, turn.on
    lifted.save(update_fields=["lifted_by", "lifted_on"])
    turn.application = lifted.application
    turn.record(data={"hold": lifted.pk})
    return lifted


@action
def ask_archives(*, fund: Fund, wanted: bool, by: "User", key: str, on: date | None = None) -> Fund:
    """Say whether the public archives sign what is to be erased (a public landlord's, a chamber's files)."""
    turn = begin(FundStep.ARCHIVES, fund_id=fund.pk, by=by, key=key, on=on, request={"wanted": wanted})
    if not turn.replay:
        check_manager(turn)
        Fund.objects.filter(pk=fund.pk).update(archives_visa=wanted)
        turn.record(data={"wanted": wanted})
    return Fund.objects.get(pk=fund.pk)


@action
def record_archives_visa(
    *, listed: EliminationList, reference: str, by: "User", key: str, on: date | None = None
) -> EliminationList:
    """Record that the public archives signed an elimination list: the next run erases what is on it."""
    request = {"list": listed.pk, "reference": reference}
    turn = begin(FundStep.ARCHIVES_VISA, fund_id=listed.fund_id, by=by, key=key, on=on, request=request)
    signed = EliminationList.objects.get(pk=listed.pk)
    if turn.replay:
        return signed
    check_manager(turn)
    if not 0 < len(reference.strip()) <= REFERENCE_LIMIT:
        message = _("Give the reference of the visa, in at most %(limit)s characters.")
        raise BadInput([Breach("visa_reference", message, {"limit": REFERENCE_LIMIT}, "reference")])
    refuse_if([Breach("signed", _("This list has its visa already."))] if signed.visa_on else [])
    signed.visa_ref, signed.visa_by, signed.visa_on = reference.strip(), by, turn.on
    signed.save(update_fields=["visa_ref", "visa_by", "visa_on"])
    turn.record(data={"list": signed.pk, "files": len(signed.rows), "digest": signed.digest})
    return signed
