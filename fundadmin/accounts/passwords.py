"""CNIL's rule for passwords (délibération 2022-100): 80 bits, by length and classes of characters, or by many words.

Nobody is made to change a password from time to time.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SHORT: Final = 12
"""Characters, where all four classes are there."""
LONG: Final = 14
"""Characters, where three classes are there."""
WORDS: Final = 7
LETTERS: Final = 2
"""What a word has at least."""
CLASSES: Final = 4


class StrongEnough:
    """12 characters of four classes, 14 of three, or a phrase of seven different words."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django passes it
        if is_strong(password):
            return
        raise ValidationError(sentence(password), code="password_too_weak")

    def get_help_text(self) -> "str | _StrPromise":
        return _(
            "At least 12 characters with lower-case letters, capitals, digits and special characters; or 14 with three"
            " of these; or a phrase of 7 different words."
        )


def is_strong(password: str) -> bool:
    classes = CLASSES - len(list(missing_classes(password)))
    return (
        (classes == CLASSES and len(password) >= SHORT)
        or (classes == CLASSES - 1 and len(password) >= LONG)
        or len(words_of(password)) >= WORDS
    )


def words_of(password: str) -> set[str]:
    """The different words: whatever separates them, and however they are capitalised."""
    spaced = "".join(character if character.isalpha() else " " for character in password)
    return {word.casefold() for word in spaced.split() if len(word) >= LETTERS}


def missing_classes(password: str) -> Iterator[str]:
    """The classes of characters that a password has none of, in words."""
    if not any(character.islower() for character in password):
        yield _("a lower-case letter")
    if not any(character.isupper() for character in password):
        yield _("a capital letter")
    if not any(character.isdigit() for character in password):
        yield _("a digit")
    if all(character.islower() or character.isupper() or character.isdigit() for character in password):
        yield _("a special character")


def sentence(password: str) -> str:
    """All that is missing to the shortest strong password, and the two other ways."""
    missing = list(missing_classes(password))
    # With one class missing, length makes up for it; with none, only length is missing.
    short_of = SHORT - len(password)
    if short_of > 0:
        count = ngettext("%(count)d character", "%(count)d characters", short_of) % {"count": short_of}
        missing.insert(0, count)
    return _(
        "This password is too weak. It lacks %(missing)s. Or choose 14 characters with three of these kinds"
        " (lower-case letters, capitals, digits, special characters), or a phrase of 7 different words."
    ) % {"missing": get_text_list(missing, _("and"))}
