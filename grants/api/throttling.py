"""A brake on programs gone wild: so many requests a minute for each person, counted by each worker by itself."""

import time
from typing import Any

from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

SECOND = 1_000_000_000  # nanoseconds


class PerPerson(UserRateThrottle):
    """Counted in the process's memory: no request waits for a count, and none is shared between workers.

    A minute's requests may come all at once; then each waits until one more is due at the steady rate. One number is
    kept for a person: when all that they have sent would be worked off at that rate.
    """

    cache = caches["throttle"]
    clock = staticmethod(time.monotonic_ns)
    duration: int
    num_requests: int
    too_early: int

    def allow_request(self, request: Request, view: Any) -> bool:
        key, now = self.get_cache_key(request, view), self.clock()
        interval = self.duration * SECOND // self.num_requests
        worked_off_at = max(self.cache.get(key, 0), now) + interval
        self.too_early = worked_off_at - now - self.duration * SECOND
        if self.too_early > 0:
            return False
        self.cache.set(key, worked_off_at, self.duration)
        return True

    def wait(self) -> int:
        """Whole seconds, rounded up: whoever waits so long is let in."""
        return -(-self.too_early // SECOND)
