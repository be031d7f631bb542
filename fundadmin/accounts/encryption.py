"""Second factors' secrets are encrypted with a key made from SECRET_KEY: a copy of the database is no second factor."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PURPOSE = b"fundadmin second factor"


def encrypt(text: str) -> str:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises ImproperlyConfigured when neither SECRET_KEY nor SECRET_KEY_FALLBACKS fits."""
    try:
        return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A second factor was encrypted with another SECRET_KEY: name that one in SECRET_KEY_FALLBACKS."
        ) from error


@lru_cache(maxsize=4)
def _box(*keys: str) -> MultiFernet:
    """The first key encrypts, each may decrypt."""
    derived = [HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode()) for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
