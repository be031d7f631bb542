"""Logging in for tests: `log_in(client, user)` gives a person a second factor and a session in which it was given."""

import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.test import Client

from fundadmin.accounts import second_factor
from fundadmin.models import User

PASSWORD = "Une-phrase-assez-longue-1"
PERIOD = 30


def log_in(client: Client, user: User) -> Client:
    """A session as after password and code; the middleware that demands a second factor is really on."""
    enrol(user)
    client.force_login(user)
    session = client.session
    session[second_factor.GIVEN] = user.pk
    session.save()
    return client


def confirm_again(client: Client) -> Client:
    """As if the password had been asked a moment ago, which pages that change an account demand."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.save()
    return client


def enrol(user: User) -> Authenticator:
    """A verified address and an authenticator app."""
    prove(user)
    found: Authenticator | None = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    data = {"secret": encrypt(generate_totp_secret())}
    if found is None:
        found = Authenticator(user=user, type=Authenticator.Type.TOTP, data=data)
        found.save()
    return found


def prove(user: User) -> None:
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def code_of(user: User) -> str:
    """What the person's app shows now."""
    authenticator = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    secret = decrypt(authenticator.data["secret"])
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD)))
