"""Samples for tests: a plan, one drawn by a world's auditor, findings for all of its sheets."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone

from fundadmin.models import User
from grants import ledger
from grants.actions.sampling import draw_sample, record_finding, sign_sample
from grants.control.draw import Stratum
from grants.control.plan import Plan
from grants.control.population import population_of
from grants.enums import Found, SampleMethod, SampleScope, SampleUnit
from grants.models import Sample, SampleItem
from tests.factories import OPENED_ON, World, key

SEED = "graine-de-test-1"
PLAN = Plan(
    unit=SampleUnit.FILE,
    scope=SampleScope.CREDITED,
    since=OPENED_ON,
    until=OPENED_ON,
    method=SampleMethod.RANDOM,
    strata=(Stratum(None, 2),),
    seed=SEED,
)


def plan(**changes: Any) -> Plan:
    return replace(PLAN, **changes)


def seen(world: World, asked: Plan) -> str:
    """The digest of the population that the preflight would show now."""
    return population_of(world.fund, asked, up_to_number=ledger.head(world.fund.pk).number).digest


def a_sample(world: World, by: User | None = None, **changes: Any) -> Sample:
    """Of what was credited up to today, unless the plan says otherwise."""
    asked = plan(**{"since": date(2020, 1, 1), "until": timezone.localdate()} | changes)
    return draw_sample(fund=world.fund, plan=asked, seen=seen(world, asked), by=by or world.auditor, key=key())


def find(item: SampleItem, by: User, outcome: Found = Found.NOTHING, **given: Any) -> SampleItem:
    return record_finding(item=item, outcome=outcome, seen=item.found_at, by=by, **given)


def find_all(sample: Sample, by: User) -> None:
    for item in sample.items.filter(outcome=""):
        find(item, by)


def signed(world: World, **changes: Any) -> Sample:
    sample = a_sample(world, **changes)
    find_all(sample, sample.made_by)
    return sign_sample(sample=sample, conclusion="Sans observation majeure.", by=sample.made_by)
