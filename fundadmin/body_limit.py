"""How large a request may be, asked of what it says of itself, before anything of it is read or written to disk.

Django's own limits come while a body is parsed, and have none for files. A body of unsaid length is never read at all.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

from fundadmin.error_pages import bare

FILES_LIMIT: Final = 64 * 1024**2  # bytes; docs/operations/nginx.conf says the same


def body_limit(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def bounded(request: HttpRequest) -> HttpResponseBase:
        with_files = request.content_type == "multipart/form-data"
        limit = FILES_LIMIT if with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        # What is no number, Django takes for nothing.
        if not length.isdecimal() or int(length) <= limit:
            return answer(request)
        with translation.override(translation.get_language_from_request(request)):
            return too_large(request, limit, with_files=with_files)

    return bounded


def too_large(request: HttpRequest, limit: int, *, with_files: bool) -> HttpResponseBase:
    if with_files:
        text = _("Together the files have more than %(limit)s MB: go back, and send them in several parts.")
        told = text % {"limit": limit // 1024**2}
    else:
        told = _("A request has at most %(limit)s bytes.") % {"limit": limit}
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return bare(request, status, "too-large", _("This request is too large"), [told, _("Nothing was changed.")])
