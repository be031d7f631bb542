import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from fundadmin.models import SYSTEM_EMAIL, User

pytestmark = pytest.mark.django_db


def test_an_address_is_one_account_however_it_is_capitalised() -> None:
    user = User.objects.create_user(" Marie.Curie@CMA.example ", "radium and polonium", full_name="Marie Curie")
    assert user.email == "marie.curie@cma.example"
    assert authenticate(username="MARIE.CURIE@cma.example", password="radium and polonium") == user
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("marie.curie@CMA.example", full_name="Another")
    with pytest.raises(IntegrityError, match="user_email_is_lower_case"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Marie.Curie@cma.example")


def test_a_form_puts_the_address_in_lower_case() -> None:
    user = User(email="Marie@CMA.example", full_name="Marie")
    user.set_unusable_password()
    user.full_clean()
    assert user.email == "marie@cma.example"
    with pytest.raises(ValidationError):
        User(email="not an address", full_name="Marie").full_clean()


def test_people_are_shown_by_name() -> None:
    assert str(User(email="a@example.org", full_name="Ada")) == "Ada"
    assert str(User(email="a@example.org")) == "a@example.org"


def test_the_system_account_exists_once_and_cannot_log_in() -> None:
    system = User.objects.system()
    assert system.email == SYSTEM_EMAIL
    assert not system.has_usable_password()
    with pytest.raises(IntegrityError, match="user_one_system_account"), transaction.atomic():
        User.objects.create_user("other@example.org", full_name="Other", is_system=True)


def test_a_superuser_may_enter_the_administration_site() -> None:
    superuser = User.objects.create_superuser("root@example.org", "a long enough password", full_name="Root")
    assert superuser.is_staff
    assert superuser.is_superuser
