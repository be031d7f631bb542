"""The headers that make an action safe to repeat and to race: Idempotency-Key, ETag, If-Match."""

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from fundadmin.errors import PreconditionRequired
from grants.actions.readable import KEY_LIMIT
from grants.actions.turn import ImpatientKey
from grants.models import Application

KEY_HEADER = "Idempotency-Key"
PRINTABLE = re.compile(rf"[\x21-\x7e]{{1,{KEY_LIMIT}}}")
VERSION = re.compile(r'"(\d{1,9})"')
ANY = "*"


def key_of(request: Request) -> ImpatientKey:
    """The request's own key, which is the event's. Raises ParseError (400) without a usable one."""
    key = request.headers.get(KEY_HEADER, "").strip()
    if not PRINTABLE.fullmatch(key):
        message = _("Send an Idempotency-Key header: 1 to %(limit)s visible ASCII characters, new for each request.")
        raise ParseError(message % {"limit": KEY_LIMIT})
    return ImpatientKey(key)


def etag(version: int) -> str:
    return f'"{version}"'


def expect_version(request: Request, application: Application) -> None:
    """Bind the action to the version in If-Match; it is judged where the file is locked, after the replay check.

    Raises PreconditionRequired (428) without the header. `*` expects the file to be there and no more.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header:
        message = _("Send an If-Match header with the ETag of the application as you read it.")
        raise PreconditionRequired(message)
    if header == ANY:
        return
    matched = VERSION.fullmatch(header)
    # What isn't a version of ours matches none.
    application.expected_version = int(matched[1]) if matched else 0
