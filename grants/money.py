"""Integer cents, and the arithmetic on them that must be exact."""

from typing import NamedTuple

from django.utils.translation import get_language

NARROW_NO_BREAK_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
BASIS_POINTS = 10_000


class Cents(int):
    """An amount in euro cents that reads as money: `1 234,50 €` in French, `€1,234.50` otherwise."""

    def __str__(self) -> str:
        return euros(self)


def euros(cents: int) -> str:
    """The amount as the reader's language writes it. `cents`: euro cents, of either sign."""
    whole, part = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    if (get_language() or "fr").startswith("fr"):
        return f"{sign}{grouped(whole)},{part:02d}{NO_BREAK_SPACE}€"
    return f"{sign}€{grouped(whole)}.{part:02d}"


def grouped(number: int) -> str:
    """A whole number as the reader's language writes it: `12 345` in French, `12,345` otherwise."""
    written = f"{number:,}"
    return written.replace(",", NARROW_NO_BREAK_SPACE) if (get_language() or "fr").startswith("fr") else written


def percent(basis_points: int) -> str:
    """Basis points as a percentage: 2740 -> `27,4 %` in French, `27.4%` otherwise."""
    whole, part = divmod(abs(basis_points), 100)
    text = ("-" if basis_points < 0 else "") + f"{whole}.{part:02d}".rstrip("0").rstrip(".")
    if (get_language() or "fr").startswith("fr"):
        return text.replace(".", ",") + NO_BREAK_SPACE + "%"
    return text + "%"


def share_of(cents: int, basis_points: int) -> int:
    """`basis_points` / 10 000 of an amount, rounded down to the cent (a cap never grows by rounding)."""
    return cents * basis_points // BASIS_POINTS


def vat_on_net(net_cents: int, rate_bp: int) -> int:
    """VAT on a net amount, rounded half up to the cent. `rate_bp`: basis points (2000 = 20 %)."""
    return (net_cents * rate_bp * 2 + BASIS_POINTS) // (2 * BASIS_POINTS)


def net_of_gross(gross_cents: int, rate_bp: int) -> int:
    """The net part of a gross amount, rounded half up to the cent."""
    return (gross_cents * BASIS_POINTS * 2 + BASIS_POINTS + rate_bp) // (2 * (BASIS_POINTS + rate_bp))


class Split(NamedTuple):
    """An amount with its VAT, in cents: gross = net + VAT, always."""

    net_cents: int
    vat_cents: int
    gross_cents: int


def split(cents: int, rate_bp: int, *, is_gross: bool) -> Split:
    """A line's amount split at its VAT rate; `is_gross`: the charter counts its caps, and so its lines, gross."""
    if is_gross:
        net = net_of_gross(cents, rate_bp)
        return Split(net, cents - net, cents)
    vat = vat_on_net(cents, rate_bp)
    return Split(cents, vat, cents + vat)
