"""The page where a person makes and revokes the tokens by which its programs use the API."""

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from fundadmin.models import User
from grants import queries
from grants.actions.tokens import make_token, revoke_token
from grants.exceptions import ActionRefused
from grants.models import ApiToken


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a form for each fund makes another, whose secret the answer shows this once."""
    by = cast("User", request.user)
    shown: dict[str, object] = {"most_days": settings.API_TOKEN_MAX_DAYS}
    if request.method == "POST":
        try:
            shown["made"], shown["secret"] = _make(request, by)
        except ActionRefused as refusal:
            shown["refusals"] = refusal.breaches
    shown["tokens"] = ApiToken.objects.filter(user=by).select_related("fund").order_by("-pk")
    shown["funds"] = queries.roles_by_fund(by)
    status = 422 if "refusals" in shown else 200
    return render(request, "grants/tokens.html", shown, status=status)


def _make(request: HttpRequest, by: User) -> tuple[ApiToken, str]:
    fund = get_object_or_404(queries.funds_visible_to(by), code=request.POST.get("fund", ""))
    days = request.POST.get("days", "")
    return make_token(
        fund=fund,
        roles=request.POST.getlist("roles"),
        name=request.POST.get("name", "").strip(),
        days=int(days) if days.isascii() and days.isdigit() and len(days) <= len("99999") else 0,
        by=by,
    )


@login_required
@require_POST
def revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    by = cast("User", request.user)
    revoke_token(token=get_object_or_404(ApiToken, uuid=uuid, user=by), by=by)
    return redirect("grants:tokens")
