"""Dates and periods as people and spreadsheets write them."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

from landlords.rent_roll.findings import BadValue
from landlords.rent_roll.reading import Cell, is_number
from landlords.rent_roll.words import plain, tidy

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan",
            "fevrier fevr fev",
            "mars mar",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout aou",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec",
        ),
        start=1,
    )
    for name in names.split()
}
# `plain` has already turned every punctuation mark into a blank.
_DAY_FIRST = re.compile(r"(\d{1,2}) (\d{1,2}) (\d{4}|\d{2})(?: 0{1,2}(?: 00){1,2})?")
_YEAR_FIRST = re.compile(r"(\d{4}) (\d{1,2}) (\d{1,2})(?:[t ]0{1,2}(?: 0+)*z?)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4}|\d{2})")
_SERIAL = re.compile(r"[1-9]\d{4}")
_MONTH_YEAR = re.compile(r"(\d{1,2}) (\d{4})")
_YEAR_MONTH = re.compile(r"((?:19|20)\d\d) ?(\d{1,2})")
_MONTH_NAME = re.compile(r"([a-z]+) ?(\d{4}|\d{2})")
_QUARTER_FIRST = re.compile(
    r"(?:(?:t|q|trim|trimestre) ?([1-4])|([1-4]) ?(?:er|e|eme)? ?(?:t|trim|trimestre)) ?(\d{4}|\d{2})"
)
_QUARTER_LAST = re.compile(r"((?:19|20)\d\d) ?(?:[tq] ?([1-4])|([1-4]) ?[tq])")
_RANGE = re.compile(
    r"(?:du )?(\d{1,2} \d{1,2} \d{2,4}|\d{4} \d{2} \d{2})(?: au| a)? (\d{1,2} \d{1,2} \d{2,4}|\d{4} \d{2} \d{2})"
)
_OLDEST, _NEWEST = datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`; `is_month` tells a month named alone from days given one by one."""

    start: datetime.date
    end: datetime.date
    is_month: bool = False


def parse_date(cell: Cell, epoch: datetime.date) -> datetime.date:
    """Read a date: dd/mm/yyyy, ISO, in words, or a spreadsheet's day number counted from `epoch`."""
    if isinstance(cell, datetime.datetime):
        found: datetime.date | None = cell.date()
    elif isinstance(cell, datetime.date):
        found = cell
    elif isinstance(cell, str):
        found = _date_from_text(cell, epoch)
    else:
        found = _date_from_number(int(cell), epoch) if is_number(cell) else None
    if found is None or not _OLDEST <= found < _NEWEST:
        raise BadValue("date_unreadable")
    return found


def _date_from_number(number: int, epoch: datetime.date) -> datetime.date | None:
    if _SERIAL.fullmatch(str(number)):
        return epoch + datetime.timedelta(days=number)
    return _date_from_text(str(number), epoch)


def _date_from_text(text: str, epoch: datetime.date) -> datetime.date | None:
    words = plain(tidy(text))
    if found := _DAY_FIRST.fullmatch(words):
        return _date(found[3], found[2], found[1])
    if found := _YEAR_FIRST.fullmatch(words) or _COMPACT.fullmatch(words):
        return _date(found[1], found[2], found[3])
    if found := _IN_WORDS.fullmatch(words):
        return _date(found[3], _MONTHS.get(found[2], 0), found[1])
    if _SERIAL.fullmatch(words):
        return _date_from_number(int(words), epoch)
    return None


def _date(year: str, month: str | int, day: str | int) -> datetime.date | None:
    try:
        return datetime.date(_year(year), int(month), int(day))
    except ValueError:
        return None


def _year(text: str) -> int:
    """Two digits are this century's up to 69: leases older than 1970 are written in full."""
    if len(text) == len("2020"):
        return int(text)
    return int(("20" if text < "70" else "19") + text)


def parse_period(cell: Cell, epoch: datetime.date) -> Period:
    """Read a month (04/2020, avril 2020, any day of it) or a quarter (T2 2020), or two dates."""
    if isinstance(cell, str):
        period = _period_from_text(cell)
    elif is_number(cell):
        period = _period_from_text(str(int(cell)))
    else:
        period = None
    return period or _whole_month(parse_date_of_period(cell, epoch))


def parse_date_of_period(cell: Cell, epoch: datetime.date) -> datetime.date:
    try:
        return parse_date(cell, epoch)
    except BadValue:
        raise BadValue("period_unreadable") from None


def _period_from_text(text: str) -> Period | None:
    words = plain(tidy(text))
    if found := _MONTH_YEAR.fullmatch(words):
        return _month(found[2], int(found[1]))
    if found := _YEAR_MONTH.fullmatch(words):
        return _month(found[1], int(found[2]))
    if found := _QUARTER_FIRST.fullmatch(words):
        return quarter_from(datetime.date(_year(found[3]), 3 * int(found[1] or found[2]) - 2, 1))
    if found := _QUARTER_LAST.fullmatch(words):
        return quarter_from(datetime.date(int(found[1]), 3 * int(found[2] or found[3]) - 2, 1))
    if found := _MONTH_NAME.fullmatch(words):
        return _month(found[2], _MONTHS.get(found[1], 0))
    if found := _RANGE.fullmatch(words):
        return _range(found[1], found[2])
    return None


def _month(year: str, month: int) -> Period | None:
    first = _date(year, month, 1)
    return _whole_month(first) if first else None


def _range(first: str, last: str) -> Period | None:
    epoch = _OLDEST  # Never used: both texts are written as dates.
    start, end = _date_from_text(first, epoch), _date_from_text(last, epoch)
    return Period(start, end) if start and end else None


def _whole_month(day: datetime.date) -> Period:
    return Period(day.replace(day=1), last_of_month(day), is_month=True)


def quarter_from(first: datetime.date) -> Period:
    """Return the three months that start on `first`, the first day of any month."""
    return Period(first, last_of_month(add_months(first, 2)))


def last_of_month(day: datetime.date) -> datetime.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(first: datetime.date, count: int) -> datetime.date:
    """Return the first day of the month `count` months after that of `first`."""
    index = first.year * 12 + first.month - 1 + count
    return datetime.date(index // 12, index % 12 + 1, 1)
