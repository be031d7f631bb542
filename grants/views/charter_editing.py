"""The amendment in preparation: its terms and their articles, its criteria, documents and measures."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grants import queries
from grants.accounts import ASSUMED
from grants.actions.charters import draft_charter
from grants.actions.version_rules import version_breaches
from grants.exceptions import ActionRefused, Breach
from grants.models import Charter, Fund
from grants.views.accounts_forms import AccountsForm
from grants.views.charter import REFUSED, open_charter, rights
from grants.views.charter_forms import PapersForm, TermsForm, initial_terms
from grants.views.criteria_forms import CriteriaForm

if TYPE_CHECKING:
    from fundadmin.models import User

Parts = tuple[TermsForm, CriteriaForm, PapersForm, AccountsForm]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charter_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Edited by a landlord manager. All that is wrong is told at once, in what can be read and what can't."""
    user, fund = open_charter(request, code)
    if not rights(user, fund)["drafts"]:
        raise Http404
    base = Charter.objects.filter(fund=fund).latest("version")
    data = request.POST if request.method == "POST" else None
    terms = TermsForm(data, initial={**initial_terms(base), "key": str(uuid4())})
    criteria = CriteriaForm(data, specs=queries.criteria_of(base))
    papers = PapersForm(data, charter=base)
    accounts = AccountsForm(data, charter=base)
    parts = (terms, criteria, papers, accounts)
    if data is not None and _is_saved(fund, base, parts, user):
        messages.success(request, _("The amendment is saved. It binds nobody before it is signed and confirmed."))
        return redirect("grants:charter", code)
    wrong = any(part.errors for part in parts)
    context = {"fund": fund, "base": base, "parts": parts, "wrong": wrong}
    context |= {"terms": terms, "criteria": criteria, "papers": papers, "accounts": accounts}
    context["assumed"] = ASSUMED
    return render(request, "grants/charter_draft.html", context, status=REFUSED if wrong else 200)


def _is_saved(fund: Fund, base: Charter, parts: Parts, user: "User") -> bool:
    terms, criteria, papers, accounts = parts
    unreadable = [part for part in parts if not part.is_valid()]
    given = terms.terms() | {"required_documents": papers.required_documents(), "accounts": accounts.accounts()}
    if unreadable:
        held = {field.attname: getattr(base, field.attname) for field in Charter._meta.concrete_fields}
        # The version it begins with stands in for what can't be read, and isn't judged.
        version = Charter(**held | given)
        _place(version_breaches(version, given, criteria.specs(), papers.commitments(), terms.unread()), parts)
        return False
    try:
        draft_charter(
            fund=fund,
            criteria=criteria.specs(),
            commitments=papers.commitments(),
            by=user,
            key=terms.cleaned_data["key"],
            **cast("Any", given),
        )
    except ActionRefused as refusal:
        _place(refusal.breaches, parts)
        return False
    return True


def _place(found: Iterable[Breach], parts: Parts) -> None:
    """Each reason at the field it is about; where a field couldn't be read, that is reason enough."""
    unread = {name for part in parts for name in part.errors}
    for breach in found:
        places = ((part, part.place_of(breach.pointer)) for part in parts)
        part, place = next(((part, place) for part, place in places if place), (parts[0], None))
        if place not in unread:
            part.add_error(place, str(breach))
