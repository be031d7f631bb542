"""The demo's second factors: the code is shown to demo accounts where DEBUG is true, and never else."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from fundadmin.accounts import demo
from fundadmin.models import User
from tests.accounts import PASSWORD, code_of, enrol, prove

pytestmark = pytest.mark.django_db
BANNER = "Démonstration"


def account(email: str) -> User:
    person = User.objects.create_user(email, PASSWORD, full_name="Une personne")
    prove(person)
    return person


@pytest.fixture
def demo_account(settings: LazySettings) -> User:
    """A demo account with its second factor, as the demo makes it."""
    settings.DEBUG = True
    person = account(f"essai@cma.{demo.DOMAIN}")
    demo.enrol(person)
    return person


def code_page(person: User) -> tuple[Client, str]:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    return client, client.get(reverse("mfa_authenticate")).content.decode()


def test_the_code_is_shown_and_opens(demo_account: User) -> None:
    client, page = code_page(demo_account)
    code = code_of(demo_account)
    assert BANNER in page
    assert code in page
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert answer.headers["Location"] == reverse("grants:home")


def test_outside_debug_it_is_not(demo_account: User, settings: LazySettings) -> None:
    settings.DEBUG = False
    _client, page = code_page(demo_account)
    assert BANNER not in page
    assert code_of(demo_account) not in page
    assert demo.current_code(demo_account) is None
    with pytest.raises(ValueError, match="no demo account"):
        demo.enrol(demo_account)


def test_nobody_elses_is(settings: LazySettings) -> None:
    settings.DEBUG = True
    for email in ("vraie@exemple.invalid", f"vraie@un{demo.DOMAIN}"):
        person = account(email)
        enrol(person)
        _client, page = code_page(person)
        assert BANNER not in page
        with pytest.raises(ValueError, match="no demo account"):
            demo.enrol(person)


def test_a_second_factor_of_ones_own_is_not(settings: LazySettings) -> None:
    settings.DEBUG = True
    person = account(f"autre@{demo.DOMAIN}")
    assert demo.current_code(person) is None
    Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": encrypt("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")}
    )
    _client, page = code_page(person)
    assert BANNER not in page


def test_the_secret_is_the_same_each_time(demo_account: User) -> None:
    assert demo.secret_of(demo_account.email) == demo.secret_of(demo_account.email)
    assert demo.secret_of(demo_account.email) != demo.secret_of(f"b@{demo.DOMAIN}")
    demo.enrol(demo_account)
    assert Authenticator.objects.count() == 1
