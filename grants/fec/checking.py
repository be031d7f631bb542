"""A FEC, line by line: a line as it has to be costs one match; only another is taken apart to say what is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from grants.fec.description import description_faults
from grants.fec.faults import Fault, euros
from grants.fec.layout import COLUMNS, ENCODING, FILE_NAME, NAMES, SEPARATOR
from grants.fec.line import DIGITS, Line, Unjudged, field_faults, read_line
from grants.fec.values import day_of, first_day, passes_luhn

LONGEST_LINE: Final = 20_000  # bytes
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
HEADER: Final = SEPARATOR.join(NAMES)
MOST_FAULTS: Final = 100

TEXT: Final = rb"[^\x00-\x20\x7f-\xa0|][^\x00-\x1f\x7f-\x9f|]*"
DAY: Final = rb"[0-9]{8}"
AS_IT_HAS_TO_BE: Final = re.compile(
    rb"(TEXT\tTEXT\t([1-9][0-9]*)\t(DAY))"  # JournalCode to EcritureDate
    rb"\t([0-9]{3}[0-9A-Za-z]*)\tTEXT\t(?:TEXT\tTEXT|\t)"  # CompteNum to CompAuxLib
    rb"\t(TEXT\t(DAY))\tTEXT"  # PieceRef to EcritureLib
    rb"\t(?:([0-9]{1,15}),([0-9]{2})\t0,00|0,00\t([0-9]{1,15}),([0-9]{2}))"
    rb"\t\t\t(DAY)\t\t(\r?\n)".replace(b"TEXT", TEXT).replace(b"DAY", DAY)
)


@dataclass(slots=True)
class Entry:
    """The entry being read. `judged`: every amount of it could be read."""

    line: Line
    at: int
    debit_cents: int = 0
    credit_cents: int = 0
    judged: bool = True


@dataclass(slots=True, kw_only=True)
class Report:
    """What a file holds and what is wrong with it: the first faults, and how many there are."""

    limit: int = MOST_FAULTS
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    lines: int = 0
    entries: int = 0
    debit_cents: int = 0
    credit_cents: int = 0
    by_account: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Account -> cents at debit, at credit."""

    @property
    def in_order(self) -> bool:
        return not self.count

    def tell(self, fault: Fault) -> None:
        self.count += 1
        if len(self.faults) < self.limit:
            self.faults.append(fault)


def check_file(
    path: Path, *, description: Path | None = None, earlier: Path | None = None, limit: int = MOST_FAULTS
) -> Report:
    """Everything that is wrong with a file, its name and its notice (`description`).

    `earlier`: the same year's file as it was made before; it has to be where this one begins. Raises nothing for what a
    file holds; one that can't be opened is a fault too.
    """
    report = check_entries(path, limit=limit)
    try:
        for fault in rewritten(path, earlier) if earlier else ():
            report.tell(fault)
    except OSError:
        report.tell(Fault("unreadable", value=str(earlier)))
    for fault in description_faults(path.name, description):
        report.tell(fault)
    return report


def check_entries(path: Path, *, limit: int = MOST_FAULTS) -> Report:
    """What is wrong with a file and its name alone: its notice may not be written yet."""
    report = Report(limit=limit)
    closing = closing_of(path.name, report)
    try:
        with path.open("rb") as stream:
            Reading(report, closing).read(stream)
    except OSError:
        report.tell(Fault("unreadable", value=str(path)))
    return report


def closing_of(name: str, report: Report) -> date | None:
    """The last day of the financial year, by the file's name."""
    found = FILE_NAME.fullmatch(name)
    if not found:
        report.tell(Fault("file_name", value=name))
        return None
    siren, day = found.groups()
    if not passes_luhn(siren):
        report.tell(Fault("file_siren", value=siren))
    closing = day_of(day)
    # The twelve months before have to exist too.
    if closing is None or closing.year == date.min.year or closing == date.max:
        report.tell(Fault("file_closing", value=day))
        return None
    return closing


class Reading:
    """One pass over a file."""

    def __init__(self, report: Report, closing: date | None) -> None:
        self.report = report
        self.year = (first_day(closing), closing) if closing else None
        self.entry: Entry | None = None
        self.number = 0
        self.validated: date | None = None
        self.line_end = b""
        self.is_mixed = False
        self.is_utf8: bool | None = None
        """Whether all that isn't ASCII up to here is UTF-8; None while there is nothing but ASCII."""
        self.by_account: dict[bytes, list[int]] = {}
        self.is_doubtful = False
        """A line couldn't be read since the last entry began: nobody knows whether it belongs to it or to the next."""
        self.is_judged = True
        """Every line and amount could be read, so that sums say something."""

    def read(self, stream: BinaryIO) -> None:
        start = stream.readline(LONGEST_LINE)
        if not start:
            self.report.tell(Fault("empty"))
            return
        self.header(start, stream)
        for at, raw in enumerate(iter(partial(stream.readline, LONGEST_LINE), b""), 2):
            self.report.lines += 1
            found = AS_IT_HAS_TO_BE.fullmatch(raw)
            if not (found and self.takes(found, raw, at)):
                self.take_apart(raw, at, stream)
        self.close()
        if self.is_utf8:
            self.report.tell(Fault("utf8"))
        if not self.report.lines:
            self.report.tell(Fault("no_entry"))
        self.sum_up()

    def header(self, raw: bytes, stream: BinaryIO) -> None:
        if raw.startswith(BYTE_ORDER_MARK):
            self.report.tell(Fault("utf8", 1))
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        if not self.ends(raw, 1, stream):
            return
        text = raw.rstrip(b"\r\n").decode(ENCODING)
        if text == HEADER:
            return
        found = text.split(SEPARATOR)
        for separator in (";", "|", ","):
            if len(found) < len(NAMES) // 2 < len(text.split(separator)):
                self.report.tell(Fault("separator", 1, "", text, {"found": f"« {separator} »"}))
                return
        wrong = next((i for i, (a, b) in enumerate(zip(NAMES, found, strict=False)) if a != b), len(NAMES) - 1)
        value = found[wrong] if wrong < len(found) else ""
        self.report.tell(Fault("header", 1, NAMES[wrong], value, {"expected": NAMES[wrong]}))

    def takes(self, found: "re.Match[bytes]", raw: bytes, at: int) -> bool:
        """Count a line that looks as it has to; False where something in it isn't so after all."""
        head, number, day, account, piece, piece_day, debit, part, credit, part_of_credit, valid, end = found.groups()
        if end != self.line_end or not (self.is_utf8 is False or raw.isascii()):
            return False
        side = debit is None
        cents = int(credit + part_of_credit) if side else int(debit + part)
        if not cents:
            return False
        entry = self.entry
        if entry is None or entry.line.head != head or entry.line.piece != piece or entry.line.valid != valid:
            days = day_of(day.decode()), day_of(piece_day.decode()), day_of(valid.decode())
            if None in days:
                return False
            entry = self.goes_on(Line(head, number, piece, valid, days[0], days[2]), at)
        sums = self.by_account.get(account) or self.by_account.setdefault(account, [0, 0])
        sums[side] += cents
        if side:
            entry.credit_cents += cents
        else:
            entry.debit_cents += cents
        return True

    def take_apart(self, raw: bytes, at: int, stream: BinaryIO) -> None:
        """Say everything that is wrong with a line, and count what can be read of it."""
        if not self.ends(raw, at, stream):
            return
        text = self.decoded(raw).rstrip("\r\n")
        if not text:
            self.report.tell(Fault("blank_line", at))
            return
        fields = text.split(SEPARATOR)
        if len(fields) != len(COLUMNS):
            self.report.tell(Fault("fields", at, "", text, {"found": str(len(fields))}))
            self.doubt()
            return
        for fault in field_faults(fields, at):
            self.report.tell(fault)
        line, amounts = read_line(fields)
        entry = self.goes_on(line, at)
        if isinstance(amounts, Unjudged):
            entry.judged = self.is_judged = False
            return
        sums = self.by_account.setdefault(fields[4].encode(ENCODING, "replace"), [0, 0])
        for side, cents in enumerate(amounts):
            sums[side] += cents
        entry.debit_cents += amounts[0]
        entry.credit_cents += amounts[1]

    def ends(self, raw: bytes, at: int, stream: BinaryIO) -> bool:
        """Look at how a line ends; one that is too long is read over."""
        if not raw.endswith(b"\n"):
            if len(raw) == LONGEST_LINE:
                self.report.tell(Fault("line_too_long", at, "", raw.decode(ENCODING), {"limit": str(LONGEST_LINE)}))
                self.doubt()
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(LONGEST_LINE)
                return False
            self.report.tell(Fault("cut", at))
            return True
        end = b"\r\n" if raw.endswith(b"\r\n") else b"\n"
        self.line_end = self.line_end or end
        if end != self.line_end and not self.is_mixed:
            self.is_mixed = True
            self.report.tell(Fault("mixed_line_ends", at))
        return True

    def decoded(self, raw: bytes) -> str:
        """A line's text; as UTF-8 as long as the whole file may be that, so that its letters are no faults as well."""
        if raw.isascii():
            return raw.decode("ascii")
        if self.is_utf8 is not False:
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                self.is_utf8 = False
            else:
                self.is_utf8 = True
                return text
        return raw.decode(ENCODING)

    def goes_on(self, line: Line, at: int) -> Entry:
        """The entry that a line belongs to: the one being read, or the next."""
        entry = self.entry
        if entry is not None and entry.line.number == line.number:
            for column, expected, value in entry.line.differences(line):
                details = {"entry": line.number.decode(ENCODING, "replace"), "expected": expected}
                self.report.tell(Fault("entry_differs", at, column, value, details))
            return entry
        self.close()
        for fault in self.opening_faults(line, at):
            self.report.tell(fault)
        self.entry = Entry(line, at, judged=not self.is_doubtful)
        self.is_doubtful = False
        self.report.entries += 1
        return self.entry

    def doubt(self) -> None:
        """Judge no balance that a line which couldn't be read may belong to."""
        self.is_doubtful, self.is_judged = True, False
        if self.entry is not None:
            self.entry.judged = False

    def opening_faults(self, line: Line, at: int) -> Iterator[Fault]:
        """The number of an entry, its date in the year, and the order of validation."""
        number = line.number.decode(ENCODING, "replace")
        self.number += 1
        if number != str(self.number):
            yield Fault("number", at, "EcritureNum", number, {"expected": str(self.number)})
            if number.isascii() and number.isdigit() and len(number) <= DIGITS:
                self.number = int(number)
        if line.on is not None and self.year and not self.year[0] <= line.on <= self.year[1]:
            first, last = (f"{day:%Y%m%d}" for day in self.year)
            yield Fault("outside_year", at, "EcritureDate", f"{line.on:%Y%m%d}", {"first": first, "last": last})
        if line.validated is None:
            return
        valid = f"{line.validated:%Y%m%d}"
        if line.on is not None and line.validated < line.on:
            yield Fault("validated_before", at, "ValidDate", valid, {"date": f"{line.on:%Y%m%d}"})
        if self.validated is not None and line.validated < self.validated:
            yield Fault("order", at, "ValidDate", valid, {"date": f"{self.validated:%Y%m%d}"})
        self.validated = line.validated

    def close(self) -> None:
        """Balance the entry that ends here."""
        entry = self.entry
        if entry is None:
            return
        debit, credit = entry.debit_cents, entry.credit_cents
        self.report.debit_cents += debit
        self.report.credit_cents += credit
        if entry.judged and debit != credit:
            details = {"entry": entry.line.number.decode(ENCODING, "replace")} | balance(debit, credit)
            self.report.tell(Fault("unbalanced", entry.at, "EcritureNum", "", details))

    def sum_up(self) -> None:
        report = self.report
        if self.is_judged and report.debit_cents != report.credit_cents:
            report.tell(Fault("file_unbalanced", details=balance(report.debit_cents, report.credit_cents)))
        report.by_account = {
            account.decode(ENCODING): (debit, credit) for account, (debit, credit) in sorted(self.by_account.items())
        }


def balance(debit_cents: int, credit_cents: int) -> dict[str, str]:
    gap = abs(debit_cents - credit_cents)
    return {"debit": euros(debit_cents), "credit": euros(credit_cents), "gap": euros(gap)}


def rewritten(path: Path, earlier: Path) -> Iterator[Fault]:
    """The first line of an earlier file that isn't in this one at the same place: the past doesn't change."""
    with path.open("rb") as now, earlier.open("rb") as before:
        for at, old in enumerate(iter(partial(before.readline, LONGEST_LINE), b""), 1):
            new = now.readline(LONGEST_LINE)
            if new != old:
                yield Fault("rewritten", at, "", new.decode(ENCODING))
                return
