"""Names that say nothing, and stay the same from one pack of a fund to the next.

Keyed by a secret of the server: a SIREN has nine digits, and anybody could try them all against a plain digest.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac

LENGTH = 16  # hexadecimal digits: 64 bits, so that two people of one fund never share one
SALT = "grants.exports.pack.pseudonyms"

Pseudonym = Callable[[str, object], str]
"""pseudonym(letter, what): `p-…` for a person, `t-…` a tenant, `u-…` an undertaking, `l-…` a lease, `v-…` a voucher."""


def pseudonyms_of(fund_code: str) -> Pseudonym:
    """The same people and businesses are others in each fund, so that packs of two funds can't be joined."""
    key = salted_hmac(SALT, fund_code, secret=settings.PACK_SECRET or settings.SECRET_KEY, algorithm="sha256").digest()

    @lru_cache(maxsize=50_000)
    def pseudonym(letter: str, what: object) -> str:
        return f"{letter}-{hmac.new(key, f'{letter}:{what}'.encode(), hashlib.sha256).hexdigest()[:LENGTH]}"

    return pseudonym
