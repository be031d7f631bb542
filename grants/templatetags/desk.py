"""How long something lies there, in words; how much lies on the reader's desk."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from django import template
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.actions.comments import is_editable
from grants.desk import counts_of
from grants.document_kinds import kind_label
from grants.enums import Action, DocumentTiming
from grants.models import Comment
from grants.money import grouped
from grants.statistics import lateness

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

register = template.Library()


@register.simple_tag(takes_context=True)
def task_count(context: template.Context) -> int:
    """How many tasks the reader has, read once for a page: `{% task_count as tasks %}`.

    What is unread, and in which funds they read the landlord's own, comes along. A page that refuses counts nothing:
    saying no must cost little, however often somebody knocks.
    """
    request = context["request"]
    if not isinstance(request.user, User):
        return 0
    if "exception" in context:  # Django's views of a 403 and a 404 give it
        request.task_count, request.unread_count, request.books_of = 0, 0, frozenset()
    if not hasattr(request, "task_count"):
        request.task_count, request.unread_count, request.books_of = counts_of(request.user)
    return int(request.task_count)


@register.filter
def since(day: date | None) -> str:
    """A day as how long ago it was: `since today`, `since yesterday`, `since 3 days`."""
    if day is None:
        return ""
    days = (timezone.localdate() - day).days
    if days <= 0:
        return gettext("since today")
    return ngettext("since yesterday", "for %(days)s days", days) % {"days": grouped(days)}


@register.filter
def due(day: date | None) -> str:
    """A day by which something is to be done, as its reader counts: `Overdue by 3 days`, `due today`, `5 days left`."""
    if day is None:
        return ""
    left = (day - timezone.localdate()).days
    if left < 0:
        return lateness(day, timezone.localdate())
    if left == 0:
        return gettext("due today")
    return ngettext("%(days)s day left", "%(days)s days left", left) % {"days": grouped(left)}


@register.filter
def is_late(day: date | None) -> bool:
    return day is not None and day < timezone.localdate()


VERBS: Final[Mapping[Action, "_StrPromise"]] = {
    Action.EDIT: _("Go on"),
    Action.ANSWER: _("Answer"),
    Action.TRANSFER: _("Transfer"),
    Action.ASSESS_FAVOURABLE: _("Assess"),
    Action.ASSESS_UNFAVOURABLE: _("Assess"),
    Action.LAPSE: _("Close"),
    Action.REMIND: _("Remind"),
    Action.APPROVE: _("Decide"),
    Action.REJECT: _("Decide"),
    Action.CANCEL_LINES: _("Settle"),
    Action.REVERSE: _("Settle"),
    Action.CREDIT: _("Credit it"),
    Action.ASK_CANCEL_LINES: _("Ask to cancel"),
    Action.SUPPLY: _("Supply"),
}


@register.filter
def verb(action: Action) -> str:
    """A step as a short button says it; its own name where there is no shorter one."""
    return str(VERBS.get(action, action.label))


@register.filter
def document_kind(kind: str) -> str:
    """What a document is, as its reader knows it."""
    return kind_label(kind)


@register.filter
def timing(value: str) -> str:
    """By when a charter asks for a document."""
    return str(DocumentTiming(value).label)


@register.filter
def may_mend(comment: Comment) -> bool:
    return is_editable(comment)
