"""What every refusal promises: all its reasons, each a whole sentence, and that nothing was changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps

from grants.exceptions import ActionRefused, NotAllowed


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of grants."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_app_config("grants").get_models()
    }


@contextmanager
def refused(kind: type[ActionRefused], *codes: str) -> Iterator[pytest.ExceptionInfo[ActionRefused]]:
    """The block is refused for exactly these reasons, in any order, and leaves every row as it was."""
    before = everything()
    with pytest.raises(kind) as caught:
        yield caught
    assert sorted(caught.value.codes) == sorted(codes)
    for breach in caught.value.breaches:
        sentence = str(breach)
        assert sentence
        assert "%(" not in sentence
    assert everything() == before


@contextmanager
def not_allowed(*codes: str) -> Iterator[None]:
    """Refused for who asks; by default for want of a role."""
    with refused(NotAllowed, *(codes or ("role_missing",))):
        yield
