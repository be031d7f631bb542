"""Cells as people and programs write them."""

from __future__ import annotations

import datetime
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landlords.enums import NafNomenclature, Periodicity, VatRegime
from landlords.rent_roll import values
from landlords.rent_roll.checking import _readers
from landlords.rent_roll.dates import Period, add_months, last_of_month, parse_date, parse_period
from landlords.rent_roll.findings import BadValue
from landlords.rent_roll.messages import MESSAGES
from landlords.rent_roll.words import plain, tidy
from tests.factories_landlords import valid_siren, valid_siret

EPOCH = datetime.date(1899, 12, 30)
APRIL = datetime.date(2020, 4, 1)
# A workbook knows no time zone.
APRIL_AS_READ = datetime.datetime(2020, 4, 1)  # noqa: DTZ001
NO_BREAK, NARROW, THIN_SIREN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", valid_siren(1)


def refusal(read: Any, cell: Any) -> str:
    with pytest.raises(BadValue) as refused:
        read(cell)
    assert refused.value.code in MESSAGES
    return refused.value.code


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("500", 500_00),
        ("500,5", 500_50),
        ("500.50", 500_50),
        ("500,50 €", 500_50),
        ("500,50EUR", 500_50),
        ("500,5000", 500_50),
        ("+500,50", 500_50),
        ("+ 1 500,50 €", 1_500_50),
        ("1 234,50", 1234_50),
        (f"1{NO_BREAK}234,50", 1234_50),
        (f"1{NARROW}234{NARROW}567,89{NO_BREAK}€", 1234567_89),
        ("1.234,50", 1234_50),
        ("1.234.567", 1234567_00),
        ("1,234.50", 1234_50),
        ("1,234,567", 1234567_00),
        ("0", 0),
        (500, 500_00),
        (0.1 + 0.2, 30),
        (1234.5, 1234_50),
        (333.335, 333_34),
        (1e-9, 0),
    ],
)
def test_amounts(cell: Any, cents: int) -> None:
    assert values.cents(cell) == cents


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("cinq cents", "amount_unreadable"),
        ("12 34", "amount_unreadable"),
        ("1,23,45", "amount_unreadable"),
        (True, "amount_unreadable"),
        (APRIL, "amount_unreadable"),
        ("1.234", "amount_ambiguous"),
        ("1,234", "amount_ambiguous"),
        ("12,3456", "amount_decimals"),
        ("1 234,567", "amount_decimals"),
        ("-5", "amount_negative"),
        ("5-", "amount_negative"),
        ("\N{MINUS SIGN}5", "amount_negative"),
        ("(5,00)", "amount_negative"),
        (-0.5, "amount_negative"),
        (math.inf, "amount_unreadable"),
        (1e26, "amount_too_large"),
        ("73282932000074", "amount_too_large"),
    ],
)
def test_what_is_no_amount(cell: Any, code: str) -> None:
    assert refusal(values.cents, cell) == code


def test_a_tenant_who_paid_too_much_owes_nothing() -> None:
    assert values.arrears_cents("-12,50") == 0
    assert values.arrears_cents("12,50") == 12_50
    assert refusal(values.arrears_cents, "douze") == "amount_unreadable"


any_cell: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[-+(]?[0-9][0-9 .,/E:%T-]{0,12}", fullmatch=True),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@settings(deadline=None)
@given(st.sampled_from(sorted(_readers(EPOCH))), any_cell)
def test_no_cell_makes_a_traceback(fact: str, cell: Any) -> None:
    if not values.is_blank(cell):
        with suppress(BadValue):
            _readers(EPOCH)[fact](cell)


@settings(deadline=None)
@given(st.integers(0, 100_000_000_00), st.sampled_from(["", " ", NO_BREAK, NARROW]), st.sampled_from(["", " €", "€"]))
def test_every_written_amount_is_read_to_the_cent(cents: int, gap: str, currency: str) -> None:
    written = f"{cents // 100:,}".replace(",", gap) + f",{cents % 100:02d}{currency}"
    assert values.cents(written) == cents
    assert values.cents(cents / 100) == cents


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        ("20", 2000),
        ("20 %", 2000),
        ("5,5%", 550),
        ("20,00", 2000),
        (0.2, 2000),
        ("0,2", 2000),
        (20, 2000),
        ("0", 0),
        (0, 0),
        ("0,5 %", 50),
        ("exonéré", 0),
        (0.055, 550),
        (2.1, 210),
        ("100", 10_000),
    ],
)
def test_vat_rates(cell: Any, points: int) -> None:
    assert values.rate_bp(cell) == points


@pytest.mark.parametrize("cell", ["beaucoup", "120 %", True, -1, "20,001", APRIL])
def test_what_is_no_rate(cell: Any) -> None:
    assert refusal(values.rate_bp, cell) == "rate_unreadable"


def test_sirets_in_every_writing() -> None:
    siret = valid_siret(1)
    written: list[Any] = [
        siret,
        f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}",
        siret.replace("9", "9" + NO_BREAK, 1),
        f"'{siret}",
        f'="{siret}"',
        int(siret),
        float(siret),
    ]
    assert [values.siret_or_none(cell) for cell in written] == [siret] * len(written)
    assert values.siret_or_none("35600000049837") == "35600000049837"
    # As a number it loses its first zero, which the check digit brings back.
    assert values.siret_or_none(5550200900016) == "05550200900016"
    assert values.siret_or_none("00000000000000") is None
    assert values.siret_or_none(0) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("7,3E+13", "siret_mangled"),
        ("7.32829E+13", "siret_mangled"),
        ("7E13", "siret_mangled"),
        (7.3e13, "siret_mangled"),
        (73282900000000, "siret_mangled"),
        (THIN_SIREN, "siret_is_siren"),
        (int(THIN_SIREN), "siret_is_siren"),
        ("73282932000075", "siret_wrong"),
        ("7328293200007", "siret_wrong"),
        ("FR12732829320", "siret_wrong"),
        (12.5, "siret_wrong"),
    ],
)
def test_what_is_no_siret(cell: Any, code: str) -> None:
    assert refusal(values.siret_or_none, cell) == code


def test_naf_codes() -> None:
    rev2 = (NafNomenclature.REV2, "56.10A")
    for cell in ("56.10A", "5610a", "56.10 A", "56 10A", "56.10A Restauration traditionnelle"):
        assert values.naf(cell) == rev2
    assert values.naf("56.11G") == (NafNomenclature.NAF2025, "56.11G")
    unreadable: list[Any] = ["553A", "restaurant", 5610, "56.10I"]
    assert [refusal(values.naf, cell) for cell in unreadable] == ["naf_unreadable"] * 4


def test_headcounts() -> None:
    numbers: list[Any] = ["3", 3, 3.0, "3 salariés", " 3 "]
    assert [values.headcount(cell) for cell in numbers] == [3] * 5
    assert values.headcount("0") == 0
    for cell in ("1 à 2", "2,5", 2.5, -1, "trois", "9999999", True):
        assert refusal(values.headcount, cell) == "number_unreadable"


def test_yes_no_and_craft_registration() -> None:
    assert values.yes_no("Oui") is True
    assert values.yes_no(cell=True) is True
    assert values.yes_no("N") is False
    assert values.yes_no(0) is False
    assert refusal(values.yes_no, "peut-être") == "yes_no_unreadable"
    for cell in ("oui", "732 829 320 RM 60", "RNE", "inscrit au répertoire des métiers"):
        assert values.craft_registered(cell) is True
    for cell in ("non", "non inscrit au RM"[:3]):
        assert values.craft_registered(cell) is False
    assert refusal(values.craft_registered, "?!x!?y") == "craft_unreadable"


def test_texts_addresses_and_phones() -> None:
    assert values.text(1001.0) == "1001"
    assert values.text(10.5) == "10.5"
    assert values.text(f"  a{NO_BREAK}\u200bb\x00 ") == "a b"
    assert values.limited_text(3)("abc") == "abc"
    assert refusal(values.limited_text(3), "abcd") == "text_too_long"
    assert [values.postcode(cell) for cell in ("60000", 2100, "2100", " 60 000", 60000.0)] == [
        "60000",
        "02100",
        "02100",
        "60000",
        "60000",
    ]
    assert refusal(values.postcode, "6000A") == "postcode_unreadable"
    assert refusal(values.postcode, "600") == "postcode_unreadable"
    assert values.email("a@exemple.fr") == "a@exemple.fr"
    assert refusal(values.email, "a@exemple.fr ; b@exemple.fr") == "email_unreadable"
    assert refusal(values.email, f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.fr") == "text_too_long"
    assert values.phone(344123456) == "0344123456"
    assert values.phone("03 44 12 34 56") == "03 44 12 34 56"


def test_regimes_and_periodicities() -> None:
    for cell in ("Exonéré de TVA", "non assujetti", "hors champ", "franchise en base", "exo"):
        assert values.vat_regime(cell) == VatRegime.EXEMPT
    assert values.vat_regime("TVA sur les encaissements") == VatRegime.RECEIPTS
    assert values.vat_regime("Débits") == VatRegime.DEBITS
    assert refusal(values.vat_regime, "assujetti") == "regime_unreadable"
    for cell in ("mensuel", "Mensuelle", "M", "mens."):
        assert values.periodicity(cell) == Periodicity.MONTHLY
    for cell in ("trimestriel", "T", "Trim."):
        assert values.periodicity(cell) == Periodicity.QUARTERLY
    assert refusal(values.periodicity, "annuel") == "periodicity_unreadable"


@pytest.mark.parametrize("cell", ["", None, "-", "  ", "n/c", "Néant", "?", "N.C."])
def test_ways_to_leave_a_cell_blank(cell: Any) -> None:
    assert values.is_blank(cell)


@pytest.mark.parametrize("cell", ["0", 0, False, "non", "a"])
def test_what_is_not_blank(cell: Any) -> None:
    assert not values.is_blank(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "01/04/2020",
        "1/4/2020",
        "01-04-2020",
        "01.04.2020",
        "01/04/20",
        "2020-04-01",
        "2020/04/01",
        "2020-04-01T00:00:00",
        "2020-04-01 00:00:00",
        "01/04/2020 00:00",
        "20200401",
        "1er avril 2020",
        "1 avr. 2020",
        "43922",
        43922,
        43922.0,
        20200401,
        APRIL_AS_READ,
        APRIL,
    ],
)
def test_dates(cell: Any) -> None:
    assert parse_date(cell, EPOCH) == APRIL


@pytest.mark.parametrize(
    "cell",
    [
        "31/04/2020",
        "04/2020",
        "avril",
        "1 brumaire 2020",
        "12",
        12,
        "20201341",
        "01/13/2020",
        datetime.date(1492, 1, 1),
        "01/01/0020",
        True,
    ],
)
def test_what_is_no_date(cell: Any) -> None:
    assert refusal(lambda value: parse_date(value, EPOCH), cell) == "date_unreadable"


def test_two_digit_years_and_the_other_epoch() -> None:
    assert parse_date("01/04/85", EPOCH).year == 1985
    assert parse_date("01/04/69", EPOCH).year == 2069
    assert parse_date(42460, datetime.date(1904, 1, 1)) == APRIL


@settings(deadline=None)
@given(st.dates(datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)))
def test_every_day_in_every_writing(day: datetime.date) -> None:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y", "%Y%m%d"):
        assert parse_date(day.strftime(form), EPOCH) == day
    if day > datetime.date(1927, 5, 18):
        assert parse_date((day - EPOCH).days, EPOCH) == day


@pytest.mark.parametrize(
    "cell",
    [
        "04/2020",
        "4/2020",
        "2020-04",
        "04-2020",
        "202004",
        202004,
        "avril 2020",
        "Avr. 2020",
        "avr-20",
        "AVRIL 20",
        "15/04/2020",
        APRIL_AS_READ,
        43922,
        "2020-04-01",
    ],
)
def test_months(cell: Any) -> None:
    assert parse_period(cell, EPOCH) == Period(APRIL, datetime.date(2020, 4, 30), is_month=True)


@pytest.mark.parametrize(
    "cell",
    [
        "T2 2020",
        "2T2020",
        "2T 2020",
        "T2-2020",
        "t2/20",
        "2e trimestre 2020",
        "2ème trim. 2020",
        "Trimestre 2 2020",
        "2020-T2",
        "2020T2",
        "2020 2T",
        "01/04/2020 - 30/06/2020",
        "du 01/04/2020 au 30/06/2020",
        "Q2 2020",
    ],
)
def test_quarters(cell: str) -> None:
    assert parse_period(cell, EPOCH) == Period(APRIL, datetime.date(2020, 6, 30))


@pytest.mark.parametrize(
    "cell", ["2020", "13/2020", "T5 2020", "avril", "foo 2020", "01/04/2020 au 31/06/2020", 12, ""]
)
def test_what_is_no_period(cell: Any) -> None:
    assert refusal(lambda value: parse_period(value, EPOCH), cell) == "period_unreadable"


def test_months_are_counted_over_new_year() -> None:
    assert add_months(datetime.date(2020, 12, 1), 1) == datetime.date(2021, 1, 1)
    assert add_months(datetime.date(2020, 1, 1), -1) == datetime.date(2019, 12, 1)
    assert last_of_month(datetime.date(2020, 2, 3)) == datetime.date(2020, 2, 29)


def test_words() -> None:
    assert plain("N° de l'Œuvre (%)") == "n de l oeuvre pct"
    assert tidy("déjà\tvu") == "déjà vu"
