"""A fund's settings: the landlord's billing cut-off day, and where the others are."""

from typing import cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import queries
from grants.actions.billing import LAST_DAY, set_billing_cutoff
from grants.actions.reading import log_audit
from grants.enums import FundStep, Reading
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Event
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.visibility import reader_of
from grants.workflow import LANDLORD_MANAGER, MANAGER
from landlords.billing import cutoff_of

REFUSED = 422


class CutoffForm(KeyedForm):
    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        required=False,
        min_value=1,
        max_value=LAST_DAY,
        help_text=gettext_lazy("From 1 to 28; empty: no day is named."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fund_settings(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody of the fund reads the day, which orders what is to be credited; the landlord's manager changes it."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="settings")
    initial = {"key": str(uuid4()), "day": fund.landlord.billing_cutoff_day}
    form = CutoffForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_billing_cutoff(fund=fund, day=form.cleaned_data["day"], by=user, key=form.cleaned_data["key"])
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The billing cut-off day is changed, in all the funds of this landlord."))
            return redirect("grants:fund_settings", code)
    own = memberships(user, fund.pk, today)
    changes = Event.objects.filter(fund__landlord=fund.landlord_id, action=FundStep.BILLING_CUTOFF)
    context = {
        "fund": fund,
        "form": form,
        "cutoff": cutoff_of(fund.landlord, today),
        "changes": changes.select_related("user").order_by("-pk"),
        "is_manager": holds(own, [MANAGER]),
        "imports": holds(own, [LANDLORD_MANAGER]),
        "refusal": "" if holds(own, [LANDLORD_MANAGER]) else str(role_missing_in_fund((LANDLORD_MANAGER,))),
    }
    return render(request, "grants/fund_settings.html", context, status=REFUSED if form.errors else 200)
