from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from landlords.models import Landlord
from tests.factories_landlords import landlord


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """These tests read sentences in the source's language."""
    with translation.override("en"):
        yield


@pytest.fixture
def owner() -> Landlord:
    return landlord()
