"""Who is told how each action ended: metrics, for one. The actions don't know who listens."""

from collections.abc import Callable
from contextvars import ContextVar

Observer = Callable[[str, str], None]

observers: list[Observer] = []
"""Each is called with the action's name and its result: `done`, `replayed`, `refused:RuleRefused`, `failed:...`."""

replayed: ContextVar[bool] = ContextVar("replayed", default=False)
"""Whether the action in progress found that it had been done before."""


def tell(action: str, result: str) -> None:
    for observer in observers:
        observer(action, result)
