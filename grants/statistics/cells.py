"""What may be published: no figure of fewer than five businesses can be read, nor computed from the totals.

Instead of leaving holes that the total would fill, small rows are put together in one row of others. Where the others
are still too few, the smallest row shown joins them (secondary suppression). Communes lie within their EPCI, so their
rows are made within the row of their EPCI: the EPCI's figure less the communes shown is again a row of at least five.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import ngettext

from grants.statistics.groups import Group, largest_first, together

SMALL: Final = 5
"""Fewer businesses than this are not shown by themselves."""
MOST: Final = 12
"""As many rows of a table are shown by themselves at most."""


@dataclass(frozen=True, slots=True)
class Published:
    """The tables of a fund that others may see. `places`: each EPCI with its communes."""

    trades: list[Group]
    places: list[tuple[Group, list[Group]]]


def published(trades: Sequence[Group], places: Sequence[tuple[Group, Sequence[Group]]]) -> Published:
    """The tables with their small rows put together; none where all the businesses are fewer than five."""
    epcis = shown([epci for epci, _communes in places])
    communes = {epci.label: rows for epci, rows in places}
    return Published(
        trades=shown(trades),
        places=[(epci, named(shown(communes.get(epci.label, [])))) for epci in epcis],
    )


def named(communes: Sequence[Group]) -> list[Group]:
    """Nothing where no commune can be named: their sum is the EPCI's row."""
    return [] if all(row.parts > 1 for row in communes) else list(communes)


def shown(rows: Sequence[Group]) -> list[Group]:
    """The rows of at least five businesses, the largest first, and the others together at the end.

    Of very many rows those beyond `MOST` are put together too: what is shown stays readable.
    """
    # What a row is made of would tell that each of it is there.
    counted = largest_first(replace(row, codes=()) for row in rows if row.businesses)
    kept = [row for row in counted[:MOST] if row.businesses >= SMALL]
    others = [row for row in counted if row not in kept]
    while others and sum(row.businesses for row in others) < SMALL and kept:
        others.append(kept.pop())
    if sum(row.businesses for row in others) < SMALL:
        return kept
    label = ngettext("Others (%(count)s, put together)", "Others (%(count)s, put together)", len(others))
    return [*kept, together(label % {"count": len(others)}, others)]
