"""A sample and its working papers: what was drawn, each sheet with its finding, the sign-off, the papers to keep."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants.actions.reading import log_audit, log_read
from grants.actions.sampling import abandon_sample, closed_breaches, record_finding, sign_sample, signing_breaches
from grants.control import words
from grants.control.results import projection_of, redrawn
from grants.enums import Reading, Role
from grants.exceptions import ActionRefused
from grants.exports.kinds import MEDIA_TYPES
from grants.exports.working_papers import as_xlsx
from grants.forms import KeyedForm
from grants.letters.working_papers import as_pdf
from grants.models import Sample, SampleItem
from grants.views.control.sample_forms import AbandonForm, FindingForm, SignForm
from grants.views.control.working import items_of, leaves, sample_for, working_papers
from grants.visibility import Reader, reader_of, visible_note

REFUSED: Final = 422


@login_required
@require_safe
def sample(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How it was drawn, how far it is, what it says."""
    user, shown, reader = opened(request, uuid)
    log_audit([reader], by=user, what=Reading.FUND, uuid=shown.fund.uuid, filter=f"sample {shown.number}")
    items = list(items_of(shown))
    left = [item.position for item in items if not item.outcome]
    found = projection_of(shown, items)
    context = {
        **place(shown, reader),
        "items": [(item, visible_note(item, shown, reader)) for item in items],
        "strata": [
            (words.stratum_words(stratum), one) for stratum, one in zip(shown.strata, found.strata, strict=True)
        ],
        "left": left,
        "found": found,
        "result": words.result_sentence(found),
        "formula": words.formula(),
        "limits": list(words.limits(found)),
        "again": (again := redrawn(shown, items)),
        "redraw": words.redraw_sentence(again),
        "how": list(words.how_drawn(shown)),
        "of": words.population_words(shown),
        "closing": words.closing_words(shown),
        "breaches": signing_breaches(shown) if shown.is_open else [],
    }
    return render(request, "grants/control/sample.html", context)


def opened(request: HttpRequest, uuid: UUID, *, auditors: bool = False) -> tuple[User, Sample, Reader]:
    """Raises Http404 for a sample that isn't this person's to read; with `auditors`, for a manager too."""
    user = cast("User", request.user)
    found = sample_for(user, uuid)
    reader = reader_of(user, found.fund_id)
    if auditors and not audits(found, reader):
        raise Http404
    return user, found, reader


def audits(shown: Sample, reader: Reader) -> bool:
    return Role.AUDITOR in reader.roles and shown.side in reader.sides


def place(shown: Sample, reader: Reader) -> dict[str, Any]:
    """What every page of a sample says first."""
    return {
        "fund": shown.fund,
        "sample": shown,
        "oversees": True,
        "audits": audits(shown, reader),
        "title": words.title_of(shown),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    """One file with all that its auditor may read of it, and the finding typed back."""
    user, of, reader = opened(request, uuid, auditors=True)
    item = get_object_or_404(items_of(of), position=position)
    log_audit([reader], by=user, what=Reading.APPLICATION, uuid=item.application.uuid, filter=f"sample {of.number}")
    form = FindingForm(request.POST or None, initial=found_before(item), most_cents=item.cents)
    if request.method == "POST" and form.is_valid() and typed(form, item, user):
        following = next_open(of, position)
        if following is None:
            messages.success(request, _("Every sheet has a finding: the sample can be signed off."))
            return redirect("grants:sample", of.uuid)
        messages.success(request, _("The finding of sheet %(number)s is kept.") % {"number": position})
        return redirect("grants:sample_sheet", of.uuid, following)
    (leaf,) = leaves(of, [item], user, reader)
    context = {
        **place(of, reader),
        "leaf": leaf,
        "form": form,
        "closed": closed_breaches(of),
        "stratum": words.stratum_words(of.strata[item.stratum]),
        "before": position - 1 if position > 1 else None,
        "after": position + 1 if position < of.item_count else None,
    }
    return render(request, "grants/control/sheet.html", context, status=REFUSED if request.method == "POST" else 200)


def found_before(item: SampleItem) -> dict[str, Any]:
    """What the form shows first: the finding that there is."""
    return {
        "key": str(uuid4()),
        "seen": item.found_at.isoformat() if item.found_at else "",
        "outcome": item.outcome,
        "at_risk": euros_typed(item.at_risk_cents),
        "note": item.note,
    }


def euros_typed(cents: int) -> str:
    """Cents as somebody types euros: `1234,50`; nothing for none."""
    return f"{cents // 100},{cents % 100:02d}" if cents else ""


def typed(form: FindingForm, item: SampleItem, by: User) -> bool:
    """Keep the finding, or show in the form why not."""
    try:
        record_finding(item=item, seen=moment(form.cleaned_data["seen"]), by=by, **form.asked())
    except ActionRefused as refusal:
        form.refuse(refusal)
        return False
    return True


def moment(text: str) -> datetime | None:
    """When the finding was typed that the form was made of; anything unreadable is no moment that there was."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def next_open(of: Sample, position: int) -> int | None:
    """The next sheet without a finding: after this one, or from the beginning."""
    left = list(SampleItem.objects.filter(sample=of, outcome="").values_list("position", flat=True))
    return min((number for number in left if number > position), default=min(left, default=None))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Sign off: what it found once more, the conclusion, and a button that freezes it."""
    user, of, reader = opened(request, uuid, auditors=True)
    form = SignForm(request.POST or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        keep = lambda: sign_sample(sample=of, conclusion=form.cleaned_data["conclusion"], by=user)  # noqa: E731
        if closed(form, keep):
            messages.success(request, _("The sample is signed off: nothing in it changes any more."))
            return redirect("grants:sample", of.uuid)
    found = projection_of(of, items_of(of))
    context = {
        **place(of, reader),
        "form": form,
        "found": found,
        "result": words.result_sentence(found),
        "breaches": signing_breaches(of),
    }
    return render(request, "grants/control/sign.html", context, status=REFUSED if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def abandon(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a sample up, with a reason."""
    user, of, reader = opened(request, uuid, auditors=True)
    form = AbandonForm(request.POST or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        keep = lambda: abandon_sample(sample=of, reason=form.cleaned_data["reason"], by=user)  # noqa: E731
        if closed(form, keep):
            messages.success(request, _("The sample is given up. It stays in the list, with the reason."))
            return redirect("grants:samples", of.fund.code)
    context = {**place(of, reader), "form": form, "breaches": closed_breaches(of)}
    return render(request, "grants/control/abandon.html", context, status=REFUSED if request.method == "POST" else 200)


def closed(form: KeyedForm, keep: Callable[[], Sample]) -> bool:
    try:
        keep()
    except ActionRefused as refusal:
        form.refuse(refusal)
        return False
    return True


@login_required
@require_safe
def papers_pdf(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The working papers to file: a cover, then a sheet per file."""
    return papers(request, uuid, ".pdf", as_pdf)


@login_required
@require_safe
def papers_xlsx(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The same as a workbook, with the whole population, so that the draw can be done again."""

    def made(found: Any) -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder, "papers.xlsx")
            as_xlsx(found, path)
            return path.read_bytes()

    return papers(request, uuid, ".xlsx", made)


def papers(request: HttpRequest, uuid: UUID, suffix: str, write: Callable[[Any], bytes]) -> HttpResponse:
    """The read is logged first, as every export."""
    user, of, reader = opened(request, uuid, auditors=True)
    log_read(by=user, fund=of.fund, what=Reading.EXPORT, uuid=of.uuid, filter=f"working papers {suffix[1:]}")
    content = write(working_papers(of, user, reader))
    name = f"sondage-{of.fund.code}-{of.number}{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=MEDIA_TYPES[suffix], headers=headers)
