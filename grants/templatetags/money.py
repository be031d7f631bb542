"""Amounts in templates."""

from django import template

from grants import money

register = template.Library()


@register.filter
def euros(cents: int | None) -> str:
    """Cents as money in the reader's language; nothing where nothing is set."""
    return "" if cents is None else money.euros(cents)
