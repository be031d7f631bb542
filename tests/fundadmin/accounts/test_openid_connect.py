"""Log-in by OpenID Connect, with a real provider on this machine: only known people with a verified address."""

import re
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from fundadmin.models import SignIn, User
from tests.accounts import code_of, enrol, log_in
from tests.factories import open_fund, user
from tests.fundadmin.accounts.signing_provider import SigningProvider, running

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own dependencies
    from oidc_provider_mock import run_server_in_thread

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LOG_IN = "/connexion/oidc/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def _configured(provider: str, settings: LazySettings) -> None:
    app: dict[str, Any] = {
        "provider_id": "oidc",
        "name": "ProConnect (essai)",
        "client_id": "fundadmin",
        "secret": "un secret",
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def return_from(provider: str, claims: dict[str, Any], client: Client) -> Any:
    """Press the button, log in at the provider as somebody with these claims, come back."""
    requests.put(f"{provider}/users/un-sujet", json=claims, timeout=5).raise_for_status()
    away = client.post(LOG_IN)
    assert away.status_code == 302
    assert urlsplit(away.headers["Location"]).netloc == urlsplit(provider).netloc
    back = requests.post(away.headers["Location"], data={"sub": "un-sujet"}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])
    assert address.path == "/connexion/oidc/retour/"
    return client.get(f"{address.path}?{address.query}")


def claims(email: str, *, verified: bool = True) -> dict[str, Any]:
    return {"email": email, "email_verified": verified, "name": "Un nom"}


def is_in(client: Client) -> bool:
    return client.get(reverse("grants:home")).status_code == 200


def test_the_page_offers_it(settings: LazySettings) -> None:
    assert "Se connecter avec ProConnect (essai)" in Client().get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "Se connecter avec" not in Client().get(reverse("account_login")).content.decode()
    assert Client().get(LOG_IN).status_code == 404


def test_a_known_person_gets_in(provider: str) -> None:
    person, client = user(), Client()
    answer = return_from(provider, claims(person.email.upper()), client)
    assert answer.headers["Location"] == reverse("grants:home")
    assert is_in(client)
    row = SignIn.objects.get()
    assert (row.outcome, row.user, row.method) == ("success", person, "socialaccount")
    assert not SocialAccount.objects.exists()


def test_the_second_factor_is_asked_all_the_same(provider: str) -> None:
    world = open_fund()
    client = Client()
    answer = return_from(provider, claims(world.payer.email), client)
    assert client.get(answer.headers["Location"]).headers["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    enrol(world.payer)
    client = Client()
    answer = return_from(provider, claims(world.payer.email), client)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(world.payer)})
    assert is_in(client)


@pytest.mark.parametrize("case", ["unknown", "unverified", "no address", "disabled", "system"])
def test_others_are_refused_and_no_account_is_made(provider: str, case: str) -> None:
    person = user(is_active=case != "disabled")
    sent = {
        "unknown": claims("nul@exemple.invalid"),
        "unverified": claims(person.email, verified=False),
        "no address": {"name": "Un nom"},
        "disabled": claims(person.email),
        "system": claims(User.objects.system().email),
    }[case]
    before, client = User.objects.count(), Client()
    answer = return_from(provider, sent, client)
    assert answer.status_code == 403
    assert "Ce compte" in answer.content.decode()
    assert not is_in(client)
    assert User.objects.count() == before
    assert (SignIn.objects.get().outcome, SignIn.objects.get().method) == ("failure", "openid_connect")


def test_the_address_decides_each_time(provider: str) -> None:
    """The same subject with another address is another person."""
    one, other = user(), user()
    return_from(provider, claims(one.email), Client())
    client = Client()
    return_from(provider, claims(other.email), client)
    assert client.session["_auth_user_id"] == str(other.pk)


def test_connecting_an_account_is_logging_in(provider: str) -> None:
    one, other = user(), user()
    client = log_in(Client(), one)
    requests.put(f"{provider}/users/un-sujet", json=claims(other.email), timeout=5)
    away = client.post(f"{LOG_IN}?process=connect")
    back = requests.post(away.headers["Location"], data={"sub": "un-sujet"}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])
    client.get(f"{address.path}?{address.query}")
    assert client.session["_auth_user_id"] == str(other.pk)
    assert not SocialAccount.objects.exists()


def test_a_return_that_nobody_asked_for_is_refused(provider: str) -> None:
    person, client = user(), Client()
    requests.put(f"{provider}/users/un-sujet", json=claims(person.email), timeout=5)
    away = Client().post(LOG_IN)
    back = requests.post(away.headers["Location"], data={"sub": "un-sujet"}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])
    answer = client.get(f"{address.path}?{address.query}")
    assert "La connexion a échoué" in answer.content.decode()
    assert not is_in(client)


def test_who_gives_up_there_is_told(provider: str) -> None:
    client = Client()
    away = client.post(LOG_IN)
    state = re.search(r"state=([^&]+)", away.headers["Location"])
    assert state is not None
    answer = client.get(f"/connexion/oidc/retour/?error=access_denied&state={state[1]}", follow=True)
    assert "Vous avez abandonné la connexion" in answer.content.decode()


def test_a_provider_that_is_away_is_no_traceback(settings: LazySettings) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9/"
    answer = Client().post(LOG_IN)
    assert answer.status_code == 503
    assert "La connexion a échoué" in answer.content.decode()


class TestSignedFacts:
    """ProConnect sends a person's facts signed, and doesn't say that addresses are verified."""

    @pytest.fixture
    def signing(self, settings: LazySettings) -> Iterator[SigningProvider]:
        with running() as provider:
            app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
            app["settings"]["server_url"] = provider.address
            yield provider

    @staticmethod
    def come_back(client: Client) -> Any:
        away = client.post(LOG_IN)
        state = re.search(r"state=([^&]+)", away.headers["Location"])
        assert state is not None
        return client.get(f"/connexion/oidc/retour/?code=x&state={state[1]}")

    def test_are_read(self, signing: SigningProvider) -> None:
        person, client = user(), Client()
        signing.facts = claims(person.email)
        assert self.come_back(client).headers["Location"] == reverse("grants:home")
        assert is_in(client)

    @pytest.mark.parametrize("fault", ["another key", "another audience", "another issuer", "old", "no kid"])
    def test_are_believed_only_with_a_good_signature(self, signing: SigningProvider, fault: str) -> None:
        person, client = user(), Client()
        signing.facts = claims(person.email)
        if fault == "another key":
            signing.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        elif fault == "no kid":
            signing.kid = ""
        else:
            wrong: dict[str, dict[str, Any]] = {
                "another audience": {"aud": "autre"},
                "another issuer": {"iss": "https://autre.invalid"},
                "old": {"exp": 1},
            }
            signing.facts |= wrong[fault]
        assert "La connexion a échoué" in self.come_back(client).content.decode()
        assert not is_in(client)

    def test_an_address_counts_as_verified_where_the_settings_say_so(
        self, signing: SigningProvider, settings: LazySettings
    ) -> None:
        person = user()
        signing.facts = {"email": person.email}
        assert self.come_back(Client()).status_code == 403
        settings.OIDC_EMAIL_IS_VERIFIED = True
        assert self.come_back(Client()).headers["Location"] == reverse("grants:home")
        signing.facts = claims(person.email, verified=False)
        assert self.come_back(Client()).status_code == 403
