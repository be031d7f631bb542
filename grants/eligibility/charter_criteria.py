"""From what a charter stores to criteria, and from criteria and facts to findings. A leaf."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from grants.eligibility import business, tenancy, turnover
from grants.eligibility.criterion import Criterion
from grants.eligibility.facts import Facts
from grants.eligibility.findings import Finding
from grants.eligibility.strict_json import Json, dump, load
from grants.exceptions import BadInput, Breach

CRITERIA: Mapping[str, type[Criterion]] = {
    kind.code: kind
    for kind in (
        business.ClosedByOrder,
        turnover.TurnoverLoss,
        business.Headcount,
        turnover.AnnualTurnover,
        business.NafIn,
        business.CraftRegistration,
        tenancy.LeaseCovers,
        business.StartedBefore,
        business.NotInProceedings,
        tenancy.ArrearsBefore,
        tenancy.OtherAidDeclared,
        tenancy.DeMinimis,
    )
}
"""Every criterion a charter may list, by its stored code."""


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion as a charter stores it; `article` is the charter's own numbering, e.g. "art. 3.2"."""

    code: str
    parameters: Mapping[str, Json]
    article: str = ""

    @classmethod
    def of(cls, criterion: Criterion) -> "CriterionSpec":
        return cls(criterion.code, dump(criterion), criterion.article)


def parse_criterion(code: str, parameters: object, article: str = "") -> Criterion:
    """Validate a criterion's parameters; raise `BadInput` with every problem."""
    kind = CRITERIA.get(code)
    if kind is None:
        message = _("“%(code)s” is not a criterion; the criteria are: %(known)s.")
        raise BadInput([Breach("unknown_criterion", message, {"code": code, "known": ", ".join(CRITERIA)}, "code")])
    try:
        criterion = load(kind, parameters)
    except BadInput as error:
        raise BadInput(_under("parameters", error)) from None
    return dataclasses.replace(criterion, article=article)


def parse_criteria(specs: Iterable[CriterionSpec]) -> list[Criterion]:
    """Validate a charter's criteria together; raise `BadInput` with every problem of all of them."""
    criteria: list[Criterion] = []
    problems: list[Breach] = []
    for rank, spec in enumerate(specs):
        try:
            criteria.append(parse_criterion(spec.code, spec.parameters, spec.article))
        except BadInput as error:
            problems += _under(f"criteria/{rank}", error)
    if problems:
        raise BadInput(problems)
    return criteria


def evaluate(criteria: Sequence[Criterion], facts: Facts, on: date) -> list[Finding]:
    """Judge the facts by each criterion on a day, in the charter's order."""
    return [criterion.judge(facts, on) for criterion in criteria]


def _under(place: str, error: BadInput) -> list[Breach]:
    return [dataclasses.replace(breach, pointer=f"{place}/{breach.pointer}".rstrip("/")) for breach in error.breaches]
