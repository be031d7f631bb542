"""The second factor: who must have one, what is closed until then, and that each code opens once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import include, path, reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.accounts import encryption, second_factor
from fundadmin.models import User
from grants.enums import GUARDED_ROLES, Role
from grants.models import FundMember
from tests.accounts import PASSWORD, code_of, enrol, log_in, prove
from tests.factories import OPENED_ON, ROLES, open_fund, user

pytestmark = pytest.mark.django_db

urlpatterns = [
    path("api/v1/essai/", lambda _request: JsonResponse({}), name="api"),
    path("", include("fundadmin.urls")),
]
"""An address of the API, whatever the API's own are."""


def by_password(person: User) -> Client:
    """A session begun by password, and by code where there is one."""
    person.set_password(PASSWORD)
    person.save()
    prove(person)
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


class TestWhoMust:
    @pytest.mark.parametrize("name", ROLES)
    def test_by_role(self, name: str) -> None:
        world = open_fund()
        _side, role = ROLES[name]
        answer = by_password(world.people[name]).get(reverse("grants:home"))
        if role in {Role.APPROVER, Role.PAYER, Role.MANAGER, Role.AUDITOR}:
            assert answer.headers["Location"] == reverse("mfa_index")
        else:
            assert answer.status_code == 200

    def test_the_guarded_roles_are_those_of_the_issue(self) -> None:
        assert {Role.APPROVER, Role.PAYER, Role.MANAGER, Role.AUDITOR} == GUARDED_ROLES

    def test_only_while_the_role_counts(self) -> None:
        world = open_fund()
        client = by_password(world.payer)
        rows = FundMember.objects.filter(user=world.payer)
        for change in ({"confirmed_on": None}, {"confirmed_on": OPENED_ON, "ends_on": OPENED_ON}):
            rows.update(**change)
            assert client.get(reverse("grants:home")).status_code == 200
        rows.update(ends_on=None)
        assert client.get(reverse("grants:home")).headers["Location"] == reverse("mfa_index")

    def test_staff_whatever_their_roles(self) -> None:
        answer = by_password(user(is_staff=True)).get(reverse("grants:home"))
        assert answer.headers["Location"] == reverse("mfa_index")


class TestUntilThen:
    def test_every_page_but_those_that_lead_out_is_closed(self) -> None:
        world = open_fund()
        client = by_password(world.approver)
        for address in (
            reverse("grants:home"),
            reverse("grants:fund", args=[world.fund.code]),
            reverse("grants:team", args=[world.fund.code]),
            reverse("account_change_password"),
            reverse("mfa_view_recovery_codes"),
        ):
            assert client.get(address).headers["Location"] == reverse("mfa_index")
            assert client.post(address).headers["Location"] == reverse("mfa_index")
        page = client.get(reverse("mfa_index"))
        assert "double authentification" in page.content.decode()
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        assert client.post(reverse("account_logout")).headers["Location"] == reverse("account_login")

    @pytest.mark.urls(__name__)
    def test_the_api_refuses_with_a_problem(self) -> None:
        world = open_fund()
        client = by_password(world.payer)
        answer = client.get("/api/v1/essai/")
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "application/problem+json"
        told = json.loads(answer.content)
        assert {"type", "title", "status", "detail"} <= set(told)
        assert told["status"] == 403
        assert by_password(world.advisor).get("/api/v1/essai/").status_code == 200
        assert log_in(Client(), world.payer).get("/api/v1/essai/").status_code == 200
        assert Client().get("/api/v1/essai/").status_code == 200

    def test_setting_up_an_app_opens_and_shows_recovery_codes(self) -> None:
        world = open_fund()
        client = by_password(world.payer)
        secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
        wrong = client.post(reverse("mfa_activate_totp"), {"code": "abcdef"})
        assert "pas le bon" in wrong.content.decode()
        assert client.get(reverse("grants:home")).status_code == 302
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
        assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
        assert len(client.get(answer.headers["Location"]).context["unused_codes"]) == 10
        assert client.get(reverse("grants:home")).status_code == 200

    def test_a_session_from_before_the_second_factor_begins_again(self) -> None:
        """Set up elsewhere in between: this session never gave it."""
        world = open_fund()
        client = by_password(world.payer)
        enrol(world.payer)
        assert client.get(reverse("grants:home")).headers["Location"] == reverse("account_login")
        assert client.get(reverse("grants:home")).headers["Location"].startswith(reverse("account_login"))

    def test_another_persons_factor_in_the_same_browser_is_none(self) -> None:
        world = open_fund()
        client = log_in(Client(), world.payer)
        client.force_login(world.approver)
        assert client.get(reverse("grants:home")).headers["Location"] == reverse("mfa_index")
        session = client.session
        session[second_factor.GIVEN] = world.payer.pk
        session.save()
        assert client.get(reverse("grants:home")).headers["Location"] == reverse("mfa_index")


@pytest.mark.parametrize(("name", "given", "queries"), [("payer", True, 0), ("payer", False, 2), ("advisor", False, 1)])
def test_the_check_takes_a_fixed_number_of_queries(
    name: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries, *, given: bool
) -> None:
    worlds = [open_fund() for _n in range(3)]
    person = worlds[0].people[name]
    for world in worlds[1:]:
        FundMember.objects.filter(user=world.people[name]).update(user=person)
    request = HttpRequest()
    request.user, request.path = person, "/"
    request.session = {second_factor.GIVEN: person.pk} if given else {}  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    with django_assert_num_queries(queries), messages_kept(request):
        second_factor.SecondFactorRequired(lambda _r: JsonResponse({})).process_view(request)


@contextmanager
def messages_kept(request: HttpRequest) -> Iterator[None]:
    from django.contrib.messages.storage.base import BaseStorage

    request._messages = BaseStorage(request)  # type: ignore[attr-defined]
    yield


def code_for(secret: str, period: int = 0) -> str:
    import time

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + period)))


class TestCodes:
    def start(self, person: User) -> Client:
        client = Client()
        answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert answer.headers["Location"] == reverse("mfa_authenticate")
        return client

    @pytest.fixture
    def person(self) -> User:
        found = user(password=PASSWORD)
        enrol(found)
        return found

    def test_the_password_alone_opens_nothing(self, person: User) -> None:
        client = self.start(person)
        assert client.get(reverse("grants:home")).headers["Location"].startswith(reverse("account_login"))

    def test_a_code_opens_once(self, person: User) -> None:
        code = code_of(person)
        first, second = self.start(person), self.start(person)
        assert first.post(reverse("mfa_authenticate"), {"code": code}).headers["Location"] == reverse("grants:home")
        again = second.post(reverse("mfa_authenticate"), {"code": code})
        assert "déjà servi" in again.content.decode()
        assert second.get(reverse("grants:home")).status_code == 302

    def test_a_recovery_code_opens_once(self, person: User) -> None:
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

        code = RecoveryCodes.activate(person).generate_codes()[3]
        first, second = self.start(person), self.start(person)
        assert first.post(reverse("mfa_authenticate"), {"code": code}).headers["Location"] == reverse("grants:home")
        assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
        assert second.get(reverse("grants:home")).status_code == 302

    def test_who_must_have_one_keeps_one(self) -> None:
        world = open_fund()
        world.payer.set_password(PASSWORD)
        world.payer.save()
        enrol(world.payer)
        client = self.start(world.payer)
        client.post(reverse("mfa_authenticate"), {"code": code_of(world.payer)})
        page = client.post(reverse("mfa_deactivate_totp"))
        assert "Votre rôle exige une double authentification" in page.content.decode()
        assert second_factor.is_enrolled(world.payer)

    def test_others_may_remove_it(self, person: User) -> None:
        client = self.start(person)
        client.post(reverse("mfa_authenticate"), {"code": code_of(person)})
        client.post(reverse("mfa_deactivate_totp"))
        assert not second_factor.is_enrolled(person)


class TestSecrets:
    def test_are_not_in_the_database_as_they_are(self) -> None:
        world = open_fund()
        kept = enrol(world.payer).data["secret"]
        assert decrypt(kept) != kept
        assert len(decrypt(kept)) == 32

    def test_survive_a_change_of_the_secret_key(self, settings: LazySettings) -> None:
        kept, before = encryption.encrypt("essai"), settings.SECRET_KEY
        settings.SECRET_KEY = "another key for the tests, long enough to be one"
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
            encryption.decrypt(kept)
        settings.SECRET_KEY_FALLBACKS = [before]
        assert encryption.decrypt(kept) == "essai"
        assert Authenticator.objects.count() == 0
