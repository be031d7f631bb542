"""Every page of accounts: it opens, in French, without a script of its own; and every write needs a CSRF token."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.admin import site
from django.test import Client
from django.urls import URLPattern, reverse

from fundadmin.accounts import urls
from fundadmin.models import SignIn, User
from grants import urls as grants_urls
from tests.accounts import PASSWORD, enrol, log_in, prove
from tests.factories import open_fund, user

pytestmark = pytest.mark.django_db

ENTRANCE = {
    "account_login": [],
    "account_reset_password": [],
    "account_reset_password_done": [],
    "account_reset_password_from_key": ["1", "cle"],
    "account_reset_password_from_key_done": [],
    "account_email_verification_sent": [],
    "account_confirm_email": ["cle"],
    "account_inactive": [],
    "socialaccount_login_cancelled": [],
    "socialaccount_login_error": [],
}
"""Open to all, with the arguments of their addresses."""

OWN: dict[str, list[str]] = {
    "account_logout": [],
    "account_reauthenticate": [],
    "mfa_reauthenticate": [],
    "account_change_password": [],
    "mfa_index": [],
    "mfa_deactivate_totp": [],
    "mfa_view_recovery_codes": [],
    "mfa_generate_recovery_codes": [],
    "mfa_list_webauthn": [],
    "mfa_add_webauthn": [],
    "mfa_reauthenticate_webauthn": [],
}
"""Of somebody who logged in and has an app, a key and recovery codes."""

ELSEWHERE = {
    "kept_form": "test_kept_forms.py",
    "mfa_authenticate": "test_log_in.py",
    "mfa_activate_totp": "below: for who has no app",
    "account_set_password": "below: for who has no password",
    "mfa_remove_webauthn": "below",
    "mfa_edit_webauthn": "below",
    "mfa_download_recovery_codes": "below: a file",
    "openid_connect_login": "test_openid_connect.py",
    "openid_connect_callback": "test_openid_connect.py",
}


@pytest.fixture
def person() -> User:
    found = user("Camille Petit", password=PASSWORD)
    enrol(found)
    RecoveryCodes.activate(found)
    return found


@pytest.fixture
def client(person: User) -> Client:
    return log_in(Client(), person)


def checked(client: Client, address: str) -> str:
    """The page, whole, in French and fit for a strict Content-Security-Policy."""
    answer = client.get(address, follow=True)
    page = answer.content.decode()
    assert answer.status_code in (200, 401)
    assert '<html lang="fr">' in page
    assert "<h1>" in page
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert not re.search(r"<[^>]+\son[a-z]+=", page)
    assert "<style" not in page
    for script in re.findall(r"<script[^>]*>", page):
        assert "src=" in script or 'type="application/json"' in script
    return page


def test_every_address_is_listed_here() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == {*ENTRANCE, *OWN, *ELSEWHERE}


@pytest.mark.parametrize("name", ENTRANCE)
def test_the_entrance_is_open_to_all(name: str) -> None:
    checked(Client(), reverse(name, args=ENTRANCE[name]))


@pytest.mark.parametrize("name", OWN)
def test_ones_own_pages(client: Client, name: str) -> None:
    checked(client, reverse(name, args=OWN[name]))


@pytest.mark.parametrize("name", [*OWN, "mfa_activate_totp", "account_set_password", "mfa_download_recovery_codes"])
def test_nobody_elses(name: str) -> None:
    answer = Client().get(reverse(name, args=OWN.get(name, [])))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(("/", reverse("account_login")))
    assert SignIn.objects.count() == 0


def test_the_picture_of_the_key_is_drawn_in_the_page() -> None:
    person = user(password=PASSWORD)
    prove(person)
    client = Client()
    client.force_login(person)
    page = checked(client, reverse("mfa_activate_totp"))
    assert "<svg" in page
    assert "data:image" not in page


def test_recovery_codes_are_a_file_too(client: Client, person: User) -> None:
    answer = client.get(reverse("mfa_download_recovery_codes"))
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().generate_codes()
    assert answer.content.decode().split() == codes
    assert "no-store" in answer.headers["Cache-Control"]


def test_new_recovery_codes_replace_the_old(client: Client, person: User) -> None:
    before = Authenticator.objects.get(user=person, type="recovery_codes").wrap().generate_codes()
    client.post(reverse("mfa_generate_recovery_codes"))
    after = Authenticator.objects.get(user=person, type="recovery_codes").wrap().generate_codes()
    assert not set(before) & set(after)


def test_who_has_no_password_chooses_one() -> None:
    person = user()
    prove(person)
    client = Client()
    client.force_login(person)
    assert client.get(reverse("account_change_password")).headers["Location"] == reverse("account_set_password")
    checked(client, reverse("account_set_password"))
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_key_is_renamed_and_removed(client: Client, person: User) -> None:
    key = Authenticator.objects.create(user=person, type="webauthn", data={"name": "Clé de bureau", "credential": {}})
    assert "Clé de bureau" in checked(client, reverse("mfa_list_webauthn"))
    checked(client, reverse("mfa_edit_webauthn", args=[key.pk]))
    client.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": "Clé du trousseau"})
    assert "Clé du trousseau" in checked(client, reverse("mfa_remove_webauthn", args=[key.pk]))
    stranger = log_in(Client(), user())
    assert stranger.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 404
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert not Authenticator.objects.filter(pk=key.pk).exists()


CSRF = [
    *(
        reverse(name, args=arguments)
        for name, arguments in {**ENTRANCE, **OWN}.items()
        if not name.startswith("socialaccount")
    ),
    *(reverse(name) for name in ("mfa_authenticate", "mfa_activate_totp", "account_set_password")),
    *(reverse(name, args=[1]) for name in ("mfa_remove_webauthn", "mfa_edit_webauthn")),
    "/connexion/oidc/",
    "/connexion/oidc/retour/",
    *(
        reverse(f"grants:{pattern.name}", args=["essai", 1] if "<int:pk>" in str(pattern.pattern) else ["essai"])
        for pattern in grants_urls.urlpatterns
        if isinstance(pattern, URLPattern) and "equipe" in str(pattern.pattern)
    ),
]


@pytest.mark.parametrize("address", CSRF)
def test_a_write_without_a_token_is_refused(address: str) -> None:
    client = log_in(Client(enforce_csrf_checks=True), open_fund().landlord_manager)
    assert client.post(address).status_code == 403


class TestTheAdminSite:
    @pytest.fixture
    def admin(self) -> Client:
        return log_in(Client(), User.objects.create_superuser("a@exemple.invalid", PASSWORD, full_name="A"))

    def test_shows_the_log_and_changes_nothing_of_it(
        self, admin: Client, person: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        row = SignIn.objects.create(outcome="failure", user=person, method="password", network="192.0.2.0")
        page = reverse("admin:fundadmin_signin_changelist")
        with caplog.at_level("INFO", logger="fundadmin.admin"):
            assert person.full_name in admin.get(page).content.decode()
        assert "log of sign-ins was read" in caplog.text
        assert person.email not in caplog.text
        for verb in ("change", "delete"):
            address = reverse(f"admin:fundadmin_signin_{verb}", args=[row.pk])
            assert admin.post(address, {"outcome": "success", "post": "yes"}).status_code == 403
        assert admin.get(reverse("admin:fundadmin_signin_add")).status_code == 403

    def test_disables_an_account_and_changes_nothing_else(self, admin: Client, person: User) -> None:
        page = reverse("admin:fundadmin_user_change", args=[person.pk])
        assert admin.get(page).status_code == 200
        admin.post(page, {"email": "autre@exemple.invalid", "full_name": "Autre", "is_staff": "on"})
        person.refresh_from_db()
        assert (person.is_active, person.is_staff, person.full_name) == (False, False, "Camille Petit")
        for name in ("add", "delete"):
            address = reverse(f"admin:fundadmin_user_{name}", args=[person.pk] if name == "delete" else [])
            assert admin.get(address).status_code == 403
        listed = admin.get(reverse("admin:fundadmin_user_changelist")).content.decode()
        assert person.email in listed
        assert User.objects.system().email not in listed

    def test_deletes_a_second_factor_that_was_lost_and_shows_no_secret(self, admin: Client, person: User) -> None:
        app = Authenticator.objects.get(user=person, type="totp")
        page = reverse("admin:mfa_authenticator_change", args=[app.pk])
        assert app.data["secret"] not in admin.get(page).content.decode()
        assert admin.post(page, {"type": "totp"}).status_code == 403
        admin.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})
        assert not Authenticator.objects.filter(pk=app.pk).exists()

    def test_gives_nobody_another_address(self) -> None:
        names = {model._meta.label for model in site._registry}
        assert not names & {"account.EmailAddress", "socialaccount.SocialAccount", "socialaccount.SocialApp"}
