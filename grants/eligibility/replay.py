"""What an assessment stores, and whether today's rules still answer the same. A leaf."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.eligibility.charter_criteria import CriterionSpec, parse_criterion
from grants.eligibility.criterion import Criterion
from grants.eligibility.facts import Facts
from grants.eligibility.findings import Finding
from grants.eligibility.strict_json import dump, load
from grants.exceptions import BadInput, Breach


@dataclass(frozen=True, slots=True)
class Record:
    """An assessment's inputs and answers, enough to judge again."""

    on: date
    specs: tuple[CriterionSpec, ...]
    facts: Facts
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One point where today's rules answer otherwise."""

    code: str
    field: str
    then: object
    now: object

    def __str__(self) -> str:
        sentence = _("%(code)s: %(field)s was %(then)s, today's rules say %(now)s.")
        return sentence % {"code": self.code, "field": self.field, "then": self.then, "now": self.now}


def record(criteria: Sequence[Criterion], facts: Facts, on: date, findings: Sequence[Finding]) -> dict[str, Any]:
    """What an assessment stores as JSON: the day, criteria, facts and findings."""
    specs = tuple(CriterionSpec.of(criterion) for criterion in criteria)
    stored: dict[str, Any] = dump(Record(on, specs, facts, tuple(findings)))
    return stored


def replay(stored: object) -> list[Difference]:
    """Judge a stored assessment again; return where today's rules answer otherwise (none: all the same).

    Raise `BadInput` when what is stored isn't a record.
    """
    then = load(Record, stored)
    if len(then.specs) != len(then.findings):
        message = gettext_lazy("%(specs)s criteria but %(findings)s findings are stored.")
        params = {"specs": len(then.specs), "findings": len(then.findings)}
        raise BadInput([Breach("findings_missing", message, params, "findings")])
    differences: list[Difference] = []
    for spec, finding in zip(then.specs, then.findings, strict=True):
        differences += _differences(spec, finding, then.facts, then.on)
    return differences


def _differences(spec: CriterionSpec, then: Finding, facts: Facts, on: date) -> Iterator[Difference]:
    try:
        criterion = parse_criterion(spec.code, spec.parameters, spec.article)
    except BadInput as error:
        yield Difference(spec.code, "criterion", dump(spec), str(error))
        return
    before, now = then.to_json(), criterion.judge(facts, on).to_json()
    for name in before:
        if before[name] != now[name]:
            yield Difference(spec.code, name, before[name], now[name])
