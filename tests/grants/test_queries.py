"""What actions and pages read: the facts of a file, what an undertaking has elsewhere, where money and files agree."""

from datetime import date, timedelta
from typing import Any

import pytest

from grants import queries
from grants.agreement import agreement_faults
from grants.enums import CapsBasis, FundAction, LineState, Role, Side, State
from grants.ledger import Fault
from grants.models import Application, Fund, ReliefLine, Visa
from tests.factories import OPENED_ON, World, fund_action, open_fund, prepared_fund, tenant_with_lease, user
from tests.grants import walk

pytestmark = pytest.mark.django_db
TOMORROW = OPENED_ON + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return open_fund()


# Charters.


def test_the_version_of_a_day_is_the_last_that_was_confirmed_and_had_started() -> None:
    world = open_fund()
    first = world.charter
    third = walk.amend(world, TOMORROW, starts_on=TOMORROW + timedelta(days=2))
    assert queries.current_charter(world.fund.pk) == third
    assert queries.charter_in_force(world.fund.pk, OPENED_ON) == first
    assert queries.charter_in_force(world.fund.pk, TOMORROW) == first
    assert queries.charter_in_force(world.fund.pk, TOMORROW + timedelta(days=2)) == third


def test_before_any_has_started_it_is_the_last_and_without_any_there_is_none(world: World) -> None:
    assert queries.charter_in_force(world.fund.pk, OPENED_ON - timedelta(days=9)) == world.charter
    prepared = prepared_fund().fund
    assert queries.charter_in_force(prepared.pk, OPENED_ON) is None
    assert queries.current_charter(prepared.pk) is None


# The facts of a file.


def test_the_facts_of_a_file_are_the_rent_rolls_and_what_was_declared(world: World) -> None:
    lease = tenant_with_lease(world, notice_given_on=date(2020, 4, 30))
    draft = walk.draft(world, lease=lease, facts={"headcount": 2, "evidence": {"headcount": "sworn_statement"}})
    facts = queries.facts_of(draft)
    assert facts.headcount == 2
    assert facts.evidence == {"headcount": "sworn_statement"}
    assert facts.naf_codes == {"rev2": "56.10A"}
    assert (facts.started_on, facts.craft_registered) == (date(2015, 1, 1), None)
    assert facts.leases is not None
    assert [(row.reference, row.notice_given_on) for row in facts.leases] == [(lease.reference, date(2020, 4, 30))]
    assert (facts.requested_cents, facts.de_minimis_aids) == (1_500_00, None)


FEBRUARY, MAY = date(2020, 2, 29), date(2020, 5, 31)


@pytest.mark.parametrize(
    ("arrears", "cents", "on"),
    [
        ([(120_00, FEBRUARY), (30_00, FEBRUARY)], 150_00, FEBRUARY),
        ([(0, FEBRUARY), (0, FEBRUARY)], 0, FEBRUARY),
        ([(120_00, FEBRUARY), (None, None)], None, None),
        # Two days' statements add up to no day's arrears.
        ([(120_00, FEBRUARY), (0, MAY)], None, None),
        ([(None, None), (None, None)], None, None),
    ],
)
def test_arrears_are_known_when_every_lease_has_a_statement_of_one_day(
    world: World, arrears: list[tuple[int | None, date | None]], cents: int | None, on: date | None
) -> None:
    first = tenant_with_lease(world)
    second = tenant_with_lease(world, tenant=first.tenant)
    for lease, (owed, stated) in zip((first, second), arrears, strict=True):
        lease.arrears_cents, lease.arrears_on = owed, stated
        lease.save()
    draft = walk.draft(world, lease=first, lines=[*walk.asks_of(first), *walk.asks_of(second)])
    facts = queries.facts_of(draft)
    assert (facts.arrears_cents, facts.arrears_on) == (cents, on)


def test_a_draft_without_lines_has_no_lease_and_no_arrears(world: World) -> None:
    facts = queries.facts_of(walk.draft(world, lines=[]))
    assert (facts.leases, facts.arrears_cents, facts.requested_cents) == ((), None, 0)


@pytest.mark.parametrize(("basis", "cents"), [(CapsBasis.NET, 500_00), (CapsBasis.GROSS, 600_00)])
def test_the_rent_called_is_read_as_the_charter_counts(world: World, basis: CapsBasis, cents: int) -> None:
    lease = tenant_with_lease(world, vat_regime="debits", months=[date(2020, 3, 1)])
    lease.rent_calls.update(vat_rate_bp=2000, vat_cents=100_00, gross_cents=600_00)
    lines = list(walk.draft(world, lease=lease).lines.all())
    assert queries.dues_of(lines, basis) == {(lease.pk, date(2020, 3, 1), "rent"): cents}


def test_no_lines_take_no_month() -> None:
    assert queries.months_taken([]) == {}


# Where the ledger and the files agree.


def faults(fund: Fund) -> list[tuple[str, str]]:
    found: list[Fault] = agreement_faults(fund)
    assert all(fault.sentence() for fault in found)
    return [(fault.code, str(fault.params["reference"])) for fault in found]


def test_every_state_agrees_with_the_ledger(world: World) -> None:
    for state in State:
        walk.walk_to(world, state)
    assert faults(world.fund) == []


def change_lines(application: Application, **values: Any) -> None:
    ReliefLine.objects.filter(pk=walk.line_ids(application)[0]).update(**values)


@pytest.mark.parametrize(
    ("state", "values"),
    [
        (State.ELIGIBLE, {"proposed_cents": 499_99}),
        (State.APPROVED, {"approved_cents": 499_99}),
        (State.CREDITED, {"approved_cents": 499_99}),
        (State.APPROVED, {"state": LineState.CANCELLED}),
    ],
)
def test_a_line_whose_money_is_not_the_ledgers_is_named(world: World, state: State, values: dict[str, Any]) -> None:
    application = walk.walk_to(world, state)
    change_lines(application, **values)
    assert faults(world.fund) == [("line_disagrees", application.reference)]


def test_a_file_whose_lines_say_another_state_is_named(world: World) -> None:
    application = walk.walk_to(world, State.APPROVED)
    Application.objects.filter(pk=application.pk).update(state=State.CREDITED)
    assert faults(world.fund) == [("state_disagrees", application.reference)]


def test_a_visa_that_outlived_the_decision_is_named(world: World) -> None:
    application = walk.walk_to(world, State.APPROVED)
    Visa.objects.update(living=True)
    assert faults(world.fund) == [("visa_alive", application.reference)]
    assert faults(open_fund().fund) == []


# Who sees what.


def test_funds_and_files_are_seen_by_those_who_have_a_role_today() -> None:
    world, other = open_fund(), open_fund()
    draft, submitted = walk.draft(world), walk.walk_to(world, State.SUBMITTED)
    walk.walk_to(other, State.SUBMITTED)
    for person, files in (
        (world.advisor, {draft, submitted}),
        (world.approver, {submitted}),
        (world.auditor, {submitted}),
        (user(), set()),
    ):
        assert set(queries.applications_visible_to(person)) == files
        assert list(queries.funds_visible_to(person)) == ([world.fund] if files else [])
        assert queries.funds_of(person) == ([world.fund.pk] if files else [])
    former = walk.join(world, "former", Side.CHAMBER, Role.ADVISOR, ends_on=TOMORROW)
    assert list(queries.funds_visible_to(former)) == []
    disabled = walk.join(world, "disabled", Side.CHAMBER, Role.ADVISOR, user=user(is_active=False), ends_on=None)
    assert list(queries.funds_visible_to(disabled)) == []
    for person in (former, disabled):
        assert queries.funds_of(person) == []
    walk.join(world, "again", Side.LANDLORD, Role.APPROVER, user=world.approver)
    assert queries.funds_of(world.approver) == [world.fund.pk], "two roles in a fund are one fund"


def test_what_was_asked_and_granted_is_counted_once(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    first, *_rest = walk.line_ids(eligible)
    walk.approve(world, eligible, amounts={first: 0}, reason=walk.REASON)
    (seen,) = queries.applications_visible_to(world.approver)
    assert (vars(seen)["asked_cents"], vars(seen)["granted_cents"]) == (1_500_00, 1_000_00)


def test_the_last_movements_come_first(world: World) -> None:
    walk.walk_to(world, State.ELIGIBLE)
    fund_action(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=1_00)
    assert [(row.number, row.kind) for row in queries.last_entries(world.fund.pk, 2)] == [
        (5, "withdraw_endowment"),
        (4, "reserve"),
    ]
