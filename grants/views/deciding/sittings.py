"""The numbered decision lists of a fund: draw up that of a sitting, find an earlier one again."""

from datetime import date
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
from grants.actions.reading import log_audit
from grants.actions.sittings import decisions_of, list_decisions, unlisted
from grants.enums import Reading, Role, Visibility
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import DecisionList, Event, Fund
from grants.permissions import memberships
from grants.views.deciding.flow import REFUSED
from grants.visibility import reader_of

BIGINT_DIGITS = 19
SHOWN = 100
"""Lists shown, the newest first."""


class Numbers(forms.TypedMultipleChoiceField):
    """Any numbers: the action says which may be listed, and on a repetition those that were."""

    def valid_value(self, value: str) -> bool:
        return value.isdecimal() and len(value) < BIGINT_DIGITS


class ListForm(KeyedForm):
    """A day, and the decisions of it that the list holds."""

    day = forms.DateField(widget=forms.HiddenInput)
    events = Numbers(label=gettext_lazy("Decisions"), coerce=int)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_lists(request: HttpRequest, code: str) -> HttpResponse:
    """What the reader decided and no list has yet, day by day; and the lists drawn up, each with its paper."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="decision lists")
    roles = memberships(user, fund.pk, timezone.localdate())
    approves = any(role.role == Role.APPROVER for role in roles)
    days = by_day(list(unlisted(fund, user))) if approves else {}
    posted = None
    if request.method == "POST":
        posted = ListForm(request.POST)
        if posted.is_valid() and (made := draw_up(posted, fund, user)):
            text = _("Decision list no. %(number)s is drawn up and kept.") % {"number": made.number}
            messages.success(request, text)
            return redirect("grants:decision_lists", fund.code)
    reads = reader.reads(Visibility.LANDLORD)
    lists = DecisionList.objects.filter(fund=fund).select_related("by", "document").order_by("-number")
    context = {
        "fund": fund,
        "approves": approves,
        "days": [
            (day, list(zip(events, decisions_of(events), strict=True)), str(uuid4())) for day, events in days.items()
        ],
        "posted": posted,
        "lists": lists[:SHOWN] if reads else (),
        "reads": reads,
    }
    return render(request, "grants/deciding/decision_lists.html", context, status=REFUSED if posted else 200)


def by_day(events: list[Event]) -> dict[date, list[Event]]:
    days: dict[date, list[Event]] = {}
    for event in sorted(events, key=lambda event: (-event.on.toordinal(), event.pk)):
        days.setdefault(event.on, []).append(event)
    return days


def draw_up(form: ListForm, fund: Fund, by: User) -> DecisionList | None:
    given = form.cleaned_data
    try:
        return list_decisions(fund=fund, day=given["day"], events=given["events"], by=by, key=given["key"])
    except ActionRefused as refusal:
        form.refuse(refusal)
        return None
