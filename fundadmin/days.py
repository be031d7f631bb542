"""How a day is written in a sentence."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language


def day_in_words(day: date) -> str:
    """The first of a month as French has it, "1er janvier 2027", which no format of Django can write."""
    words = date_format(day, "DATE_FORMAT")
    is_french = (get_language() or "").startswith("fr")
    return words.replace("1", "1er", 1) if is_french and day.day == 1 else words
