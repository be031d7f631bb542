"""Loaded by schemathesis: each request is made as the next person, so that every operation is asked by everybody.

FUZZ_PEOPLE is a file with everybody's headers and cookies. How often each asked what, and how often something was
done, is written beside it.
"""

import atexit
import itertools
import json
import os
import re
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

import schemathesis

FILE = Path(os.environ["FUZZ_PEOPLE"])
PEOPLE: dict[str, dict[str, dict[str, str]]] = json.loads(FILE.read_text())
NAMES = list(PEOPLE)

KEY_HEADER, USABLE = "Idempotency-Key", re.compile(r"[\x21-\x7e]{1,180}")
numbers = itertools.count(1)
asked: Counter[tuple[str, str]] = Counter()
acted: Counter[str] = Counter()
turns: Counter[str] = Counter()
lock = Lock()


@schemathesis.auth(refresh_interval=None)
class Rotating:
    def get(self, case: Any, _context: Any) -> str:
        with lock:
            label = case.operation.label
            name = NAMES[turns[label] % len(NAMES)]
            turns[label] += 1
            asked[label, name] += 1
        return name

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers.update(PEOPLE[data]["headers"])
        case.cookies.update(PEOPLE[data]["cookies"])


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A new key for each request that has a usable one.

    A key that was used before answers the first outcome whatever If-Match says by now: as designed, and not what
    the checks expect of a bad header.
    """
    key = case.headers.get(KEY_HEADER)
    if isinstance(key, str) and USABLE.fullmatch(key):
        case.headers[KEY_HEADER] = f"{key[:100]}-{next(numbers)}"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    if response.request.method in ("POST", "DELETE") and response.status_code < 400:
        with lock:
            acted[case.operation.label] += 1


@atexit.register
def write_counts() -> None:
    rows = [[label, name, times] for (label, name), times in sorted(asked.items())]
    FILE.with_suffix(".asked").write_text(json.dumps({"asked": rows, "acted": acted}))
