"""What is looked for in a PDF: scripts and programs it would start, what hides them, whether it is whole. A leaf.

Names may be written with escapes (`/J#61vaScript`) and objects packed into streams, so both are undone first. Files
inside a PDF are let through: invoices have them (Factur-X), and no reader opens one by itself.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.file_checks.kinds import Text
from grants.file_checks.office import LOCKED

TAIL: Final = 1024  # bytes in which readers look for the end
HEADER: Final = 4096  # bytes in which a stream follows its dictionary
PACKED_LIMIT: Final = 20_000  # streams of objects, each of a hundred or so
FIRST_STEP: Final = 1024  # bytes
UNPACKED_LIMIT: Final = 64 * 1024**2  # bytes, of all packed objects together


def _names(*words: bytes) -> re.Pattern[bytes]:
    """A pattern of PDF names, each of their letters as such or escaped, in digits of either case."""
    written = (b"".join(_letter(code) for code in word) for word in words)
    return re.compile(b"/(?:" + b"|".join(written) + rb")(?![A-Za-z0-9])")


def _letter(code: int) -> bytes:
    digits = "".join(f"[{digit}{digit.upper()}]" for digit in f"{code:02x}")
    return f"(?:{chr(code)}|#{digits})".encode()


ACTIVE: Final = _names(b"JavaScript", b"Launch", b"RichMedia")
PACKED: Final = _names(b"ObjStm")
ENCRYPTED: Final = _names(b"Encrypt")
STREAM: Final = re.compile(rb"stream\r?\n")


def pdf_problems(content: bytes) -> Iterator[tuple[str, Text]]:
    if b"%%EOF" not in content[-TAIL:]:
        yield "document_damaged", CUT
    if ENCRYPTED.search(content):
        yield "document_locked", LOCKED
        return
    active = ACTIVE.search(content) is not None
    left = UNPACKED_LIMIT
    for nth, packed in enumerate(_packed_objects(content)):
        unpacked = _unpacked(packed, left) if nth < PACKED_LIMIT else None
        if unpacked is None:
            yield "document_locked", UNREADABLE
            return
        left -= len(unpacked)
        active = active or ACTIVE.search(unpacked) is not None
    if active:
        yield "document_active", WITH_SCRIPTS


def _packed_objects(content: bytes) -> Iterator[memoryview]:
    """The streams in which objects are packed, from their first byte on; the file's end where none follows."""
    view = memoryview(content)
    for found in PACKED.finditer(content):
        stream = STREAM.search(content, found.end(), found.end() + HEADER)
        yield view[stream.end() if stream else len(content) :]


def _unpacked(packed: memoryview, limit: int) -> bytes | None:
    """None where it is packed in another way, damaged, or larger than the limit."""
    unpacking = zlib.decompressobj()
    parts, size, at, step = [], 0, 0, FIRST_STEP
    while not unpacking.eof:
        piece = packed[at : at + step]
        try:
            parts.append(unpacking.decompress(piece, limit - size + 1))
        except zlib.error:
            return None
        size += len(parts[-1])
        if not piece or size > limit:
            return None
        # Small at first: of many small streams, each would otherwise be handed the rest of the file.
        at, step = at + step, step * 2
    return b"".join(parts)


CUT = _("“%(name)s” is not complete: its end is missing. Send it again from the original.")
UNREADABLE = _("“%(name)s” is packed in a way that can't be checked: print it to PDF again.")
WITH_SCRIPTS = _(
    "“%(name)s” holds a script or starts a program, as forms do: print it to PDF (“Print”, then “Save as PDF”) and"
    " attach that."
)
