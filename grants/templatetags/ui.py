"""What pages are made of: icons, and states told by a word, an icon and a colour."""

from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.db.models import Model
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fundadmin.days import day_in_words
from grants.charter_rules import Terms
from grants.enums import FundState, LineState, RequestState, SampleState, State
from grants.exceptions import named
from grants.models import Application, Fund, FundProposal, ReliefLine, ReversalRequest, Sample

register = template.Library()
register.filter("day_in_words", day_in_words)

GOOD, BUSY, WAITING, BAD, QUIET = "good", "busy", "waiting", "bad", "quiet"
OF_REQUESTS: Final[Mapping[str, tuple[str, str]]] = {
    RequestState.OPEN: ("hourglass", WAITING),
    RequestState.CONFIRMED: ("check", GOOD),
    RequestState.REFUSED: ("cross", BAD),
}
LOOKS: Final[dict[type[Model], Mapping[str, tuple[str, str]]]] = {
    Application: {
        State.DRAFT: ("pencil", QUIET),
        State.SUBMITTED: ("tasks", BUSY),
        State.INFO_REQUESTED: ("question", WAITING),
        State.WAITLISTED: ("hourglass", WAITING),
        State.ELIGIBLE: ("scale", BUSY),
        State.INELIGIBLE: ("thumb-down", BAD),
        State.APPROVED: ("check", GOOD),
        State.CREDITED: ("checks", GOOD),
        State.REVERSED: ("undo", WAITING),
        State.CANCELLED: ("undo", QUIET),
        State.REJECTED: ("cross", BAD),
        State.WITHDRAWN: ("log-out", QUIET),
        State.LAPSED: ("clock", QUIET),
    },
    ReliefLine: {
        LineState.DRAFT: ("pencil", QUIET),
        LineState.CLAIMED: ("tasks", BUSY),
        LineState.APPROVED: ("check", GOOD),
        LineState.DECLINED: ("cross", BAD),
        LineState.CREDITED: ("checks", GOOD),
        LineState.REVERSED: ("undo", WAITING),
        LineState.CANCELLED: ("undo", QUIET),
    },
    Fund: {
        FundState.DRAFT: ("pencil", QUIET),
        FundState.OPEN: ("play", GOOD),
        FundState.SUSPENDED: ("pause", WAITING),
        FundState.CLOSED: ("archive", QUIET),
    },
    ReversalRequest: OF_REQUESTS,
    FundProposal: OF_REQUESTS,
    Sample: {
        SampleState.OPEN: ("pencil", BUSY),
        SampleState.SIGNED: ("lock", GOOD),
        SampleState.ABANDONED: ("cross", QUIET),
    },
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decoration beside a word, so nothing that is read aloud. Names: `static/fundadmin/icons.svg`."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("fundadmin/icons.svg"),
        name,
    )


@register.simple_tag
def article(terms: Terms, term: str) -> SafeString | str:
    """Under a rule that a page tells: where the charter says so. Nothing where no article is named."""
    told = terms.article(term)
    return format_html("<small>{}</small>", _("Charter, %(article)s") % {"article": named(told)}) if told else ""


@register.simple_tag
def state(of: Any) -> SafeString:
    """The badge of what has a state: an application, a relief line, a fund, a request, a proposal."""
    name, tone = LOOKS[type(of)][of.state]
    return format_html('<span class="state state-{}">{} {}</span>', tone, icon(name), of.get_state_display())
