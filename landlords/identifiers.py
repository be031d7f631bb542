"""SIREN, SIRET and NAF codes: what can be said of them without asking Sirene."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.fr import siren, siret

from landlords.enums import NafNomenclature

# The lists of NAF rev. 2 and NAF 2025 share no code: the final letter alone tells them apart
# (décret 2025-736 of 31 July 2025).
NAF_PATTERNS = {
    NafNomenclature.REV2: r"^[0-9]{2}\.[0-9]{2}[A-FZ]$",
    NafNomenclature.NAF2025: r"^[0-9]{2}\.[0-9]{2}[GHJKLY]$",
}


def validate_siren(value: str) -> None:
    """Refuse a SIREN that isn't nine digits with the right check digit (Luhn)."""
    if not siren.is_valid(value):
        raise ValidationError(
            _("“%(value)s” is not a SIREN: nine digits with a valid check digit are needed."),
            code="invalid_siren",
            params={"value": value},
        )


def validate_siret(value: str) -> None:
    """Refuse a SIRET with a wrong check digit; La Poste's establishments have a rule of their own."""
    if not siret.is_valid(value):
        raise ValidationError(
            _("“%(value)s” is not a SIRET: fourteen digits with a valid check digit are needed."),
            code="invalid_siret",
            params={"value": value},
        )


def naf_nomenclature(code: str) -> NafNomenclature | None:
    """Return the list that `code` (with its dot, e.g. "56.10A") belongs to, None if it has no such shape."""
    for nomenclature, pattern in NAF_PATTERNS.items():
        if re.fullmatch(pattern, code):
            return nomenclature
    return None


def validate_naf(value: str) -> None:
    if naf_nomenclature(value) is None:
        raise ValidationError(
            _("“%(value)s” is not a NAF code: two digits, a dot, two digits and a letter are needed."),
            code="invalid_naf",
            params={"value": value},
        )
