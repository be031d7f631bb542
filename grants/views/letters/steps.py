"""Issue the letters that were ticked, or all of a kind as a job; record those that were sent."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions import letter_runs, work
from grants.actions.letters import issue, mark_sent, set_aside
from grants.enums import Delivery, LetterKind
from grants.exceptions import ActionRefused, Breach
from grants.letters.facts import kind_of
from grants.models import Event, Fund, Letter, LetterRun
from grants.views.letters.desk import TO_ISSUE, TO_SEND, shown
from grants.views.letters.forms import ChosenForm, EveryForm, IssueForm, SendForm
from grants.visibility import letters_visible_to

REFUSED = 422
Row = TypeVar("Row")


@login_required
@never_cache
@require_POST
def issue_chosen(request: HttpRequest, code: str) -> HttpResponse:
    """One by one, each under its own key: pressed twice, each is issued once."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    form = IssueForm(request.POST)
    if not form.is_valid():
        return again(request, fund, TO_ISSUE, issue_form=form)
    given = form.cleaned_data
    events = Event.objects.filter(pk__in=given["chosen"], fund=fund, application__in=queries.files_open_to(user))
    done, found = each(
        given["chosen"],
        [event for event in events.order_by("pk") if kind_of(event)],
        lambda event: issue(event=event, language=given["language"], by=user, key=f"{given['key']}:{event.pk}"),
    )
    if found:
        return again(request, fund, TO_ISSUE, found, issue_form=form, issued=done)
    text = ngettext(
        "%(n)d letter was issued: it is now to send.", "%(n)d letters were issued: they are now to send.", done
    )
    messages.success(request, text % {"n": done})
    return back(request, fund, TO_SEND)


@login_required
@never_cache
@require_POST
def send_chosen(request: HttpRequest, code: str) -> HttpResponse:
    """Record that the letters ticked were sent, on one day by one way."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    form = SendForm(request.POST)
    if not form.is_valid():
        return again(request, fund, TO_SEND, send_form=form)
    given = form.cleaned_data
    asked = {"channel": Delivery(given["channel"]), "sent_on": given["sent_on"]}
    done, found = each(
        given["chosen"],
        chosen_of(user, fund, form),
        lambda letter: mark_sent(letter=letter, by=user, key=f"{given['key']}:{letter.pk}", **asked),
    )
    if found:
        return again(request, fund, TO_SEND, found, send_form=form, recorded=done)
    text = ngettext("%(n)d letter is recorded as sent.", "%(n)d letters are recorded as sent.", done)
    messages.success(request, text % {"n": done})
    return back(request, fund, TO_SEND)


@login_required
@never_cache
@require_POST
def set_aside_chosen(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the letters ticked from being sent."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return again(request, fund, TO_SEND, aside_form=form)
    given = form.cleaned_data
    done, found = each(
        given["chosen"],
        chosen_of(user, fund, form),
        lambda letter: set_aside(letter=letter, by=user, key=f"{given['key']}:aside:{letter.pk}"),
    )
    if found:
        return again(request, fund, TO_SEND, found, aside_form=form, put_aside=done)
    text = ngettext(
        "%(n)d letter is set aside: it must not be sent. What it followed from is to issue again, if it still holds.",
        "%(n)d letters are set aside: they must not be sent. What they followed from is to issue again, if it still"
        " holds.",
        done,
    )
    messages.success(request, text % {"n": done})
    return back(request, fund, TO_ISSUE)


def chosen_of(user: User, fund: Fund, form: ChosenForm) -> list[Letter]:
    """The letters ticked, of those that this person reads."""
    return list(letters_visible_to(user).filter(pk__in=form.cleaned_data["chosen"], fund=fund).order_by("pk"))


def each(chosen: Sequence[int], rows: Sequence[Row], step: Callable[[Row], object]) -> tuple[int, list[Breach]]:
    """Take a step on each row: on how many of the `chosen` it was done, and why not on the others."""
    done, found = 0, lost(len(set(chosen)) - len(rows))
    for row in rows:
        try:
            step(row)
        except ActionRefused as refusal:
            found += refusal.breaches
        else:
            done += 1
    return done, found


def lost(gone: int) -> list[Breach]:
    """Of those that were ticked, so many aren't there for this person: erased with their file, say."""
    if not gone:
        return []
    message = ngettext(
        "%(n)s letter that was ticked is no longer here: nothing was done with it.",
        "%(n)s letters that were ticked are no longer here: nothing was done with them.",
        gone,
    )
    return [Breach("letter_gone", message, {"n": str(gone)})]


def again(request: HttpRequest, fund: Fund, tab: str, found: Sequence[Breach] = (), **more: Any) -> HttpResponse:
    """The list with what is wrong, of the form among `more`; what was ticked stays ticked."""
    asked = {"etat": tab, "lettre": request.POST.get("lettre", ""), "apres": request.POST.get("apres", "")}
    form = next(value for value in more.values() if isinstance(value, ChosenForm))
    for breach in found:
        form.add_error(breach.pointer if breach.pointer in form.fields else None, str(breach))
    told = {"refused": form, "ticked": {str(pk) for pk in request.POST.getlist("chosen")}}
    context = shown(cast("User", request.user), fund, asked, **more, **told)
    return render(request, "grants/letters/letters.html", context, status=REFUSED)


def back(request: HttpRequest, fund: Fund, tab: str) -> HttpResponse:
    """To the file one came from, or to the list."""
    file = request.POST.get("dossier", "")
    visible = queries.applications_visible_to(cast("User", request.user))
    try:
        here = visible.filter(uuid=UUID(file)).first() if file else None
    except ValueError:
        here = None
    if here is not None:
        return redirect(reverse("grants:application", args=[here.uuid]) + "#letters")
    return redirect(reverse("grants:letters", args=[fund.code]) + f"?etat={tab}")


@login_required
@never_cache
@require_POST
def issue_every(request: HttpRequest, code: str) -> HttpResponse:
    """All letters of a kind that are to issue now, as a job."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    form = EveryForm(request.POST)
    if form.is_valid():
        try:
            run = letter_runs.start(
                fund=fund, kind=LetterKind(form.cleaned_data["kind"]), by=user, key=form.cleaned_data["key"]
            )
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("grants:letter_run", run.uuid)
    context = shown(user, fund, {"etat": TO_ISSUE}, refused=form)
    return render(request, "grants/letters/letters.html", context, status=REFUSED)


def overtaken_in(run: LetterRun) -> int:
    """How many letters a finished run had not to issue any more; 0 where its refusals are too many to be counted."""
    if run.finished_at is None or len(run.refused) >= letter_runs.MOST_REFUSALS:
        return 0
    return max(0, run.total - run.done - len(run.refused))


@login_required
@never_cache
@require_safe
def letter_run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far it is; the person who pressed sees it."""
    user = cast("User", request.user)
    runs = LetterRun.objects.select_related("fund").filter(fund__in=queries.funds_visible_to(user))
    run = get_object_or_404(runs, uuid=uuid, by=user)
    context = {
        "run": run,
        "title": _("Letters to issue: %(kind)s") % {"kind": run.get_kind_display()},
        "is_late": work.is_late(run.told_at, run.made_at),
        "has_failed": run.finished_at is None and run.attempts >= work.MOST_ATTEMPTS,
        "overtaken": overtaken_in(run),
    }
    template = "grants/letters/_run.html" if request.headers.get("HX-Request") else "grants/letters/run.html"
    return render(request, template, context)
