"""The calendar of a draft: each month and component of each lease, what is called for it, and why it can't be had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from grants.actions.filing import TAKEN_BY, TAKEN_ELSEWHERE
from grants.charter_rules import LineAsk, Terms, line_breaches
from grants.exceptions import Breach, quoted
from grants.models import Application, ReliefLine
from grants.money import BASIS_POINTS, euros, percent, share_of
from grants.queries import in_basis, months_taken
from landlords.enums import Component
from landlords.models import Lease
from landlords.queries import dues

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

A_CENT = 1
"""The least that can be asked: what keeps even that from being asked is no matter of amounts."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one component of one lease. What is called is None where it isn't known, or isn't read yet."""

    lease: Lease
    month: date
    component: Component
    called_cents: int | None
    proposed_cents: int | None
    why_not: Breach | None
    line: ReliefLine | None

    @property
    def name(self) -> str:
        return f"{self.lease.pk}_{self.month:%Y-%m}_{self.component.value}"

    @property
    def label(self) -> str:
        return f"{self.lease.reference}, {date_format(self.month, 'F Y')}, {self.component.label}"

    @property
    def short(self) -> str:
        """Why not, in two or three words."""
        return "" if self.why_not is None else str(SHORT.get(self.why_not.code, self.why_not))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The months of one lease."""

    lease: Lease
    components: Sequence[Component]
    rows: Sequence[tuple[date, Sequence[Cell]]]


SHORT: "Mapping[str, _StrPromise]" = {
    "lease_not_running": gettext_lazy("lease not running"),
    "no_rent_call": gettext_lazy("no rent call"),
    "month_outside": gettext_lazy("outside the charter's months"),
    "component_not_allowed": gettext_lazy("not in the charter"),
}


def calendars_of(draft: Application) -> list[Calendar]:
    """All months that the charter relieves, for each of the tenant's leases, in four queries for however many.

    The chamber doesn't read what is called before the mandate, so until then nothing is proposed.
    """
    leases = list(Lease.objects.filter(tenant=draft.tenant_id).select_related("premises").order_by("reference"))
    lines = {(line.lease_id, line.month, line.component): line for line in draft.lines.all()}
    terms = draft.charter.terms()
    components = [component for component in Component if component in terms.components]
    months = sorted({*months_between(terms.first_month, terms.last_month), *(month for _lease, month, _part in lines)})
    called = in_basis(dues([lease.pk for lease in leases], months), terms.caps_basis) if draft.mandate_on else None
    taken = _taken(draft, leases, months, components)
    return [
        Calendar(
            lease,
            components,
            [
                (
                    month,
                    [
                        _cell(
                            terms,
                            lease=lease,
                            month=month,
                            component=component,
                            called=called,
                            taken=taken,
                            line=lines.get((lease.pk, month, component.value)),
                        )
                        for component in components
                    ],
                )
                for month in months
            ],
        )
        for lease in leases
    ]


def rules_of_months(terms: Terms) -> list[str]:
    """What the charter says of months and amounts, a sentence each, with the article that says so."""
    first, last = (date_format(month, "YEAR_MONTH_FORMAT") for month in (terms.first_month, terms.last_month))
    said = [("first_month", _("Months from %(first)s to %(last)s can be relieved.") % {"first": first, "last": last})]
    if terms.max_months is not None:
        message = ngettext(
            "At most %(n)s month for one business, over all of its applications.",
            "At most %(n)s months for one business, over all of its applications.",
            terms.max_months,
        )
        said.append(("max_months", message % {"n": terms.max_months}))
    if terms.rent_call_rate_bp < BASIS_POINTS:
        message = _("At most %(rate)s of each rent call is relieved.")
        said.append(("rent_call_rate", message % {"rate": percent(terms.rent_call_rate_bp)}))
    if terms.cap_per_siren_cents is not None:
        message = _("One business never gets more than %(cap)s.")
        said.append(("cap_per_siren", message % {"cap": euros(terms.cap_per_siren_cents)}))
    if terms.cap_per_lease_cents is not None:
        message = _("One lease never gets more than %(cap)s.")
        said.append(("cap_per_lease", message % {"cap": euros(terms.cap_per_lease_cents)}))
    return [quoted(message, terms.article(rule)) for rule, message in said]


def months_between(first: date, last: date) -> list[date]:
    months = []
    while first <= last:
        months.append(first)
        first += relativedelta(months=1)
    return months


def _cell(
    terms: Terms,
    *,
    lease: Lease,
    month: date,
    component: Component,
    called: Mapping[tuple[int, date, str], int] | None,
    taken: Mapping[tuple[int, date, str], str],
    line: ReliefLine | None,
) -> Cell:
    place = (lease.pk, month, component.value)
    due_cents = None if called is None else called.get(place)
    ask = LineAsk(
        lease_id=lease.pk,
        lease_reference=lease.reference,
        month=month,
        component=component.value,
        asked_cents=A_CENT,
        due_cents=A_CENT if called is None else due_cents,
        lease_covers=lease.covers(month),
    )
    # The charter's number of months is a matter of all months together: the summary says it.
    found = [breach for breach in line_breaches(terms, [ask]) if breach.code != "too_many_months"]
    if place in taken:
        message = TAKEN_BY if taken[place] else TAKEN_ELSEWHERE
        params = {"month": f"{month:%m/%Y}", "reference": taken[place]}
        found.insert(0, Breach("month_taken", message, params))
    return Cell(
        lease=lease,
        month=month,
        component=component,
        called_cents=due_cents,
        proposed_cents=None if due_cents is None else share_of(due_cents, terms.rent_call_rate_bp),
        why_not=found[0] if found else None,
        line=line,
    )


def _taken(
    draft: Application, leases: Sequence[Lease], months: Sequence[date], components: Sequence[Component]
) -> dict[tuple[int, date, str], str]:
    """(lease, month, component) -> the application that has it, asked as for lines that are not written yet."""
    places = [(lease, month, component.value) for lease in leases for month in months for component in components]
    asked = [
        ReliefLine(pk=-n, application=draft, lease=lease, month=month, component=component)
        for n, (lease, month, component) in enumerate(places, start=1)
    ]
    found = months_taken(asked)
    return {(line.lease_id, line.month, line.component): found[line.pk] for line in asked if line.pk in found}
