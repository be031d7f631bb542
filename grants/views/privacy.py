"""What is kept on whom: the notice everybody may read, and the register for those who answer for a fund."""

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.letters.privacy import notices, processings
from grants.models import FundMember, RetentionRun
from grants.retention import RULES, rules_version


@require_safe
def information(request: HttpRequest) -> HttpResponse:
    """The information notice, per side. Open to all: a tenant has no account."""
    return render(
        request,
        "grants/information.html",
        {"notices": notices(), "rules": RULES, "contact": settings.PRIVACY_CONTACT},
    )


@login_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The register of processing, made from the tables that the job and the pages obey."""
    user = cast("User", request.user)
    overseen = FundMember.objects.filter(
        queries.held_by(user, timezone.localdate()), role__in=queries.OVERSEERS
    ).exists()
    if not overseen:
        raise Http404
    return render(
        request,
        "grants/register.html",
        {
            "processings": processings(),
            "rules": RULES,
            "version": rules_version(),
            "erases": settings.RETENTION_ERASES,
            "last_run": RetentionRun.objects.order_by("-pk").first(),
            "contact": settings.PRIVACY_CONTACT,
        },
    )
