"""Which tenants of a rent roll a charter's criteria refuse by what the roll itself says: the criteria, as SQL.

`grants.eligibility` judges one file with its sentences; over a rent roll of thousands only the refusals count, and the
database knows all they rest on. Arrears are left out (roll.py says why); other facts are unknown to a rent roll, and
what is unknown refuses nobody. tests/grants/statistics/test_ruled_out.py holds the two together.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from grants.eligibility import Criterion
from grants.eligibility.business import CraftRegistration, Headcount, NafIn, StartedBefore
from grants.eligibility.tenancy import LeaseCovers
from landlords.enums import NafNomenclature
from landlords.models import Lease

NAF_FIELD: Final = {NafNomenclature.REV2: "naf_rev2", NafNomenclature.NAF2025: "naf_2025"}


def after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def running(first_month: date, last_month: date) -> QuerySet[Lease]:
    """The leases of a tenant (the outer row) that run in one of the months."""
    in_time = Q(ends_on=None) | Q(ends_on__gte=first_month)
    return Lease.objects.filter(in_time, tenant=OuterRef("pk"), starts_on__lt=after(last_month))


def ruled_out(criteria: Sequence[Criterion], leases: QuerySet[Lease], day: date) -> Q:
    """True of the tenants that one of the criteria refuses; `leases`: those looked at."""
    condition = Q(pk__in=[])
    for criterion in criteria:
        if type(criterion) in REFUSALS:
            condition |= REFUSALS[type(criterion)](criterion, leases, day)
    return condition


def _headcount(criterion: Headcount, _leases: QuerySet[Lease], _day: date) -> Q:
    limit = criterion.op.limit(criterion.n)
    return Q(headcount__gt=limit) if criterion.op.asks_for_less else Q(headcount__lt=limit)


def _naf(criterion: NafIn, _leases: QuerySet[Lease], _day: date) -> Q:
    field = NAF_FIELD[criterion.nomenclature]
    return ~Q(**{field: ""}) & ~Q(**{f"{field}__in": criterion.codes})


def _craft(_criterion: CraftRegistration, _leases: QuerySet[Lease], _day: date) -> Q:
    return Q(craft_registered=False)


def _started(criterion: StartedBefore, _leases: QuerySet[Lease], _day: date) -> Q:
    return Q(started_on__gte=criterion.before)


def _lease(criterion: LeaseCovers, leases: QuerySet[Lease], day: date) -> Q:
    fault = Q(notice_given_on__lte=day) | Q(starts_on__gt=day) | Q(ends_on__lt=day)
    if criterion.months:
        first, last = (date.fromisoformat(f"{month}-01") for month in (min(criterion.months), max(criterion.months)))
        fault |= Q(starts_on__gte=after(first)) | Q(ends_on__lt=last)
    return Q(Exists(leases.filter(fault)))


REFUSALS: Final[Mapping[type[Criterion], Callable[[Any, QuerySet[Lease], date], Q]]] = {
    Headcount: _headcount,
    NafIn: _naf,
    CraftRegistration: _craft,
    StartedBefore: _started,
    LeaseCovers: _lease,
}
