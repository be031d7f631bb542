"""The letters' typeface, embedded: Source Sans Pro, with French, Greek, Cyrillic and figures of one width.

What somebody typed may hold what no typeface has: `printable` says the same as nearly as it can.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from xml.sax.saxutils import escape

from anyascii import anyascii

FACES: Final[Mapping[str, str]] = {
    "Letter": "SourceSansPro-Regular",
    "Letter-Bold": "SourceSansPro-Semibold",
}
PLAIN, BOLD = FACES
UNKNOWN: Final = "?"
SAID_OTHERWISE: Final = {"\u2010": "-", "\u2011": "-", "\u2212": "-"}
SILENT: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Mn", "Me", "Sk", "So"})
"""Pictures, joiners, marks of direction and stray accents: a name reads as well without."""


@cache
def register() -> None:
    """Make the faces known to reportlab, once per process."""
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    folder = files("font_source_sans_pro").joinpath("files")
    for name, file in FACES.items():
        registerFont(TTFont(name, str(folder.joinpath(f"{file}.ttf"))))
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def width(text: str, size: int, face: str = PLAIN) -> int:
    """How wide a text is drawn, in points, rounded up."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    register()
    return int(stringWidth(text, face, size)) + 1


class Known(dict[int, str]):
    """Character -> what is drawn for it, looked up once; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = drawn = _drawn(chr(code))
        return drawn


KNOWN: Final = Known()


def _drawn(character: str) -> str:
    if character.isspace() and character not in "\u00a0\u202f":
        return " "
    glyphs = _glyphs()
    if ord(character) in glyphs:
        return character
    if character in SAID_OTHERWISE:
        return SAID_OTHERWISE[character]
    plain = unicodedata.normalize("NFKD", character)
    kept = "".join(one for one in plain if ord(one) in glyphs and unicodedata.category(one) != "Mn")
    # As nearly as Latin letters say it, which its bearer reads; never a letter that this typeface lacks too.
    return kept or ("" if unicodedata.category(character) in SILENT else anyascii(character) or UNKNOWN)


@cache
def _glyphs() -> frozenset[int]:
    """The characters that every face has."""
    from reportlab.pdfbase.pdfmetrics import getFont

    register()
    return frozenset.intersection(*(frozenset(getFont(name).face.charToGlyph) for name in FACES))


def printable(value: object) -> str:
    """A text with nothing in it that the typeface can't draw."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return " ".join(filter(None, unicodedata.normalize("NFC", text).translate(KNOWN).split(" ")))


class Strong(str):
    """What a sentence says in bold."""

    __slots__ = ()


def flowing(text: object) -> str:
    """A text with nothing in it that is taken for a mark."""
    return escape(printable(text))


def unbroken(text: object) -> str:
    """As `flowing`, for reportlab's own paragraphs: they would break a line within an amount, at its narrow space."""
    return flowing(text).replace("\u202f", "\u00a0")


def sentence(words: object, **said: object) -> str:
    """A sentence of ours with what it says put in; what is `Strong` stands out."""
    shown = {
        name: f"<b>{flowing(value)}</b>" if isinstance(value, Strong) else flowing(value)
        for name, value in said.items()
    }
    return flowing(words) % shown if said else flowing(words)
