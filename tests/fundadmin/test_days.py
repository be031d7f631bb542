"""Days in sentences."""

from datetime import date

from django.utils import translation

from fundadmin.days import day_in_words


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    with translation.override("fr"):
        assert day_in_words(date(2027, 1, 1)) == "1er janvier 2027"
        assert day_in_words(date(2027, 1, 11)) == "11 janvier 2027"
        assert day_in_words(date(2027, 1, 2)) == "2 janvier 2027"
    with translation.override("en"):
        assert day_in_words(date(2027, 1, 1)) == "1 January 2027"
