"""What a browser may keep of the pages that do something, so that its Back button is safe."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def back_is_safe(view: View[P]) -> View[P]:
    """Ask anew for a form that is opened again; keep the page that answered one, which only Back comes to.

    Such a page asks to confirm, or says what is to be mended: the browser has no other way to show it again than to
    send the form again. Whoever sends it from there sends the same key. It is stale at once, and `no-cache` is not
    said: over TLS Firefox reads it as `no-store`.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and not response.has_header("Location"):
            patch_cache_control(response, private=True, max_age=0)
        else:
            add_never_cache_headers(response)
        return response

    return answer
