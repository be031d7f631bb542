"""Cells -> values. Every reader takes a cell that isn't blank and raises BadValue with the code of a sentence.

Money is read through Decimal, also when a workbook holds it as a binary number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from stdnum.fr import siren, siret

from landlords.enums import NafNomenclature, Periodicity, VatRegime
from landlords.identifiers import naf_nomenclature
from landlords.rent_roll.findings import BadValue
from landlords.rent_roll.reading import Cell, is_number
from landlords.rent_roll.words import plain, tidy

# What people write in a cell they have nothing for.
_BLANKS: Final = frozenset(
    {
        "",
        "-",
        "--",
        "\N{EN DASH}",
        "\N{EM DASH}",
        "/",
        ".",
        "?",
        "nc",
        "n/c",
        "n.c.",
        "na",
        "n/a",
        "null",
        "néant",
        "neant",
        "inconnu",
        "inconnue",
        "non communiqué",
        "non communique",
    }
)
_LARGEST_CENTS: Final = 100_000_000_00
_LARGEST_HEADCOUNT: Final = 1_000_000
_WHOLE_BP: Final = 10_000


def is_blank(cell: Cell) -> bool:
    if cell is None or cell == "":
        return True
    return isinstance(cell, str) and tidy(cell).casefold() in _BLANKS


def text(cell: Cell) -> str:
    """Return a cell as tidy text; a whole number loses the “.0” that a workbook gives it."""
    if isinstance(cell, str):
        return tidy(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def limited_text(limit: int) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        read_text = text(cell)
        if len(read_text) > limit:
            raise BadValue("text_too_long", limit=limit)
        return read_text

    return read


_CURRENCY = re.compile(r"(?:€|eur|euros?)$", re.IGNORECASE)
_PLAIN_AMOUNT = re.compile(r"\d+(?:[.,]\d{1,2}0*)?")
_GROUPED_BY_BLANKS = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d{1,2}0*)?")
_GROUPED_BY_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?")
_GROUPED_BY_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?")
_THREE_DECIMALS_OR_THOUSANDS = re.compile(r"\d{1,3}[.,]\d{3}")
_MANY_DECIMALS = re.compile(r"[\d ]+[.,]\d{3,}")


def cents(cell: Cell) -> int:
    """Read an amount in euros as cents: “1 234,50 €” -> 123450."""
    if isinstance(cell, str):
        amount = _cents_from_text(cell)
    elif is_number(cell):
        # A workbook's number is what its formula gave; it is rounded to the cent like the cell shows it.
        amount = int((Decimal(repr(cell)) * 100).to_integral_value(ROUND_HALF_UP))
    else:
        raise BadValue("amount_unreadable")
    if amount < 0:
        raise BadValue("amount_negative")
    if amount > _LARGEST_CENTS:
        raise BadValue("amount_too_large")
    return amount


def _cents_from_text(cell: str) -> int:
    written = _CURRENCY.sub("", tidy(cell)).strip().removeprefix("+").lstrip()
    if written.startswith(("-", "\N{MINUS SIGN}", "(")) or written.endswith("-"):
        raise BadValue("amount_negative")
    if _THREE_DECIMALS_OR_THOUSANDS.fullmatch(written):
        raise BadValue("amount_ambiguous")
    if _PLAIN_AMOUNT.fullmatch(written) or _GROUPED_BY_BLANKS.fullmatch(written):
        number = written.replace(" ", "").replace(",", ".")
    elif _GROUPED_BY_DOTS.fullmatch(written):
        number = written.replace(".", "").replace(",", ".")
    elif _GROUPED_BY_COMMAS.fullmatch(written):
        number = written.replace(",", "")
    else:
        raise BadValue("amount_decimals" if _MANY_DECIMALS.fullmatch(written) else "amount_unreadable")
    return int(Decimal(number) * 100)


def signed_cents(cell: Cell) -> int:
    """Read an amount that may be negative, as programs write credits: “-450,00”, “(450,00)”, “450,00-”."""
    if isinstance(cell, str):
        written = _CURRENCY.sub("", tidy(cell)).strip()
        bare = written.strip("-\N{MINUS SIGN}() ")
        return -cents(bare) if _NEGATIVE.fullmatch(written) else cents(cell)
    if is_number(cell) and cell < 0:
        return -cents(-cell)
    return cents(cell)


_NEGATIVE = re.compile(r"[-\N{MINUS SIGN}] ?[^-()]*|\([^-()]*\)|[^-()]*-")


def arrears_cents(cell: Cell) -> int:
    """Read what a tenant owes; one who paid too much owes nothing."""
    try:
        return cents(cell)
    except BadValue as bad:
        if bad.code == "amount_negative":
            return 0
        raise


_RATE = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?(%?)")


def rate_bp(cell: Cell) -> int:
    """Read a VAT rate as basis points: “20 %”, “20”, and 0.2, which is how a workbook holds 20 %."""
    if isinstance(cell, str):
        if plain(cell).startswith("exo"):
            return 0
        found = _RATE.fullmatch(tidy(cell))
        if not found:
            raise BadValue("rate_unreadable")
        rate, is_percent = Decimal(found[1].replace(",", ".")), bool(found[2])
    elif is_number(cell):
        rate, is_percent = Decimal(repr(cell)), False
    else:
        raise BadValue("rate_unreadable")
    # No VAT rate is below 1 %: a smaller number is a fraction of one.
    points = rate * (_WHOLE_BP if rate < 1 and not is_percent else 100)
    if not 0 <= points <= _WHOLE_BP or points != points.to_integral_value():
        raise BadValue("rate_unreadable")
    return int(points)


_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_SIREN_DIGITS, _SIRET_DIGITS, _NIC_DIGITS = 9, 14, 5


def siret_or_none(cell: Cell) -> str | None:
    """Read a SIRET, None for a row of zeros, which is how some programs write that they have none."""
    if isinstance(cell, str):
        written = tidy(cell)
        if _SCIENTIFIC.fullmatch(written):
            raise BadValue("siret_mangled")
        digits = re.sub(r"[\s.\-='\"]", "", written)
    else:
        digits = text(cell)
        if digits.endswith("0" * _NIC_DIGITS) and digits.strip("0"):
            # No establishment has the number 00000: these are the digits that 7.3E+13 lost.
            raise BadValue("siret_mangled")
        digits = digits.zfill(_SIRET_DIGITS) if len(digits) > _SIREN_DIGITS else digits
    if not digits.strip("0"):
        return None
    if siren.is_valid(digits):
        raise BadValue("siret_is_siren")
    if not siret.is_valid(digits):
        raise BadValue("siret_wrong")
    return digits


_NAF = re.compile(r"(\d{2})\.? ?(\d{2}) ?([a-zA-Z])\b.*")


def naf(cell: Cell) -> tuple[NafNomenclature, str]:
    """Read a NAF code and tell its list by the final letter; a label after the code is left out."""
    found = _NAF.fullmatch(text(cell))
    code = f"{found[1]}.{found[2]}{found[3].upper()}" if found else ""
    nomenclature = naf_nomenclature(code)
    if nomenclature is None:
        raise BadValue("naf_unreadable")
    return nomenclature, code


_HEADCOUNT = re.compile(r"(\d{1,7})(?: (?:salarie|salaries|salariees?|personnes?|pers))?")


def headcount(cell: Cell) -> int:
    found = _HEADCOUNT.fullmatch(plain(text(cell))) if not _is_broken_number(cell) else None
    if not found or int(found[1]) > _LARGEST_HEADCOUNT:
        raise BadValue("number_unreadable")
    return int(found[1])


def _is_broken_number(cell: Cell) -> bool:
    """Say whether the cell is a number with decimals or a sign, which `plain` would hide."""
    return bool(re.search(r"[-.,]\s*\d", text(cell)))


_YES: Final = frozenset({"oui", "o", "x", "vrai", "true", "1", "yes"})
_NO: Final = frozenset({"non", "n", "faux", "false", "0", "no"})


def yes_no(cell: Cell) -> bool:
    word = plain(text(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue("yes_no_unreadable")


_CRAFT_REGISTER = re.compile(r"\b(?:rm|rne|repertoire(?: des)? metiers|repertoire national)\b")


def craft_registered(cell: Cell) -> bool:
    """Read yes or no, or a registration (“732 829 320 RM 60”), which is a yes."""
    words = plain(text(cell))
    if _CRAFT_REGISTER.search(words) and not words.startswith("non"):
        return True
    try:
        return yes_no(cell)
    except BadValue:
        raise BadValue("craft_unreadable") from None


def postcode(cell: Cell) -> str:
    written = text(cell).replace(" ", "")
    # As a number, 02100 lost its zero.
    digits = written.zfill(5) if not isinstance(cell, str) or len(written) == len("2100") else written
    if not re.fullmatch(r"[0-9]{5}", digits):
        raise BadValue("postcode_unreadable")
    return digits


def email(cell: Cell) -> str:
    address = limited_text(254)(cell)
    try:
        validate_email(address)
    except ValidationError:
        raise BadValue("email_unreadable") from None
    return address


_PHONE_DIGITS_WITHOUT_ZERO: Final = 9


def phone(cell: Cell) -> str:
    written = limited_text(30)(cell)
    if not isinstance(cell, str) and len(written) == _PHONE_DIGITS_WITHOUT_ZERO:
        return f"0{written}"
    return written


def vat_regime(cell: Cell) -> VatRegime:
    words = plain(text(cell))
    if re.search(r"\b(?:exo\w*|non (?:assujetti|soumis)\w*|hors champ|sans tva|franchise)\b", words):
        return VatRegime.EXEMPT
    if re.search(r"\bencaissements?\b", words):
        return VatRegime.RECEIPTS
    if re.search(r"\bdebits?\b", words):
        return VatRegime.DEBITS
    raise BadValue("regime_unreadable")


def periodicity(cell: Cell) -> Periodicity:
    words = plain(text(cell))
    if words == "m" or words.startswith("mens"):
        return Periodicity.MONTHLY
    if words == "t" or words.startswith("trim"):
        return Periodicity.QUARTERLY
    raise BadValue("periodicity_unreadable")
