from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from landlords.enums import NafNomenclature
from landlords.identifiers import naf_nomenclature, validate_naf, validate_siren, validate_siret
from tests.factories_landlords import valid_siren, valid_siret


@pytest.mark.parametrize("value", ["732829320", valid_siren(0), valid_siren(9_999_999)])
def test_siren_with_its_check_digit_passes(value: str) -> None:
    validate_siren(value)


@pytest.mark.parametrize("value", ["732829321", "73282932", "", "abcdefghi"])
def test_wrong_siren_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="SIREN"):
        validate_siren(value)


@pytest.mark.parametrize(
    "value",
    [
        "73282932000074",
        valid_siret(12),
        # La Poste: the head office has a check digit, the others a sum of digits divisible by five.
        "35600000000048",
        "35600000049837",
    ],
)
def test_siret_passes(value: str) -> None:
    validate_siret(value)


@pytest.mark.parametrize("value", ["73282932000075", "35600000000049", "732829320"])
def test_wrong_siret_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="SIRET"):
        validate_siret(value)


def test_final_letter_tells_the_nomenclature() -> None:
    assert naf_nomenclature("56.10A") == NafNomenclature.REV2
    assert naf_nomenclature("85.53Z") == NafNomenclature.REV2
    assert naf_nomenclature("56.11G") == NafNomenclature.NAF2025
    assert naf_nomenclature("56.30Y") == NafNomenclature.NAF2025
    assert naf_nomenclature("56.10I") is None
    assert naf_nomenclature("5610A") is None


def test_wrong_naf_is_refused() -> None:
    validate_naf("56.10A")
    with pytest.raises(ValidationError, match="NAF"):
        validate_naf("56.10M")
