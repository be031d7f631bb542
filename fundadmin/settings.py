"""Settings, from the environment and from `.env` (the environment wins). A bad value stops with one clear sentence.

- DEBUG: true for development only; default false.
- SECRET_KEY: required when DEBUG is false.
- ALLOWED_HOSTS: comma-separated host names; required when DEBUG is false.
- DATABASE_URL: what the application connects as; required when DEBUG is false. `embedded://` runs our own PostgreSQL
  (fundadmin/embedded_postgres.py), `embedded:///name` another database of it, and
  `postgres://role:password@host:5432/name` is any other server.
- DATABASE_OWNER_URL: the role that owns the tables, for `migrate` and `flush` only. `embedded://` has one.
- BEHIND_PROXY: true when a proxy ends TLS and sets X-Forwarded-Proto itself; default false.
- EMAIL_URL: such as `smtp+tls://user:password@host:587`; when DEBUG is true, mail is printed by default.
- DEFAULT_FROM_EMAIL: the sender of mail.
- SITE_URL: the site's address, which mails link to; by default https and the first of ALLOWED_HOSTS.
- EMAIL_TIMEOUT: seconds to wait for the mail server's answers; default 30.
- RETENTION_DRAFT, RETENTION_REFUSED, RETENTION_CREDITED, RETENTION_SIGN_IN_LOG, RETENTION_READ_LOG: how long each is
  kept, such as `180 days`, `6 months` or `2 years`. The defaults and their legal sources are in `grants/retention.py`
  and on the page of the register.
- RETENTION_ERASES: true lets the nightly job erase what is due; by default it only says what would be.
- PRIVACY_CONTACT: whom a person writes to about their data, shown on the information notice.
- ENV_FILE: another file than `.env`.
"""

import re
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from fundadmin.embedded_postgres import APP_ROLE, OWNER_ROLE, Server
from fundadmin.embedded_postgres import DATABASE as EMBEDDED_DATABASE
from fundadmin.postgres_programs import ServerError

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env_file = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
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


def period(name: str, default: str) -> tuple[int, str]:
    """A duration: a number and its unit."""
    written = str(env.str(name, default=default))
    found = re.fullmatch(r"\s*([1-9][0-9]{0,3})\s+(day|month|year)s?\s*", written)
    if found is None:
        raise ImproperlyConfigured(f"{name} is {written!r}: write a duration such as 180 days, 6 months or 2 years.")
    return int(found[1]), f"{found[2]}s"


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
        "OPTIONS": options,
        # Each action opens its own transaction, as short as it can be: it holds a fund's position locked.
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DEBUG = flag("DEBUG")

SECRET_KEY = (
    env.str("SECRET_KEY", default="") or "insecure, for development only"
    if DEBUG
    else required("SECRET_KEY", "write a long random text, such as `openssl rand -base64 48` prints.")
)
ALLOWED_HOSTS = (
    ["localhost", "127.0.0.1", "[::1]", *env.list("ALLOWED_HOSTS", default=[])]
    if DEBUG
    else [host.strip() for host in required("ALLOWED_HOSTS", "write the site's host names.").split(",") if host.strip()]
)

# The application connects as a role that owns nothing, so that append-only tables are so by privilege.
# `fundadmin.database_roles.as_owner` swaps in DATABASE_OWNER where tables are made.
DATABASE_URL = (
    env.str("DATABASE_URL", default="embedded://")
    if DEBUG
    else required("DATABASE_URL", "write postgres://role:password@host:5432/name.")
)
DATABASE_IS_EMBEDDED = DATABASE_URL.startswith("embedded:")
DATABASE_OWNER: dict[str, Any] | None = None
if DATABASE_IS_EMBEDDED:
    database_name = DATABASE_URL.removeprefix("embedded:").strip("/") or EMBEDDED_DATABASE
    try:
        DATABASE_URL, owner_url = (Server().url(role, database_name) for role in (APP_ROLE, OWNER_ROLE))
    except ServerError as error:
        raise ImproperlyConfigured(str(error)) from error
    DATABASE_OWNER = database("DATABASE_URL", owner_url)
elif owner_url := env.str("DATABASE_OWNER_URL", default=""):
    DATABASE_OWNER = database("DATABASE_OWNER_URL", owner_url)
DATABASES = {"default": database("DATABASE_URL", DATABASE_URL)}
# An action's statements are planned once per connection, not each time while it holds a fund's position locked.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
DATABASE_APP_ROLE = DATABASES["default"]["USER"]
if DATABASE_OWNER and DATABASE_OWNER["NAME"] != DATABASES["default"]["NAME"]:
    raise ImproperlyConfigured("DATABASE_URL and DATABASE_OWNER_URL must name the same database.")
if DATABASE_OWNER and DATABASE_OWNER["USER"] == DATABASE_APP_ROLE:
    raise ImproperlyConfigured("DATABASE_URL and DATABASE_OWNER_URL must name two different roles.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "fundadmin",
    "landlords",
    "grants",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_fsm",
    "procrastinate.contrib.django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "fundadmin.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "fundadmin.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "grants:home"
LOGOUT_REDIRECT_URL = "login"
# CNIL's recommendation on passwords asks for a slow, salted, memory-hard hash. The others read older hashes.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "fundadmin" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
MEDIA_ROOT = BASE_DIR / "var" / "media"

try:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"))
except (ImproperlyConfigured, KeyError, ValueError) as error:
    raise ImproperlyConfigured(
        "EMAIL_URL is not readable: write smtp+tls://user:password@host:587 or consolemail://."
    ) from error
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="fundadmin@localhost")

# Background work: mails, retention (grants/tasks.py).
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
SITE_URL = env.str(
    "SITE_URL", default="http://localhost:8000" if DEBUG else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
).rstrip("/")
if not SITE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}: write an address such as https://fonds.exemple.fr.")
RETENTION = {
    code: period(f"RETENTION_{code.upper()}", default)
    for code, default in {
        "draft": "180 days",
        "refused": "2 years",
        "credited": "10 years",
        "sign_in_log": "1 year",
        "read_log": "1 year",
    }.items()
}
RETENTION_ERASES = flag("RETENTION_ERASES")
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", default="")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
# A worker that was away in the night does its work in the morning.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 24 * 3600}

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
