"""Sessions end: after a time without a request, after a time in all, and when the account is disabled.

Logging in gives a session a new key (Django does); a new password ends the person's other sessions (so does Django, by
the hash it keeps in each); disabling an account changes that hash too (`User.sessions_key`).
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fundadmin.accounts import kept_forms

BEGAN, SEEN = "session_began_at", "session_seen_at"
NOTED_EVERY = 60
"""Seconds: a request is noted at most so often, since noting is a write."""
FRESH = 300
"""Seconds after logging in."""


class SessionsEnd:
    """Log out whoever has been away too long, or logged in too long ago."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            self._look_at(request, int(time.time()))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """After the check of the form's token: nobody else's form is kept."""
        ended: int | None = getattr(request, "ended_of", None)
        if ended is not None:
            return kept_forms.keep(request, ended)
        kept_forms.forget_if_sent(request)
        return None

    @staticmethod
    def _look_at(request: HttpRequest, now: int) -> None:
        if not request.user.is_authenticated:
            # The account was disabled or deleted: what is left of its session goes.
            request.session.flush()
            return
        began, seen = request.session.get(BEGAN, 0), request.session.get(SEEN, 0)
        if now - seen > settings.SESSION_IDLE_MINUTES * 60:
            end(request, "idle", _("You were logged out because nothing was done for a while. Log in again."))
        elif now - began > settings.SESSION_HOURS * 3600:
            end(request, "too_old", _("You were logged out because you logged in long ago. Log in again."))
        elif now - seen >= NOTED_EVERY:
            request.session[SEEN] = now


def end(request: HttpRequest, because: str, sentence: str) -> None:
    request.ended_because = because  # type: ignore[attr-defined] # the sign-in log reads it
    request.ended_of = request.user.pk  # type: ignore[attr-defined] # for process_view
    logout(request)
    messages.info(request, sentence)


def begin(request: HttpRequest, **_signal: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def is_fresh(request: HttpRequest) -> bool:
    """Whether its person logged in a moment ago."""
    return int(time.time()) - int(request.session.get(BEGAN, 0)) < FRESH


def connect() -> None:
    user_logged_in.connect(begin, dispatch_uid="fundadmin sessions")
