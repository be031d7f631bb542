"""The pages of what went wrong, each saying something true; under /api/, the same as problem+json.

404.html and 403.html are Django's own way. These three may not ask who is logged in: the reason may be that one can't.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from structlog.contextvars import get_contextvars

from fundadmin.accounts import kept_forms

API: Final = "/api/"


def bare(request: HttpRequest, status: HTTPStatus, name: str, title: str, paragraphs: Sequence[str]) -> HttpResponse:
    """A page in the look of the site, or a problem named `name`, that asks neither the database nor the session."""
    if request.path_info.startswith(API):
        body: dict[str, object] = {
            "type": f"urn:fundadmin:problem:{name}",
            "title": title,
            "status": status.value,
            "detail": " ".join(paragraphs),
            "errors": [],
        }
        answer: HttpResponse = JsonResponse(
            body, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
        )
    else:
        answer = HttpResponse(render_to_string("bare.html", {"title": title, "paragraphs": paragraphs}))
    answer.status_code = status
    answer["Content-Language"] = translation.get_language()
    add_never_cache_headers(answer)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it by name
    """What Django can't make sense of: too many fields, an address that is no host of this site."""
    with translation.override(translation.get_language_from_request(request)):
        return bare(
            request,
            HTTPStatus.BAD_REQUEST,
            "malformed",
            _("This request can't be read"),
            [_("Nothing was changed."), _("Go back, reload the page and try again.")],
        )


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own mistake. Its reference leads whoever runs the site to the line of the log."""
    with translation.override(translation.get_language_from_request(request)):
        return bare(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "server-error",
            _("Something went wrong here, and it is our mistake"),
            [
                _("It was noted. Check first what was done already: each step is done whole or not at all."),
                _("If you tell whoever runs this site, give this reference: %(reference)s.")
                % {"reference": get_contextvars().get("request_id", "")},
            ],
        )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django gives it by name
    """A form without a token of this session: most often the person logged in again in another tab meanwhile."""
    kept = kept_forms.of_request(request) if kept_forms.came_from_here(request) else None
    return render(request, "403_csrf.html", {"kept": kept}, status=HTTPStatus.FORBIDDEN)
