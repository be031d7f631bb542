"""One line of a FEC, taken apart."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.fec.faults import Fault
from grants.fec.layout import COLUMNS, ENCODING, NAMES, Column, Holds
from grants.fec.values import day_of

AMOUNT: Final = re.compile(r"([0-9]+),([0-9]{2})", re.ASCII)
SIGNED_AMOUNT: Final = re.compile(r"-?[0-9]+,[0-9]{2}", re.ASCII)
ACCOUNT: Final = re.compile(r"[0-9]{3}[0-9A-Za-z]*", re.ASCII)
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f|]")
DIGITS: Final = 18
"""More than that no amount has, and Python takes its time to read them."""

PLACE: Final = {name: place for place, name in enumerate(NAMES)}
PAIRS: Final = (("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise"))
OF_AN_ENTRY: Final = ("JournalCode", "JournalLib", "EcritureNum", "EcritureDate")


@dataclass(frozen=True, slots=True)
class Line:
    """What all lines of an entry have in common, as it is written. `head`: up to EcritureDate; `piece`: the voucher."""

    head: bytes
    number: bytes
    piece: bytes
    valid: bytes
    on: date | None
    validated: date | None

    def differences(self, other: "Line") -> Iterator[tuple[str, str, str]]:
        """(column, value here, value there) where another line of the entry says something else."""
        columns = (*OF_AN_ENTRY, "PieceRef", "PieceDate", "ValidDate")
        for column, mine, its in zip(columns, self.values(), other.values(), strict=True):
            if mine != its:
                yield column, mine, its

    def values(self) -> list[str]:
        return b"\t".join((self.head, self.piece, self.valid)).decode(ENCODING, "replace").split("\t")


class Unjudged:
    """Amounts that can't be read."""


def read_line(fields: Sequence[str]) -> tuple[Line, tuple[int, int] | Unjudged]:
    """A line of 18 fields: what its entry has in common, and its debit and credit in cents."""

    def raw(*columns: str) -> bytes:
        return "\t".join(fields[PLACE[column]] for column in columns).encode(ENCODING, "replace")

    line = Line(
        head=raw(*OF_AN_ENTRY),
        number=raw("EcritureNum"),
        piece=raw("PieceRef", "PieceDate"),
        valid=raw("ValidDate"),
        on=day_of(fields[PLACE["EcritureDate"]]),
        validated=day_of(fields[PLACE["ValidDate"]]),
    )
    debit, credit = (cents_of(fields[PLACE[column]]) for column in ("Debit", "Credit"))
    return line, Unjudged() if debit is None or credit is None else (debit, credit)


def cents_of(text: str) -> int | None:
    found = AMOUNT.fullmatch(text)
    return int("".join(found.groups())) if found and len(text) <= DIGITS else None


def field_faults(fields: Sequence[str], at: int) -> Iterator[Fault]:
    """What is wrong with the values of a line, each by itself and those that go together."""
    for column, value in zip(COLUMNS, fields, strict=True):
        code = fault_of(column, value)
        if code:
            yield Fault(code, at, column.name, value)
    for one, other in PAIRS:
        given, missing = (one, other) if fields[PLACE[one]] else (other, one)
        if fields[PLACE[given]] and not fields[PLACE[missing]]:
            yield Fault("pair", at, missing, "", {"other": given})
    debit, credit = (cents_of(fields[PLACE[column]]) for column in ("Debit", "Credit"))
    if debit and credit:
        yield Fault("both_sides", at, "Credit", fields[PLACE["Credit"]])
    if debit == credit == 0:
        yield Fault("no_side", at, "Debit", fields[PLACE["Debit"]])


def fault_of(column: Column, value: str) -> str:
    """What is wrong with one value; an empty text where nothing is."""
    if column.name in ("Debit", "Credit"):
        return "" if cents_of(value) is not None else "amount"
    if not value.strip():
        return "missing" if column.required else "blank" if value else ""
    if CONTROL.search(value):
        return "control"
    if column.holds == Holds.DATE:
        return "" if day_of(value) else "date"
    shape = {
        "CompteNum": (ACCOUNT, "account"),
        "Montantdevise": (SIGNED_AMOUNT, "amount"),
        "Idevise": (CURRENCY, "currency"),
    }
    pattern, code = shape.get(column.name, (None, ""))
    return "" if pattern is None or pattern.fullmatch(value) else code
