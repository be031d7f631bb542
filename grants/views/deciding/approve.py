"""Give a visa: month by month, with the delegation it rests on and what the ceiling leaves; then the next file."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants.actions.decision import approve
from grants.actions.rehearsing import Rehearsal, Take
from grants.enums import Action, LedgerKind, LineState, Role, State
from grants.models import Application, FundMember, Visa
from grants.money import euros
from grants.permissions import memberships
from grants.views.deciding.choosing import following
from grants.views.deciding.desk import to_decide
from grants.views.deciding.files import (
    Money,
    communes_of,
    documents_of,
    money_of,
    months_of,
    refusals_of,
    rules_of,
    ways_out,
)
from grants.views.deciding.flow import Confirmation, Step, answer
from grants.views.deciding.forms import ApproveForm
from grants.views.deciding.opening import open_file

MOTIVES = (
    gettext_lazy("The cap per business leaves no more for this application."),
    gettext_lazy("The landlord already lowered the rent of this month."),
    gettext_lazy("The business was closed for a part of this month only."),
    gettext_lazy("Another aid already covers a part of this month."),
    gettext_lazy("The fund's balance does not allow the whole amount."),
)
"""Standard sentences for granting less; whoever uses one may edit it."""


OTHERWISE = (Action.SEND_BACK, Action.REJECT)


@dataclass(frozen=True, slots=True)
class VisasDue:
    """How many visas a file takes, and which one comes next."""

    first: Visa | None
    two: bool
    side: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The file with its opinion; the visa is confirmed on a page of its own."""
    user = cast("User", request.user)
    application, reader = open_file(user, uuid)
    months = months_of(application, reader, LineState.CLAIMED)
    lines = [month.line for month in months]
    visas = list(application.visas.filter(living=True).select_related("by").order_by("pk"))
    before = {int(pk): cents for pk, cents in visas[0].amounts.items()} if visas else {}
    cents = {line.pk: before.get(line.pk, line.proposed_cents or 0) for line in lines}

    def show(form: ApproveForm, status: int = 200) -> HttpResponse:
        fields = form.amount_fields()
        if visas:
            for field in fields.values():
                field.field.widget.attrs["readonly"] = True
        money = money_of(application, lines, cents)
        opinion = application.assessments.select_related("by").order_by("-pk").first()
        documents = documents_of(application, user)
        refused = refusals_of(application, user, Action.APPROVE, *OTHERWISE)
        context: dict[str, Any] = {
            "application": application,
            "form": form,
            "months": [(month, fields[month.line.pk]) for month in months],
            "proposed_cents": sum(line.proposed_cents or 0 for line in lines),
            "asked_cents": sum(line.asked_cents for line in lines),
            "money": money,
            "total_cents": sum(cents.values()),
            "after_cents": money.undecided_cents - sum(cents.values()),
            "opinion": opinion,
            "rules": rules_of(opinion.record, reader, documents, opinion.resolved) if opinion else [],
            "documents": documents,
            "communes": communes_of(lines),
            "visas": visas_due(application, visas, money, sum(cents.values())),
            "delegations": delegations(user, application),
            "motives": MOTIVES,
            "refused": refused[Action.APPROVE],
            "ways": ways_out(application, refused, *OTHERWISE),
            "others": to_decide(user, application.fund_id).exclude(pk=application.pk).count(),
        }
        return render(request, "grants/deciding/approve.html", context, status=status)

    given: dict[str, Any] = {"application": application, "lines": lines, "cents": cents}
    if request.method != "POST":
        return show(ApproveForm(**given))
    step = Step(
        application=application,
        take=lambda form: visa(form, user),
        show=show,
        confirmation=lambda rehearsal, form: confirmation(rehearsal, form, application),
        done=lambda done: decided(request, done, user),
    )
    return answer(request, ApproveForm(request.POST, **given), step)


def visas_due(application: Application, visas: list[Visa], money: Money, cents: int) -> VisasDue:
    """Whether the amount on the page takes two visas: counted on all that the business has in the fund."""
    two = bool(visas) or (
        money.threshold_cents is not None and money.granted_elsewhere_cents + cents > money.threshold_cents
    )
    return VisasDue(visas[0] if visas else None, two, application.charter.get_second_visa_side_display())


def delegations(user: User, application: Application) -> list[FundMember]:
    """The powers by which this person decides in the file's fund."""
    held = memberships(user, application.fund_id, timezone.localdate())
    return [member for member in held if member.role == Role.APPROVER]


def visa(form: ApproveForm, by: User) -> Take:
    file, given, amounts = form.asked_of(), form.cleaned_data, form.amounts()
    return lambda key: approve(
        application=file,
        amounts=amounts,
        reason=given["reason"].strip(),
        no_conflict=given["no_conflict"],
        by=by,
        key=key,
    )


def confirmation(rehearsal: Rehearsal, form: ApproveForm, application: Application) -> Confirmation:
    """What the visa does to the money: nothing yet, where a second one is due."""
    amount = sum(form.amounts().values())
    about = {"amount": euros(amount), "tenant": application.tenant}
    proposed = sum(line.proposed_cents or 0 for line in form.lines)
    sentences = []
    if amount < proposed:
        sentences.append(
            _("%(less)s less than proposed. Reason: %(reason)s")
            % {"less": euros(proposed - amount), "reason": form.cleaned_data["reason"]}
        )
    if declined := sum(not cents for cents in form.amounts().values()):
        sentences.append(ngettext("%(n)s line is declined.", "%(n)s lines are declined.", declined) % {"n": declined})
    if rehearsal.is_first_visa:
        return Confirmation(
            title=_("Give the first visa: %(amount)s for %(tenant)s?") % about,
            button=_("Give the first visa"),
            amount_cents=amount,
            amount_label=_("Amount of the visa"),
            sentences=sentences,
            warnings=[
                _(
                    "A second visa is due, by another person (%(side)s) and for the same amounts."
                    " Until then the money stays reserved and the tenant is told nothing."
                )
                % {"side": application.charter.get_second_visa_side_display()}
            ],
        )
    if released := rehearsal.moved(LedgerKind.RELEASE):
        sentences.append(_("%(released)s is available again for others.") % {"released": euros(released)})
    return Confirmation(
        title=_("Approve %(amount)s for %(tenant)s?") % about,
        button=_("Approve"),
        amount_cents=amount,
        amount_label=_("Approved"),
        sentences=sentences,
    )


def decided(request: HttpRequest, done: Application, by: User) -> HttpResponse:
    """On to the next file to decide, by rank; after the last one, to the desk."""
    outcome = done.outcome
    to_state = outcome.to_state if outcome else done.state
    params = {"reference": done.reference, "amount": euros(int(outcome.data["approved_cents"]) if outcome else 0)}
    if to_state == State.APPROVED:
        messages.success(request, _("%(reference)s is approved: %(amount)s.") % params)
    else:
        messages.success(request, _("Your visa on %(reference)s is given: %(amount)s. A second one is due.") % params)
    coming, left = following(to_decide(by, done.fund_id), done)
    if coming is None:
        return redirect("grants:decide")
    messages.info(
        request,
        ngettext("%(n)s application is left to decide.", "%(n)s applications are left to decide.", left) % {"n": left},
    )
    return redirect("grants:approve", coming.uuid)
