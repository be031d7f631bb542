"""JSON bodies of a bounded size: the parser reads the stream itself, past Django's own limit."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser

from fundadmin.errors import TooLarge


class BoundedJSONParser(JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if not length.isdigit() or int(length) > limit:
            raise TooLarge(_("A JSON request has at most %(limit)s bytes.") % {"limit": limit})
        return super().parse(stream, media_type, parser_context)
