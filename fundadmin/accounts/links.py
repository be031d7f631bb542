"""The links that are mailed. Each is valid once and for a time (PASSWORD_RESET_TIMEOUT)."""

from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

if TYPE_CHECKING:
    from fundadmin.models import User


def to_choose_a_password(user: "User", site: str) -> str:
    """`site`: the site's address, as its visitors know it, without a slash at the end."""
    arguments = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return site + reverse("account_reset_password_from_key", kwargs=arguments)


def to_log_in(site: str) -> str:
    return site + reverse(settings.LOGIN_URL)
