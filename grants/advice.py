"""What to look at again before filing: warnings, never refusals. Pages show them beside the lines."""

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.amount_checks import Due, unit_warnings
from grants.enums import ALIVE_LINE_STATES, CapsBasis
from grants.exceptions import Breach
from grants.models import Application, ReliefLine
from grants.queries import LineKey
from landlords.queries import MonthlyDue, dues

QUARTER, YEAR = 3, 12  # months


def filing_advice(application: Application) -> list[Breach]:
    """Amounts that look like another unit than the rent call's, and premises that another lease is relieved on.

    The rent calls are not compared before the tenant's mandate: the chamber does not read them until then.
    """
    lines = list(application.lines.all())
    about_amounts = unit_advice(application, lines) if application.mandate_on else []
    return [*about_amounts, *premises_advice(lines)]


def unit_advice(application: Application, lines: list[ReliefLine]) -> list[Breach]:
    """Monthly for quarterly or annual, net for gross: the mistakes users really make, named."""
    called = dues({line.lease_id for line in lines})
    found = []
    for i, line in enumerate(lines):
        due = called.get((line.lease_id, line.month, line.component))
        if due is None:
            continue
        whole = [_total(called, line, months) for months in (QUARTER, YEAR)]
        found += unit_warnings(
            line.asked_cents,
            Due(due.net_cents, due.gross_cents),
            CapsBasis(application.charter.caps_basis),
            quarter_due=whole[0],
            year_due=whole[1],
            rate_bp=application.charter.rent_call_rate_bp,
            pointer=f"lines/{i}/asked_cents",
        )
    return found


def _total(called: dict[LineKey, MonthlyDue], line: ReliefLine, months: int) -> Due | None:
    """What is called for the calendar quarter or year of a line's month, where all of it is known."""
    first = line.month.replace(month=(line.month.month - 1) // months * months + 1)
    parts = [called.get((line.lease_id, first + relativedelta(months=n), line.component)) for n in range(months)]
    known = [part for part in parts if part is not None]
    if len(known) < months:
        return None
    return Due(sum(part.net_cents for part in known), sum(part.gross_cents for part in known))


def premises_advice(lines: list[ReliefLine]) -> list[Breach]:
    """Two tenants may follow each other in one premises; the same month relieved for both deserves a look."""
    places = Q()
    for line in lines:
        places |= Q(premises=line.premises_id, month=line.month) & ~Q(lease=line.lease_id)
    if not places:
        return []
    others = ReliefLine.objects.filter(places, state__in=ALIVE_LINE_STATES).values_list(
        "premises__reference", "month", "application__reference"
    )
    return [
        Breach(
            "premises_relieved",
            _("%(premises)s already has relief for %(month)s under another lease, in application %(reference)s."),
            {"premises": premises, "month": f"{month:%m/%Y}", "reference": reference},
        )
        for premises, month, reference in sorted(set(others))
    ]
