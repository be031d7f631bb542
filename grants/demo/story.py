"""How a story is played: every step is a real action, on its day, by a person; a refusal is told with its sentence."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from grants.demo.papers import paper
from grants.exceptions import ActionRefused
from grants.models import Application, Fund
from grants.staffing import Gap
from landlords.models import Landlord

R = TypeVar("R")

INDENT: Final = " " * 12
HYPOTHESIS: Final = "Hypothèse : "
SIGNED_PDF: Final = paper("Papier inventé pour la démonstration.")


def counted(files: int) -> str:
    return f"{files} dossier" if files == 1 else f"{files} dossiers"


class StoryBroken(Exception):
    """A step that the story needs refused went through: the guarantee it shows isn't there."""


class Story(ABC):
    """One fund's story. `say` takes each line told; `folder` is where its rent rolls are written.

    `code` is the fund's; `milestones` are the days whose position the report shows.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    milestones: tuple[date, ...]
    landlord: Landlord
    fund: Fund

    def __init__(self, say: Callable[[str], None], folder: Path) -> None:
        self.say = say
        self.folder = folder
        self.today = date.min
        self.files: dict[str, Application] = {}
        """The latest application of each tenant, by the tenant's name."""
        self._told_on = date.min
        self._keys = count(1)

    @abstractmethod
    def play(self) -> None:
        """Tell every chapter in order."""

    def on(self, day: date) -> None:
        """Go to a later day: a ledger's value dates never go back, nor does a story."""
        if day < self.today:
            raise ValueError(f"{day} comes before {self.today}.")
        self.today = day

    def tell(self, text: str) -> None:
        """Say one line; the first one of a day bears its date."""
        self.say((INDENT if self._told_on == self.today else f"{self.today:%d/%m/%Y}  ") + text)
        self._told_on = self.today

    def assume(self, text: str) -> None:
        """Tell what isn't a public fact."""
        self.tell(HYPOTHESIS + text)

    def tell_gaps(self, gaps: Sequence[Gap]) -> None:
        """Tell what nobody could carry to credited, if anything."""
        for gap in gaps:
            self.tell(f"Effectif insuffisant : {gap.sentence()}")
        if not gaps:
            self.tell("Effectif suffisant : chaque dossier trouve quatre personnes différentes.")

    def do(self, step: Callable[..., R], /, **request: object) -> R:
        """Take one action today, under a key of its own."""
        return step(**request, key=f"{self.code}:{next(self._keys)}", on=self.today)

    def refused(self, attempt: str, step: Callable[..., object], /, **request: object) -> None:
        """Try what has to be refused, and tell the sentence that the person reads."""
        try:
            self.do(step, **request)
        except ActionRefused as refusal:
            # The same sentence may hold for several lines: it is told once.
            sentences = dict.fromkeys(str(breach) for breach in refusal.breaches)
            self.tell(f"{attempt} Refusé : « {' '.join(sentences)} »")
        else:
            raise StoryBroken(attempt)
