"""Every page in the browser: nothing that axe finds, no scrolling sideways, no error, no request to anybody else.

Each page is opened in French and in English, and seen twice in each: between them at 1280 and at 390 px, in light and
in dark. `make axe` sees all four in both languages; `make screenshots` keeps the pictures.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser import axe, conftest
from tests.browser.conftest import Manner, opened
from tests.browser.visitor import PHONE, WIDE, Visitor
from tests.browser.world import BrowserWorld
from tests.pages import NOT_SEEN, Gallery, Page, every_page, gallery

PICTURES = os.environ.get("SCREENSHOTS")
Look = tuple[tuple[int, int], bool]
"""How wide and high, and whether dark."""
EVERY_LOOK: Final = tuple(product((WIDE, PHONE), (False, True))) if os.environ.get("EVERY_LOOK") else ()
LOOKS: Final[Mapping[str, Sequence[Look]]] = {
    "fr": EVERY_LOOK or ((WIDE, False), (PHONE, True)),
    "en": EVERY_LOOK or ((WIDE, True), (PHONE, False)),
}
SPACED: Final = """() => {
  const spaced = new CSSStyleSheet();
  spaced.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [spaced];
}"""
DRAWN_BY_SWAGGER_UI = "grants:api:docs"
"""For programmers. Its headings, regions and colours are not ours; /accessibilite says so."""
PAGES = [page for page in every_page() if page.name.split(",")[0] not in NOT_SEEN]


@pytest.fixture(scope="package")
def shown(world: BrowserWorld) -> Gallery:
    with world.database():
        return gallery()


@pytest.fixture(scope="module")
def window(browser: Browser, world: BrowserWorld) -> Iterator[Callable[[str], Visitor]]:
    """One window for all pages of a language: to open one takes longer than to look at a page."""

    @cache
    def speaking(language: str) -> Visitor:
        return opened(conftest.window(browser, Manner(language=language)), world)

    yield speaking
    for language in LOOKS:
        speaking(language).context.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page(page: Page, shown: Gallery, window: Callable[[str], Visitor], world: BrowserWorld) -> None:
    with world.database():
        person, address = shown.person(page), page.address(shown.scene)
    faults = []
    for language, looks in LOOKS.items():
        visitor = window(language)
        # A page that looks again by itself must not do so as the next reader.
        visitor.page.goto("about:blank")
        visitor.context.clear_cookies()
        if person is not None:
            visitor.context.add_cookies([world.cookie(person)])
        visitor.expected = {str(status) for status in page.statuses}
        for size, dark in looks:
            visitor.look(size, dark=dark)
            if visitor.path == "about:blank":
                assert visitor.go(address).status in page.statuses
            way = f"{language}, {'dark' if dark else 'light'}, {size[0]} px"
            faults += [f"{way}: {fault}" for fault in seen(visitor, page, way)]
        if language == "fr" and page.name != DRAWN_BY_SWAGGER_UI:
            faults += squeezed(visitor)
        faults += visitor.faults
        visitor.faults = []
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


def squeezed(visitor: Visitor) -> list[str]:
    """At four times its size (WCAG 1.4.10), and with text spaced as a reader may ask (1.4.12), it scrolls one way."""
    visitor.page.set_viewport_size({"width": 320, "height": 256})
    faults = ["320 px: it scrolls sideways"] if visitor.is_too_wide() else []
    visitor.page.evaluate(SPACED)
    if visitor.is_too_wide():
        faults.append("320 px, text spaced: it scrolls sideways")
    return faults


def seen(visitor: Visitor, page: Page, way: str) -> list[str]:
    visitor.settle()
    if PICTURES:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=folder / f"{quote(page.name, safe=' ,')}, {way}.png", full_page=True)
    if page.name == DRAWN_BY_SWAGGER_UI:
        return []
    sideways = ["it scrolls sideways"] if visitor.is_too_wide() else []
    return [*axe.violations(visitor), *sideways, *folded(visitor), *narrow(visitor)]
