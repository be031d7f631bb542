"""The landlord's books beside the fund: hand in posted credit notes and account extracts, read what they would do.

Payers hand in and confirm; the landlord's people and auditors read.
"""

from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from grants import queries
from grants.actions.confirmations import hand_in, may_confirm
from grants.actions.reading import log_audit
from grants.enums import Reading, Visibility
from grants.exceptions import ActionRefused
from grants.models import Fund, LandlordFile, LandlordFileRow
from grants.permissions import role_missing_in_fund
from grants.reconciling.amounts import total
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
    user, fund, reader = reader_in(request, code)
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
        "due_ready": sum(not one.against for one in due),
        "due_cents": total(one.amount for one in due).gross_cents,
        "found": found,
        "vouchers": Paginator(worst_first(found), PAGE).get_page(request.GET.get("page")),
        "theirs": found.theirs[:THEIRS_SHOWN],
        "ageing": found.ageing(timezone.localdate()),
        "files": files_of(fund)[:PAST_FILES],
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


def reader_in(request: HttpRequest, code: str) -> "tuple[User, Fund, Reader]":
    """The person and the fund whose landlord's books are theirs to read; for others there is no such page."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    reader = reader_of(user, fund.pk)
    if not reader.reads(Visibility.LANDLORD):
        raise Http404
    return user, fund, reader


def files_of(fund: Fund) -> QuerySet[LandlordFile]:
    """The last one first."""
    return LandlordFile.objects.filter(fund=fund).select_related("by", "confirmed_by", "fund__landlord").order_by("-pk")


def file_of(fund: Fund, uuid: UUID) -> LandlordFile:
    return get_object_or_404(files_of(fund), uuid=uuid)
