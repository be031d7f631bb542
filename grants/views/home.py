"""Where everybody begins: what they can do now, each task a link to where it is done."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.desk import Task, tasks_of
from grants.enums import Reading
from grants.models import Fund
from grants.views.steps import page_of
from grants.visibility import readers_of


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """A person's tasks by kind, and the funds they have a role in, each with its position."""
    user = cast("User", request.user)
    funds = list(queries.funds_visible_to(user))
    log_audit(readers_of(user, [fund.pk for fund in funds]).values(), by=user, what=Reading.FUND)
    groups = tasks_of(user)
    shown = {
        "groups": [(group, [(task, fund_of(task), address_of(task)) for task in group.tasks]) for group in groups],
        "total": sum(group.total for group in groups),
        "funds": funds,
    }
    return render(request, "grants/home.html", shown)


def fund_of(task: Task) -> Fund:
    about = task.file or task.proposal or task.member
    return cast("Fund", about.fund if about else None)


def address_of(task: Task) -> str:
    """Where a task is done; one that a rule keeps from being done leads to the file, which says why."""
    if task.file is None:
        page = "grants:fund" if task.proposal else "grants:team"
        return reverse(page, args=[fund_of(task).code])
    page = page_of(task.step, task.file, task.request) if task.step else None
    return page or reverse("grants:application", args=[task.file.uuid])
