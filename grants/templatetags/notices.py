"""How many messages a person has not read, for the navigation."""

from django import template

from fundadmin.models import User
from grants import notifications

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_count(context: template.Context) -> int:
    """As far as a hundred; read once for a page, with the tasks where those are counted first."""
    request = context["request"]
    if not isinstance(request.user, User):
        return 0
    if not hasattr(request, "unread_count"):
        request.unread_count = notifications.unread_count(request.user)
    return int(request.unread_count)
