"""The log of sign-ins: each success, failure and log-out becomes a row of `SignIn`, and no line of text."""

import ipaddress
from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa_signals
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from fundadmin.models import SignIn

if TYPE_CHECKING:
    from fundadmin.models import User

BITS_KEPT = {4: 24, 6: 48}
"""Of an address, by its version."""


def record(
    request: HttpRequest | None, outcome: SignIn.Outcome, *, user: "User | None" = None, address: str = "", method: str
) -> None:
    """Keep one line. `address`: what was tried, where it is nobody's."""
    SignIn.objects.create(
        outcome=outcome, user=user, address="" if user else address[:254], method=method, network=network_of(request)
    )


def network_of(request: HttpRequest | None) -> str | None:
    """The network that a request comes from: enough to see an attack, too little to follow a person."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return None
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    return str(ipaddress.ip_network(f"{address}/{BITS_KEPT[address.version]}", strict=False).network_address)


def connect() -> None:
    user_logged_in.connect(_logged_in, dispatch_uid="fundadmin sign-in log")
    user_logged_out.connect(_logged_out, dispatch_uid="fundadmin sign-in log")
    mfa_signals.authentication_failed.connect(_code_refused, dispatch_uid="fundadmin sign-in log")


def _logged_in(request: HttpRequest, user: "User", **_signal: Any) -> None:
    methods = [str(entry.get("type") or entry["method"]) for entry in get_authentication_records(request, user)]
    record(request, SignIn.Outcome.SUCCESS, user=user, method="+".join(methods)[:100])


def _logged_out(request: HttpRequest, user: "User | None", **_signal: Any) -> None:
    if user is not None:
        record(request, SignIn.Outcome.LOGGED_OUT, user=user, method=getattr(request, "ended_because", ""))


def _code_refused(request: HttpRequest, user: Any, **signal: Any) -> None:
    authenticator = signal.get("authenticator")
    method = str(authenticator.type) if authenticator else "code"
    record(request, SignIn.Outcome.SECOND_FACTOR_FAILED, user=cast("User", user), method=method)
