"""The one door through which a document leaves the system."""

from typing import cast
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants.actions.reading import log_read
from grants.enums import Reading
from grants.visibility import documents_visible_to

SHOWS_NOTHING = {"default-src": ["'none'"], "img-src": ["'none'"], "form-action": ["'none'"], "sandbox": [""]}
"""Should a browser show the file all the same, it shows it without scripts, forms and an origin."""


@require_safe
@login_required
@cache_control(private=True, no_store=True)
@csp_replace(SHOWS_NOTHING)  # type: ignore[arg-type] # its types know no arguments from the address
def download(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The file, to be saved and never shown in the page, to those who may read it; the read is logged first."""
    user = cast("User", request.user)
    document = get_object_or_404(documents_visible_to(user), uuid=uuid)
    if not document.file.storage.exists(str(document.file.name)):
        raise Http404
    log_read(by=user, fund=document.fund, what=Reading.DOCUMENT, uuid=document.uuid)
    return FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=document.name,
        content_type=document.media_type or "application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )
