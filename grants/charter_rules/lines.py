"""The lines of a request and the caps, against a charter's terms. A leaf."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from grants.charter_rules.terms import MonthName, Terms
from grants.exceptions import Breach
from grants.money import Cents, percent, share_of
from landlords.enums import Component


@dataclass(frozen=True, slots=True)
class LineAsk:
    """One month of one component of one lease that relief is asked for.

    `due_cents`: what the rent calls ask for that month and component, in the charter's `caps_basis`; None where
    there is no rent call. `lease_covers`: whether the lease runs in that month.
    """

    lease_id: int
    lease_reference: str
    month: date
    component: str
    asked_cents: int
    due_cents: int | None
    lease_covers: bool


@dataclass(frozen=True, slots=True)
class Percentage:
    """Basis points that read as a percentage in a sentence."""

    basis_points: int

    def __str__(self) -> str:
        return percent(self.basis_points)


def line_breaches(
    terms: Terms, lines: Sequence[LineAsk], months_already: frozenset[date] = frozenset()
) -> list[Breach]:
    """Say what is wrong with the lines of a request; pointers name the line (`lines/3/asked_cents`).

    `months_already`: the months that the SIREN's other applications in the fund already claim.
    """
    if not lines:
        return [Breach("no_lines", _("Ask for at least one month."), {}, "lines")]
    asked_times = Counter((line.lease_id, line.month, line.component) for line in lines)
    breaches: list[Breach] = []
    for rank, line in enumerate(lines):
        pointer = f"lines/{rank}"
        breaches += _month_breaches(terms, line, pointer)
        breaches += _line_amount_breaches(terms, line, pointer)
        if asked_times[line.lease_id, line.month, line.component] > 1:
            message = _("%(line)s: asked for more than once in this request.")
            breaches.append(Breach("asked_twice", message, {"line": _Named(line)}, pointer))
    return [*breaches, *_month_count_breaches(terms, lines, months_already)]


@dataclass(frozen=True, slots=True)
class _Named:
    """A line as a sentence names it: lease, month, component."""

    line: LineAsk

    def __str__(self) -> str:
        known = self.line.component in Component.values
        component = Component(self.line.component).label if known else self.line.component
        return f"{self.line.lease_reference}, {MonthName(self.line.month)}, {component}"


def _month_breaches(terms: Terms, line: LineAsk, pointer: str) -> Iterator[Breach]:
    if line.month.day != 1:
        message = _("A month is given by its first day, not %(month)s.")
        yield Breach("not_a_month", message, {"month": line.month}, f"{pointer}/month")
    if not terms.first_month <= line.month <= terms.last_month:
        message = _("%(line)s: the charter relieves months from %(first)s to %(last)s.")
        params = {
            "line": _Named(line),
            "first": MonthName(terms.first_month),
            "last": MonthName(terms.last_month),
        }
        article = terms.article("first_month" if line.month < terms.first_month else "last_month")
        yield Breach("month_outside", message, params, f"{pointer}/month", article)
    if not line.lease_covers:
        message = _("%(line)s: the lease doesn't run in that month.")
        yield Breach("lease_not_running", message, {"line": _Named(line)}, f"{pointer}/month")
    if line.component not in terms.components:
        message = _("%(line)s: the charter doesn't relieve this component.")
        article = terms.article("components")
        yield Breach("component_not_allowed", message, {"line": _Named(line)}, f"{pointer}/component", article)


def _line_amount_breaches(terms: Terms, line: LineAsk, pointer: str) -> Iterator[Breach]:
    pointer = f"{pointer}/asked_cents"
    if line.asked_cents <= 0:
        message = _("%(line)s: the amount must be more than 0.")
        yield Breach("amount_not_positive", message, {"line": _Named(line)}, pointer)
    if line.due_cents is None:
        message = _("%(line)s: there is no rent call; import the rent roll, or ask the landlord to.")
        yield Breach("no_rent_call", message, {"line": _Named(line)}, pointer)
        return
    most_cents = share_of(line.due_cents, terms.rent_call_rate_bp)
    if line.asked_cents > most_cents:
        message = _(
            "%(line)s: %(asked)s is asked for, at most %(most)s can be (%(rate)s of a rent call of %(due)s):"
            " %(excess)s too much."
        )
        params = {
            "line": _Named(line),
            "asked": Cents(line.asked_cents),
            "most": Cents(most_cents),
            "rate": Percentage(terms.rent_call_rate_bp),
            "due": Cents(line.due_cents),
            "excess": Cents(line.asked_cents - most_cents),
        }
        yield Breach("more_than_rent_call", message, params, pointer, terms.article("rent_call_rate"))


def _month_count_breaches(terms: Terms, lines: Iterable[LineAsk], already: frozenset[date]) -> Iterator[Breach]:
    if terms.max_months is None:
        return
    months = {line.month for line in lines} | already
    if len(months) > terms.max_months:
        message = _(
            "%(months)s months are asked for, counting the business's other applications; the charter relieves"
            " %(most)s at most."
        )
        params = {"months": len(months), "most": terms.max_months}
        yield Breach("too_many_months", message, params, "lines", terms.article("max_months"))


def cap_breaches(
    terms: Terms,
    siren_already_cents: int,
    siren_new_cents: int,
    lease_totals: Mapping[str, tuple[int, int]],
) -> list[Breach]:
    """Say which caps the new amounts go over, and by how much.

    `lease_totals`: lease reference -> (already in the fund, new).
    """
    breaches: list[Breach] = []
    totals = [("cap_per_siren", "", terms.cap_per_siren_cents, siren_already_cents, siren_new_cents)]
    for reference, (already_cents, new_cents) in lease_totals.items():
        totals.append(("cap_per_lease", reference, terms.cap_per_lease_cents, already_cents, new_cents))
    for code, reference, cap_cents, already_cents, new_cents in totals:
        if cap_cents is None or already_cents + new_cents <= cap_cents:
            continue
        message = CAP_MESSAGES[code]
        params = {
            "lease": reference,
            "cap": Cents(cap_cents),
            "already": Cents(already_cents),
            "new": Cents(new_cents),
            "excess": Cents(already_cents + new_cents - cap_cents),
        }
        breaches.append(Breach(code, message, params, article=terms.article(code)))
    return breaches


CAP_MESSAGES = {
    "cap_per_siren": _(
        "The cap per business is %(cap)s: with %(already)s already and %(new)s now, %(excess)s too much."
    ),
    "cap_per_lease": _(
        "The cap per lease is %(cap)s: for %(lease)s, with %(already)s already and %(new)s now, %(excess)s too much."
    ),
}
