"""The pages that show a fund and its files to the people who have a role in it. They change nothing."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from fundadmin.models import User
from grants import ledger, queries
from grants.models import Event

PAGE = 50
BIGINT_DIGITS = 19


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The funds this person has a role in, each with its position."""
    funds = queries.funds_visible_to(cast("User", request.user))
    return render(request, "grants/home.html", {"funds": funds})


@login_required
def fund(request: HttpRequest, code: str) -> HttpResponse:
    """A fund against its charter, its applications and its last movements. `?after=`: the id a page goes on from."""
    user = cast("User", request.user)
    shown = get_object_or_404(queries.funds_visible_to(user), code=code)
    after = request.GET.get("after", "")
    rows = queries.applications_visible_to(user).filter(fund=shown).order_by("-pk")
    if after.isdecimal() and len(after) < BIGINT_DIGITS:
        rows = rows.filter(pk__lt=int(after))
    applications = list(rows[: PAGE + 1])
    return render(
        request,
        "grants/fund.html",
        {
            "fund": shown,
            "charter": queries.current_charter(shown.pk),
            "applications": applications[:PAGE],
            "next": applications[PAGE - 1].pk if len(applications) > PAGE else None,
            "entries": queries.last_entries(shown.pk),
            "head": ledger.head(shown.pk),
            "oversees": queries.oversees(user, shown, timezone.localdate()),
        },
    )


@login_required
def application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One file: its state, its lines month by month, its history."""
    shown = get_object_or_404(queries.applications_visible_to(cast("User", request.user)), uuid=uuid)
    return render(
        request,
        "grants/application.html",
        {
            "application": shown,
            "lines": shown.lines.select_related("lease"),
            "events": Event.objects.filter(application=shown).select_related("user").order_by("pk"),
        },
    )
