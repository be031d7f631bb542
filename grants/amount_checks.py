"""Amounts typed in the wrong unit: a year or a quarter for a month, gross for net. Warnings, never refusals. A leaf."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants.enums import CapsBasis
from grants.exceptions import Breach
from grants.money import BASIS_POINTS, Cents, share_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MONTHS_IN_A_YEAR = 12
MONTHS_IN_A_QUARTER = 3
A_FEW_CENTS = 5


@dataclass(frozen=True, slots=True)
class Due:
    """What rent calls ask for over a period, in cents. Net and gross differ by the calls' own VAT."""

    net_cents: int
    gross_cents: int

    def times(self, factor: int) -> "Due":
        return Due(self.net_cents * factor, self.gross_cents * factor)

    def share(self, basis_points: int) -> "Due":
        return Due(share_of(self.net_cents, basis_points), share_of(self.gross_cents, basis_points))

    def in_basis(self, basis: CapsBasis) -> int:
        return self.net_cents if basis == CapsBasis.NET else self.gross_cents


RIGHT_UNIT = ""
MESSAGES: Mapping[str, "_StrPromise"] = {
    "year_for_month": _(
        "%(asked)s looks like the amount of a whole year (12 times the month). For one month, %(right)s is expected."
    ),
    "quarter_for_month": _(
        "%(asked)s looks like the amount of a quarter (3 times the month). For one month, %(right)s is expected."
    ),
    "month_divided_by_12": _(
        "%(asked)s looks like a monthly amount divided by 12 once more. For one month, %(right)s is expected."
    ),
    "month_divided_by_3": _(
        "%(asked)s looks like a monthly amount divided by 3 once more. For one month, %(right)s is expected."
    ),
    "gross_for_net": _(
        "%(asked)s looks like an amount with VAT; this charter counts net of VAT. For one month, %(right)s is expected."
    ),
    "net_for_gross": _(
        "%(asked)s looks like an amount net of VAT; this charter counts VAT included. For one month, %(right)s is"
        " expected."
    ),
}


def unit_warnings(
    asked_cents: int,
    due: Due,
    basis: CapsBasis,
    *,
    quarter_due: Due | None = None,
    year_due: Due | None = None,
    rate_bp: int = BASIS_POINTS,
    pointer: str = "",
) -> list[Breach]:
    """Name the likely mistakes in an amount typed for one month, each with the right amount.

    `due`: the month's rent calls; `quarter_due`, `year_due`: those of its quarter and year, where known (three and
    twelve times the month otherwise). `basis`: how the charter counts. `rate_bp`: the share of a rent call that may
    be relieved. An amount that is right, or like nothing known, has no warning.
    """
    month = due.share(rate_bp)
    quarter = (quarter_due or due.times(MONTHS_IN_A_QUARTER)).share(rate_bp)
    year = (year_due or due.times(MONTHS_IN_A_YEAR)).share(rate_bp)
    right_cents = month.in_basis(basis)
    other = CapsBasis.GROSS if basis == CapsBasis.NET else CapsBasis.NET
    for used in (basis, other):
        unit = _unit(asked_cents, month.in_basis(used), quarter.in_basis(used), year.in_basis(used))
        if unit is None:
            continue
        mistakes = [unit] if unit != RIGHT_UNIT else []
        if used == other:
            mistakes.append("gross_for_net" if basis == CapsBasis.NET else "net_for_gross")
        params = {"asked": Cents(asked_cents), "right": Cents(right_cents)}
        return [Breach(code, MESSAGES[code], params, pointer) for code in mistakes]
    return []


def _unit(asked_cents: int, month_cents: int, quarter_cents: int, year_cents: int) -> str | None:
    """Which unit the amount looks to be in: the right one, a mistake named in `MESSAGES`, or none known."""
    likely = {
        RIGHT_UNIT: month_cents,
        "year_for_month": year_cents,
        "quarter_for_month": quarter_cents,
        "month_divided_by_3": month_cents // MONTHS_IN_A_QUARTER,
        "month_divided_by_12": month_cents // MONTHS_IN_A_YEAR,
    }
    return next((unit for unit, cents in likely.items() if _close(asked_cents, cents)), None)


def _close(asked_cents: int, cents: int) -> bool:
    """Within a few cents or 0.5 %: people round."""
    return abs(asked_cents - cents) <= max(A_FEW_CENTS, cents // 200)
