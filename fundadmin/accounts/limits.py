"""When somebody who failed too often may try again.

The counting is allauth's, in the database's cache: the moments of the last attempts, the newest first, for each limit.
"""

import math
import time
from collections.abc import Iterable

from allauth.core.internal.ratelimit import Rate, get_cache_key
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import ngettext

ACCOUNT = "allauth.account"
FROM_ANYWHERE = "login_failed_from_anywhere"


def from_anywhere() -> dict[str, str]:
    """The limit of one person's attempts from all networks together."""
    return {FROM_ANYWHERE: settings.LOGIN_FAILED_FROM_ANYWHERE}


def seconds_left(request: HttpRequest, *, action: str, rates: Iterable[Rate], key: str) -> int:
    """How long until an attempt is free again under every one of the limits; at least a second."""
    now, longest = time.time(), 1.0
    for rate in rates:
        history = cache.get(get_cache_key(request, app=ACCOUNT, action=action, rate=rate, key=key), [])
        recent = [moment for moment in history if moment > now - rate.duration]
        if len(recent) >= rate.amount:
            # The newest ones of the window must leave, up to the one that makes room.
            longest = max(longest, recent[rate.amount - 1] + rate.duration - now)
    return math.ceil(longest)


def too_often(seconds: int) -> str:
    """The sentence that says when to try again."""
    minutes = math.ceil(seconds / 60)
    message = ngettext(
        "Too many failed attempts. Try again in %(minutes)d minute, or have a new password sent to you.",
        "Too many failed attempts. Try again in %(minutes)d minutes, or have a new password sent to you.",
        minutes,
    )
    return message % {"minutes": minutes}
