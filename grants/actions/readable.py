"""Whether what an action is asked can be kept at all: looked at before it is hashed, looked up or written.

Callers send what forms and API calls hold. What no row could keep is refused here, all of it at once, each with a
pointer to its place; what the rules say of it comes later.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.eligibility.strict_json import FIRST_YEAR, LARGEST, LAST_YEAR, too_large
from grants.exceptions import BadInput, Breach

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

KEY_LIMIT: Final = 200  # characters
LOST: Final = Breach("unreadable", _("Something in this request is too long, or can't be kept: shorten or retype it."))
"""For what only the database noticed."""


def unreadable(request: Mapping[str, object]) -> list[Breach]:
    """What can't be kept of a request: texts, whole numbers, dates, and lists and mappings of these.

    Whatever is named `..._cents`, and each of the `amounts`, is an integer: a text, a fraction or a yes is none.
    """
    return list(_in_mapping(request, "", amounts=False))


def check_readable(key: str, on: date | None, request: Mapping[str, object]) -> None:
    """Raise BadInput with all that can't be kept of a request, and for an unusable key."""
    found = unusable_key(key) + unreadable({"key": key, "on": on, **request})
    if found:
        raise BadInput(found)


def unusable_key(key: object) -> list[Breach]:
    if isinstance(key, str) and 0 < len(key) <= KEY_LIMIT:
        return []
    message = _("An action needs a key of its own, of 1 to %(limit)s characters.")
    return [Breach("key", message, {"limit": KEY_LIMIT}, "key")]


def too_long(model: type[models.Model], field: str, text: str, pointer: str) -> list[Breach]:
    """Whether a text is longer than its column."""
    limit = cast("models.CharField[str, str]", model._meta.get_field(field)).max_length
    if limit is None or len(text) <= limit:
        return []
    return [Breach("too_long", _("This text has at most %(limit)s characters."), {"limit": limit}, pointer)]


def _in_mapping(held: Mapping[Any, object], place: str, *, amounts: bool) -> Iterator[Breach]:
    for name, value in held.items():
        pointer = f"{place}{_shown(name)}"
        if not isinstance(name, str):
            yield _refused(pointer, _("A name is a text."))
            continue
        yield from _in_text(name, pointer)
        # Evidence is by the fact's name, and no amount for an amount's.
        named_amount = name.endswith("_cents") and value is not None and not place.endswith("evidence/")
        if amounts or named_amount:
            yield from _in_amount(value, pointer)
        else:
            yield from _in_value(value, pointer, amounts=name == "amounts")


def _in_value(value: object, pointer: str, *, amounts: bool = False) -> Iterator[Breach]:
    if isinstance(value, str):
        yield from _in_text(value, pointer)
    elif isinstance(value, int):  # a yes or no too
        yield from _in_number(value, pointer)
    elif isinstance(value, date) and not isinstance(value, datetime):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            message = _("A date lies between %(first)s and %(last)s.")
            yield Breach("unreadable", message, {"first": FIRST_YEAR, "last": LAST_YEAR}, pointer)
    elif isinstance(value, Mapping):
        yield from _in_mapping(value, f"{pointer}/", amounts=amounts)
    elif isinstance(value, list | tuple):
        for rank, item in enumerate(value):
            yield from _in_value(item, f"{pointer}/{rank}")
    elif value is not None:
        yield _refused(pointer, _("This is no text, whole number, date, list or object."))


def _in_text(text: str, pointer: str) -> Iterator[Breach]:
    """PostgreSQL keeps no NUL, and UTF-8 has no place for half of a surrogate pair."""
    if "\0" in text or _encoded(text) != text:
        yield _refused(pointer, _("This text holds a character that can't be kept: type it again."))


def _in_number(number: int, pointer: str) -> Iterator[Breach]:
    if not -LARGEST <= number <= LARGEST:
        yield too_large(pointer)


def _in_amount(cents: object, pointer: str) -> Iterator[Breach]:
    if isinstance(cents, int) and not isinstance(cents, bool):
        yield from _in_number(cents, pointer)
    else:
        yield _refused(pointer, _("An amount is a whole number of cents."))


def _refused(pointer: str, message: "_StrPromise") -> Breach:
    return Breach("unreadable", message, {}, pointer)


def _shown(name: object) -> str:
    """A name as a pointer may hold it."""
    return _encoded(str(name)[:60]).replace("\0", "")


def _encoded(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
