"""The page of a fund's people: who sees it, who invites, confirms, refuses and ends, and how a refusal reads."""

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.enums import Role, Side
from grants.models import FundMember, Invitation
from tests.accounts import log_in
from tests.factories import ROLES, World, key, open_fund, user
from tests.grants import walk

pytestmark = pytest.mark.django_db
NEW = "nouvelle.personne@exemple.invalid"


def address(world: World) -> str:
    return reverse("grants:team", args=[world.fund.code])


def asked(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    given = {"email": NEW, "full_name": "Nouvelle Personne", "side": Side.CHAMBER, "role": Role.ADVISOR}
    return {**given, "starts_on": today, "key": key(), **changes}


def press(client: Client, name: str, member: FundMember, **sent: Any) -> Any:
    return client.post(reverse(f"grants:{name}", args=[member.fund.code, member.pk]), {"key": key(), **sent})


def proposed(world: World) -> FundMember:
    """A payer whom the landlord's manager named and nobody confirmed yet."""
    sent = asked(side=Side.LANDLORD, role=Role.PAYER)
    log_in(Client(), world.landlord_manager).post(address(world), sent)
    return FundMember.objects.get(user__email=NEW)


def alert(page: str) -> str:
    found = re.search(r'<div class="refusal[^>]*role="alert"[^>]*>(.*?)</div>', page, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("name", ROLES)
def test_everybody_sees_the_people_and_managers_the_form(name: str) -> None:
    world = open_fund()
    page = log_in(Client(), world.people[name]).get(address(world)).content.decode()
    for person in world.people.values():
        assert str(person) in page
    side, role = ROLES[name]
    assert ('name="full_name"' in page) is (role == Role.MANAGER or (side == Side.LANDLORD and role != Role.AUDITOR))
    assert ("Mettre fin à ce rôle" in page) is (role == Role.MANAGER)


def test_a_landlords_auditor_names_nobody() -> None:
    world = open_fund()
    auditor = user()
    given = {"side": Side.LANDLORD, "role": Role.AUDITOR, "starts_on": "2020-05-05", "confirmed_on": "2020-05-05"}
    FundMember.objects.create(fund=world.fund, user=auditor, proposed_by=world.landlord_manager, **given)
    assert 'name="full_name"' not in log_in(Client(), auditor).get(address(world)).content.decode()


def test_a_strangers_fund_has_no_page() -> None:
    world, other = open_fund(), open_fund()
    client = log_in(Client(), other.landlord_manager)
    assert client.get(address(world)).status_code == 404
    assert client.post(address(world), asked()).status_code == 404
    for name in ("confirm_member", "refuse_member", "end_member", "send_invitation_again"):
        assert press(client, name, world.member("payer")).status_code == 404
        # Nor a stranger's member in the own fund.
        place = reverse(f"grants:{name}", args=[other.fund.code, world.member("payer").pk])
        assert client.post(place, {"key": key(), "ends_on": "2030-01-01"}).status_code == 404


@pytest.mark.parametrize("name", ["confirm_member", "refuse_member", "end_member", "send_invitation_again"])
def test_a_button_is_pressed_not_visited(name: str) -> None:
    world = open_fund()
    place = reverse(f"grants:{name}", args=[world.fund.code, world.member("payer").pk])
    assert log_in(Client(), world.landlord_manager).get(place).status_code == 405


class TestInviting:
    def test_sends_a_letter_by_which_the_person_gets_in(self, mailoutbox: list[EmailMessage]) -> None:
        world = open_fund()
        answer = log_in(Client(), world.chamber_manager).post(address(world), asked(), follow=True)
        assert f"Un courriel a été envoyé à {NEW}" in answer.content.decode()
        link = re.search(r"https?://testserver(\S+)", str(mailoutbox[0].body))
        assert link is not None
        guest = Client()
        form = guest.get(link[1], follow=True)
        chosen = {"password1": "Un-mot-de-passe-neuf-1", "password2": "Un-mot-de-passe-neuf-1"}
        guest.post(form.redirect_chain[-1][0], chosen)
        entered = guest.post(reverse("account_login"), {"login": NEW, "password": chosen["password1"]})
        assert entered.headers["Location"] == reverse("grants:home")
        assert world.fund.code in guest.get(reverse("grants:home")).content.decode()
        assert "plus valable" in Client().get(link[1], follow=True).content.decode()

    def test_reads_alike_for_an_account_that_exists(self) -> None:
        world, other = open_fund(), open_fund()
        pages = []
        for fund in (world, other):
            client = log_in(Client(), fund.chamber_manager)
            client.post(address(fund), asked())
            pages.append(re.findall(r'<ul class="messages".*?</ul>', client.get(address(fund)).content.decode()))
        assert pages[0] == pages[1] != []

    def test_says_all_that_is_wrong_beside_its_field(self) -> None:
        world = open_fund()
        client = log_in(Client(), world.landlord_manager)
        sent = asked(side=Side.LANDLORD, role=Role.APPROVER, starts_on="2026-05-05", ends_on="2020-01-01", limit="-3")
        answer = client.post(address(world), sent)
        assert answer.status_code == 422
        assert 'href="#id_limit"' in alert(answer.content.decode())
        answer = client.post(address(world), sent | {"limit": "1 500,50 €"})
        shown = alert(answer.content.decode())
        assert 'href="#id_ends_on"' in shown
        assert 'href="#id_authority_ref"' in shown
        answer = client.post(address(world), sent | {"ends_on": "", "authority_ref": "D-1", "limit": "1500,50"})
        assert answer.status_code == 302
        assert FundMember.objects.get(user__email=NEW).limit_cents == 1_500_50

    def test_a_reason_without_a_field_is_shown_too(self) -> None:
        world = open_fund()
        sent = asked(side=Side.LANDLORD, role=Role.PAYER)
        answer = log_in(Client(), world.payer).post(address(world), sent)
        assert "réservée à" in alert(answer.content.decode())
        assert not User.objects.filter(email=NEW).exists()

    def test_the_own_side_only(self) -> None:
        world = open_fund()
        client = log_in(Client(), world.chamber_manager)
        choices = [choice for choice, _label in client.get(address(world)).context["form"].fields["side"].choices]
        assert choices == [Side.CHAMBER, Side.EXTERNAL]
        answer = client.post(address(world), asked(side=Side.LANDLORD, role=Role.PAYER))
        assert 'href="#id_side"' in alert(answer.content.decode())

    @pytest.mark.parametrize("name", ["landlord_manager", "approver", "chamber_manager"])
    def test_what_is_chosen_at_first_is_a_role_of_that_side(self, name: str) -> None:
        world = open_fund()
        form = log_in(Client(), world.people[name]).get(address(world)).context["form"]
        first = {field: form.fields[field].choices[0][0] for field in ("side", "role")}
        log_in(Client(), world.landlord_manager if first["side"] == Side.LANDLORD else world.chamber_manager).post(
            address(world), asked(**first)
        )
        assert FundMember.objects.get(user__email=NEW).role == first["role"]

    def test_who_may_not_is_refused_whatever_is_sent(self) -> None:
        world = open_fund()
        answer = log_in(Client(), world.advisor).post(address(world), asked())
        assert answer.status_code == 422
        assert not User.objects.filter(email=NEW).exists()

    def test_a_letter_that_does_not_leave_is_told_and_sent_again(
        self, settings: LazySettings, mailoutbox: list[EmailMessage]
    ) -> None:
        world = open_fund()
        client = log_in(Client(), world.chamber_manager)
        before = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        page = client.post(address(world), asked(), follow=True).content.decode()
        assert "le courriel n" in page
        assert "invitation n’est pas partie" in page
        settings.EMAIL_BACKEND = before
        member = FundMember.objects.get(user__email=NEW)
        assert press(client, "send_invitation_again", member).status_code == 302
        assert Invitation.objects.get().is_sent
        assert "pas encore de mot de passe" in client.get(address(world)).content.decode()
        again = press(client, "send_invitation_again", member)
        assert "attendez 5 minutes" in alert(again.content.decode())
        assert len(mailoutbox) == 1


class TestSettling:
    def test_another_landlord_member_confirms(self) -> None:
        world = open_fund()
        member = proposed(world)
        assert ">Confirmer<" not in log_in(Client(), world.landlord_manager).get(address(world)).content.decode()
        own = press(log_in(Client(), world.landlord_manager), "confirm_member", member)
        assert "un autre membre, du côté du bailleur" in alert(own.content.decode())
        other = log_in(Client(), world.approver)
        assert ">Confirmer<" in other.get(address(world)).content.decode()
        assert press(other, "confirm_member", member).status_code == 302
        assert FundMember.objects.get(pk=member.pk).confirmed_by == world.approver

    def test_the_other_sides_manager_confirms_an_external_auditor(self) -> None:
        world = open_fund()
        log_in(Client(), world.chamber_manager).post(address(world), asked(side=Side.EXTERNAL, role=Role.AUDITOR))
        member = FundMember.objects.get(user__email=NEW)
        walk.join(world, "chamber_manager2", Side.CHAMBER, Role.MANAGER)
        buttons = {}
        for name in ("chamber_manager", "chamber_manager2", "landlord_manager", "approver", "advisor"):
            page = log_in(Client(), world.people[name]).get(address(world)).content.decode()
            buttons[name] = (">Confirmer<" in page, ">Refuser<" in page)
        assert buttons == {
            "chamber_manager": (False, True),
            "chamber_manager2": (False, True),
            "landlord_manager": (True, True),
            "approver": (False, False),
            "advisor": (False, False),
        }
        own = press(log_in(Client(), world.chamber_manager), "confirm_member", member)
        assert "de l’autre" in alert(own.content.decode())
        assert press(log_in(Client(), world.landlord_manager), "confirm_member", member).status_code == 302
        assert FundMember.objects.get(pk=member.pk).confirmed_by == world.landlord_manager

    def test_or_refuses(self) -> None:
        world = open_fund()
        member = proposed(world)
        assert ">Refuser<" not in log_in(Client(), world.advisor).get(address(world)).content.decode()
        assert press(log_in(Client(), world.approver), "refuse_member", member).status_code == 302
        assert not FundMember.objects.filter(pk=member.pk).exists()

    def test_a_manager_ends(self) -> None:
        world = open_fund()
        today = timezone.localdate()
        client = log_in(Client(), world.chamber_manager)
        assert press(client, "end_member", world.member("advisor"), ends_on=today.isoformat()).status_code == 302
        assert world.member("advisor").ends_on == today
        answer = press(client, "end_member", world.member("advisor"), ends_on="hier")
        assert answer.status_code == 422
        assert alert(answer.content.decode())
        answer = press(client, "end_member", world.member("payer"), ends_on=today.isoformat())
        assert "réservée à" in alert(answer.content.decode())

    def test_gaps_that_come_of_it_are_told(self) -> None:
        world = open_fund()
        client = log_in(Client(), world.landlord_manager)
        today = timezone.localdate().isoformat()
        FundMember.objects.filter(user=world.approver2).update(ends_on="2020-12-31")
        press(client, "end_member", world.member("approver"), ends_on=today)
        FundMember.objects.filter(user=world.approver).update(ends_on="2020-12-31")
        press(client, "end_member", world.member("payer"), ends_on=today)
        assert '<ul class="messages"' in client.get(address(world)).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries_for_one_and_for_three_invited(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    client = log_in(Client(), world.chamber_manager)
    for n in range(count):
        client.post(address(world), asked(email=f"n{n}@exemple.invalid"))
    client.get(address(world))  # reads the messages
    # session, person, fund, own roles; invitations, members; gaps; whom to stand in for; the navigation's two
    with django_assert_num_queries(12):
        client.get(address(world))
