"""A fund's charter: its versions side by side, what an amendment would change, its adoption."""

from typing import TYPE_CHECKING, Final, cast
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
from grants.actions.reading import log_audit
from grants.enums import FundAction, FundState, Reading, RequestState, Role
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Charter, Fund, FundProposal
from grants.permissions import holds, memberships
from grants.previews import preview
from grants.staffing import staffing_gaps
from grants.views.charter_compare import account_differences, compare, differences
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
    user, fund = open_charter(request, code)
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
        **rights(user, fund),
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
@require_safe
def charter_preview(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Which files would stand otherwise under a version than under the one before it, and the cost. For managers."""
    user, fund = open_charter(request, code)
    today = timezone.localdate()
    if not any(member.role == Role.MANAGER for member in memberships(user, fund.pk, today)):
        raise Http404
    visible = queries.charters_visible_to(user).filter(fund=fund)
    new = get_object_or_404(visible, version=version)
    old = visible.filter(version__lt=version).order_by("-version").first()
    seen = preview(old, new, reader_of(user, fund.pk), today) if old else None
    context = {"fund": fund, "old": old, "new": new, "preview": seen, "accounts": account_differences(old, new)}
    return render(request, "grants/charter_preview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charter_settle(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Confirm or refuse an amendment that another landlord member proposed: all that it changes stands above."""
    user, fund = open_charter(request, code)
    if not rights(user, fund)["settles"]:
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


def open_charter(request: HttpRequest, code: str) -> "tuple[User, Fund]":
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid)
    return user, fund


def rights(user: "User", fund: Fund) -> dict[str, bool]:
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
