"""The public page of a fund: the landlord's manager switches it on and off."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants.actions.fund_rules import landlord_breaches
from grants.actions.turn import action, begin, refuse_if
from grants.enums import FundState, FundStep
from grants.exceptions import Breach, NotAllowed
from grants.models import Fund
from grants.workflow import LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User


@action
def publish(*, fund: Fund, by: "User", key: str, on: date | None = None) -> Fund:
    """Let anybody read what the fund is, who may apply, and its totals."""
    return _switch(fund, public=True, by=by, key=key, on=on)


@action
def unpublish(*, fund: Fund, by: "User", key: str, on: date | None = None) -> Fund:
    """Take the page away again."""
    return _switch(fund, public=False, by=by, key=key, on=on)


def _switch(fund: Fund, *, public: bool, by: "User", key: str, on: date | None) -> Fund:
    step = FundStep.PUBLISH if public else FundStep.UNPUBLISH
    turn = begin(step, fund_id=fund.pk, by=by, key=key, on=on, request={"public": public})
    if turn.replay:
        return turn.fund
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    refuse_if(switching_breaches(turn.fund, public=public))
    turn.fund.is_public = public
    turn.fund.save(update_fields=["is_public"])
    turn.record(data={"public": public})
    return turn.fund


def switching_breaches(fund: Fund, *, public: bool) -> list[Breach]:
    """Why the page can't be switched so."""
    if fund.state == FundState.DRAFT:
        return [Breach("fund_draft", _("A fund in preparation has no public page: open the fund first."))]
    if fund.is_public == public:
        return [
            Breach("published", _("The public page is already on."))
            if public
            else Breach("unpublished", _("The public page is already off."))
        ]
    return []
