"""What is kept and erased: suspended erasures, the public archives, elimination lists. For managers of either side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.holds import ask_archives, hold, lift_hold, record_archives_visa
from grants.actions.reading import log_read
from grants.enums import Reading
from grants.exceptions import ActionRefused
from grants.exports.elimination import as_csv, as_text, written
from grants.forms import KeyedForm, StepForm
from grants.models import EliminationList, Fund, LegalHold
from grants.permissions import holds, memberships
from grants.retention import FILE_RULES
from grants.views.retention_forms import HoldForm, VisaForm, new_key
from grants.workflow import CHAMBER_MANAGER, MANAGER

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSED: Final = 422
WRITTEN: Final = {"csv": (as_csv, "text/csv; charset=utf-8"), "txt": (as_text, "text/plain; charset=utf-8")}


@login_required
@require_safe
def retention(request: HttpRequest, code: str) -> HttpResponse:
    """What keeps files from being erased, what waits for a visa, and how long what is kept."""
    user, fund = managed(request, code)
    rows = fund.holds.select_related("application__tenant", "set_by", "lifted_by").order_by("-pk")
    living = [held for held in rows if held.lifted_on is None]
    context = {
        "fund": fund,
        "holds": living,
        "lifted": [held for held in rows if held.lifted_on is not None],
        "whole_fund": any(held.application_id is None for held in living),
        "lists": fund.elimination_lists.select_related("visa_by").order_by("-pk"),
        "rules": FILE_RULES.values(),
        "gives_copies": holds(memberships(user, fund.pk, timezone.localdate()), [CHAMBER_MANAGER]),
    }
    return render(request, "grants/retention.html", context)


def managed(request: HttpRequest, code: str) -> tuple[User, Fund]:
    """A fund and its manager; for others there are no such pages."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user).select_related("landlord"), code=code)
    if not holds(memberships(user, fund.pk, timezone.localdate()), [MANAGER]):
        raise Http404
    return user, fund


@dataclass(frozen=True, slots=True)
class Asked:
    """One step on a page of its own: what it does, what to know before, and what is said once it is done."""

    title: str
    sentences: "Sequence[str]"
    button: str
    act: Callable[[Any], object]
    done: str
    is_dangerous: bool = False
    goes: "Sequence[str]" = ()
    """What can't be had back, line by line."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a file, or all of the fund, from being erased."""
    user, fund = managed(request, code)
    form = HoldForm(request.POST or None, fund=fund, initial=new_key() | {"reference": request.GET.get("dossier", "")})
    asked = Asked(
        title=_("Suspend the erasure"),
        sentences=[
            _("As long as an audit or a dispute needs them, nothing of these files is erased, whatever their age."),
            _("While any suspension lives, the logs of sign-ins and of reads are kept too."),
        ],
        button=_("Suspend the erasure"),
        act=lambda given: hold(
            fund=fund, application=form.application, reason=given["reason"], by=user, key=given["key"]
        ),
        done=_("The erasure is suspended."),
    )
    return answer(request, fund, form, asked)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Let the erasure go on."""
    user, fund = managed(request, code)
    held = get_object_or_404(LegalHold.objects.select_related("application"), pk=pk, fund=fund)
    about = held.application.reference if held.application else _("the whole fund")
    asked = Asked(
        title=_("Resume the erasure of %(what)s") % {"what": about},
        sentences=[
            _("Suspended since %(on)s: %(reason)s") % {"on": f"{held.set_on:%d/%m/%Y}", "reason": held.reason},
            _("What is past its time is erased the next night, and can't be had back."),
        ],
        button=_("Resume the erasure"),
        act=lambda given: lift_hold(held=held, by=user, key=given["key"]),
        done=_("The erasure goes on."),
        is_dangerous=True,
    )
    return answer(request, fund, StepForm(request.POST or None, initial=new_key()), asked)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def archives(request: HttpRequest, code: str) -> HttpResponse:
    """Say whether the public archives sign what is to be erased, or no longer do."""
    user, fund = managed(request, code)
    wanted = not fund.archives_visa
    asked = Asked(
        title=_("Ask for the public archives' visa") if wanted else _("No longer ask for the public archives' visa"),
        sentences=[
            _("From then on, filed applications past their time are put on a list, and erased once it is signed.")
            if wanted
            else _("From then on, filed applications past their time are erased without a visa, the next night.")
        ],
        button=_("Ask for the visa") if wanted else _("No longer ask for it"),
        act=lambda given: ask_archives(fund=fund, wanted=wanted, by=user, key=given["key"]),
        done=_("Recorded: the public archives' visa is asked for.")
        if wanted
        else _("Recorded: the public archives' visa is not asked for any more."),
        is_dangerous=not wanted,
    )
    return answer(request, fund, StepForm(request.POST or None, initial=new_key()), asked)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visa(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record that the public archives signed a list."""
    user, fund = managed(request, code)
    listed = get_object_or_404(EliminationList, pk=pk, fund=fund)
    asked = Asked(
        title=_("Record the visa on elimination list no. %(number)s") % {"number": listed.pk},
        sentences=[
            ngettext(
                "The file on this list is erased the next night, with its documents, and can't be had back.",
                "The %(n)s files on this list are erased the next night, with their documents, and can't be had back.",
                len(listed.rows),
            )
            % {"n": len(listed.rows)},
            _("Compare what follows with the list that the public archives signed before you record their visa."),
        ],
        button=_("Record the visa"),
        act=lambda given: record_archives_visa(listed=listed, reference=given["reference"], by=user, key=given["key"]),
        done=_("The visa is recorded: what is on the list is erased the next night."),
        is_dangerous=True,
        goes=[line_of(row) for row in listed.rows],
    )
    return answer(request, fund, VisaForm(request.POST or None, initial=new_key()), asked)


def line_of(row: dict[str, Any]) -> str:
    """A file on an elimination list, as the signed paper names it."""
    closed = written(row["closed_on"])
    return ngettext(
        "%(file)s, closed on %(day)s, %(n)s document",
        "%(file)s, closed on %(day)s, %(n)s documents",
        row["documents"],
    ) % {"file": row["reference"], "day": closed, "n": row["documents"]}


def answer(request: HttpRequest, fund: Fund, form: KeyedForm, asked: Asked) -> HttpResponse:
    """The page that asks, or what came of it."""
    if request.method == "POST" and form.is_valid():
        try:
            asked.act(form.cleaned_data)
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, asked.done)
            return redirect("grants:retention", fund.code)
    context = {"fund": fund, "form": form, "asked": asked}
    return render(request, "grants/retention_step.html", context, status=REFUSED if form.errors else 200)


@login_required
@require_safe
def elimination_list(request: HttpRequest, code: str, pk: int, kind: str) -> HttpResponse:
    """A list to be signed, to print or for a spreadsheet."""
    user, fund = managed(request, code)
    listed = get_object_or_404(EliminationList.objects.select_related("fund__landlord"), pk=pk, fund=fund)
    if kind not in WRITTEN:
        raise Http404
    log_read(by=user, fund=fund, what=Reading.EXPORT, filter=f"elimination_list {listed.pk} {kind}")
    write, media_type = WRITTEN[kind]
    written = HttpResponse(write(listed), content_type=media_type)
    written["Content-Disposition"] = f'attachment; filename="bordereau-elimination-{listed.pk}.{kind}"'
    return written
