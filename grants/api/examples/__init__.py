"""Examples for the API's description, by the component they are an example of. People and businesses are invented.

`tests/grants/api/test_schema.py` holds each against its own schema, so none goes stale.
"""

from collections.abc import Mapping
from typing import Any

from grants.api.examples.asking import ASKED
from grants.api.examples.problems import PROBLEM_EXAMPLES
from grants.api.examples.reading import READ

EXAMPLES: Mapping[str, Any] = {**ASKED, **READ}

__all__ = ["EXAMPLES", "PROBLEM_EXAMPLES"]
