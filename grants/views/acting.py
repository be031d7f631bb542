"""The short steps, each on a page of its own that says what it does before it is confirmed."""

from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import ledger, queries
from grants.actions.available import situations_of
from grants.actions.reading import log_audit
from grants.desk import dossier
from grants.enums import Action, FundState, LineState, Reading, State
from grants.exceptions import ActionRefused, StaleVersion
from grants.models import Application, Event
from grants.permissions import breaches
from grants.step_forms import SHORT, AnswerForm, ShortForm, ShortStep
from grants.views.files import kept_filter
from grants.views.steps import page_of
from grants.visibility import reader_of

REFUSED, CHANGED = 422, 409


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, uuid: UUID, action: str) -> HttpResponse:
    """One step on one file. A second sending does it once; a file that has changed meanwhile is shown as it is now."""
    user = cast("User", request.user)
    step = short_step(action)
    if action == Action.DISCARD and deleted_by(user, uuid):
        return redirect("grants:home")
    file = get_object_or_404(queries.applications_visible_to(user).select_related("charter"), uuid=uuid)
    log_audit([reader_of(user, file.fund_id)], by=user, what=Reading.APPLICATION, uuid=file.uuid, filter=action)
    if request.method != "POST":
        return page(request, file, step, new_form(step, file))
    form = step.form(request.POST, file=file)
    if not form.is_valid():
        return page(request, file, step, form, status=REFUSED)
    file.expected_version = form.cleaned_data["version"]
    try:
        step.does(application=file, by=user, key=form.cleaned_data["key"], **form.asked())
    except StaleVersion:
        return changed(request, file, step, form)
    except ActionRefused as refusal:
        form.refuse(refusal)
        return page(request, file, step, form, status=REFUSED)
    messages.success(request, str(step.done))
    return redirect(after(request, file, Action(action)))


def short_step(action: str) -> ShortStep:
    if action not in SHORT:
        raise Http404
    return SHORT[Action(action)]


def deleted_by(user: User, uuid: UUID) -> bool:
    """Whether this person deleted the draft a moment ago: a second sending has nothing more to do."""
    return Event.objects.filter(user=user, action=Action.DISCARD, data__application=str(uuid)).exists()


def new_form(step: ShortStep, file: Application) -> ShortForm:
    today = timezone.localdate()
    return step.form(file=file, initial={"key": str(uuid4()), "version": file.version, "requested_on": today})


def after(request: HttpRequest, file: Application, action: Action) -> str:
    """Back to the file, within the list one came from; a deleted draft leaves the list."""
    if action == Action.DISCARD:
        return reverse("grants:home")
    kept = f"?{kept_filter(request)}" if request.GET else ""
    return reverse("grants:application", args=[file.uuid]) + kept


def changed(request: HttpRequest, file: Application, step: ShortStep, form: ShortForm) -> HttpResponse:
    """What was typed stays; what happened meanwhile is told, and the next confirmation is about the file as it is."""
    seen = form.cleaned_data["version"]
    meanwhile = Event.objects.filter(application=file, version__gt=seen).select_related("user").order_by("pk")
    renewed = request.POST.copy()
    renewed["version"], renewed["key"] = str(file.version), str(uuid4())
    form.data = renewed
    return page(request, file, step, form, status=CHANGED, meanwhile=list(meanwhile))


def page(
    request: HttpRequest, file: Application, step: ShortStep, form: ShortForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The form; where the step is not possible, the same sentence as the action would refuse with, and no button."""
    action = next(action for action, known in SHORT.items() if known is step)
    (now,) = situations_of([file], cast("User", request.user), timezone.localdate())
    lines = now.lines
    may = not breaches(now.asking(action))
    if not may:
        # Its fields hold what is known already, such as a tenant's turnover: they are for who may fill them in.
        form = ShortForm(file=file)
    shown = {
        "application": file,
        "action": action,
        "step": step,
        "form": form,
        "refused": now.breaches(action),
        "sums": dossier.sums(file, lines),
        "kept": kept_filter(request) if request.GET else "",
        **(asked_for(request, file, action) if may else {"message": "", "wanted": []}),
        **money(file, step, lines),
        **more,
    }
    return render(request, "grants/act.html", {"meanwhile": [], **shown}, status=status)


def asked_for(request: HttpRequest, file: Application, action: Action) -> dict[str, Any]:
    """What an answer is to: the assessor's own words, the documents wanted, and where those are attached."""
    if action != Action.ANSWER or file.state != State.INFO_REQUESTED:
        return {"message": "", "wanted": []}
    event = Event.objects.select_related("detail").filter(application=file, action=Action.REQUEST_INFO).latest("pk")
    reader = reader_of(cast("User", request.user), file.fund_id)
    return {
        "message": dossier.told(event, reader, {}).text,
        "wanted": AnswerForm(file=file).documents(),
        "documents_page": page_of(Action.ATTACH, file),
    }


def money(file: Application, step: ShortStep, lines: list[Any]) -> dict[str, Any]:
    """What the step gives back to the fund, and what is available before and after."""
    if not step.frees:
        return {"freed": None}
    freed = 0
    if file.state == State.ELIGIBLE:
        freed = sum(line.proposed_cents or 0 for line in lines if line.state == LineState.CLAIMED)
    elif file.state == State.APPROVED:
        freed = sum(line.approved_cents or 0 for line in lines if line.state == LineState.APPROVED)
    available = ledger.position(file.fund_id).available_cents
    # A closed fund returns what comes free.
    then = available if file.fund.state == FundState.CLOSED else available + freed
    return {"freed": freed, "available": available, "then": then}
