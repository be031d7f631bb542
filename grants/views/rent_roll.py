"""A landlord's rent roll through the site: hand a file in, correct its columns, read the report, import it.

For the fund's landlord managers. The file that is imported is the one that was checked, whole or not at all.
"""

from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grants import queries
from grants.actions import work
from grants.actions.rent_roll_work import may_import
from grants.actions.rent_rolls import check_roll, import_roll, map_roll
from grants.exceptions import ActionRefused
from grants.models import Fund, RentRollCheck
from grants.views.rent_roll_forms import ColumnsForm, RollForm
from landlords.models import RentRollImport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fundadmin.models import User

REFUSED: Final = 422
SHOWN: Final = 100
"""So many findings of a kind stand on the page; the text file has them all."""
PAST_IMPORTS: Final = 50
"""Work that has not begun after so long waits for a worker, and the page says so."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rent_roll(request: HttpRequest, code: str) -> HttpResponse:
    """Hand a file in; under it, what was imported before."""
    user, fund = _importer(request, code)
    form = RollForm(request.POST or None, request.FILES or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            roll = form.roll()
            check = check_roll(fund=fund, roll=roll, by=user, key=form.key_for(roll.sha256, roll.months))
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("grants:rent_roll_check", code, check.uuid)
    imports = RentRollImport.objects.filter(landlord=fund.landlord).select_related("user")[:PAST_IMPORTS]
    context = {"fund": fund, "form": form, "imports": imports, "waiting": _waiting(fund)}
    return render(request, "grants/rent_roll.html", context, status=REFUSED if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rent_roll_check(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What the import of a file would do; correcting what its columns hold checks it again."""
    user, fund = _importer(request, code)
    check = _check(fund, uuid)
    if check.work:
        return _show_work(request, check)
    if "HX-Request" in request.headers and request.method != "POST":
        return HttpResponse(headers={"HX-Refresh": "true"})  # It is done: the whole page has news.
    form = ColumnsForm(request.POST or None, check=check)
    if request.method == "POST" and form.is_valid():
        try:
            map_roll(check=check, facts=form.facts(), months=form.months(), by=user)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("grants:rent_roll_check", code, uuid)
    return _show(request, check, form)


@login_required
@require_POST
def rent_roll_import(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Import the file whose report was read; what has changed since may refuse it, and then nothing was written."""
    user, fund = _importer(request, code)
    check = _check(fund, uuid)
    try:
        done = import_roll(check=check, digest=request.POST.get("digest", ""), by=user)
    except ActionRefused as refusal:
        if check.work:
            messages.error(request, str(refusal))
            return redirect("grants:rent_roll_check", code, uuid)
        return _show(request, check, ColumnsForm(check=check), refused=[str(breach) for breach in refusal.breaches])
    if done.work:
        messages.success(request, _("The import is asked for: it begins as soon as a worker is free."))
    elif done.imported_id is not None:
        messages.success(request, _("The rent roll is imported."))
    else:
        messages.error(request, _("Something changed since the check: nothing was written. Read the report again."))
    return redirect("grants:rent_roll_check", code, uuid)


@login_required
@require_safe
def rent_roll_report(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """Every finding as plain text, to send to whoever keeps the file."""
    _user, fund = _importer(request, code)
    check = _check(fund, uuid)
    lines = [check.file_name, f"SHA-256 {check.sha256}", ""]
    for title, kind in ((_("Errors"), "errors"), (_("Warnings"), "warnings")):
        found = check.report.get(kind, [])
        lines += [f"{title} ({len(found)})", *(_as_line(finding) for finding in found), ""]
    answer = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rapport-{check.sha256[:8]}.txt"'
    return answer


def _as_line(finding: "Mapping[str, Any]") -> str:
    where = [_("line %(line)s") % {"line": finding["line"]}] if finding["line"] else []
    where += [text for text in (finding["column"], finding["value"] and f"“{finding['value']}”") if text]
    sentence = f"{finding['message']} {finding['remedy']}"
    return f"{', '.join(where)} - {sentence}" if where else sentence


def _importer(request: HttpRequest, code: str) -> "tuple[User, Fund]":
    """The person and the fund whose landlord's rent roll is theirs to import; for others there is no such page."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    if not may_import(user, fund):
        raise Http404
    return user, fund


def _check(fund: Fund, uuid: UUID) -> RentRollCheck:
    rows = RentRollCheck.objects.select_related("by", "fund__landlord", "imported").defer("content")
    return get_object_or_404(rows, fund=fund, uuid=uuid)


def _waiting(fund: Fund) -> "Sequence[RentRollCheck]":
    """The files that were checked and not imported."""
    rows = RentRollCheck.objects.filter(fund=fund, imported__isnull=True).select_related("by").order_by("-pk")
    return list(rows.defer("content", "columns", "report")[:PAST_IMPORTS])


def _show_work(request: HttpRequest, check: RentRollCheck) -> HttpResponse:
    """How far the worker is; it refreshes itself."""
    asked_at = check.asked_at or check.at
    context = {
        "fund": check.fund,
        "check": check,
        "imports": check.work == RentRollCheck.Work.IMPORT,
        "is_late": work.is_late(check.told_at, asked_at),
        "has_failed": check.attempts >= work.MOST_ATTEMPTS,
    }
    part = "HX-Request" in request.headers
    return render(request, f"grants/{'_' if part else ''}rent_roll_work.html", context)


def _show(request: HttpRequest, check: RentRollCheck, form: ColumnsForm, refused: "Sequence[str]" = ()) -> HttpResponse:
    report = check.report
    errors, warnings = report.get("errors", []), report.get("warnings", [])
    hidden = report.get("not_shown", {})
    context = {
        "fund": check.fund,
        "check": check,
        "form": form,
        "report": report,
        "errors": errors[:SHOWN],
        "error_count": len(errors) + hidden.get("errors", 0),
        "warnings": warnings[:SHOWN],
        "warning_count": len(warnings) + hidden.get("warnings", 0),
        "more": len(errors) > SHOWN or len(warnings) > SHOWN,
        "rows": [(_table(name), counts) for name, counts in report.get("rows", {}).items()],
        "absent": report.get("absent_leases", []),
        "refused": refused or list(filter(None, [check.refused])),
    }
    return render(request, "grants/rent_roll_check.html", context, status=REFUSED if form.errors or refused else 200)


def _table(name: str) -> str:
    names = {
        "premises": _("Premises"),
        "tenantbusiness": _("Tenant businesses"),
        "lease": _("Leases"),
        "contact": _("Contacts"),
        "rentcall": _("Rent calls"),
    }
    return names.get(name, name)
