"""A brake on programs gone wild: so many requests a minute for each person, counted by each worker by itself."""

from django.core.cache import caches
from rest_framework.throttling import UserRateThrottle


class PerPerson(UserRateThrottle):
    """Counted in the process's memory: no request waits for a count, and none is shared between workers."""

    cache = caches["throttle"]
