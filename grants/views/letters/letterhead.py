"""The landlord's letterhead: set by the manager of one of its funds, with a letter that shows it."""

from typing import cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.letterheads import FIELDS, letterhead_of, set_letterhead
from grants.actions.letters import kinds_of
from grants.actions.reading import log_audit
from grants.enums import LetterKind, Reading
from grants.exceptions import ActionRefused
from grants.letters.composing import Issue
from grants.letters.paper import as_pdf
from grants.letters.specimen import specimen
from grants.permissions import memberships, role_missing_in_fund
from grants.views.letters.forms import LetterheadForm, initial_of
from grants.views.letters.papers import shown
from grants.visibility import reader_of
from grants.workflow import LANDLORD_MANAGER

REFUSED = 422


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def letterhead(request: HttpRequest, code: str) -> HttpResponse:
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="letterhead")
    held = letterhead_of(fund)
    form = LetterheadForm(
        request.POST or None, request.FILES or None, initial=initial_of(held) | {"logo": None, "key": str(uuid4())}
    )
    refused = request.method == "POST"
    if refused and form.is_valid():
        given = form.cleaned_data
        logo = given["logo"].read() if given["logo"] else None
        texts = {name: given[name].strip() for name in FIELDS}
        try:
            set_letterhead(fund=fund, texts=texts, logo=logo, no_logo=given["no_logo"], by=user, key=given["key"])
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The letterhead is set. Letters issued from now on bear it."))
            return redirect("grants:letterhead", code)
    may = LetterKind.STATEMENT in kinds_of(memberships(user, fund.pk, timezone.localdate()))
    context = {
        "fund": fund,
        "letterhead": held,
        "form": form,
        "refusal": "" if may else str(role_missing_in_fund((LANDLORD_MANAGER,))),
    }
    return render(request, "grants/letters/letterhead.html", context, status=REFUSED if refused else 200)


@login_required
@never_cache
@require_safe
def letterhead_preview(request: HttpRequest, code: str) -> HttpResponse:
    """An invented letter on the letterhead as it stands."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    held = letterhead_of(fund)
    content = as_pdf(specimen(held, Issue(language=held.language, dated=timezone.localdate())))
    return shown(content, f"papier-a-en-tete-{fund.code}.pdf")
