"""What an auditor asks of a sample: of what, how, how much. Pure: judged before and after the population is read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.control.draw import Stratum, Unit, by_stratum
from grants.enums import SampleMethod, SampleScope, SampleUnit
from grants.exceptions import Breach
from grants.money import Cents

LARGEST: Final = 300
"""Units in a sample: more is no sample, and no working paper that anybody reads."""
BOUNDS: Final = 4
FIRST_YEAR: Final = 1999
SEED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`strata`: one without a bound for a random sample. `seed`: empty where the machine is to draw one."""

    unit: SampleUnit
    scope: SampleScope
    since: date
    until: date
    method: SampleMethod
    strata: tuple[Stratum, ...]
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What a stratum has and what is drawn of it."""

    stratum: Stratum
    above_cents: int
    count: int
    cents: int
    drawn: int

    @property
    def is_whole(self) -> bool:
        return self.drawn == self.count


def plan_breaches(plan: Plan, today: date) -> list[Breach]:
    """What is wrong with a plan whatever the population."""
    return [*_period(plan, today), *_seed(plan), *_strata(plan.strata)]


def _period(plan: Plan, today: date) -> Iterator[Breach]:
    if plan.since > plan.until:
        yield Breach("period", _("The period ends before it begins: exchange the two days."), pointer="until")
    if plan.since.year < FIRST_YEAR:
        yield Breach("too_early", _("No fund of this system is older than the euro (1999)."), pointer="since")
    if plan.until > today:
        yield Breach("future", _("This day is still to come: the period ends today at the latest."), pointer="until")


def _seed(plan: Plan) -> Iterator[Breach]:
    if plan.seed and not SEED.fullmatch(plan.seed):
        message = _("A seed has 8 to 64 letters without accents, digits, dots, hyphens or underscores.")
        yield Breach("seed", message, pointer="seed")


def _strata(strata: Sequence[Stratum]) -> Iterator[Breach]:
    bounds = [one.upto_cents for one in strata if one.upto_cents is not None]
    for number, (before, bound) in enumerate(pairwise([0, *bounds]), start=1):
        if bound <= before:
            message = _("Each bound is above the one before (%(before)s).")
            yield Breach("bounds", message, {"before": Cents(before)}, f"upto_{number}")
    for number, one in enumerate(strata, start=1):
        if one.size is not None and one.size < 1:
            message = _("Draw at least one unit: of a stratum of which nothing is drawn, nothing can be said.")
            yield Breach("size", message, pointer=f"size_{number}")


def shares(units: Iterable[Unit], strata: Sequence[Stratum]) -> list[Share]:
    """What each stratum has. One with less than its size is taken whole."""
    found = []
    above = 0
    for stratum, held in zip(strata, by_stratum(units, strata), strict=True):
        drawn = len(held) if stratum.size is None else min(stratum.size, len(held))
        found.append(Share(stratum, above, len(held), sum(unit.cents for unit in held), drawn))
        above = stratum.upto_cents or 0
    return found


def size_breaches(found: Sequence[Share]) -> list[Breach]:
    """Whether there is something to draw, and not too much."""
    drawn = sum(share.drawn for share in found)
    if drawn == 0:
        message = _("Nothing was credited or approved in this period: there is nothing to draw.")
        return [Breach("empty", message, pointer="since")]
    if drawn > LARGEST:
        message = _(
            "This would draw %(drawn)s units; a sample has %(limit)s at most. Raise the last bound or draw less."
        )
        return [Breach("too_many", message, {"drawn": drawn, "limit": LARGEST}, "size_1")]
    return []
