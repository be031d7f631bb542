"""A fund's samples, and the page to draw one: first what there is, per stratum, then the draw."""

from datetime import timedelta
from typing import Any, Final, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import ledger, queries
from grants.actions.reading import log_audit
from grants.actions.sampling import draw_sample
from grants.control.plan import Plan, Share, plan_breaches, shares, size_breaches
from grants.control.population import population_of
from grants.control.results import with_progress
from grants.control.words import population_words, stratum_words
from grants.enums import LedgerKind, Reading, Role, SampleMethod, SampleScope, SampleUnit
from grants.exceptions import ActionRefused
from grants.models import Fund, LedgerEntry, Sample
from grants.views.control.places import overseen
from grants.views.control.sample_forms import PlanForm
from grants.visibility import Reader, reader_of, samples_visible_to

REFUSED: Final = 422
SIZE: Final = 25


@login_required
@require_safe
def samples(request: HttpRequest, code: str) -> HttpResponse:
    """Those that the reader may see, the newest first."""
    user = cast("User", request.user)
    fund, reader = opened(user, code)
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="samples")
    rows = with_progress(samples_visible_to(user).filter(fund=fund)).order_by("-number")
    context = {
        "fund": fund,
        "oversees": True,
        "audits": Role.AUDITOR in reader.roles,
        "rows": [(sample, population_words(sample)) for sample in rows],
    }
    return render(request, "grants/control/samples.html", context)


def opened(user: User, code: str) -> tuple[Fund, Reader]:
    """The fund and how this person reads it. Raises Http404 for who neither manages nor audits it."""
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    if not overseen(reader):
        raise Http404
    return fund, reader


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, code: str) -> HttpResponse:
    """The plan and what it would be drawn of are asked by GET and change nothing; POST draws."""
    user = cast("User", request.user)
    fund, reader = opened(user, code)
    if Role.AUDITOR not in reader.roles:
        raise Http404
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter=f"new sample {request.GET.urlencode()}")
    form = PlanForm(request.POST or request.GET or None, initial=first_plan(fund))
    plan = checked(form)
    if plan and request.method == "POST" and (sample := drawn(form, plan, fund, user, request)):
        told = ngettext(
            "%(count)s unit is drawn and frozen.", "%(count)s units are drawn and frozen.", sample.item_count
        )
        messages.success(request, told % {"count": sample.item_count})
        return redirect("grants:sample", sample.uuid)
    context = {"fund": fund, "oversees": True, "form": form, **(preflight(form, plan, fund) if plan else NOTHING)}
    failed = form.is_bound and bool(form.errors)
    return render(request, "grants/control/new_sample.html", context, status=REFUSED if failed else 200)


NOTHING: Final = {"shares": None}


def first_plan(fund: Fund) -> dict[str, Any]:
    """What a blank form proposes: a random sample of the files credited since the first entry."""
    first = LedgerEntry.objects.filter(fund=fund, number=1).values_list("value_date", flat=True).first()
    today = timezone.localdate()
    return {
        "unit": SampleUnit.FILE,
        "scope": SampleScope.CREDITED,
        "since": first or today,
        "until": today,
        "method": SampleMethod.RANDOM,
        "size": SIZE,
    }


def checked(form: PlanForm) -> Plan | None:
    """The plan of a form, if there is one to be looked at."""
    if not form.is_valid():
        return None
    plan = form.plan()
    form.refuse(plan_breaches(plan, ledger.today()))
    return None if form.errors else plan


def drawn(form: PlanForm, plan: Plan, fund: Fund, by: User, request: HttpRequest) -> Sample | None:
    key, seen = request.POST.get("key", ""), request.POST.get("seen", "")
    try:
        return draw_sample(fund=fund, plan=plan, seen=seen, by=by, key=key)
    except ActionRefused as refusal:
        form.refuse(refusal.breaches)
        return None


def preflight(form: PlanForm, plan: Plan, fund: Fund) -> dict[str, Any]:
    """What there is, stratum by stratum, and whether it ties to the account of the period."""
    population = population_of(fund, plan, up_to_number=ledger.head(fund.pk).number)
    found = shares(population.units, plan.strata)
    form.refuse(size_breaches(found))
    moved = population.cents - population.undone_cents
    return {
        "plan": plan,
        "of": population_words(plan),
        "shares": [(words_of(share), share) for share in found],
        "population": population,
        "drawn": sum(share.drawn for share in found),
        "moved_cents": moved,
        "difference_cents": moved - moved_in_position(fund, plan),
        "key": str(uuid4()),
        "hidden": [(name, value) for name, value in form.data.items() if name in form.fields],
    }


def words_of(share: Share) -> str:
    return stratum_words({"above_cents": share.above_cents, "upto_cents": share.stratum.upto_cents})


def moved_in_position(fund: Fund, plan: Plan) -> int:
    """By how much the account of the population moved in the period, by the fund's positions before and after it."""
    before, after = (ledger.position_as_at(fund.pk, one) for one in (plan.since - timedelta(days=1), plan.until))
    credited = after.credited_cents - before.credited_cents
    if plan.scope == SampleScope.CREDITED:
        return credited
    # What was reversed had been approved all the same.
    reversed_ = LedgerEntry.objects.filter(fund=fund, kind=LedgerKind.REVERSE)
    undone = reversed_.filter(value_date__range=(plan.since, plan.until)).aggregate(sum=Sum("amount_cents"))["sum"]
    return credited + after.committed_cents - before.committed_cents + (undone or 0)
