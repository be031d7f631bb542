"""Filing by clicking: a clean file, with and without JavaScript; a poor one on a telephone, in two days; two tabs."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from grants.demo.charters import EVIDENCE, ORIGIN_CRITERIA
from grants.enums import DocumentTiming, State
from grants.models import Application
from tests import factories_landlords
from tests.browser import axe, desks, filing_desk
from tests.browser.conftest import Visit
from tests.browser.test_deciding import end_session
from tests.browser.visitor import PHONE
from tests.browser.world import BrowserWorld
from tests.factories import World, tenant_with_lease
from tests.grants.api.caller import world_of_today

TYPED_AT_MOST = 12
NAME = "L'Épi d'Or"


def prepared(world: BrowserWorld, **tenant: Any) -> World:
    """A fund of today with the origin charter's criteria, and a bakery in the rent roll."""
    with world.database():
        papers = [{"kind": EVIDENCE, "timing": DocumentTiming.BEFORE_DECISION}]
        people = world_of_today(criteria=ORIGIN_CRITERIA, required_documents=papers)
        bakery = factories_landlords.tenant(landlord=people.landlord, legal_name=NAME, **tenant)
        tenant_with_lease(people, tenant=bakery, charges_cents=50_00)
        return people


def only_file(world: BrowserWorld, people: World) -> Application:
    with world.database():
        return Application.objects.get(fund=people.fund)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_clean_file(visit: Visit, world: BrowserWorld, javascript: bool) -> None:
    people = prepared(world)
    advisor = visit(people.advisor, javascript=javascript)
    filing_desk.open_draft(advisor, people)
    # What only a script does is told only where one runs.
    for told, by_script in ((".savebar .scripted", True), (".savebar .unscripted", False), (".drop-hint", True)):
        assert advisor.page.locator(told).first.is_visible() == (by_script == javascript), told
    filing_desk.give_mandate(advisor)
    if javascript:
        # What is typed is saved by itself; then the rents may be read, and every month ticked.
        advisor.page.locator("button[name=tick_all]").wait_for()
    else:
        filing_desk.save(advisor, "mandat")
    advisor.page.locator("button[name=tick_all]").click()
    advisor.page.locator(".messages .success").first.wait_for()
    typed = 2  # the words searched and the contact
    typed += filing_desk.answer_criteria(advisor, before="10 000", during="2 500,50")
    if javascript:
        advisor.page.locator("#finding-1 .state-good").wait_for()
        advisor.page.locator("button[name=next]").wait_for()
    else:
        filing_desk.save(advisor, "criteres")
    assert typed <= TYPED_AT_MOST
    filing_desk.submit(advisor)
    file = only_file(world, people)
    assert file.state == State.SUBMITTED
    assert file.reference in advisor.text()
    with world.database():
        assert sum(line.asked_cents for line in file.lines.all()) == 3 * 550_00


def photo(shade: int) -> bytes:
    """What a telephone's camera makes, small."""
    kept = BytesIO()
    Image.new("RGB", (600, 800), (shade, shade, shade)).save(kept, "JPEG")
    return kept.getvalue()


def test_a_poor_file_on_a_telephone_in_two_days(visit: Visit, world: BrowserWorld) -> None:
    """A micro-entrepreneur since September 2019, two photos, a call that breaks off."""
    people = prepared(world, started_on="2019-09-01", headcount=0)
    phone = visit(people.advisor, size=PHONE)
    filing_desk.open_draft(phone, people)
    filing_desk.give_mandate(phone, "Karim B.", kind="oral")
    phone.page.locator("button[name=tick_all]").wait_for()
    photos: list[Any] = [
        {"name": f"IMG_{shade}.jpg", "mimeType": "image/jpeg", "buffer": photo(shade)} for shade in (90, 200)
    ]
    phone.page.locator(f"#file-{EVIDENCE}").set_input_files(photos)
    phone.page.locator("#papers .held").wait_for()
    assert not phone.is_too_wide()
    # The call breaks off here. The next day, elsewhere:
    phone.page.close()
    phone = visit(people.advisor, size=PHONE, dark=True)
    phone.go(f"/fonds/{people.fund.code}/deposer/")
    phone.page.locator("li.tenant a", has_text=NAME).click()
    assert phone.page.locator("[name=contact_name]").input_value() == "Karim B."
    assert phone.page.locator("#papers .held").count() == 1
    phone.page.locator("button[name=tick_all]").click()
    phone.page.locator(".messages .success").first.wait_for()
    filing_desk.answer_criteria(phone, before="900", during="0")
    phone.page.locator("button[name=next]").wait_for()
    assert axe.violations(phone) == []
    assert not phone.is_too_wide()
    filing_desk.submit(phone)
    assert not phone.is_too_wide()
    file = only_file(world, people)
    assert file.state == State.SUBMITTED
    with world.database():
        # Two photos are one document.
        assert [document.name[-4:] for document in file.documents.all()] == [".pdf"]


def test_a_session_that_ends_while_typing(visit: Visit, world: BrowserWorld) -> None:
    """The page saves by itself and finds the session over: it leads to log in, and what was typed is saved after it."""
    people = prepared(world)
    advisor = visit(people.advisor)
    filing_desk.open_draft(advisor, people)
    end_session(world, advisor)
    advisor.page.locator("[name=contact_name]").fill("Jeanne Moulin")
    advisor.page.wait_for_url("**/connexion/**")
    desks.log_in(advisor, world, people.advisor)
    advisor.page.locator("main form button").first.click()
    advisor.click(desks.say("Send it now"), role="button")
    advisor.page.locator(".messages .success").first.wait_for()
    assert advisor.page.locator("[name=contact_name]").input_value() == "Jeanne Moulin"
    assert only_file(world, people).contact_name == "Jeanne Moulin"


def test_two_tabs_on_one_draft(visit: Visit, world: BrowserWorld) -> None:
    """The second tab is told of the first's changes, and loses nothing of its own."""
    people = prepared(world)
    first, second = (visit(people.advisor, javascript=False) for _tab in range(2))
    second.expected = {"409"}
    filing_desk.open_draft(first, people)
    second.go(first.path)
    first.page.locator("[name=contact_name]").fill("Du premier onglet")
    filing_desk.save(first, "mandat")
    second.page.locator("[name=contact_name]").fill("Du second onglet")
    second.page.locator("button[name=save][value=mandat]").click()
    second.page.locator("[role=alert]").first.wait_for()
    assert second.page.locator("[name=contact_name]").input_value() == "Du second onglet"
    assert only_file(world, people).contact_name == "Du premier onglet"
    filing_desk.save(second, "mandat")
    assert only_file(world, people).contact_name == "Du second onglet"
