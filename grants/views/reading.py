"""The pages that show a fund and its files to the people who have a role in it: of each, what `visibility` gives them.

They change nothing but the log of reads.
"""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.enums import Reading
from grants.models import Event
from grants.visibility import Reader, documents_visible_to, reader_of, readers_of, visible_assessment, visible_detail


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The funds this person has a role in, each with its position."""
    user = cast("User", request.user)
    funds = list(queries.funds_visible_to(user))
    log_audit(readers_of(user, [fund.pk for fund in funds]).values(), by=user, what=Reading.FUND)
    return render(request, "grants/home.html", {"funds": funds})


@login_required
def application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One file: its state, its lines month by month, its opinion, its documents and its history."""
    user = cast("User", request.user)
    shown = get_object_or_404(queries.applications_visible_to(user), uuid=uuid)
    reader = reader_of(user, shown.fund_id)
    log_audit([reader], by=user, what=Reading.APPLICATION, uuid=shown.uuid)
    assessment = shown.assessments.select_related("by").order_by("-pk").first()
    events = Event.objects.filter(application=shown).select_related("user", "detail").order_by("pk")
    return render(
        request,
        "grants/application.html",
        {
            "application": shown,
            "lines": shown.lines.select_related("lease"),
            "assessment": assessment and visible_assessment(assessment, reader),
            "documents": documents_visible_to(user).filter(application=shown).order_by("pk"),
            "history": [(event, _told(event, reader)) for event in events],
        },
    )


def _told(event: Event, reader: Reader) -> str:
    """What somebody wrote with a step, as far as it is this reader's; retention may have deleted it."""
    if not hasattr(event, "detail"):
        return ""
    shown = visible_detail(event, event.detail.detail, reader)
    return shown.get("reason") or shown.get("message") or ""
