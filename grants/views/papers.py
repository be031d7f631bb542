"""Documents of a file: added to a draft as they are chosen, and to a filed application until it is decided."""

from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from fundadmin.models import User
from grants import queries
from grants.actions.documents import attach
from grants.actions.turn import fund_breaches, state_breaches
from grants.drafting.papers import read_upload, wanted_by
from grants.drafting.standing import standing_of, under_charter_in_force
from grants.eligibility import parse_criteria
from grants.enums import Action, State
from grants.exceptions import ActionRefused, Breach
from grants.forms import StepForm
from grants.models import Application
from grants.permissions import asking_for, breaches
from grants.views.refusals import REFUSED, refusal_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the charter asks for and what is there; POST attaches the files chosen, each kind as one document."""
    user, today = cast("User", request.user), timezone.localdate()
    file = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    refused = (
        breaches(asking_for(Action.ATTACH, user, file, today))
        or state_breaches(Action.ATTACH, file.state)
        or fund_breaches(file.fund, Action.ATTACH)
    )
    if refused:
        back = reverse("grants:application", args=[uuid])
        return refusal_page(request, refused, title=_("Documents of %(file)s") % {"file": file.reference}, back=back)
    if request.method != "POST":
        return page(request, file)
    found, added = add(request, file)
    if request.htmx:  # type: ignore[attr-defined] # set by django_htmx's middleware
        return fragment(request, file, found)
    if found:
        return page(request, file, found, status=REFUSED)
    message = ngettext("%(n)d document was added.", "%(n)d documents were added.", added)
    messages.success(request, message % {"n": added})
    where = "grants:edit_draft" if file.state == State.DRAFT else "grants:file_documents"
    return redirect(where, file.uuid)


def add(request: HttpRequest, file: Application) -> tuple[list[Breach], int]:
    """Attach each kind's files as one document: what is wrong with those that were not, how many were."""
    user, form = cast("User", request.user), StepForm(request.POST)
    if not form.is_valid():
        return [Breach("key", sentence) for sentences in form.errors.values() for sentence in map(str, sentences)], 0
    found: list[Breach] = []
    added = 0
    for wanted in wanted_by(file):
        files = request.FILES.getlist(wanted.field)
        if not files:
            continue
        try:
            upload = read_upload(file, wanted.kind, files)
            # The same files sent twice from one page are attached once.
            attach(application=file, upload=upload, by=user, key=form.key_for(upload.sha256))
        except ActionRefused as refusal:
            found += refusal.breaches
        else:
            added += 1
    if not found and not added:
        found = [Breach("no_file", _("Choose at least one photo or file."))]
    return found, added


def fragment(request: HttpRequest, file: Application, found: list[Breach]) -> HttpResponse:
    """The documents as they are now and, of a draft, what still keeps it from being submitted."""
    file = queries.files_open_to(cast("User", request.user)).get(pk=file.pk)
    shown = context(file) | {"upload_refused": [str(breach) for breach in found], "out_of_band": True}
    # Only the draft's own page says what keeps it from being submitted.
    at_draft = request.htmx.current_url_abs_path == reverse("grants:edit_draft", args=[file.uuid])  # type: ignore[attr-defined] # as above
    if at_draft and file.state == State.DRAFT:
        today = timezone.localdate()
        under_charter_in_force(file, today)
        criteria = parse_criteria(queries.criteria_of(file.charter))
        shown["standing"] = standing_of(file, criteria, queries.facts_of(file), by=cast("User", request.user), on=today)
    return render(request, "grants/drafting/_papers.html", shown)


def page(
    request: HttpRequest, file: Application, found: list[Breach] | None = None, *, status: int = 200
) -> HttpResponse:
    shown = context(file) | {
        "key": str(uuid4()),
        "upload_refused": [str(breach) for breach in found or ()],
        "links": file.upload_links.order_by("-pk"),
        "now": timezone.now(),
    }
    return render(request, "grants/drafting/documents.html", shown, status=status)


def context(file: Application) -> dict[str, Any]:
    return {"draft": file, "wanted": wanted_by(file)}
