"""What a guide of /aide is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grants.enums import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Step:
    title: "_StrPromise"
    text: "_StrPromise"


@dataclass(frozen=True, slots=True)
class Guide:
    slug: str
    role: Role
    purpose: "_StrPromise"
    steps: Sequence[Step]
    note: "_StrPromise"
    """What the rules don't let this role do."""
