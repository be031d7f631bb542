"""Shares and percentages in templates, in whole basis points."""

from django import template

from grants import money

register = template.Library()


@register.filter
def share_of(part: int, whole: int) -> str:
    """A part of a whole as a percentage: `82,35 %`; nothing of nothing."""
    return money.percent(part * money.BASIS_POINTS // whole) if whole else ""


@register.filter
def percent(basis_points: int) -> str:
    return money.percent(basis_points)


@register.filter
def whole_euros(cents: int | None) -> str:
    """An amount for who reads orders of magnitude: without cents, rounded to the nearest euro."""
    if cents is None:
        return ""
    return money.euros((cents + 50) // 100 * 100).replace(",00", "").replace(".00", "")
