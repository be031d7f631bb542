"""What a sample has found so far, what it says of its population, and whether it can be drawn again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from grants.control.draw import Drawn, Stratum, draw
from grants.control.plan import Plan
from grants.control.population import Population, population_of
from grants.control.projection import Looked, Projection
from grants.enums import Found, SampleMethod, SampleScope, SampleUnit
from grants.models import Sample, SampleItem


def with_progress(rows: QuerySet[Sample]) -> QuerySet[Sample]:
    """Each with `found_count`: how many of its sheets have a finding."""
    return rows.annotate(found_count=Count("items", filter=~Q(items__outcome="")))


def projection_of(sample: Sample, items: Iterable[SampleItem]) -> Projection:
    """From the findings there are; a sheet without one counts as looked at and without error."""
    held: list[list[SampleItem]] = [[] for _stratum in sample.strata]
    for item in items:
        held[item.stratum].append(item)
    return Projection([looked(stratum, drawn) for stratum, drawn in zip(sample.strata, held, strict=True)])


def looked(stratum: dict[str, int], drawn: Sequence[SampleItem]) -> Looked:
    return Looked(
        count=stratum["count"],
        cents=stratum["cents"],
        drawn=len(drawn),
        looked_cents=sum(item.cents for item in drawn),
        minor=sum(item.outcome == Found.MINOR for item in drawn),
        errors=sum(item.outcome == Found.AT_RISK for item in drawn),
        error_cents=sum(item.at_risk_cents for item in drawn),
    )


def plan_of(sample: Sample) -> Plan:
    """What was asked, with the seed that was used."""
    return Plan(
        unit=SampleUnit(sample.unit),
        scope=SampleScope(sample.scope),
        since=sample.since,
        until=sample.until,
        method=SampleMethod(sample.method),
        strata=tuple(Stratum(one["upto_cents"], one["size"]) for one in sample.strata),
        seed=sample.seed,
    )


@dataclass(frozen=True, slots=True)
class Redraw:
    """The same sample drawn again from the journal of today, up to the entry that was the last one then."""

    population: Population
    lots: Sequence[Drawn]
    same_population: bool
    same_units: bool

    @property
    def holds(self) -> bool:
        return self.same_population and self.same_units


def redrawn(sample: Sample, items: Iterable[SampleItem]) -> Redraw:
    plan = plan_of(sample)
    population = population_of(sample.fund, plan, up_to_number=sample.head_number)
    lots = draw(population.units, plan.strata, plan.seed)
    kept = [(item.stratum, item.digest, item.cents) for item in items]
    return Redraw(
        population,
        lots,
        same_population=population.digest == sample.population_digest,
        same_units=[(lot.stratum, lot.digest, lot.unit.cents) for lot in lots] == kept,
    )
