"""What people are told on the site: the list, what still holds, what was read, and how they want to be mailed."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions import lifecycle, reversal, waiting
from grants.actions.checking import alarm
from grants.enums import Action, MailTime, Role, State, Topic
from grants.models import Application, Event, FundMember, LedgerCheck, MailChoice, MailPreference, Notification
from grants.notifications import ADVISOR_TOLD, TOLD, still_true, topics_of, turn_topic, unread_count
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.page_text import parsed, words

pytestmark = pytest.mark.django_db
LIST, PREFERENCES = "/notifications/", "/preferences/courriels/"


def client_of(person: User) -> Client:
    return log_in(Client(), person)


def page(client: Client, where: str = LIST) -> str:
    return " ".join(client.get(where).content.decode().split())


class TestTheList:
    def test_says_what_happened_what_to_do_and_by_whom(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.SUBMITTED)
        shown = page(client_of(world.assessor))
        assert file.reference in shown
        assert "Un dossier a été déposé." in shown
        assert "rendez votre avis" in shown
        assert str(world.advisor) in shown
        assert "non lue" in shown
        assert "réglé depuis" not in shown

    def test_what_is_settled_is_said_to_be(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.ELIGIBLE)
        shown = page(client_of(world.assessor))
        assert "réglé depuis" in shown
        assert "rendez votre avis" not in shown

    def test_an_advisor_is_not_asked_for_what_others_do(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.APPROVED)
        shown = page(client_of(world.advisor))
        assert "Le dossier a été accordé." in shown
        assert "Rien ne vous est demandé" in shown
        assert "Enregistrez l" not in shown
        assert "Enregistrez l" in page(client_of(world.payer))

    def test_is_empty_for_whom_nothing_happened(self) -> None:
        world = open_fund()
        client = client_of(world.auditor)
        assert "Aucune notification pour l" in page(client)
        assert "Vous avez tout lu" in page(client, f"{LIST}?unread")

    def test_a_stranger_sees_and_opens_none_of_it(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        row = Notification.objects.get(recipient=world.assessor)
        client = client_of(world.payer)
        assert "Aucune notification" in page(client)
        assert client.get(reverse("grants:notification", args=[row.pk])).status_code == 404

    def test_who_left_the_fund_reads_nothing_of_it(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        FundMember.objects.filter(user=world.assessor).update(ends_on=OPENED_ON)
        assert "Aucune notification" in page(client_of(world.assessor))
        assert unread_count(world.assessor) == 0

    def test_pages_by_fifty(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        first = Notification.objects.get(recipient=world.assessor)
        for n in range(55):
            event = Event.objects.get(pk=first.event_id)
            event.pk, event.key = None, f"copy{n}"
            event.uuid = uuid4()
            event.save(force_insert=True)
            Notification.objects.create(event=event, recipient=world.assessor, topic=first.topic)
        client = client_of(world.assessor)
        shown = page(client)
        assert shown.count('<li class="unread"') == 50
        (after,) = re.findall(r'href="(\?after=\d+)"', shown)
        assert page(client, LIST + after).count('<li class="unread"') == 6
        unread = page(client, f"{LIST}?unread")
        assert "&amp;unread" in unread
        assert page(client, f"{LIST}?after={'9' * 30}").count('<li class="unread"') == 50


class TestReading:
    def test_opening_the_file_through_it_marks_it_read(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.SUBMITTED)
        walk.walk_to(world, State.SUBMITTED)
        client = client_of(world.assessor)
        row = Notification.objects.filter(recipient=world.assessor, event__application=file).get()
        answer = client.get(reverse("grants:notification", args=[row.pk]))
        assert answer.headers["Location"] == reverse("grants:application", args=[file.uuid])
        assert unread_count(world.assessor) == 1
        assert file.reference not in page(client, f"{LIST}?unread")

    def test_a_funds_message_leads_to_the_fund(self) -> None:
        world = open_fund(ceiling_cents=40_000_00, warning_levels=[1])
        walk.walk_to(world, State.ELIGIBLE)
        row = Notification.objects.get(recipient=world.landlord_manager, topic=Topic.FUND_LEVEL)
        client = client_of(world.landlord_manager)
        assert "Le fonds a atteint 1 % de son plafond." in page(client)
        answer = client.get(reverse("grants:notification", args=[row.pk]))
        assert answer.headers["Location"] == reverse("grants:fund", args=[world.fund.code])

    def test_all_that_the_page_showed_is_read_at_once_and_nothing_newer(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        client = client_of(world.assessor)
        (newest,) = re.findall(r'name="newest" value="(\d+)"', page(client))
        walk.walk_to(world, State.SUBMITTED)
        for sent in (newest, "x", "9" * 30, ""):
            assert client.post(reverse("grants:notifications_read"), {"newest": sent}).status_code == 302
        assert unread_count(world.assessor) == 1

    def test_it_is_ones_own_only(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        client_of(world.payer).post(reverse("grants:notifications_read"), {"newest": "999999"})
        assert unread_count(world.assessor) == 1

    def test_the_navigation_counts_up_to_a_hundred(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        request = RequestFactory().get("/")
        request.user = world.assessor
        shown = Template("{% load notices %}{% unread_count as n %}{{ n }}")
        assert shown.render(Context({"request": request})) == "1"
        nobody = RequestFactory().get("/")
        nobody.user = AnonymousUser()
        assert shown.render(Context({"request": nobody})) == "0"

    def test_every_page_tells_how_many_are_unread_at_ones_name_and_in_its_menu(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        client = client_of(world.assessor)
        for where in ("/", reverse("grants:funds")):
            (menu,) = parsed(client.get(where)).iter("details")
            (name,) = menu.iter("summary")
            assert words(name).endswith("1 notification non lue")
            assert "Notifications 1" in words(menu)
        Notification.objects.filter(recipient=world.assessor).update(read_at=timezone.now())
        (menu,) = parsed(client.get(reverse("grants:funds"))).iter("details")
        assert words(next(menu.iter("summary"))) == str(world.assessor)
        assert "Notifications Mon compte" in words(menu)

    def test_of_a_hundred_and_more_it_says_so(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        first = Notification.objects.get(recipient=world.assessor)
        for n in range(100):
            event = Event.objects.get(pk=first.event_id)
            event.pk, event.key, event.uuid = None, f"copy{n}", uuid4()
            event.save(force_insert=True)
            Notification.objects.create(event=event, recipient=world.assessor, topic=first.topic)
        (menu,) = parsed(client_of(world.assessor).get(reverse("grants:funds"))).iter("details")
        assert "99+ notifications non lues" in words(menu)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund(warning_levels=[1])
    for _ in range(count):
        walk.walk_to(world, State.ELIGIBLE)
    client = client_of(world.approver)
    # session, person, messages, later steps, the funds' last events, their verifications; the navigation's two
    with django_assert_num_queries(8):
        client.get(LIST)


class TestWhatStillHolds:
    """Each message is true until what ends it, and no longer."""

    def holding(self, world: World, name: str) -> set[str]:
        rows = Notification.objects.filter(recipient=world.people[name])
        rows = rows.select_related("event__fund__position", "event__application")
        true = still_true(list(rows))
        return {row.event.action for row in rows if row.pk in true}

    def test_a_turn_ends_once_it_was_taken(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.SUBMITTED)
        assert self.holding(world, "assessor") == {Action.SUBMIT}
        file = walk.favourable(world, file)
        assert self.holding(world, "assessor") == set()
        assert self.holding(world, "approver") == {Action.ASSESS_FAVOURABLE}
        walk.approve(world, file)
        assert self.holding(world, "approver2") == set()
        assert self.holding(world, "payer") == {Action.APPROVE}

    def test_an_approval_stays_news_for_the_advisor_while_it_is_credited(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        assert self.holding(world, "advisor") == {Action.APPROVE, Action.CREDIT}
        walk.reverse(world, file)
        assert self.holding(world, "advisor") == {Action.REVERSE}

    def test_a_first_visa_ends_the_first_visas_turn(self) -> None:
        world = open_fund(second_visa_threshold_cents=0)
        walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
        assert self.holding(world, "approver2") == {Action.APPROVE}

    def test_a_request_ends_with_its_own_answer(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.APPROVED)
        one, two, _three = walk.line_ids(file)
        first = walk.ask_cancel(world, file, lines=[one])
        walk.ask_cancel(world, file, lines=[two])
        assert self.holding(world, "approver") == {Action.ASK_CANCEL_LINES}
        reversal.refuse_request(request=first, reason=walk.REASON, by=world.approver2, key=key(), on=OPENED_ON)
        rows = Notification.objects.filter(recipient=world.approver, event__action=Action.ASK_CANCEL_LINES)
        assert len(still_true(list(rows.select_related("event__fund__position", "event__application")))) == 1

    def test_an_offer_ends_when_it_lapses(self) -> None:
        world = open_fund(endowment_cents=1_500_00)
        holder = walk.walk_to(world, State.ELIGIBLE)
        walk.walk_to(world, State.WAITLISTED, lease=tenant_with_lease(world))
        walk.withdraw(world, holder)
        system = User.objects.system()
        waiting.run_due(fund=world.fund, by=system, on=OPENED_ON)
        assert Action.OFFER in self.holding(world, "assessor")
        waiting.run_due(fund=world.fund, by=system, on=OPENED_ON + timedelta(days=16))
        rows = Notification.objects.filter(recipient=world.assessor, event__action=Action.OFFER).order_by("pk")
        first = next(iter(rows.select_related("event__fund__position", "event__application")))
        assert still_true([first]) == set()

    def test_a_transfer_holds_until_another(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.SUBMITTED)
        moved = lifecycle.transfer(
            application=file, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON
        )
        walk.favourable(world, moved)
        assert Action.TRANSFER in self.holding(world, "advisor2")

    def test_a_fault_of_the_ledger_holds_until_a_clean_verification(self) -> None:
        world = open_fund()
        given = {"last_number": 1, "last_digest": "x", "details_kept": 0, "details_erased": 0}
        check = LedgerCheck.objects.create(fund=world.fund, at=timezone.now(), faults=2, **given)
        alarm(check, User.objects.system())
        assert self.holding(world, "auditor") == {"ledger_faults"}
        LedgerCheck.objects.create(fund=world.fund, at=timezone.now(), faults=0, **given)
        assert self.holding(world, "auditor") == set()

    def test_an_expiry_warning_ends_when_the_days_are_given_back(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        due = file.reserved_until
        assert due is not None
        waiting.run_due(fund=world.fund, by=User.objects.system(), on=due)
        assert Action.WARN_EXPIRY in self.holding(world, "approver")
        Application.objects.filter(pk=file.pk).update(expiry_warned_on=None)
        assert Action.WARN_EXPIRY not in self.holding(world, "approver")

    def test_a_file_that_is_gone_tells_nothing(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        row = Notification.objects.select_related("event").get(recipient=world.assessor)
        Application.objects.get().lines.all().delete()
        Application.objects.all().delete()
        row = Notification.objects.select_related("event__application").get(pk=row.pk)
        assert still_true([row]) == set()
        assert still_true([]) == set()


class TestPreferences:
    def test_the_topics_are_those_of_ones_roles(self) -> None:
        world = open_fund()
        shown = page(client_of(world.payer), PREFERENCES)
        assert "Un dossier a été accordé" in shown
        assert "liste d\u2019attente" not in shown
        assert topics_of({Role.AUDITOR}) == [Topic.LEDGER]
        assert set(topics_of(set(Role))) == set(Topic)
        assert {turn_topic(*pair) for pair in TOLD} | set(ADVISOR_TOLD.values()) == set(Topic)

    def test_are_the_digest_at_seven_until_chosen_otherwise(self) -> None:
        world = open_fund()
        client = client_of(world.payer)
        form = client.get(PREFERENCES).context["form"]
        assert form["hour"].value() == "7"
        assert form["approved"].value() == MailTime.DAILY
        sent = {"hour": "18", "approved": "now", "reversed": "never"}
        answer = client.post(PREFERENCES, sent, follow=True)
        assert "Votre choix est enregistré." in answer.content.decode()
        assert client.put(PREFERENCES).status_code == 405
        assert dict(MailChoice.objects.filter(user=world.payer).values_list("topic", "mail")) == {
            "approved": "now",
            "reversed": "never",
        }
        assert MailPreference.objects.get(user=world.payer).hour == 18
        form = client.get(PREFERENCES).context["form"]
        assert (form["hour"].value(), form["approved"].value()) == ("18", "now")

    @pytest.mark.parametrize(
        "sent", [{"hour": "25", "approved": "now", "reversed": "now"}, {"hour": "7", "approved": "hourly"}, {}]
    )
    def test_what_is_none_is_said_and_nothing_is_kept(self, sent: dict[str, Any]) -> None:
        world = open_fund()
        client = client_of(world.payer)
        answer = client.post(PREFERENCES, sent or {"hour": ""})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert not MailChoice.objects.exists()

    def test_nobodys_page_says_so(self) -> None:
        assert "aucun rôle" in page(client_of(user()), PREFERENCES)
