"""The charters of the first two stories as terms. What the sources don't say is an assumption, and says so.

Public of the origin charter: signed on 5 May 2020, a fund of 40,000 EUR, a turnover loss of more than 30 %, the
closure order of 14 March 2020, the landlord's other commitments. Public of the second wave: the decree and its date.
"""

from datetime import date
from typing import Final

from grants.actions.charters import CharterTerms
from grants.actions.version_rules import Promise
from grants.eligibility import CriterionSpec
from grants.enums import AidRegime, CapsBasis, DocumentTiming
from landlords.enums import Component

ORDER: Final = "arrêté du 14 mars 2020"
CLOSED_ON: Final = date(2020, 3, 15)
EVIDENCE: Final = "justificatif_chiffre_affaires"

ORIGIN: Final[CharterTerms] = {
    "signed_on": date(2020, 5, 5),
    "starts_on": date(2020, 5, 5),
    "ceiling_cents": 40_000_00,
    # From here on: assumptions.
    "ends_on": date(2020, 12, 31),
    "filing_deadline": date(2020, 7, 31),
    "first_month": date(2020, 3, 1),
    "last_month": date(2020, 6, 1),
    "components": [Component.RENT, Component.CHARGES],
    "max_months": 4,
    "cap_per_siren_cents": 3_000_00,
    "second_visa_threshold_cents": 1_800_00,
    "warning_levels": [80, 95],
    "required_documents": [{"kind": EVIDENCE, "timing": DocumentTiming.BEFORE_DECISION}],
    "aid_regime_justification": "Fonds propres du bailleur : abandon volontaire de créances (hypothèse).",
}
ORIGIN_AMENDED: Final[CharterTerms] = {
    **ORIGIN,
    "signed_on": date(2020, 6, 30),
    "starts_on": date(2020, 6, 30),
    "ceiling_cents": 50_000_00,
}
ORIGIN_CRITERIA: Final = (
    CriterionSpec(
        "closed_by_order",
        {"text": ORDER, "starts_on": "2020-03-15", "ends_on": "2020-06-02"},
        "interdiction d'accueillir du public",
    ),
    # More than 30 % is public; the months compared, and how a young firm compares, are assumptions.
    CriterionSpec(
        "turnover_loss",
        {
            "months": ["2020-03", "2020-04"],
            "reference": "same_month_last_year",
            "op": ">",
            "threshold_bp": 30_00,
            "young_if_started_after": "2019-03-01",
        },
        "perte de plus de 30 %",
    ),
)
ORIGIN_PROMISES: Final = (
    Promise("Aucune pénalité de retard, aucune résiliation de bail, aucun frais"),
    Promise("Report des échéances de loyer"),
    Promise("Aucune révision des loyers en 2020", date(2020, 12, 31)),
    Promise("Demande de dégrèvement de taxe foncière 2020 pour les locaux fermés"),
)

DECREE: Final = "décret n° 2020-1310 du 29 octobre 2020"
DECREE_ON: Final = date(2020, 10, 30)

# Everything of the small team's charter is assumed, but the decree.
SMALL_TEAM: Final[CharterTerms] = {
    "signed_on": date(2020, 11, 20),
    "starts_on": date(2020, 11, 20),
    "ends_on": date(2021, 6, 30),
    "filing_deadline": date(2021, 1, 31),
    "first_month": date(2020, 11, 1),
    "last_month": date(2021, 1, 1),
    "ceiling_cents": 12_000_00,
    "components": [Component.RENT, Component.CHARGES],
    "max_months": 3,
    "caps_basis": CapsBasis.GROSS,
    "cap_per_siren_cents": 4_000_00,
    "second_visa_threshold_cents": 2_500_00,
    "aid_regime": AidRegime.DE_MINIMIS_2013,
    "aid_regime_justification": "Aide d'un office public, sous le plafond de minimis (hypothèse).",
}
SMALL_TEAM_CRITERIA: Final = (
    CriterionSpec("closed_by_order", {"text": DECREE, "starts_on": "2020-10-30", "ends_on": "2021-01-31"}),
    CriterionSpec(
        "turnover_loss",
        {"months": ["2020-11"], "reference": "same_month_last_year", "op": ">=", "threshold_bp": 50_00},
    ),
    CriterionSpec("other_aid_declared", {}),
)
