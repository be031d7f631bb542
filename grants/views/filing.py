"""Where an application begins: the advisor finds the tenant and opens a draft."""

from collections.abc import Sequence
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import queries
from grants.actions import filing
from grants.enums import FINAL_STATES, Action, State
from grants.exceptions import ActionRefused, Breach
from grants.forms import StepForm
from grants.models import Application, Fund
from grants.permissions import Asking, Hands, breaches, memberships
from grants.views.refusals import REFUSED, refusal_page
from grants.visibility import tenants_visible_to
from landlords.models import Lease, TenantBusiness
from landlords.search import tenants_matching

FOUND_LIMIT: Final = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Search a tenant (`?q=`) and open a draft for it; drafts begun before are taken up again from here."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    roles = memberships(user, fund.pk, timezone.localdate())
    if refused := breaches(Asking(Action.CREATE, roles, Hands(), user.pk)):
        return refusal_page(request, refused, title=_("File an application"), back=reverse("grants:fund", args=[code]))
    if request.method != "POST":
        return show(request, fund)
    form = StepForm(request.POST)
    tenant = get_object_or_404(tenants_visible_to(user).filter(landlord=fund.landlord_id), uuid=wanted(request))
    if not form.is_valid():
        return show(request, fund, status=REFUSED)
    try:
        # One key for each tenant of the page: a double click opens one draft, another tenant another.
        key = f"{form.cleaned_data['key'][:150]}:{tenant.uuid}"
        draft = filing.create(fund=fund, tenant=tenant, by=user, key=key)
    except ActionRefused as refusal:
        return show(request, fund, refusal.breaches, status=REFUSED)
    return redirect("grants:edit_draft", draft.uuid)


def wanted(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("tenant", ""))
    except ValueError:
        return None


def show(request: HttpRequest, fund: Fund, refused: Sequence[Breach] = (), *, status: int = 200) -> HttpResponse:
    user, text = cast("User", request.user), request.GET.get("q", "").strip()
    found = tenants_found(user, fund, text) if text else []
    shown: dict[str, Any] = {
        "fund": fund,
        "q": text,
        "found": [(tenant, living_of(tenant)) for tenant in found[:FOUND_LIMIT]],
        "more": len(found) > FOUND_LIMIT,
        "drafts": drafts_of(user, fund),
        "refused": [str(breach) for breach in refused],
        "key": str(uuid4()),
    }
    return render(request, "grants/drafting/start.html", shown, status=status)


def tenants_found(user: User, fund: Fund, text: str) -> list[TenantBusiness]:
    """One more than is shown, each with its leases and its files in this fund that are not over."""
    leases = Lease.objects.select_related("premises").order_by("reference")
    living = Application.objects.filter(fund=fund).exclude(state__in=FINAL_STATES).order_by("-pk")
    rows = tenants_matching(tenants_visible_to(user).filter(landlord=fund.landlord_id), text)
    rows = rows.prefetch_related(Prefetch("leases", leases), Prefetch("applications", living))
    return list(rows[: FOUND_LIMIT + 1])


def living_of(tenant: TenantBusiness) -> list[Application]:
    return list(tenant.applications.all())


def drafts_of(user: User, fund: Fund) -> QuerySet[Application]:
    """The drafts this advisor is in charge of, the last one touched first."""
    rows = Application.objects.filter(fund=fund, advisor=user, state=State.DRAFT).select_related("tenant")
    return rows.order_by("-acted_on", "-pk")
