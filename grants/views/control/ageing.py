"""The ageing of what was approved and not yet credited, as at any day."""

from typing import Final, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.control.ageing import BRACKETS, ageing
from grants.enums import Reading
from grants.views.control.places import overseen, pages
from grants.views.fund_forms import AsAtForm
from grants.visibility import reader_of
from landlords.billing import cutoff_of

PAGE: Final = 200
REFUSED: Final = 422


@login_required
@require_safe
def aged(request: HttpRequest, code: str) -> HttpResponse:
    """By bracket, and line by line: of all brackets, or of the one that was chosen."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="ageing")
    form = AsAtForm({"as_at": request.GET.get("as_at") or today}, today=today)
    found = ageing(fund, form.cleaned_data["as_at"] if form.is_valid() else today)
    chosen = next((bracket for bracket in BRACKETS if bracket.code == request.GET.get("age")), None)
    lines = [line for line in found.lines if chosen in (None, line.bracket)]
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    context = {
        "fund": fund,
        "form": form,
        "oversees": overseen(reader),
        "found": found,
        "cutoff": cutoff_of(fund.landlord, found.as_at),
        "chosen": chosen,
        "rows": [(line, found.is_missed(line)) for line in page],
        "missed": sum(found.is_missed(line) for line in found.lines),
        **pages(request.GET, page),
    }
    return render(request, "grants/control/ageing.html", context, status=200 if form.is_valid() else REFUSED)
