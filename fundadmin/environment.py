"""How settings are read: from the environment, and from the file that ENV_FILE names, `.env` by default."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from fundadmin.embedded_postgres import PROJECT

PARIS: Final = ZoneInfo("Europe/Paris")
env = environ.Env()
env_file = Path(env.str("ENV_FILE", default=str(PROJECT / ".env")))
if env_file.is_file():
    environ.Env.read_env(env_file)


def flag(name: str, *, default: bool = False) -> bool:
    """django-environ reads any unknown word as false; a misspelt DEBUG should stop instead."""
    written = env.str(name, default=str(default)).strip().lower()
    if written in {"true", "1", "yes", "on"}:
        return True
    if written in {"false", "0", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {written!r}: write true or false.")


def required(name: str, what: str) -> str:
    value = str(env.str(name, default="")).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is required when DEBUG is false: {what}")
    return value


def number(name: str, *, default: int) -> int:
    written = env.str(name, default=str(default)).strip()
    if written.isdecimal() and int(written) > 0:
        return int(written)
    raise ImproperlyConfigured(f"{name} is {written!r}: write a whole number above 0.")


def openid_connect_apps() -> list[dict[str, Any]]:
    """The provider to log in with, as allauth reads it: none or one."""
    values = {
        "OIDC_ISSUER": env.str("OIDC_ISSUER", default="").strip(),
        "OIDC_CLIENT_ID": env.str("OIDC_CLIENT_ID", default="").strip(),
        "OIDC_CLIENT_SECRET": env.str("OIDC_CLIENT_SECRET", default="").strip(),
    }
    missing = [name for name, value in values.items() if not value]
    if len(missing) == len(values):
        return []
    if missing:
        needed = ", ".join(values)
        raise ImproperlyConfigured(f"{' and '.join(missing)} missing: log-in with a provider needs {needed}.")
    return [
        {
            "provider_id": "oidc",
            "name": env.str("OIDC_NAME", default="OpenID Connect"),
            "client_id": values["OIDC_CLIENT_ID"],
            "secret": values["OIDC_CLIENT_SECRET"],
            "settings": {"server_url": values["OIDC_ISSUER"], "oauth_pkce_enabled": True},
        }
    ]


def period(name: str, default: str) -> tuple[int, str]:
    """A duration: a number and its unit."""
    written = str(env.str(name, default=default))
    found = re.fullmatch(r"\s*([1-9][0-9]{0,3})\s+(day|month|year)s?\s*", written)
    if found is None:
        raise ImproperlyConfigured(f"{name} is {written!r}: write a duration such as 180 days, 6 months or 2 years.")
    return int(found[1]), f"{found[2]}s"


def switch_or_time(name: str) -> tuple[bool, datetime | None]:
    """On or off; or on, and until when (Paris, unless it says another offset)."""
    written = str(env.str(name, default="")).strip() or "false"
    try:
        until = datetime.fromisoformat(written)
    except ValueError:
        return written != "false" and flag(name), None
    return True, until if until.tzinfo else until.replace(tzinfo=PARIS)


def database(name: str, url: str) -> dict[str, Any]:
    """The Django settings of the database at `url`; `name` is the variable to blame when it can't be read."""
    try:
        options = conninfo_to_dict(url) if url.startswith(("postgres://", "postgresql://")) else {}
    except ProgrammingError:
        options = {}
    if not options.get("dbname") or not options.get("user") or not str(options.get("port", "5432")).isdigit():
        # The value may hold a password, so it isn't shown.
        raise ImproperlyConfigured(f"{name} is not readable: write postgres://role:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname"),
        "USER": options.pop("user"),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", "5432"),
        # A server that is gone is known so in seconds, rather than in the minutes that TCP takes.
        "OPTIONS": {"connect_timeout": 5, "tcp_user_timeout": 15_000} | options,
        # Each action opens its own transaction, as short as it can be: it holds a fund's position locked.
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
