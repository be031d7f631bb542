"""What is looked for in an office file (a ZIP archive), from its table of contents. A leaf."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final
from zipfile import ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from grants.file_checks.kinds import Text

ENTRY_LIMIT: Final = 5_000
INFLATED_LIMIT: Final = 300 * 1024**2  # bytes
RATIO_LIMIT: Final = 200  # XML shrinks to a twentieth; a bomb to a thousandth
SMALL: Final = 1024**2  # bytes that no ratio makes a bomb
TYPES_LIMIT: Final = 1024**2  # bytes
ENCRYPTED: Final = 0x1
END_SIZE: Final = 22  # bytes of ZIP's end record before its comment

MACROS: Final = re.compile(
    r"vbaProject\.bin\Z|vbaData\.xml\Z|\A(?:Basic|Scripts)/|/activeX/|/embeddings/oleObject|macrosheets/", re.IGNORECASE
)
ASTRAY: Final = re.compile(r"\A/|\\|(?:\A|/)\.\.(?:/|\Z)|\A[A-Za-z]:")


def office_problems(content: bytes) -> Iterator[tuple[str, Text]]:
    with ZipFile(BytesIO(content)) as archive:
        entries = archive.infolist()
        if _too_much(entries, len(content)):
            yield "document_bomb", BOMB
            return
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            yield "document_locked", LOCKED
            return
        if _hidden_around(content) or any(ASTRAY.search(entry.orig_filename) for entry in entries):
            yield "document_damaged", DAMAGED
        if any(MACROS.search(entry.filename) for entry in entries) or _declares_macros(archive):
            yield "document_macros", WITH_MACROS


def _too_much(entries: Sequence[ZipInfo], size: int) -> bool:
    """More entries or more bytes than any document has; entries that share their bytes count each time."""
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    return (
        len(entries) > ENTRY_LIMIT
        or inflated > INFLATED_LIMIT
        or packed > size
        or any(entry.file_size > max(SMALL, RATIO_LIMIT * entry.compress_size) for entry in entries)
    )


def _hidden_around(content: bytes) -> bool:
    """Whether something follows the archive."""
    end = content.rfind(b"PK\x05\x06")
    comment = int.from_bytes(content[end + 20 : end + END_SIZE], "little")
    return end + END_SIZE + comment != len(content)


def _declares_macros(archive: ZipFile) -> bool:
    try:
        with archive.open("[Content_Types].xml") as types:
            return b"macroenabled" in types.read(TYPES_LIMIT).lower()
    except KeyError:  # ODF has none
        return False


BOMB = _("“%(name)s” would take far more room unpacked than a document does: save it as a PDF and attach that.")
LOCKED = _("“%(name)s” is protected by a password, so it can't be checked: remove the protection or print it to PDF.")
DAMAGED = _("“%(name)s” is damaged or holds something beside the document: save it again, or as a PDF.")
WITH_MACROS = _("“%(name)s” holds macros or embedded programs: save it without them, or as a PDF.")
