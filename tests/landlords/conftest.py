from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """These tests read sentences in the source's language."""
    with translation.override("en"):
        yield
