"""A landlord's logo as its letters bear it: of any kind of picture, upright, and seen on white paper."""

import io
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from grants.actions.letterheads import as_logo
from grants.exceptions import BadInput
from grants.letters.paper import Head, as_pdf
from tests.grants.letters.test_layout import paper


def picture(mode: str, size: tuple[int, int] = (30, 10), *, kind: str = "PNG", colour: Any = 0, **given: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **given)
    return written.getvalue()


def kept(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(as_logo(content))) as logo:
        logo.load()
        return logo


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16", "CMYK"])
def test_a_letter_bears_any_kind_of_picture(mode: str, size: tuple[int, int]) -> None:
    dark = (0, 0, 0, 255) if mode in ("RGBA", "CMYK") else (0, 255) if mode == "LA" else 0
    content = picture(mode, size, kind="JPEG" if mode == "CMYK" else "PNG", colour=dark)
    (page,) = PdfReader(io.BytesIO(as_pdf(paper(head=Head("Bailleur", logo=as_logo(content)))))).pages
    assert len(page.images) == 1


@pytest.mark.parametrize(
    ("mode", "kind", "colour", "shown"),
    [
        ("CMYK", "JPEG", (255, 0, 0, 0), (0, 255, 255)),
        ("I;16", "PNG", 30_000, (117, 117, 117)),
        ("RGBA", "PNG", (0, 0, 0, 128), (127, 127, 127)),
    ],
)
def test_its_colours_are_those_seen_elsewhere(mode: str, kind: str, colour: Any, shown: tuple[int, ...]) -> None:
    found: Any = kept(picture(mode, kind=kind, colour=colour)).getpixel((5, 5))
    assert all(abs(ours - theirs) <= 2 for ours, theirs in zip(found, shown, strict=True))


def test_a_photograph_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert kept(picture("RGB", (200, 100), kind="JPEG", exif=turned)).size == (100, 200)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_can_not_be_seen_on_white_paper_is_refused(mode: str) -> None:
    """A logo for dark ground is white on nothing."""
    with pytest.raises(BadInput, match="sur du papier blanc"):
        as_logo(picture(mode, colour="white"))
    with pytest.raises(BadInput, match="sur du papier blanc"):
        as_logo(picture("RGBA", colour=(0, 0, 0, 0)))
