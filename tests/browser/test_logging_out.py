"""A shared desk: after somebody logged out, Back shows nothing of what they read and typed."""

from grants.enums import State
from tests.browser import desks
from tests.browser.conftest import Launch, Manner, opened, window
from tests.browser.test_deciding import Case, case
from tests.browser.visitor import Visitor
from tests.browser.world import BrowserWorld

TYPED = "Pour nous seuls"


def test_back_shows_the_file_until_its_reader_logs_out(launch: Launch, world: BrowserWorld) -> None:
    one = case(world, State.ELIGIBLE)
    # A browser that keeps pages as they were left, for Back, as people's do and Playwright's own does not.
    with launch(ignore_default_args=["--disable-back-forward-cache"]) as browser:
        visitor = opened(window(browser, Manner()), world, one.people.approver)
        visitor.expected = {"422"}
        visitor.go(f"/dossiers/{one.file.uuid}/")
        desks.begin_to_approve(visitor, one.file)
        visitor.page.locator("input.amount").first.fill("300,50")
        visitor.page.locator("[name=reason]").fill(TYPED)
        visitor.click(desks.say("Check, then confirm"), role="button")
        visitor.page.locator("[role=alert]").first.wait_for()
        visitor.page.locator("nav.places a").first.click()
        back(visitor)
        assert visitor.page.locator("[name=reason]").input_value() == TYPED
        visitor.page.locator("details.who summary").click()
        visitor.page.locator("form[action='/deconnexion/'] button").click()
        visitor.page.wait_for_url("**/connexion/**")
        # The session that ended is the one that this person's other tests share.
        world.sessions.pop(one.people.approver.pk)
        for _page in range(2):
            back(visitor)
            assert not shows(visitor, one)
        assert visitor.faults == []


def shows(visitor: Visitor, one: Case) -> bool:
    page = visitor.page.content()
    return one.file.reference in page or TYPED in page


def back(visitor: Visitor) -> None:
    """As by the button; Playwright's own way waits for a page to load, which one that was kept does not do."""
    left = visitor.page.url
    visitor.page.evaluate("() => { setTimeout(() => history.back()) }")
    visitor.page.wait_for_function("left => location.href !== left", arg=left)
    visitor.settle()
