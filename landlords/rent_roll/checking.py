"""Rows -> checked lines. Everything wrong with a line is told at once, then the next one is read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from landlords.enums import NafNomenclature, Periodicity, VatRegime
from landlords.models import Contact, Lease, Premises, TenantBusiness
from landlords.rent_roll import values
from landlords.rent_roll.calls import COMPONENT_FACTS, Months, line_periods, make_calls
from landlords.rent_roll.columns import Columns
from landlords.rent_roll.consistency import CallsSeen, FirstTold
from landlords.rent_roll.dates import Period, parse_date, parse_period
from landlords.rent_roll.findings import BadValue, Finding, Findings
from landlords.rent_roll.lines import Line, Tell, Told, teller
from landlords.rent_roll.reading import Cell, Row
from landlords.rent_roll.words import plain

Reader: TypeAlias = Callable[[Cell], Any]

_PREMISES_FACTS: Final = ("address", "postcode", "commune", "epci")
_TENANT_FACTS: Final = (
    "legal_name",
    "trade_name",
    "is_natural_person",
    "headcount",
    "started_on",
    "craft_registered",
    "rne_extract_on",
)
_CONTACT_FACTS: Final = {"contact_name": "name", "contact_email": "email", "contact_phone": "phone"}
_LEASE_FACTS: Final = ("starts_on", "ends_on", "notice_given_on")
# Lines of one lease may differ in these: a lease opts for VAT, a broken month comes between quarters.
_MAY_CHANGE: Final = frozenset({"vat_regime", "periodicity"})
_NAF_COLUMNS: Final = {
    "naf": None,
    "naf_rev2": NafNomenclature.REV2,
    "naf_2025": NafNomenclature.NAF2025,
}
_NAF_FIELDS: Final = {NafNomenclature.REV2: "naf_rev2", NafNomenclature.NAF2025: "naf_2025"}
_FACT_OF_LEASE_FIELD: Final = {"arrears_cents": "arrears"}
_NEEDED_IN_EACH_LINE: Final = ("lease", "premises", "legal_name", "starts_on")
_PERIOD_FACTS: Final = frozenset({"period", "period_start", "period_end"})
_AMOUNT_FACTS: Final = frozenset({*COMPONENT_FACTS.values(), "vat_amount", "vat_rate", "vat_regime", "gross"})
_TOTAL_WORDS: Final = ("total", "sous total", "s total")
# A call for more days than a month and a half is a quarterly one.
_LONGEST_MONTH: Final = 45
_TEXTS_KNOWN: Final = 4_096


def _text_of(model: type[Contact | Lease | Premises | TenantBusiness], name: str) -> Reader:
    field = model._meta.get_field(name)
    return values.limited_text(getattr(field, "max_length", None) or 0)


def _readers(epoch: datetime.date) -> dict[str, Reader]:
    """Return by fact what reads its cells."""

    def read_date(cell: Cell) -> datetime.date:
        return parse_date(cell, epoch)

    dates = ("starts_on", "ends_on", "notice_given_on", "started_on", "rne_extract_on", "period_start", "period_end")
    amounts = (*COMPONENT_FACTS.values(), "vat_amount", "gross")
    return {
        "lease": _text_of(Lease, "reference"),
        "premises": _text_of(Premises, "reference"),
        "address": _text_of(Premises, "address"),
        "postcode": values.postcode,
        "commune": _text_of(Premises, "commune"),
        "epci": _text_of(Premises, "epci"),
        "siret": values.siret_or_none,
        "legal_name": _text_of(TenantBusiness, "legal_name"),
        "trade_name": _text_of(TenantBusiness, "trade_name"),
        "is_natural_person": values.yes_no,
        **dict.fromkeys(_NAF_COLUMNS, values.naf),
        "headcount": values.headcount,
        "craft_registered": values.craft_registered,
        "contact_name": _text_of(Contact, "name"),
        "contact_email": values.email,
        "contact_phone": values.phone,
        "arrears": values.arrears_cents,
        "vat_regime": values.vat_regime,
        "vat_rate": values.rate_bp,
        "periodicity": values.periodicity,
        "period": lambda cell: parse_period(cell, epoch),
        **dict.fromkeys((*dates, "due_on", "arrears_on"), read_date),
        **dict.fromkeys(amounts, values.cents),
    }


class Checker:
    """Reads rows under `columns`; what is wrong goes to `errors` and `warnings`.

    `references` holds the leases met, `earliest` the first day called for.
    """

    def __init__(
        self,
        columns: Columns,
        epoch: datetime.date,
        *,
        months: Months | None,
        is_csv: bool,
        errors: Findings,
        warnings: Findings,
    ) -> None:
        self.columns = columns
        self.errors = errors
        self.warnings = warnings
        self.lines = 0
        self.references = FirstTold(
            [*_LEASE_FACTS, *sorted(_MAY_CHANGE), "arrears_cents", "arrears_on", "premises", "siret"]
        )
        self.earliest: datetime.date | None = None
        self._months = months
        self._is_csv = is_csv
        self._calls_seen = CallsSeen()
        self._regime_assumed = False
        readers = _readers(epoch)
        # By column, what its texts meant: a rent roll says the same things over and over.
        self._plan: list[tuple[str, int, Reader, dict[Cell, Any]]] = [
            (fact, place, readers[fact], {}) for fact, place in columns.places.items()
        ]

    def checked(self, rows: Iterable[Row | Finding]) -> Iterator[Line]:
        """Yield the lines that are right by themselves and among each other."""
        for row in rows:
            if isinstance(row, Finding):
                self.errors.add(row)
                continue
            number, cells = row
            if all(cell is None or cell == "" for cell in cells):
                continue
            line = self._check(number, cells)
            if line:
                yield line

    def _check(self, number: int, cells: Sequence[Cell]) -> Line | None:
        width = self.columns.width
        padded = [*cells, *[None] * (width - len(cells))]
        if self._is_repeated_header(padded) or self._is_total(number, padded):
            return None
        self.lines += 1
        if self._is_csv and (surplus := [cell for cell in cells[width:] if not values.is_blank(cell)]):
            self.errors.add(Finding("cells_shifted", number, value=values.text(surplus[0])))
            return None
        faults = self.errors.total
        tell = teller(self.errors, self.columns, number, padded)
        warn = teller(self.warnings, self.columns, number, padded)
        told, unreadable = self._read(padded, tell)
        line = self._line(number, told, unreadable, tell, warn)
        return line if self.errors.total == faults else None

    def _is_repeated_header(self, cells: Sequence[Cell]) -> bool:
        """Some programs repeat the header on each page."""
        headers = self.columns.headers.items()
        return all(values.text(cells[place]) == header for place, header in headers)

    def _is_total(self, number: int, cells: Sequence[Cell]) -> bool:
        """Say whether a line adds up others: it begins with “Total” and names no tenant."""
        if not values.is_blank(cells[self.columns.places["legal_name"]]):
            return False
        first = next((cell for cell in cells if not values.is_blank(cell)), None)
        if not isinstance(first, str) or not plain(first).startswith(_TOTAL_WORDS):
            return False
        self.warnings.add(Finding("total_skipped", number, value=values.text(first)))
        return True

    def _read(self, cells: Sequence[Cell], tell: Tell) -> tuple[Told, set[str]]:
        """Return what the cells tell and the facts whose cells can't be read."""
        told: Told = {}
        unreadable: set[str] = set()
        for fact, place, read, known in self._plan:
            cell = cells[place]
            is_text = isinstance(cell, str)
            if is_text and cell in known:
                value = known[cell]
            else:
                try:
                    value = None if values.is_blank(cell) else read(cell)
                except BadValue as bad:
                    tell(bad.code, fact, **bad.params)
                    unreadable.add(fact)
                    continue
                if is_text:
                    if len(known) >= _TEXTS_KNOWN:
                        known.clear()
                    known[cell] = value
            if value is not None:
                told[fact] = value
        return told, unreadable

    def _line(self, number: int, told: Told, unreadable: set[str], tell: Tell, warn: Tell) -> Line:
        self._tell_missing({*told, *unreadable}, tell)
        periods = [] if unreadable & _PERIOD_FACTS else self._periods(told, tell, warn)
        calls = [] if unreadable & _AMOUNT_FACTS else make_calls(told, periods, tell)
        reference: str = told.get("lease", "")
        line = Line(
            number,
            reference,
            told.get("premises") or reference,
            told.get("siret"),
            premises={fact: told[fact] for fact in _PREMISES_FACTS if fact in told},
            tenant={fact: told[fact] for fact in _TENANT_FACTS if fact in told} | self._naf_codes(told, tell),
            lease=self._lease_facts(told, tell),
            contact={field: told[fact] for fact, field in _CONTACT_FACTS.items() if fact in told},
            calls=calls,
        )
        self._assume(line, told)
        if reference:
            self._compare(line, periods, tell)
        return line

    def _tell_missing(self, given: set[str], tell: Tell) -> None:
        for fact in _NEEDED_IN_EACH_LINE:
            if fact in self.columns.places and fact not in given:
                tell("value_missing", fact, fact=self.columns.header(fact))
        if self.columns.tell_periods and given.isdisjoint(_PERIOD_FACTS):
            fact = next(fact for fact in self.columns.places if fact in _PERIOD_FACTS)
            tell("value_missing", fact, fact=self.columns.header(fact))

    def _periods(self, told: Told, tell: Tell, warn: Tell) -> list[Period]:
        by_header = self.columns.periodicity_told
        periodicity = told.get("periodicity") or by_header or Periodicity.MONTHLY
        if by_header not in {None, periodicity}:
            tell("periodicity_conflict", "periodicity", column=self.columns.header("rent"))
        periods = line_periods(told, periodicity, self._months, tell, warn)
        starts_on, ends_on = told.get("starts_on", datetime.date.min), told.get("ends_on", datetime.date.max)
        for period in periods:
            if starts_on <= ends_on and (period.end < starts_on or period.start > ends_on):
                warn("period_outside_lease", "period_start" if "period_start" in told else "period")
        return periods

    def _lease_facts(self, told: Told, tell: Tell) -> Told:
        facts: Told = {fact: told[fact] for fact in _LEASE_FACTS if fact in told}
        if "starts_on" in facts and facts.get("ends_on", datetime.date.max) < facts["starts_on"]:
            tell("lease_ends_before_start", "ends_on", start=f"{facts['starts_on']:%d/%m/%Y}")
        if "arrears" in told:
            counted_on = told.get("arrears_on") or self.columns.arrears_on
            if counted_on is None:
                tell("arrears_undated", "arrears")
            facts |= {"arrears_cents": told["arrears"], "arrears_on": counted_on}
        if periodicity := told.get("periodicity") or self.columns.periodicity_told:
            facts["periodicity"] = periodicity
        if "vat_regime" in told:
            facts["vat_regime"] = told["vat_regime"]
        return facts

    def _naf_codes(self, told: Told, tell: Tell) -> dict[str, str]:
        codes = {}
        for fact, wanted in _NAF_COLUMNS.items():
            if fact in told:
                nomenclature, code = told[fact]
                if wanted not in {None, nomenclature}:
                    tell("naf_other_list", fact)
                codes[_NAF_FIELDS[nomenclature]] = code
        return codes

    def _assume(self, line: Line, told: Told) -> None:
        """Note what a new lease takes when the line doesn't tell it, and the first day called for."""
        lengths = [(call.period_end - call.period_start).days for call in line.calls]
        is_quarterly = max(lengths, default=0) > _LONGEST_MONTH
        line.assumed = {
            "vat_regime": VatRegime.EXEMPT,
            "periodicity": Periodicity.QUARTERLY if is_quarterly else Periodicity.MONTHLY,
        }
        if "vat_regime" not in told and (told.get("vat_rate") or line.bears_vat):
            # VAT on services falls due on receipts unless the landlord opted for debits (CGI art. 269, 2, c).
            line.lease["vat_regime"] = VatRegime.RECEIPTS
            line.regime_is_assumed = True
            if not self._regime_assumed:
                self._regime_assumed = True
                self.warnings.add(Finding("vat_regime_assumed"))
        for call in line.calls:
            self.earliest = min(call.period_start, self.earliest or call.period_start)

    def _compare(self, line: Line, periods: list[Period], tell: Tell) -> None:
        """Compare with the lines before; what an earlier one told of the lease needn't be told again."""
        identity = {"premises": line.premises_reference, "siret": line.siret}
        known = {fact: value for fact, value in identity.items() if value}
        fresh, differing = self.references.sift(line.lease_reference, line.number, line.lease | known)
        line.lease = {fact: value for fact, value in fresh.items() if fact not in identity}
        for fact, other in differing.items():
            if fact not in _MAY_CHANGE:
                tell("lease_conflict", _FACT_OF_LEASE_FIELD.get(fact, fact), other=other)
        for period in periods:
            if clash := self._calls_seen.clash(line.lease_reference, line.number, period):
                tell(clash[0], "lease", other=clash[1])
