"""Nothing typed is lost: a form that was sent when the session had ended is kept, for its person only."""

import time

import html5lib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from fundadmin.models import User
from grants.models import MailPreference
from tests.accounts import PASSWORD, prove
from tests.factories import user

pytestmark = pytest.mark.django_db

ADDRESS = "/preferences/courriels/"
TYPED = {"frequency": "off", "remarque": "« à garder »"}


@pytest.fixture
def person() -> User:
    found = user(password=PASSWORD)
    prove(found)
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hours pass when a test asks for the fixture by name."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 2 * 3600)


def begin(person: User, client: Client) -> str:
    """Log in; where that leads."""
    address = reverse("account_login") + "?next=" + reverse("kept_form")
    answer = client.post(address, {"login": person.email, "password": PASSWORD, "next": reverse("kept_form")})
    return answer.headers["Location"]


def away(person: User, request: pytest.FixtureRequest) -> Client:
    """Somebody who logged in, and was away for two hours."""
    client = Client()
    begin(person, client)
    request.getfixturevalue("later")
    return client


def test_what_was_typed_is_sent_after_logging_in_again(person: User, request: pytest.FixtureRequest) -> None:
    client = away(person, request)
    refused = client.post(ADDRESS, TYPED)
    assert refused.headers["Location"] == f"{reverse('account_login')}?next={reverse('kept_form').replace('/', '%2F')}"
    assert begin(person, client) == reverse("kept_form")
    page = client.get(reverse("kept_form")).content.decode()
    form = next(
        form for form in html5lib.parse(page, namespaceHTMLElements=False).iter("form") if form.get("action") == ADDRESS
    )
    sent = {field.get("name"): field.get("value") for field in form.iter("input")}
    assert {name: sent[name] for name in TYPED} == TYPED
    # It is there until it is sent, and no longer.
    assert client.get(reverse("kept_form")).status_code == 200
    client.post(ADDRESS, {name: value or "" for name, value in sent.items() if name})
    assert client.get(reverse("kept_form")).headers["Location"] == "/"


def test_it_is_nobody_elses(person: User, request: pytest.FixtureRequest) -> None:
    """At a shared desk somebody else logs in where the session ended."""
    client = away(person, request)
    client.post(ADDRESS, TYPED)
    other = user(password=PASSWORD)
    prove(other)
    begin(other, client)
    assert client.get(reverse("kept_form")).status_code == 302
    begin(person, client)
    assert client.get(reverse("kept_form")).status_code == 302


def test_it_can_be_deleted(person: User, request: pytest.FixtureRequest) -> None:
    client = away(person, request)
    client.post(ADDRESS, TYPED)
    begin(person, client)
    answer = client.post(reverse("kept_form"), follow=True)
    assert "supprimée" in answer.content.decode()
    assert client.get(reverse("kept_form")).status_code == 302


def test_files_are_named_and_not_kept(person: User, request: pytest.FixtureRequest) -> None:
    client = away(person, request)
    client.post(ADDRESS, TYPED | {"paper": SimpleUploadedFile("bail.pdf", b"%PDF")})
    begin(person, client)
    page = client.get(reverse("kept_form")).content.decode()
    assert "bail.pdf" in page
    assert "%PDF" not in page


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        (ADDRESS, {}),
        (ADDRESS, {"text": "x" * 200_001}),
        ("/mot-de-passe/changer/", {"oldpassword": PASSWORD}),
        (ADDRESS, {"password": PASSWORD}),
    ],
    ids=["nothing typed", "too much", "an account's own form", "only a password"],
)
def test_what_is_not_kept(person: User, request: pytest.FixtureRequest, address: str, typed: dict[str, str]) -> None:
    client = away(person, request)
    answer = client.post(address, typed)
    assert answer.headers["Location"].startswith(reverse("account_login"))
    begin(person, client)
    assert client.get(reverse("kept_form")).status_code == 302
    assert PASSWORD not in str(dict(client.session.items()))


def test_htmx_is_led_to_the_log_in_page(person: User, request: pytest.FixtureRequest) -> None:
    client = away(person, request)
    answer = client.post(ADDRESS, TYPED, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))
    begin(person, client)
    assert client.get(reverse("kept_form")).status_code == 200


def test_another_sites_form_is_not_kept(person: User, request: pytest.FixtureRequest) -> None:
    """The check of the form's token comes first."""
    client = Client(enforce_csrf_checks=True)
    token = client.get(reverse("account_login")).cookies["csrftoken"].value
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    request.getfixturevalue("later")
    assert client.post(ADDRESS, TYPED).status_code == 403
    assert "kept_form" not in client.session


@pytest.mark.parametrize(
    ("origin", "kept"), [("http://testserver", True), ("https://evil.example", False), ("null", False), ("", False)]
)
def test_a_form_of_an_earlier_session_is_offered_again(person: User, origin: str, kept: bool) -> None:
    """Logging in again in another tab changes the token; only this site's own pages are believed."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(
        ADDRESS, TYPED | {"csrfmiddlewaretoken": "b" * 32}, headers={"Origin": origin} if origin else {}
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "session antérieure" in page
    assert ("« à garder »" in page) == kept
    assert not MailPreference.objects.exists()
