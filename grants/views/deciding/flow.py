"""A step that is asked for, shown as it would end, confirmed, and taken once. Works without JavaScript."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from grants.actions.rehearsing import Rehearsal, Take, do_as_shown, rehearse
from grants.exceptions import ActionRefused
from grants.forms import KeyedForm
from grants.models import Application

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
