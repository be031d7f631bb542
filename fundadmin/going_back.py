"""What a browser keeps of the pages, so that its Back button is safe and shows nothing after somebody logged out.

A page of somebody logged in is asked for anew each time. The page that answers a form, to confirm or to mend, may be
kept by that browser alone: it has no other way to show it again than to send the form again. Whoever sends it from
there sends the same key. It is stale at once, and `no-cache` is not said: over TLS Firefox reads it as `no-store`.

Where a session ends, by whatever, the browser is told to forget what it kept. For those that keep pages in memory all
the same, as Firefox does, a script asks first who is here (static/fundadmin/back.js).
"""

from collections.abc import Callable
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control

API: Final = "/api/"


def forget(response: HttpResponse) -> HttpResponse:
    """Neither cookies nor storage: the nameless session that follows keeps a form that was being sent (kept_forms)."""
    response["Clear-Site-Data"] = '"cache"'
    return response


def back_is_safe(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say for each page what may be kept of it, unless its view did."""

    def with_headers(request: HttpRequest) -> HttpResponse:
        was_in = SESSION_KEY in request.session
        response = answer(request)
        if was_in and SESSION_KEY not in request.session:
            forget(response)
        if response.has_header("Cache-Control") or request.path_info.startswith(API):
            return response
        if request.method == "POST" and not response.has_header("Location"):
            patch_cache_control(response, private=True, max_age=0)
        elif was_in:
            add_never_cache_headers(response)
        return response

    return with_headers
