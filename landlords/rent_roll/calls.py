"""The amounts and the period of a line -> the calls of a lease."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from landlords.enums import Component, Periodicity, VatRegime
from landlords.rent_roll.dates import Period, add_months, last_of_month, quarter_from
from landlords.rent_roll.lines import Call, Tell, Told

# In this order VAT is spread: rent always bears it first, recharged taxes may bear none.
COMPONENT_FACTS: Final = {
    Component.RENT: "rent",
    Component.CHARGES: "charges",
    Component.RECHARGED_TAXES: "recharged_taxes",
}
# The rates in force in France since 2014, overseas included (CGI art. 278 to 281 nonies, 296).
_RATES_BP: Final = (0, 2000, 1000, 850, 550, 210)
_MONTHS_IN_QUARTER: Final = 3
_LONGEST_PERIOD: Final = datetime.timedelta(days=366)

# First and last month that --from and --until name, each by its first day.
Months: TypeAlias = tuple[datetime.date, datetime.date]


def line_periods(told: Told, periodicity: Periodicity, months: Months | None, tell: Tell, warn: Tell) -> list[Period]:
    """Return the periods that the amounts of a line are called for: one, or those of --from and --until."""
    start, end = told.get("period_start"), told.get("period_end")
    if (start is None) != (end is None):
        tell("period_half_given", "period_start" if start is None else "period_end")
        return []
    if start and end:
        return _checked(Period(start, end), "period_end", tell)
    if period := told.get("period"):
        quarterly = period.is_month and periodicity == Periodicity.QUARTERLY
        return _checked(quarter_from(period.start) if quarterly else period, "period", tell)
    return list(_periods_within(months, periodicity, told, tell, warn)) if months else []


def _checked(period: Period, fact: str, tell: Tell) -> list[Period]:
    if period.end < period.start:
        tell("period_ends_before_start", fact, start=f"{period.start:%d/%m/%Y}")
    elif period.end - period.start > _LONGEST_PERIOD:
        tell("period_too_long", fact)
    else:
        return [period]
    return []


def _periods_within(months: Months, periodicity: Periodicity, told: Told, tell: Tell, warn: Tell) -> Iterator[Period]:
    """Yield the whole months or quarters of the lease; what a broken one would cost isn't ours to guess."""
    first, last = months
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    step = _MONTHS_IN_QUARTER if periodicity == Periodicity.QUARTERLY else 1
    if count % step:
        tell("months_not_quarters", "periodicity")
        return
    starts_on, ends_on = told.get("starts_on", datetime.date.min), told.get("ends_on", datetime.date.max)
    for offset in range(0, count, step):
        start = add_months(first, offset)
        period = Period(start, last_of_month(add_months(start, step - 1)))
        if starts_on <= period.start and period.end <= ends_on:
            yield period
        elif starts_on <= period.end and period.start <= ends_on:
            warn("month_partly_covered", None, month=f"{period.start:%m/%Y}")


def make_calls(told: Told, periods: list[Period], tell: Tell) -> list[Call]:
    """Return one call per component and period; tells what is wrong with the amounts and returns none then."""
    nets = {component: told[fact] for component, fact in COMPONENT_FACTS.items() if fact in told}
    if not nets:
        tell("nothing_called", "rent")
        return []
    shares = _vat_shares(told, tuple(nets.values()), tell)
    if shares is None:
        return []
    return [
        Call(component, period.start, period.end, told.get("due_on"), net, rate, vat, told.get("vat_regime"))
        for period in periods
        for (component, net), (rate, vat) in zip(nets.items(), shares, strict=True)
    ]


# By component: the rate in basis points and the VAT in cents.
_Shares: TypeAlias = tuple[tuple[int, int], ...]


def _vat_shares(told: Told, nets: tuple[int, ...], tell: Tell) -> _Shares | None:
    amount, gross = told.get("vat_amount"), told.get("gross")
    total = sum(nets)
    if gross is not None and abs(gross - total - (amount or 0)) > len(nets) and (amount is not None or gross < total):
        tell("gross_disagrees", "gross", expected=_euros(total + (amount or 0)))
        return None
    if amount is None and gross is not None:
        amount = max(gross - total, 0)
    rate = told.get("vat_rate")
    if told.get("vat_regime") == VatRegime.EXEMPT and (rate or amount):
        tell("vat_on_exempt", "vat_regime")
        return None
    if rate is not None:
        shares = _spread(nets, rate, amount)
        if shares is None:
            expected = _euros(sum(_vat(net, rate) for net in nets))
            fact = "vat_amount" if "vat_amount" in told else "gross"
            tell("vat_disagrees", fact, rate=_percent(rate), net=_euros(total), expected=expected)
        return shares
    if amount is None and told.get("vat_regime") in {None, VatRegime.EXEMPT}:
        return _spread(nets, 0, None)
    found = [] if amount is None else [_spread(nets, candidate, amount) for candidate in _RATES_BP]
    shares = next((shares for shares in found if shares is not None), None)
    if shares is None:
        tell("vat_rate_missing", "vat_rate")
    return shares


@lru_cache(maxsize=256)
def _spread(nets: tuple[int, ...], rate: int, amount: int | None) -> _Shares | None:
    """Share VAT out over the components; None when `amount` can't come from this rate.

    A landlord rounds each component or only the total, hence one cent of play for each; the cent goes to the
    first. Charges and recharged taxes may bear no VAT (they are then disbursements): the amount told says so.
    """
    for taxed in range(len(nets), 0, -1):
        vats = [_vat(net, rate) for net in nets[:taxed]]
        play = 0 if amount is None else amount - sum(vats)
        if abs(play) <= taxed and vats[0] + play >= 0 and (rate or not play):
            vats[0] += play
            return (*((rate, vat) for vat in vats), *((0, 0),) * (len(nets) - taxed))
    return None


def _vat(net_cents: int, rate_bp: int) -> int:
    """VAT rounded half up to the cent."""
    return (net_cents * rate_bp + 5_000) // 10_000


def _euros(amount_cents: int) -> str:
    return f"{amount_cents // 100},{amount_cents % 100:02d}"


def _percent(rate_bp: int) -> str:
    return f"{rate_bp / 100:g}".replace(".", ",")
