"""From submitted to credited by clicking: with and without JavaScript, by keyboard, twice, in two tabs."""

from dataclasses import dataclass

import pytest
from django.contrib.sessions.backends.db import SessionStore

from fundadmin.accounts.sessions import SEEN
from grants import ledger
from grants.agreement import agreement_faults
from grants.enums import Action, State
from grants.models import Application
from tests.accounts import enrol
from tests.browser import axe, desks
from tests.browser.conftest import Visit
from tests.browser.visitor import PHONE, Visitor
from tests.browser.world import BrowserWorld
from tests.factories import World
from tests.grants import walk
from tests.grants.api.caller import world_of_today


@dataclass
class Case:
    people: World
    file: Application


def case(world: BrowserWorld, state: State) -> Case:
    """A fund of today with one file."""
    with world.database():
        people = world_of_today()
        return Case(people, walk.walk_to(people, state))


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_assessed_granted_and_credited(visit: Visit, world: BrowserWorld, javascript: bool) -> None:
    one = case(world, State.SUBMITTED)
    desks.assess(visit(one.people.assessor, javascript=javascript), one.file)
    assert desks.now(world, one.file).state == State.ELIGIBLE
    desks.approve(visit(one.people.approver, javascript=javascript), one.file)
    assert desks.now(world, one.file).state == State.APPROVED
    payer = visit(one.people.payer, javascript=javascript)
    desks.credit(payer, one.file, "AV-2026-001")
    assert desks.now(world, one.file).state == State.CREDITED
    # The euro is in the ledger, under the file it belongs to, and the page shows it.
    with world.database():
        assert ledger.position(one.people.fund.pk).credited_cents == 1_500_00
        assert agreement_faults(one.people.fund) == []
    payer.go(f"/fonds/{one.people.fund.code}/journal/")
    assert one.file.reference in payer.text()


def test_a_mistake_is_said_and_nothing_typed_is_lost(visit: Visit, world: BrowserWorld) -> None:
    one = case(world, State.ELIGIBLE)
    approver = visit(one.people.approver)
    approver.expected = {"422"}
    desks.begin_to_approve(approver, one.file)
    amount = approver.page.locator("input.amount").first
    amount.fill("300,50")
    approver.click(desks.say("Check, then confirm"), role="button")
    approver.page.locator("[role=alert]").first.wait_for()
    assert approver.page.locator("input.amount").first.input_value() == "300,50"
    # The summary leads to the field.
    approver.page.locator("[role=alert] a").first.click()
    assert approver.page.evaluate("document.activeElement.name") == "reason"
    assert axe.violations(approver) == []
    approver.page.locator("[name=reason]").fill("Un motif assez long pour être lu de tous.")
    desks.check(approver)
    desks.confirm(approver)
    assert desks.now(world, one.file).state == State.APPROVED


def test_by_keyboard_only(visit: Visit, world: BrowserWorld) -> None:
    one = case(world, State.ELIGIBLE)
    approver = visit(one.people.approver)
    desks.step(approver, one.file, "accorder")
    tab_to(approver, "[name=no_conflict]")
    approver.page.keyboard.press("Space")
    tab_to(approver, "main form button.btn-primary")
    approver.page.keyboard.press("Enter")
    approver.page.locator("button[name=confirmed]").wait_for()
    tab_to(approver, "button[name=confirmed]")
    approver.page.keyboard.press("Enter")
    approver.page.locator(".messages .success").wait_for()
    assert desks.now(world, one.file).state == State.APPROVED


def tab_to(visitor: Visitor, selector: str, most: int = 60) -> None:
    """Press Tab until it is there; what has the focus on the way is seen to have it."""
    for _press in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} has the focus, and nobody sees it"
            return
    raise AssertionError(f"{selector} is not reached by {most} tabs")


def test_a_double_click_does_it_once(visit: Visit, world: BrowserWorld) -> None:
    one = case(world, State.APPROVED)
    payer = visit(one.people.payer)
    desks.begin_to_credit(payer, one.file, "AV-2026-002")
    desks.check(payer)
    payer.page.locator("button[name=confirmed]").dblclick()
    payer.page.locator(".messages .success").first.wait_for()
    assert desks.times(world, one.file, Action.CREDIT) == 1


def test_the_back_button_does_it_once(visit: Visit, world: BrowserWorld) -> None:
    one = case(world, State.APPROVED)
    payer = visit(one.people.payer)
    desks.begin_to_credit(payer, one.file, "AV-2026-003")
    desks.check(payer)
    desks.confirm(payer)
    # Twice: the page that confirmed was the answer to a form and is not kept, so the browser would only ask about it.
    payer.page.evaluate("() => { history.go(-2) }")
    payer.page.wait_for_url(f"**/dossiers/{one.file.uuid}/imputer/")
    payer.page.get_by_role("link", name=desks.say("Ask to cancel or undo something")).wait_for()
    assert payer.page.locator("button", has_text=desks.say("Check, then confirm")).count() == 0
    assert payer.page.locator("main").get_by_text(desks.now(world, one.file).reference).count() > 0
    assert desks.times(world, one.file, Action.CREDIT) == 1


def test_back_shows_what_was_to_confirm_and_what_was_to_mend(visit: Visit, world: BrowserWorld) -> None:
    """Both answer a form: a browser that may not keep them says ERR_CACHE_MISS instead."""
    one = case(world, State.ELIGIBLE)
    approver = visit(one.people.approver)
    approver.expected = {"422"}
    desks.begin_to_approve(approver, one.file)
    amount = approver.page.locator("input.amount").first
    amount.fill("300,50")
    approver.click(desks.say("Check, then confirm"), role="button")
    approver.page.locator("[role=alert]").first.wait_for()
    approver.page.locator("[name=reason]").fill("Un motif assez long pour être lu de tous.")
    desks.check(approver)
    confirming = approver.page.locator("h1").inner_text()
    approver.page.go_back()
    approver.page.locator("[role=alert]").first.wait_for()
    assert amount.input_value() == "300,50"
    approver.page.go_forward()
    assert approver.page.locator("h1").inner_text() == confirming
    # Away by a link and back again, then once more after it is done: it is done once.
    approver.page.locator("nav a").first.click()
    approver.page.go_back()
    desks.confirm(approver)
    approver.page.go_back()
    assert approver.page.locator("h1").inner_text() == confirming
    desks.confirm(approver)
    assert desks.times(world, one.file, Action.APPROVE) == 1


def test_two_tabs_on_one_file(visit: Visit, world: BrowserWorld) -> None:
    """Two people decide at once: the second one is told, and nothing is decided twice."""
    one = case(world, State.ELIGIBLE)
    first, second = visit(one.people.approver), visit(one.people.approver2)
    for visitor in (first, second):
        desks.begin_to_approve(visitor, one.file)
        desks.check(visitor)
    desks.confirm(first)
    second.expected = {"422", "412", "409"}
    second.page.locator("button[name=confirmed]").click()
    second.page.locator("[role=alert]").first.wait_for()
    assert desks.times(world, one.file, Action.APPROVE) == 1


def test_a_session_that_ends_in_the_middle_of_a_form(visit: Visit, world: BrowserWorld) -> None:
    """Nothing typed is lost, and no script is needed for it."""
    one = case(world, State.APPROVED)
    payer = visit(one.people.payer, javascript=False, size=PHONE)
    desks.begin_to_credit(payer, one.file, "AV-2026-004")
    end_session(world, payer)
    payer.click(desks.say("Check, then confirm"), role="button")
    assert "inactivité" in payer.text() or payer.path.startswith("/connexion/")
    desks.log_in(payer, world, one.people.payer)
    payer.page.locator("main form button").first.click()
    assert payer.page.locator("h1").inner_text() == desks.say("Your form was kept")
    payer.click(desks.say("Send it now"), role="button")
    payer.page.locator("button[name=confirmed]").wait_for()
    assert payer.page.locator("input[name=ref]").get_attribute("value") == "AV-2026-004"
    desks.confirm(payer)
    assert desks.now(world, one.file).state == State.CREDITED


def end_session(world: BrowserWorld, visitor: Visitor) -> None:
    """As if nothing had been done for two hours."""
    key = next(cookie["value"] for cookie in visitor.context.cookies() if cookie["name"] == "sessionid")
    with world.database():
        session = SessionStore(session_key=key)
        session[SEEN] = session.get(SEEN, 0) - 2 * 3600
        session.save()


def test_the_pages_of_logging_in(visit: Visit, world: BrowserWorld) -> None:
    """The code's page is only reached in the middle of it, so axe looks here."""
    with world.database():
        person = world_of_today().payer
        enrol(person)
    visitor = visit()
    visitor.go("/connexion/")
    desks.log_in(visitor, world, person)
    assert axe.violations(visitor) == []
    visitor.look(PHONE, dark=True)
    assert axe.violations(visitor) == []
    assert not visitor.is_too_wide()
    visitor.page.locator("main form button").first.click()
    visitor.page.locator("summary", has_text=str(person)).wait_for()
    assert visitor.path == "/"
