"""What goes wrong, told to a program: RFC 9457 `application/problem+json`, with every reason at once.

`type` is stable (`urn:fundadmin:problem:<name>`); `errors` holds one entry per reason: a stable `code`, the sentence in
the reader's language and, where it concerns one input, a JSON `pointer` to it. Nothing becomes a 500 that a caller
could mend: an invariant that only the database saw is a 409.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, IntegrityError, InternalError
from django.http import Http404
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response

from grants.exceptions import (
    ActionRefused,
    BadInput,
    Breach,
    KeyReused,
    NotAllowed,
    RuleRefused,
    StaleVersion,
    StillRunning,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1
TOO_LARGE = _("A request has at most %(limit)s bytes.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of problem: the end of its URN, its HTTP status, its title."""

    name: str
    status: int
    title: Any


KINDS: Mapping[type[Exception], Kind] = {
    NotAllowed: Kind("not-allowed", status.HTTP_403_FORBIDDEN, _("You may not do this")),
    RuleRefused: Kind("rule-refused", status.HTTP_409_CONFLICT, _("The rules do not allow this")),
    BadInput: Kind("bad-input", status.HTTP_422_UNPROCESSABLE_ENTITY, _("This request can't be used as it is")),
    KeyReused: Kind("key-reused", status.HTTP_422_UNPROCESSABLE_ENTITY, _("This key was used for another request")),
    StaleVersion: Kind("stale-version", status.HTTP_412_PRECONDITION_FAILED, _("The application has changed")),
    StillRunning: Kind("still-running", status.HTTP_409_CONFLICT, _("This request is still running")),
}
INVARIANT = Kind("invariant", status.HTTP_409_CONFLICT, _("The database refused this"))
NOT_FOUND = Kind("not-found", status.HTTP_404_NOT_FOUND, _("There is nothing here for you"))
OTHERS: Mapping[int, Kind] = {
    400: Kind("malformed", 400, _("This request can't be read")),
    401: Kind("not-authenticated", 401, _("Say who you are")),
    403: Kind("not-allowed", 403, _("You may not do this")),
    404: NOT_FOUND,
    405: Kind("method-not-allowed", 405, _("This address does not take this method")),
    406: Kind("not-acceptable", 406, _("Nothing can be sent in the format asked for")),
    413: Kind("too-large", 413, _("This request is too large")),
    415: Kind("unsupported-media-type", 415, _("This address does not read this format")),
    422: Kind("bad-input", 422, _("This request can't be used as it is")),
    428: Kind("precondition-required", 428, _("Say which version you have read")),
    429: Kind("throttled", 429, _("Too many requests")),
}


class PreconditionRequired(exceptions.APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def problem(
    kind: Kind,
    *,
    detail: str,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that says it."""
    body = {
        "type": f"urn:fundadmin:problem:{kind.name}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": detail,
        "errors": list(errors),
    }
    return Response(body, status=kind.status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def handle(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal as a problem; None for what is our own mistake (a 500, logged)."""
    if isinstance(error, ActionRefused):
        return of_refusal(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        error = TooLarge(TOO_LARGE % {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    if isinstance(error, SuspiciousOperation):
        # Too many parameters or fields, for one.
        error = exceptions.ParseError(_("This request can't be read: it is not made as requests are."))
    if isinstance(error, exceptions.ValidationError):
        kind = KINDS[BadInput]
        errors = list(of_validation(error.get_full_details()))
        return problem(kind, detail=joined(errors), errors=errors)
    if isinstance(error, exceptions.APIException):
        return of_api(error)
    if isinstance(error, IntegrityError | DataError | InternalError):
        return problem(INVARIANT, detail=invariant(error))
    return None


def of_refusal(error: ActionRefused) -> Response:
    kind = next(KINDS[base] for base in type(error).__mro__ if base in KINDS)
    errors = [of_breach(breach) for breach in error.breaches]
    headers = {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, StillRunning) else {}
    return problem(kind, detail=joined(errors), errors=errors, headers=headers)


def of_breach(breach: Breach) -> dict[str, str]:
    """A reason as JSON; the pointer only where there is one."""
    told = {"code": breach.code, "detail": str(breach)}
    return told | ({"pointer": f"/{breach.pointer}"} if breach.pointer else {})


def of_api(error: exceptions.APIException) -> Response:
    kind = OTHERS.get(error.status_code, OTHERS[400])
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.Throttled):
        wait = int(getattr(error, "wait", None) or RETRY_SECONDS)
        headers["Retry-After"] = str(wait)
        detail = gettext("Too many requests: try again in %(seconds)s s.") % {"seconds": wait}
    elif isinstance(error, exceptions.NotFound):
        detail = pgettext("API", "This does not exist, or is not yours to read.")
    else:
        detail = str(error.detail)
    return problem(kind, detail=detail, headers=headers)


def of_validation(details: Any, pointer: str = "") -> Iterable[dict[str, str]]:
    """DRF's nested details, flat: one entry per reason with a pointer."""
    if isinstance(details, Mapping) and isinstance(details.get("message"), str) and "code" in details:
        where = pointer.removesuffix("/non_field_errors")
        yield {"code": str(details["code"]), "detail": details["message"]} | ({"pointer": where} if where else {})
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            escaped = str(name).replace("~", "~0").replace("/", "~1")  # RFC 6901
            yield from of_validation(inner, f"{pointer}/{escaped}")
    else:
        # A list holds the messages of one field, or the items of a list that have some.
        for rank, inner in enumerate(details):
            is_message = isinstance(inner, Mapping) and "message" in inner
            yield from of_validation(inner, pointer if is_message else f"{pointer}/{rank}")


def joined(errors: Iterable[Mapping[str, str]]) -> str:
    return " ".join(error["detail"] for error in errors)


def invariant(error: DatabaseError) -> str:
    """What the database says it guards, in its own name: whoever sees it can look it up."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if name:
        return gettext("The database refused this, to keep “%(invariant)s”. Nothing was changed.") % {"invariant": name}
    return gettext("The database refused this. Nothing was changed.")
