"""A copy of all that is held on a tenant, for the chamber's manager to hand to it on its request."""

from typing import Final, cast
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_read
from grants.actions.subject_access import duties_of, export
from grants.enums import Reading
from grants.exceptions import ActionRefused
from grants.forms import StepForm
from grants.models import Application, Fund
from grants.permissions import holds, memberships
from grants.views.retention_forms import new_key
from grants.workflow import CHAMBER_MANAGER
from landlords.models import TenantBusiness
from landlords.search import plain, tenants_matching

REFUSED: Final = 422
SHOWN: Final = 50


class SearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Tenant business"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Name, SIRET, address, lease or premises."),
    )


@login_required
@require_safe
def tenants(request: HttpRequest, code: str) -> HttpResponse:
    """The tenants of whom the fund keeps a file, to be searched."""
    _user, fund = _opened(request, code)
    form = SearchForm(request.GET)
    rows = _of_fund(fund)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    found = tenants_matching(rows, q) if q else rows.order_by(plain("legal_name"), "pk")
    shown = list(found[: SHOWN + 1])
    context = {"fund": fund, "form": form, "q": q, "tenants": shown[:SHOWN], "more": len(shown) > SHOWN}
    return render(request, "grants/subject_access_tenants.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subject_access(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What the copy holds and what keeps the tenant's files from being erased; pressed, the copy."""
    user, fund = _opened(request, code)
    tenant = get_object_or_404(_of_fund(fund), uuid=uuid)
    form = StepForm(request.POST or None, initial=new_key())
    if request.method == "POST" and form.is_valid():
        try:
            packed = export(tenant=tenant, by=user, key=form.cleaned_data["key"])
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            log_read(by=user, fund=fund, what=Reading.EXPORT, uuid=tenant.uuid, filter="subject_access")
            answer = HttpResponse(packed, content_type="application/zip")
            answer["Content-Disposition"] = f'attachment; filename="donnees-{tenant.siret or tenant.pk}.zip"'
            return answer
    files = Application.objects.filter(tenant=tenant, erasure__isnull=True).select_related("fund").order_by("pk")
    context = {
        "fund": fund,
        "tenant": tenant,
        "form": form,
        "files": files,
        "duties": duties_of(tenant, timezone.localdate(), asked=True),
    }
    return render(request, "grants/subject_access.html", context, status=REFUSED if form.errors else 200)


def _opened(request: HttpRequest, code: str) -> tuple[User, Fund]:
    """The chamber's manager: the landlord would read the turnover of its tenants. For others there is no such page."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if not holds(memberships(user, fund.pk, timezone.localdate()), [CHAMBER_MANAGER]):
        raise Http404
    return user, fund


def _of_fund(fund: Fund) -> QuerySet[TenantBusiness]:
    """Those with a file that is still there."""
    files = Application.objects.filter(fund=fund, tenant=OuterRef("pk"), erasure__isnull=True)
    return TenantBusiness.objects.filter(Exists(files))
