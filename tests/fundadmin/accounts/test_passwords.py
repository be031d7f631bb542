"""CNIL's rule: 12 characters of four classes, 14 of three, or a phrase of seven words; and its sentence."""

import string

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from fundadmin.accounts.passwords import StrongEnough, is_strong, sentence, words_of
from fundadmin.models import User

CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!?-_ €")


def of_classes(count: int, size: int) -> st.SearchStrategy[str]:
    """Passwords of exactly these many classes and characters, in any order."""

    def build(classes: list[str]) -> st.SearchStrategy[str]:
        one_each = [st.sampled_from(characters) for characters in classes]
        rest = st.lists(st.sampled_from("".join(classes)), min_size=size - count, max_size=size - count)
        return st.tuples(st.tuples(*one_each), rest).flatmap(
            lambda parts: st.permutations([*parts[0], *parts[1]]).map("".join)
        )

    return st.lists(st.sampled_from(CLASSES), min_size=count, max_size=count, unique=True).flatmap(build)


@given(of_classes(4, 12))
def test_twelve_characters_of_four_classes_will_do(password: str) -> None:
    assert is_strong(password)


@given(of_classes(4, 11))
def test_eleven_will_not(password: str) -> None:
    assert not is_strong(password)


@given(of_classes(3, 14))
def test_fourteen_characters_of_three_classes_will_do(password: str) -> None:
    assert is_strong(password)


@given(of_classes(3, 13).filter(lambda password: len(words_of(password)) < 7))
def test_thirteen_of_three_will_not(password: str) -> None:
    assert not is_strong(password)


@given(of_classes(2, 40).filter(lambda password: len(words_of(password)) < 7))
def test_length_does_not_make_up_for_two_classes(password: str) -> None:
    assert not is_strong(password)


@given(st.text(max_size=40), st.text(max_size=10))
def test_more_characters_never_weaken(password: str, more: str) -> None:
    if is_strong(password) and more[:1] and not more[0].isalpha():
        assert is_strong(password + more)


@given(st.text(max_size=60))
def test_weak_is_what_has_a_sentence(password: str) -> None:
    if is_strong(password):
        StrongEnough().validate(password)
        return
    with pytest.raises(ValidationError) as refusal:
        StrongEnough().validate(password)
    assert refusal.value.messages == [sentence(password)]


@pytest.mark.parametrize(
    ("password", "strong"),
    [
        ("", False),
        ("un deux trois quatre cinq six sept", True),
        ("un deux trois quatre cinq six", False),
        ("mot mot mot mot mot mot mot", False),  # seven words, but one
        ("un-deux-trois-quatre-cinq-six-sept", True),
        ("été chat lune pomme vélo nuage route", True),
        ("Motdepasse-12", True),
        ("Motdepasse12", False),
        ("MOTDEPASSE-12", False),
        ("日本語日本語日本語日本語", False),
    ],
)
def test_examples(password: str, *, strong: bool) -> None:
    assert is_strong(password) is strong


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("chat", "8 caractères, une majuscule, un chiffre et un caractère spécial"),
        ("Chaton-1234", "1 caractère"),
        ("chatonchaton1", "une majuscule et un caractère spécial"),
        ("CHATONCHATON-1", None),
        ("12345678901", "1 caractère, une minuscule, une majuscule et un caractère spécial"),
    ],
)
def test_the_sentence_says_all_that_is_missing(password: str, missing: str | None) -> None:
    with translation.override("fr"):
        assert is_strong(password) if missing is None else f"Il lui manque {missing}." in sentence(password)


def test_common_ones_and_the_own_address_are_refused_too() -> None:
    person = User(email="personne.martin@exemple.invalid", full_name="Personne Martin")
    with pytest.raises(ValidationError) as refusal:
        validate_password("Personne.martin@exemple1.invalid", person)
    assert [error.code for error in refusal.value.error_list] == ["password_too_similar"]
    with pytest.raises(ValidationError) as refusal:
        validate_password("password", person)
    assert [error.code for error in refusal.value.error_list] == ["password_too_common", "password_too_weak"]
    validate_password("Azerty-123456789", person)
