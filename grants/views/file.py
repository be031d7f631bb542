"""A file's page: its story, whose turn it is, and what its reader may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.assessment import judge
from grants.actions.available import Availability, available_actions
from grants.actions.reading import log_audit
from grants.desk import dossier, waiting_for
from grants.desk.search import neighbours
from grants.enums import Action, Reading, RequestState, Side, State, Visibility
from grants.file_forms import CommentForm
from grants.models import Application, Event, ReversalRequest
from grants.views.files import filter_form, kept_filter
from grants.views.letters.desk import letters_of
from grants.views.steps import ON_A_REQUEST, PAGES, page_of
from grants.visibility import (
    Reader,
    comments_visible_to,
    documents_visible_to,
    reader_of,
    visible_assessment,
    visible_findings,
)

LEADING = (
    *(Action.SUBMIT, Action.EDIT, Action.ANSWER, Action.ASSESS_FAVOURABLE, Action.APPROVE, Action.CREDIT),
    *(Action.CANCEL_LINES, Action.REVERSE, Action.REFUSE_REQUEST, Action.LAPSE, Action.REJECT),
)
"""The steps that lead a file on come first, the likeliest of all as the page's main button."""
UNDECIDED = frozenset({State.DRAFT, State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED})
"""The states in which the criteria are judged anew each day."""


@dataclass(frozen=True, slots=True)
class Button:
    """A step that its reader may take, and where."""

    action: Action
    address: str
    short: bool
    """A step of its own name; the others lead to a page where more than one can be taken."""


@require_safe
@login_required
def application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """With a filter in the query, the files before and after this one in the list it came from."""
    user = cast("User", request.user)
    visible = queries.applications_visible_to(user).select_related("charter", "submitted_by", "assessed_by")
    file = get_object_or_404(visible, uuid=uuid)
    reader = reader_of(user, file.fund_id)
    log_audit([reader], by=user, what=Reading.APPLICATION, uuid=file.uuid)
    return render(request, "grants/application.html", shown(request, user, file, reader))


def shown(request: HttpRequest, user: User, file: Application, reader: Reader) -> dict[str, Any]:
    """All that the page tells."""
    today = timezone.localdate()
    lines = list(file.lines.select_related("lease", "premises"))
    approved = {line.pk: line.approved_cents for line in lines}
    events = list(Event.objects.filter(application=file).select_related("user", "detail").order_by("pk"))
    requests = list(file.requests.select_related("asked_by", "settled_by").prefetch_related("lines").order_by("pk"))
    choices = available_actions(file, user)
    before, following = _neighbours(request, user, file)
    documents = list(documents_visible_to(user).filter(application=file).order_by("pk"))
    return {
        "application": file,
        "today": today,
        "reader": reader,
        "track": dossier.track(file, max((line.voucher_date for line in lines if line.voucher_date), default=None)),
        "waiting": waiting_for([file])[file.pk],
        "sums": dossier.sums(file, lines),
        "months": dossier.by_month(lines),
        "components": dossier.by_component(file, lines),
        "premises": sorted({line.premises for line in lines}, key=lambda premises: premises.pk),
        "requests": requests,
        **_findings(file, reader),
        "documents": documents,
        # Who can't see what the chamber keeps to itself can't know what is missing of it either.
        "missing": dossier.missing_documents(file, documents) if reader.reads(Visibility.CHAMBER) else [],
        "history": [dossier.told(event, reader, approved) for event in events],
        "comments": list(comments_visible_to(user, file).select_related("by")),
        "comment_form": comment_form(reader),
        # It names documents that the landlord may not see.
        "receipt": bool(reader.sides & {Side.CHAMBER, Side.EXTERNAL}),
        **letters_of(user, file, reader),
        "buttons": buttons(file, choices, requests),
        "refused": [choice for choice in choices if not choice.allowed],
        "kept": kept_filter(request) if request.GET else "",
        "before": before,
        "following": following,
    }


def comment_form(reader: Reader) -> CommentForm | None:
    return CommentForm(initial={"key": str(uuid4())}) if reader.writes else None


def _neighbours(request: HttpRequest, user: User, file: Application) -> tuple[Application | None, Application | None]:
    if not request.GET:
        return None, None
    funds = list(queries.funds_visible_to(user))
    return neighbours(user, filter_form(request, funds).wanted(), file, timezone.localdate())


def _findings(file: Application, reader: Reader) -> dict[str, Any]:
    """The last opinion; and as long as another may be given, how the criteria stand today."""
    last = file.assessments.select_related("by").order_by("-pk").first()
    found: dict[str, Any] = {"assessment": last and visible_assessment(last, reader), "findings": None}
    if file.state in UNDECIDED:
        _judged, record = judge(file, timezone.localdate())
        found["findings"] = visible_findings(record, reader, mandate=file.mandate_on is not None)
    return found


def buttons(file: Application, choices: Sequence[Availability], requests: Sequence[ReversalRequest]) -> list[Button]:
    """The steps possible now, those that lead on first; one button for each page."""
    allowed = [choice.action for choice in choices if choice.allowed]
    first = [action for action in LEADING if action in allowed]
    open_request = next((one.uuid for one in requests if one.state == RequestState.OPEN), None)
    found: dict[str, Button] = {}
    for action in [*first, *(action for action in allowed if action not in LEADING)]:
        address = page_of(action, file, open_request if action in ON_A_REQUEST else None)
        found.setdefault(address, Button(action, address, short=action not in PAGES))
    return list(found.values())
