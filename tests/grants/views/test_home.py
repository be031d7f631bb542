"""Where everybody begins: tasks with their age and amount, each a link to where it is done."""

from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.enums import FundAction, Role, Side, State
from grants.models import Application, Commitment, FundMember, ReadLog
from tests.factories import PDF, World, key, open_fund, user
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.views.reading import links, reader, text

pytestmark = pytest.mark.django_db
HOME = "/"


def counted(person: User) -> str:
    request = RequestFactory().get("/")
    request.user = person
    template = Template("{% load desk %}{% task_count as n %}{{ n }} {% task_count %}")
    return template.render(Context({"request": request}))


def test_a_task_says_who_how_old_and_how_much_and_leads_to_where_it_is_done() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.INELIGIBLE, on=timezone.localdate())
    page = reader(world.approver).get(HOME)
    words = text(page)
    assert "Une chose vous attend" in words
    assert f"{file.tenant} {file.reference}" in words
    assert "depuis aujourd\u2019hui" in words
    assert "1\u202f500,00\u00a0€" in page.content.decode()
    assert reverse("grants:act", args=[file.uuid, "reject"]) in links(page)
    assert reverse("grants:application", args=[file.uuid]) in links(page)


def test_what_is_late_is_said_in_words() -> None:
    world = open_fund()
    walk.walk_to(world, State.INFO_REQUESTED)
    words = text(reader(world.advisor).get(HOME))
    assert "En retard depuis le 20/05/2020" in words


def test_who_has_nothing_to_do_is_told_what_to_do_next() -> None:
    world = open_fund()
    page = reader(world.payer).get(HOME)
    assert "Rien ne vous attend" in text(page)
    assert reverse("grants:applications") in links(page)
    assert world.fund.name in text(page)


def test_who_only_reads_is_told_where_and_not_that_a_turn_will_come() -> None:
    world = open_fund()
    page = reader(world.auditor).get(HOME)
    assert "ce sera votre tour" not in text(page)
    assert "Vous lisez et contrôlez" in text(page)
    assert reverse("grants:ledger", args=[world.fund.code]) in links(page)
    assert "ce sera votre tour" in text(reader(world.payer).get(HOME))


def test_an_overdue_commitment_is_the_landlords_managers_task() -> None:
    world = world_of_today()
    due_on = timezone.localdate() - timedelta(days=3)
    promise = Commitment.objects.create(charter=world.charter, text="Aucune révision du loyer", due_on=due_on)
    page = reader(world.landlord_manager).get(HOME)
    words = text(page)
    assert "Tenir une mesure d’accompagnement 1" in words
    assert "Aucune révision du loyer" in words
    assert "En retard de 3 jours" in words
    assert "Enregistrer comme tenue" in words
    assert reverse("grants:keep_commitment", args=[world.fund.code, promise.pk]) in links(page)
    assert counted(world.landlord_manager) == "1 1"
    assert "Aucune révision" not in text(reader(world.chamber_manager).get(HOME))


def test_who_has_no_fund_is_told_whom_to_ask() -> None:
    assert "gestionnaire" in text(reader(user()).get(HOME))


def test_a_proposal_and_a_person_are_tasks_too() -> None:
    from grants.actions.funding import propose
    from grants.actions.members import propose_member

    world = world_of_today(endowment_cents=1_000_00)
    asked = {"fund": world.fund, "by": world.landlord_manager, "key": key()}
    propose(action=FundAction.ENDOW, amount_cents=100_00, signed_pdf=PDF, **asked)
    newcomer = user("Nora Nouvelle")
    propose_member(user=newcomer, side=Side.LANDLORD, role=Role.PAYER, starts_on=timezone.localdate(), **asked)
    page = reader(world.approver).get(HOME)
    assert "Doter le fonds" in text(page)
    assert "Nora Nouvelle" in text(page)
    proposal = world.fund.proposals.latest("pk")
    wanted = {reverse("grants:fund_proposal", args=[world.fund.code, proposal.uuid])}
    assert wanted | {reverse("grants:team", args=[world.fund.code])} <= set(links(page))


def test_what_a_rule_keeps_from_being_done_says_which() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
    FundMember.objects.filter(pk=world.member("approver2").pk).update(limit_cents=100_00)
    assert "délégation" in text(reader(world.approver2).get(HOME))


def test_more_than_is_shown_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from grants.desk import tasks

    monkeypatch.setattr(tasks, "SHOWN", 1)
    world = open_fund()
    for _n in range(3):
        walk.walk_to(world, State.SUBMITTED)
    assert "2 autres" in text(reader(world.assessor).get(HOME))


def test_several_visas_lead_to_where_they_are_given_at_once_too() -> None:
    world = open_fund()
    walk.walk_to(world, State.ELIGIBLE)
    client = reader(world.approver)
    assert reverse("grants:decide") not in links(client.get(HOME))
    walk.walk_to(world, State.ELIGIBLE)
    assert reverse("grants:decide") in links(client.get(HOME))


def test_an_auditors_look_at_a_fund_is_logged() -> None:
    world = open_fund()
    reader(world.auditor).get(HOME)
    assert ReadLog.objects.filter(user=world.auditor, what="fund").exists()


def test_the_count_of_the_navigation_is_read_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED)
    with django_assert_num_queries(2):
        assert counted(world.assessor) == "1 1"
    request = RequestFactory().get("/")
    request.user = object()  # type: ignore[assignment]
    assert Template("{% load desk %}{% task_count %}").render(Context({"request": request})) == "0"


def test_a_page_that_refuses_counts_no_tasks(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    """Saying no costs little, however often somebody knocks, and tells of nothing besides."""
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED)
    client = reader(world.assessor)
    badge = '<span class="count">'
    assert badge in client.get(HOME).content.decode()
    with django_assert_max_num_queries(5):
        refused = client.get(reverse("grants:application", args=[world.fund.uuid]))
    assert refused.status_code == 404
    assert badge not in refused.content.decode()


@pytest.mark.parametrize(
    ("days", "since", "due"),
    [
        (0, "depuis aujourd\u2019hui", "à faire aujourd\u2019hui"),
        (-1, "depuis hier", "En retard de 1 jour"),
        (-3, "depuis 3 jours", "En retard de 3 jours"),
        (-365, "depuis 365 jours", "En retard de 365 jours"),
        (1, "depuis aujourd\u2019hui", "encore 1 jour"),
        (5, "depuis aujourd\u2019hui", "encore 5 jours"),
    ],
)
def test_days_are_told_in_words(days: int, since: str, due: str) -> None:
    from grants.templatetags import desk

    day = timezone.localdate() + timedelta(days=days)
    with translation.override("fr"):
        assert (desk.since(day), desk.due(day), desk.is_late(day)) == (since, due, days < 0)
        # Nobody counts the days of years: the date is told.
        assert desk.due(date(2020, 5, 15)) == "En retard depuis le 15/05/2020"
    assert (desk.since(None), desk.due(None), desk.is_late(None)) == ("", "", False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    worlds = [open_fund() for _n in range(count)]
    by = worlds[0].assessor
    for world in worlds:
        join(world, by)
        walk.walk_to(world, State.SUBMITTED)
    client = reader(by)
    with django_assert_num_queries(25):
        client.get(HOME)


def join(world: World, person: User) -> None:
    FundMember.objects.filter(pk=world.member("assessor").pk).update(user=person)
    assert not Application.objects.filter(fund=world.fund).exists()
