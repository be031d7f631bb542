"""While the database is away, every page is a clean 503 that says to come back, and the next request tries again.

So is what PostgreSQL gave up to end a deadlock or a conflict: nothing was changed, and doing it again succeeds.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from fundadmin.logs import database_diagnosis, route_of

logger = structlog.stdlib.get_logger("fundadmin.outages")

GIVEN_UP: Final = frozenset({"40001", "40P01"})
"""The SQLSTATEs of a serialization failure and of a deadlock."""
AWAY_RETRY_SECONDS, GIVEN_UP_RETRY_SECONDS = 5, 1
API: Final = "/api/"


class DatabaseOutage:
    """Turns the database's absence into an answer, wherever in the request it showed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        got_request_exception.connect(remember, dispatch_uid="fundadmin.outages")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Where another middleware failed (saving the session, for one), Django has made it a 500 by now.
        error = getattr(request, "outage", None)
        if error is not None and response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            return unavailable(request, error)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return unavailable(request, exception) if is_outage(exception) else None


def is_outage(error: BaseException | None) -> bool:
    return isinstance(error, OperationalError | InterfaceError)


def remember(request: HttpRequest | None = None, **_signal: object) -> None:
    error = sys.exc_info()[1]
    if request is not None and is_outage(error):
        request.outage = error  # type: ignore[attr-defined]


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """A page, or problem+json under /api/. Neither asks the database anything, nor who is logged in."""
    diagnosis = database_diagnosis(error)
    given_up = diagnosis.get("sqlstate") in GIVEN_UP
    logger.warning("database unavailable", error=type(error).__qualname__, route=route_of(request), **diagnosis)
    with translation.override(translation.get_language_from_request(request)):
        if given_up:
            title = _("Somebody else was working on the same thing")
            detail = _("Nothing was changed. Please try again.")
        else:
            title = _("The service is unavailable for a moment")
            detail = _("The database doesn't answer. Please try again shortly, and check first what was done already.")
        response = (
            problem(given_up=given_up, title=title, detail=detail)
            if request.path_info.startswith(API)
            else HttpResponse(render_to_string("bare.html", {"title": title, "paragraphs": [detail]}))
        )
        response["Content-Language"] = translation.get_language()
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response["Retry-After"] = str(GIVEN_UP_RETRY_SECONDS if given_up else AWAY_RETRY_SECONDS)
    add_never_cache_headers(response)
    return response


def problem(*, given_up: bool, title: str, detail: str) -> JsonResponse:
    return JsonResponse(
        {
            "type": f"urn:fundadmin:problem:{'conflict-retry' if given_up else 'database-away'}",
            "title": title,
            "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
            "detail": detail,
            "errors": [],
        },
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
