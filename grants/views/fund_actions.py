"""Fund actions: a landlord's manager proposes one with the signed paper, another landlord member settles it."""

from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import ledger
from grants.actions import fund_outlook
from grants.actions.fund_outlook import Fate, Outlook, funds_acted_on, proposals_outlook, settling_outlook
from grants.actions.fund_rules import NEEDS_AMOUNT, NEEDS_PDF, TAKES_AMOUNT
from grants.actions.funding import confirm, propose, refuse
from grants.actions.reading import log_audit
from grants.enums import FundAction, FundState, FundStep, Reading, RequestState, Side, State, Visibility
from grants.exceptions import ActionRefused
from grants.models import Event, Fund, FundProposal
from grants.permissions import memberships
from grants.views.fund_forms import ProposalForm, RefusalForm
from grants.visibility import reader_of

REFUSED: Final = 422


def fund_of(request: HttpRequest, code: str) -> tuple[User, Fund]:
    """The person and the fund, if it is theirs to see; one in preparation is its landlord's members' only."""
    user = cast("User", request.user)
    fund = get_object_or_404(funds_acted_on(user), code=code)
    log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="actions")
    return user, fund


@login_required
@require_safe
def fund_actions(request: HttpRequest, code: str) -> HttpResponse:
    """What is proposed, what may be proposed and why not the rest, and what was settled."""
    user, fund = fund_of(request, code)
    proposals = proposals_read_by(user, fund)
    context = {
        "fund": fund,
        "open": proposals.filter(state=RequestState.OPEN).order_by("pk"),
        "settled": proposals.exclude(state=RequestState.OPEN).order_by("-settled_on", "-pk"),
        "outlooks": proposals_outlook(fund, user, timezone.localdate()) if is_landlords(user, fund) else [],
    }
    return render(request, "grants/fund_actions.html", context)


def is_landlords(user: User, fund: Fund) -> bool:
    """The money is the landlord's to move."""
    if fund.state == FundState.DRAFT:
        return True
    return any(member.side == Side.LANDLORD for member in memberships(user, fund.pk, timezone.localdate()))


def proposals_read_by(user: User, fund: Fund) -> QuerySet[FundProposal]:
    """A proposal is the landlord's own until it is confirmed; one that is refused stays so."""
    rows = FundProposal.objects.filter(fund=fund)
    if fund.state != FundState.DRAFT and not reader_of(user, fund.pk).reads(Visibility.LANDLORD):
        rows = rows.filter(state=RequestState.CONFIRMED)
    return rows.select_related("fund", "charter", "proposed_by", "settled_by", "signed_pdf")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose_action(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """The form of one action; sent, the proposal waits for another landlord member."""
    user, fund = fund_of(request, code)
    outlooks = proposals_outlook(fund, user, timezone.localdate()) if is_landlords(user, fund) else []
    outlook = next((one for one in outlooks if one.action == action), None)
    if outlook is None:
        raise Http404
    if request.method != "POST":
        return show_form(request, fund, outlook, form_of(outlook.action, initial={"key": str(uuid4())}))
    form = form_of(outlook.action, request.POST, request.FILES)
    if form.is_valid():
        try:
            proposal = propose(fund=fund, action=outlook.action, charter=outlook.charter, by=user, **form.asked())
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Proposed. Another landlord member confirms or refuses it."))
            return redirect("grants:fund_proposal", code, proposal.uuid)
    return show_form(request, fund, outlook, form, status=REFUSED)


def form_of(action: FundAction, *given: Any, **values: Any) -> ProposalForm:
    return ProposalForm(
        *given,
        amount=action in TAKES_AMOUNT,
        amount_needed=action in NEEDS_AMOUNT,
        pdf=action in NEEDS_PDF,
        **values,
    )


def show_form(
    request: HttpRequest, fund: Fund, outlook: Outlook, form: ProposalForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "fund": fund,
        "outlook": outlook,
        "form": form,
        "position": ledger.position(fund.pk),
        "fates": fates_shown(cast("User", request.user), fund) if outlook.action == FundAction.CLOSE else None,
    }
    return render(request, "grants/propose_action.html", context, status=status)


@login_required
@require_safe
def proposal(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What is proposed, with the position before and after: confirmed or refused here."""
    user, fund = fund_of(request, code)
    return show_proposal(request, user, fund, get_object_or_404(proposals_read_by(user, fund), uuid=uuid))


@login_required
@require_http_methods(["POST"])
def confirm_proposal(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    user, fund = fund_of(request, code)
    asked = get_object_or_404(proposals_read_by(user, fund), uuid=uuid)
    try:
        done = confirm(proposal=asked, by=user, key=request.POST.get("key", ""))
    except ActionRefused as refusal:
        return show_proposal(request, user, fund, asked, refused=refusal)
    messages.success(request, _("Confirmed: “%(action)s” took effect.") % {"action": done.get_action_display()})
    for gap in done.gaps:
        messages.warning(request, gap.sentence())
    return redirect("grants:fund_actions", code)


@login_required
@require_http_methods(["POST"])
def refuse_proposal(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    user, fund = fund_of(request, code)
    asked = get_object_or_404(proposals_read_by(user, fund), uuid=uuid)
    form = RefusalForm(request.POST)
    if form.is_valid():
        try:
            refuse(proposal=asked, by=user, **form.cleaned_data)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Refused: nothing was changed."))
            return redirect("grants:fund_actions", code)
    return show_proposal(request, user, fund, asked, form=form)


def show_proposal(
    request: HttpRequest,
    user: User,
    fund: Fund,
    asked: FundProposal,
    *,
    form: RefusalForm | None = None,
    refused: ActionRefused | None = None,
) -> HttpResponse:
    today, now = timezone.localdate(), ledger.position(fund.pk)
    settles = asked.state == RequestState.OPEN and is_landlords(user, fund)
    wrong = bool(refused) or (form is not None and bool(form.errors))
    context = {
        "fund": fund,
        "proposal": asked,
        "now": now,
        "then": fund_outlook.position_after(asked, now),
        "moves": asked.action in TAKES_AMOUNT or asked.charter is not None or asked.action == FundAction.CLOSE,
        "settles": settles,
        "not_confirm": settling_outlook(asked, user, today, RequestState.CONFIRMED) if settles else [],
        "not_refuse": settling_outlook(asked, user, today, RequestState.REFUSED) if settles else [],
        "fates": fates_shown(user, fund) if settles and asked.action == FundAction.CLOSE else None,
        "form": form or RefusalForm(initial={"key": str(uuid4())}),
        "refused": [str(breach) for breach in refused.breaches] if refused else [],
        "key": str(uuid4()),
        "told": reason_of(asked),
    }
    return render(request, "grants/fund_proposal.html", context, status=REFUSED if wrong else 200)


def reason_of(asked: FundProposal) -> str:
    """What the proposer wrote: whoever reads the proposal reads it."""
    event = (
        Event.objects.filter(fund=asked.fund_id, action=FundStep.PROPOSE, data__proposal=asked.pk)
        .select_related("detail")
        .first()
    )
    return str(event.detail.detail.get("reason", "")) if event is not None and hasattr(event, "detail") else ""


def fates_shown(user: User, fund: Fund) -> dict[str, Any]:
    """What closing does to each application; drafts are the chamber's own, the landlord is told how many."""
    reader = reader_of(user, fund.pk)
    found = fund_outlook.fates(fund)
    drafts_shown = Side.CHAMBER in reader.sides
    return {
        "rows": [(file, fate) for file, fate in found if drafts_shown or file.state != State.DRAFT],
        "counts": [(fate.value, sum(one == fate for _file, one in found)) for fate in Fate],
    }
