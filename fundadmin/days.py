"""How a day is written in a sentence."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language


def day_in_words(day: date) -> str:
    """As Europe writes it, in English too; the first of a month as French has it, “1er janvier 2027”."""
    words = date_format(day, "j F Y")
    is_french = (get_language() or "").startswith("fr")
    return words.replace("1", "1er", 1) if is_french and day.day == 1 else words
