"""The report for officials: what one fund, or all of a chamber's, came to. Nothing in it names a business.

The page, the paper and the public page show the same, so what must stay hidden is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from grants.models import Fund
from grants.statistics.cells import SMALL, Published, published
from grants.statistics.figures import Figures, figures
from grants.statistics.promises import Promised, promises
from grants.statistics.roll import Roll, roll


@dataclass(frozen=True, slots=True)
class Report:
    """`endowed_cents`, `ceiling_cents`: of the funds together."""

    funds: Sequence[Fund]
    as_at: date
    endowed_cents: int
    ceiling_cents: int
    figures: Figures
    tables: Published
    roll: Roll
    promises: list[Promised]

    @property
    def is_small(self) -> bool:
        """Fewer businesses than may be told of by themselves: no amount, no job, no table."""
        return 0 < self.figures.helped < SMALL

    @property
    def shows_delays(self) -> bool:
        return self.figures.delays.credited >= SMALL

    @property
    def knows_epci(self) -> bool:
        return self.figures.epci_unknown < self.figures.helped


def report(funds: Sequence[Fund], *, as_at: date, on: date, endowed_cents: int, ceiling_cents: int) -> Report:
    """Money as at the end of `as_at`; the rent roll and the commitments as they are on the day it is asked for."""
    ids = [fund.pk for fund in funds]
    found = figures(ids, as_at)
    return Report(
        funds=funds,
        as_at=as_at,
        endowed_cents=endowed_cents,
        ceiling_cents=ceiling_cents,
        figures=found,
        tables=published(found.trades(), found.places()),
        roll=roll(funds, on),
        promises=promises(ids, on),
    )
