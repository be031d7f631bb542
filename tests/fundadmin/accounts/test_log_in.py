"""Log-in by e-mail and password: who gets in, how often one may fail, and what is written of it."""

import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from fundadmin.models import SignIn, User
from tests.accounts import PASSWORD, code_of, enrol, prove
from tests.factories import open_fund, user

pytestmark = pytest.mark.django_db
WRONG = "autre"
HERE, ELSEWHERE = "192.0.2.17", "198.51.100.9"
NEW_PASSWORD = "Un-autre-mot-de-passe-2"


@pytest.fixture
def person() -> User:
    """Somebody with a verified address and no role."""
    found = user("Camille Petit", password=PASSWORD)
    prove(found)
    return found


def attempt(address: str, password: str = WRONG, *, client: Client | None = None, ip: str = HERE) -> Any:
    sent = {"login": address, "password": password}
    return (client or Client()).post(reverse("account_login"), sent, REMOTE_ADDR=ip)


def told(answer: HttpResponse) -> str:
    return answer.content.decode()


def is_in(client: Client) -> bool:
    return client.get(reverse("grants:home")).status_code == 200


class TestGettingIn:
    def test_however_the_address_is_capitalised(self, person: User) -> None:
        client = Client()
        answer = attempt(person.email.upper(), PASSWORD, client=client)
        assert answer.headers["Location"] == reverse("grants:home")
        assert is_in(client)

    def test_and_on_to_the_page_that_was_asked(self, person: User) -> None:
        page = Client().get(reverse("grants:home"))
        sent = {"login": person.email, "password": PASSWORD, "next": "/?after=3"}
        assert page.headers["Location"] == f"{reverse('account_login')}?next=/"
        assert Client().post(reverse("account_login"), sent).headers["Location"] == "/?after=3"
        sent["next"] = "https://ailleurs.invalid/"
        assert Client().post(reverse("account_login"), sent).headers["Location"] == reverse("grants:home")

    def test_unknown_and_wrong_read_alike(self, person: User) -> None:
        unknown, wrong = told(attempt("nul@exemple.invalid")), told(attempt(person.email))
        sentence = "Cette adresse et ce mot de passe ne vont pas ensemble"
        assert sentence in unknown
        assert sentence in wrong

    def test_a_disabled_account_stays_outside(self, person: User) -> None:
        User.objects.filter(pk=person.pk).update(is_active=False)
        client = Client()
        assert attempt(person.email, PASSWORD, client=client).headers["Location"] == reverse("account_inactive")
        assert not is_in(client)
        assert SignIn.objects.get().method == "disabled"

    def test_the_system_account_has_no_password(self) -> None:
        assert not User.objects.system().has_usable_password()

    def test_nobody_signs_up(self) -> None:
        for name in ("account_signup", "socialaccount_signup", "account_email"):
            with pytest.raises(NoReverseMatch):
                reverse(name)


class TestTheAddress:
    def test_is_proved_before_the_first_log_in(self, mailoutbox: list[EmailMessage]) -> None:
        person = user(password=PASSWORD)
        client = Client()
        answer = attempt(person.email, PASSWORD, client=client)
        assert answer.headers["Location"] == reverse("account_email_verification_sent")
        assert not is_in(client)
        (mail,) = mailoutbox
        link = next(word for word in str(mail.body).split() if word.startswith("https://"))
        path = link.removeprefix("https://testserver")
        assert person.email in told(Client().get(path))
        Client().post(path)
        assert attempt(person.email, PASSWORD, client=client).headers["Location"] == reverse("grants:home")

    def test_a_forged_link_proves_nothing(self) -> None:
        page = Client().get(reverse("account_confirm_email", args=["x:y:z"]))
        assert "est plus valable" in told(page)


class TestFailingTooOften:
    def test_five_times_from_here_then_the_sentence_says_when(self, person: User) -> None:
        for _n in range(5):
            assert "ne vont pas ensemble" in told(attempt(person.email))
        refused = told(attempt(person.email, PASSWORD))
        assert "Trop de tentatives" in refused
        assert "5 minutes" in refused
        assert list(SignIn.objects.order_by("pk").values_list("outcome", flat=True)) == ["failure"] * 5 + ["too_often"]

    def test_the_same_person_gets_in_from_elsewhere(self, person: User) -> None:
        for _n in range(6):
            attempt(person.email)
        assert attempt(person.email, PASSWORD, ip=ELSEWHERE).headers["Location"] == reverse("grants:home")

    def test_and_from_here_once_the_time_is_over(self, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
        for _n in range(6):
            attempt(person.email)
        later = time.time() + 301
        monkeypatch.setattr(time, "time", lambda: later)
        assert attempt(person.email, PASSWORD).headers["Location"] == reverse("grants:home")

    def test_successes_do_not_count(self, person: User) -> None:
        for _n in range(12):
            assert attempt(person.email, PASSWORD).status_code == 302
        assert "ne vont pas ensemble" in told(attempt(person.email))

    def test_a_success_between_does_not_give_five_new_ones(self, person: User) -> None:
        for _n in range(4):
            attempt(person.email)
        assert attempt(person.email, PASSWORD).status_code == 302
        attempt(person.email)
        assert "Trop de tentatives" in told(attempt(person.email))

    def test_one_network_guessing_at_many_people(self) -> None:
        for n in range(20):
            assert "ne vont pas ensemble" in told(attempt(f"n{n}@exemple.invalid"))
        assert "Trop de tentatives" in told(attempt("n20@exemple.invalid"))

    def test_many_networks_guessing_at_one_person_and_the_way_out(
        self, person: User, settings: LazySettings, mailoutbox: list[EmailMessage]
    ) -> None:
        settings.LOGIN_FAILED_FROM_ANYWHERE = "7/1h/key"
        for n in range(7):
            attempt(person.email, ip=f"10.{n}.0.1")
        refused = told(attempt(person.email, PASSWORD, ip=ELSEWHERE))
        assert "60 minutes" in refused
        choose_by_mail(person, mailoutbox)
        assert attempt(person.email, NEW_PASSWORD, ip=ELSEWHERE).headers["Location"] == reverse("grants:home")

    def test_thirty_posts_a_minute_are_too_many(self, person: User) -> None:
        answers = [attempt("pas une adresse").status_code for _n in range(31)]
        assert answers == [200] * 30 + [429]
        answer = attempt("pas une adresse")
        assert "Trop de demandes" in told(answer)
        assert answer.headers["Retry-After"] == "60"

    def test_codes_are_limited_too(self, person: User) -> None:
        enrol(person)
        client = Client()
        attempt(person.email, PASSWORD, client=client)
        for _n in range(5):
            assert "pas le bon" in told(client.post(reverse("mfa_authenticate"), {"code": "000000"}))
        answer = client.post(reverse("mfa_authenticate"), {"code": code_of(person)})
        assert "Trop de tentatives" in told(answer)
        assert not is_in(client)
        assert SignIn.objects.filter(outcome="mfa_failure", user=person, method="totp").count() == 5


def choose_by_mail(person: User, outbox: list[EmailMessage]) -> Client:
    """Ask for a link, follow it, choose a new password."""
    client = Client()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = next(word for word in str(outbox[-1].body).split() if word.startswith("https://"))
    form = client.get(link.removeprefix("https://testserver"), follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    return client


class TestForgottenPassword:
    def test_a_link_that_is_valid_once(self, person: User, mailoutbox: list[EmailMessage]) -> None:
        choose_by_mail(person, mailoutbox)
        person.refresh_from_db()
        assert person.check_password(NEW_PASSWORD)
        link = next(word for word in str(mailoutbox[0].body).split() if word.startswith("https://"))
        assert "est plus valable" in told(Client().get(link.removeprefix("https://testserver"), follow=True))

    def test_it_does_not_skip_the_second_factor(self, person: User, mailoutbox: list[EmailMessage]) -> None:
        enrol(person)
        client = choose_by_mail(person, mailoutbox)
        assert not is_in(client)
        assert attempt(person.email, NEW_PASSWORD, client=client).headers["Location"] == reverse("mfa_authenticate")

    def test_nobody_learns_who_has_an_account(self, person: User, mailoutbox: list[EmailMessage]) -> None:
        known = Client().post(reverse("account_reset_password"), {"email": person.email}, follow=True)
        unknown = Client().post(reverse("account_reset_password"), {"email": "nul@exemple.invalid"}, follow=True)
        assert told(known) == told(unknown)
        assert [mail.to for mail in mailoutbox] == [[person.email]]

    def test_a_weak_one_is_refused_with_all_that_is_missing(self, person: User, mailoutbox: list[EmailMessage]) -> None:
        client = Client()
        client.post(reverse("account_reset_password"), {"email": person.email})
        link = next(word for word in str(mailoutbox[-1].body).split() if word.startswith("https://"))
        form = client.get(link.removeprefix("https://testserver"), follow=True)
        page = client.post(form.redirect_chain[-1][0], {"password1": "faible", "password2": "faible"})
        assert "6 caractères, une majuscule, un chiffre et un caractère spécial" in told(page)


class TestTheLog:
    def test_tells_who_when_how_and_from_which_network(self, person: User) -> None:
        enrol(person)
        client = Client()
        attempt("Inconnu@exemple.invalid")
        attempt(person.email, PASSWORD, client=client)
        client.post(reverse("mfa_authenticate"), {"code": code_of(person)}, REMOTE_ADDR=HERE)
        client.post(reverse("account_logout"), REMOTE_ADDR="2001:db8:1:2::3")
        rows = SignIn.objects.order_by("pk").values_list("outcome", "user", "address", "method", "network")
        assert list(rows) == [
            ("failure", None, "inconnu@exemple.invalid", "password", "192.0.2.0"),
            ("success", person.pk, "", "password+totp", "192.0.2.0"),
            ("logout", person.pk, "", "", "2001:db8:1::"),
        ]

    def test_what_is_no_address_is_not_kept(self) -> None:
        """A password typed into the wrong field must not be."""
        attempt("Mon-mot-de-passe-1")
        assert not SignIn.objects.exists()

    def test_behind_a_proxy_the_visitor_counts(self, settings: LazySettings) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        sent = {"login": "nul@exemple.invalid", "password": "x"}
        Client().post(
            reverse("account_login"), sent, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.5, {ELSEWHERE}"
        )
        assert SignIn.objects.get().network == "198.51.100.0"


class TestTheAdminSite:
    def test_has_no_door_of_its_own(self) -> None:
        answer = Client().get("/admin/", follow=True)
        assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fadmin%2F"
        admin = User.objects.create_superuser("a@exemple.invalid", PASSWORD, full_name="A")
        prove(admin)
        client = Client()
        client.post("/admin/login/", {"username": admin.email, "password": PASSWORD})
        assert client.get("/admin/").status_code == 302

    def test_sends_staff_to_a_second_factor(self) -> None:
        admin = User.objects.create_superuser("a@exemple.invalid", PASSWORD, full_name="A")
        prove(admin)
        client = Client()
        attempt(admin.email, PASSWORD, client=client)
        assert client.get("/admin/").headers["Location"] == reverse("mfa_index")

    def test_tells_others_that_it_is_not_theirs(self) -> None:
        client = Client()
        client.force_login(open_fund().advisor)
        assert client.get("/admin/", follow=True).status_code == 403

    def test_changes_passwords_by_our_rule(self) -> None:
        client = Client()
        client.force_login(open_fund().advisor)
        answer = client.get("/admin/password_change/")
        assert answer.headers["Location"] == reverse("account_change_password")
