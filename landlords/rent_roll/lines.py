"""One checked line of a rent roll: only what it tells, so that a blank cell never erases anything."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from landlords.enums import Component, VatRegime
from landlords.rent_roll.columns import Columns
from landlords.rent_roll.findings import Finding, Findings
from landlords.rent_roll.reading import Cell
from landlords.rent_roll.values import text

# Values by the name of their fact (see columns.py); a fact that isn't told has no key.
Told: TypeAlias = dict[str, Any]


class Call(NamedTuple):
    """What is called for one component over one period, in cents; None stands for what the line doesn't tell."""

    component: Component
    period_start: datetime.date
    period_end: datetime.date
    due_on: datetime.date | None
    net_cents: int
    vat_rate_bp: int
    vat_cents: int
    regime: VatRegime | None

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return cls._fields

    def completed(self, due_on: datetime.date, regime: VatRegime) -> Call:
        """Fill in what the line doesn't tell."""
        return self._replace(due_on=self.due_on or due_on, regime=self.regime or regime)

    def facts(self) -> Told:
        """Return the fields of a RentCall."""
        return {**self._asdict(), "gross_cents": self.gross_cents}


@dataclass(slots=True)
class Line:
    """The facts of one line, each group under the field names of its model.

    `assumed` holds what a lease can't do without and the line doesn't tell: it serves new leases only.
    """

    number: int
    lease_reference: str
    premises_reference: str
    siret: str | None
    premises: Told = field(default_factory=dict)
    tenant: Told = field(default_factory=dict)
    lease: Told = field(default_factory=dict)
    assumed: Told = field(default_factory=dict)
    contact: Told = field(default_factory=dict)
    regime_is_assumed: bool = False
    calls: list[Call] = field(default_factory=list)

    @property
    def bears_vat(self) -> bool:
        return any(call.vat_rate_bp for call in self.calls)


class Tell(Protocol):
    """Say that a fact of the line at hand is wrong."""

    def __call__(self, code: str, fact: str | None = None, /, **params: object) -> None: ...


def teller(findings: Findings, columns: Columns, number: int, cells: Sequence[Cell]) -> Tell:
    """Return what adds a finding with the line, the heading and the cell of a fact, as in the file."""

    def tell(code: str, fact: str | None = None, /, **params: object) -> None:
        place = columns.places.get(fact or "")
        value = None if place is None else text(cells[place])
        findings.add(Finding(code, number, columns.header(fact or ""), value, params))

    return tell


Progress: TypeAlias = Callable[[int], None]
