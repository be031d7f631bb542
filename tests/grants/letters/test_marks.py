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
from grants.letters.mandate import code
from tests.factories import open_fund
from tests.grants import walk
from tests.grants.letters.looks import content, issued

pytestmark = pytest.mark.django_db
RUN = re.compile(rb"(\d+) (\d+) (\d+) 1 re")


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


def test_a_letters_code_leads_to_the_page_that_vouches_for_it() -> None:
    world = open_fund()
    letter = issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE)
    (page,) = PdfReader(BytesIO(content(letter))).pages
    drawn = page.get_contents()
    assert drawn is not None
    runs = [tuple(map(int, run)) for run in RUN.findall(drawn.get_data())]
    dark = [(left + n, bottom) for left, bottom, wide in runs for n in range(wide)]
    (address,) = read(dark, max(bottom for _left, bottom in dark) + 1)
    assert address.startswith(settings.SITE_URL)
    page_of_it = Client().get(address.removeprefix(settings.SITE_URL))
    assert letter.sha256 in page_of_it.content.decode()


def test_the_mandates_code_is_the_address_it_was_given() -> None:
    address = "https://fonds.exemple.invalid/depot/é?x=1"
    dark = [(square.x, square.y) for square in code(address).contents]
    assert read(dark, max(bottom for _left, bottom in dark) + 1) == [address]
