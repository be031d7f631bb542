"""Fields that take what they say and nothing that only looks like it: no "12" for 12, no 1 for true, no 12.0 cents.

A body's unknown names are refused: a misspelt field that was silently left out would change what is asked.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumber(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Cents(WholeNumber):
    """Integer cents of the fund's currency."""

    default_error_messages: ClassVar = {"invalid": _("An amount is a whole number of cents.")}


class YesNo(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class Identifier(serializers.UUIDField):
    """A UUID as we write it; other spellings of the same number are refused."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not UUID_TEXT.fullmatch(data):
            self.fail("invalid", value=data)
        return UUID(data)


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


@extend_schema_field(
    {"type": "object", "propertyNames": {"format": "uuid"}, "additionalProperties": {"type": "integer"}}
)
class CentsByLine(serializers.DictField):
    """{line id: cents}."""

    child = Cents()
    default_error_messages: ClassVar = {
        "line": _("“%(line)s” is not the identifier of a line."),
        "twice": _("A line is given twice."),
    }

    def to_internal_value(self, data: Any) -> dict[UUID, int]:
        read: Mapping[str, int] = super().to_internal_value(data)
        bad = {
            line: [self.error_messages["line"] % {"line": line[:60]}] for line in read if not UUID_TEXT.fullmatch(line)
        }
        if bad:
            raise serializers.ValidationError(bad)
        amounts = {UUID(line): cents for line, cents in read.items()}
        if len(amounts) < len(read):
            self.fail("twice")
        return amounts


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonObject(serializers.JSONField):
    """Any JSON object: what it may hold is judged where it is read."""

    default_error_messages: ClassVar = {"object": _("This must be a JSON object.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("object")
        return data


# A request's body: refuses the names it doesn't know. No docstring: each of its children would be described by it.
class Asked(serializers.Serializer[Any]):
    default_error_messages: ClassVar = {"unknown": _("There is no such field here: check its spelling.")}

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        if not unknown:
            return super().to_internal_value(data)
        found: dict[Any, Any] = {name: [self.error_messages["unknown"]] for name in unknown}
        try:
            super().to_internal_value(data)
        except serializers.ValidationError as error:
            # All reasons at once.
            found |= error.detail if isinstance(error.detail, dict) else {}
        raise serializers.ValidationError(found, code="unknown")
