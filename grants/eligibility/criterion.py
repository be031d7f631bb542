"""What every criterion is: validated parameters and one pure judgement of facts. A leaf."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from grants.eligibility.facts import FACTS, Evidence, Facts
from grants.eligibility.findings import Finding
from grants.eligibility.strict_json import Json
from grants.enums import Outcome
from grants.exceptions import Breach

NOTHING: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(ABC):
    """A charter's criterion. Its fields are its parameters; `judge` depends on nothing else but its arguments.

    `code` is stored in charters and findings. Raise `rule_version` whenever `judge` may answer otherwise than
    before: a replay then tells which assessments that concerns.
    """

    article: str = field(default="", metadata={"stored": False})
    """The charter's article, quoted by the finding."""

    code: ClassVar[str]
    rule_version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]]
    """Names of the facts it looks at, the principal one first."""

    @abstractmethod
    def judge(self, facts: Facts, on: date) -> Finding:
        """Judge the facts on a day."""

    def problems(self) -> Iterator[Breach]:
        """Tell what is wrong between parameters that are each readable by themselves."""
        return iter(())

    @classmethod
    def evidence(cls) -> tuple[Evidence, ...]:
        """What may prove the principal fact, best first."""
        return FACTS[cls.needs[0]].evidence

    def finding(
        self,
        facts: Facts,
        outcome: Outcome,
        case: str,
        seen: Mapping[str, Json] = NOTHING,
        required: Mapping[str, Json] = NOTHING,
        *,
        would_pass: Mapping[str, Json] = NOTHING,
    ) -> Finding:
        evidence = {name: facts.evidence[name] for name in self.needs if name in facts.evidence}
        return Finding(self.code, outcome, case, seen, required, would_pass, self.article, self.rule_version, evidence)

    def unknown(self, facts: Facts, *names: str) -> Finding:
        """The finding when facts are missing: it names them, and their labels name who supplies them."""
        return self.finding(facts, Outcome.TO_VERIFY, "unknown", would_pass={"facts": names})


def no_list(pointer: str) -> Breach:
    """The breach of a list parameter left empty."""
    return Breach("empty_list", _("Name at least one."), {}, pointer)
