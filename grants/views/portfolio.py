"""An advisor's files handed over to a colleague at once: chosen, looked at beforehand, then done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import queries
from grants.actions.bulk import ROW_LIMIT, Mode, Plan, Preflight, Row, Run, preflight, run
from grants.enums import FINAL_STATES, Action
from grants.exceptions import ActionRefused
from grants.models import Application, Fund
from grants.permissions import holds, memberships
from grants.step_forms import advisors_today
from grants.workflow import CHAMBER_MANAGER

REFUSED = 422


@dataclass(frozen=True, slots=True)
class Handover:
    """From whom to whom, and which files, each in the version that was looked at."""

    giver: User | None
    taker: User | None
    rows: Sequence[Row]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def portfolio(request: HttpRequest, code: str) -> HttpResponse:
    """First whose files; then which of them and to whom; then what would happen; then it is done."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if not holds(memberships(user, fund.pk, timezone.localdate()), [CHAMBER_MANAGER]):
        raise Http404
    asked = handover(request.POST if request.method == "POST" else request.GET, user, fund)
    if request.method != "POST":
        return choose(request, fund, asked)
    if asked.giver is None or asked.taker is None or not asked.rows:
        return choose(request, fund, asked, refused=[what_is_missing(asked)])
    try:
        if "key" not in request.POST:
            looked_at = preflight(action=Action.TRANSFER, rows=asked.rows, common={"to": asked.taker.pk}, by=user)
            return check(request, fund, asked, looked_at)
        # The plan that was looked at, so that pressing twice asks the same twice and is told the same.
        plan = Plan.unseal(request.POST.get("plan", ""), by=user)
        done = run(plan=plan, mode=Mode.EACH, by=user, key=request.POST["key"])
    except ActionRefused as refusal:
        return choose(request, fund, asked, refused=[str(breach) for breach in refusal.breaches])
    tell(request, asked.taker, done)
    return redirect("grants:portfolio", code)


def handover(given: QueryDict, user: User, fund: Fund) -> Handover:
    """What was chosen; what can't be read is as if it were not."""
    versions = dict(one.partition(":")[::2] for one in given.getlist("file"))
    files = queries.files_open_to(user).filter(fund=fund, uuid__in=[text for text in versions if _is_uuid(text)])
    rows = [Row(file.pk, version=_number(versions[str(file.uuid)])) for file in files.order_by("pk")]
    people = {str(person.uuid): person for person in User.objects.filter(memberships__fund=fund).distinct()}
    return Handover(people.get(given.get("from", "")), people.get(given.get("to", "")), rows)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("999999999") else None


def what_is_missing(asked: Handover) -> str:
    if asked.giver is None:
        return _("Choose the advisor whose files are handed over.")
    if not asked.rows:
        return _("Choose at least one file.")
    return _("Choose the advisor who takes the files over.")


def pending_of(fund: Fund, user: User, giver: User | None) -> list[Application]:
    """The files of an advisor that have not come to their end: the others need nobody any more."""
    if giver is None:
        return []
    files = queries.with_totals(queries.files_open_to(user)).filter(fund=fund, advisor=giver)
    return list(files.exclude(state__in=FINAL_STATES).order_by("rank", "pk")[:ROW_LIMIT])


def choose(request: HttpRequest, fund: Fund, asked: Handover, *, refused: Sequence[str] = ()) -> HttpResponse:
    user = cast("User", request.user)
    in_charge = User.objects.filter(pk__in=Application.objects.filter(fund=fund).values("advisor"))
    chosen = {row.application_id for row in asked.rows}
    files = pending_of(fund, user, asked.giver)
    shown: dict[str, Any] = {
        "fund": fund,
        "asked": asked,
        "givers": in_charge.order_by("full_name", "pk"),
        "takers": advisors_today(fund.pk).exclude(pk=asked.giver.pk if asked.giver else None),
        "files": [(file, not chosen or file.pk in chosen) for file in files],
        "most": ROW_LIMIT if len(files) == ROW_LIMIT else None,
        "refused": refused,
    }
    return render(request, "grants/portfolio.html", shown, status=REFUSED if refused else 200)


def check(request: HttpRequest, fund: Fund, asked: Handover, looked_at: Preflight) -> HttpResponse:
    """What would happen, file by file; only those that pass are sent along."""
    passing = {row.application_id: row.version for row in looked_at.plan.rows}
    shown = {
        "fund": fund,
        "asked": asked,
        "passing": [(row.application, passing[row.application_id]) for row in looked_at.rows if row.planned],
        "blocked": [row for row in looked_at.rows if row.refusal],
        "plan": looked_at.plan.seal(),
        "key": str(uuid4()),
    }
    return render(request, "grants/portfolio_check.html", shown)


def tell(request: HttpRequest, taker: User, done: Run) -> None:
    said = ngettext(
        "%(person)s is now in charge of %(n)s file.", "%(person)s is now in charge of %(n)s files.", done.done
    ) % {"n": done.done, "person": taker}
    messages.success(request, said)
    refused = {row.application_id: row.refusal for row in done.rows if row.refusal}
    for file in Application.objects.filter(pk__in=refused).order_by("rank", "pk"):
        messages.warning(request, f"{file.reference}: {refused[file.pk]}")
