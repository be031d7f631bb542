"""What the errors found in a sample say of the whole population: the ratio estimator, stratum by stratum. Pure.

In each stratum the error found is divided by the amount looked at, and multiplied by the amount of the stratum; the
strata are added up. A stratum that was looked at whole says exactly what it found. Fractions until the end, which is
rounded to the cent, half up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

ENOUGH: Final = 30
"""Units from which on the rule of three may be said."""
HALF: Final = Fraction(1, 2)
THREE: Final = 3
BASIS_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Looked:
    """A stratum and what was found in it. `cents`: of the population; `looked_cents`: of the units drawn."""

    count: int
    cents: int
    drawn: int
    looked_cents: int
    minor: int = 0
    errors: int = 0
    error_cents: int = 0

    @property
    def is_whole(self) -> bool:
        return self.drawn == self.count

    @property
    def projected(self) -> Fraction:
        """The error of the whole stratum, unrounded. Of an empty one, none."""
        if self.looked_cents == 0:
            return Fraction(0)
        return Fraction(self.error_cents, self.looked_cents) * self.cents

    @property
    def projected_cents(self) -> int:
        return rounded(self.projected)

    @property
    def rate_bp(self) -> int:
        """The share of the amount looked at that is in error, in basis points."""
        return share_bp(Fraction(self.error_cents), self.looked_cents)

    @property
    def most_wrong_bp(self) -> int | None:
        """Where nothing was found: the share of units that may be wrong all the same, with 95 % confidence.

        The rule of three: 3 / n. It holds for a stratum of which a part was drawn, from thirty units on.
        """
        if self.is_whole or self.errors or self.minor or self.drawn < ENOUGH:
            return None
        return rounded(Fraction(THREE * BASIS_POINTS, self.drawn))


@dataclass(frozen=True, slots=True)
class Projection:
    strata: Sequence[Looked]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.strata)

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.strata)

    @property
    def drawn(self) -> int:
        return sum(one.drawn for one in self.strata)

    @property
    def looked_cents(self) -> int:
        return sum(one.looked_cents for one in self.strata)

    @property
    def minor(self) -> int:
        return sum(one.minor for one in self.strata)

    @property
    def errors(self) -> int:
        return sum(one.errors for one in self.strata)

    @property
    def error_cents(self) -> int:
        return sum(one.error_cents for one in self.strata)

    @property
    def projected(self) -> Fraction:
        return sum((one.projected for one in self.strata), Fraction(0))

    @property
    def projected_cents(self) -> int:
        """Rounded once: the strata's own, rounded each, may add up to a cent or two more or less."""
        return rounded(self.projected)

    @property
    def rate_bp(self) -> int:
        """The projected error as a share of the population, in basis points."""
        return share_bp(self.projected, self.cents)

    @property
    def coverage_bp(self) -> int:
        """The share of the population's amount that was looked at."""
        return share_bp(Fraction(self.looked_cents), self.cents)


def rounded(amount: Fraction) -> int:
    """To the whole number, half up."""
    return int((amount + HALF).__floor__())


def share_bp(part: Fraction, whole_cents: int) -> int:
    return rounded(part * BASIS_POINTS * Fraction(1, whole_cents)) if whole_cents else 0
