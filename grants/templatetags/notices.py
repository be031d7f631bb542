"""How many messages a person has not read, for the navigation."""

from typing import Any

from django import template

from grants import notifications

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_count(context: Any) -> int:
    """0 for whoever is not logged in."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return notifications.unread_count(user) if user is not None and user.is_authenticated else 0
