"""Single values of a FEC."""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """A day written AAAAMMJJ; None where it is none."""
    if len(text) != len("AAAAMMJJ") or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def first_day(closing: date) -> date:
    """The first day of the twelve months that end on `closing`."""
    after = date.fromordinal(closing.toordinal() + 1)
    return after.replace(year=after.year - 1, day=28 if (after.month, after.day) == (2, 29) else after.day)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the right one for the others, as in a SIREN."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 # 9: of two digits
