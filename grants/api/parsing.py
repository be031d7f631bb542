"""JSON bodies of a bounded size, read strictly: no name twice, no NaN, not nested without end."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

from fundadmin.errors import TOO_LARGE, TooLarge


class BoundedJSONParser(JSONParser):
    """The parser reads the stream itself, past Django's own limit."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's to give
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if not length.isdigit() or int(length) > limit:
            raise TooLarge(TOO_LARGE % {"limit": limit})
        try:
            read = json.loads(stream.read().decode(), object_pairs_hook=each_name_once, parse_constant=strict_constant)
            # Half of a surrogate pair, in a name or a text, could be neither kept nor said back.
            json.dumps(read, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError(_("This JSON holds half of a character.")) from error
        except ValueError as error:
            raise ParseError(_("This is no JSON: %(error)s.") % {"error": error}) from error
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        return read


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as it is written. Raises ParseError for a name given twice, since nobody knows which one is meant."""
    read: dict[str, Any] = {}
    for name, value in pairs:
        if name in read:
            told = name[:60].encode(errors="backslashreplace").decode()
            raise ParseError(_("“%(name)s” is given twice in one object.") % {"name": told})
        read[name] = value
    return read
