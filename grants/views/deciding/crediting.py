"""Record credits: one file's lines by one voucher, or a batch whose numbers are typed or pasted from a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import queries
from grants.actions.available import Situation, situations_of
from grants.actions.bulk import Row as Asked
from grants.actions.bulk import preflight
from grants.actions.crediting import credit
from grants.actions.rehearsing import Rehearsal, Take
from grants.crediting_rules import REFERENCE_LIMIT
from grants.enums import Action, LineState, ReliefForm, Role, State
from grants.exceptions import ActionRefused, Breach
from grants.forms import DayInput
from grants.models import Application
from grants.money import euros
from grants.views.deciding.bulk import show_preflight
from grants.views.deciding.choosing import Choice, choose, fund_asked, funds_of_role
from grants.views.deciding.files import months_of, refusals_of
from grants.views.deciding.flow import REFUSED, Confirmation, Step, answer
from grants.views.deciding.forms import CreditForm
from grants.views.deciding.opening import open_file
from landlords.billing import Cutoff, cutoff_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def credit_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The approved lines of a file; those ticked are credited by one voucher."""
    user = cast("User", request.user)
    application, reader = open_file(user, uuid)
    months = months_of(application, reader)
    choices = [month.line for month in months if month.line.state == LineState.APPROVED]

    def show(form: CreditForm, status: int = 200) -> HttpResponse:
        context = {
            "application": application,
            "form": form,
            "months": months,
            "cutoff": cutoff_of(application.fund.landlord, timezone.localdate()),
            "refused": refusals_of(application, user, Action.CREDIT)[Action.CREDIT],
        }
        return render(request, "grants/deciding/credit.html", context, status=status)

    if request.method != "POST":
        return show(CreditForm(application=application, choices=choices))
    step = Step(
        application=application,
        take=lambda form: voucher(form, user),
        show=show,
        confirmation=confirmation,
        done=lambda done: credited(request, done, user),
    )
    return answer(request, CreditForm(request.POST, application=application, choices=choices), step)


def voucher(form: CreditForm, by: User) -> Take:
    file, lines, piece = form.asked_of(), form.cleaned_data["lines"], form.voucher()
    return lambda key: credit(application=file, lines=lines, voucher=piece, by=by, key=key)


def confirmation(rehearsal: Rehearsal, form: CreditForm) -> Confirmation:
    piece, lines = form.voucher(), len(form.cleaned_data["lines"])
    cents = sum(rehearsal.moved_cents.values())
    about = {"amount": euros(cents), "tenant": form.application.tenant}
    return Confirmation(
        title=_("Record a credit of %(amount)s for %(tenant)s?") % about,
        button=_("Record the credit"),
        amount_cents=cents,
        amount_label=_("Credited on the tenant's rent account"),
        sentences=[
            ngettext(
                "%(n)s line by the voucher %(ref)s (%(form)s).", "%(n)s lines by the voucher %(ref)s (%(form)s).", lines
            )
            % {"n": lines, "ref": piece.ref, "form": piece.form.label}
        ],
    )


def credited(request: HttpRequest, done: Application, by: User) -> HttpResponse:
    """On to the next file to credit; the file itself where some of its lines are left."""
    messages.success(request, _("The credit of %(reference)s is recorded.") % {"reference": done.reference})
    if done.state == State.APPROVED:
        return redirect("grants:credit", done.uuid)
    following = to_credit(by, done.fund_id).first()
    return redirect("grants:crediting") if following is None else redirect("grants:credit", following.uuid)


def to_credit(user: User, *fund_ids: int) -> QuerySet[Application]:
    """The files with approved lines, in the order in which the landlord's billing wants them: the oldest first."""
    files = queries.files_open_to(user).filter(fund__in=fund_ids, state=State.APPROVED)
    return files.order_by(*ORDER)


ORDER: Final = ("decided_on", "rank")
"""What was approved first is the nearest to missing the landlord's next rent calls."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file to credit: what is left to credit, the number typed for it, and what is wrong with either."""

    application: Application
    cents: int
    lines: int
    leases: Sequence[str]
    is_late: bool
    breaches: Sequence[Breach]
    number: str
    faults: Sequence[str]


class BatchForm(forms.Form):
    """What is common to the vouchers of a batch, and the column they are pasted from."""

    form = forms.ChoiceField(label=gettext_lazy("Form of the relief"), choices=ReliefForm.choices)
    dated = forms.DateField(label=gettext_lazy("Date of the vouchers"), widget=DayInput())
    column = forms.CharField(
        label=gettext_lazy("Numbers copied from a spreadsheet column"),
        help_text=gettext_lazy(
            "One number per line, in the order of the list; or two columns, the application's reference and the number."
        ),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


SHARED: Final = gettext_lazy("The number “%(number)s” is given to several businesses: a voucher is for one tenant.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """The files to credit, by the landlord's cut-off day; a POST checks the numbers and shows what they would do."""
    user = cast("User", request.user)
    funds = funds_of_role(user, Role.PAYER)
    fund = fund_asked(request, funds, to_credit(user, *(fund.pk for fund in funds)))
    if fund is None:
        return render(request, "grants/deciding/crediting.html", {"funds": funds, "fund": None})
    choice = choose(request, to_credit(user, fund.pk), order=ORDER)
    cutoff = cutoff_of(fund.landlord, timezone.localdate())

    def show(form: BatchForm, numbers: Numbers, status: int = 200) -> HttpResponse:
        rows = rows_of(choice, user, numbers, cutoff)
        context: dict[str, Any] = {"funds": funds, "fund": fund, "choice": choice, "form": form, "rows": rows}
        context |= {"cutoff": cutoff, "total_cents": sum(row.cents for row in rows)}
        return render(request, "grants/deciding/crediting.html", context, status=status)

    if request.method != "POST":
        return show(BatchForm(initial={"dated": timezone.localdate()}), Numbers({}, {}))
    form = BatchForm(request.POST)
    numbers = numbers_in(request, form, choice.page)
    if not form.is_valid() or numbers.faults:
        return show(form, numbers, REFUSED)
    common = {"voucher": {"form": form.cleaned_data["form"], "on": form.cleaned_data["dated"].isoformat()}}
    rows = [Asked(pk, {"voucher": {"ref": number}}) for pk, number in numbers.given.items()]
    try:
        told = preflight(action=Action.CREDIT, rows=rows, common=common, by=user)
    except ActionRefused as refusal:
        for breach in refusal.breaches:
            form.add_error(None, str(breach))
        return show(form, numbers, REFUSED)
    if told.blocked:
        # Nothing half done: every fault at its line, and nothing to confirm before all is mended.
        faults = {row.application_id: [str(breach) for breach in row.breaches] for row in told.rows if row.breaches}
        form.add_error(None, some_faults(len(faults)))
        return show(form, Numbers(numbers.given, faults), REFUSED)
    return show_preflight(request, told)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers given, by file, and what is wrong with them."""

    given: Mapping[int, str]
    faults: Mapping[int, Sequence[str]]


def numbers_in(request: HttpRequest, form: BatchForm, files: Sequence[Application]) -> Numbers:
    """The numbers typed, and those pasted: they fill the list from its top, or by reference. Faults go to the form."""
    given = {file.pk: request.POST.get(f"number_{file.pk}", "").strip() for file in files}
    column = request.POST.get("column", "").strip("\r\n")
    if column.strip():
        as_read = request.POST.getlist("shown") == [str(file.pk) for file in files]
        fill_from(column, form, files, given, as_read=as_read)
    given = {pk: number for pk, number in given.items() if number}
    tenants: dict[str, set[int]] = {}
    for file in files:
        if file.pk in given:
            tenants.setdefault(given[file.pk], set()).add(file.tenant_id)
    faults = {}
    for pk, number in given.items():
        if len(tenants[number]) > 1:
            faults[pk] = [str(SHARED) % {"number": number}]
        elif len(number) > REFERENCE_LIMIT:
            faults[pk] = [_("At most %(limit)s characters.") % {"limit": REFERENCE_LIMIT}]
    if faults:
        form.add_error(None, some_faults(len(faults)))
    elif not given and form.is_valid():
        form.add_error(None, _("Type or paste at least one number."))
    return Numbers(given, faults)


def some_faults(n: int) -> str:
    text = ngettext(
        "%(n)s line has a fault: nothing is recorded before it is mended.",
        "%(n)s lines have a fault: nothing is recorded before they are mended.",
        n,
    )
    return text % {"n": n}


def fill_from(
    column: str, form: BatchForm, files: Sequence[Application], given: dict[int, str], *, as_read: bool
) -> None:
    """Read the pasted lines into `given`. A number already typed for a file is not written over by an empty cell.

    `as_read`: the list is the one that the person had before their eyes; numbers alone are in its order.
    """
    pasted = [line.split("\t") for line in column.replace("\r\n", "\n").split("\n")]
    if any(len(cells) > 1 for cells in pasted):
        by_reference = {file.reference.lower(): file for file in files}
        for n, cells in enumerate(pasted, 1):
            reference, number = cells[0].strip(), cells[-1].strip()
            file = by_reference.get(reference.lower())
            if file is not None and number:
                given[file.pk] = number
            elif reference or number:
                params = {"n": n, "reference": reference}
                form.add_error(
                    "column", _("Line %(n)s: “%(reference)s” is not in the list, or has no number.") % params
                )
        return
    if not as_read:
        text = _("The list has changed since it was shown: nothing was filled in. Compare it, then send again.")
        form.add_error("column", text)
        return
    numbers = [cells[0].strip() for cells in pasted]
    if len(numbers) > len(files):
        params = {"numbers": len(numbers), "files": len(files)}
        text = _("%(numbers)s lines are pasted for %(files)s applications in the list: nothing was filled in.")
        form.add_error("column", text % params)
        return
    given.update({file.pk: number for file, number in zip(files, numbers, strict=False) if number})


def rows_of(choice: Choice, user: User, numbers: Numbers, cutoff: Cutoff | None) -> list[Row]:
    found = {now.application.pk: now for now in situations_of(choice.page, user, timezone.localdate())}
    return [row_of(file, found[file.pk], numbers, cutoff) for file in choice.page]


def row_of(file: Application, now: Situation, numbers: Numbers, cutoff: Cutoff | None) -> Row:
    lines = now.lines_in(LineState.APPROVED)
    return Row(
        application=file,
        cents=sum(line.approved_cents or 0 for line in lines),
        lines=len(lines),
        leases=sorted({line.lease.reference for line in lines}),
        is_late=bool(cutoff and file.decided_on and file.decided_on <= cutoff.last),
        breaches=now.breaches(Action.CREDIT),
        number=numbers.given.get(file.pk, ""),
        faults=numbers.faults.get(file.pk, []),
    )
