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
- API_REQUESTS_PER_MINUTE: how many API requests a person may send to each worker process; default 600.
- API_TOKEN_MAX_DAYS: how long an API token may last at most; default 366.
- STATIC_ROOT, MEDIA_ROOT: where `collectstatic` puts static files, and where documents are kept; default under `var/`.
- METRICS_TOKEN: what Prometheus sends as its bearer token; without one there is no /metrics.
- RELEASE: the version that a backup names; default: what git says.
- ENV_FILE: another file than `.env`.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from fundadmin import logs
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


def whole_number(name: str, *, default: int) -> int:
    written = str(env.str(name, default=str(default))).strip()
    if written.isascii() and written.isdigit() and int(written) > 0:
        return int(written)
    raise ImproperlyConfigured(f"{name} is {written!r}: write a whole number above zero.")


def required(name: str, what: str) -> str:
    value = str(env.str(name, default="")).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is required when DEBUG is false: {what}")
    return value


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
    "drf_spectacular",
    "drf_spectacular_sidecar",
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
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "fundadmin.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fundadmin.outages.DatabaseOutage",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "fundadmin.urls"
WSGI_APPLICATION = "fundadmin.wsgi.application"
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

# Operations (docs/operations.md).
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # In production names carry a digest of the content, so browsers may keep them for ever.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LOGGING = logs.configuration(readable=DEBUG)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
RELEASE = env.str("RELEASE", default="")

try:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"))
except (ImproperlyConfigured, KeyError, ValueError) as error:
    raise ImproperlyConfigured(
        "EMAIL_URL is not readable: write smtp+tls://user:password@host:587 or consolemail://."
    ) from error
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="fundadmin@localhost")

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The API. A token acts for a person with some of their roles in one fund (grants/models/token.py).
API_TOKEN_MAX_DAYS = whole_number("API_TOKEN_MAX_DAYS", default=366)
API_REQUESTS_PER_MINUTE = whole_number("API_REQUESTS_PER_MINUTE", default=600)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "throttle": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"},
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "grants.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["grants.api.authentication.LoggedIn"],
    "DEFAULT_PARSER_CLASSES": ["grants.api.parsing.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "grants.api.schema.Described",
    "DEFAULT_THROTTLE_CLASSES": ["grants.api.throttling.PerPerson"],
    "DEFAULT_THROTTLE_RATES": {"user": f"{API_REQUESTS_PER_MINUTE}/min"},
    "EXCEPTION_HANDLER": "fundadmin.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "fundadmin",
    "DESCRIPTION": "Solidarity funds of rent relief: file, decide, credit, and read the ledger. docs/api.md explains.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "grants.enums.State",
        "LineStateEnum": "grants.enums.LineState",
        "FundStateEnum": "grants.enums.FundState",
        "RequestStateEnum": "grants.enums.RequestState",
        "RequestKindEnum": "grants.enums.RequestKind",
        "UndoKindEnum": ["uncredit", "reverse"],
        "LedgerKindEnum": "grants.enums.LedgerKind",
        "MandateKindEnum": "grants.enums.MandateKind",
        "AccountEnum": "grants.enums.Account",
        "ChannelEnum": "grants.enums.Channel",
        "VatRegimeEnum": "landlords.enums.VatRegime",
        "ReversalReasonEnum": "grants.enums.ReversalReason",
        "RejectionReasonEnum": "grants.enums.RejectionReason",
        "ActionEnum": "grants.enums.Action",
        "VisibilityEnum": "grants.enums.Visibility",
        "ReliefFormEnum": "grants.enums.ReliefForm",
    },
}
