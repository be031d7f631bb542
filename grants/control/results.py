"""What a sample has found so far, and what it says of its population."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Q, QuerySet

from grants.control.projection import Looked, Projection
from grants.enums import Found
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
