"""A second factor is compulsory for staff and for whoever's roles oblige them (the setting SECOND_FACTOR_FOR).

A session tells in itself whether its person gave a second factor in it, so most requests need no query; for the
others it takes one, to see whether one is required.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from allauth.account.adapter import get_adapter
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from fundadmin.models import User

GIVEN: Final = "second_factor_given_by"
FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
WAYS_IN: Final = frozenset(
    {
        *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn"),
        *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    }
)
"""The names of the pages that lead to a first second factor. Whoever has one adds another only after giving it."""
WAYS_OUT: Final = frozenset({"account_logout", "account_inactive"})
API: Final = "/api/"


def is_required(user: "User") -> bool:
    return user.is_staff or bool(import_string(settings.SECOND_FACTOR_FOR)(user))


def is_enrolled(user: "User") -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def given(request: HttpRequest) -> bool:
    """Whether this session's person has given a second factor in it."""
    return bool(request.session.get(GIVEN) == request.user.pk)


class SecondFactorRequired:
    """Send those who must have a second factor to its page until they have given one; the API refuses them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match is not None else ""
        if not request.user.is_authenticated or name in WAYS_OUT:
            return None
        if given(request) or not is_required(request.user):
            return None
        enrolled = is_enrolled(request.user)
        if name in WAYS_IN and not enrolled:
            return None
        if request.path.startswith(API):
            return refused()
        if enrolled:
            # A session that began before the second factor did, somewhere else: begin it again.
            get_adapter().logout(request)
            return redirect(settings.LOGIN_URL)
        messages.info(request, _("Your role requires a second factor: choose one to go on."))
        return redirect("mfa_index")


def refused() -> JsonResponse:
    body = {
        "type": "urn:fundadmin:problem:second-factor-required",
        "title": _("A second factor is required"),
        "status": 403,
        "detail": _("Your role requires a second factor: log in on the site and choose one."),
        "errors": [],
    }
    return JsonResponse(body, status=403, content_type="application/problem+json")


def used(request: HttpRequest, user: Any, **_signal: Any) -> None:
    """An authenticator, or a recovery code in its place, was used to log in or to confirm."""
    request.session[GIVEN] = user.pk


def set_up(request: HttpRequest, user: Any, authenticator: Authenticator, **_signal: Any) -> None:
    """Setting up an authenticator takes using it; recovery codes are only shown."""
    if authenticator.type in FACTORS:
        request.session[GIVEN] = user.pk


def connect() -> None:
    signals.authenticator_used.connect(used, dispatch_uid="fundadmin second factor")
    signals.authenticator_added.connect(set_up, dispatch_uid="fundadmin second factor")
