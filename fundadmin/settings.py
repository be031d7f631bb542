"""Settings, from the environment and from `.env` (the environment wins). A bad value stops with one clear sentence.

- DEBUG: true for development only; default false.
- SECRET_KEY: required when DEBUG is false.
- ALLOWED_HOSTS: comma-separated host names; required when DEBUG is false.
- DATABASE_URL: what the application connects as; required when DEBUG is false. `embedded://` runs our own PostgreSQL
  (fundadmin/embedded_postgres.py), `embedded:///name` another database of it, and
  `postgres://role:password@host:5432/name` is any other server.
- DATABASE_OWNER_URL: the role that owns the tables, for `migrate` and `flush` only. `embedded://` has one.
- BEHIND_PROXY: true when a proxy ends TLS and sets X-Forwarded-Proto and X-Forwarded-For itself; default false.
- EMAIL_URL: such as `smtp+tls://user:password@host:587`; when DEBUG is true, mail is printed by default.
- DEFAULT_FROM_EMAIL: the sender of mail.
- API_REQUESTS_PER_MINUTE: how many API requests a person may send to each worker process; default 600.
- API_TOKEN_MAX_DAYS: how long an API token may last at most; default 366.
- STATIC_ROOT: where `collectstatic` puts static files; default under `var/`.
- METRICS_TOKEN: what Prometheus sends as its bearer token; without one there is no /metrics.
- RELEASE: the version that a backup names; default: what git says.
- CLAMAV_SOCKET or CLAMAV_HOST, CLAMAV_PORT: the ClamAV daemon that sees a document before it is kept; default none.
- MEDIA_ROOT, QUARANTINE_ROOT: where documents, and files it found something in, are kept; default below `var/`.
- SITE_URL: the site's address, which mails and letters link to; by default https and the first of ALLOWED_HOSTS.
- EMAIL_TIMEOUT: seconds to wait for the mail server's answers; default 30.
- RETENTION_DRAFT, RETENTION_REFUSED, RETENTION_CREDITED, RETENTION_SIGN_IN_LOG, RETENTION_READ_LOG: how long each is
  kept, such as `180 days`, `6 months` or `2 years`. The defaults and their legal sources are in `grants/retention.py`
  and on the page of the register.
- RETENTION_ERASES: true lets the nightly job erase what is due; by default it only says what would be.
- PRIVACY_CONTACT: whom a person writes to about their data, shown on the information notice.
- ENV_FILE: another file than `.env`.
- SECRET_KEY_FALLBACKS: comma-separated former keys, after SECRET_KEY was changed: second factors are encrypted with it.
- SESSION_IDLE_MINUTES: how long a session lasts without a request; default 60.
- SESSION_HOURS: how long a session lasts at most; default 10.
- OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: an OpenID Connect provider to log in with (all three or none);
  OIDC_NAME: what its button says. The address to register there is https://<host>/connexion/oidc/retour/.
- MAINTENANCE: true closes the site with a page that says so; a time such as 2026-12-01T08:00 (Paris) is told there too.
- PACK_SECRET: what the pseudonyms of auditors' packs are keyed by; default SECRET_KEY. Give it one of its own before
  SECRET_KEY is ever changed, or people get other pseudonyms from one pack to the next.
- PACK_CERTIFICATE, PACK_CERTIFICATE_PASSPHRASE: the PKCS#12 file that signs the summary of auditors' packs; when DEBUG
  is true, one of our own making; in production, without one the summary says that it isn't signed.
- OIDC_EMAIL_IS_VERIFIED: true when the provider sends verified addresses only and doesn't say so; default false.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from fundadmin import logs
from fundadmin.embedded_postgres import APP_ROLE, OWNER_ROLE, PROJECT, Server
from fundadmin.embedded_postgres import DATABASE as EMBEDDED_DATABASE
from fundadmin.environment import (
    PARIS,
    database,
    env,
    flag,
    number,
    openid_connect_apps,
    period,
    required,
    switch_or_time,
)
from fundadmin.postgres_programs import ServerError

BASE_DIR = PROJECT
TIME_ZONE = PARIS.key
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
    "csp",
    "bootstrap",
    "django_htmx",
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
    "csp.middleware.CSPMiddleware",
    "fundadmin.headers.permissions_policy",
    "fundadmin.headers.private_answers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fundadmin.maintenance.maintenance",
    "fundadmin.body_limit.body_limit",
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
# A former version is dated when it was replaced, not when that transaction began: entries are posted meanwhile.
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "grants:home"
LOGOUT_REDIRECT_URL = "account_login"
# CNIL's recommendation on passwords asks for a slow, salted, memory-hard hash. The others read older hashes.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "fundadmin.accounts.passwords.StrongEnough"},
]

# Accounts: log-in by e-mail, second factor, sessions, OpenID Connect (fundadmin/accounts/).
INSTALLED_APPS += [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE += [
    "allauth.account.middleware.AccountMiddleware",
    "fundadmin.going_back.back_is_safe",
    "fundadmin.accounts.sessions.SessionsEnd",
    "fundadmin.accounts.language.speaks_their_language",
    "fundadmin.accounts.second_factor.SecondFactorRequired",
    "django_htmx.middleware.HtmxMiddleware",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Whether a person's roles oblige them to a second factor; staff are obliged in any case.
SECOND_FACTOR_FOR = "grants.permissions.holds_guarded_role"
# In the database, so that what is counted there (log-in attempts, used codes) counts in every worker process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "fundadmin_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # API requests, counted by each worker by itself: a shared count would cost each request a write.
    "throttle": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttle"},
}
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # invitations too
SESSION_IDLE_MINUTES = number("SESSION_IDLE_MINUTES", default=60)
SESSION_HOURS = number("SESSION_HOURS", default=10)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_COOKIE_SAMESITE = "Lax"  # the return from an OpenID Connect provider needs it
ACCOUNT_ADAPTER = "fundadmin.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]  # nobody signs up; allauth reads it all the same
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[fundadmin] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the other sessions end, this one goes on
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_SESSION_REMEMBER = False
# Per person and network, so that nobody shuts out somebody else; per person from anywhere, against many machines.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/300s/key"}
LOGIN_FAILED_FROM_ANYWHERE = "100/1h/key"
ACCOUNT_FORMS = {
    "login": "fundadmin.accounts.forms.LogInForm",
    "reset_password": "fundadmin.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "fundadmin.accounts.forms.NewPasswordForm",
    "change_password": "fundadmin.accounts.forms.ChangePasswordForm",
    "set_password": "fundadmin.accounts.forms.SetPasswordForm",
    "reauthenticate": "fundadmin.accounts.forms.ConfirmPasswordForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(flag("BEHIND_PROXY"))
MFA_ADAPTER = "fundadmin.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "fundadmin"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_FORMS = {
    "authenticate": "fundadmin.accounts.forms.CodeForm",
    "reauthenticate": "fundadmin.accounts.forms.ConfirmCodeForm",
    "activate_totp": "fundadmin.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "fundadmin.accounts.forms.AddKeyForm",
    "edit_webauthn": "fundadmin.accounts.forms.EditKeyForm",
}
SOCIALACCOUNT_ADAPTER = "fundadmin.accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # the provider has verified the address, or nobody logs in
OIDC_EMAIL_IS_VERIFIED = flag("OIDC_EMAIL_IS_VERIFIED")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_connect_apps()}}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "fundadmin" / "locale"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"

# Operations (docs/operations.md).
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
LOGGING = logs.configuration(readable=DEBUG)
# A monitor asks each process directly, without the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
RELEASE = env.str("RELEASE", default="")
MAINTENANCE, MAINTENANCE_UNTIL = switch_or_time("MAINTENANCE")

# Documents: never below a web root, served by a view that asks who may; readable by this account alone.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
QUARANTINE_ROOT = Path(env.str("QUARANTINE_ROOT", default=str(BASE_DIR / "var" / "quarantine")))
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILES = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": FILES},
    "quarantine": {"BACKEND": FILES, "OPTIONS": {"location": QUARANTINE_ROOT}},
    "staticfiles": {
        # In production names carry a digest of the content, so browsers may keep them for ever.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
CLAMAV_SOCKET = env.str("CLAMAV_SOCKET", default="")
CLAMAV_HOST = env.str("CLAMAV_HOST", default="")
CLAMAV_PORT = number("CLAMAV_PORT", default=3310)

try:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"))
except (ImproperlyConfigured, KeyError, ValueError) as error:
    raise ImproperlyConfigured(
        "EMAIL_URL is not readable: write smtp+tls://user:password@host:587 or consolemail://."
    ) from error
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="fundadmin@localhost")

# Headers. A page runs and shows only what this site serves; nothing inline, nothing framed, nothing sent elsewhere.
# A view that needs more says so itself, with the decorators of csp.decorators (docs/decisions.md, "Strict headers").
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # The empty icon of base.html; Django's admin has icons of its own.
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# Background work: mails, retention (grants/tasks.py).
EMAIL_TIMEOUT = number("EMAIL_TIMEOUT", default=30)
SITE_URL = env.str(
    "SITE_URL", default="http://localhost:8000" if DEBUG else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
).rstrip("/")
if not SITE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}: write an address such as https://fonds.exemple.fr.")
RETENTION = {
    "draft": period("RETENTION_DRAFT", "180 days"),
    "refused": period("RETENTION_REFUSED", "2 years"),
    "credited": period("RETENTION_CREDITED", "10 years"),
    "sign_in_log": period("RETENTION_SIGN_IN_LOG", "1 year"),
    "read_log": period("RETENTION_READ_LOG", "1 year"),
}
RETENTION_ERASES = flag("RETENTION_ERASES")
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", default="")
# The auditor's pack (grants/exports/pack/, docs/auditor_pack.md).
PACK_SECRET = env.str("PACK_SECRET", default="")
PACK_CERTIFICATE = env.str("PACK_CERTIFICATE", default="")
PACK_CERTIFICATE_PASSPHRASE = env.str("PACK_CERTIFICATE_PASSPHRASE", default="")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
# A worker that was away in the night does its work in the morning.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 24 * 3600}

SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# The page carries the token itself, so no script needs to read the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "fundadmin.error_pages.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The API. A token acts for a person with some of their roles in one fund (grants/models/token.py).
API_TOKEN_MAX_DAYS = number("API_TOKEN_MAX_DAYS", default=366)
API_REQUESTS_PER_MINUTE = number("API_REQUESTS_PER_MINUTE", default=600)
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
    "DEFAULT_GENERATOR_CLASS": "grants.api.schema.Generator",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "grants.api.schema.with_examples",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
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
