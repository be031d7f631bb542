"""Every page in the browser: nothing that axe finds, no scrolling sideways, no error, no request to anybody else.

Each page is opened once, in French, and seen twice: at 1280 px in light, then at 390 px in dark, where axe asks again
only what depends on size and colours. English differs by its words only, which tests/test_pages.py reads.
`make screenshots` keeps the pictures.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser import axe, conftest
from tests.browser.conftest import Manner, opened
from tests.browser.visitor import PHONE, WIDE, Visitor
from tests.browser.world import BrowserWorld
from tests.pages import NOT_SEEN, Gallery, Page, every_page, gallery

PICTURES = os.environ.get("SCREENSHOTS")
DRAWN_BY_SWAGGER_UI = "grants:api:docs"
"""For programmers. Its headings, regions and colours are not ours; /accessibilite says so."""
PAGES = [page for page in every_page() if page.name.split(",")[0] not in NOT_SEEN]


@pytest.fixture(scope="package")
def shown(world: BrowserWorld) -> Gallery:
    with world.database():
        return gallery()


@pytest.fixture(scope="module")
def window(browser: Browser, world: BrowserWorld) -> Iterator[Visitor]:
    """One window for all pages: to open one takes longer than to look at a page."""
    visitor = opened(conftest.window(browser, Manner()), world)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page(page: Page, shown: Gallery, window: Visitor, world: BrowserWorld) -> None:
    with world.database():
        person, address = shown.person(page), page.address(shown.scene)
    # A page that looks again by itself must not do so as the next reader.
    window.page.goto("about:blank")
    window.context.clear_cookies()
    if person is not None:
        window.context.add_cookies([world.cookie(person)])
    window.expected = {str(status) for status in page.statuses}
    window.look(WIDE, dark=False)
    assert window.go(address).status in page.statuses
    found = {"light, 1280 px": [*seen(window, page, "clair 1280", axe.TAGS), *folded(window)]}
    window.look(PHONE, dark=True)
    found["dark, 390 px"] = [*seen(window, page, "sombre 390", axe.SIZE_AND_COLOURS), *narrow(window)]
    faults, window.faults = window.faults[:], []
    faults += [f"{way}: {fault}" for way, these in found.items() for fault in these]
    assert not faults, "\n".join(faults)


def folded(visitor: Visitor) -> list[str]:
    """The navigation of a fund takes one line where there is room."""
    lines = (
        visitor.page.locator(".fund-nav")
        .first.locator("li")
        .evaluate_all("items => new Set(items.map((one) => one.offsetTop)).size")
    )
    return [f"the fund's navigation takes {lines} lines"] if lines > 1 else []


def narrow(visitor: Visitor) -> list[str]:
    """In a fund's navigation the page one is on is in sight, and no cell of a row runs over its neighbour."""
    hidden = visitor.page.locator(".fund-nav [aria-current]").evaluate_all(
        """places => places.filter((one) => {
          const line = one.closest("nav").getBoundingClientRect(), here = one.getBoundingClientRect();
          return here.left < line.left - 1 || here.right > line.right + 1;
        }).map((one) => `${one.textContent.trim()} is out of sight`)"""
    )
    over = visitor.page.locator(".stacked :is(tbody, tfoot) :is(td, th)").evaluate_all(
        """cells => cells.filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
          .map((one) => `“${one.textContent.trim()}” runs over its cell`)"""
    )
    return [*hidden, *over[:3]]


def seen(visitor: Visitor, page: Page, way: str, rules: axe.Rules) -> list[str]:
    visitor.settle()
    if PICTURES:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=folder / f"{quote(page.name, safe=' ,')}, {way}.png", full_page=True)
    if page.name == DRAWN_BY_SWAGGER_UI:
        return []
    sideways = ["it scrolls sideways"] if visitor.is_too_wide() else []
    return axe.violations(visitor, rules) + sideways
