"""A letter on paper: a draft of one that is to issue, marked as such, or the copy that was issued."""

from typing import cast
from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.letters import language_of
from grants.actions.reading import log_read
from grants.enums import LETTER_FILES, Reading
from grants.letters.composing import Issue, compose
from grants.letters.facts import facts_of
from grants.letters.paper import as_pdf
from grants.models import Event
from grants.views.documents import SHOWS_NOTHING
from grants.views.letters.desk import kinds_read_by
from grants.visibility import letters_visible_to, reader_of

PDF = "application/pdf"


@login_required
@never_cache
@require_safe
def preview(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the letter about an event would say today, in `?langue=`; the mark on it says that it is a draft."""
    user = cast("User", request.user)
    event = get_object_or_404(Event, uuid=uuid, application__in=queries.files_open_to(user))
    told = next(iter(facts_of([event])), None)
    if told is None or not told.stands or told.kind not in kinds_read_by(reader_of(user, event.fund_id)):
        raise Http404
    language = request.GET.get("langue", "")
    language = language if language in dict(settings.LANGUAGES) else language_of(told)
    log_read(by=user, fund=told.file.fund, what=Reading.EXPORT, uuid=told.file.uuid, filter=f"draft of {told.kind}")
    content = as_pdf(compose(told, Issue(language=language, dated=timezone.localdate())))
    return shown(content, f"projet-{LETTER_FILES[told.kind]}-{told.file.reference}.pdf")


def shown(content: bytes, name: str) -> HttpResponse:
    """In the browser's own reader."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=PDF, headers=headers)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
@csp_replace(SHOWS_NOTHING)  # type: ignore[arg-type] # its types know no arguments from the address
def download(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The issued copy, byte for byte; the read is logged first."""
    user = cast("User", request.user)
    letter = get_object_or_404(letters_visible_to(user), uuid=uuid)
    if not letter.file.storage.exists(str(letter.file.name)):
        raise Http404
    log_read(by=user, fund=letter.fund, what=Reading.DOCUMENT, uuid=letter.uuid, filter="letter")
    return FileResponse(
        letter.file.open("rb"),
        as_attachment=True,
        filename=letter.name,
        content_type=PDF,
        headers={"X-Content-Type-Options": "nosniff"},
    )
