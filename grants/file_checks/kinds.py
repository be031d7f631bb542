"""The types of file that are kept, told by their content. A leaf."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias
from zipfile import BadZipFile, ZipFile, is_zipfile

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"

OOXML: Final = "application/vnd.openxmlformats-officedocument"
ODF: Final = "application/vnd.oasis.opendocument"
HEAD: Final = 1024  # bytes; how far readers of PDF and HTML look for their beginning
ZIP_START: Final = b"PK\x03\x04"
PDF_START: Final = b"%PDF-"
HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileKind:
    label: Text
    media_type: str
    extensions: tuple[str, ...]

    @property
    def is_office(self) -> bool:
        return self.media_type.startswith((OOXML, ODF))

    @property
    def is_text(self) -> bool:
        return self.media_type == "text/plain"


PDF = FileKind("PDF", "application/pdf", ("pdf",))
JPEG = FileKind("JPEG", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"))
PNG = FileKind("PNG", "image/png", ("png",))
HEIC = FileKind("HEIC", "image/heic", ("heic", "heif"))
TIFF = FileKind("TIFF", "image/tiff", ("tif", "tiff"))
DOCX = FileKind("Word (DOCX)", f"{OOXML}.wordprocessingml.document", ("docx",))
XLSX = FileKind("Excel (XLSX)", f"{OOXML}.spreadsheetml.sheet", ("xlsx",))
ODT = FileKind("ODT", f"{ODF}.text", ("odt",))
ODS = FileKind("ODS", f"{ODF}.spreadsheet", ("ods",))
TEXT = FileKind(_("plain text or CSV"), "text/plain", ("txt", "csv"))
ACCEPTED: Final = (PDF, JPEG, PNG, HEIC, TIFF, DOCX, XLSX, ODT, ODS, TEXT)

STARTS: Final = (
    (PDF, re.compile(re.escape(PDF_START) + rb"\d")),
    (JPEG, re.compile(rb"\xff\xd8\xff")),
    (PNG, re.compile(rb"\x89PNG\r\n\x1a\n")),
    (HEIC, re.compile(rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL)),
    (TIFF, re.compile(rb"II\*\x00|MM\x00\*")),
)
OFFICE_PARTS: Final = ((DOCX, "word/document.xml"), (XLSX, "xl/workbook.xml"))


def kind_of(content: bytes) -> FileKind | None:
    """What a file is, from its first byte on; None for what isn't kept."""
    for kind, start in STARTS:
        if start.match(content):
            return kind
    if content.startswith(ZIP_START):
        return _office_kind(content)
    return TEXT if _is_text(content) else None


def other_kind_inside(content: bytes, kind: FileKind) -> bool:
    """Whether another program could take the file for something else: an archive at its end, a page at its start."""
    head = content[:HEAD]
    return (
        (not kind.is_office and is_zipfile(BytesIO(content)))
        or (kind != PDF and PDF_START in head)
        or HTML.search(head) is not None
    )


def _office_kind(content: bytes) -> FileKind | None:
    """Which office file a ZIP archive is, from its table of contents; only ODF's first entry is opened."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" in names:
                return next((kind for kind, part in OFFICE_PARTS if part in names), None)
            # ODF's first entry is its type, stored as it is.
            first = entries[0] if entries else None
            if first is None or first.filename != "mimetype" or first.compress_type or first.file_size > HEAD:
                return None
            written = archive.read(first).decode("ascii", "replace")
    except (BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError):
        return None
    return next((kind for kind in (ODT, ODS) if kind.media_type == written), None)


def _is_text(content: bytes) -> bool:
    """UTF-8 or what Windows writes in France, without control characters."""
    if not content or re.search(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]", content):
        return False
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
