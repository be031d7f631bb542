"""While the setting MAINTENANCE is on, every page is a 503 that says so; health checks answer as ever."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from fundadmin.error_pages import bare

OPEN: Final = ("/healthz", "/readyz", "/metrics")
RETRY_SECONDS: Final = 600
LEAST_SECONDS: Final = 60


def maintenance(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def closed(request: HttpRequest) -> HttpResponseBase:
        if not settings.MAINTENANCE or request.path_info in OPEN:
            return answer(request)
        with translation.override(translation.get_language_from_request(request)):
            return notice(request)

    return closed


def notice(request: HttpRequest) -> HttpResponseBase:
    until, wait = settings.MAINTENANCE_UNTIL, RETRY_SECONDS
    paragraphs = [_("Nothing is lost: what you had sent before is kept.")]
    if until is not None and until > timezone.now():
        wait = max(LEAST_SECONDS, round((until - timezone.now()).total_seconds()))
        paragraphs = [
            _("We expect to be back on %(day)s.") % {"day": date_format(timezone.localtime(until), "DATETIME_FORMAT")},
            *paragraphs,
        ]
    answer = bare(
        request, HTTPStatus.SERVICE_UNAVAILABLE, "maintenance", _("The site is closed for maintenance"), paragraphs
    )
    answer["Retry-After"] = str(wait)
    return answer
