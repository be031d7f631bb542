"""One action on many files: choose them, say what is common, see what would happen, run it as a job, watch it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions import work
from grants.actions.bulk import Mode, Plan, PlannedRow, Preflight, Row, preflight, start
from grants.actions.filing import COMPUTED
from grants.document_kinds import kind_label
from grants.eligibility import FACTS, Supplier
from grants.enums import Action, RejectionReason, Role
from grants.exceptions import ActionRefused
from grants.forms import offer
from grants.models import Application, BulkRow, BulkRun, Fund
from grants.views.deciding.choosing import choose, fund_asked, funds_of_role
from grants.views.deciding.desk import to_decide
from grants.views.deciding.flow import REFUSED
from grants.workflow import WORKFLOW

TEXT_LIMIT: Final = 2000  # characters
"""After so long a job that has not begun is worth a word."""


class BulkForm(forms.Form):
    """What an action is asked alike of all the files. It writes nothing, so the key is the plan's."""

    def __init__(self, *args: Any, fund: Fund, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fund = fund


class ApproveManyForm(BulkForm):
    no_conflict = forms.BooleanField(
        label=_("I declare that I have no conflict of interest in these applications."),
        error_messages={
            "required": _("Declare that you have no conflict of interest, or leave out what you have one in.")
        },
    )


class RejectManyForm(BulkForm):
    motive = forms.ChoiceField(label=_("Motive"), choices=RejectionReason.choices)
    reason = forms.CharField(
        label=_("Words of your own"),
        help_text=_("At least 20 characters where the motive is “another reason”."),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SendBackManyForm(BulkForm):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("At least 20 characters; the assessor reads it."),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AskManyForm(BulkForm):
    wanted = forms.MultipleChoiceField(label=_("What is missing"), widget=forms.CheckboxSelectMultiple)
    message = forms.CharField(
        label=_("Message to the advisor"),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facts = [
            (name, f"{kind.label} ({kind.supplier.label})")
            for name, kind in FACTS.items()
            if name not in COMPUTED and kind.supplier != Supplier.LANDLORD
        ]
        charter = queries.current_charter(self.fund.pk)
        kinds = (
            [(wanted["kind"], kind_label(wanted["kind"])) for wanted in charter.required_documents] if charter else []
        )
        offer(self, "wanted", [*kinds, *facts])


@dataclass(frozen=True, slots=True)
class Offered:
    """An action that is offered on many files: whose it is, its form and the files it may be taken on."""

    role: Role
    form: type[BulkForm]
    files: Callable[..., QuerySet[Application]]


def in_sources(action: Action) -> Callable[..., QuerySet[Application]]:
    """The files of funds in the states from which the action starts, by rank."""

    def files(user: User, *fund_ids: int) -> QuerySet[Application]:
        return (
            queries.files_open_to(user).filter(fund__in=fund_ids, state__in=WORKFLOW[action].sources).order_by("rank")
        )

    return files


OFFERED: Final[Mapping[str, Offered]] = {
    Action.APPROVE: Offered(Role.APPROVER, ApproveManyForm, to_decide),
    Action.SEND_BACK: Offered(Role.APPROVER, SendBackManyForm, in_sources(Action.SEND_BACK)),
    Action.REJECT: Offered(Role.APPROVER, RejectManyForm, in_sources(Action.REJECT)),
    Action.REQUEST_INFO: Offered(Role.ASSESSOR, AskManyForm, in_sources(Action.REQUEST_INFO)),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """Choose the files and say what is common; then what would happen. Nothing is done before it is confirmed."""
    user = cast("User", request.user)
    if action not in OFFERED:
        raise Http404
    offered, step = OFFERED[action], Action(action)
    funds = funds_of_role(user, offered.role)
    fund = fund_asked(request, funds, offered.files(user, *(fund.pk for fund in funds)))
    if fund is None:
        return render(request, "grants/deciding/bulk.html", {"action": step, "funds": funds, "fund": None})
    choice = choose(request, offered.files(user, fund.pk))
    files = choice.taken() if request.method == "POST" else []
    # Who comes from the desk to refuse or send back has not been asked for the reason yet.
    said = request.POST if files and "asked" in request.POST and "choosing" not in request.POST else None
    form = offered.form(said, fund=fund)
    if form.is_valid():
        try:
            told = preflight(action=step, rows=[Row(file.pk) for file in files], common=form.cleaned_data, by=user)
        except ActionRefused as refusal:
            for breach in refusal.breaches:
                form.add_error(None, str(breach))
        else:
            return show_preflight(request, told)
    nothing = request.method == "POST" and not files
    context = {"action": step, "funds": funds, "fund": fund, "choice": choice, "files": files, "form": form}
    status = REFUSED if form.errors or nothing else 200
    return render(request, "grants/deciding/bulk.html", {**context, "nothing": nothing}, status=status)


def show_preflight(request: HttpRequest, told: Preflight) -> HttpResponse:
    """What passes, what is blocked and why, the fund before and after; and the button that runs it."""
    amounts = {row.application_id: amount_of(row) for row in told.plan.rows}
    vouchers = {row.application_id: str(row.request.get("voucher", {}).get("ref", "")) for row in told.plan.rows}
    first_visas = [amounts[row.application_id] for row in told.plan.rows if is_first_visa(told.plan, row)]
    context = {
        "told": told,
        "action": told.plan.action,
        "fund": Fund.objects.get(pk=told.plan.fund_id),
        "passing": [
            Passing(row.application, amounts[row.application_id], vouchers[row.application_id])
            for row in told.rows
            if row.planned
        ],
        "total_cents": sum(amounts.values()),
        "first_visas": first_visas,
        "first_cents": sum(first_visas),
        "blocked": told.blocked,
        "blocked_rows": len(told.rows) - told.passing,
        "plan": told.plan.seal(),
        "key": str(uuid4()),
    }
    return render(request, "grants/deciding/preflight.html", context)


def is_first_visa(plan: Plan, row: PlannedRow) -> bool:
    return plan.action == Action.APPROVE and not row.moves


@dataclass(frozen=True, slots=True)
class Passing:
    """A file that passes, the money it is about, and the voucher's number where it is credited."""

    application: Application | None
    cents: int
    voucher: str


def amount_of(row: PlannedRow) -> int:
    """What is committed or credited; of a first visa, which moves nothing yet, what it is for."""
    moved = sum(move.cents for move in row.moves if move.kind in COUNTED)
    return moved or (sum(row.request.get("amounts", {}).values()) if not row.moves else 0)


COUNTED: Final = ("commit", "credit")
"""The movements whose sum is what a page calls the amount."""


@login_required
@require_POST
def launch(request: HttpRequest) -> HttpResponse:
    """Run a plan that was shown: kept as a job under its key, so pressing twice runs it once."""
    user = cast("User", request.user)
    try:
        plan = Plan.unseal(request.POST.get("plan", ""), by=user)
        mode = Mode.ALL if request.POST.get("mode") == Mode.ALL else Mode.EACH
        run = start(plan=plan, mode=mode, by=user, key=request.POST.get("key", ""))
    except ActionRefused as refusal:
        return render(request, "grants/deciding/not_run.html", {"breaches": refusal.breaches}, status=REFUSED)
    return redirect("grants:bulk_run", run.uuid)


@login_required
@never_cache
@require_safe
def run(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far a run is, and what became of each file. The person who pressed sees it; it refreshes itself."""
    user = cast("User", request.user)
    # Who has no role in the fund any more reads nothing of it, not even what they did.
    runs = BulkRun.objects.select_related("fund").filter(fund__in=queries.funds_visible_to(user))
    kept = get_object_or_404(runs, uuid=uuid, by=user)
    rows = list(kept.rows.select_related("application__tenant").order_by("position"))
    if kept.finished_at is not None:
        rows.sort(key=lambda row: row.state == BulkRow.State.DONE)  # What was refused comes first.
    told = sum(row.state != BulkRow.State.WAITING for row in rows)
    context = {
        "run": kept,
        "rows": rows,
        "told": told,
        "done": sum(row.state == BulkRow.State.DONE for row in rows),
        "refused": sum(row.state == BulkRow.State.REFUSED for row in rows),
        "is_late": work.is_late(kept.told_at, kept.made_at),
        "has_failed": kept.finished_at is None and kept.attempts >= work.MOST_ATTEMPTS,
    }
    template = "grants/deciding/_run.html" if request.headers.get("HX-Request") else "grants/deciding/run.html"
    return render(request, template, context)
