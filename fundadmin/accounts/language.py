"""Pages in the language that their reader chose; LocaleMiddleware's choice (the browser's) holds for everybody else."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def speaks_their_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Activate the language of whoever is logged in, where they chose one."""

    def respond(request: HttpRequest) -> HttpResponse:
        # Without a session nobody is logged in, and no user is read.
        if SESSION_KEY in request.session and request.user.is_authenticated and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        return get_response(request)

    return respond
