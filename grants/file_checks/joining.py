"""The files of one paper, joined to one PDF: photos from a phone, scans, PDFs. A leaf.

A photo is read and written anew: upright, no larger than a page needs, and nothing but the picture; where and by
which device it was taken is left out. The same files give the same bytes, so a request sent twice is known for one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from grants.exceptions import BadInput, Breach
from grants.file_checks.kinds import HEIC, JPEG, PDF, PNG, TIFF, FileKind, kind_of
from grants.file_checks.names import NAME_LIMIT, clean_name

if TYPE_CHECKING:
    from PIL import Image
    from pypdf import PdfReader, PdfWriter

PHOTOS: Final = (JPEG, PNG, HEIC, TIFF)
DECODERS: Final = ("JPEG", "PNG", "HEIF", "TIFF")
FILE_LIMIT: Final = 20
PAGE_LIMIT: Final = 60
TREE_LIMIT: Final = 4 * PAGE_LIMIT
"""Places of a PDF's page tree, its pages among them: a scanner or an office program makes few that are no page."""
PIXEL_LIMIT: Final = 50_000_000
"""A phone takes 12 to 48 million; unpacked, one takes three bytes."""
LONG_SIDE: Final = 2200  # pixels: small print on a sheet of A4 stays readable
QUALITY: Final = 80
A4_WIDTH, A4_HEIGHT = 827, 1169  # hundredths of an inch


@dataclass(frozen=True, slots=True)
class Part:
    """A file as it came."""

    name: str
    content: bytes

    @property
    def kind(self) -> FileKind | None:
        return kind_of(self.content)

    def refused(self, code: str, message: Any, **params: object) -> Breach:
        return Breach(code, message, {"name": clean_name(self.name), **params}, "content")


def join(parts: Sequence[Part], name: str) -> Part:
    """One document of all the files, in their order, called `name` (without extension).

    A single file that is no photo stays as it is, byte for byte: a signature in it still holds.
    Raises BadInput with what is wrong with each, up to the first PDF that can't be taken: reading on could cost as much
    again for each of the others.
    """
    if len(parts) == 1 and parts[0].kind not in PHOTOS:
        return parts[0]
    if len(parts) > FILE_LIMIT:
        raise BadInput([Breach("too_many_files", TOO_MANY_FILES, {"limit": FILE_LIMIT}, "content")])
    from pypdf import PdfWriter

    known = [part for part in parts if part.kind == PDF or part.kind in PHOTOS]
    found = [part.refused("document_not_joined", NOT_JOINED) for part in parts if part not in known]
    writer = PdfWriter()
    for part in known:
        try:
            _add(writer, part)
        except Refused as refusal:
            found.append(refusal.breach)
            if part.kind == PDF or len(writer.pages) > PAGE_LIMIT:
                break
    if found:
        raise BadInput(found)
    joined = BytesIO()
    writer.write(joined)
    return Part(f"{clean_name(name)[: NAME_LIMIT - len('.pdf')]}.pdf", joined.getvalue())


class Refused(Exception):
    """A file that can't be joined."""

    def __init__(self, breach: Breach) -> None:
        self.breach = breach


def _add(writer: "PdfWriter", part: Part) -> None:
    try:
        if part.kind == PDF:
            writer.append(_opened(part, PAGE_LIMIT - len(writer.pages)), import_outline=False)
        else:
            for page in _pages(part):
                writer.append(BytesIO(page), import_outline=False)
    except Refused:
        raise
    except Exception as error:  # A decoder fails on damaged or hostile bytes in any way it likes.
        raise Refused(part.refused("document_damaged", UNREADABLE)) from error
    if len(writer.pages) > PAGE_LIMIT:
        raise _too_long(part)


def _opened(part: Part, room: int) -> "PdfReader":
    """A PDF of at most `room` pages, counted before pypdf walks to each as often as it is named."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(part.content))
    if not pages_fit(reader, room):
        raise _too_long(part)
    return reader


def pages_fit(reader: "PdfReader", room: int) -> bool:
    """Whether a PDF has at most `room` pages, in at most TREE_LIMIT places of its tree.

    Raises ValueError where a part of the tree comes twice, as in one that holds itself: few bytes would name pages
    without end.
    """
    from pypdf.generic import ArrayObject, DictionaryObject

    pages, seen = 0, set()
    left = [reader.root_object.raw_get("/Pages")]
    for _place in range(TREE_LIMIT):
        if not left:
            return pages <= room
        node = left.pop().get_object()
        if not isinstance(node, DictionaryObject) or "/Kids" not in node:
            pages += 1
            continue
        if id(node) in seen:  # The reader keeps what it read: the same part is the same object.
            raise ValueError("a part of the page tree comes twice")
        seen.add(id(node))
        kids = node["/Kids"].get_object()
        if not isinstance(kids, ArrayObject):
            raise ValueError("a part of the page tree lists nothing")  # noqa: TRY004 - of the file, not of a program
        left += kids
    return False


def _pages(part: Part) -> Iterator[bytes]:
    """Each picture of a file (a scan may hold several) as a PDF of one page."""
    from PIL import Image, ImageSequence
    from pillow_heif import register_heif_opener

    register_heif_opener()
    try:
        image = Image.open(BytesIO(part.content), formats=DECODERS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(_too_large(part)) from error
    if getattr(image, "n_frames", 1) > PAGE_LIMIT:
        raise _too_long(part)
    for frame in ImageSequence.Iterator(image):
        # Its size is known before anything is unpacked.
        if frame.width * frame.height > PIXEL_LIMIT:
            raise Refused(_too_large(part))
        yield _page(frame)


def _page(image: "Image.Image") -> bytes:
    from PIL import Image, ImageOps

    # A JPEG can be read at half its size or less, for a fraction of the memory.
    image.draft("RGB", (LONG_SIDE, LONG_SIDE))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    # A new picture: what else the file holds stays behind.
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    width, height = sorted(page.size)
    dots_per_inch = max(1, -(-width * 100 // A4_WIDTH), -(-height * 100 // A4_HEIGHT))
    written = BytesIO()
    page.save(written, "PDF", resolution=dots_per_inch, quality=QUALITY, creationDate=None, modDate=None)
    return written.getvalue()


def _too_long(part: Part) -> Refused:
    return Refused(part.refused("too_many_pages", TOO_MANY_PAGES, limit=PAGE_LIMIT))


def _too_large(part: Part) -> Breach:
    return part.refused("too_many_pixels", TOO_MANY_PIXELS, limit=PIXEL_LIMIT // 1_000_000)


NOT_JOINED = _("“%(name)s” can't be joined to others: attach it by itself, or save it as a PDF first.")
UNREADABLE = _("“%(name)s” can't be read: it is damaged or not complete. Take the photo again, or send another file.")
TOO_MANY_PIXELS = _("“%(name)s” has more than %(limit)s million pixels: choose a smaller size and take it again.")
TOO_MANY_PAGES = _("With “%(name)s” the document has more than %(limit)s pages: send it in several parts.")
TOO_MANY_FILES = _("A document is made of at most %(limit)s files: send it in several parts.")
