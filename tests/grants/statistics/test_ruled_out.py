"""SQL refuses over a rent roll whom the criteria refuse one by one."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import cycle, product

import pytest

from grants.eligibility import Criterion, evaluate, parse_criterion
from grants.eligibility.charter_criteria import CRITERIA
from grants.enums import Outcome
from grants.queries import rent_roll_facts
from grants.statistics.ruled_out import REFUSALS, ruled_out, running
from landlords.enums import Periodicity, VatRegime
from landlords.models import Landlord, Lease, Premises, TenantBusiness
from tests import factories_landlords

pytestmark = pytest.mark.django_db

FIRST, LAST, DAY = date(2020, 3, 1), date(2020, 8, 1), date(2020, 6, 15)
DATES = (
    # starts, ends, notice given
    (date(2018, 1, 1), None, None),
    (date(2018, 1, 1), None, DAY),
    (date(2018, 1, 1), None, date(2020, 6, 16)),
    (date(2018, 1, 1), date(2020, 2, 29), None),
    (date(2018, 1, 1), date(2020, 3, 1), None),
    (date(2018, 1, 1), date(2020, 4, 30), None),
    (date(2018, 1, 1), date(2020, 6, 14), None),
    (date(2018, 1, 1), DAY, None),
    (date(2018, 1, 1), date(2020, 7, 31), None),
    (date(2020, 3, 31), None, None),
    (date(2020, 4, 1), date(2020, 12, 31), None),
    (date(2020, 6, 16), None, None),
    (date(2020, 8, 31), None, None),
    (date(2020, 9, 1), None, None),
)
NAF = (("", ""), ("56.10A", ""), ("96.02A", ""), ("", "56.11J"), ("47.11B", "56.11J"))
STARTED = (None, date(2019, 9, 30), date(2019, 10, 1), date(2020, 1, 1))


@pytest.fixture
def landlord() -> Landlord:
    """One who lets to businesses of every kind, some of which have two leases."""
    landlord = factories_landlords.landlord()
    kinds = product((None, 0, 5, 6), NAF, (None, False, True), STARTED)
    tenants = TenantBusiness.objects.bulk_create(
        TenantBusiness(
            landlord=landlord,
            legal_name=f"Entreprise {n}",
            headcount=headcount,
            naf_rev2=naf[0],
            naf_2025=naf[1],
            craft_registered=craft,
            rne_extract_on=date(2020, 1, 1) if craft else None,
            started_on=started,
        )
        for n, (headcount, naf, craft, started) in enumerate(kinds)
    )
    premises = Premises.objects.bulk_create(
        Premises(landlord=landlord, reference=f"L{n}") for n in range(2 * len(tenants))
    )
    dates, others, places = cycle(DATES), cycle(DATES[::3]), iter(premises)
    leases = [(tenant, next(dates)) for tenant in tenants] + [(tenant, next(others)) for tenant in tenants[::4]]
    Lease.objects.bulk_create(
        Lease(
            landlord=landlord,
            tenant=tenant,
            premises=(place := next(places)),
            reference=f"B{place.pk}",
            starts_on=starts_on,
            ends_on=ends_on,
            notice_given_on=notice_given_on,
            vat_regime=VatRegime.DEBITS,
            periodicity=Periodicity.MONTHLY,
        )
        for tenant, (starts_on, ends_on, notice_given_on) in leases
    )
    return landlord


def criteria() -> Iterator[Criterion]:
    for op, n in product(("<", "<=", ">", ">="), (1, 5, 6)):
        yield parse_criterion("headcount", {"op": op, "n": n})
    for nomenclature, codes in (("rev2", ["56.10A"]), ("rev2", ["56.10A", "96.02A"]), ("2025", ["56.11J"])):
        yield parse_criterion("naf_in", {"nomenclature": nomenclature, "codes": codes})
    for days in (None, 30):
        yield parse_criterion("craft_registration", {"proof_max_age_days": days})
    for before in ("2019-10-01", "2020-01-01", "2020-01-02"):
        yield parse_criterion("started_before", {"before": before})
    for months in ([], ["2020-03"], ["2020-04", "2020-07"], ["2020-12"], ["2020-08", "2020-01"]):
        yield parse_criterion("lease_covers", {"months": months})


def one_by_one(landlord: Landlord, criteria: Sequence[Criterion]) -> set[int]:
    """Whom the criteria refuse, judged as a file's are."""
    found = set()
    for tenant in TenantBusiness.objects.filter(landlord=landlord).prefetch_related("leases"):
        leases = [lease for lease in tenant.leases.all() if runs(lease)]
        findings = evaluate(criteria, rent_roll_facts(tenant, leases), DAY) if leases else []
        if any(finding.outcome == Outcome.NO for finding in findings):
            found.add(tenant.pk)
    return found


def runs(lease: Lease) -> bool:
    """Whether it runs in one of the months."""
    return lease.starts_on.replace(day=1) <= LAST and (lease.ends_on is None or lease.ends_on >= FIRST)


def in_sql(landlord: Landlord, criteria: Sequence[Criterion]) -> set[int]:
    leases = running(FIRST, LAST)
    tenants = TenantBusiness.objects.filter(ruled_out(criteria, leases, DAY), landlord=landlord)
    with_leases = TenantBusiness.objects.filter(leases__in=Lease.objects.filter(pk__in=leases_of(landlord)))
    return {tenant.pk for tenant in tenants} & {tenant.pk for tenant in with_leases}


def leases_of(landlord: Landlord) -> list[int]:
    return [lease.pk for lease in Lease.objects.filter(landlord=landlord) if runs(lease)]


def test_each_criterion_refuses_the_same(landlord: Landlord) -> None:
    for criterion in criteria():
        refused = one_by_one(landlord, [criterion])
        assert refused == in_sql(landlord, [criterion]), criterion
    everyone = list(criteria())
    assert one_by_one(landlord, everyone[:3]) == in_sql(landlord, everyone[:3])


def test_nobody_is_refused_without_a_criterion(landlord: Landlord) -> None:
    assert in_sql(landlord, []) == set()


def test_every_criterion_that_a_rent_roll_answers_is_there() -> None:
    """The others need a fact that it doesn't have, and what is unknown refuses nobody."""
    answered = {"headcount", "naf_codes", "craft_registered", "craft_proof_on", "started_on", "leases"}
    assert {kind for kind in CRITERIA.values() if answered >= {*kind.needs}} == set(REFUSALS)
