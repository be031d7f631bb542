"""Numbers and shares in templates."""

from django import template

from grants import money

register = template.Library()


register.filter("grouped", money.grouped)


@register.filter
def share_of(part: int, whole: int) -> str:
    """A part of a whole as a percentage: `82,35 %`; nothing of nothing."""
    return money.percent(part * money.BASIS_POINTS // whole) if whole else ""
