"""A fund's charter: its versions side by side, the amendment in preparation, what it would change, its adoption."""

from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from grants import queries
from grants.actions import funding
from grants.actions.charters import draft_charter
from grants.actions.reading import log_audit
from grants.enums import FundAction, FundState, Reading, RequestState, Role
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Charter, Fund, FundProposal
from grants.permissions import holds, memberships
from grants.previews import preview
from grants.staffing import staffing_gaps
from grants.views.charter_compare import compare, differences
from grants.views.charter_forms import PapersForm, TermsForm, initial_terms
from grants.views.criteria_forms import CriteriaForm
from grants.visibility import reader_of
from grants.workflow import APPROVER, LANDLORD_MANAGER

if TYPE_CHECKING:
    from fundadmin.models import User

REFUSED: Final = 422


class ProposalForm(KeyedForm):
    signed_pdf = forms.FileField(
        label=gettext_lazy("Signed amendment (PDF)"),
        help_text=gettext_lazy("Signed by both parties; it goes with the version once another person confirms it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why this amendment"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SettleForm(KeyedForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason, should you refuse"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charter(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions side by side, chosen by `?before=` and `?after=`; the signed amendment is proposed here."""
    user, fund = _reader(request, code)
    versions = list(queries.charters_visible_to(user).filter(fund=fund).order_by("version"))
    draft = next((version for version in versions if version.confirmed_at is None), None)
    form = ProposalForm(request.POST or None, request.FILES or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            _propose(fund, draft, form, user)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The amendment is proposed: another landlord member confirms or refuses it."))
            return redirect("grants:charter", code)
    before, after = _chosen(versions, request)
    groups = compare(before, after) if after else []
    only = before is not None and "only" in request.GET
    context = {
        "fund": fund,
        "versions": versions,
        "before": before,
        "after": after,
        "groups": [group.differing() for group in groups if differences([group])] if only else groups,
        "only": only,
        "count": len(differences(groups)) if before else 0,
        "draft": draft,
        "proposal": _open_proposal(draft),
        "form": form,
        **_rights(user, fund),
    }
    return render(request, "grants/charter.html", context, status=REFUSED if form.errors else 200)


def _propose(fund: Fund, draft: Charter | None, form: ProposalForm, user: "User") -> None:
    paper = form.cleaned_data["signed_pdf"]
    funding.propose(
        fund=fund,
        action=FundAction.AMEND,
        charter=draft,
        signed_pdf=(paper.name, paper.read()),
        reason=form.cleaned_data["reason"],
        by=user,
        key=form.cleaned_data["key"],
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charter_draft(request: HttpRequest, code: str) -> HttpResponse:
    """The terms, criteria, documents and measures of the amendment in preparation, by a landlord manager."""
    user, fund = _reader(request, code)
    if not _rights(user, fund)["drafts"]:
        raise Http404
    base = Charter.objects.filter(fund=fund).latest("version")
    data = request.POST or None
    terms = TermsForm(data, initial={**initial_terms(base), "key": str(uuid4())})
    criteria = CriteriaForm(data, specs=queries.criteria_of(base))
    papers = PapersForm(data, charter=base)
    # All are looked at, so that all that is wrong is told at once.
    if request.method == "POST" and all([part.is_valid() for part in (terms, criteria, papers)]):  # noqa: C419 - each is read, so that all tell their faults
        try:
            _save(fund, base, (terms, criteria, papers), user)
        except ActionRefused as refusal:
            _place(refusal, terms, criteria)
        else:
            messages.success(request, _("The amendment is saved. It binds nobody before it is signed and confirmed."))
            return redirect("grants:charter", code)
    wrong = bool(terms.errors or criteria.errors or papers.errors)
    context = {"fund": fund, "base": base, "terms": terms, "criteria": criteria, "papers": papers, "wrong": wrong}
    context["parts"] = (terms, criteria, papers)
    return render(request, "grants/charter_draft.html", context, status=REFUSED if wrong else 200)


def _save(fund: Fund, base: Charter, parts: tuple[TermsForm, CriteriaForm, PapersForm], user: "User") -> None:
    terms, criteria, papers = parts
    given = terms.terms() | {"required_documents": papers.required_documents(), "accounts": base.accounts}
    draft_charter(
        fund=fund,
        criteria=criteria.specs(),
        commitments=papers.commitments(),
        by=user,
        key=terms.cleaned_data["key"],
        **cast("Any", given),
    )


def _place(refusal: ActionRefused, terms: TermsForm, criteria: CriteriaForm) -> None:
    """Each reason at the field it is about."""
    for breach in refusal.breaches:
        if breach.pointer.startswith("criteria/"):
            criteria.add_error(criteria.place_of(breach.pointer), str(breach))
        else:
            place = terms.places.get(breach.pointer, breach.pointer)
            terms.add_error(place if place in terms.fields else None, str(breach))


@login_required
@require_safe
def charter_preview(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Which files would stand otherwise under a version than under the one before it, and the cost. For managers."""
    user, fund = _reader(request, code)
    today = timezone.localdate()
    if not any(member.role == Role.MANAGER for member in memberships(user, fund.pk, today)):
        raise Http404
    visible = queries.charters_visible_to(user).filter(fund=fund)
    new = get_object_or_404(visible, version=version)
    old = visible.filter(version__lt=version).order_by("-version").first()
    seen = preview(old, new, reader_of(user, fund.pk), today) if old else None
    context = {"fund": fund, "old": old, "new": new, "preview": seen}
    return render(request, "grants/charter_preview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charter_settle(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Confirm or refuse an amendment that another landlord member proposed: all that it changes stands above."""
    user, fund = _reader(request, code)
    rights = _rights(user, fund)
    if not rights["settles"]:
        raise Http404
    proposal = get_object_or_404(FundProposal, fund=fund, uuid=uuid, action=FundAction.AMEND)
    form = SettleForm(request.POST or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            _settle(request, proposal, form, user)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("grants:charter", code)
    new = cast("Charter", proposal.charter)
    old = Charter.objects.filter(fund=fund, version__lt=new.version).order_by("-version").first()
    context = {
        "fund": fund,
        "proposal": proposal,
        "new": new,
        "old": old,
        "rows": differences(compare(old, new)),
        "form": form,
        "own": proposal.proposed_by_id == user.pk,
        "gaps": staffing_gaps(fund, timezone.localdate()),
    }
    return render(request, "grants/charter_settle.html", context, status=REFUSED if form.errors else 200)


def _settle(request: HttpRequest, proposal: FundProposal, form: SettleForm, user: "User") -> None:
    key = form.cleaned_data["key"]
    if "refuse" in request.POST:
        funding.refuse(proposal=proposal, reason=form.cleaned_data["reason"], by=user, key=key)
        messages.success(request, _("The amendment is refused: the charter stays as it is."))
        return
    confirmed = funding.confirm(proposal=proposal, by=user, key=key)
    messages.success(request, _("The amendment is in force."))
    for gap in confirmed.gaps:
        messages.warning(request, gap.sentence())


def _reader(request: HttpRequest, code: str) -> "tuple[User, Fund]":
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid)
    return user, fund


def _rights(user: "User", fund: Fund) -> dict[str, bool]:
    """What this person may do about the charter: in preparation it is the administrator's."""
    own = memberships(user, fund.pk, timezone.localdate())
    lives = fund.state in (FundState.OPEN, FundState.SUSPENDED)
    return {
        "drafts": lives and holds(own, [LANDLORD_MANAGER]),
        "settles": lives and holds(own, [LANDLORD_MANAGER, APPROVER]),
        "previews": any(member.role == Role.MANAGER for member in own),
    }


def _open_proposal(draft: Charter | None) -> FundProposal | None:
    """What is proposed of a draft; who may not read the draft doesn't read this."""
    if draft is None:
        return None
    rows = FundProposal.objects.filter(charter=draft, state=RequestState.OPEN)
    return rows.select_related("proposed_by", "signed_pdf").first()


def _chosen(versions: list[Charter], request: HttpRequest) -> tuple[Charter | None, Charter | None]:
    """The two versions asked for, by default the last two."""
    by_number = {str(version.version): version for version in versions}
    after = by_number.get(request.GET.get("after", ""), versions[-1] if versions else None)
    earlier = [version for version in versions if after and version.version < after.version]
    before = by_number.get(request.GET.get("before", ""), earlier[-1] if earlier else None)
    return (None if before == after else before), after
