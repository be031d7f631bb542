"""A file of the landlord's books: what it would do, row by row; a payer confirms it, or who handed it in removes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grants import ledger
from grants.actions import work
from grants.actions.confirmations import confirm, may_confirm, take_back, take_back_breaches
from grants.actions.reading import log_audit
from grants.enums import Reading
from grants.exceptions import ActionRefused, Breach, NotAllowed
from grants.models import BookedCredit, LandlordFile, LandlordFileRow, ReliefLine
from grants.money import euros
from grants.permissions import role_missing_in_fund
from grants.reconciling.amounts import split_of, total
from grants.views.reconciliation import PAGE, REFUSED, file_of, reader_in
from grants.workflow import PAYER
from landlords.models import Lease

if TYPE_CHECKING:
    from fundadmin.models import User

NOT_ALLOWED = 403
REMOVED: Final = "landlord_files_removed"
"""In the session: what was taken back a moment ago, for whoever pressed twice."""
Kind = LandlordFile.Kind
State = LandlordFileRow.State


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
    user, fund, reader = reader_in(request, code)
    file = file_of(fund, uuid)
    log_audit([reader], by=user, what=Reading.FUND, uuid=file.uuid, filter="landlord file")
    return _show(request, file, user)


@login_required
@require_POST
def landlord_file_confirm(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Carry out what the report proposed; pressed twice it is done once."""
    user, fund, _who = reader_in(request, code)
    file = file_of(fund, uuid)
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
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def landlord_file_remove(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Take back a file that nobody confirmed: asked once more, then done; pressed twice it is gone all the same."""
    user, fund, _who = reader_in(request, code)
    if request.method == "POST" and str(uuid) in request.session.get(REMOVED, []):
        return redirect("grants:reconciliation", code)
    file = file_of(fund, uuid)
    refused, status = take_back_breaches(file, user), 200
    if request.method == "POST":
        try:
            take_back(file=file, by=user)
        except ActionRefused as refusal:
            refused = list(refusal.breaches)
            status = NOT_ALLOWED if isinstance(refusal, NotAllowed) else REFUSED
        else:
            request.session[REMOVED] = [*request.session.get(REMOVED, []), str(uuid)][-PAGE:]
            messages.success(
                request, _("“%(name)s” is removed. Nothing of it was recorded.") % {"name": file.file_name}
            )
            return redirect("grants:reconciliation", code)
    context = {"fund": fund, "file": file, "refused": refused, "rows": file.rows.count()}
    return render(request, "grants/landlord_file_remove.html", context, status=status)


@login_required
@require_safe
def landlord_file_report(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """All that is to be settled as plain text, to send to whoever keeps the books."""
    user, fund, reader = reader_in(request, code)
    file = file_of(fund, uuid)
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
        "may_remove": not take_back_breaches(file, user),
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
    """Whether the worker is to read it or to carry it out, has given up, or hasn't begun where it should have."""
    asked_at = file.at if file.read_at is None else file.confirmed_at
    is_open = bool(asked_at and not file.finished_at)
    return {
        "running": is_open and file.attempts < work.MOST_ATTEMPTS,
        "failed": is_open and file.attempts >= work.MOST_ATTEMPTS,
        "is_late": asked_at is not None and work.is_late(file.told_at, asked_at),
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
    """One query for the tenants of all the lines, one for those of the leases of an account."""
    pks = {pk for row in rows for pk in row.lines}
    lines = ReliefLine.objects.filter(pk__in=pks).select_related("lease", "application__tenant").in_bulk()
    on_account = {row.told["lease_id"] for row in rows if "lease_id" in row.told}
    leases = Lease.objects.filter(pk__in=on_account).select_related("tenant").in_bulk()
    return [
        _described(row, [lines[pk] for pk in row.lines if pk in lines], leases.get(row.told.get("lease_id")))
        for row in rows
    ]


def _described(row: LandlordFileRow, lines: Sequence[ReliefLine], lease: Lease | None) -> Described:
    """Of a line of the fund the tenant is its application's; of an account, who has the lease."""
    told = row.told
    if lines:
        reference, tenant = lines[0].lease.reference, str(lines[0].application.tenant)
    else:
        reference, tenant = (lease.reference, str(lease.tenant)) if lease else (str(told.get("lease", "")), "")
    cents = next((told[name] for name in ("gross", "amount", "cents", "net") if name in told), None)
    months = sorted({f"{line.month:%m/%Y}" for line in lines})
    return Described(
        line=row.line,
        lease=reference,
        tenant=tenant,
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
