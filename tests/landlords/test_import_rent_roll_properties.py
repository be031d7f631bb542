"""Whatever a landlord sends, in whatever order: a file imported twice changes nothing the second time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landlords.rent_roll import import_rent_roll
from tests.factories_landlords import landlord, valid_siret
from tests.landlords.rolls import csv_file

# Few values, so that lines meet: the same tenant twice, the same contact, facts that disagree or are left blank.
FACTS: dict[str, list[str]] = {
    "Réf. local": ["L1", "L2"],
    "Raison sociale": ["Café Zoé", "CAFÉ ZOÉ", "Chez Ali"],
    "SIRET": ["", valid_siret(1), valid_siret(2)],
    "Code NAF": ["", "56.10A", "56.11G"],
    "Effectif": ["", "0", "1", "4"],
    "Adresse": ["", "1 rue A", "2 rue B"],
    "Fin de bail": ["", "31/12/2021", "31/12/2022"],
    "Régime TVA": ["", "débits", "encaissements"],
    "Taux TVA": ["", "0", "20", "10"],
    "Provisions sur charges": ["", "0", "50"],
    "Loyer HT": ["500", "600,01", "0"],
    "Contact": ["", "Zoé", "Ali"],
    "E-mail": ["", "a@exemple.fr", "b@exemple.fr"],
    "Tél": ["", "1", "2"],
    "Artisan": ["", "oui", "non"],
    "Périodicité": ["", "mensuel", "trimestriel"],
}
MONTHS = ["01/2020", "04/2020", "07/2020", "10/2020"]
lines = st.fixed_dictionaries(
    {"Réf. bail": st.sampled_from(["B1", "B2", "B3"]), "Période": st.sampled_from(MONTHS)}
    | {heading: st.sampled_from(values) for heading, values in FACTS.items()}
)


def lease_and_period(line: dict[str, Any]) -> tuple[str, str]:
    return line["Réf. bail"], line["Période"]


files = st.lists(st.lists(lines, min_size=1, max_size=5, unique_by=lease_and_period), min_size=1, max_size=3)


def agreeing(roll: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the lines of one lease agree about it: those that don't are refused, which other tests see to."""
    told: dict[str, dict[str, Any]] = {}
    of_the_lease = ("SIRET", "Réf. local", "Fin de bail")
    return [
        line | told.setdefault(line["Réf. bail"], {heading: line[heading] for heading in of_the_lease}) for line in roll
    ]


@pytest.mark.slow
@pytest.mark.django_db
@settings(deadline=None)
@given(files)
def test_second_import_changes_nothing(rolls: list[list[dict[str, Any]]]) -> None:
    owner = landlord()
    with tempfile.TemporaryDirectory() as folder:
        for roll in rolls:
            path = csv_file(Path(folder), *agreeing(roll))
            if import_rent_roll(path, owner).written:
                again = import_rent_roll(path, owner)
                assert again.written
                assert (again.created, again.updated, again.unchanged) == (0, 0, len(roll))
                assert not any(count for counts in again.rows.values() for count in counts.values())
