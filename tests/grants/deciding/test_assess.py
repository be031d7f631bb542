"""Assess a file at its page: facts beside rules, the amounts, the opinion, and what it would lead to."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.actions import documents
from grants.actions.documents import Upload
from grants.de_minimis import PriorAid
from grants.eligibility import (
    FACTS,
    AidStatus,
    Closure,
    CriterionSpec,
    Evidence,
    Facts,
    LeaseFact,
    OtherAid,
    Proceedings,
    facts_to_json,
)
from grants.enums import Action, AidRegime, Role, Side, State, Visibility
from grants.models import Application, Assessment, Event, ReadLog
from grants.views.deciding.facts import fact_texts
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, PDF, World, key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor, words

pytestmark = pytest.mark.django_db

LOSS = CriterionSpec(
    "turnover_loss",
    {"months": ["2020-03"], "reference": "same_month_last_year", "op": ">", "threshold_bp": 30_00},
    "article 3",
)
HEADCOUNT = CriterionSpec("headcount", {"op": "<=", "n": 10}, "article 4")
REASON = "The turnover did not fall as the charter asks."


def figures(march: int | None, **facts: Any) -> dict[str, Any]:
    known = {"2019-03": 1_000_00} | ({} if march is None else {"2020-03": march})
    return facts_to_json(Facts(turnover_by_month=known, **facts))


def page_of(file: Application) -> str:
    return reverse("grants:assess", args=[file.uuid])


def submitted(world: World, **given: Any) -> Application:
    return walk.submit(world, walk.draft(world, **given))


def test_where_the_business_is_by_its_premises_if_it_has_no_commune_of_its_own() -> None:
    world = world_of_today()
    file = submitted(world)
    TenantBusiness.objects.filter(pk=file.tenant_id).update(commune="")
    assert "CommuneBeauvais" in Visitor(world.assessor).open(page_of(file)).text
    TenantBusiness.objects.filter(pk=file.tenant_id).update(commune="Creil")
    assert "CommuneCreil" in Visitor(world.assessor).open(page_of(file)).text


def test_a_favourable_opinion_is_confirmed_with_the_fund_before_and_after_and_given_once() -> None:
    world = world_of_today()
    file = submitted(world)
    line = file.lines.earliest("pk")
    visitor = Visitor(world.assessor).open(page_of(file))

    visitor.press(
        "Check, then confirm", {"opinion": "favourable", "no_conflict": "on", f"amount_{line.pk}": "120.50 €"}
    )

    assert visitor.title == f"Give a favourable opinion on {file.tenant} and reserve €1,120.50?"
    assert ["Reserved", "€0.00", "€1,120.50"] in visitor.rows("The fund before and after")
    assert Application.objects.get(pk=file.pk).state == State.SUBMITTED  # nothing is done yet
    assert Event.objects.filter(application=file, action=Action.ASSESS_FAVOURABLE).count() == 0

    visitor.press("Give the favourable opinion")
    assert visitor.address == reverse("grants:home")  # nothing else is to assess
    assert f"The opinion on {file.reference} is given: “Eligible, to be decided”." in words(visitor.page)
    assert ledger.position(world.fund.pk).reserved_cents == 1_120_50
    visitor.press_again()
    assert Event.objects.filter(application=file, action=Action.ASSESS_FAVOURABLE).count() == 1


def test_the_next_file_to_assess_follows_by_rank() -> None:
    world = world_of_today()
    files = [submitted(world) for _ in range(3)]
    give = {"opinion": "unfavourable", "reason": REASON, "no_conflict": "on"}
    visitor = Visitor(world.assessor).open(page_of(files[1]))

    # The one after it, then back to the first, which is left.
    visitor.press("Check, then confirm", give).press("Give the unfavourable opinion")
    assert visitor.address == page_of(files[2])
    assert "2 applications are left to assess." in visitor.answer.content.decode()
    visitor.press("Check, then confirm", give).press("Give the unfavourable opinion")
    assert visitor.address == page_of(files[0])
    assert "1 application is left to assess." in visitor.answer.content.decode()
    visitor.press("Check, then confirm", give).press("Give the unfavourable opinion")
    assert visitor.address == reverse("grants:home")
    # Pressed once more, from Back: done already, and it goes on from there.
    visitor.press_again()
    assert visitor.address == reverse("grants:home")
    assert Event.objects.filter(action=Action.ASSESS_UNFAVOURABLE).count() == 3


def test_what_was_typed_comes_back_when_something_is_to_be_changed_or_mended() -> None:
    world = world_of_today()
    file = submitted(world)
    line = file.lines.earliest("pk")
    visitor = Visitor(world.assessor).open(page_of(file))
    typed = {"opinion": "favourable", "no_conflict": "on", f"amount_{line.pk}": "33.00"}

    visitor.press("Check, then confirm", typed).press("Change something")
    assert visitor.status == 200
    assert 'value="33.00"' in visitor.answer.content.decode()

    visitor.press("Check, then confirm", {"no_conflict": None, f"amount_{line.pk}": "9999.00"})
    assert visitor.status == 422
    assert any("propose between 0 and the €500.00 asked" in reason for reason in visitor.reasons)
    assert 'value="9999.00"' in visitor.answer.content.decode()
    visitor.press("Check, then confirm", {"no_conflict": None, f"amount_{line.pk}": "10.00"})
    assert any("Declare that you have no conflict of interest" in reason for reason in visitor.reasons)


def test_an_unfavourable_opinion_gives_its_reason_and_moves_no_money() -> None:
    world = world_of_today()
    file = submitted(world)
    visitor = Visitor(world.assessor).open(page_of(file))
    visitor.press("Check, then confirm", {"opinion": "unfavourable", "no_conflict": "on", "reason": "no"})
    assert any("at least 20 characters" in reason for reason in visitor.reasons)

    visitor.press("Check, then confirm", {"reason": REASON})
    assert REASON in visitor.text
    assert ["Reserved", "€0.00", "€0.00"] in visitor.rows("The fund before and after")
    visitor.press("Give the unfavourable opinion")
    assert Application.objects.get(pk=file.pk).state == State.INELIGIBLE


def test_a_file_the_fund_is_short_for_is_told_to_wait_and_by_how_much() -> None:
    world = world_of_today(endowment_cents=1_000_00)
    lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=1_400_00)
    file = submitted(world, lease=lease)
    visitor = Visitor(world.assessor).open(page_of(file))
    assert "the fund would be €400.00 short" in visitor.text

    visitor.press("Check, then confirm", {"opinion": "favourable", "no_conflict": "on"})
    assert "The fund is short by €400.00" in visitor.text
    assert "waits at rank 1" in visitor.text
    visitor.press("Give the favourable opinion: it waits")
    assert Application.objects.get(pk=file.pk).state == State.WAITLISTED


def test_what_was_confirmed_as_a_reservation_does_not_silently_become_a_wait() -> None:
    """Between the two pages another file took the money."""
    world = world_of_today(endowment_cents=2_000_00)
    file, other = submitted(world), submitted(world)
    visitor = Visitor(world.assessor).open(page_of(file))
    visitor.press("Check, then confirm", {"opinion": "favourable", "no_conflict": "on"})
    walk.favourable(world, other, timezone.localdate())

    visitor.press("Give the favourable opinion")
    assert visitor.status == 422
    assert visitor.reasons[0].startswith("Since the page was shown something has changed: ")
    assert "“Waitlisted”" in visitor.reasons[0]
    assert Application.objects.get(pk=file.pk).state == State.SUBMITTED


def test_a_file_that_changed_since_it_was_read_is_refused() -> None:
    world = world_of_today()
    file = submitted(world)
    visitor = Visitor(world.assessor).open(page_of(file))
    Application.objects.filter(pk=file.pk).update(version=file.version + 1)
    visitor.press("Check, then confirm", {"opinion": "favourable", "no_conflict": "on"})
    assert any("has changed since you read it" in reason for reason in visitor.reasons)


def test_what_a_fact_rests_on_stands_under_it() -> None:
    world = world_of_today(criteria=[LOSS, HEADCOUNT])
    evidence = {"turnover_by_month": Evidence.TILL_JOURNAL}
    file = submitted(world, facts=figures(900_00, headcount=4, evidence=evidence))
    text = Visitor(world.assessor).open(page_of(file)).text
    assert "March 2020: €900.00Evidence: till journal" in text
    assert text.count("Evidence: ") == 1  # nothing is named for the headcount
    assert "till journal" not in Visitor(world.approver).open(reverse("grants:assess", args=[file.uuid])).text


def test_what_is_missing_is_said_once() -> None:
    world = world_of_today(criteria=[LOSS])
    text = Visitor(world.assessor).open(page_of(submitted(world))).text
    assert text.count("turnover by month (the tenant)") == 1
    assert "What would make it pass" not in text


def test_a_landlord_reads_the_outcome_once_where_the_facts_are_the_chambers() -> None:
    world = world_of_today(criteria=[LOSS])
    file = walk.favourable(world, submitted(world, facts=figures(500_00)), timezone.localdate())
    text = Visitor(world.approver).open(reverse("grants:approve", args=[file.uuid])).text
    assert "you read the finding" in text
    assert text.count("turnover loss") + text.count("Turnover loss") == 1


@pytest.mark.parametrize(
    ("known", "shows_day"),
    [
        ({}, False),
        ({"proceedings": Proceedings.NONE}, False),
        ({"proceedings": Proceedings.RECOVERY}, True),
        ({"proceedings": Proceedings.NONE, "proceedings_opened_on": date(2020, 1, 15)}, True),
    ],
)
def test_an_opening_date_is_shown_where_there_are_proceedings(known: dict[str, Any], shows_day: bool) -> None:
    world = world_of_today(criteria=[CriterionSpec("not_in_proceedings", {"at": "2020-03-01"}, "article 5")])
    file = submitted(world, facts=facts_to_json(Facts(**known)))
    text = Visitor(world.assessor).open(page_of(file)).text
    assert (str(FACTS["proceedings_opened_on"].label).capitalize() in text) is shows_day


def test_facts_stand_beside_rules_with_what_is_missing_and_the_evidence() -> None:
    world = world_of_today(criteria=[LOSS, HEADCOUNT])
    evidence = {"turnover_by_month": Evidence.VAT_RETURN}
    file = walk.draft(world, facts=figures(900_00, headcount=4, evidence=evidence))
    documents.attach(application=file, upload=Upload("vat_return", *PDF), by=world.advisor, key=key(), on=OPENED_ON)
    file = walk.submit(world, file)

    text = Visitor(world.assessor).open(page_of(file)).text
    assert "Turnover loss" in text
    assert "article 3" in text
    assert "March 2020: €900.00" in text
    assert "What would make it pass:" in text
    assert "VAT return" in text
    assert "The headcount is 4" in text


def test_a_note_settles_what_is_to_be_verified() -> None:
    world = world_of_today(criteria=[LOSS])
    file = submitted(world, facts=figures(None))
    visitor = Visitor(world.assessor).open(page_of(file))
    assert "(needed for a favourable opinion)" in visitor.text
    assert "settles “turnover loss” (optional)" not in visitor.text
    visitor.press("Check, then confirm", {"opinion": "favourable", "no_conflict": "on"})
    assert any("not known yet: March 2020" in reason for reason in visitor.reasons)

    visitor.press("Check, then confirm", {"note_turnover_loss": "Seen in the accountant's books of March."})
    assert "1 criterion is settled by your note." in visitor.text
    visitor.press("Give the favourable opinion")
    assert Assessment.objects.get(application=file).resolved["turnover_loss"].startswith("Seen in")


def test_the_landlords_assessor_reads_the_finding_and_no_figure_and_can_write_no_note() -> None:
    world = world_of_today(criteria=[LOSS])
    file = submitted(world, facts=figures(None))
    walk.join(world, "own_assessor", Side.LANDLORD, Role.ASSESSOR)
    visitor = Visitor(world.own_assessor).open(page_of(file))
    assert "read by the chamber only" in visitor.text
    assert "€1,000.00" not in visitor.text
    assert "note_turnover_loss" not in visitor.answer.content.decode()

    visitor.press("Check, then confirm", {"opinion": "favourable", "no_conflict": "on"})
    assert visitor.status == 422
    assert visitor.reasons == ["turnover loss: to verify (charter, article 3)"]


def test_who_filed_finds_no_button_but_the_reason() -> None:
    world = world_of_today()
    file = submitted(world)
    visitor = Visitor(world.advisor).open(page_of(file))
    assert "Check, then confirm" not in visitor.buttons()
    assert "is reserved to: assessor" in visitor.text


def test_missing_documents_leave_the_unfavourable_opinion_possible() -> None:
    world = world_of_today(required_documents=[{"kind": "lease_contract", "timing": "before_decision"}])
    text = Visitor(world.assessor).open(page_of(submitted(world))).text
    assert "A favourable opinion is not possible yet: A document is missing: " in text


def test_facts_read_in_words() -> None:

    day = date(2020, 3, 15)
    with translation.override("en"):
        assert fact_texts("headcount", None) == []
        assert fact_texts("headcount", 4) == ["4"]
        assert fact_texts("craft_registered", registered := bool(day)) == ["yes"]
        assert fact_texts("craft_registered", not registered) == ["no"]
        assert fact_texts("started_on", day) == ["03/15/2020"]
        assert fact_texts("arrears_cents", 120_50) == ["€120.50"]
        assert fact_texts("other_aid", ()) == ["none, as declared"]
        assert fact_texts("other_aid", (OtherAid("FSE", "2020-03", AidStatus.GRANTED, 1_500_00),)) == [
            "FSE, 2020-03, granted €1,500.00"
        ]
        assert fact_texts("other_aid", (OtherAid("FSE", "2020-03", AidStatus.ASKED),)) == ["FSE, 2020-03, asked for"]
        assert fact_texts("proceedings", Proceedings.NONE) == ["no insolvency proceedings"]
        assert fact_texts("naf_codes", {"rev2": "56.10A"}) == ["56.10A (NAF rev. 2)"]
        assert fact_texts("closures", (Closure("order", "bar", day), Closure("order", "bar", day, day))) == [
            "order (bar), since 03/15/2020",
            "order (bar), from 03/15/2020 to 03/15/2020",
        ]
        assert fact_texts("leases", (LeaseFact("B-1", day), LeaseFact("B-2", day, day, day))) == [
            "B-1, since 03/15/2020",
            "B-2, since 03/15/2020, until 03/15/2020, notice given on 03/15/2020",
        ]
        assert fact_texts("de_minimis_aids", (PriorAid(day, 5_000_00, AidRegime.DE_MINIMIS_2023),)) == [
            "03/15/2020, €5,000.00 (de minimis, Regulation (EU) 2023/2831)"
        ]


def test_a_draft_and_a_strangers_file_are_not_there_and_an_auditors_reading_is_logged() -> None:
    world, other = world_of_today(), world_of_today()
    file = submitted(world)
    assert Visitor(world.assessor).client.get(page_of(walk.draft(world))).status_code == 404
    assert Visitor(other.assessor).client.get(page_of(file)).status_code == 404
    Visitor(world.auditor).open(page_of(file))
    assert ReadLog.objects.filter(user=world.auditor, object_uuid=file.uuid).exists()


@pytest.mark.parametrize("months", [1, 3])
def test_as_many_queries_for_one_month_as_for_three(
    months: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = world_of_today(criteria=[LOSS, HEADCOUNT], cap_per_lease_cents=9_000_00, cap_per_siren_cents=9_000_00)
    lease = tenant_with_lease(world, months=[date(2020, month, 1) for month in range(3, 3 + months)])
    file = walk.draft(world, lease=lease, facts=figures(900_00))
    for _ in range(months):
        upload = Upload("vat_return", *PDF, visibility=Visibility.CHAMBER)
        documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    file = walk.submit(world, file)
    visitor = Visitor(world.assessor)
    with django_assert_num_queries(QUERIES):
        visitor.open(page_of(file))


QUERIES = 30
