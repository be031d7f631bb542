"""The tests' settings: the application's own, on a server whose data may be lost.

Without TEST_DATABASE_URL that is a second embedded cluster, `var/postgres-test`, which doesn't wait for the disk.
TEST_DATABASE_URL is a superuser's URL on another server; the tests make two roles and their databases there.
"""

import os
from hashlib import sha256

from fundadmin.embedded_postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, TEST_CLUSTER

TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
SUPERUSER_URL = TEST_DATABASE_URL or TEST_CLUSTER.url(SUPERUSER, "postgres")
# On someone's server the roles have names of their own, so that real ones are left alone, and a password.
TEST_OWNER_ROLE = "fundadmin_test_owner" if TEST_DATABASE_URL else OWNER_ROLE
TEST_APP_ROLE = "fundadmin_test_app" if TEST_DATABASE_URL else APP_ROLE
TEST_PASSWORD = sha256(TEST_DATABASE_URL.encode()).hexdigest() if TEST_DATABASE_URL else ""


def role_url(role: str, database: str) -> str:
    """The URL of `database` for one of the tests' roles."""
    credentials = f"{role}:{TEST_PASSWORD}" if TEST_PASSWORD else role
    scheme, _, rest = SUPERUSER_URL.partition("://")
    address = rest.rpartition("@")[2].partition("/")[0]
    query = rest.partition("?")[2]
    return f"{scheme}://{credentials}@{address}/{database}" + (f"?{query}" if query else "")


# Nobody's own environment or .env changes a test's outcome. The real name of the database is made in conftest.py.
os.environ.update(
    ENV_FILE=os.devnull,
    DEBUG="false",
    SECRET_KEY="for the tests only, of a length that no check complains about: 0123456789",
    ALLOWED_HOSTS="testserver,localhost",
    DATABASE_URL=role_url(TEST_APP_ROLE, "postgres"),
    DATABASE_OWNER_URL=role_url(TEST_OWNER_ROLE, "postgres"),
    EMAIL_URL="memorymail://",
    SITE_URL="https://fonds.exemple.invalid",
)
for name in (
    "BEHIND_PROXY",
    "CLAMAV_HOST",
    "CLAMAV_SOCKET",
    "DEFAULT_FROM_EMAIL",
    "MAINTENANCE",
    "MEDIA_ROOT",
    "METRICS_TOKEN",
    "QUARANTINE_ROOT",
    "RELEASE",
    "STATIC_ROOT",
    *("BEHIND_PROXY", "DEFAULT_FROM_EMAIL", "SECRET_KEY_FALLBACKS", "SESSION_IDLE_MINUTES", "SESSION_HOURS"),
    *("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_EMAIL_IS_VERIFIED"),
):
    os.environ.pop(name, None)

from fundadmin.settings import *  # noqa: E402, F403 - the environment above comes first

SECURE_SSL_REDIRECT = False
# Hashing slowly is for real passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files are looked for when asked, so nobody has to collect them first.
WHITENOISE_AUTOREFRESH = True
# What tests attach stays in memory.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "quarantine": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
