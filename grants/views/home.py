"""Where everybody begins: what they can do now, each task a link to where it is done."""

from collections.abc import Mapping
from typing import Final, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.desk import Group, Kind, Task, tasks_of
from grants.enums import Reading
from grants.models import Fund
from grants.views.files import doors_of
from grants.views.letters.desk import TO_ISSUE, TO_SEND
from grants.views.steps import page_of
from grants.visibility import readers_of

DESKS: Final[Mapping[Kind, str]] = {
    Kind.VISA: "grants:decide",
    Kind.SECOND_VISA: "grants:decide",
    Kind.CREDIT: "grants:crediting",
}
TABS: Final[Mapping[Kind, str]] = {Kind.ISSUE_LETTERS: TO_ISSUE, Kind.SEND_LETTERS: TO_SEND}


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """A person's tasks by kind, and the funds they have a role in, each with its position."""
    user = cast("User", request.user)
    funds = list(queries.funds_visible_to(user))
    readers = readers_of(user, [fund.pk for fund in funds]).values()
    log_audit(readers, by=user, what=Reading.FUND)
    groups = tasks_of(user)
    total = sum(group.total for group in groups)
    request.task_count = total  # type: ignore[attr-defined] # the navigation need not count again
    shown = {
        "groups": [
            (group, desk_of(group), [(task, fund_of(task), address_of(task)) for task in group.tasks])
            for group in groups
        ],
        "total": total,
        "funds": funds,
        "only_reads": not any(reader.writes for reader in readers),
        "doors": doors_of(user, funds),
    }
    return render(request, "grants/home.html", shown)


def desk_of(group: Group) -> str | None:
    """Where several tasks of a kind are done at once."""
    return reverse(DESKS[group.kind]) if group.kind in DESKS and group.total > 1 else None


def fund_of(task: Task) -> Fund:
    if task.letters:
        return task.letters.fund
    if task.commitment:
        return task.commitment.charter.fund
    about = task.file or task.proposal or task.member
    return cast("Fund", about.fund if about else None)


def address_of(task: Task) -> str:
    """Where a task is done; one that a rule keeps from being done leads to the file, which says why."""
    if task.proposal:
        return reverse("grants:fund_proposal", args=[task.proposal.fund.code, task.proposal.uuid])
    if task.commitment:
        return reverse("grants:keep_commitment", args=[fund_of(task).code, task.commitment.pk])
    if task.letters:
        return reverse("grants:letters", args=[task.letters.fund.code]) + f"?etat={TABS[task.kind]}"
    if task.file is None:
        return reverse("grants:team", args=[fund_of(task).code])
    if task.step is None:
        return reverse("grants:application", args=[task.file.uuid])
    return page_of(task.step, task.file, task.request)
