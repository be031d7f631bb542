"""Clients that take files to credited over HTTP, two requests each, and keep every answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition

from django.utils import timezone

from tests.grants.api.program import PATIENCE_SECONDS, Program
from tests.server import Answer

NO_CONFLICT = {"no_conflict": True}


@dataclass(frozen=True, slots=True)
class Task:
    """An eligible file of one line, as it was read."""

    file: str
    version: int
    line: str


@dataclass
class Stream:
    """Each request has a key of its own, the same however often it is sent. `answers`: key -> the last answer."""

    approver: Program
    payer: Program
    answers: dict[str, Answer] = field(default_factory=dict)
    answered: Condition = field(default_factory=Condition)

    def take(self, tasks: Sequence[Task]) -> None:
        """Approve and credit each, one after the other."""
        for task in tasks:
            approved = self.approver.insist(
                task.file, "approve", NO_CONFLICT, key=f"approve-{task.line}", if_match=f'"{task.version}"'
            )
            self.keep(f"approve-{task.line}", approved)
            self.keep(f"credit-{task.line}", self.credit(task, approved.headers["etag"]))

    def credit(self, task: Task, if_match: str) -> Answer:
        asked = {"lines": [task.line], "voucher": voucher(f"AV-{task.line[:8]}")}
        return self.payer.insist(task.file, "credit", asked, key=f"credit-{task.line}", if_match=if_match)

    def keep(self, key: str, answer: Answer) -> None:
        assert answer.status == 200, answer.text
        with self.answered:
            self.answers[key] = answer
            self.answered.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many requests were answered for good."""
        with self.answered:
            assert self.answered.wait_for(lambda: len(self.answers) >= count, PATIENCE_SECONDS)

    def seen(self) -> Counter[str]:
        """How all that was sent ended, repetitions included."""
        return self.approver.tally.seen + self.payer.tally.seen

    def unclean(self) -> list[Answer]:
        return self.approver.tally.unclean + self.payer.tally.unclean


def voucher(ref: str) -> dict[str, str]:
    return {"form": "credit_note", "ref": ref, "on": str(timezone.localdate())}
