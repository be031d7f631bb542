"""Many files in one go, and a rent roll: chosen, judged beforehand, done, and told row by row."""

from typing import Any

from grants import ledger
from grants.actions.bulk import jobs
from grants.enums import Role, State
from grants.models import Application, BulkRun, FundMember
from landlords.models import Lease, RentRollImport
from tests.browser import axe, desks
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.browser.world import BrowserWorld
from tests.factories import World
from tests.grants.actions.bulk.many import filed
from tests.grants.api.caller import world_of_today
from tests.landlords.rolls import csv_bytes, rows_of


def with_a_limit(world: BrowserWorld) -> tuple[World, list[Application]]:
    """Three files to decide, the last of which is above the approver's delegation."""
    with world.database():
        people = world_of_today()
        members = FundMember.objects.filter(fund=people.fund, user=people.approver, role=Role.APPROVER)
        members.update(limit_cents=250_00)
        return people, filed(people, State.ELIGIBLE, 100_00, 200_00, 300_00)


def test_all_that_match_are_decided_in_one_go(visit: Visit, world: BrowserWorld) -> None:
    people, files = with_a_limit(world)
    approver = visit(people.approver)
    approver.go("/decider/")
    for file in files[:2]:
        approver.page.locator(f"#file-{file.pk}").check()
    # A script reckons at once what is left.
    assert "39 700,00" in approver.page.locator("output[data-sentence]").inner_text().replace("\u202f", " ")
    assert axe.faults(approver) == []
    approver.page.locator("[name=no_conflict]").check()
    approver.click(desks.say("Check, then give my visa"), role="button")
    approver.page.locator("#passes").wait_for()
    assert axe.faults(approver) == []
    approver.page.locator("form[action$='/lancer/'] button").dblclick()
    approver.page.wait_for_url("**/lot/suivi/**")
    progress = approver.page.locator("progress")
    assert (progress.get_attribute("value"), progress.get_attribute("max")) == ("0", "2")
    assert axe.faults(approver) == []
    with world.database():
        (run,) = BulkRun.objects.filter(fund=people.fund)
        jobs.carry_out(run.pk)
    # It looks by itself, every two seconds, and leaves whoever reads with the keys where they are.
    approver.page.locator("#rows a").last.focus()
    approver.page.locator(".state-good").nth(1).wait_for()
    assert approver.page.locator("#rows a").last.evaluate("here => here === document.activeElement")
    assert axe.faults(approver) == []
    with world.database():
        assert ledger.position(people.fund.pk).committed_cents == 300_00


def test_what_is_blocked_is_told_beforehand(visit: Visit, world: BrowserWorld) -> None:
    people, files = with_a_limit(world)
    approver = visit(people.approver)
    approver.go("/lot/reject/")
    approver.page.locator("[name=tous]").check()
    approver.click(desks.say("Go on"), role="button")
    approver.page.locator("[name=motive]").select_option("other")
    approver.page.locator("[name=reason]").fill("Trop court")
    approver.click(desks.say("See what would happen"), role="button")
    approver.page.locator("#blocked").wait_for()
    assert all(file.reference in approver.text() for file in files)
    assert axe.faults(approver) == []


def hand_in(manager: Visitor, people: World, name: str, content: bytes) -> None:
    manager.go(f"/fonds/{people.fund.code}/etat-locatif/")
    paper: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    manager.page.locator("[name=file]").set_input_files(paper)
    manager.page.locator("main form button").first.click()
    manager.page.locator("h1", has_text=name).wait_for()


def correct(manager: Visitor, title: str, fact: str) -> None:
    manager.page.get_by_label(title, exact=True).select_option(fact)
    manager.click(desks.say("Check again with these columns"), role="button")


def test_a_rent_roll_is_read_again_with_its_columns_corrected_and_imported(visit: Visit, world: BrowserWorld) -> None:
    with world.database():
        people = world_of_today()
    manager = visit(people.landlord_manager)
    rows = rows_of({}, {"Réf. bail": "B2", "Réf. local": "L2", "Effectif": "douze"})
    rows[0][rows[0].index("Loyer HT")] = "Colonne G"
    hand_in(manager, people, "etat.csv", csv_bytes(rows))
    errors = manager.page.locator("table.roll-findings tbody tr")
    # Its column of rents is named; then each line is read, and the column that holds a word is left out.
    correct(manager, "Colonne G", "rent")
    manager.page.locator("table.roll-findings", has_text="douze").wait_for()
    assert [row.split("\t")[:3] for row in errors.all_inner_texts()] == [["3", "Effectif", "douze"]]
    assert axe.faults(manager) == []
    correct(manager, "Effectif", "")
    manager.page.locator(".note.good").wait_for()
    assert axe.faults(manager) == []
    manager.click(desks.say("Import this rent roll"), role="button")
    manager.page.locator(".messages .success, .note.good[role=status]").first.wait_for()
    assert axe.faults(manager) == []
    with world.database():
        assert RentRollImport.objects.get(landlord=people.landlord).lines == 2
        assert set(Lease.objects.filter(landlord=people.landlord).values_list("reference", flat=True)) == {"B1", "B2"}
