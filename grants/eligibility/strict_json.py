"""Frozen dataclasses to JSON and back, refusing everything that isn't exactly what the annotations say.

A leaf. What is read may come from a form, an API call or an old record: every problem is told at once, each
with a pointer to its place (`closures/0/starts_on`).
"""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, NewType, Protocol, TypeAlias, TypeVar, runtime_checkable

from django.utils.translation import gettext_lazy as _

from grants.exceptions import BadInput, Breach

Month = NewType("Month", str)
"""A calendar month, `YYYY-MM`; as strings they sort as months do."""

Json: TypeAlias = object
"""JSON as our records hold it: None, bool, int, str, tuples and mappings of these; no float."""

T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years a date here may have: no charter needs another, and arithmetic on these never leaves the calendar."""

LARGEST = 2**63 - 1
"""The largest number that our database keeps."""

MONTH = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Unreadable(Exception):
    """One value that isn't what its place asks for."""

    def __init__(self, breach: Breach) -> None:
        self.breach = breach


@runtime_checkable
class Checked(Protocol):
    """A dataclass with rules across its fields, checked once each field is readable by itself."""

    def problems(self) -> Iterator[Breach]: ...


def stored_fields(kind: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that JSON holds; `metadata={"stored": False}` keeps one out."""
    return [field for field in dataclasses.fields(kind) if field.metadata.get("stored", True)]


def dump(value: object) -> Any:
    """Return `value` as JSON. A dataclass becomes an object without its fields that are None."""
    if dataclasses.is_dataclass(value):
        fields = ((field.name, getattr(value, field.name)) for field in stored_fields(value))
        return {name: dump(held) for name, held in fields if held is not None}
    if isinstance(value, Mapping):
        return {str(dump(key)): dump(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return [dump(held) for held in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


def load(kind: type[T], data: object) -> T:
    """Read a dataclass of this kind from JSON; raise `BadInput` with every problem."""
    problems: list[Breach] = []
    value = _read_object(kind, data, "", problems)
    if problems:
        raise BadInput(problems)
    return typing.cast("T", value)


def _read_object(kind: type, data: object, pointer: str, problems: list[Breach]) -> Any:
    if not isinstance(data, Mapping):
        problems.append(_not_a(_("an object with named fields"), data, pointer))
        return None
    before = len(problems)
    hints = _hints(kind)
    values = {}
    for field in stored_fields(kind):
        if field.name in data:
            values[field.name] = _read(hints[field.name], data[field.name], _join(pointer, field.name), problems)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(Breach("missing", _("This field is required."), {}, _join(pointer, field.name)))
    for name in data:
        if name not in hints:
            expected = ", ".join(hints) or "-"
            message = _("“%(name)s” is not a field here; the fields are: %(expected)s.")
            params = {"name": name, "expected": expected}
            problems.append(Breach("unknown_field", message, params, _join(pointer, str(name))))
    if len(problems) > before:
        return None
    value = kind(**values)
    if isinstance(value, Checked):
        problems += [dataclasses.replace(breach, pointer=_join(pointer, breach.pointer)) for breach in value.problems()]
    return value


def _read(hint: Any, data: object, pointer: str, problems: list[Breach]) -> Any:
    """Read one value; on a problem note it and return None (what is built from it is then thrown away)."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Json:
        return _frozen(data, pointer, problems)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _read(arguments[0], data, pointer, problems)
    if origin is tuple:
        if not isinstance(data, list | tuple):
            problems.append(_not_a(_("a list"), data, pointer))
            return None
        return tuple(_read(arguments[0], item, _join(pointer, str(rank)), problems) for rank, item in enumerate(data))
    if origin is Mapping:
        if not isinstance(data, Mapping):
            problems.append(_not_a(_("an object with named fields"), data, pointer))
            return None
        return {
            _read(arguments[0], key, _join(pointer, str(key)), problems): _read(
                arguments[1], item, _join(pointer, str(key)), problems
            )
            for key, item in data.items()
        }
    if dataclasses.is_dataclass(hint):
        return _read_object(typing.cast("type", hint), data, pointer, problems)
    try:
        return _read_plain(hint, data, pointer)
    except Unreadable as error:
        problems.append(error.breach)
        return None


def _read_plain(hint: Any, data: object, pointer: str) -> object:
    if hint is bool:
        if isinstance(data, bool):
            return data
        raise Unreadable(_not_a(_("true or false"), data, pointer))
    if hint is int:
        return _count(data, pointer)
    if not isinstance(data, str):
        raise Unreadable(_not_a(_("a text"), data, pointer))
    if hint is date:
        return _day(data, pointer)
    if hint is Month:
        if MONTH.fullmatch(data):
            return data
        raise Unreadable(_not_a(_("a month written YYYY-MM, between 1900 and 2199"), data, pointer))
    if hint is not str:
        return _choice(hint, data, pointer)
    return data


def _count(data: object, pointer: str) -> int:
    """Nothing that a charter or a fact counts is negative, and true is no number."""
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise Unreadable(_not_a(_("a whole number, 0 or more"), data, pointer))
    if data > LARGEST:
        raise Unreadable(too_large(pointer))
    return data


def _day(data: str, pointer: str) -> date:
    try:
        if DAY.fullmatch(data) and FIRST_YEAR <= int(data[:4]) <= LAST_YEAR:
            return date.fromisoformat(data)
    except ValueError:
        pass
    raise Unreadable(_not_a(_("a date written YYYY-MM-DD, between 1900 and 2199"), data, pointer))


def _choice(kind: type[Enum], data: str, pointer: str) -> Enum:
    try:
        return kind(data)
    except ValueError:
        expected = ", ".join(str(member.value) for member in kind)
        message = _("“%(value)s” is not one of: %(expected)s.")
        raise Unreadable(Breach("unknown_choice", message, {"value": data, "expected": expected}, pointer)) from None


def _frozen(data: object, pointer: str, problems: list[Breach]) -> Json:
    if isinstance(data, Mapping):
        return {str(key): _frozen(item, _join(pointer, str(key)), problems) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return tuple(_frozen(item, _join(pointer, str(rank)), problems) for rank, item in enumerate(data))
    if data is None or isinstance(data, bool | int | str):
        return data
    problems.append(_not_a(_("a text, a whole number, a list or an object"), data, pointer))
    return None


def _not_a(expected: Any, data: object, pointer: str) -> Breach:
    message = _("“%(value)s” can't be read here: %(expected)s is expected.")
    return Breach("unreadable", message, {"value": _shown(data), "expected": expected}, pointer)


def _shown(data: object) -> str:
    try:
        return str(data)[:60]
    except ValueError:  # Python writes no number of more than 4300 digits.
        return "…"


def too_large(pointer: str) -> Breach:
    """The breach of a number that can't be kept; the number itself may be too long to be shown."""
    return Breach("unreadable", _("This number is too large to be kept."), {}, pointer)


def _join(pointer: str, name: str) -> str:
    return f"{pointer}/{name}" if pointer and name else pointer or name


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    """The annotations of a dataclass's stored fields."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in stored_fields(kind)}
