"""Which units of a population are drawn. Pure, and redrawn by hand with any SHA-256 tool and a spreadsheet.

1. A unit belongs to the first stratum whose bound its amount doesn't exceed; the last stratum has no bound.
2. Its digest is the SHA-256, in lower-case hexadecimal, of the seed, a line feed and its key, in UTF-8.
3. In each stratum the units with the smallest digests are drawn, as many as its size says; all of them where it is
   taken whole, or has no more.

The order of the population doesn't matter, no unit is drawn twice, and who knows neither seed nor keys beforehand
can't choose what is drawn: a digest is as good as a lot.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """`key` identifies it for good: a file's reference, or a relief line's identifier."""

    key: str
    cents: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """Amounts up to a bound, which belongs to it (the last has none); `size` None: taken whole."""

    upto_cents: int | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """`stratum` counts from 0."""

    unit: Unit
    stratum: int
    digest: str


def digest_of(seed: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest()


def stratum_of(cents: int, strata: Sequence[Stratum]) -> int:
    """The number of the stratum that an amount belongs to."""
    return next(n for n, one in enumerate(strata) if one.upto_cents is None or cents <= one.upto_cents)


def by_stratum(units: Iterable[Unit], strata: Sequence[Stratum]) -> list[list[Unit]]:
    found: list[list[Unit]] = [[] for _stratum in strata]
    for unit in units:
        found[stratum_of(unit.cents, strata)].append(unit)
    return found


def draw(units: Iterable[Unit], strata: Sequence[Stratum], seed: str) -> list[Drawn]:
    """Stratum by stratum, by digest."""
    chosen = []
    for number, (stratum, held) in enumerate(zip(strata, by_stratum(units, strata), strict=True)):
        lots = sorted((Drawn(unit, number, digest_of(seed, unit.key)) for unit in held), key=lambda one: one.digest)
        chosen += lots[: stratum.size]
    return chosen


def population_digest(units: Iterable[Unit]) -> str:
    """What the whole population was: SHA-256 of a line `key cents` for each unit, in the order of the keys."""
    lines = sorted(f"{unit.key} {unit.cents}\n" for unit in units)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
