"""The second factor of the demo's accounts: everybody may know it, so it exists only where DEBUG is true."""

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings

if TYPE_CHECKING:
    from fundadmin.models import User

DOMAIN: Final = "demo.fundadmin.invalid"
"""The e-mail domain that only demo accounts have; `.invalid` never exists (RFC 2606)."""

PERIOD: Final = 30  # seconds
SECRET_BYTES: Final = 20


def is_demo(email: str) -> bool:
    return email.endswith((f"@{DOMAIN}", f".{DOMAIN}"))


def secret_of(email: str) -> str:
    """The same each time, so that a person may keep it in an authenticator app between two demos."""
    digest = hashlib.sha256(f"fundadmin demo {email}".encode()).digest()
    return base64.b32encode(digest[:SECRET_BYTES]).decode()


def enrol(user: "User") -> None:
    """Give a demo account its second factor. Raises ValueError for anybody else's account, and without DEBUG."""
    if not settings.DEBUG or not is_demo(user.email):
        raise ValueError(f"{user.email} is no demo account.")
    secret = {"secret": encrypt(secret_of(user.email))}
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": secret})


def current_code(user: "User") -> str | None:
    """What a demo account's authenticator app shows now; None outside the demo, and once the account has another."""
    if not settings.DEBUG or not is_demo(user.email):
        return None
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    secret = secret_of(user.email)
    if authenticator is None or decrypt(authenticator.data["secret"]) != secret:
        return None
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD)))
