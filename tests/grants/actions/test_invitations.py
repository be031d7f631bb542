"""Inviting: an account where there is none, the role with all its rules, a letter that may be sent again."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.utils import timezone

from fundadmin.models import User
from grants.actions.invitations import check_may_send, deliver, invite
from grants.enums import Role, Side
from grants.exceptions import BadInput, RuleRefused
from grants.models import FundMember, Invitation
from tests.accounts import PASSWORD
from tests.factories import OPENED_ON, ROLES, World, key, open_fund, user
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
SITE = "https://fonds.exemple.invalid"
NEW = "nouvelle.personne@exemple.invalid"
PLACES = [
    *((Side.LANDLORD, role) for role in (Role.ASSESSOR, Role.APPROVER, Role.PAYER, Role.MANAGER, Role.AUDITOR)),
    *((Side.CHAMBER, role) for role in (Role.ADVISOR, Role.ASSESSOR, Role.APPROVER, Role.MANAGER, Role.AUDITOR)),
    (Side.EXTERNAL, Role.AUDITOR),
]
NAMES = {
    Side.LANDLORD: {"landlord_manager"},
    Side.CHAMBER: {"chamber_manager"},
    Side.EXTERNAL: {"landlord_manager", "chamber_manager"},
}


def invited(world: World, by: User, side: Side = Side.CHAMBER, role: Role = Role.ADVISOR, **asked: Any) -> FundMember:
    given: dict[str, Any] = {"email": NEW, "full_name": "Nouvelle Personne", "starts_on": OPENED_ON, "key": key()}
    if (side, role) == (Side.LANDLORD, Role.APPROVER):
        given["authority_ref"] = "délégation 2020-09 (inventée)"
    return invite(fund=world.fund, side=side, role=role, by=by, **given | {"on": OPENED_ON} | asked)


@pytest.mark.parametrize(("side", "role"), PLACES)
def test_who_invites_whom(side: Side, role: Role) -> None:
    world = open_fund()
    for name in set(ROLES) - NAMES[side]:
        with not_allowed():
            invited(world, world.people[name], side, role)
    assert not User.objects.filter(email=NEW).exists()
    for name in NAMES[side]:
        member = invited(world, world.people[name], side, role, email=f"{name}@exemple.invalid")
        powers = side == Side.LANDLORD and role in {Role.APPROVER, Role.PAYER, Role.MANAGER}
        takes_two = powers or side == Side.EXTERNAL
        assert (member.confirmed_on is None) is takes_two
        assert not member.user.has_usable_password()
        assert Invitation.objects.filter(user=member.user, invited_by=world.people[name]).exists()


@pytest.mark.parametrize(("side", "role"), [(Side.EXTERNAL, Role.ADVISOR), (Side.LANDLORD, Role.ADVISOR)])
def test_a_role_that_a_side_has_not(side: Side, role: Role) -> None:
    world = open_fund()
    with refused(BadInput, "role_of_side"):
        invited(world, world.landlord_manager, side, role)
    assert not User.objects.filter(email=NEW).exists()


class TestTheAccount:
    def test_is_made_once_however_the_address_is_written(self) -> None:
        world, other = open_fund(), open_fund()
        first = invited(world, world.chamber_manager, email=f"  {NEW.upper()} ")
        second = invited(other, other.chamber_manager, full_name="Un autre nom")
        assert first.user == second.user
        assert (second.user.email, second.user.full_name) == (NEW, "Nouvelle Personne")
        assert Invitation.objects.count() == 2

    def test_keeps_its_password(self) -> None:
        world = open_fund()
        person = user(password=PASSWORD)
        assert invited(world, world.chamber_manager, email=person.email).user == person
        person.refresh_from_db()
        assert person.check_password(PASSWORD)

    def test_one_that_is_closed_is_told_to_who_may_name_people_only(self) -> None:
        world = open_fund()
        closed = user(is_active=False)
        for email in (closed.email, User.objects.system().email):
            with refused(RuleRefused, "account_closed"):
                invited(world, world.chamber_manager, email=email)
            with not_allowed():
                invited(world, world.advisor, email=email)

    def test_the_same_key_again_is_the_same_invitation(self) -> None:
        world = open_fund()
        once = {"key": "deux fois"}
        assert invited(world, world.chamber_manager, **once) == invited(world, world.chamber_manager, **once)
        assert Invitation.objects.count() == 1
        with refused(BadInput, "already_member"):
            invited(world, world.chamber_manager)

    def test_what_can_t_be_read_is_told_at_once(self) -> None:
        world = open_fund()
        with refused(BadInput, "email", "full_name"):
            invited(world, world.chamber_manager, email="nul", full_name=" ")
        with refused(BadInput, "too_long"):
            invited(world, world.chamber_manager, full_name="x" * 151)
        with refused(BadInput, "unreadable"):
            invited(world, world.chamber_manager, full_name="x\0")


class TestTheLetter:
    def test_of_a_new_account_has_a_link_to_choose_a_password(self, mailoutbox: list[EmailMessage]) -> None:
        world = open_fund()
        member = invited(world, world.chamber_manager)
        assert deliver(invitation=Invitation.objects.get(user=member.user), site=SITE)
        (mail,) = mailoutbox
        assert mail.to == [NEW]
        assert f"{SITE}/mot-de-passe/choisir/" in str(mail.body)
        assert world.fund.name in str(mail.body)

    def test_of_an_account_with_a_password_has_none(self, mailoutbox: list[EmailMessage]) -> None:
        world = open_fund()
        person = user(password=PASSWORD)
        member = invited(world, world.chamber_manager, email=person.email)
        deliver(invitation=Invitation.objects.get(user=member.user), site=SITE)
        assert f"{SITE}/connexion/" in str(mailoutbox[0].body)
        assert "/mot-de-passe/" not in str(mailoutbox[0].body)

    def test_a_mail_server_that_is_away_loses_nothing(
        self, settings: LazySettings, mailoutbox: list[EmailMessage]
    ) -> None:
        world = open_fund()
        member = invited(world, world.chamber_manager)
        invitation = Invitation.objects.get(user=member.user)
        before = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        assert not deliver(invitation=invitation, site=SITE)
        assert not Invitation.objects.get().is_sent
        settings.EMAIL_BACKEND = before
        again = check_may_send(member=member, by=world.chamber_manager, on=OPENED_ON)
        assert deliver(invitation=again, site=SITE)
        assert Invitation.objects.get().is_sent
        assert len(mailoutbox) == 1

    def test_is_sent_again_by_who_may_name_that_person(self) -> None:
        world = open_fund()
        member = invited(world, world.chamber_manager)
        for name in ROLES:
            if name != "chamber_manager":
                with not_allowed():
                    check_may_send(member=member, by=world.people[name], on=OPENED_ON)
        FundMember.objects.filter(user=world.chamber_manager).update(ends_on=date(2020, 12, 31))
        with not_allowed():  # today, long after that
            check_may_send(member=member, by=world.chamber_manager)

    def test_not_twice_in_five_minutes(self, mailoutbox: list[EmailMessage]) -> None:
        world = open_fund()
        member = invited(world, world.chamber_manager)
        deliver(invitation=Invitation.objects.get(user=member.user), site=SITE)
        with refused(RuleRefused, "sent_just_now"):
            check_may_send(member=member, by=world.chamber_manager, on=OPENED_ON)
        Invitation.objects.update(sent_at=timezone.now() - timedelta(minutes=6))
        assert check_may_send(member=member, by=world.chamber_manager, on=OPENED_ON).user == member.user

    def test_not_to_who_was_not_invited(self) -> None:
        world = open_fund()
        with refused(BadInput, "not_invited"):
            check_may_send(member=world.member("advisor"), by=world.chamber_manager, on=OPENED_ON)

    def test_says_who_it_is_for(self) -> None:
        world = open_fund()
        member = invited(world, world.chamber_manager)
        assert str(Invitation.objects.get()) == f"{member.user_id} to {world.fund.pk}"
