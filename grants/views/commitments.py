"""The landlord's commitments other than money: where each stands, and recording one as kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries, statistics
from grants.actions.commitments import keep_commitment, reopen_commitment
from grants.actions.reading import log_audit
from grants.enums import FundStep, Reading
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Commitment, Event, Fund
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.views.fund_forms import KeepForm, ReopenForm
from grants.visibility import reader_of, visible_reason
from grants.workflow import LANDLORD_MANAGER

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REFUSED: Final = 422
STEPS: Final = (FundStep.KEEP_COMMITMENT, FundStep.REOPEN_COMMITMENT)


@login_required
@require_safe
def commitments(request: HttpRequest, code: str) -> HttpResponse:
    """All of them, overdue ones first, with what was recorded and by whom."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="commitments")
    events = Event.objects.filter(fund=fund, action__in=STEPS).select_related("user", "detail").order_by("-pk")
    texts = dict(Commitment.objects.filter(charter__fund=fund).values_list("pk", "text"))
    history = [(event, texts.get(event.data["commitment"], ""), visible_reason(event, reader)) for event in events]
    found = statistics.promises([fund.pk], today)
    context = {
        "fund": fund,
        "promises": found,
        "overdue": sum(promise.is_overdue for promise in found),
        "records": may_record(user, fund),
        "refusal": str(role_missing_in_fund((LANDLORD_MANAGER,))),
        "history": history,
    }
    return render(request, "grants/commitments.html", context)


def may_record(user: User, fund: Fund) -> bool:
    return holds(memberships(user, fund.pk, timezone.localdate()), [LANDLORD_MANAGER])


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to record of a commitment: how it is asked, by which action, and what is said once it is done."""

    form: type[KeyedForm]
    action: Callable[..., object]
    done: "_StrPromise"


KEEP: Final = Step(KeepForm, keep_commitment, gettext_lazy("Recorded: the commitment is kept."))
REOPEN: Final = Step(ReopenForm, reopen_commitment, gettext_lazy("Recorded: the commitment is not kept."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record that a commitment was kept."""
    return step(request, code, pk, KEEP)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record that it was not kept after all."""
    return step(request, code, pk, REOPEN)


def step(request: HttpRequest, code: str, pk: int, asked: Step) -> HttpResponse:
    """A page of its own for each step on a commitment."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="commitments")
    rows = Commitment.objects.select_related("charter")
    commitment = get_object_or_404(rows, pk=pk, charter__fund=fund, charter__confirmed_at__isnull=False)
    form = asked.form(request.POST or None, initial={"key": str(uuid4()), "kept_on": timezone.localdate()})
    refused = request.method == "POST"
    if refused and form.is_valid():
        try:
            asked.action(commitment=commitment, by=user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, asked.done)
            return redirect("grants:commitments", code)
    context = {
        "fund": fund,
        "commitment": commitment,
        "form": form,
        "keeps": asked is KEEP,
        "refusal": "" if may_record(user, fund) else str(role_missing_in_fund((LANDLORD_MANAGER,))),
    }
    return render(request, "grants/commitment.html", context, status=REFUSED if refused else 200)
