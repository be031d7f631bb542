"""The landlord's books beside the fund: hand in posted credit notes and account extracts, read what they would do.

Payers hand in and confirm; the landlord's people and auditors read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grants import ledger, queries
from grants.actions import work
from grants.actions.confirmations import confirm, hand_in, may_confirm
from grants.actions.reading import log_audit
from grants.enums import Reading, Visibility
from grants.exceptions import ActionRefused, Breach, NotAllowed
from grants.models import BookedCredit, Fund, LandlordFile, LandlordFileRow, ReliefLine
from grants.money import euros
from grants.permissions import role_missing_in_fund
from grants.reconciling.amounts import split_of, total
from grants.reconciling.to_credit import lines_due
from grants.reconciling.vouchers import Reconciled, Standing, Voucher, reconcile
from grants.views.reconciliation_forms import FORMS, FileForm
from grants.visibility import Reader, reader_of
from grants.workflow import PAYER

if TYPE_CHECKING:
    from fundadmin.models import User

REFUSED, NOT_ALLOWED = 422, 403
PAGE: Final = 50
PAST_FILES: Final = 20
THEIRS_SHOWN: Final = 100
Kind = LandlordFile.Kind
State = LandlordFileRow.State


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reconciliation(request: HttpRequest, code: str) -> HttpResponse:
    """Each voucher beside the books, and the two files that may be handed in."""
    user, fund, reader = _reader(request, code)
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="reconciliation")
    forms = {kind: form(initial={"key": str(uuid4())}) for kind, form in FORMS.items()}
    if request.method == "POST":
        answer = _handed_in(request, fund, user, forms)
        if answer is not None:
            return answer
    due = lines_due(fund)
    found = reconcile(fund)
    context = {
        "fund": fund,
        "forms": forms.values(),
        "errors": [form for form in forms.values() if form.errors],
        "missing": None if may_confirm(user, fund) else role_missing_in_fund((PAYER,)),
        "due_lines": len(due),
        "due_cents": total(one.amount for one in due).gross_cents,
        "found": found,
        "vouchers": Paginator(worst_first(found), PAGE).get_page(request.GET.get("page")),
        "theirs": found.theirs[:THEIRS_SHOWN],
        "ageing": found.ageing(timezone.localdate()),
        "files": _files(fund)[:PAST_FILES],
    }
    status = REFUSED if context["errors"] else 200
    return render(request, "grants/reconciliation.html", context, status=status)


def worst_first(found: Reconciled) -> list[Voucher]:
    """What is to be looked into stands on the first page."""
    order = list(Standing)
    return sorted(found.vouchers, key=lambda one: order.index(one.standing))


def _handed_in(request: HttpRequest, fund: Fund, user: "User", forms: dict[Any, FileForm]) -> HttpResponse | None:
    """The report of the file that was handed in; None where it can't be read, with the reasons in its form."""
    kind = request.POST.get("kind", "")
    if kind not in FORMS:
        raise Http404
    form = forms[kind] = FORMS[kind](request.POST, request.FILES)
    if not form.is_valid():
        return None
    try:
        sent = form.sent()
        made = hand_in(fund=fund, sent=sent, by=user, key=form.key_for(sent.sha256, sent.kind, sent.form))
    except ActionRefused as refusal:
        form.refuse(refusal)
        return None
    return redirect("grants:landlord_file", fund.code, made.uuid)


@dataclass(frozen=True, slots=True)
class Tab:
    """The rows of one state: how many, and whether they are the ones shown."""

    state: str
    label: str
    count: int


UNKNOWN: Final = "unknown"
"""Of what can be recorded of an extract: vouchers of relief that the fund has not."""
TABS: Final = (State.FAULT, State.REFUSED, UNKNOWN, State.READY, State.DONE, State.KNOWN)
"""What there is to do comes first. Rows that were not examined are only counted."""


@login_required
@never_cache
@require_safe
def landlord_file(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What a file would do, row by row; what became of it once it is confirmed."""
    user, fund, reader = _reader(request, code)
    file = _file(fund, uuid)
    log_audit([reader], by=user, what=Reading.FUND, uuid=file.uuid, filter="landlord file")
    return _show(request, file, user)


@login_required
@require_POST
def landlord_file_confirm(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Carry out what the report proposed; pressed twice it is done once."""
    user, fund, _who = _reader(request, code)
    file = _file(fund, uuid)
    try:
        done = confirm(file=file, digest=request.POST.get("digest", ""), by=user)
    except ActionRefused as refusal:
        status = NOT_ALLOWED if isinstance(refusal, NotAllowed) else REFUSED
        return _show(request, file, user, refused=refusal.breaches, status=status)
    if done.finished_at:
        recorded = done.rows.filter(state=State.DONE).count()
        text = ngettext("%(n)s row is recorded.", "%(n)s rows are recorded.", recorded)
        messages.success(request, text % {"n": recorded})
    return redirect("grants:landlord_file", code, uuid)


@login_required
@require_safe
def landlord_file_report(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """All that is to be settled as plain text, to send to whoever keeps the books."""
    user, fund, reader = _reader(request, code)
    file = _file(fund, uuid)
    log_audit([reader], by=user, what=Reading.FUND, uuid=file.uuid, filter="landlord file, report")
    lines = [file.file_name, f"SHA-256 {file.sha256}", ""]
    lines += [_fault_line(fault) for fault in file.faults]
    lines += [
        _("line %(line)s") % {"line": row.line} + " - " + " ".join(row.sentences)
        for row in file.rows.filter(state__in=[State.FAULT, State.REFUSED])
    ]
    answer = HttpResponse("\r\n".join(lines) + "\r\n", content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rapport-{file.sha256[:8]}.txt"'
    return answer


def _fault_line(fault: Mapping[str, Any]) -> str:
    where = _("line %(line)s") % {"line": fault["line"]} + " - " if fault["line"] else ""
    return f"{where}{fault['message']} {fault['remedy']}"


def _show(
    request: HttpRequest, file: LandlordFile, user: "User", *, refused: Sequence[Breach] = (), status: int = 200
) -> HttpResponse:
    counts = _counts(file)
    tabs = [Tab(state, _tab_label(state, file), counts[state]) for state in TABS if counts[state]]
    asked = request.GET.get("rows", "")
    shown = asked if counts.get(asked) else next(iter([tab.state for tab in tabs]), "")
    page = Paginator(_rows_in(file, shown).order_by("line"), PAGE).get_page(request.GET.get("page"))
    context = {
        "fund": file.fund,
        "file": file,
        "is_notes": file.kind == Kind.CREDIT_NOTES,
        "counts": counts,
        "tabs": tabs,
        "shown": shown,
        "page": page,
        "rows": described(list(page.object_list)),
        "refused": refused,
        "missing": None if may_confirm(user, file.fund) else role_missing_in_fund((PAYER,)),
    }
    return render(request, "grants/landlord_file.html", context | _effect(file) | _progress(file), status=status)


def _counts(file: LandlordFile) -> dict[str, int]:
    """How many rows each tab has, those that nobody is shown too."""
    counts = dict.fromkeys([*State.values, UNKNOWN], 0)
    for state, unknown, n in file.rows.order_by().values_list("state", "told__unknown").annotate(n=Count("pk")):
        counts[UNKNOWN if unknown and state == State.READY else state] += n
    return counts


def _rows_in(file: LandlordFile, tab: str) -> "QuerySet[LandlordFileRow]":
    if tab == UNKNOWN:
        return file.rows.filter(state=State.READY, told__unknown=True)
    return file.rows.filter(state=tab).exclude(state=State.READY, told__has_key="unknown")


def _tab_label(tab: str, file: LandlordFile) -> str:
    if tab == UNKNOWN:
        return _("Unknown to the fund")
    return _("Credits seen") if tab == State.READY and file.kind != Kind.CREDIT_NOTES else str(State(tab).label)


def _effect(file: LandlordFile) -> dict[str, Any]:
    """What confirming would do: to the lines, the tenants and the fund; and what it would only note."""
    ready = _lines_of(file, State.READY)
    in_basis = sum(line.approved_cents or 0 for line in ready)
    position = ledger.position(file.fund_id)
    known = {(line.pk, line.voucher_ref) for line in _lines_of(file, State.KNOWN)}
    noted = BookedCredit.objects.filter(relief_line__in=[pk for pk, _ref in known])
    return {
        "ready_lines": len(ready),
        "ready_cents": total(split_of(line, line.application) for line in ready).gross_cents,
        "tenants": len({line.application.tenant_id for line in ready}),
        "position": position,
        "committed_after": position.committed_cents - in_basis,
        "credited_after": position.credited_cents + in_basis,
        "to_note": len(known - set(noted.values_list("relief_line_id", "voucher_ref"))),
    }


def _progress(file: LandlordFile) -> dict[str, bool]:
    is_open = bool(file.confirmed_at and not file.finished_at)
    return {
        "running": is_open and file.attempts < work.MOST_ATTEMPTS,
        "failed": is_open and file.attempts >= work.MOST_ATTEMPTS,
        "is_late": file.confirmed_at is not None and work.is_late(file.told_at, file.confirmed_at),
    }


def _lines_of(file: LandlordFile, state: str) -> list[ReliefLine]:
    """The relief lines of the rows in a state; of an account there are none."""
    pks = [pk for lines in file.rows.filter(state=state).values_list("lines", flat=True) for pk in lines]
    return list(ReliefLine.objects.filter(pk__in=pks).select_related("application__charter"))


@dataclass(frozen=True, slots=True)
class Described:
    """A row as its reader knows it: what the file says, and whose line it is where one was found."""

    line: int
    lease: str
    tenant: str
    month: str
    component: str
    amount: str
    voucher: str
    on: Any
    sentences: Sequence[str]


def described(rows: Sequence[LandlordFileRow]) -> list[Described]:
    """One query for all the tenants."""
    pks = {pk for row in rows for pk in row.lines}
    lines = ReliefLine.objects.filter(pk__in=pks).select_related("lease", "application__tenant").in_bulk()
    return [_described(row, [lines[pk] for pk in row.lines if pk in lines]) for row in rows]


def _described(row: LandlordFileRow, lines: Sequence[ReliefLine]) -> Described:
    told = row.told
    cents = next((told[name] for name in ("gross", "amount", "cents", "net") if name in told), None)
    months = sorted({f"{line.month:%m/%Y}" for line in lines})
    return Described(
        line=row.line,
        lease=lines[0].lease.reference if lines else str(told.get("lease", "")),
        tenant=str(lines[0].application.tenant) if lines else "",
        month=", ".join(months) or _month(told.get("start", "")),
        component=", ".join(sorted({str(line.get_component_display()) for line in lines})),
        amount="" if cents is None else euros(cents),
        voucher=str(told.get("ref", "")),
        on=_day(told.get("on", "")),
        sentences=row.sentences,
    )


def _month(text: str) -> str:
    return f"{text[5:7]}/{text[:4]}" if text else ""


def _day(text: str) -> str:
    return f"{text[8:]}/{text[5:7]}/{text[:4]}" if text else ""


def _reader(request: HttpRequest, code: str) -> "tuple[User, Fund, Reader]":
    """The person and the fund whose landlord's books are theirs to read; for others there is no such page."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    reader = reader_of(user, fund.pk)
    if not reader.reads(Visibility.LANDLORD):
        raise Http404
    return user, fund, reader


def _files(fund: Fund) -> QuerySet[LandlordFile]:
    """The last one first."""
    return LandlordFile.objects.filter(fund=fund).select_related("by", "confirmed_by", "fund__landlord").order_by("-pk")


def _file(fund: Fund, uuid: UUID) -> LandlordFile:
    return get_object_or_404(_files(fund), uuid=uuid)
