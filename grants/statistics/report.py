"""The report for officials: what one fund, or all of a chamber's, came to. Nothing in it names a business.

The page, the paper and the public page show the same, so what must stay hidden is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.models import Fund
from grants.statistics.cells import SMALL, Published, published
from grants.statistics.figures import Figures, figures
from grants.statistics.promises import Promised, promises
from grants.statistics.roll import Roll, roll

TEN_EUROS: Final = 10_00
"""In cents."""


@dataclass(frozen=True, slots=True)
class Done:
    """What the money did until a day, which is all that the public page tells: the rent roll isn't judged for it."""

    as_at: date
    figures: Figures
    tables: Published

    @property
    def is_small(self) -> bool:
        """Fewer businesses than may be told of by themselves: no amount, no job, no table."""
        return 0 < self.figures.helped < SMALL

    @property
    def median_cents(self) -> int | None:
        """To the nearest ten euros, and of ten businesses at least: it may be one's exact grant.

        So as many lie on either side of it as may be told of by themselves.
        """
        exact = self.figures.median_cents
        if exact is None or self.figures.helped < 2 * SMALL:
            return None
        return (exact + TEN_EUROS // 2) // TEN_EUROS * TEN_EUROS


@dataclass(frozen=True, slots=True)
class Report(Done):
    """`endowed_cents`, `ceiling_cents`: of the funds together."""

    funds: Sequence[Fund]
    endowed_cents: int
    ceiling_cents: int
    roll: Roll
    promises: list[Promised]

    @property
    def shows_delays(self) -> bool:
        return self.figures.delays.credited >= SMALL

    @property
    def knows_epci(self) -> bool:
        return self.figures.epci_unknown < self.figures.helped


def done(fund_ids: Sequence[int], as_at: date) -> Done:
    """Of these funds together, as at the end of a day."""
    found = figures(fund_ids, as_at)
    return Done(as_at, found, published(found.trades(), found.places()))


def report(funds: Sequence[Fund], *, as_at: date, on: date, endowed_cents: int, ceiling_cents: int) -> Report:
    """Money as at the end of `as_at`; the rent roll and the commitments as they are on the day it is asked for."""
    ids = [fund.pk for fund in funds]
    told = done(ids, as_at)
    return Report(
        as_at=as_at,
        figures=told.figures,
        tables=told.tables,
        funds=funds,
        endowed_cents=endowed_cents,
        ceiling_cents=ceiling_cents,
        roll=roll(funds, on),
        promises=promises(ids, on),
    )
