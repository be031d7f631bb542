"""The day of the month on which the landlord makes up its next rent calls: its manager says it, of all its funds."""

from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.actions.fund_rules import landlord_breaches
from grants.actions.turn import action, begin, refuse_if
from grants.enums import FundStep
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Fund
from grants.workflow import LANDLORD_MANAGER
from landlords.models import Landlord

if TYPE_CHECKING:
    from fundadmin.models import User

LAST_DAY: Final = 28
"""The last day that every month has."""


@action
def set_billing_cutoff(*, fund: Fund, day: int | None, by: "User", key: str, on: date | None = None) -> Landlord:
    """Say from which day of the month on a credit waits for the next rent calls but one; None: no day is named."""
    turn = begin(FundStep.BILLING_CUTOFF, fund_id=fund.pk, by=by, key=key, on=on, request={"day": day})
    if turn.replay:
        return Landlord.objects.get(pk=turn.fund.landlord_id)
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    if day is not None and (type(day) is not int or not 1 <= day <= LAST_DAY):
        message = _("The cut-off day lies between 1 and %(last)s.")
        raise BadInput([Breach("cutoff_day", message, {"last": LAST_DAY}, "day")])
    # Another fund of this landlord may change it at this moment.
    landlord = Landlord.objects.select_for_update(no_key=True).get(pk=turn.fund.landlord_id)
    before = landlord.billing_cutoff_day
    refuse_if([Breach("same_day", _("This is the cut-off day already."))] if before == day else [])
    landlord.billing_cutoff_day = day
    landlord.save(update_fields=["billing_cutoff_day"])
    turn.record(data={"before": before, "day": day})
    return landlord
