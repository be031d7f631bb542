"""Somebody at the browser: one context of Chromium, in which nothing may go wrong unseen.

Every request to another host, every error in the console (blocked by the Content-Security-Policy, for one) and every
script error is a fault; the fixture that made the visitor fails the test for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, WebError

WIDE: Final = (1280, 900)
PHONE: Final = (390, 844)
TIMEOUT_MS: Final = 15_000
LEFT: Final = ("htmx:sendAbort, ", "htmx:afterRequest, ")
"""What htmx says when a page is left while it saves by itself; a request that fails has words of its own."""
STATUS: Final = "Failed to load resource: the server responded with a status of "


@dataclass
class Visitor:
    context: BrowserContext
    url: str
    page: Page
    faults: list[str] = field(default_factory=list)
    expected: set[str] = field(default_factory=set)
    """Statuses such as "404" that a page of this test is meant to have."""

    def __post_init__(self) -> None:
        self.context.set_default_timeout(TIMEOUT_MS)
        for event, heard in self._ears().items():
            self.context.on(event, heard)

    def _ears(self) -> dict[Any, Callable[[Any], None]]:
        return {"request": self._request, "console": self._console, "weberror": self._error}

    def leave(self) -> None:
        """Close the page and leave nobody logged in: the next visitor is given this window."""
        self.page.close()
        self.context.clear_cookies()
        for event, heard in self._ears().items():
            self.context.remove_listener(event, heard)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:", "blob:")):
            self.faults.append(f"a request to {request.url}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script error: {error.error}")

    def _console(self, message: ConsoleMessage) -> None:
        told = message.text.startswith(STATUS) and message.text.removeprefix(STATUS)[:3] in self.expected
        if message.type in ("error", "warning") and not told and not message.text.startswith(LEFT):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def go(self, path: str) -> Response:
        answer = self.page.goto(self.url + path)
        assert answer is not None
        return answer

    def look(self, size: tuple[int, int], *, dark: bool) -> None:
        """Take a window of this size, and prefer these colours."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def click(self, name: str, *, role: Any = None, exact: bool = True) -> None:
        """A button or link by the words on it."""
        roles: Sequence[Any] = [role] if role else ["button", "link"]
        found = self.page.get_by_role(roles[0], name=name, exact=exact)
        for other in roles[1:]:
            found = found.or_(self.page.get_by_role(other, name=name, exact=exact))
        found.first.click()

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=False).first

    def text(self) -> str:
        """What `main` says, as the person reads it."""
        return self.page.locator("main").inner_text()

    def settle(self) -> None:
        """Let what the page has begun to say be heard."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    def is_too_wide(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
