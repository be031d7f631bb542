"""How the properties of figures are tried: on a busy machine too, and the same way each time in CI."""

import os

from hypothesis import HealthCheck, settings

UNHURRIED = settings(
    deadline=None,
    max_examples=60,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
