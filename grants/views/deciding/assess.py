"""Assess a file: what is known beside what the charter asks, the amounts proposed, the opinion."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants.actions.assessment import assess_favourable, assess_unfavourable
from grants.actions.rehearsing import Rehearsal, Take
from grants.charter_rules import shortfall
from grants.desk.kinds import Kind, person_of, rows_of
from grants.enums import Action, LineState, Opinion, State
from grants.models import Application
from grants.money import euros
from grants.views.deciding.choosing import following
from grants.views.deciding.files import (
    communes_of,
    documents_of,
    money_of,
    months_of,
    refusals_of,
    rules_today,
    ways_out,
)
from grants.views.deciding.flow import Confirmation, Step, answer
from grants.views.deciding.forms import AssessForm
from grants.views.deciding.opening import open_file


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The file beside its charter; the opinion is confirmed on a page of its own."""
    user = cast("User", request.user)
    application, reader = open_file(user, uuid)
    months = months_of(application, reader, LineState.CLAIMED)
    rules = rules_today(application, reader, user)
    lines = [month.line for month in months]
    asked = {line.pk: line.asked_cents for line in lines}

    def show(form: AssessForm, status: int = 200) -> HttpResponse:
        opinions = (Action.ASSESS_FAVOURABLE, Action.ASSESS_UNFAVOURABLE)
        refused = refusals_of(application, user, *opinions, Action.REQUEST_INFO)
        fields, notes = form.amount_fields(), form.note_fields()
        money = money_of(application, lines, asked)
        context: dict[str, Any] = {
            "application": application,
            "form": form,
            "rules": [(rule, notes.get(rule.code)) for rule in rules],
            "months": [(month, fields[month.line.pk]) for month in months],
            "money": money,
            "asked_cents": sum(asked.values()),
            "short_cents": shortfall(money.free_cents, sum(asked.values())),
            "documents": documents_of(application, user),
            "communes": communes_of(lines),
            "favourable_refused": refused[Action.ASSESS_FAVOURABLE],
            "unfavourable_refused": refused[Action.ASSESS_UNFAVOURABLE],
            "ways": ways_out(application, refused, Action.REQUEST_INFO),
        }
        return render(request, "grants/deciding/assess.html", context, status=status)

    given: dict[str, Any] = {"application": application, "lines": lines, "cents": asked, "rules": rules}
    if request.method != "POST":
        return show(AssessForm(**given))
    step = Step(
        application=application,
        take=lambda form: opinion(form, user),
        show=show,
        confirmation=confirmation,
        done=lambda done: assessed(request, done, user),
    )
    return answer(request, AssessForm(request.POST, **given), step)


def opinion(form: AssessForm, by: User) -> Take:
    """The opinion asked for, as an action waiting for its key."""
    file, given = form.asked_of(), form.cleaned_data
    if given["opinion"] == Opinion.FAVOURABLE:
        return lambda key: assess_favourable(
            application=file,
            amounts=form.amounts(),
            resolved=form.notes(),
            no_conflict=given["no_conflict"],
            by=by,
            key=key,
        )
    return lambda key: assess_unfavourable(
        application=file, reason=given["reason"], no_conflict=given["no_conflict"], by=by, key=key
    )


def confirmation(rehearsal: Rehearsal, form: AssessForm) -> Confirmation:
    """What the opinion leads to; a file that would wait is told as loudly as the shortage itself."""
    proposed = sum(form.amounts().values())
    about = {"tenant": form.application.tenant, "amount": euros(proposed)}
    if rehearsal.to_state == State.INELIGIBLE:
        return Confirmation(
            title=_("Give an unfavourable opinion on %(tenant)s?") % about,
            button=_("Give the unfavourable opinion"),
            sentences=[
                _("It is an opinion: only the landlord refuses. The months stay claimed; nobody writes to the tenant."),
                _("Your reason: %(reason)s") % {"reason": form.cleaned_data["reason"]},
            ],
        )
    notes = len(form.notes())
    sentences = []
    if notes:
        sentences.append(
            ngettext("%(n)s criterion is settled by your note.", "%(n)s criteria are settled by your notes.", notes)
            % {"n": notes}
        )
    if rehearsal.to_state == State.WAITLISTED:
        return Confirmation(
            title=_("Give a favourable opinion on %(tenant)s, to wait for %(amount)s?") % about,
            button=_("Give the favourable opinion: it waits"),
            amount_cents=proposed,
            amount_label=_("Proposed"),
            sentences=sentences,
            warnings=[
                _(
                    "The fund is short by %(short)s: nothing is reserved. The application waits at rank %(rank)s and is"
                    " offered the money in this order when some comes free."
                )
                % {"short": euros(rehearsal.shortfall_cents), "rank": rehearsal.application.rank}
            ],
        )
    return Confirmation(
        title=_("Give a favourable opinion on %(tenant)s and reserve %(amount)s?") % about,
        button=_("Give the favourable opinion"),
        amount_cents=proposed,
        amount_label=_("Proposed and reserved"),
        sentences=sentences,
    )


def to_assess(user: User, fund_id: int) -> QuerySet[Application]:
    """The files that await this person's opinion, by rank: new ones, and those offered the money they wait for."""
    who = person_of(user, timezone.localdate())
    files: QuerySet[Application] = rows_of(Kind.ASSESS, who) | rows_of(Kind.OFFER, who)
    return files.filter(fund=fund_id).order_by("rank")


def assessed(request: HttpRequest, done: Application, by: User) -> HttpResponse:
    """On to the next file to assess, by rank; after the last one, to what else is to do."""
    outcome = done.outcome
    state = State(outcome.to_state if outcome else done.state).label
    messages.success(
        request,
        _("The opinion on %(reference)s is given: “%(state)s”.") % {"reference": done.reference, "state": state},
    )
    coming, left = following(to_assess(by, done.fund_id), done)
    if coming is None:
        return redirect("grants:home")
    messages.info(
        request,
        ngettext("%(n)s application is left to assess.", "%(n)s applications are left to assess.", left) % {"n": left},
    )
    return redirect("grants:assess", coming.uuid)
