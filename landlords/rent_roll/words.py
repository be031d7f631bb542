"""French text made comparable: no accents, no capitals, no punctuation."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys([*range(9), *range(14, 32), 0x7F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def tidy(text: str) -> str:
    """Collapse every kind of space to one blank and drop what can't be seen."""
    if not text.isascii() or not text.isprintable():
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def plain(text: str) -> str:
    """Return `text` in small letters and digits only, words parted by one blank: “N° Bail” -> "n bail"."""
    without_accents = unicodedata.normalize("NFKD", text.replace("%", " pct ").replace("œ", "oe").replace("Œ", "oe"))
    kept = "".join(letter for letter in without_accents.casefold() if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", kept))
