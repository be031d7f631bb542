"""allauth's pages where they need something of ours, and the one door to the admin site."""

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect.views import login as log_in
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from requests import RequestException

from fundadmin.accounts import demo, kept_forms, openid_connect

if TYPE_CHECKING:
    from fundadmin.models import User


class CodeView(AuthenticateView):
    """The second factor when logging in; a demo account is shown its code."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast("User", self.stage.login.user)
        return {**super().get_context_data(**kwargs), "demo_code": demo.current_code(user)}


class ConfirmCodeView(ReauthenticateView):
    """The second factor again, before changing it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast("User", self.request.user)
        return {**super().get_context_data(**kwargs), "demo_code": demo.current_code(user)}


def admin_log_in(request: HttpRequest) -> HttpResponse:
    """The admin site has no log-in page of its own: it would ask for no second factor."""
    if request.user.is_authenticated:
        raise PermissionDenied
    wanted = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")


def provider_log_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the OpenID Connect provider; one that doesn't answer is said, not suffered."""
    try:
        return cast("HttpResponse", log_in(request, provider_id))
    except RequestException:
        return render(request, "socialaccount/authentication_error.html", status=503)


def provider_come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What a provider sends people back to; there is one where it is configured."""
    try:
        return openid_connect.come_back(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404 from None


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def kept_form(request: HttpRequest) -> HttpResponse:
    """After logging in again: what was being sent when the session ended, to be sent now or forgotten."""
    kept = kept_forms.kept_for(request)
    if request.method == "POST":
        kept_forms.forget(request)
        messages.info(request, _("What was kept of your form is deleted."))
    if request.method == "POST" or kept is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "account/kept_form.html", {"kept": kept})


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Allauth's answer to whoever asks too often."""
    answer = render(request, "429.html", status=429)
    answer["Retry-After"] = "60"
    return answer
