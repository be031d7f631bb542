"""The database behind the server, and a way into it: `with world.database(): ...` reads and writes its rows.

It is a database of its own, since the server's rows are committed and the other tests' are rolled back.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.utils import translation

from fundadmin import settings as production
from fundadmin.models import User
from tests.accounts import confirm_again, log_in
from tests.server import Site

HASHERS: Final = {"PASSWORD_HASHERS": production.PASSWORD_HASHERS}


@dataclass
class BrowserWorld:
    name: str
    media: Path
    unblock: Callable[[], Any]
    site: Site | None = None
    sessions: dict[int, str] = field(default_factory=dict)
    """The session keys of who logged in, by the user's id."""

    @contextmanager
    def database(self) -> Iterator[None]:
        """Django works on the server's database, and where it keeps files, until the end."""
        settings_dict, before = connection.settings_dict, connection.settings_dict["NAME"]
        connection.close()
        settings_dict["NAME"] = self.name
        files = {"BACKEND": production.FILES, "OPTIONS": {"location": self.media}}
        storages = dict.fromkeys(("default", "quarantine"), files)
        static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
        try:
            with self.unblock(), override_settings(STORAGES=storages | static, **HASHERS), translation.override("fr"):
                yield
        finally:
            connection.close()
            settings_dict["NAME"] = before

    def session_of(self, user: User) -> str:
        """A session in which the person gave password and second factor; made once per person."""
        if user.pk not in self.sessions:
            with self.database():
                self.sessions[user.pk] = str(confirm_again(log_in(Client(), user)).session.session_key)
        return self.sessions[user.pk]

    def cookie(self, user: User) -> Any:
        assert self.site is not None
        return {"name": "sessionid", "value": self.session_of(user), "url": self.site.url}


def certificate(path: Path) -> Path:
    """A certificate of our own for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def fingerprint(path: Path) -> str:
    """The digest of a certificate's public key, by which Chromium is told to trust it."""
    public = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(hashlib.sha256(spki).digest()).decode()
