"""Criteria on turnover. A leaf; all arithmetic is on integers, so a boundary is exact to the cent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from grants.eligibility.criterion import Criterion, no_list
from grants.eligibility.facts import Facts
from grants.eligibility.findings import Finding
from grants.eligibility.operators import Operator
from grants.eligibility.strict_json import Month
from grants.enums import Outcome
from grants.exceptions import Breach
from grants.money import BASIS_POINTS


class Reference(TextChoices):
    """What the turnover of the months is compared with."""

    SAME_MONTH_LAST_YEAR = "same_month_last_year", _("the same months of the year before")
    MEAN_SINCE_START = "monthly_mean_since_start", _("the monthly mean since the start of activity")
    MEAN_OF_MONTHS = "mean_of_months", _("the mean of given months")


class Loss(NamedTuple):
    """Turnover and the reference it is compared with, both in cents, over as many months.

    The reference is the fraction `reference_sum` / `divisor`: a mean is rarely a whole number of cents.
    """

    turnover: int
    reference_sum: int
    divisor: int

    def most_turnover(self, threshold_bp: int, op: Operator) -> int:
        """The highest turnover, in whole cents, whose loss passes the threshold."""
        numerator = (BASIS_POINTS - threshold_bp) * self.reference_sum
        denominator = BASIS_POINTS * self.divisor
        return (numerator - 1) // denominator if op == Operator.MORE else numerator // denominator

    @property
    def basis_points(self) -> int:
        """The loss rounded down, so that what is shown never looks like more than it is."""
        lost = self.reference_sum - self.turnover * self.divisor
        return lost * BASIS_POINTS // self.reference_sum


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnoverLoss(Criterion):
    """Turnover over `months` fell by more than (or at least) `threshold_bp` against a reference.

    A business that started after `young_if_started_after` compares with the mean of its whole months since its
    start, up to `mean_until` (default: the month before the first of `months`).
    """

    months: tuple[Month, ...]
    reference: Reference
    op: Operator
    threshold_bp: int
    reference_months: tuple[Month, ...] = ()
    young_if_started_after: date | None = None
    mean_until: Month | None = None

    code: ClassVar[str] = "turnover_loss"
    needs: ClassVar[tuple[str, ...]] = ("turnover_by_month", "started_on")

    def problems(self) -> Iterator[Breach]:
        if not self.months:
            yield no_list("months")
        if len(set(self.months)) < len(self.months):
            yield Breach("month_twice", _("A month is named twice."), {}, "months")
        if self.op.asks_for_less:
            yield Breach("wrong_operator", _("A loss is asked for by “>” or “>=”."), {}, "op")
        if not 1 <= self.threshold_bp <= BASIS_POINTS - (self.op == Operator.MORE):
            message = _("The loss asked for lies between 1 and 10000 basis points, and no loss is over 100 %%.")
            yield Breach("threshold_out_of_range", message, {}, "threshold_bp")
        if (self.reference == Reference.MEAN_OF_MONTHS) != bool(self.reference_months):
            message = _("Reference months go with the reference “mean_of_months”, and only with it.")
            yield Breach("reference_months", message, {}, "reference_months")

    def judge(self, facts: Facts, on: date) -> Finding:
        turnover = facts.turnover_by_month
        if turnover is None:
            return self.unknown(facts, "turnover_by_month")
        if facts.started_on is None and self._asks_for_the_start:
            return self.unknown(facts, "started_on")
        months = self._reference_months(facts.started_on)
        if not months:
            return self.finding(facts, Outcome.TO_VERIFY, "no_whole_month", {"started_on": str(facts.started_on)}, {})
        missing = tuple(sorted({month for month in (*self.months, *months) if month not in turnover}))
        if missing:
            return self.finding(
                facts,
                Outcome.TO_VERIFY,
                "months_unknown",
                would_pass={"missing_months": missing, "facts": ("turnover_by_month",)},
            )
        loss = _loss(turnover, self.months, months)
        if loss.reference_sum == 0:
            return self.finding(facts, Outcome.TO_VERIFY, "no_reference", {"reference_months": months}, {})
        return self._compared(facts, loss)

    def months_asked(self, started_on: date | None) -> tuple[Month, ...]:
        """The months whose turnover settles it, in order; only its own while the start that matters is unknown."""
        unknown = started_on is None and self._asks_for_the_start
        return tuple(sorted({*self.months, *(() if unknown else self._reference_months(started_on))}))

    def _compared(self, facts: Facts, loss: Loss) -> Finding:
        limit = loss.most_turnover(self.threshold_bp, self.op)
        loss_bp = loss.basis_points
        seen = {"loss_bp": loss_bp, "turnover_cents": loss.turnover}
        required = {"op": self.op.value, "bound_bp": self.threshold_bp, "months": self.months}
        if loss.turnover <= limit:
            return self.finding(facts, Outcome.YES, "met", seen, required)
        case = "short" if loss_bp < self.threshold_bp else "exactly"
        if loss_bp < 0:
            case, seen["rise_bp"] = "rose", -loss_bp
        would_pass = {
            "gap_points": self.threshold_bp - loss_bp,
            "gap_cents": loss.turnover - limit,
            "limit_cents": limit,
        }
        return self.finding(facts, Outcome.NO, case, seen, required, would_pass=would_pass)

    @property
    def _asks_for_the_start(self) -> bool:
        return self.young_if_started_after is not None or self.reference == Reference.MEAN_SINCE_START

    def _reference_months(self, started_on: date | None) -> tuple[Month, ...]:
        """The months to compare with; none when a young business has no whole month behind it."""
        young = self.young_if_started_after
        if started_on is not None and (
            self.reference == Reference.MEAN_SINCE_START or (young is not None and started_on > young)
        ):
            return whole_months(started_on, self.mean_until or add_months(min(self.months), -1))
        if self.reference == Reference.MEAN_OF_MONTHS:
            return self.reference_months
        return tuple(add_months(month, -12) for month in self.months)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualTurnover(Criterion):
    """The turnover of the last closed year against an amount."""

    op: Operator
    cents: int

    code: ClassVar[str] = "annual_turnover"
    needs: ClassVar[tuple[str, ...]] = ("annual_turnover_cents",)

    def problems(self) -> Iterator[Breach]:
        if self.op.limit(self.cents) < 0:
            yield Breach("never_met", _("No turnover is less than 0."), {}, "cents")

    def judge(self, facts: Facts, on: date) -> Finding:
        turnover = facts.annual_turnover_cents
        if turnover is None:
            return self.unknown(facts, "annual_turnover_cents")
        seen = {"turnover_cents": turnover}
        required = {"op": self.op.value, "bound_cents": self.cents}
        if self.op.holds(turnover, self.cents):
            return self.finding(facts, Outcome.YES, "met", seen, required)
        limit = self.op.limit(self.cents)
        would_pass = {"limit_cents": limit, "gap_cents": abs(turnover - limit)}
        return self.finding(
            facts, Outcome.NO, "too_high" if self.op.asks_for_less else "too_low", seen, required, would_pass=would_pass
        )


def _loss(turnover: Mapping[Month, int], months: Sequence[Month], reference: Sequence[Month]) -> Loss:
    reference_sum = sum([turnover[month] for month in reference])
    return Loss(sum([turnover[month] for month in months]), reference_sum * len(months), len(reference))


def add_months(month: Month, months: int) -> Month:
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return Month(f"{count // 12:04d}-{count % 12 + 1:02d}")


def whole_months(started_on: date, until: Month) -> tuple[Month, ...]:
    """The months of activity up to `until`, without a first one begun on the way: it would lower the mean."""
    month = Month(f"{started_on:%Y-%m}")
    if started_on.day > 1:
        month = add_months(month, 1)
    months = []
    while month <= until:
        months.append(month)
        month = add_months(month, 1)
    return tuple(months)
