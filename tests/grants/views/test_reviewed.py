"""What a hostile review found, held: figures of the other side, numbers beside their line, reads that leave a trace."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grants import statistics
from grants.actions.bulk import Mode, Row, preflight, start
from grants.enums import Action, Role, Side, State
from grants.letters.officials_report import sentences
from grants.models import Application, BulkRun, FundMember, ReadLog
from grants.money import euros
from grants.views.reports import report_of
from tests.factories import MONTHS, OPENED_ON, World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor
from tests.grants.drafting.desk import LOSS
from tests.grants.views.reading import fields, reader

pytestmark = pytest.mark.django_db

TURNOVER = {"turnover_by_month": {"2019-03": 12_345_67, "2020-03": 76_543_21}}
FIGURE = "12345,67"


def today() -> date:
    return timezone.localdate()


def asked_for_turnover(world: World) -> Application:
    file = walk.submit(world, walk.draft(world, on=today(), facts=TURNOVER), today())
    return walk.request_info(world, file, today(), wanted=["turnover_by_month"])


def approved(world: World, count: int, on: date | None = None) -> list[Application]:
    """Files of one month each: 111.11 euros, twice that, and so on."""
    leases = [tenant_with_lease(world, months=MONTHS[:1], rent_cents=n * 111_11) for n in range(1, count + 1)]
    return [walk.walk_to(world, State.APPROVED, lease=lease, on=on or today()) for lease in leases]


def test_the_page_of_an_answer_tells_figures_to_the_chamber_alone() -> None:
    world = world_of_today(criteria=[LOSS])
    file = asked_for_turnover(world)
    page = reverse("grants:act", args=[file.uuid, "answer"])
    assert FIGURE in reader(world.advisor).get(page).content.decode()
    for person in (world.approver, world.payer, world.landlord_manager, world.auditor):
        shown = reader(person).get(page)
        assert shown.status_code == 200
        sent = reader(person).post(page, fields(shown) | {"key": "k", "version": file.version})
        for answer in (shown, sent):
            assert "turnover" not in answer.content.decode()
    walk.answer(world, file, today(), facts=TURNOVER)
    assert "turnover" not in reader(world.approver).get(page).content.decode()


def test_numbers_pasted_for_a_list_that_has_changed_are_filled_in_nowhere() -> None:
    world = world_of_today()
    first, second, third = approved(world, 3)
    payer = Visitor(world.payer).open(reverse("grants:crediting"))
    walk.credit(world, first, today())
    typed = {"column": "AV-1\r\nAV-2", "form": "credit_note"}
    payer.press("Check, then record", typed)
    assert any("The list has changed" in reason for reason in payer.reasons)
    payer.press("Check, then record", {"column": "AV-2\r\nAV-3"})
    assert payer.title == "What would happen"
    for file, number in ((second, "AV-2"), (third, "AV-3")):
        told = f"{file.reference} – {file.tenant} – {euros(file.lines.get().approved_cents or 0)} – voucher {number}"
        assert " ".join(told.split()).partition(" – ")[0] in payer.text
        assert f"voucher {number}" in payer.text


@pytest.mark.parametrize(("name", "of_file"), [("act", True), ("receipt", True), ("mails", False), ("team", False)])
def test_an_auditor_leaves_a_trace(name: str, of_file: bool) -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED, on=today())
    arguments = [file.uuid, "reject"] if name == "act" else [file.uuid if of_file else world.fund.code]
    assert reader(world.auditor).get(reverse(f"grants:{name}", args=arguments)).status_code == 200
    read = ReadLog.objects.get(user=world.auditor)
    assert read.object_uuid == (file.uuid if of_file else world.fund.uuid)


def test_decision_lists_leave_a_trace_of_an_auditor() -> None:
    world = world_of_today()
    reader(world.auditor).get(reverse("grants:decision_lists", args=[world.fund.code]))
    assert ReadLog.objects.get(user=world.auditor).filter_text == "decision lists"


def test_whoever_is_the_landlords_too_reads_no_receipt_but_of_what_they_filed() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED, on=today())
    page = reverse("grants:receipt", args=[file.uuid])
    walk.join(world, "both", Side.CHAMBER, Role.MANAGER, user=world.landlord_manager)
    assert reader(world.landlord_manager).get(page).status_code == 404
    walk.join(world, "filer", Side.LANDLORD, Role.MANAGER, user=world.advisor)
    assert reader(world.advisor).get(page).status_code == 200


def test_a_run_is_nobodys_who_left_the_fund() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE, on=today())
    told = preflight(action=Action.APPROVE, rows=[Row(file.pk)], common={"no_conflict": True}, by=world.approver)
    unreadable = {"plan": told.plan.seal(), "key": "a\0b", "mode": "each"}
    assert reader(world.approver).post(reverse("grants:bulk_launch"), unreadable).status_code == 422
    assert not BulkRun.objects.exists()
    run = start(plan=told.plan, mode=Mode.EACH, by=world.approver, key="k")
    page = reverse("grants:bulk_run", args=[run.uuid])
    assert reader(world.approver).get(page).status_code == 200
    FundMember.objects.filter(user=world.approver).update(ends_on=today() - timedelta(days=1))
    assert reader(world.approver).get(page).status_code == 404


def test_a_place_in_a_list_that_is_none_begins_at_the_top() -> None:
    world = world_of_today()
    walk.walk_to(world, State.APPROVED, on=today())
    unfiled = walk.walk_to(world, State.DRAFT, on=today())
    for person, desk in ((world.payer, "grants:crediting"), (world.approver, "grants:decide")):
        assert reader(person).get(reverse(desk), {"apres": unfiled.pk}).status_code == 200


def test_delays_are_those_known_on_the_day() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED, on=OPENED_ON)
    steps = (walk.favourable, walk.approve, walk.credit)
    for n, step in enumerate(steps, start=1):
        file = step(world, file, OPENED_ON + timedelta(days=10 * n))
    for day, expected in ((9, (None, None, None)), (19, (10, None, None)), (29, (10, 20, None)), (30, (10, 20, 30))):
        found = statistics.figures([world.fund.pk], OPENED_ON + timedelta(days=day)).delays
        assert (found.to_opinion, found.to_decision, found.to_credit) == expected


@pytest.mark.parametrize(("credited", "told"), [(0, True), (1, False), (5, True), (6, False), (10, True)])
def test_what_few_businesses_were_credited_is_not_told(credited: int, told: bool) -> None:
    world = open_fund()
    files = approved(world, 10, OPENED_ON)
    for file in files[:credited]:
        walk.credit(world, file, OPENED_ON)
    cents = sum(n * 111_11 for n in range(1, credited + 1))
    found = " ".join(sentences(report_of(world.fund, today())))
    assert (euros(cents) in found) is told
