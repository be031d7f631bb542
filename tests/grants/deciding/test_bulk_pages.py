"""Many at once: chosen, judged beforehand, run as a job that may be pressed twice, killed, or met by another's."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from fundadmin.models import User
from grants import ledger, tasks
from grants.actions import bulk, work
from grants.actions.bulk import Mode, Plan, Row, jobs
from grants.enums import Action, State
from grants.exceptions import BadInput, KeyReused
from grants.models import Application, BulkRow, BulkRun, Event
from tests.factories import World, key, open_fund
from tests.grants import walk
from tests.grants.actions.bulk.many import asked, filed
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.test_approve import eligible
from tests.grants.deciding.visitor import Visitor
from tests.grants.parallel import at_once, faults

pytestmark = pytest.mark.django_db


def page_of(action: str, **query: str) -> str:
    return reverse("grants:bulk", args=[action], query=query)


def preflight(world: World, files: list[Application], by: User) -> Plan:
    rows = [Row(file.pk) for file in files]
    return bulk.preflight(action=Action.APPROVE, rows=rows, common={"no_conflict": True}, by=by).plan


def test_a_sitting_is_decided_from_the_desk_in_one_go_and_pressing_twice_runs_it_once() -> None:
    world = world_of_today()
    files = eligible(world, 100_00, 200_00, 300_00)
    visitor = Visitor(world.approver).open(reverse("grants:decide"))
    chosen = {"dossier": [str(file.uuid) for file in files[:2]], "no_conflict": "on"}
    visitor.press("Check, then give my visa", chosen)
    assert visitor.title == "What would happen"
    assert "2 applications pass" in visitor.text
    assert ["Committed", "€0.00", "€300.00"] in visitor.rows("before and after")
    visitor.press("confirm for 2 applications").press_again()

    run = BulkRun.objects.get()
    assert visitor.address == reverse("grants:bulk_run", args=[run.uuid])
    assert "In progress: 0 of 2" in visitor.text
    assert [row[1] for row in visitor.rows("What became of each application")] == ["waiting", "waiting"]
    (job,) = ProcrastinateJob.objects.filter(task_name=jobs.TASK)
    tasks.carry_out_bulk_run(**job.args)
    visitor.open(visitor.address)
    assert "Finished: all 2 applications are done." in visitor.text
    assert ledger.position(world.fund.pk).committed_cents == 300_00
    assert BulkRun.objects.get().plan == {}  # what somebody wrote stays with the events only


def test_who_comes_from_the_desk_to_refuse_is_asked_for_the_reason_before_missing_it() -> None:
    world = world_of_today()
    (file,) = eligible(world, 100_00)
    visitor = Visitor(world.approver).open(reverse("grants:decide"))
    visitor.press("Reject", {"dossier": [str(file.uuid)]})
    assert "The same for 1 application" in visitor.text
    assert visitor.reasons == []
    visitor.press("See what would happen", {"reason": ""})
    assert "1 application passes" in visitor.text


def test_what_is_blocked_is_told_by_reason_and_a_row_refused_on_the_way_leaves_the_others_done() -> None:
    world = world_of_today()
    one, two, three = eligible(world, 100_00, 200_00, 300_00)
    visitor = Visitor(world.approver).open(page_of("reject"))
    chosen = {"dossier": [str(file.uuid) for file in (one, two)]}
    visitor.press("Go on", chosen)
    assert "The same for 2 applications" in visitor.text
    visitor.press("See what would happen", {"motive": "other", "reason": "short"})
    assert "Nothing can be done: see the reasons." in visitor.text
    assert "2 applications are left out" in visitor.text
    assert "Give the reason in at least 20 characters." in visitor.text

    visitor.open(page_of("reject")).press("Go on", {"tous": "1"})
    visitor.press("See what would happen", {"motive": "fund_exhausted"}).press("confirm for 3 applications")
    walk.send_back(world, two, timezone.localdate())  # somebody was quicker
    tasks.carry_on_bulk_runs(0)  # too early: its own job is on its way
    assert BulkRow.objects.filter(state=BulkRow.State.WAITING).count() == 3
    BulkRun.objects.update(made_at=timezone.now() - timedelta(minutes=5))
    assert "It has not begun yet" in visitor.open(visitor.address).text
    tasks.carry_on_bulk_runs(0)

    visitor.open(visitor.address)
    assert "Finished: 2 of 3 are done." in visitor.text
    rows = visitor.rows("What became of each application")
    assert two.reference in rows[0][0]  # what was refused comes first
    assert "a changé depuis" in rows[0][2]
    assert {Application.objects.get(pk=file.pk).state for file in (one, three)} == {State.REJECTED}


def test_all_or_none_leaves_everything_as_it_was() -> None:
    world = world_of_today()
    one, two = eligible(world, 100_00, 200_00)
    run = bulk.start(plan=preflight(world, [one, two], world.approver), mode=Mode.ALL, by=world.approver, key=key())
    walk.send_back(world, two, timezone.localdate())
    bulk.carry_out(run.pk)
    assert [row.state for row in run.rows.all()] == [BulkRow.State.UNDONE, BulkRow.State.REFUSED]
    assert ledger.position(world.fund.pk).committed_cents == 0
    assert bulk.carry_out(run.pk).attempts == 1  # finished: nothing is done again


def test_a_run_that_nobody_began_within_the_hour_does_nothing() -> None:
    world = world_of_today()
    files = eligible(world, 100_00, 200_00)
    run = bulk.start(plan=preflight(world, files, world.approver), mode=Mode.EACH, by=world.approver, key=key())
    BulkRun.objects.update(made_at=timezone.now() - timedelta(hours=2))
    assert bulk.carry_out(run.pk).finished_at is not None
    assert [row.codes for row in run.rows.all()] == [["plan_expired"], ["plan_expired"]]
    assert ledger.position(world.fund.pk).committed_cents == 0


def test_information_is_asked_of_many_and_files_sent_back() -> None:
    world = world_of_today(required_documents=[{"kind": "lease_contract", "timing": "before_decision"}])
    file = walk.submit(world, walk.draft(world))
    visitor = Visitor(world.assessor).open(page_of("request_info"))
    visitor.press("Go on", {"dossier": str(file.uuid)})
    visitor.press("See what would happen", {"message": "Please"})
    assert visitor.status == 422
    assert any("What is missing" in reason for reason in visitor.reasons)
    visitor.press("See what would happen", {"wanted": ["lease_contract", "headcount"]})
    visitor.press("confirm for 1 application")
    bulk.carry_out(BulkRun.objects.get().pk)
    assert Application.objects.get(pk=file.pk).info_requested == ["lease_contract", "headcount"]

    (ready,) = eligible(world_of_today(), 100_00)
    assert "no application" in visitor.open(page_of("request_info", q="nowhere")).text.lower()
    assert visitor.client.post(page_of("send_back"), {"dossier": str(ready.uuid)}).status_code == 200


def test_nothing_chosen_no_declaration_and_an_action_that_is_not_offered() -> None:
    world = world_of_today()
    (file,) = eligible(world, 100_00)
    visitor = Visitor(world.approver).open(reverse("grants:decide"))
    visitor.press("Check, then give my visa", {"no_conflict": "on"})
    assert visitor.status == 422
    assert "Choose at least one application." in visitor.text
    visitor.open(reverse("grants:decide")).press("Check, then give my visa", {"dossier": str(file.uuid)})
    assert any("Declare that you have no conflict of interest" in reason for reason in visitor.reasons)
    assert visitor.client.get(page_of("discard")).status_code == 404
    assert "This step is not yours in any fund today." in Visitor(world.payer).open(page_of("reject")).text


def test_a_preflight_that_can_not_be_made_tells_it_on_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """More files than may be taken at once: the page takes the first ones, so a limit lowered meanwhile."""
    world = world_of_today()
    files = eligible(world, 100_00, 100_00)
    monkeypatch.setattr("grants.actions.bulk.running.ROW_LIMIT", 1)
    visitor = Visitor(world.approver).open(reverse("grants:decide"))
    visitor.press("Check, then give my visa", {"dossier": [str(file.uuid) for file in files], "no_conflict": "on"})
    assert visitor.status == 422
    assert visitor.reasons == ["Choose at most 1 applications at once: you chose 2."]
    credited = [walk.approve(world, file, timezone.localdate()) for file in files]
    payer = Visitor(world.payer).open(reverse("grants:crediting"))
    payer.press("Check, then record", {"column": "1\n2", "form": "credit_note"})
    assert len(credited) == 2
    assert payer.reasons == ["Choose at most 1 applications at once: you chose 2."]


def test_first_visas_are_counted_by_what_they_are_for() -> None:
    world = world_of_today(second_visa_threshold_cents=150_00)
    files = eligible(world, 100_00, 200_00)
    visitor = Visitor(world.approver).open(reverse("grants:decide"))
    visitor.press("Check, then give my visa", {"dossier": [str(file.uuid) for file in files], "no_conflict": "on"})
    assert "€300.00" in visitor.text
    assert ["Committed", "€0.00", "€100.00"] in visitor.rows("before and after")
    assert "1 first visa: €200.00. Its money stays reserved until the second one." in visitor.text


def test_a_plan_that_was_altered_expired_or_is_anothers_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of_today()
    plan = preflight(world, eligible(world, 100_00), world.approver)
    launch = reverse("grants:bulk_launch")
    own, other = Visitor(world.approver).client, Visitor(world.approver2).client
    for client, text in ((own, "altered"), (other, plan.seal())):
        answer = client.post(launch, {"plan": text, "key": "k"})
        assert answer.status_code == 422
        assert "Nothing was done" in answer.content.decode()
    assert own.post(launch, {"plan": plan.seal(), "key": ""}).status_code == 422
    monkeypatch.setattr("grants.actions.bulk.plans.PLAN_SECONDS", -1)
    assert "more than an hour old" in own.post(launch, {"plan": plan.seal(), "key": "k"}).content.decode()
    assert BulkRun.objects.count() == 0
    empty = Plan(world.fund.pk, Action.APPROVE, world.approver.pk, ())
    with pytest.raises(BadInput):
        bulk.start(plan=empty, mode=Mode.ALL, by=world.approver, key="k")


def test_a_key_stands_for_one_plan_and_mode() -> None:
    world = world_of_today()
    one, two = eligible(world, 100_00, 200_00)
    plan, name = preflight(world, [one], world.approver), key()
    run = bulk.start(plan=plan, mode=Mode.EACH, by=world.approver, key=name)
    assert bulk.start(plan=plan, mode=Mode.EACH, by=world.approver, key=name).pk == run.pk
    with pytest.raises(KeyReused):
        bulk.start(plan=plan, mode=Mode.ALL, by=world.approver, key=name)
    with pytest.raises(KeyReused):
        bulk.start(plan=preflight(world, [two], world.approver), mode=Mode.EACH, by=world.approver, key=name)
    assert ProcrastinateJob.objects.filter(task_name=jobs.TASK).count() == 1


def test_a_run_is_read_by_who_pressed_it_and_refreshes_its_part_only() -> None:
    world = world_of_today()
    run = bulk.start(
        plan=preflight(world, eligible(world, 100_00), world.approver), mode=Mode.EACH, by=world.approver, key=key()
    )
    address = reverse("grants:bulk_run", args=[run.uuid])
    assert Visitor(world.approver2).client.get(address).status_code == 404
    own: Client = Visitor(world.approver).client
    part = own.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="run" hx-get=')
    BulkRun.objects.update(attempts=work.MOST_ATTEMPTS, told_at=timezone.now() - timedelta(hours=1))
    assert bulk.left_behind() == []
    assert "Stopped by an error" in own.get(address).content.decode()


def test_a_run_whose_worker_died_goes_on_where_it_was() -> None:
    world = world_of_today()
    files = eligible(world, 100_00, 200_00, 300_00)
    plan = preflight(world, files, world.approver)
    run = bulk.start(plan=plan, mode=Mode.EACH, by=world.approver, key=key())

    class Killed(Exception):
        """The process is gone after its first file."""

    def told(_outcome: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        bulk.run(plan=plan, mode=Mode.EACH, by=world.approver, key=run.key, told=told)
    assert Event.objects.filter(action=Action.APPROVE).count() == 1
    bulk.carry_out(run.pk)
    assert [row.state for row in run.rows.all()] == [BulkRow.State.DONE] * 3
    assert Event.objects.filter(action=Action.APPROVE).count() == 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_approvers_run_the_same_files_at_once_and_one_jobs_two_workers_too() -> None:
    """Each file is approved once, no money is committed twice, and each run says what became of its rows."""
    world = open_fund(ends_on=timezone.localdate() + timedelta(days=90), filing_deadline=timezone.localdate())
    files = filed(world, State.ELIGIBLE, *[100_00] * 6)
    there = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    back = asked(files, Action.APPROVE, world.approver2, no_conflict=True).plan
    one = bulk.start(plan=there, mode=Mode.EACH, by=world.approver, key=key())
    two = bulk.start(plan=back, mode=Mode.EACH, by=world.approver2, key=key())

    at_once([partial(bulk.carry_out, pk) for pk in (one.pk, two.pk, one.pk)])

    told = [row.state for run in (one, two) for row in run.rows.all()]
    assert told.count(BulkRow.State.DONE) == 6
    assert told.count(BulkRow.State.REFUSED) == 6
    assert Event.objects.filter(action=Action.APPROVE).count() == 6
    assert ledger.position(world.fund.pk).committed_cents == 600_00
    assert faults(world.fund) == []
    assert json.dumps(BulkRun.objects.get(pk=one.pk).plan) == "{}"
