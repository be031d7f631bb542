"""Every criterion as a business reads it, with its figures and without its article."""

from typing import Any

import pytest
from django.utils import translation

from grants.eligibility import CRITERIA, CriterionSpec, in_words, parse_criteria

ORDER = {"text": "arrêté du 14 mars 2020", "starts_on": "2020-03-15", "ends_on": "2020-06-02"}
LOSS = {"months": ["2020-03", "2020-04"], "op": ">", "threshold_bp": 3000}

ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("closed_by_order", ORDER, "interdiction d'accueillir du public (arrêté du 14 mars 2020), un jour au moins entre"),
    ("closed_by_order", ORDER | {"activities": ["restaurant", "bar"]}, "Activités concernées : restaurant, bar."),
    ("closed_by_order", ORDER | {"partial_opening_allowed": True}, "La livraison et la vente à emporter"),
    (
        "turnover_loss",
        LOSS | {"reference": "same_month_last_year"},
        "avril 2020) a baissé : perte de plus de 30 %, par comparaison avec les mêmes mois de l'année précédente.",
    ),
    (
        "turnover_loss",
        LOSS | {"reference": "mean_of_months", "reference_months": ["2019-12"]},
        "la moyenne de décembre 2019",
    ),
    (
        "turnover_loss",
        LOSS | {"reference": "same_month_last_year", "young_if_started_after": "2019-03-01"},
        "Une entreprise créée après le 01/03/2019",
    ),
    ("headcount", {"op": "<=", "n": 10}, "L'effectif salarié : au plus 10."),
    ("annual_turnover", {"op": "<", "cents": 1_000_000_00}, "moins de 1 000 000,00 €"),
    ("naf_in", {"nomenclature": "rev2", "codes": ["56.10A", "56.30Z"]}, "(NAF rév. 2) : 56.10A, 56.30Z."),
    ("craft_registration", {}, ""),
    ("craft_registration", {"proof_max_age_days": 90}, "L'extrait date de 90 jours au plus."),
    ("lease_covers", {}, "Le bail est en cours et aucun congé n'a été donné."),
    ("lease_covers", {"months": ["2020-04"]}, "Il courait en avril 2020."),
    ("started_before", {"before": "2020-03-01"}, "L'activité a commencé avant le 01/03/2020."),
    ("not_in_proceedings", {}, "L'entreprise ne fait l'objet d'aucune procédure collective."),
    ("not_in_proceedings", {"at": "2020-03-01"}, "aucune procédure collective au 01/03/2020."),
    ("not_in_proceedings", {"allowed": ["safeguard"]}, "Sont acceptées : sauvegarde."),
    ("arrears_before", {"before": "2020-03-01"}, "Aucun impayé avant le 01/03/2020."),
    ("arrears_before", {"before": "2020-03-01", "max_cents": 100_00}, "100,00 € au plus."),
    ("other_aid_declared", {}, "Les autres aides demandées, obtenues ou refusées sont déclarées"),
    ("de_minimis", {"regime": "de_minimis_2023_2831"}, "sous son plafond de minimis"),
]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'")


@pytest.mark.parametrize(("code", "parameters", "words"), ROWS)
def test_a_criterion_reads_in_plain_french(code: str, parameters: dict[str, Any], words: str) -> None:
    (criterion,) = parse_criteria([CriterionSpec(code, parameters, "art. 3")])
    with translation.override("fr"):
        sentence = plain(in_words(criterion))
    assert words in sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "%" not in sentence.replace("30 %", "")
    assert "art. 3" not in sentence


def test_every_criterion_has_its_words() -> None:
    assert {code for code, _parameters, _words in ROWS} == set(CRITERIA)
