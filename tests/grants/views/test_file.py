"""A file's page: its story, whose turn it is, and what its reader may do and why not the rest."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions import documents, lifecycle
from grants.actions.available import available_actions
from grants.actions.documents import Upload
from grants.actions.holds import hold
from grants.desk import dossier
from grants.eligibility import CriterionSpec
from grants.enums import DONE, Action, FundAction, State, Visibility
from grants.models import Application, EventDetail, ReadLog
from tests.factories import OPENED_ON, PDF, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import page_text, walk
from tests.grants.api.caller import world_of_today
from tests.grants.views.reading import links, reader, said, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return open_fund()


def page_of(file: Application) -> str:
    return reverse("grants:application", args=[file.uuid])


def words(world: World, file: Application, person: str = "advisor") -> str:
    return text(reader(world.people[person]).get(page_of(file)))


def test_it_tells_the_money_month_by_month_and_by_component(world: World) -> None:
    lease = tenant_with_lease(world, charges_cents=60_00)
    file = walk.walk_to(world, State.APPROVED, lease=lease)
    walk.credit(world, file, lines=walk.line_ids(file)[:1])
    page = reader(world.payer).get(page_of(file))
    sums = page.context["sums"]
    assert (sums.asked_cents, sums.reserved_cents, sums.granted_cents) == (1_680_00, 0, 1_680_00)
    assert sums.credited_cents in (60_00, 500_00)
    assert [month for month, _lines in page.context["months"]] == [date(2020, month, 1) for month in (3, 4, 5)]
    assert [line.component for line in page.context["months"][0][1]] == ["rent", "charges"]
    assert [(name, of.asked_cents) for name, of in page.context["components"]] == [
        ("loyer", 1_500_00),
        ("provisions sur charges", 180_00),
    ]
    assert "AV-2020-001" in text(page)


def test_what_is_reserved_is_told_while_it_is(world: World) -> None:
    file = walk.walk_to(world, State.ELIGIBLE)
    sums = reader(world.payer).get(page_of(file)).context["sums"]
    assert (sums.reserved_cents, sums.granted_cents) == (1_500_00, 0)


@pytest.mark.parametrize(
    ("state", "stages"),
    [
        (State.DRAFT, ["now", "to-come", "to-come", "to-come"]),
        (State.INFO_REQUESTED, ["done", "now", "to-come", "to-come"]),
        (State.INELIGIBLE, ["done", "done", "now", "to-come"]),
        (State.APPROVED, ["done", "done", "done", "now"]),
        (State.CREDITED, ["done", "done", "done", "done"]),
        (State.REJECTED, ["done", "ended"]),
        (State.WITHDRAWN, ["done", "ended"]),
        (State.REVERSED, ["done", "done", "done", "done", "ended"]),
        (State.CANCELLED, ["done", "done", "done", "ended"]),
    ],
)
def test_the_track_says_how_far_it_has_come(state: State, stages: list[str]) -> None:
    world = open_fund(second_visa_threshold_cents=None)
    file = walk.walk_to(world, state)
    track = reader(world.advisor).get(page_of(file)).context["track"]
    assert [stage.state for stage in track] == stages
    assert all(stage.on for stage in track if stage.state in ("done", "ended"))


def test_it_says_whom_it_waits_for_and_since_when(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    assert "En attente de Un instructeur depuis" in words(world, file)
    assert "ce dossier est terminé" in words(world, walk.walk_to(world, State.WITHDRAWN))


def test_what_may_be_done_is_a_button_and_the_rest_says_why_not() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.REJECTED, on=timezone.localdate())
    page = reader(world.chamber_manager).get(page_of(file))
    choices = available_actions(file, world.chamber_manager)
    told = text(page)
    for choice in choices:
        address = reverse("grants:act", args=[file.uuid, choice.action])
        assert (address in links(page)) == choice.allowed, choice.action
        for breach in choice.breaches:
            assert said(breach) in told
    assert {choice.action for choice in choices if choice.allowed} == {Action.TRANSFER, Action.REOPEN}


def test_the_criteria_are_judged_as_of_today_until_an_opinion_is_given() -> None:
    world = open_fund(criteria=[CriterionSpec("headcount", {"op": "<", "n": 2}, "article 2")])
    file = walk.walk_to(world, State.SUBMITTED)
    page = reader(world.assessor).get(page_of(file))
    (finding,) = page.context["findings"]
    assert finding["outcome"] == "no"
    assert finding["remedy"]
    assert finding["remedy"] in text(page)
    assert "article 2" in text(page)
    walk.unfavourable(world, file)
    page = reader(world.assessor).get(page_of(file))
    assert page.context["findings"] is None
    assert finding["remedy"] in text(page)


def test_the_landlord_reads_verdicts_and_no_figures() -> None:
    criteria = [CriterionSpec("annual_turnover", {"op": "<", "cents": 100_00})]
    world = open_fund(criteria=criteria)
    file = walk.walk_to(world, State.SUBMITTED, facts={"annual_turnover_cents": 987_654_00})
    assert "987\u202f654" in reader(world.assessor).get(page_of(file)).content.decode()
    page = reader(world.approver).get(page_of(file))
    assert "987\u202f654" not in page.content.decode()
    assert "Seule la CMA" in text(page)
    assert "Une personne inventée" not in text(page)
    assert "Une personne inventée" in words(world, file, "assessor")


def test_documents_are_there_and_those_missing_are_named() -> None:
    papers = [{"kind": "vat_return", "timing": "before_decision"}, {"kind": "bail", "timing": "before_decision"}]
    world = open_fund(required_documents=papers)
    file = walk.walk_to(world, State.SUBMITTED)
    upload = Upload("bail", *PDF, visibility=Visibility.BOTH)
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    told = words(world, file)
    assert PDF[0] in told
    assert "Il manque : déclaration de TVA" in told.replace("\u00a0", " ")
    assert "Il manque : bail signé" not in told.replace("\u00a0", " ")


def test_what_the_chamber_keeps_to_itself_is_neither_there_nor_missing_for_the_landlord() -> None:
    papers = [{"kind": "vat_return", "timing": "before_decision"}, {"kind": "bail", "timing": "before_decision"}]
    world = open_fund(required_documents=papers)
    file = walk.walk_to(world, State.SUBMITTED)
    before = words(world, file, "approver")
    assert "Il manque" not in before
    assert "Il manque : déclaration de TVA" in words(world, file, "auditor").replace("\u00a0", " ")
    upload = Upload("vat_return", *PDF, visibility=Visibility.CHAMBER)
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    assert "Il manque" not in words(world, file, "approver")


def test_the_history_tells_the_steps_with_their_reasons(world: World) -> None:
    file = walk.walk_to(world, State.INELIGIBLE)
    walk.reject(world, file)
    told = words(world, file, "assessor")
    assert walk.REASON in told
    assert "les critères de la charte ne sont pas remplis" in told
    answered = walk.answer(world, walk.walk_to(world, State.INFO_REQUESTED))
    assert "effectif salarié" in words(world, answered)
    EventDetail.objects.filter(event__application=file).delete()
    assert walk.REASON not in words(world, file, "assessor")


def test_the_history_says_what_was_done_at_which_hour_and_how_much_was_credited() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.CREDITED, on=timezone.localdate())
    (story,) = (
        found
        for found in page_text.parsed(reader(world.advisor).get(page_of(file))).iter("ol")
        if found.get("class") == "timeline"
    )
    steps = [page_text.words(step) for step in story]
    day = timezone.localdate().strftime("%d/%m/%Y")
    assert all(re.match(rf"{day} \d\d:\d\d ", step) for step in steps), steps
    assert [step[len("27/11/2026 09:30 ") :] for step in steps] == [
        "Brouillon créé – advisor → Brouillon",
        "Brouillon modifié – advisor",
        "Déposé – 1 500,00 € – advisor",
        "Avis favorable rendu – 1 500,00 € – assessor → Éligible, à décider",
        "Accordé – 1 500,00 € – approver",
        "Imputation enregistrée – 1 500,00 € – payer → Imputé",
    ]


def test_every_action_has_words_for_when_it_is_done() -> None:
    assert set(DONE) == set(Action)
    assert not {str(Action(action).label) for action in DONE if str(DONE[action]) == str(Action(action).label)} - {
        str(action.label) for action in (Action.WARN_EXPIRY, Action.EXPIRE, Action.LAPSE_OFFER)
    }


def test_requests_to_undo_are_told_with_who_settled_them(world: World) -> None:
    file = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, file)
    assert "demandée par payer" in words(world, file)
    other = walk.walk_to(world, State.REVERSED)
    assert "tranchée par approver2" in words(world, other)


def test_a_draft_is_not_the_landlords_and_a_strangers_file_is_not_there(world: World) -> None:
    file = walk.draft(world)
    assert reader(world.advisor).get(page_of(file)).status_code == 200
    assert reader(world.approver).get(page_of(file)).status_code == 404
    assert reader(open_fund().advisor).get(page_of(file)).status_code == 404


def test_the_receipt_is_the_chambers(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    address = reverse("grants:receipt", args=[file.uuid])
    for person, is_theirs in (("advisor", True), ("auditor", True), ("approver", False)):
        page = reader(world.people[person]).get(page_of(file))
        assert (address in links(page)) == is_theirs, person


def test_an_auditors_look_is_logged(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    reader(world.auditor).get(page_of(file))
    assert ReadLog.objects.get(user=world.auditor, what="application").object_uuid == file.uuid


def test_a_file_of_a_fund_that_was_amended_says_which_charter_governs(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    walk.amend(world)
    lifecycle.apply_new_version(application=file, by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert "charte, version 2" in words(world, file)
    fund_action(world, FundAction.SUSPEND)
    assert "Suspendu" in words(world, file, "assessor")


def test_an_event_without_an_amount_or_a_state_tells_none(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    from grants.visibility import reader_of

    told = [dossier.told(event, reader_of(world.advisor, world.fund.pk), {}) for event in file.timeline.order_by("pk")]
    assert [(one.amount_cents, one.to_state) for one in told] == [
        (None, "Brouillon"),
        (None, ""),
        (1_500_00, "Déposé"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    months = [date(2020, month, 1) for month in (3, 4, 5)][:count]
    file = walk.walk_to(world, State.CREDITED, lease=tenant_with_lease(world, months=months))
    client = reader(world.assessor)
    with django_assert_num_queries(35):
        client.get(page_of(file))


def test_managers_see_whether_its_erasure_is_suspended_and_suspend_it_from_here() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.REJECTED)
    assert "purge" not in reader(world.payer).get(page_of(file)).content.decode()
    page = reader(world.chamber_manager).get(page_of(file)).content.decode()
    (link,) = re.findall(r'href="([^"]*/suspendre/[^"]*)"', page)
    form = reader(world.chamber_manager).get(link).content.decode()
    assert f'value="{file.reference}"' in form
    hold(fund=world.fund, application=file, reason="Contrôle", by=world.landlord_manager, key=key())
    assert "purge suspendue" in reader(world.chamber_manager).get(page_of(file)).content.decode()
