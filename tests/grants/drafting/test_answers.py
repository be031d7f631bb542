"""The questions of every criterion: what is asked, kept as facts, shown again, and what can't be used."""

import re
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from grants.actions import filing
from grants.eligibility import CriterionSpec
from grants.enums import AidRegime
from tests import factories_landlords
from tests.factories import World, key, tenant_with_lease
from tests.grants.drafting.desk import CLOSED, LOSS, ORDER, Desk, new_draft, open_desk, text_of

pytestmark = pytest.mark.django_db

OTHERS = (
    CriterionSpec("headcount", {"op": "<=", "n": 10}),
    CriterionSpec("annual_turnover", {"op": "<", "cents": 1_000_000_00}),
    CriterionSpec("naf_in", {"nomenclature": "rev2", "codes": ["56.10A"]}),
    CriterionSpec("craft_registration", {"proof_max_age_days": 90}),
    CriterionSpec("lease_covers", {}),
    CriterionSpec("started_before", {"before": "2020-02-01"}),
    CriterionSpec("not_in_proceedings", {}),
    CriterionSpec("arrears_before", {"before": "2020-03-01"}),
    CriterionSpec("other_aid_declared", {}),
)


def desk_of(world: World, **tenant: Any) -> Desk:
    business = factories_landlords.tenant(landlord=world.landlord, **tenant)
    return Desk(world, new_draft(world, tenant_with_lease(world, tenant=business)))


def facts_after(desk: Desk, **given: Any) -> dict[str, Any]:
    answer = desk.save(**given)
    assert answer.status_code == 302, text_of(answer.content.decode())
    return dict(desk.stored().facts)


def test_every_criterion_is_asked_and_kept_as_facts() -> None:
    desk = desk_of(open_desk(criteria=OTHERS))
    facts = facts_after(
        desk,
        headcount="4",
        annual_turnover="120 000,50",
        evidence_annual_turnover_cents="accountant_certificate",
        craft_registered="yes",
        craft_proof_on="2020-04-01",
        started_on="2016-06-01",
        proceedings="safeguard",
        proceedings_opened_on="2020-01-15",
        aid_any="some",
        aid_0_name="Fonds de solidarité",
        aid_0_period="mars 2020",
        aid_0_status="granted",
        aid_0_amount="1500",
        aid_1_name="Région",
        aid_1_status="asked",
    )
    assert facts == {
        "headcount": 4,
        "annual_turnover_cents": 120_000_50,
        "craft_registered": True,
        "craft_proof_on": "2020-04-01",
        "started_on": "2016-06-01",
        "proceedings": "safeguard",
        "proceedings_opened_on": "2020-01-15",
        "other_aid": [
            {"name": "Fonds de solidarité", "period": "mars 2020", "status": "granted", "amount_cents": 1500_00},
            {"name": "Région", "period": "", "status": "asked"},
        ],
        "evidence": {"annual_turnover_cents": "accountant_certificate"},
    }
    # The page shows it again, and saving it unchanged changes nothing.
    desk.read()
    assert (desk.shown["annual_turnover"], desk.shown["aid_1_name"], desk.shown["craft_registered"]) == (
        "120000,50",
        "Région",
        "yes",
    )
    before = desk.stored().version
    assert facts_after(desk) == facts
    assert desk.stored().version == before


def test_what_the_rent_roll_says_already_is_not_declared_once_more() -> None:
    desk = desk_of(open_desk(criteria=OTHERS), headcount=3, started_on=date(2015, 1, 1), craft_registered=False)
    assert (desk.shown["headcount"], desk.shown["started_on"], desk.shown["craft_registered"]) == (
        "3",
        "2015-01-01",
        "no",
    )
    assert facts_after(desk, aid_any="none") == {"other_aid": []}


def test_nothing_answered_stays_unknown_and_can_be_again() -> None:
    desk = desk_of(open_desk(criteria=OTHERS))
    assert facts_after(desk, contact_name="Une") == {}
    assert facts_after(desk, proceedings="none", annual_turnover="0") == {
        "proceedings": "none",
        "annual_turnover_cents": 0,
    }
    desk.read()
    assert facts_after(desk, proceedings="", annual_turnover="") == {}


def test_a_row_half_filled_in_is_said_and_others_are_kept() -> None:
    desk = desk_of(open_desk(criteria=OTHERS))
    answer = desk.save(aid_any="some", aid_0_period="mars 2020", aid_1_name="Région", headcount="7")
    page = text_of(answer.content.decode())
    assert answer.status_code == 422
    assert page.count("Remplissez ce champ, ou videz toute la ligne.") >= 3
    assert desk.stored().facts == {"headcount": 7}


def test_what_the_landlord_supplies_is_not_asked_of_the_advisor() -> None:
    desk = desk_of(open_desk(criteria=OTHERS))
    page = desk.read()
    for facts in ("baux", "impayés"):
        assert re.search(f"À fournir par le bailleur et non par vous : [^.]*{facts}", text_of(page)), facts
    assert "D'après l'état locatif : code d'activité NAF" in text_of(page)
    assert not [name for name in desk.shown if "arrears" in name or "lease" in name]


def test_two_closure_orders_are_two_questions_of_one_fact() -> None:
    second = CriterionSpec(
        "closed_by_order",
        {
            "text": "décret d'octobre",
            "starts_on": "2020-10-30",
            "ends_on": "2021-01-31",
            "activities": ["bar", "salon"],
        },
    )
    desk = desk_of(open_desk(criteria=(CLOSED, second)))
    facts = facts_after(
        desk,
        closed_0="no",
        closed_1="yes",
        closed_1_activity="salon",
        closed_1_partial="on",
        closed_1_until="2020-12-15",
    )
    assert facts["closures"] == [
        {
            "text": "décret d'octobre",
            "activity": "salon",
            "starts_on": "2020-10-30",
            "ends_on": "2020-12-15",
            "partial_opening": True,
        }
    ]
    desk.read()
    assert (desk.shown["closed_0"], desk.shown["closed_1"], desk.shown["closed_1_activity"]) == ("no", "yes", "salon")
    assert facts_after(desk, closed_1="no")["closures"] == []


def test_a_closure_that_ends_before_it_starts_is_refused() -> None:
    desk = desk_of(open_desk())
    answer = desk.save(closed_0="yes", closed_0_from="2020-04-01", closed_0_until="2020-03-20")
    assert answer.status_code == 422
    assert "La fin précède le début" in text_of(answer.content.decode())
    assert desk.stored().facts == {}
    assert ORDER in text_of(desk.read())


def test_a_young_business_is_asked_for_its_months_since_the_start() -> None:
    desk = desk_of(open_desk(criteria=(LOSS,)), started_on=date(2019, 9, 15))
    months = sorted(name.removeprefix("turnover_") for name in desk.shown if name.startswith("turnover_2"))
    assert months == ["2019-10", "2019-11", "2019-12", "2020-01", "2020-02", "2020-03", "2020-04"]


def test_until_its_start_is_known_only_the_months_themselves_are_asked() -> None:
    desk = desk_of(open_desk(criteria=(LOSS,)), started_on=None)
    assert [name for name in desk.shown if name.startswith("turnover_2")] == ["turnover_2020-03", "turnover_2020-04"]


def test_months_and_facts_that_this_page_does_not_ask_for_stay() -> None:
    world = open_desk(criteria=(LOSS,))
    desk = desk_of(world)
    kept = {"turnover_by_month": {"2018-01": 1_00}, "headcount": 9}
    filing.edit(application=desk.draft, by=world.advisor, key=key(), facts=kept)
    desk.read()
    assert facts_after(desk, **{"turnover_2020-03": "2"}) == {
        "headcount": 9,
        "turnover_by_month": {"2018-01": 1_00, "2020-03": 2_00},
    }


def test_de_minimis_is_asked_where_the_regime_counts_it() -> None:
    world = open_desk(criteria=(), aid_regime=AidRegime.DE_MINIMIS_2023)
    desk = desk_of(world)
    assert "Demandé par le régime d'aide" in text_of(desk.read())
    facts = facts_after(
        desk,
        minimis_any="some",
        minimis_0_on="2025-01-31",
        minimis_0_amount="5 000",
        minimis_0_regime=AidRegime.DE_MINIMIS_2023,
        minimis_0_grantor="Région",
    )
    assert facts["de_minimis_aids"] == [
        {"granted_on": "2025-01-31", "gross_cents": 5_000_00, "regime": "de_minimis_2023_2831", "grantor": "Région"}
    ]
    desk.read()
    assert desk.shown["minimis_0_amount"] == "5000,00"
    assert facts_after(
        desk, minimis_any="none", minimis_0_on="", minimis_0_amount="", minimis_0_regime="", minimis_0_grantor=""
    ) == {"de_minimis_aids": []}


def test_without_criteria_the_page_says_so() -> None:
    desk = desk_of(open_desk(criteria=()))
    assert "aucun critère" in text_of(desk.read())
    shown = desk.client.post(reverse("grants:draft_findings", args=[desk.draft.uuid]), desk.shown)
    assert shown.content.strip() == b""
