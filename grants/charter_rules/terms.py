"""A charter version's terms: whether they hold together, may follow others, and are in force. A leaf."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from grants.enums import CapsBasis
from grants.exceptions import Breach
from grants.money import BASIS_POINTS, Cents
from landlords.enums import Component

WHOLE = 100
"""Percent."""

ARTICLED = frozenset(
    {
        *("starts_on", "ends_on", "filing_deadline", "first_month", "last_month", "max_months", "components"),
        *("rent_call_rate", "ceiling", "cap_per_siren", "cap_per_lease", "caps_basis"),
        *("warning_levels", "second_visa_threshold", "second_visa_side", "reservation_days", "offer_days"),
        *("info_days", "reply_days", "reexamination_days", "aid_regime", "required_documents"),
    }
)
"""The terms that an article of the charter can be named for, without their units."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The money and date rules of one charter version. None: no such limit.

    `rent_call_rate_bp`: the share of a rent call that may be relieved (10000: all of it). The `_days` count from
    the event they are named after; `warning_levels` are percentages of the ceiling. `articles`: a term's name -> the
    charter's article that sets it, as the charter numbers it.
    """

    version: int
    starts_on: date
    ends_on: date
    filing_deadline: date
    ceiling_cents: int
    cap_per_siren_cents: int | None
    cap_per_lease_cents: int | None
    max_months: int | None
    first_month: date
    last_month: date
    components: frozenset[str]
    rent_call_rate_bp: int
    caps_basis: CapsBasis
    second_visa_threshold_cents: int | None
    reservation_days: int
    offer_days: int
    info_days: int
    reply_days: int
    reexamination_days: int
    warning_levels: tuple[int, ...]
    articles: Mapping[str, str] = field(default_factory=dict, hash=False)

    def article(self, term: str) -> str:
        return self.articles.get(term, "")


@dataclass(frozen=True, slots=True)
class MonthName:
    """A month that reads as its name ("March 2020") in a sentence."""

    month: date

    def __str__(self) -> str:
        return date_format(self.month, "YEAR_MONTH_FORMAT")


def terms_breaches(terms: Terms, unread: AbstractSet[str] = frozenset()) -> list[Breach]:
    """Say where the terms contradict themselves. What needs a term that couldn't be read (`unread`) isn't judged."""
    return [breach for names, rule in RULES if not unread & names for breach in rule(terms)]


def _order_of_days(terms: Terms) -> Iterator[Breach]:
    if terms.ends_on < terms.starts_on:
        message = _("The charter ends on %(ends_on)s, before it starts on %(starts_on)s.")
        params = {"ends_on": terms.ends_on, "starts_on": terms.starts_on}
        yield Breach("ends_before_start", message, params, "ends_on")


def _deadline(terms: Terms) -> Iterator[Breach]:
    if not terms.starts_on <= terms.filing_deadline <= terms.ends_on:
        message = _("The filing deadline, %(deadline)s, lies outside the charter: %(starts_on)s to %(ends_on)s.")
        params = {"deadline": terms.filing_deadline, "starts_on": terms.starts_on, "ends_on": terms.ends_on}
        yield Breach("deadline_outside", message, params, "filing_deadline")


def _first_day_of(name: str) -> "Rule":
    def rule(terms: Terms) -> Iterator[Breach]:
        month: date = getattr(terms, name)
        if month.day != 1:
            message = _("A month is given by its first day, not %(month)s.")
            yield Breach("not_a_month", message, {"month": month}, name)

    return frozenset({name}), rule


def _order_of_months(terms: Terms) -> Iterator[Breach]:
    if terms.last_month < terms.first_month:
        message = _("The last month that may be relieved, %(last)s, comes before the first, %(first)s.")
        params = {"last": MonthName(terms.last_month), "first": MonthName(terms.first_month)}
        yield Breach("months_out_of_order", message, params, "last_month")


def _ceiling(terms: Terms) -> Iterator[Breach]:
    if terms.ceiling_cents <= 0:
        yield Breach("ceiling_not_positive", _("The ceiling must be more than 0."), {}, "ceiling_cents")


def _within_ceiling(name: str) -> "Rule":
    def rule(terms: Terms) -> Iterator[Breach]:
        cap_cents: int | None = getattr(terms, name)
        if cap_cents is not None and not 0 < cap_cents <= terms.ceiling_cents:
            message = _("A cap lies between 0 and the ceiling (%(ceiling)s): %(cap)s doesn't.")
            params = {"ceiling": Cents(terms.ceiling_cents), "cap": Cents(cap_cents)}
            yield Breach("cap_out_of_range", message, params, name)

    return frozenset({name, "ceiling_cents"}), rule


def _threshold(terms: Terms) -> Iterator[Breach]:
    threshold_cents = terms.second_visa_threshold_cents
    if threshold_cents is not None and threshold_cents < 0:
        message = _("The second-visa threshold can't be negative; 0 asks for two visas every time.")
        yield Breach("threshold_negative", message, {}, "second_visa_threshold_cents")


def _rate(terms: Terms) -> Iterator[Breach]:
    if not 1 <= terms.rent_call_rate_bp <= BASIS_POINTS:
        message = _("The share of a rent call that may be relieved is more than 0 and at most 100 %%.")
        yield Breach("rate_out_of_range", message, {}, "rent_call_rate_bp")


def _number_of_months(terms: Terms) -> Iterator[Breach]:
    if terms.max_months is not None and terms.max_months < 1:
        yield Breach("no_months", _("At least one month may be relieved."), {}, "max_months")


def _components(terms: Terms) -> Iterator[Breach]:
    if not terms.components:
        yield Breach("no_components", _("Name at least one component that may be relieved."), {}, "components")
    for component in sorted(terms.components - set(Component.values)):
        message = _("“%(component)s” is not a component of a rent call.")
        yield Breach("unknown_component", message, {"component": component}, "components")


def _at_least_a_day(name: str) -> "Rule":
    def rule(terms: Terms) -> Iterator[Breach]:
        if getattr(terms, name) < 1:
            yield Breach("no_days", _("A period lasts at least one day."), {}, name)

    return frozenset({name}), rule


def _levels(terms: Terms) -> Iterator[Breach]:
    levels = terms.warning_levels
    if list(levels) != sorted(set(levels)) or not all(1 <= level <= WHOLE for level in levels):
        message = _("Warning levels are percentages from 1 to 100, each higher than the one before.")
        yield Breach("warning_levels", message, {}, "warning_levels")


Rule = tuple[AbstractSet[str], Callable[[Terms], Iterator[Breach]]]
"""The terms that a rule compares, and the rule."""

RULES: tuple[Rule, ...] = (
    ({"starts_on", "ends_on"}, _order_of_days),
    ({"starts_on", "ends_on", "filing_deadline"}, _deadline),
    _first_day_of("first_month"),
    _first_day_of("last_month"),
    ({"first_month", "last_month"}, _order_of_months),
    ({"ceiling_cents"}, _ceiling),
    _within_ceiling("cap_per_siren_cents"),
    _within_ceiling("cap_per_lease_cents"),
    ({"second_visa_threshold_cents"}, _threshold),
    ({"rent_call_rate_bp"}, _rate),
    ({"max_months"}, _number_of_months),
    ({"components"}, _components),
    *(
        _at_least_a_day(name)
        for name in ("reservation_days", "offer_days", "info_days", "reply_days", "reexamination_days")
    ),
    ({"warning_levels"}, _levels),
)


def in_force_breaches(terms: Terms, on: date) -> list[Breach]:
    """Say why the charter isn't in force on a day."""
    if on < terms.starts_on:
        message = _("The charter is in force from %(starts_on)s only.")
        article = terms.article("starts_on")
        return [Breach("charter_not_started", message, {"starts_on": terms.starts_on}, article=article)]
    if on > terms.ends_on:
        message = _("The charter ended on %(ends_on)s.")
        return [Breach("charter_ended", message, {"ends_on": terms.ends_on}, article=terms.article("ends_on"))]
    return []


def filing_breaches(terms: Terms, on: date) -> list[Breach]:
    """Say why no application can be filed on a day."""
    breaches = in_force_breaches(terms, on)
    if on > terms.filing_deadline:
        message = _("Applications could be filed until %(deadline)s.")
        article = terms.article("filing_deadline")
        breaches.append(Breach("deadline_passed", message, {"deadline": terms.filing_deadline}, article=article))
    return breaches


def ceiling_breaches(
    ceiling_cents: int, endowed_cents: int, new_endowment_cents: int, article: str = ""
) -> list[Breach]:
    """Say why an endowment can't be added under the ceiling, which an article of the charter sets."""
    if new_endowment_cents <= 0:
        return [Breach("amount_not_positive", _("An endowment must be more than 0."), {}, "amount_cents")]
    excess_cents = endowed_cents + new_endowment_cents - ceiling_cents
    if excess_cents <= 0:
        return []
    message = _(
        "The ceiling is %(ceiling)s: with %(endowed)s already endowed and %(new)s more, %(excess)s too much."
        " Amend the charter first."
    )
    params = {
        "ceiling": Cents(ceiling_cents),
        "endowed": Cents(endowed_cents),
        "new": Cents(new_endowment_cents),
        "excess": Cents(excess_cents),
    }
    return [Breach("over_ceiling", message, params, "amount_cents", article)]


def amendment_breaches(old_terms: Terms, new_terms: Terms, endowed_cents: int) -> list[Breach]:
    """Say why `new_terms` can't follow `old_terms`; what is wrong with them by themselves included."""
    breaches = terms_breaches(new_terms)
    if new_terms.version != old_terms.version + 1:
        message = _("The next version is %(expected)s, not %(version)s.")
        params = {"expected": old_terms.version + 1, "version": new_terms.version}
        breaches.append(Breach("wrong_version", message, params, "version"))
    if new_terms.starts_on < old_terms.starts_on:
        message = _("An amendment can't start before the version it amends (%(starts_on)s).")
        breaches.append(Breach("starts_too_early", message, {"starts_on": old_terms.starts_on}, "starts_on"))
    if new_terms.ceiling_cents < endowed_cents:
        message = _(
            "The ceiling can't be lowered to %(ceiling)s: %(endowed)s is endowed. Withdraw %(excess)s of it first."
        )
        params_of_ceiling = {
            "ceiling": Cents(new_terms.ceiling_cents),
            "endowed": Cents(endowed_cents),
            "excess": Cents(endowed_cents - new_terms.ceiling_cents),
        }
        breaches.append(Breach("ceiling_below_endowed", message, params_of_ceiling, "ceiling_cents"))
    return breaches
