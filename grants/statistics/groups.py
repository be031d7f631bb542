"""One row of a table of figures: a trade, a commune, an EPCI. A leaf."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """The businesses helped of one kind: how many, with how much, with how many employees.

    `codes`: what it is made of (NAF codes, communes); `parts`: how many rows were put together in it.
    """

    label: str
    businesses: int
    cents: int
    jobs: int
    codes: tuple[str, ...] = ()
    parts: int = 1


def together(label: str, groups: Iterable[Group]) -> Group:
    """Several rows as one."""
    rows = list(groups)
    return Group(
        label=label,
        businesses=sum(row.businesses for row in rows),
        cents=sum(row.cents for row in rows),
        jobs=sum(row.jobs for row in rows),
        parts=sum(row.parts for row in rows),
    )


def largest_first(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.businesses, -group.cents, group.label))
