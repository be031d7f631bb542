"""The origin story, short, clicked through by the roles: opened, filed, judged, granted, credited, found.

Three businesses of one landlord, the origin charter's criteria, and less money than they ask for together.
"""

from typing import Any

from grants import ledger
from grants.agreement import agreement_faults
from grants.demo.charters import EVIDENCE, ORIGIN_CRITERIA
from grants.enums import DocumentTiming, State
from grants.models import Application
from tests import factories_landlords
from tests.browser import desks, filing_desk
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.browser.world import BrowserWorld
from tests.factories import PDF, World, prepared_fund, tenant_with_lease
from tests.grants.api.caller import LASTING

BAKERY, SCHOOL, SALON = "L'Épi d'Or", "Auto-école du Beffroi", "Salon Camille"
REASON = "La perte constatée reste inférieure au seuil de la charte."


def prepared(world: BrowserWorld) -> World:
    """Signed, staffed, and not open yet."""
    with world.database():
        people = prepared_fund(
            criteria=ORIGIN_CRITERIA,
            required_documents=[{"kind": EVIDENCE, "timing": DocumentTiming.BEFORE_DECISION}],
            **LASTING | {"second_visa_threshold_cents": 1_000_00, "ceiling_cents": 2_000_00},
        )
        for name in (BAKERY, SCHOOL, SALON):
            tenant = factories_landlords.tenant(landlord=people.landlord, legal_name=name, naf_rev2=naf(name))
            tenant_with_lease(people, tenant=tenant, charges_cents=50_00)
        return people


def naf(name: str) -> str:
    return {BAKERY: "56.10A", SCHOOL: "85.53Z", SALON: "96.02A"}[name]


def test_the_origin_story(visit: Visit, world: BrowserWorld) -> None:
    people = prepared(world)
    the_landlord_opens_the_fund(visit, people)
    files = {
        BAKERY: filed(visit, world, people, BAKERY, during="2 500,00"),
        SCHOOL: filed(visit, world, people, SCHOOL, during="7 260,00"),  # 27.4 % less: 2.6 points are missing
        SALON: filed(visit, world, people, SALON, during="0"),
    }
    assessor = visit(people.assessor)
    for name in (BAKERY, SALON):
        settle_all(assessor, files[name])
    the_school_misses_the_mark(visit, people, files[SCHOOL])
    # 2,000.00 were endowed: the bakery has 1,650.00 of them, and the salon waits.
    states = {name: desks.now(world, file).state for name, file in files.items()}
    assert states == {BAKERY: State.ELIGIBLE, SCHOOL: State.REJECTED, SALON: State.WAITLISTED}
    # Above the threshold two people of the landlord sign, for the same amounts.
    for person in (people.approver, people.approver2):
        desks.approve(visit(person), files[BAKERY])
    desks.credit(visit(people.payer), files[BAKERY], "AV-2026-017")
    assert desks.now(world, files[BAKERY]).state == State.CREDITED
    with world.database():
        assert ledger.position(people.fund.pk).credited_cents == 1_650_00
        assert [*ledger.verify(people.fund.pk), *agreement_faults(people.refresh())] == []
    the_auditor_finds_the_euro(visit, people, files[BAKERY])


def the_landlord_opens_the_fund(visit: Visit, people: World) -> None:
    """One proposes with the signed charter, another confirms."""
    manager, code = visit(people.landlord_manager), people.fund.code
    manager.go(f"/fonds/{code}/actes/proposer/open/")
    manager.page.locator("[name=amount]").fill("2 000")
    paper: Any = {"name": PDF[0], "mimeType": "application/pdf", "buffer": PDF[1]}
    manager.page.locator("[name=signed_pdf]").set_input_files(paper)
    manager.click(desks.say("Propose"), role="button")
    manager.page.wait_for_url("**/actes/**")
    confirmer = visit(people.approver)
    confirmer.go(f"/fonds/{code}/actes/")
    confirmer.page.locator("main a[href*='/actes/']:not([href*=proposer])").first.click()
    confirmer.page.locator("form[action$='/confirmer/'] button").click()
    confirmer.page.locator(".messages .success").first.wait_for()


def filed(visit: Visit, world: BrowserWorld, people: World, name: str, *, during: str) -> Application:
    """By the advisor, with the proof of turnover, which only the chamber reads."""
    advisor = visit(people.advisor)
    filing_desk.open_draft(advisor, people, name)
    filing_desk.give_mandate(advisor)
    advisor.page.locator("button[name=tick_all]").click()
    advisor.page.locator(".messages .success").first.wait_for()
    filing_desk.answer_criteria(advisor, before="10 000", during=during)
    paper: Any = {"name": "tva.pdf", "mimeType": "application/pdf", "buffer": PDF[1]}
    advisor.page.locator(f"#file-{EVIDENCE}").set_input_files(paper)
    advisor.page.locator("#papers .held").wait_for()
    filing_desk.submit(advisor)
    with world.database():
        return Application.objects.get(fund=people.fund, tenant__legal_name=name)


def settle_all(assessor: Visitor, file: Application) -> None:
    """A favourable opinion, with a note for what has to be verified."""
    desks.begin_to_assess(assessor, file)
    for note in assessor.page.locator("textarea[name^=note_]").all():
        note.fill("Vérifié sur la déclaration de TVA reçue.")
    desks.check(assessor)
    desks.confirm(assessor)


def the_school_misses_the_mark(visit: Visit, people: World, file: Application) -> None:
    """What is missing is said; the opinion is unfavourable; only the landlord refuses."""
    assessor = visit(people.assessor)
    desks.step(assessor, file, "instruire")
    assert "2,6 points" in assessor.text()
    assessor.page.get_by_role("radio", name=desks.say("unfavourable"), exact=True).check()
    assessor.page.locator("[name=reason]").fill(REASON)
    assessor.page.locator("[name=no_conflict]").check()
    desks.check(assessor)
    desks.confirm(assessor)
    approver = visit(people.approver)
    desks.step(approver, file, "reject")
    approver.page.locator("[name=motive][value=criteria_not_met]").check()
    approver.page.locator("main form.card button").click()
    approver.page.locator(".messages .success").first.wait_for()


def the_auditor_finds_the_euro(visit: Visit, people: World, file: Application) -> None:
    """Three clicks from the desk: the fund, its journal, the movement; a fourth opens the file that caused it."""
    auditor = visit(people.auditor)
    auditor.go("/")
    auditor.page.locator(f"main a[href='/fonds/{people.fund.code}/']").first.click()
    auditor.page.locator(f"a[href='/fonds/{people.fund.code}/journal/']").first.click()
    auditor.page.locator("main tbody tr", has_text="AV-2026-017").first.locator("th a").click()
    assert file.reference in auditor.text()
    auditor.page.locator("main").get_by_role("link", name=file.reference).first.click()
    assert desks.say("Credited") in auditor.text()
