"""Text in ISO-8859-15, strictly: what it can't write is put in letters that it can, never dropped in silence."""

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

from anyascii import anyascii

from grants.fec import ENCODING

TRANSLITERATED: Final = "grants.transliterated"
"""The `errors=` of `str.encode` that does it."""


FORMULA: Final = re.compile(rb"(?<=[\t\n])'*[-=+@]")
"""What a spreadsheet reads as one at the beginning of a field: no amount, number or day of ours begins so."""


def harmless(rows: bytes) -> bytes:
    """Rows whose fields no spreadsheet reckons: inspectors open these files in one. As other exports mark them."""
    return FORMULA.sub(rb"'\g<0>", rows)


def latin(text: str) -> bytes:
    """`text` in ISO-8859-15; each character that isn't in it as the nearest ones that are, or a question mark."""
    return unicodedata.normalize("NFC", text).encode(ENCODING, TRANSLITERATED)


@lru_cache(maxsize=4096)
def nearest(character: str) -> str:
    """What stands for a character: letters of any script in Latin ones. Nothing that a field can't hold."""
    plain = "".join(" " if not letter.isprintable() or letter == "|" else letter for letter in anyascii(character))
    return " " if character.isspace() else plain.strip() or "?"


def _transliterate(error: Any) -> tuple[str, int]:
    return "".join(map(nearest, error.object[error.start : error.end])), error.end


codecs.register_error(TRANSLITERATED, _transliterate)
