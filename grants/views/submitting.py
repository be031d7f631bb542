"""The summary of a draft, its filing, the receipt, and the paper to sign at the counter."""

from operator import attrgetter
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from fundadmin.models import User
from grants import queries, staffing
from grants.actions import filing
from grants.actions.reading import log_audit, log_read
from grants.document_kinds import kind_label
from grants.drafting.papers import wanted_by
from grants.drafting.standing import standing_of, under_charter_in_force
from grants.eligibility import LABELS, parse_criteria
from grants.enums import Action, LetterKind, Reading, State, Visibility
from grants.exceptions import ActionRefused
from grants.forms import StepForm
from grants.letters.composing import Issue, compose
from grants.letters.facts import facts_of
from grants.letters.mandate import mandate_form
from grants.letters.paper import as_pdf
from grants.letters.receipt import Receipt
from grants.models import Application, Event, Letter
from grants.permissions import asking_for, breaches
from grants.views.refusals import REFUSED, refusal_page
from grants.visibility import reader_of

PDF: Final = "application/pdf"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What will be sent, to be looked at once more; POST files it."""
    user, today = cast("User", request.user), timezone.localdate()
    draft = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    if draft.state != State.DRAFT:
        return redirect("grants:receipt", uuid)
    if refused := breaches(asking_for(Action.SUBMIT, user, draft, today)):
        back = reverse("grants:application", args=[uuid])
        return refusal_page(request, refused, title=_("Submit the application"), back=back)
    form = StepForm(request.POST or None, initial={"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            filing.submit(application=draft, by=user, key=form.cleaned_data["key"])
        except ActionRefused as refusal:
            form.add_error(None, [str(breach) for breach in refusal.breaches])
        else:
            return redirect("grants:receipt", uuid)
    shown = summary(under_charter_in_force(draft, today), user)
    return render(
        request, "grants/drafting/summary.html", {**shown, "form": form}, status=REFUSED if form.errors else 200
    )


def summary(draft: Application, user: User) -> dict[str, Any]:
    today = timezone.localdate()
    criteria = parse_criteria(queries.criteria_of(draft.charter))
    standing = standing_of(draft, criteria, queries.facts_of(draft), by=user, on=today)
    position = draft.fund.position
    return {
        "draft": draft,
        "standing": standing,
        "findings": [(LABELS[finding.code], finding) for finding in standing.findings],
        "lines": sorted(draft.lines.select_related("lease__premises"), key=attrgetter("place")),
        "papers": [kind for kind in wanted_by(draft) if kind.documents or kind.is_missing],
        "position": position,
        "left_cents": position.available_cents - standing.asked_cents,
        "held": queries.held_elsewhere(draft),
        "gaps": [gap.sentence() for gap in staffing.gaps_on_filing(draft, user, today)],
    }


@login_required
@require_safe
def receipt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was filed, when, under which rank, with its digest."""
    file, event = filed(cast("User", request.user), uuid)
    return render(request, "grants/drafting/receipt.html", {"file": file, "receipt": receipt_of(file, event)})


@login_required
@require_safe
@never_cache
def receipt_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The same as a PDF to hand to the tenant. Each copy taken is logged."""
    user = cast("User", request.user)
    file, event = filed(user, uuid)
    log_read(by=user, fund=file.fund, what=Reading.EXPORT, uuid=file.uuid, filter="receipt")
    return paper(receipt_content(event), f"accuse-{file.reference}.pdf")


def receipt_content(event: Event) -> bytes:
    """The issued letter, where there is one; else the same words, which nothing vouches for."""
    issued = Letter.objects.filter(event=event, kind=LetterKind.RECEIPT, set_aside_on=None).first()
    if issued and issued.file.storage.exists(str(issued.file.name)):
        with issued.file.open("rb") as kept:
            return bytes(kept.read())
    (told,) = facts_of([event])
    language = get_language() or settings.LANGUAGE_CODE
    return as_pdf(compose(told, Issue(language=language, dated=event.on, is_copy=True)))


def filed(user: User, uuid: UUID) -> tuple[Application, Event]:
    """A file and its last filing. The receipt is the chamber's: it names documents that the landlord may not see."""
    file = get_object_or_404(queries.files_open_to(user).select_related("fund__landlord", "submitted_by"), uuid=uuid)
    event = Event.objects.filter(application=file, action=Action.SUBMIT).select_related("user").order_by("pk").last()
    reader = reader_of(user, file.fund_id)
    # Who filed it has read it all.
    if event is None or not (reader.reads(Visibility.CHAMBER) or event.user_id == user.pk):
        raise Http404
    log_audit([reader], by=user, what=Reading.APPLICATION, uuid=file.uuid, filter="receipt")
    return file, event


def receipt_of(file: Application, event: Event) -> Receipt:
    lines = sorted(file.lines.select_related("lease"), key=attrgetter("place"))
    # Documents added since are no part of what was filed.
    documents = file.documents.filter(added_at__lte=event.at).order_by("pk")
    return Receipt(
        reference=file.reference,
        fund=file.fund.name,
        landlord=file.fund.landlord.name,
        tenant=file.tenant.legal_name,
        siret=file.tenant.siret or "",
        filed_at=timezone.localtime(event.at),
        filed_by=str(event.user),
        rank=event.data["rank"],
        charter_version=event.data["charter"],
        asked_cents=event.data["asked_cents"],
        digest=event.data.get("content", ""),
        lines=[(line.lease.reference, line.month, line.get_component_display(), line.asked_cents) for line in lines],
        documents=[(kind_label(document.kind), document.name, document.sha256) for document in documents],
    )


@login_required
@require_safe
@never_cache
def mandate_paper(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The mandate to sign at the counter, with the file's reference as text and as a code that leads to the draft."""
    user, today = cast("User", request.user), timezone.localdate()
    draft = get_object_or_404(queries.files_open_to(user).select_related("fund__landlord"), uuid=uuid)
    back = reverse("grants:application", args=[uuid])
    if refused := breaches(asking_for(Action.EDIT, user, draft, today)):
        return refusal_page(request, refused, title=_("Mandate to sign"), back=back)
    log_read(by=user, fund=draft.fund, what=Reading.EXPORT, uuid=draft.uuid, filter="mandate")
    address = settings.SITE_URL + reverse("grants:edit_draft", args=[uuid])
    return paper(mandate_form(draft, address), f"mandat-{draft.reference}.pdf")


def paper(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=PDF, headers=headers)
