"""Photos and PDFs joined to one PDF: upright, without what a phone writes into them, and never a bomb."""

import io
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from grants.exceptions import BadInput
from grants.file_checks import examine, joining
from grants.file_checks.joining import FILE_LIMIT, TREE_LIMIT, Part, join
from tests.grants import made_files
from tests.grants.drafting.desk import heic, jpeg, png


def pages_of(content: bytes) -> list[Image.Image]:
    return [image.image for page in PdfReader(io.BytesIO(content)).pages for image in page.images if image.image]


def real_pdf(pages: int = 1) -> bytes:
    writer, written = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(595, 842)
    writer.write(written)
    return written.getvalue()


def tiff(frames: int) -> bytes:
    written = io.BytesIO()
    first, *others = [Image.new("RGB", (40, 60), "blue") for _frame in range(frames)]
    first.save(written, "TIFF", save_all=True, append_images=others)
    return written.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it is a huge picture."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def refusal(*parts: Part) -> list[str]:
    with pytest.raises(BadInput) as refused:
        join(parts, "mandat")
    return refused.value.codes


def test_photos_of_three_phones_become_one_pdf_in_their_order() -> None:
    joined = join([Part("a.jpg", jpeg()), Part("b.heic", heic()), Part("c.png", png())], "mandat signé")
    assert joined.name == "mandat signé.pdf"
    assert examine(joined.name, joined.content).breaches == ()
    lying_jpeg, photo_heic, flat_png = pages_of(joined.content)
    # The JPEG says that it stands, so it does, with its left half on top: 90 degrees clockwise.
    assert lying_jpeg.size == (200, 400)
    assert [lying_jpeg.getpixel(place)[2] > 200 for place in ((100, 20), (100, 380))] == [True, False]  # type: ignore[index]
    assert photo_heic.size == (300, 200)
    # What is transparent is paper.
    assert flat_png.getpixel((5, 5)) == (255, 255, 255)


def test_nothing_that_a_phone_writes_into_a_photo_is_kept() -> None:
    taken = jpeg()
    assert b"Telephone invente" in taken
    assert b"49.4295 N" in taken
    joined = join([Part("a.jpg", taken)], "mandat").content
    assert b"Telephone" not in joined
    assert b"49.4295" not in joined
    (picture,) = pages_of(joined)
    assert not picture.getexif()


def test_a_large_photo_is_made_as_small_as_a_page_needs() -> None:
    joined = join([Part("a.jpg", jpeg(size=(4000, 3000), turned=False))], "mandat").content
    (picture,) = pages_of(joined)
    assert picture.size == (2200, 1650)
    (page,) = PdfReader(io.BytesIO(joined)).pages
    assert max(page.mediabox[2:]) <= 842


def test_the_same_files_give_the_same_bytes() -> None:
    parts = [Part("a.jpg", jpeg()), Part("b.pdf", real_pdf())]
    assert join(parts, "mandat") == join(parts, "mandat")


@pytest.mark.parametrize("content", [real_pdf(), made_files.docx(), b"texte"], ids=["pdf", "docx", "text"])
def test_a_single_file_that_is_no_photo_stays_as_it_is(content: bytes) -> None:
    part = Part("papier", content)
    assert join([part], "mandat") is part


def test_a_pdf_and_the_frames_of_a_scan_are_joined_too() -> None:
    joined = join([Part("a.pdf", real_pdf(2)), Part("b.tif", tiff(3))], "bail")
    assert len(PdfReader(io.BytesIO(joined.content)).pages) == 5


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bombe.png", bomb(8_000), "too_many_pixels"),
        ("bombe.png", bomb(10_000), "too_many_pixels"),
        ("bombe.png", bomb(30_000), "too_many_pixels"),
        ("coupee.jpg", jpeg()[:-400], "document_damaged"),
        ("fausse.jpg", made_files.JPEG, "document_damaged"),
        ("faux.heic", made_files.HEIC, "document_damaged"),
        ("fausse.tif", made_files.TIFF, "document_damaged"),
    ],
    ids=["64 million", "100 million", "900 million", "cut", "no jpeg", "no heic", "no tiff"],
)
def test_bombs_and_damaged_photos_are_refused_by_name(name: str, content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        join([Part(name, content)], "mandat")
    assert refused.value.codes == [code]
    assert name in str(refused.value)


def test_everything_wrong_is_said_at_once() -> None:
    found = refusal(
        Part("bon.jpg", jpeg()), Part("b.docx", made_files.docx()), Part("c.pdf", made_files.pdf(b"")), Part("d", b"\0")
    )
    assert found == ["document_not_joined", "document_not_joined", "document_damaged"]


@pytest.mark.parametrize("content", [lambda: tiff(4), lambda: real_pdf(4)], ids=["tiff", "pdf"])
def test_a_document_has_a_number_of_pages_at_most(
    content: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "PAGE_LIMIT", 3)
    assert refusal(Part("a.jpg", jpeg()), Part("b", content())) == ["too_many_pages"]


def test_a_document_is_made_of_a_number_of_files_at_most() -> None:
    assert refusal(*[Part("a.jpg", b"")] * (FILE_LIMIT + 1)) == ["too_many_files"]


def page_tree(*kids: list[int], root: int = 0) -> bytes:
    """A PDF of nothing but its page tree: node n holds the nodes kids[n]; one without any is a page."""
    first = 3
    nodes = [
        b"<< /Type /Pages /Count 1 /Kids [%s] >>" % b" ".join(b"%d 0 R" % (first + kid) for kid in of_node)
        if of_node
        else b"<< /Type /Page /MediaBox [0 0 10 10] >>"
        for of_node in kids
    ]
    objects = [b"<< /Type /Catalog /Pages %d 0 R >>" % (first + root), b"<< >>", *nodes]
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + head + table + tail


HOSTILE: dict[str, tuple[bytes, str]] = {
    "it holds itself": (page_tree([0, 1], []), "document_damaged"),
    "two hold each other": (page_tree([1, 2], [0, 2], []), "document_damaged"),
    "each holds the next ten times": (page_tree(*([n + 1] * 10 for n in range(12)), []), "document_damaged"),
    "a page named again and again": (page_tree([1] * 200, []), "too_many_pages"),
    "a long branch": (page_tree(*([n + 1] for n in range(300)), []), "too_many_pages"),
    "no list": (page_tree([1], []).replace(b"/Kids [4 0 R]", b"/Kids 4 0 R  "), "document_damaged"),
}


@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_page_tree_is_not_walked_without_end(content: bytes, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in objects looked at: 1 kB can name millions of pages, and there may be twenty such files."""
    looked_at = Counter[str]()
    get = PdfReader.get_object

    def counted(self: PdfReader, reference: Any) -> Any:
        looked_at["objects"] += 1
        return get(self, reference)

    monkeypatch.setattr(PdfReader, "get_object", counted)
    assert refusal(*[Part(f"{n}.pdf", content) for n in range(FILE_LIMIT)]) == [code]
    assert looked_at["objects"] < 3 * TREE_LIMIT


def test_a_page_tree_with_branches_is_joined_and_its_pages_count_together() -> None:
    branched = page_tree([1, 2], [3, 4], [5], [], [], [])
    joined = join([Part("a.pdf", branched), Part("b.pdf", branched)], "bail")
    assert len(PdfReader(io.BytesIO(joined.content)).pages) == 6
    assert refusal(*[Part("a.pdf", real_pdf(35))] * 2) == ["too_many_pages"]
    assert refusal(*[Part("a.pdf", real_pdf(30))] * 2, Part("b.jpg", jpeg())) == ["too_many_pages"]
