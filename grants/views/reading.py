"""The page that shows a fund to the people who have a role in it. It changes nothing but the log of reads."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from fundadmin.models import User
from grants import ledger, queries
from grants.actions.reading import log_audit
from grants.enums import Reading
from grants.visibility import documents_visible_to, reader_of

PAGE = 50
BIGINT_DIGITS = 19


@login_required
def fund(request: HttpRequest, code: str) -> HttpResponse:
    """A fund against its charter, its applications and its last movements. `?after=`: the id a page goes on from."""
    user = cast("User", request.user)
    shown = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, shown.pk)], by=user, what=Reading.FUND, uuid=shown.uuid, filter=request.GET.urlencode())
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
            "documents": documents_visible_to(user).filter(fund=shown, application=None).order_by("pk"),
            "entries": queries.last_entries(shown.pk),
            "head": ledger.head(shown.pk),
            "oversees": queries.oversees(user, shown, timezone.localdate()),
        },
    )
