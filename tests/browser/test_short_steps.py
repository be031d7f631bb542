"""The short steps: information asked for and sent, a file withdrawn."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from grants.enums import State
from grants.models import Application
from tests.browser import axe, desks
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.browser.world import BrowserWorld
from tests.grants import walk
from tests.grants.api.caller import world_of_today


def leaves_the_menu(visitor: Visitor) -> None:
    """By the keys: the menu of the person never stays over the page."""
    menu = visitor.page.locator(".who")
    opener = menu.locator("summary")
    for leave in ("Escape", "Shift+Tab"):
        opener.press("Enter")
        assert menu.get_attribute("open") is not None
        opener.press(leave)
        assert menu.get_attribute("open") is None


def test_the_keys_stop_at_a_table_only_where_it_can_be_pushed_sideways(visit: Visit, world: BrowserWorld) -> None:
    with world.database():
        people = world_of_today()
    manager = visit(people.landlord_manager)
    manager.go(reverse("grants:fund", args=[people.fund.code]))
    for width, in_the_way in ((1280, 0), (390, 3), (1280, 0)):
        manager.page.set_viewport_size({"width": width, "height": 800})
        expect(manager.page.locator(".scroll[tabindex]:visible")).to_have_count(in_the_way)


def test_a_request_is_answered_and_the_file_withdrawn_afterwards(visit: Visit, world: BrowserWorld) -> None:
    with world.database():
        people = world_of_today()
        file = walk.walk_to(people, State.SUBMITTED)
    assessor = visit(people.assessor)
    desks.step(assessor, file, "request_info")
    assessor.page.locator("[name=wanted][value=headcount]").check()
    assessor.page.locator("[name=message]").fill("Combien de salariés au 1er mars ?")
    assert axe.faults(assessor) == []
    assessor.page.locator("main form.card button").click()
    assessor.page.locator(".messages .success").first.wait_for()
    assert desks.now(world, file).state == State.INFO_REQUESTED

    advisor = visit(people.advisor)
    advisor.expected = {"422"}
    advisor.go("/")
    leaves_the_menu(advisor)
    advisor.page.locator("main a.btn", has_text=desks.say("Answer")).first.click()
    assert "Combien de salariés" in advisor.text()
    assert axe.faults(advisor) == []
    advisor.page.locator("[name=headcount]").fill("2")
    advisor.page.locator("main form.card button").click()
    advisor.page.locator(".messages .success").first.wait_for()
    assert desks.now(world, file).state == State.SUBMITTED

    desks.step(advisor, file, "withdraw")
    advisor.page.locator("[name=requested_on]").fill((timezone.localdate() + timedelta(days=1)).isoformat())
    advisor.page.locator("[name=channel][value=phone]").check()
    advisor.page.locator("main form.card button").click()
    # The mistake is said at the top, where the next key is heard, and at its field, with what was typed.
    advisor.page.locator("[role=alert]:focus").wait_for()
    advisor.page.keyboard.press("Tab")
    advisor.page.keyboard.press("Enter")
    assert advisor.page.evaluate("document.activeElement.name") == "requested_on"
    assert advisor.page.locator("[name=channel][value=phone]").is_checked()
    assert axe.faults(advisor) == []
    advisor.page.locator("[name=requested_on]").fill(timezone.localdate().isoformat())
    advisor.page.locator("main form.card button").dblclick()
    advisor.page.locator(".messages .success").first.wait_for()
    assert desks.times(world, file, "withdraw") == 1
    with world.database():
        assert Application.objects.get(pk=file.pk).state == State.WITHDRAWN
