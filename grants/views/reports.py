"""The report for officials, of one fund or of all the chamber's, on screen and paper; and what anybody may read."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, cast
from uuid import uuid4

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import ledger, queries, statistics
from grants.actions.publishing import publish, switching_breaches, unpublish
from grants.actions.reading import log_audit, log_read
from grants.enums import FundState, Reading, Side
from grants.exceptions import ActionRefused
from grants.forms import StepForm
from grants.letters.officials_report import as_pdf, headline, notes, sentences
from grants.models import Charter, Fund
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.statistics import Report
from grants.views.fund_forms import AsAtForm
from grants.views.funds import criteria_words
from grants.visibility import reader_of, readers_of
from grants.workflow import LANDLORD_MANAGER
from landlords.enums import Component

REFUSED: Final = 422
AN_HOUR: Final = 3600  # seconds
RATE: Final = "60/m/ip"
"""Reading the public page, per network."""


@login_required
@require_safe
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One fund's, as at any day."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="report")
    today = timezone.localdate()
    form = AsAtForm({"as_at": request.GET.get("as_at") or today}, today=today)
    day = form.cleaned_data["as_at"] if form.is_valid() else today
    context = shown(report_of(fund, day)) | {"fund": fund, "form": form}
    return render(request, "grants/report.html", context, status=200 if form.is_valid() else REFUSED)


def shown(found: Report) -> dict[str, Any]:
    """The report and its words, which are the paper's."""
    return {
        "report": found,
        "headline": headline(found),
        "sentences": list(sentences(found)),
        "notes": list(notes(found)),
    }


@login_required
@require_safe
def report_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same on paper; the read is logged first, as every export."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    form = AsAtForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        raise Http404
    day = form.cleaned_data["as_at"]
    log_read(by=user, fund=fund, what=Reading.EXPORT, uuid=fund.uuid, filter=f"report as_at={day}")
    return paper(as_pdf(report_of(fund, day), fund.name), f"bilan-{fund.code}-{day}.pdf")


@login_required
@require_safe
def report_all(request: HttpRequest) -> HttpResponse:
    """All the funds that this person works in for the chamber, together."""
    user = cast("User", request.user)
    funds = chamber_funds(user)
    log_audit(readers_of(user, [one.pk for one in funds]).values(), by=user, what=Reading.FUND, filter="report")
    context = shown(report_of_all(funds)) | {"fund": None, "form": None}
    return render(request, "grants/report.html", context)


@login_required
@require_safe
def report_all_pdf(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    found = report_of_all(chamber_funds(user))
    log_read(by=user, fund=None, what=Reading.EXPORT, filter=f"report as_at={found.as_at}, all funds")
    return paper(as_pdf(found, _("All the funds of the chamber")), f"bilan-{found.as_at}.pdf")


def paper(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def chamber_funds(user: User) -> list[Fund]:
    """Raises Http404 for who has no role on the chamber's side."""
    visible = list(queries.funds_visible_to(user))
    readers = readers_of(user, [fund.pk for fund in visible])
    funds = [fund for fund in visible if Side.CHAMBER in readers[fund.pk].sides]
    if not funds:
        raise Http404
    return funds


def report_of(fund: Fund, as_at: date) -> Report:
    held = ledger.position_as_at(fund.pk, as_at)
    return statistics.report(
        [fund],
        as_at=as_at,
        on=timezone.localdate(),
        endowed_cents=held.endowed_cents,
        ceiling_cents=held.ceiling_cents,
    )


def report_of_all(funds: Sequence[Fund]) -> Report:
    today = timezone.localdate()
    endowed = sum(fund.position.endowed_cents for fund in funds)
    ceiling = sum(fund.position.ceiling_cents for fund in funds)
    return statistics.report(funds, as_at=today, on=today, endowed_cents=endowed, ceiling_cents=ceiling)


@require_safe
def public(request: HttpRequest, code: str) -> HttpResponse:
    """What anybody may read of a fund whose landlord switched its page on. It knows no session and names nobody.

    Figures are those of the last whole month: two readings never differ by one business alone on the day it was helped.
    """
    if not ratelimit.consume(request, app="grants", action="public", config={"public": RATE}, limit_get=True):
        return render(request, "429.html", status=429)
    fund = get_object_or_404(
        Fund.objects.select_related("landlord").exclude(state=FundState.DRAFT), code=code, is_public=True
    )
    response = HttpResponse(public_html(fund))
    patch_cache_control(response, public=True, max_age=AN_HOUR)
    return response


def public_html(fund: Fund) -> str:
    """The page in the reader's language, kept for an hour; another charter, state or day makes it anew."""
    version = Charter.objects.filter(fund=fund, confirmed_at__isnull=False).aggregate(Max("version"))["version__max"]
    key = f"public-page:{fund.pk}:{version}:{fund.state}:{timezone.localdate()}:{get_language()}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = render_to_string("grants/public.html", public_context(fund))
        cache.set(key, kept, AN_HOUR)
    return kept


def public_context(fund: Fund) -> dict[str, Any]:
    charter = queries.current_charter(fund.pk)
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    return {
        "fund": fund,
        "charter": charter,
        "criteria": criteria_words(charter),
        "components": components_of(charter),
        "report": statistics.done([fund.pk], last_month),
        "is_open": is_filing_open(fund, charter),
        "today": timezone.localdate(),
    }


def components_of(charter: Charter | None) -> list[str]:
    return [str(Component(one).label) for one in charter.components] if charter else []


def is_filing_open(fund: Fund, charter: Charter | None) -> bool:
    """Whether somebody could file today."""
    today = timezone.localdate()
    if charter is None or fund.state != FundState.OPEN:
        return False
    return charter.starts_on <= today <= min(charter.filing_deadline, charter.ends_on)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def public_page(request: HttpRequest, code: str) -> HttpResponse:
    """Switch the public page on or off, with what it shows before one's eyes."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="public page")
    form = StepForm(request.POST or None, initial={"key": str(uuid4())})
    refused = request.method == "POST"
    if refused and form.is_valid():
        # What is asked for stands in the form: pressed twice, the page doesn't go off again.
        switch = publish if request.POST.get("public") == "1" else unpublish
        try:
            done = switch(fund=fund, by=user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The public page is on.") if done.is_public else _("The public page is off."))
            return redirect("grants:public_page", code)
    may = holds(memberships(user, fund.pk, timezone.localdate()), [LANDLORD_MANAGER])
    breaches = switching_breaches(fund, public=not fund.is_public)
    reasons = [str(breach) for breach in breaches] if may else [str(role_missing_in_fund((LANDLORD_MANAGER,)))]
    context = public_context(fund) | {"form": form, "reasons": reasons}
    return render(request, "grants/public_page.html", context, status=REFUSED if refused else 200)
