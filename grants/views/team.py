"""The people of a fund: who has which role, invitations, and what another member confirms."""

from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fundadmin.models import User
from grants import queries
from grants.actions.invitations import check_may_send, deliver, invite
from grants.actions.members import confirm_member, end_member, refuse_member
from grants.actions.reading import log_audit
from grants.enums import Reading, Role, Side
from grants.exceptions import ActionRefused
from grants.forms import EndForm, InvitationForm, KeyedForm, StepForm
from grants.models import Fund, FundMember, Invitation
from grants.permissions import memberships
from grants.staffing import staffing_gaps
from grants.views.team_rows import by_side, rows
from grants.visibility import reader_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

REFUSED: Final = 422


@login_required
def team(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody of the fund sees its people; those who may name some invite."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    own = memberships(user, fund.pk, timezone.localdate())
    if any(member.role == Role.AUDITOR for member in own):
        log_audit([reader_of(user, fund.pk)], by=user, what=Reading.FUND, uuid=fund.uuid, filter="team")
    sides = sides_named_by(own)
    if request.method != "POST":
        return show(request, fund, own, invitation_form(fund, sides))
    form = InvitationForm(request.POST, sides=sides, principals=principals(fund, sides))
    if form.is_valid():
        try:
            member = invite(fund=fund, by=user, **form.asked())
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            send(request, Invitation.objects.get(fund=fund, user=member.user_id))
            warn_of_gaps(request, member)
            return redirect("grants:team", code)
    return show(request, fund, own, form, status=REFUSED)


@login_required
@require_POST
def confirm(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return step(request, code, pk, StepForm, confirm_member)


@login_required
@require_POST
def refuse(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return step(request, code, pk, StepForm, refuse_member)


@login_required
@require_POST
def end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    return step(request, code, pk, EndForm, end_member)


@login_required
@require_POST
def send_again(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The letter once more: the first one failed, was lost, or its link is too old."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    member = get_object_or_404(FundMember, pk=pk, fund=fund)
    try:
        invitation = check_may_send(member=member, by=user)
    except ActionRefused as refusal:
        return show_refusal(request, fund, refusal)
    send(request, invitation)
    return redirect("grants:team", code)


def step(
    request: HttpRequest, code: str, pk: int, form_class: type[KeyedForm], action: "Callable[..., object]"
) -> HttpResponse:
    """One button of one member."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    member = get_object_or_404(FundMember, pk=pk, fund=fund)
    form = form_class(request.POST)
    if not form.is_valid():
        return show(request, fund, None, refused=[str(error) for errors in form.errors.values() for error in errors])
    try:
        done = action(member=member, by=user, **form.cleaned_data)
    except ActionRefused as refusal:
        return show_refusal(request, fund, refusal)
    if isinstance(done, FundMember):
        warn_of_gaps(request, done)
    return redirect("grants:team", code)


def send(request: HttpRequest, invitation: Invitation) -> None:
    """Send the letter and say whether it left; never whether the account is new."""
    if deliver(invitation=invitation, site=request.build_absolute_uri("/").rstrip("/")):
        messages.success(request, _("An e-mail was sent to %(email)s.") % {"email": invitation.user.email})
    else:
        messages.warning(request, _("The invitation is kept, but the e-mail did not leave: send it again later."))


def warn_of_gaps(request: HttpRequest, member: FundMember) -> None:
    for gap in member.gaps:
        messages.warning(request, gap.sentence())


def show_refusal(request: HttpRequest, fund: Fund, refusal: ActionRefused) -> HttpResponse:
    return show(request, fund, None, refused=[str(breach) for breach in refusal.breaches])


def show(
    request: HttpRequest,
    fund: Fund,
    own: "Sequence[FundMember] | None",
    form: InvitationForm | None = None,
    *,
    refused: "Sequence[str]" = (),
    status: int = 200,
) -> HttpResponse:
    """The page. `own`: the reader's memberships, where they were read already."""
    user, today = cast("User", request.user), timezone.localdate()
    own = memberships(user, fund.pk, today) if own is None else own
    sides = sides_named_by(own)
    oversees = any(member.role in queries.OVERSEERS for member in own)
    shown: dict[str, Any] = {
        "fund": fund,
        "sides": by_side(rows(fund, user, own, oversees=oversees)),
        "oversees": oversees,
        "gaps": staffing_gaps(fund, today),
        "form": (form or invitation_form(fund, sides)) if sides else None,
        "refused": refused,
        "key": str(uuid4()),
        "today": today,
    }
    return render(request, "grants/team.html", shown, status=REFUSED if refused else status)


def invitation_form(fund: Fund, sides: "Sequence[Side]") -> InvitationForm:
    initial = {"key": str(uuid4()), "starts_on": timezone.localdate()}
    return InvitationForm(initial=initial, sides=sides, principals=principals(fund, sides))


def principals(fund: Fund, sides: "Sequence[Side]") -> "QuerySet[FundMember]":
    """Whom somebody may stand in for."""
    held = FundMember.objects.filter(queries.counting_on(timezone.localdate()), fund=fund, side__in=sides)
    return held.filter(deputy_for=None).select_related("user").order_by("side", "role", "pk")


def sides_named_by(own: "Sequence[FundMember]") -> list[Side]:
    """The sides that somebody may name people of: their own and, for managers, the external one.

    A landlord member who is no manager may where the only manager is concerned; the action says when.
    """
    sides = []
    for side in (Side.LANDLORD, Side.CHAMBER):
        of_side = {Role(member.role) for member in own if member.side == side}
        if Role.MANAGER in of_side or (side == Side.LANDLORD and of_side - {Role.AUDITOR}):
            sides.append(side)
    if any(member.role == Role.MANAGER for member in own):
        sides.append(Side.EXTERNAL)
    return sides
