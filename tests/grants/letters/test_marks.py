"""The square code is read again from what is drawn, as a telephone does."""

import re
from io import BytesIO

import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from PIL import Image
from pypdf import PdfReader

from grants.enums import Action, State
from grants.letters.mandate import mandate_form
from tests.factories import open_fund
from tests.grants import walk
from tests.grants.letters.looks import content, issued, told_of

pytestmark = pytest.mark.django_db
IMAGE = re.compile(rb"BI /W (\d+) /H \1 /BPC 1 /IM true /F /AHx ID ([0-9a-f]+)> EI")


def read(dark: list[tuple[int, int]], count: int) -> list[str]:
    """What is read from dark squares (column, row from the bottom), of `count` a side, drawn with their quiet zone."""
    top = {left for left, bottom in dark if bottom == count - 1}
    # The reader takes a mirrored one too: the squares without which it finds none stand left and right at the top.
    assert top >= {*range(7), *range(count - 7, count)}
    image = Image.new("L", (count + 8, count + 8), 255)
    for left, bottom in dark:
        image.putpixel((left + 4, count + 3 - bottom), 0)
    found = zxingcpp.read_barcodes(image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST))
    return [one.text for one in found]


def address_on(paper: bytes) -> str:
    """What a telephone reads on the only page of a paper."""
    (page,) = PdfReader(BytesIO(paper)).pages
    drawn = page.get_contents()
    assert drawn is not None
    ((count, bits),) = IMAGE.findall(drawn.get_data())
    side, rows = int(count), bytes.fromhex(bits.decode())
    wide = len(rows) // side
    dark = [
        (left, side - 1 - down)
        for down in range(side)
        for left in range(side)
        if not rows[down * wide + left // 8] >> (7 - left % 8) & 1
    ]
    (address,) = read(dark, side)
    return address


def test_a_letters_code_leads_to_the_page_that_vouches_for_it() -> None:
    world = open_fund()
    letter = issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE)
    address = address_on(content(letter))
    assert address.startswith(settings.SITE_URL)
    page_of_it = Client().get(address.removeprefix(settings.SITE_URL))
    assert letter.sha256 in page_of_it.content.decode()


def test_the_mandates_code_is_the_address_it_was_given() -> None:
    address = "https://fonds.exemple.invalid/depot/é?x=1"
    paper = mandate_form(walk.draft(open_fund()), address)
    assert address_on(paper) == address
    assert told_of(paper) == ("fr", True, set())
