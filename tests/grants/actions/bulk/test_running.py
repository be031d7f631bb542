"""A run does what its plan says, each row once, and tells what it did not do."""

from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection

from grants import ledger
from grants.actions import bulk
from grants.actions.bulk import RUN_KEY_LIMIT, Mode, Plan
from grants.actions.turn import ImpatientKey
from grants.enums import Action, LineState, State
from grants.exceptions import BadInput, KeyReused, StillRunning
from grants.models import Application, BulkKey, Event, FundMember
from tests.factories import OPENED_ON, World, open_fund
from tests.grants import walk
from tests.grants.actions.bulk.many import asked, asked_each, codes, done, filed
from tests.grants.actions.refusal import everything, refused
from tests.grants.parallel import faults

pytestmark = pytest.mark.django_db

VOUCHER = {"form": "credit_note", "on": "2020-05-05"}


def states(files: list[Application]) -> list[str]:
    found = dict(Application.objects.filter(pk__in=[file.pk for file in files]).values_list("pk", "state"))
    return [found[file.pk] for file in files]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_run_does_its_plan(mode: Mode) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 3)
    told = asked(files, Action.APPROVE, world.approver, no_conflict=True)

    ran = done(told.plan, world.approver, mode, "a run")

    assert (ran.done, ran.undone, codes(ran)) == (3, False, [[]] * 3)
    assert states(files) == [State.APPROVED] * 3
    assert ledger.position(world.fund.pk).committed_cents == told.after.committed_cents == 300_00
    keys = Event.objects.filter(action=Action.APPROVE).order_by("pk").values_list("key", flat=True)
    assert list(keys) == [f"a run:{file.pk}" for file in files]
    assert faults(world.fund) == []


def test_a_file_that_changed_since_is_refused_and_that_row_only() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 3)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    again = walk.favourable(world, walk.send_back(world, files[1]))
    assert again.state == State.ELIGIBLE

    ran = done(plan, world.approver)

    assert codes(ran) == [[], ["stale_version"], []]
    assert [row.done for row in ran.rows] == [True, False, True]
    assert states(files) == [State.APPROVED, State.ELIGIBLE, State.APPROVED]


def test_in_one_go_a_refusal_undoes_everything_and_every_reason_is_told() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 4)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    walk.send_back(world, files[1])
    walk.withdraw(world, files[3])
    before = everything()

    ran = done(plan, world.approver, Mode.ALL)

    assert ran.undone
    assert codes(ran) == [[], ["stale_version"], [], ["stale_version"]]
    assert [row.done for row in ran.rows] == [False] * 4
    assert everything() == before


def test_what_would_end_otherwise_than_planned_is_refused() -> None:
    """Somebody else took the money: the file would wait now, which nobody confirmed."""
    world = open_fund(endowment_cents=1_500_00)
    first, second = filed(world, State.SUBMITTED, 1_000_00, 1_000_00)
    plan = asked([first], Action.ASSESS_FAVOURABLE, world.assessor, no_conflict=True).plan
    walk.favourable(world, second)

    ran = done(plan, world.assessor)

    assert codes(ran) == [["not_as_planned"]]
    assert first.reference in str(ran.rows[0].refusal)
    assert states([first]) == [State.SUBMITTED]
    assert not Event.objects.filter(application=first, action=Action.ASSESS_FAVOURABLE).exists()


@pytest.mark.parametrize("mode", list(Mode))
def test_the_same_run_again_returns_the_first_outcomes(mode: Mode) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 3)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    first = done(plan, world.approver, mode, "k")
    walk.credit(world, files[0])
    before = everything()

    again = done(plan, world.approver, mode, "k")

    def outcomes(ran: bulk.Run) -> list[Any]:
        return [row.application and row.application.outcome for row in ran.rows]

    assert outcomes(again) == outcomes(first)
    assert None not in outcomes(again)
    assert everything() == before


@pytest.mark.parametrize("mode", list(Mode))
def test_a_key_is_one_plans_and_one_modes(mode: Mode) -> None:
    world = open_fund()
    one, two = filed(world, State.ELIGIBLE, 100_00, 100_00)
    plan, other = (asked([file], Action.APPROVE, world.approver, no_conflict=True).plan for file in (one, two))
    (other_mode,) = set(Mode) - {mode}
    assert done(plan, world.approver, mode, "k").done == 1
    assert [str(run) for run in BulkKey.objects.all()] == ["approve k"]

    for wanted in ((other, mode), (plan, other_mode)):
        with refused(KeyReused, "key_reused"):
            done(wanted[0], world.approver, wanted[1], "k")
    assert done(other, world.approver, mode, "l").done == 1
    # The same content is the same request, however often it was sealed.
    assert done(bulk.Plan.unseal(plan.seal(), by=world.approver), world.approver, mode, "k").done == 1


def test_a_key_stands_for_a_run_although_every_row_of_it_was_refused() -> None:
    world = open_fund()
    one, two = filed(world, State.ELIGIBLE, 100_00, 100_00)
    plan, other = (asked([file], Action.APPROVE, world.approver, no_conflict=True).plan for file in (one, two))
    walk.send_back(world, one)
    assert codes(done(plan, world.approver, name="k")) == [["stale_version"]]
    with refused(KeyReused, "key_reused"):
        done(other, world.approver, name="k")


def test_a_run_that_was_undone_leaves_its_key_free() -> None:
    world = open_fund()
    one, two = filed(world, State.ELIGIBLE, 100_00, 100_00)
    plan, other = (asked([file], Action.APPROVE, world.approver, no_conflict=True).plan for file in (one, two))
    walk.send_back(world, one)
    assert done(plan, world.approver, Mode.ALL, "k").undone
    assert done(other, world.approver, Mode.ALL, "k").done == 1


@pytest.mark.parametrize("mode", list(Mode))
def test_a_plan_that_expired_tells_what_its_run_did_and_does_nothing_more(mode: Mode) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 3)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    late = replace(plan, expired=True)
    with refused(BadInput, "plan_expired"):
        done(late, world.approver, mode, "k")
    first = done(plan, world.approver, mode, "k")
    before = everything()

    again = done(late, world.approver, mode, "k")

    assert [row.application and row.application.outcome for row in again.rows] == [
        row.application and row.application.outcome for row in first.rows
    ]
    assert again.done == 3
    assert everything() == before


def test_what_a_run_left_undone_is_not_done_after_its_plans_hour() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 2)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    file = Application.objects.get(pk=files[1].pk)
    Application.objects.filter(pk=file.pk).update(version=99)
    assert codes(done(plan, world.approver, name="k")) == [[], ["stale_version"]]
    Application.objects.filter(pk=file.pk).update(version=file.version)

    assert codes(done(replace(plan, expired=True), world.approver, name="k")) == [[], ["plan_expired"]]
    assert states(files) == [State.APPROVED, State.ELIGIBLE]
    # Within the hour it is.
    assert codes(done(plan, world.approver, name="k")) == [[], []]


def test_a_key_leaves_room_for_the_files_number() -> None:
    world = open_fund()
    (file,) = filed(world, State.ELIGIBLE, 100_00)
    plan = asked([file], Action.APPROVE, world.approver, no_conflict=True).plan
    for name in ("", "k" * (RUN_KEY_LIMIT + 1)):
        with refused(BadInput, "key"):
            bulk.run(plan=plan, mode=Mode.EACH, by=world.approver, key=name, on=OPENED_ON)
    with refused(BadInput, "unreadable"):
        done(plan, world.approver, name="nul \0")
    assert done(plan, world.approver, name="k" * RUN_KEY_LIMIT).done == 1


def test_another_persons_plan_is_not_run() -> None:
    world = open_fund()
    (file,) = filed(world, State.ELIGIBLE, 100_00)
    plan = asked([file], Action.APPROVE, world.approver, no_conflict=True).plan
    with pytest.raises(BadInput) as caught:
        done(plan, world.approver2)
    assert caught.value.codes == ["plan_of_another"]


def test_a_plan_of_an_action_that_is_not_offered_is_not_run() -> None:
    world = open_fund()
    plan = Plan(world.fund.pk, Action.WITHDRAW, world.advisor.pk, ())
    with pytest.raises(BadInput) as caught:
        done(plan, world.advisor)
    assert caught.value.codes == ["not_in_bulk"]


@pytest.mark.parametrize("mode", list(Mode))
def test_who_lost_their_role_since_finds_no_file(mode: Mode) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, 100_00, 100_00)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    FundMember.objects.filter(user=world.approver).update(ends_on=OPENED_ON)
    assert codes(done(plan, world.approver, mode)) == [["not_found"]] * 2
    assert states(files) == [State.ELIGIBLE] * 2


def test_amounts_are_each_files_own() -> None:
    world = open_fund()
    first, second = filed(world, State.ELIGIBLE, 300_00, 300_00)
    (line,) = walk.line_ids(first)
    rows = [(first, {"amounts": {str(line): 200_00}}), (second, {})]
    told = asked_each(rows, Action.APPROVE, world.approver, no_conflict=True, reason=walk.REASON)
    assert [{move.kind: move.cents for move in row.moves} for row in told.plan.rows] == [
        {"release": 100_00, "commit": 200_00},
        {"commit": 300_00},
    ]
    done(told.plan, world.approver)
    assert [file.lines.get().approved_cents for file in (first, second)] == [200_00, 300_00]


def test_each_file_is_credited_by_a_voucher_of_its_own_or_all_its_lines_by_one() -> None:
    world = open_fund()
    (one,) = filed(world, State.APPROVED, 100_00)
    three = walk.walk_to(world, State.APPROVED)
    part = walk.walk_to(world, State.APPROVED)
    some = walk.line_ids(part)[:2]
    rows: list[tuple[Application, dict[str, Any]]] = [
        (one, {"voucher": {"ref": "AV-1"}}),
        (three, {"voucher": {"ref": "AV-2"}}),
        (part, {"voucher": {"ref": "AV-3", "form": "waiver"}, "lines": some}),
    ]
    told = asked_each(rows, Action.CREDIT, world.payer, voucher=VOUCHER)
    assert [row.request["lines"] for row in told.plan.rows] == [walk.line_ids(one), walk.line_ids(three), some]
    done(told.plan, world.payer, Mode.ALL)
    assert states([one, three, part]) == [State.CREDITED, State.CREDITED, State.APPROVED]
    credited = part.lines.filter(state=LineState.CREDITED)
    assert set(credited.values_list("voucher_ref", "form")) == {("AV-3", "waiver")}
    assert set(three.lines.values_list("voucher_ref", flat=True)) == {"AV-2"}


REQUESTS: list[tuple[Action, str, State, dict[str, Any]]] = [
    (Action.REQUEST_INFO, "assessor", State.SUBMITTED, {"wanted": ["headcount"], "message": walk.MESSAGE}),
    (Action.REMIND, "assessor", State.INFO_REQUESTED, {}),
    (Action.ASSESS_FAVOURABLE, "assessor", State.SUBMITTED, {"no_conflict": True, "resolved": {}}),
    (Action.APPROVE, "approver", State.ELIGIBLE, {"no_conflict": True}),
    (Action.SEND_BACK, "approver", State.ELIGIBLE, {"reason": walk.REASON}),
    (Action.REJECT, "approver", State.ELIGIBLE, {"motive": "other", "reason": walk.REASON}),
    (Action.CREDIT, "payer", State.APPROVED, {"voucher": VOUCHER | {"applied_to_notice": "T3"}}),
    (Action.TRANSFER, "chamber_manager", State.SUBMITTED, {"to": "advisor2"}),
    (Action.APPLY_NEW_VERSION, "landlord_manager", State.SUBMITTED, {}),
    (Action.LAPSE, "assessor", State.INFO_REQUESTED, {}),
]


def test_one_number_is_not_given_to_two_tenants_in_a_batch_nor_after_one() -> None:
    world = open_fund()
    first, second, third = (walk.walk_to(world, State.APPROVED) for _ in range(3))
    one = {"voucher": VOUCHER | {"ref": "AV-1"}}
    told = bulk.preflight(
        action=Action.CREDIT, rows=[bulk.Row(first.pk), bulk.Row(second.pk)], common=one, by=world.payer, on=OPENED_ON
    )
    assert codes(told) == [[], ["voucher_taken"]]
    ran = bulk.run(plan=told.plan, mode=Mode.ALL, by=world.payer, key="k", on=OPENED_ON)
    assert codes(ran) == [[]]
    told = bulk.preflight(action=Action.CREDIT, rows=[bulk.Row(third.pk)], common=one, by=world.payer, on=OPENED_ON)
    assert codes(told) == [["voucher_taken"]]


def test_every_action_in_bulk_is_tried_here() -> None:
    assert {action for action, *_ in REQUESTS} == set(bulk.BULK)


@pytest.mark.parametrize(("action", "name", "state", "common"), REQUESTS, ids=[str(row[0]) for row in REQUESTS])
def test_every_action_is_taken_in_bulk(action: Action, name: str, state: State, common: dict[str, Any]) -> None:
    world = open_fund(info_days=1)
    files = [walk.walk_to(world, state), walk.walk_to(world, state)]
    on = OPENED_ON
    if action == Action.LAPSE:
        on = _reminded(world, files)
    if action == Action.APPLY_NEW_VERSION:
        walk.amend(world)
    common = common | ({"to": world.advisor2.pk} if action == Action.TRANSFER else {})
    by = world.people[name]
    own = [{"voucher": {"ref": f"AV-{file.pk}"}} if action == Action.CREDIT else {} for file in files]
    rows = [bulk.Row(file.pk, asked) for file, asked in zip(files, own, strict=True)]
    told = bulk.preflight(action=action, rows=rows, common=common, by=by, on=on)
    assert codes(told) == [[], []]
    plan = bulk.Plan.unseal(told.plan.seal(), by=by)

    ran = bulk.run(plan=plan, mode=Mode.EACH, by=by, key="k", on=on)

    assert codes(ran) == [[], []]
    assert Event.objects.filter(action=action, key__startswith="k:").count() == 2
    assert states(files) == [row.to_state for row in plan.rows]
    assert faults(world.fund) == []


def _reminded(world: World, files: list[Application]) -> Any:
    for file in files:
        bulk.BULK[Action.REMIND].function(application=file, by=world.assessor, key=f"r{file.pk}", on=OPENED_ON)
    return OPENED_ON.replace(day=OPENED_ON.day + 2)


@pytest.mark.django_db(transaction=True)
def test_who_does_not_want_to_wait_is_told_that_the_run_is_going_on() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, 100_00, 100_00)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    ask = partial(bulk.run, plan=plan, by=world.approver, key=ImpatientKey("k"), on=OPENED_ON)
    settings = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}

    def busy(action: str, name: str) -> psycopg.Connection:
        other = psycopg.connect(**where, password=settings["PASSWORD"] or None)
        lock = f"{world.fund.pk}:{world.approver.pk}:{action}:{name}"
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
        return other

    with busy("bulk approve", "k"), pytest.raises(StillRunning):
        ask(mode=Mode.ALL)
    with busy("approve", f"k:{files[0].pk}"):
        ran = ask(mode=Mode.EACH)
    assert codes(ran) == [["still_running"], []]
    assert codes(ask(mode=Mode.EACH)) == [[], []]
    assert Event.objects.filter(action=Action.APPROVE).count() == 2
