"""How allauth does things here: nobody signs up, failures are logged, secrets are encrypted, sentences are ours."""

from typing import TYPE_CHECKING, Any, NoReturn, cast

from allauth.account import signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from fundadmin.accounts import encryption, limits, openid_connect, second_factor, sessions, sign_ins
from fundadmin.models import SignIn, User

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpResponse

PASSWORD, PROVIDER = "password", "openid_connect"


class AccountAdapter(DefaultAccountAdapter):
    """Log-in by password, and what comes before and after it."""

    error_messages: dict[str, Any] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This address and this password don't belong together. Check both."),
        "enter_current_password": _("This isn't your current password."),
        "incorrect_password": _("This isn't your password."),
        "incorrect_code": _("This code isn't right, or it was used already: wait for the next one."),
        "invalid_password_reset": _("This link isn't valid any more: ask for a new one."),
        "too_many_login_attempts": _("Too many failed attempts. Try again in 5 minutes."),
        "rate_limited": _("Too many failed attempts. Try again in 5 minutes."),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who logged in a moment ago isn't asked again before changing a second factor."""
        return not sessions.is_fresh(context.request) and bool(super().is_reauthentication_required(app=app, **kwargs))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Attempts are counted per person and network: who fails elsewhere doesn't shut anybody out here."""
        return f"{credentials.get('email', '').lower()} {sign_ins.network_of(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; refuse it when there were too many."""
        address = credentials.get("email", "").lower()
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._refuse(
                request,
                address,
                action="login_failed",
                rates=ratelimit.get_rates(app=limits.ACCOUNT, action="login_failed"),
                key=self._get_login_attempts_cache_key(request, **credentials),
            )
        usage = ratelimit.consume(
            request, app=limits.ACCOUNT, action=limits.FROM_ANYWHERE, config=limits.from_anywhere(), key=address
        )
        if not usage:
            self._rollback_login_failed_rl_usage()
            rates = ratelimit.get_rates(app=limits.ACCOUNT, action=limits.FROM_ANYWHERE, config=limits.from_anywhere())
            self._refuse(request, address, action=limits.FROM_ANYWHERE, rates=rates, key=address)
        self._usage_from_anywhere = usage

    @staticmethod
    def _refuse(request: HttpRequest, address: str, *, action: str, rates: Any, key: str) -> NoReturn:
        user = User.objects.filter(email=address).first()
        sign_ins.record(request, SignIn.Outcome.TOO_OFTEN, user=user, address=address, method=PASSWORD)
        seconds = limits.seconds_left(request, action=action, rates=rates, key=key)
        raise ValidationError(limits.too_often(seconds), code="too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        """A success counts for nothing."""
        super()._rollback_login_failed_rl_usage()
        if usage := getattr(self, "_usage_from_anywhere", None):
            usage.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A new password by mail opens what failures had closed."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(
            request,
            app=limits.ACCOUNT,
            action=limits.FROM_ANYWHERE,
            config=limits.from_anywhere(),
            key=credentials.get("email", "").lower(),
        )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        address = credentials.get("email") or ""
        user = User.objects.filter(email=address.lower()).first()
        sign_ins.record(request, SignIn.Outcome.FAILURE, user=user, address=address, method=PASSWORD)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> "HttpResponse":
        sign_ins.record(request, SignIn.Outcome.FAILURE, user=cast("User", user), method="disabled")
        return super().respond_user_inactive(request, user)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are kept encrypted; who must have a second factor keeps one."""

    error_messages: dict[str, Any] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("Your role requires a second factor: set up another one first."),
        "incorrect_code": _("This code isn't right, or it was used already: wait for the next one."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: "Authenticator") -> bool:
        user = authenticator.user
        others = type(authenticator).objects.filter(user=user, type__in=second_factor.FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not second_factor.is_required(user)


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Log-in by OpenID Connect: an existing, active account with the address that the provider has verified.

    Nothing is stored: each time the address decides. The second factor is asked all the same.
    """

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: "SocialLogin") -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: "SocialLogin") -> None:
        trusted = settings.OIDC_EMAIL_IS_VERIFIED and not openid_connect.says_verified(sociallogin.account.extra_data)
        addresses = [address.email.lower() for address in sociallogin.email_addresses if address.verified or trusted]
        user = User.objects.filter(email__in=addresses[:1], is_active=True, is_system=False).first()
        if user is None:
            tried = [address.email.lower() for address in sociallogin.email_addresses]
            sign_ins.record(request, SignIn.Outcome.FAILURE, address="".join(tried[:1]), method=PROVIDER)
            raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", status=403))
        sociallogin.user = user
        sociallogin.state["process"] = AuthProcess.LOGIN  # whatever was asked: nothing is connected

    def on_authentication_error(self, request: HttpRequest, *_facts: Any, **_details: Any) -> None:
        sign_ins.record(request, SignIn.Outcome.FAILURE, method=PROVIDER)


def address_proved(user: User, **_signal: Any) -> None:
    """Whoever chose a password by a link that was mailed reads that address."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def connect() -> None:
    signals.password_reset.connect(address_proved, dispatch_uid="fundadmin address proved")
