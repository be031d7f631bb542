"""A step that is asked for, shown as it would end, confirmed, and taken once. Works without JavaScript."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fundadmin.models import User
from grants.actions.rehearsing import Rehearsal, Take, do_as_shown, rehearse
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Application, Event

REFUSED: Final = 422
OWN: Final = frozenset({"csrfmiddlewaretoken", "confirmed", "to_state", "change"})
"""What a form carries that is not what somebody typed."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person reads before they confirm: the question, the button, whom it is about and what follows."""

    title: str
    button: str
    amount_cents: int | None = None
    amount_label: str = ""
    sentences: Sequence[str] = ()
    warnings: Sequence[str] = ()
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on one file, as a page asks for it. `show` renders the form again, `done` answers the success."""

    application: Application
    take: Callable[[Any], Take]
    show: Callable[..., HttpResponse]
    confirmation: Callable[[Rehearsal, Any], Confirmation]
    done: Callable[[Application], HttpResponse]


def answer(request: HttpRequest, form: KeyedForm, step: Step) -> HttpResponse:
    """Answer the form of a step: with its reasons, with the page that confirms, or with what was done."""
    if "change" in request.POST:
        return step.show(form)
    if "confirmed" in request.POST and (earlier := done_before(request, step.application)):
        return step.done(earlier)
    if not form.is_valid():
        return step.show(form, status=REFUSED)
    try:
        take = step.take(form)
        if "confirmed" in request.POST:
            to_state = request.POST.get("to_state", "")
            return step.done(do_as_shown(take, key=form.cleaned_data["key"], to_state=to_state))
        rehearsal = rehearse(step.application.fund_id, take)
    except ActionRefused as refusal:
        form.refuse(refusal)
        return step.show(form, status=REFUSED)
    return confirm_page(request, step, rehearsal, step.confirmation(rehearsal, form))


def done_before(request: HttpRequest, application: Application) -> Application | None:
    """The file with the outcome that this very form had before: pressed twice, or after going back.

    By now the file has other lines to choose from, so the form could not be read again as it was.
    """
    key = request.POST.get("key", "").replace("\0", "")
    done = Event.objects.filter(application=application, user=cast("User", request.user), key=key).first()
    if done is not None:
        application.outcome = done
    return application if done else None


def confirm_page(request: HttpRequest, step: Step, rehearsal: Rehearsal, shown: Confirmation) -> HttpResponse:
    return render(
        request,
        "grants/deciding/confirm.html",
        {
            "application": step.application,
            "confirmation": shown,
            "rehearsal": rehearsal,
            "typed": [(name, value) for name, values in request.POST.lists() if name not in OWN for value in values],
        },
    )
