"""A program that talks to a running server over HTTP, and does not give up where it may simply ask again."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Barrier, Event, Lock
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from fundadmin.models import User
from grants.actions.tokens import make_token
from grants.models import FundMember
from tests.factories import World
from tests.server import Answer, Site

R = TypeVar("R")
PATIENCE_SECONDS = 60
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.2
STILL_RUNNING = "urn:fundadmin:problem:still-running"
CUT = "cut"
"""The connection broke before the answer came: the program can't know whether its request was done."""


@dataclass
class Tally:
    """How requests ended, counted by all threads together."""

    seen: Counter[str] = field(default_factory=Counter)
    unclean: list[Answer] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, ending: str) -> None:
        with self.lock:
            self.seen[ending] += 1


@dataclass(frozen=True)
class Program:
    """Acts for one person by a token. Each call is a connection of its own."""

    site: Site
    secret: str
    tally: Tally = field(default_factory=Tally)

    def post(self, path: str, body: Any, *, key: str, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": key, "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.site.ask("POST", f"/api/v1/{path}", sent | named, json.dumps(body).encode())

    def act(self, file: UUID | str, action: str, body: Any, *, key: str, if_match: str = "*") -> Answer:
        return self.post(f"applications/{file}/{action}/", body, key=key, if_match=if_match)

    def insist(self, file: UUID | str, action: str, body: Any, *, key: str, if_match: str = "*") -> Answer:
        """`act`, again and again until it is answered for good."""
        return self.until_answered(lambda: self.act(file, action, body, key=key, if_match=if_match))

    def until_answered(self, send: Callable[[], Answer]) -> Answer:
        """Send again after a broken connection, a 503, or a 409 that says the same request is still running."""
        deadline, pause = monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
        while monotonic() < deadline:
            try:
                answer = send()
            except (OSError, HTTPException):
                self.tally.note(CUT)
            else:
                self.tally.note(str(answer.status))
                if answer.status != 503 and not is_still_running(answer):
                    return answer
                if not is_clean(answer):
                    self.tally.unclean.append(answer)
            Event().wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError(f"No answer in {PATIENCE_SECONDS} s: {self.tally.seen}")


def is_still_running(answer: Answer) -> bool:
    return answer.status == 409 and json.loads(answer.body)["type"] == STILL_RUNNING


def is_clean(answer: Answer) -> bool:
    """A problem that says when to ask again."""
    is_problem = answer.headers["content-type"] == "application/problem+json"
    return is_problem and answer.headers["retry-after"].isdigit()


def secret_of(world: World, user: User) -> str:
    """A token with all the roles of a person of this world."""
    roles = FundMember.objects.filter(fund=world.fund, user=user).values_list("role", flat=True)
    _token, secret = make_token(fund=world.fund, roles=list(roles), name="essai", days=1, by=user)
    return secret


def together(calls: Sequence[Callable[[], R]]) -> list[R]:
    """What each call returned, in order; all set off at once."""
    gate = Barrier(len(calls), timeout=PATIENCE_SECONDS)

    def run(call: Callable[[], R]) -> R:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
