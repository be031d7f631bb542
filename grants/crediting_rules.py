"""What must hold of an approved line on the day it is credited: for the action, the pages, the credit schedule."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.charter_rules import Terms
from grants.enums import ReliefForm
from grants.exceptions import Breach
from grants.models import ReliefLine
from grants.money import Cents, share_of
from grants.queries import LineKey

REFERENCE_LIMIT: Final = 60  # characters


def rent_call_breaches(terms: Terms, lines: Sequence[ReliefLine], dues: Mapping[LineKey, int]) -> list[Breach]:
    """A rent call lowered since the approval no longer bears what was approved."""
    found = []
    for line in lines:
        most = share_of(dues.get((line.lease_id, line.month, line.component), 0), terms.rent_call_rate_bp)
        if (line.approved_cents or 0) > most:
            message = _(
                "The rent call of %(month)s now bears %(most)s at most and %(approved)s were approved:"
                " ask to cancel this line."
            )
            params = {
                "month": f"{line.month:%m/%Y}",
                "most": Cents(most),
                "approved": Cents(line.approved_cents or 0),
            }
            article = terms.article("rent_call_rate")
            found.append(Breach("more_than_rent_call", message, params, f"lines/{line.pk}", article))
    return found


def line_breaches(line: ReliefLine, blocked: set[int]) -> list[Breach]:
    """What must hold again on the day of the credit: the lease covered the month, nobody asked to undo the line."""
    found = []
    place = _place(line)
    if line.pk in blocked:
        found.append(
            Breach(
                "in_request",
                _("%(month)s of lease %(lease)s is in an open request: settle it first."),
                place,
                f"lines/{line.pk}",
            )
        )
    if not line.lease.covers(line.month):
        found.append(
            Breach(
                "lease_ended",
                _("Lease %(lease)s no longer covers %(month)s: ask to cancel this line."),
                place,
                f"lines/{line.pk}",
            )
        )
    return found


def _place(line: ReliefLine) -> dict[str, str]:
    return {"month": f"{line.month:%m/%Y}", "lease": line.lease.reference}


def form_breaches(line: ReliefLine, form: str, on: date) -> list[Breach]:
    """Whether the voucher's form is one that the lease, running or ended, still has."""
    found = []
    place = _place(line)
    ended = line.lease.ends_on is not None and line.lease.ends_on < on
    if not ended and form == ReliefForm.EXIT_BALANCE:
        found.append(
            Breach(
                "lease_runs",
                _("Lease %(lease)s still runs: there is no exit balance to credit %(month)s on."),
                place,
                f"lines/{line.pk}",
            )
        )
    if ended and form in (ReliefForm.DEDUCTION, ReliefForm.RENT_FREE_RIDER):
        found.append(
            Breach(
                "no_next_notice",
                _("Lease %(lease)s has ended: credit %(month)s on its exit balance, by credit note or by waiver."),
                place,
                f"lines/{line.pk}",
            )
        )
    return found
