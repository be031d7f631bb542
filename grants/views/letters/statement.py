"""The state of a fund for the landlord's board: a draft as at a day, then the letter."""

from typing import cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.letterheads import letterhead_of
from grants.actions.letters import issue_statement, kinds_of
from grants.actions.reading import log_audit, log_read
from grants.enums import LetterKind, Reading
from grants.exceptions import ActionRefused
from grants.letters.composing import Issue
from grants.letters.fund_statement import compose_statement, standing
from grants.letters.paper import as_pdf
from grants.permissions import memberships, role_missing_in_fund
from grants.views.letters.desk import TO_SEND
from grants.views.letters.forms import StatementForm
from grants.views.letters.papers import shown
from grants.visibility import reader_of
from grants.workflow import LANDLORD_MANAGER

REFUSED = 422


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the day and the language; POST issues it."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="statement")
    first = {"key": str(uuid4()), "as_at": today, "language": letterhead_of(fund).language}
    form = StatementForm(request.POST or None, initial=first)
    refused = request.method == "POST"
    if refused and form.is_valid():
        try:
            letter = issue_statement(fund=fund, by=user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Letter no. %(number)s is issued.") % {"number": letter.number})
            return redirect(reverse("grants:letters", args=[code]) + f"?etat={TO_SEND}")
    may = LetterKind.STATEMENT in kinds_of(memberships(user, fund.pk, today))
    refusal_text = "" if may else str(role_missing_in_fund((LANDLORD_MANAGER,)))
    context = {"fund": fund, "form": form, "refusal": refusal_text}
    return render(request, "grants/letters/statement.html", context, status=REFUSED if refused else 200)


@login_required
@never_cache
@require_safe
def statement_preview(request: HttpRequest, code: str) -> HttpResponse:
    """A draft as at `?as_at=` in `?language=`; the same fields as the form's, so one button shows it."""
    user, today = cast("User", request.user), timezone.localdate()
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord__letterhead"), code=code)
    form = StatementForm({"key": "-", **request.GET.dict()})
    if not form.is_valid() or form.cleaned_data["as_at"] > today:
        raise Http404
    day = form.cleaned_data["as_at"]
    log_read(by=user, fund=fund, what=Reading.EXPORT, uuid=fund.uuid, filter=f"draft of statement as_at={day}")
    told = Issue(language=form.cleaned_data["language"], dated=today)
    return shown(as_pdf(compose_statement(standing(fund, day), told)), f"projet-etat-{fund.code}-{day}.pdf")
