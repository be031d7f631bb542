"""Mails that did not surely arrive, for those who answer for a fund."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.enums import Reading
from grants.models import Notification
from grants.visibility import reader_of

PAGE = 200


@login_required
@require_safe
def mails(request: HttpRequest, code: str) -> HttpResponse:
    """The failed and uncertain mails of a fund, the last ones. Managers and auditors read it."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if not queries.oversees(user, fund, timezone.localdate()):
        raise Http404
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="mails")
    doubtful = Notification.objects.filter(
        event__fund=fund, status__in=[Notification.Status.FAILED, Notification.Status.UNCERTAIN]
    )
    shown = doubtful.select_related("event__application", "recipient").order_by("-pk")[:PAGE]
    return render(request, "grants/mails.html", {"fund": fund, "mails": shown})
