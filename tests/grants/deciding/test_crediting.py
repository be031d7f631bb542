"""Record credits: one file by one voucher, a batch from a pasted column, in the order of the landlord's billing."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.actions.bulk import carry_out
from grants.enums import Action, LineState, State
from grants.models import Application, BulkRun, Event
from landlords.billing import Cutoff, cutoff_of
from landlords.models import Landlord
from tests.factories import World, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.bulk.many import MARCH
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor

pytestmark = pytest.mark.django_db

DESK = "/imputer/"


def page_of(file: Application) -> str:
    return reverse("grants:credit", args=[file.uuid])


def approved(world: World, *rents: int) -> list[Application]:
    leases = [tenant_with_lease(world, months=MARCH, rent_cents=cents) for cents in rents]
    return [walk.walk_to(world, State.APPROVED, lease=lease) for lease in leases]


def test_one_voucher_covers_the_lines_that_are_ticked_and_is_recorded_once() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.APPROVED)
    march, april, may = file.lines.order_by("month")
    visitor = Visitor(world.payer).open(page_of(file))

    typed = {"lines": [str(march.pk), str(april.pk)], "ref": "AV-7", "form": "credit_note"}
    visitor.press("Check, then confirm", typed)
    assert visitor.title == f"Record a credit of €1,000.00 for {file.tenant}?"
    assert "2 lines by the voucher AV-7 (credit note)." in visitor.text
    assert ["Credited", "€0.00", "€1,000.00"] in visitor.rows("before and after")
    visitor.press("Record the credit").press_again()
    assert visitor.address == page_of(file)  # May is left
    assert Event.objects.filter(action=Action.CREDIT).count() == 1
    assert [line.voucher_ref for line in file.lines.order_by("month")] == ["AV-7", "AV-7", ""]

    visitor.press("Check, then confirm", {"lines": str(may.pk), "ref": "AV-8", "form": "exit_balance"})
    assert any("still runs" in reason for reason in visitor.reasons)
    visitor.press("Check, then confirm", {"form": "credit_note"}).press("Record the credit")
    assert visitor.address == DESK
    assert "Everything approved is credited." in visitor.text


def test_the_next_file_to_credit_follows() -> None:
    world = world_of_today()
    one, two = approved(world, 100_00, 200_00)
    visitor = Visitor(world.payer).open(page_of(one))
    visitor.press("Check, then confirm", {"ref": "AV-1", "form": "credit_note"}).press("Record the credit")
    assert visitor.address == page_of(two)


def test_a_voucher_needs_a_number_and_a_date_that_can_be() -> None:
    world = world_of_today()
    (file,) = approved(world, 100_00)
    visitor = Visitor(world.payer).open(page_of(file))
    visitor.press("Check, then confirm", {"ref": "", "form": "credit_note", "dated": "2100-01-01"})
    assert any("Number of the voucher" in reason for reason in visitor.reasons)
    visitor.press("Check, then confirm", {"ref": "AV-1"})
    assert any("can't be dated in the future" in reason for reason in visitor.reasons)
    assert Visitor(world.approver).open(page_of(file)).buttons() == []


def test_a_pasted_column_fills_the_list_and_is_recorded_as_a_whole() -> None:
    world = world_of_today()
    one, two, three = approved(world, 100_00, 200_00, 300_00)
    visitor = Visitor(world.payer).open(DESK)
    visitor.press("Check, then record", {"column": "AV-1\r\n\r\nAV-3\r\n", "form": "credit_note"})
    assert visitor.title == "What would happen"
    assert "2 applications pass" in visitor.text
    assert "€400.00" in visitor.text
    assert "€100.00 – voucher AV-1" in visitor.text
    visitor.press("confirm for 2 applications", {"mode": "all"}).press_again()

    assert BulkRun.objects.count() == 1
    carry_out(BulkRun.objects.get().pk)
    assert ledger.position(world.fund.pk).credited_cents == 400_00
    assert {file.lines.get().voucher_ref for file in (one, three)} == {"AV-1", "AV-3"}
    assert two.lines.get().state == LineState.APPROVED
    assert "Finished: all 2 applications are done." in visitor.open(visitor.address).text


def test_every_fault_of_a_batch_is_told_at_its_line_and_nothing_is_recorded() -> None:
    world = world_of_today()
    one, two, three = approved(world, 100_00, 200_00, 300_00)
    visitor = Visitor(world.payer).open(DESK)
    visitor.press("Check, then record", {"form": "credit_note"})
    assert visitor.reasons == ["Type or paste at least one number."]

    typed = {f"number_{one.pk}": "AV-1", f"number_{two.pk}": "AV-1", f"number_{three.pk}": "x" * 61}
    visitor.press("Check, then record", {**typed, "dated": ""})
    assert any("3 lines have a fault" in reason for reason in visitor.reasons)
    assert any("Date of the vouchers" in reason for reason in visitor.reasons)
    rows = visitor.rows("applications to credit")
    assert "“AV-1” is given to several businesses" in rows[0][4]
    assert "“AV-1” is given to several businesses" in rows[1][4]
    assert "At most 60 characters." in rows[2][4]
    assert 'value="AV-1"' in visitor.answer.content.decode()

    # What the action itself finds is told the same way: an exit balance of a lease that runs.
    fine = {f"number_{one.pk}": "AV-1", f"number_{two.pk}": "AV-2", f"number_{three.pk}": ""}
    visitor.press("Check, then record", {**fine, "dated": timezone.localdate().isoformat(), "form": "exit_balance"})
    assert visitor.reasons == ["2 lines have a fault: nothing is recorded before they are mended."]
    assert "still runs" in visitor.rows("applications to credit")[0][4]
    assert Event.objects.filter(action=Action.CREDIT).count() == 0


def test_two_pasted_columns_are_read_by_reference() -> None:
    world = world_of_today()
    one, two = approved(world, 100_00, 200_00)
    visitor = Visitor(world.payer).open(DESK)
    column = f"{two.reference.upper()}\tAV-2\n\n{one.reference}\t AV-1 \nother-9\tAV-9\n{one.reference}\t"
    visitor.press("Check, then record", {"column": column, "form": "credit_note"})
    assert [reason for reason in visitor.reasons if "not in the list" in reason] != []
    assert visitor.text.count("“other-9” is not in the list") >= 1

    visitor.press("Check, then record", {"column": f"{two.reference}\tAV-2", f"number_{one.pk}": ""})
    assert "1 application passes" in visitor.text
    visitor.open(DESK).press("Check, then record", {"column": "1\n2\n3", "form": "credit_note"})
    assert any("3 lines are pasted for 2 applications" in reason for reason in visitor.reasons)


def test_files_that_missed_the_last_rent_calls_are_told_and_those_nobody_may_credit_say_why() -> None:
    world = world_of_today()
    Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=1)
    one, two = approved(world, 100_00, 200_00)
    Application.objects.filter(pk=two.pk).update(decided_on=timezone.localdate())
    walk.ask_cancel(world, two, timezone.localdate())
    visitor = Visitor(world.payer).open(DESK)
    assert "The next rent calls are made up on " in visitor.text
    rows = visitor.rows("2 applications to credit")
    assert "missed the last rent calls" in rows[0][2]
    assert "missed the last rent calls" not in rows[1][2] or timezone.localdate().day == 1
    assert "is in an open request" in rows[1][4]
    assert len(visitor.open(f"{DESK}?apres={one.pk}").rows("2 applications to credit")) == 1
    assert len(visitor.open(f"{DESK}?apres=0").rows("2 applications to credit")) == 2
    assert len(visitor.open(f"{DESK}?q={one.reference}").rows("1 application to credit")) == 1
    assert "No application matches." in visitor.open(f"{DESK}?q=nowhere").text
    assert "You are no payer of a fund today." in Visitor(world.approver).open(DESK).text


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 3, 5), Cutoff(date(2026, 2, 10), date(2026, 3, 10), 5)),
        (date(2026, 3, 10), Cutoff(date(2026, 2, 10), date(2026, 3, 10), 0)),
        (date(2026, 3, 11), Cutoff(date(2026, 3, 10), date(2026, 4, 10), 30)),
        (date(2026, 1, 31), Cutoff(date(2026, 1, 10), date(2026, 2, 10), 10)),
        (date(2026, 12, 31), Cutoff(date(2026, 12, 10), date(2027, 1, 10), 10)),
    ],
)
def test_the_cut_off_before_and_after_a_day(on: date, expected: Cutoff) -> None:
    assert cutoff_of(Landlord(billing_cutoff_day=10), on) == expected
    assert cutoff_of(Landlord(), on) is None


@pytest.mark.parametrize("files", [1, 3])
def test_as_many_queries_for_one_file_as_for_three(
    files: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = world_of_today()
    made = approved(world, *[100_00] * files)
    visitor = Visitor(world.payer)
    with django_assert_num_queries(DESK_QUERIES):
        visitor.open(DESK)
    with django_assert_num_queries(PAGE_QUERIES):
        visitor.open(page_of(made[0]))


DESK_QUERIES = 20
PAGE_QUERIES = 21
