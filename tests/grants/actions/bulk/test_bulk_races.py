"""Runs at the same time, and a run that is killed: each file exactly once, no money beyond the fund's."""

import signal
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from time import monotonic

import pytest
from django.db import connection

from grants import ledger
from grants.actions import bulk
from grants.actions.bulk import Mode, Plan, Run
from grants.enums import Action, State
from grants.exceptions import ActionRefused
from grants.models import Application, Event
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, key, open_fund
from tests.grants import walk
from tests.grants.actions.bulk.many import asked, codes, done, filed
from tests.grants.parallel import at_once, faults
from tests.grants.stream import run_plan

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_SECONDS = 60
clients = get_context("forkserver")
clients.set_forkserver_preload(["tests.grants.stream"])


def backwards(plan: Plan) -> Plan:
    return replace(plan, rows=plan.rows[::-1])


def done_by(outcomes: list[Run | ActionRefused]) -> list[int]:
    """The files that each run did."""
    runs = [ran for ran in outcomes if isinstance(ran, Run)]
    assert len(runs) == len(outcomes)
    return [row.application_id for ran in runs for row in ran.rows if row.done]


@pytest.mark.slow
@pytest.mark.parametrize("modes", [(Mode.EACH, Mode.EACH), (Mode.ALL, Mode.EACH), (Mode.ALL, Mode.ALL)])
def test_two_runs_over_the_same_files_in_opposite_order(modes: tuple[Mode, Mode]) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 12)
    there = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    back = backwards(asked(files, Action.APPROVE, world.approver2, no_conflict=True).plan)

    outcomes = at_once([partial(done, there, world.approver, modes[0]), partial(done, back, world.approver2, modes[1])])

    taken = done_by(outcomes)
    assert len(taken) == len(set(taken))
    if Mode.ALL not in modes:
        assert set(taken) == {file.pk for file in files}
    elif modes == (Mode.ALL, Mode.ALL):
        assert len(taken) == len(files)  # one of the two did it all
    approved = Application.objects.filter(fund=world.fund, state=State.APPROVED).count()
    assert approved == len(taken) == Event.objects.filter(action=Action.APPROVE).count()
    assert ledger.position(world.fund.pk).committed_cents == approved * 100_00
    assert {code for ran in outcomes for row in codes(ran) for code in row} <= {"stale_version", "wrong_state"}
    assert faults(world.fund) == []


@pytest.mark.slow
def test_two_funds_whose_files_are_of_the_same_undertakings_do_not_lock_each_other_out() -> None:
    """The SIRENs are locked in one order, whatever the order of the rows."""
    world = open_fund()
    other = open_fund(landlord=world.landlord)
    here = filed(world, State.ELIGIBLE, *[100_00] * 8)
    tenants = TenantBusiness.objects.in_bulk([file.tenant_id for file in here])
    there = [filed(other, State.ELIGIBLE, 100_00, tenant=tenants[file.tenant_id])[0] for file in here]
    plan = asked(here, Action.APPROVE, world.approver, no_conflict=True).plan
    back = backwards(asked(there, Action.APPROVE, other.approver, no_conflict=True).plan)

    outcomes = at_once([partial(done, plan, world.approver, Mode.ALL), partial(done, back, other.approver, Mode.ALL)])

    assert len(done_by(outcomes)) == 16
    assert faults(world.fund, other.fund) == []


@pytest.mark.slow
def test_the_ceiling_holds_under_two_runs_at_once() -> None:
    """Each plan alone fits; together they don't, and what doesn't is refused, not promised."""
    world = open_fund(endowment_cents=6_000_00)
    files = filed(world, State.SUBMITTED, *[1_000_00] * 10)
    plans = [
        asked(some, Action.ASSESS_FAVOURABLE, world.assessor, no_conflict=True).plan
        for some in (files[::2], files[1::2])
    ]
    assert [len(plan.rows) for plan in plans] == [5, 5]

    outcomes = at_once([partial(done, plan, world.assessor) for plan in plans])

    assert len(done_by(outcomes)) == 6
    assert {code for ran in outcomes for row in codes(ran) for code in row} == {"not_as_planned"}
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents) == (0, 6_000_00)
    assert Application.objects.filter(state=State.SUBMITTED).count() == 4
    assert faults(world.fund) == []


@pytest.mark.slow
def test_one_run_sent_five_times_at_once_counts_once() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 6)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan

    outcomes = at_once([partial(done, plan, world.approver, name="k")] * 5)

    runs = [ran for ran in outcomes if isinstance(ran, Run)]
    assert [ran.done for ran in runs] == [6] * 5
    assert len({tuple(row.application.outcome.pk for row in ran.rows) for ran in runs}) == 1
    assert Event.objects.filter(action=Action.APPROVE).count() == 6
    assert faults(world.fund) == []


@pytest.mark.slow
def test_a_withdrawal_meets_a_run() -> None:
    """Whichever comes first for its file, the tenant has withdrawn at the end, and the other files are approved."""
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 10)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan

    ran, withdrawn = at_once(
        [partial(done, plan, world.approver), partial(walk.withdraw, world, files[-1])]  # type: ignore[list-item]
    )

    assert isinstance(withdrawn, Application)
    assert isinstance(ran, Run)
    assert [row.done for row in ran.rows[:-1]] == [True] * 9
    assert Application.objects.get(pk=files[-1].pk).state == State.WITHDRAWN
    assert faults(world.fund) == []


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 60)
    plan = asked(files, Action.APPROVE, world.approver, no_conflict=True).plan
    name = key()
    client = clients.Process(
        target=run_plan, args=(connection.settings_dict["NAME"], plan.seal(), world.approver.pk, name)
    )
    client.start()
    wait_for(5)
    client.kill()
    client.join(timeout=LIMIT_SECONDS)
    assert client.exitcode == -signal.SIGKILL
    before = list(Event.objects.filter(action=Action.APPROVE).order_by("pk").values_list("pk", flat=True))
    assert 5 <= len(before) < len(files)
    assert faults(world.fund) == []

    ran = bulk.run(plan=plan, mode=Mode.EACH, by=world.approver, key=name, on=OPENED_ON)

    assert ran.done == len(files)
    events = [row.application.outcome.pk for row in ran.rows if row.application and row.application.outcome]
    assert events[: len(before)] == before
    assert len(set(events)) == len(files) == Event.objects.filter(action=Action.APPROVE).count()
    assert ledger.position(world.fund.pk).committed_cents == 60 * 100_00
    assert faults(world.fund) == []


def wait_for(approvals: int) -> None:
    """Until so many files are approved."""
    end = monotonic() + LIMIT_SECONDS
    while Event.objects.filter(action=Action.APPROVE).count() < approvals:
        assert monotonic() < end
