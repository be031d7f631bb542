"""Undo what was approved or credited: a payer asks, another person, an approver, confirms or refuses."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants.actions.rehearsing import Rehearsal, Take, rehearse
from grants.actions.reversal import (
    CONFIRMED_BY,
    ask_cancel_lines,
    ask_reverse,
    cancel_lines,
    causes_of,
    refuse_request,
    reverse,
)
from grants.enums import Action, LineState, RequestKind, RequestState, ReversalReason
from grants.exceptions import ActionRefused
from grants.models import Application, ReliefLine, ReversalRequest
from grants.money import euros
from grants.views.deciding.files import months_of, refusals_of
from grants.views.deciding.flow import REFUSED, Confirmation, Step, answer
from grants.views.deciding.forms import SettleForm, UndoForm
from grants.views.deciding.opening import open_file

KINDS: Final = {
    LineState.APPROVED: (RequestKind.CANCEL,),
    LineState.CREDITED: (RequestKind.UNCREDIT, RequestKind.REVERSE),
}
"""What may be asked about a line in each state."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The payer's request: cancel lines not credited yet, undo a clerical credit, or take a credit back."""
    user = cast("User", request.user)
    application, reader = open_file(user, uuid)
    months = months_of(application, reader)
    choices = [month.line for month in months if month.line.state in KINDS]
    kinds = [kind for state, of_state in KINDS.items() for kind in of_state if state in {x.state for x in choices}]

    def show(form: UndoForm, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "application": application,
            "form": form,
            "months": months,
            "kinds": [(kind.label, effect_of(kind), causes_of(kind)) for kind in kinds],
            "with_notice": UndoForm.with_notice() if RequestKind.REVERSE in kinds else [],
            "reply_days": application.charter.reply_days,
            "requests": application.requests.select_related("asked_by", "settled_by").order_by("-pk"),
            "refused": refused_of(application, user, kinds),
        }
        return render(request, "grants/deciding/ask_reverse.html", context, status=status)

    if request.method != "POST":
        return show(UndoForm(application=application, choices=choices, kinds=kinds or list(RequestKind)))
    step = Step(
        application=application,
        take=lambda form: request_of(form, user),
        show=show,
        confirmation=confirmation,
        done=lambda done: asked(request, done),
    )
    form = UndoForm(request.POST, application=application, choices=choices, kinds=kinds or list(RequestKind))
    return answer(request, form, step)


def refused_of(application: Application, user: User, kinds: list[RequestKind]) -> Any:
    """Why nothing can be asked now; nothing where one of the kinds can."""
    refused = refusals_of(application, user, Action.ASK_CANCEL_LINES, Action.ASK_REVERSE)
    possible = [
        refused[Action.ASK_CANCEL_LINES if kind == RequestKind.CANCEL else Action.ASK_REVERSE] for kind in kinds
    ]
    return [] if () in possible else next(iter(possible), refused[Action.ASK_CANCEL_LINES])


def request_of(form: UndoForm, by: User) -> Take:
    file, given = form.asked_of(), form.cleaned_data
    kind, reason = RequestKind(given["kind"]), ReversalReason(given["reason"])
    if kind == RequestKind.CANCEL:
        return lambda key: ask_cancel_lines(application=file, lines=given["lines"], reason=reason, by=by, key=key)
    return lambda key: ask_reverse(
        application=file,
        kind=kind,
        lines=given["lines"],
        reason=reason,
        notice_sent_on=given["notice_sent_on"],
        by=by,
        key=key,
    )


def effect_of(kind: RequestKind) -> str:
    """What confirming a request does to the money."""
    return {
        RequestKind.CANCEL: _("Once confirmed, the lines are cancelled and their money is available again."),
        RequestKind.UNCREDIT: _("Once confirmed, the lines are approved again, to be credited by the right voucher."),
        RequestKind.REVERSE: _("Once confirmed, the relief is taken back and its money is available again."),
    }[kind]


def confirmation(_rehearsal: Rehearsal, form: UndoForm) -> Confirmation:
    """A request moves no money: another person confirms it."""
    kind = RequestKind(form.cleaned_data["kind"])
    lines = ReliefLine.objects.filter(pk__in=form.cleaned_data["lines"])
    sentences = [effect_of(kind), _("Another person, an approver, confirms or refuses your request.")]
    cents = sum(line.approved_cents or 0 for line in lines)
    about = {"amount": euros(cents), "tenant": form.application.tenant}
    return Confirmation(
        title=_("Ask to undo %(amount)s of %(tenant)s?") % about,
        button=_("Send the request"),
        amount_cents=cents,
        amount_label=str(kind.label).capitalize(),
        sentences=sentences,
        is_dangerous=True,
    )


def asked(request: HttpRequest, done: Application) -> HttpResponse:
    messages.success(
        request, _("The request on %(reference)s is sent: an approver settles it.") % {"reference": done.reference}
    )
    return redirect("grants:ask_reverse", done.uuid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A payer's request, with what confirming it would do: the page that confirms it, or refuses it with a reason."""
    user = cast("User", request.user)
    asked_for = get_object_or_404(ReversalRequest.objects.select_related("asked_by", "settled_by"), uuid=uuid)
    application, _reader = open_file(user, asked_for.application.uuid)
    lines = sorted(asked_for.lines.select_related("lease"), key=attrgetter("place"))
    form = SettleForm(request.POST or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            settle_now(asked_for, form, user)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, settled(asked_for, form, lines))
            return redirect("grants:application", application.uuid)
    told, breaches = outlook(asked_for, user)
    refused = refusals_of(application, user, Action.REFUSE_REQUEST)[Action.REFUSE_REQUEST]
    context: dict[str, Any] = {
        "application": application,
        "asked": asked_for,
        "kind": asked_for.get_kind_display(),
        "effect": effect_of(RequestKind(asked_for.kind)),
        "lines": lines,
        "total_cents": sum(line.approved_cents or 0 for line in lines),
        "form": form,
        "told": told,
        "confirm_refused": breaches,
        "refuse_refused": refused if asked_for.state == RequestState.OPEN else breaches,
    }
    return render(request, "grants/deciding/settle.html", context, status=REFUSED if form.errors else 200)


def settled(asked_for: ReversalRequest, form: SettleForm, lines: Sequence[ReliefLine]) -> str:
    """What became of the request, and of how much."""
    text = _("The request on %(reference)s is refused: %(amount)s stays as it was.")
    if form.cleaned_data["answer"] == "confirm":
        text = _("The request on %(reference)s is confirmed (%(kind)s): %(amount)s.")
    return text % {
        "reference": asked_for.application.reference,
        "kind": asked_for.get_kind_display(),
        "amount": euros(sum(line.approved_cents or 0 for line in lines)),
    }


def confirm(asked_for: ReversalRequest, by: User) -> Take:
    action = {Action.CANCEL_LINES: cancel_lines, Action.REVERSE: reverse}[CONFIRMED_BY[RequestKind(asked_for.kind)]]
    return lambda key: action(request=asked_for, by=by, key=key)


def settle_now(asked_for: ReversalRequest, form: SettleForm, by: User) -> None:
    key = form.cleaned_data["key"]
    if form.cleaned_data["answer"] == "confirm":
        confirm(asked_for, by)(key)
    else:
        refuse_request(request=asked_for, reason=form.cleaned_data["reason"], by=by, key=key)


def outlook(asked_for: ReversalRequest, by: User) -> tuple[Rehearsal | None, Any]:
    """What confirming would do, or why this person can't."""
    try:
        return rehearse(asked_for.application.fund_id, confirm(asked_for, by)), ()
    except ActionRefused as refusal:
        return None, refusal.breaches
