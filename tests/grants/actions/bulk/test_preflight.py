"""What a preflight says, and that it leaves nothing behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from fundadmin.models import Scope
from grants.actions import bulk
from grants.actions.bulk import ROW_LIMIT, Row
from grants.enums import Action, FundAction, LedgerKind, Role, State
from grants.exceptions import BadInput
from grants.models import FundMember
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, fund_action, open_fund, user
from tests.grants import walk
from tests.grants.actions.bulk.many import asked, asked_each, codes, filed
from tests.grants.actions.refusal import everything

pytestmark = pytest.mark.django_db

Captured = Callable[..., AbstractContextManager[list[Any]]]


def test_it_tells_amounts_and_the_position_before_and_after() -> None:
    world = open_fund()
    first, second = filed(world, State.ELIGIBLE, 1_000_00, 500_00)

    told = asked([second, first], Action.APPROVE, world.approver, no_conflict=True)

    assert told.passing == 2
    assert told.blocked == []
    assert [row.reference for row in told.rows] == [first.reference, second.reference]
    (line,) = walk.line_ids(first)
    planned = told.plan.rows[0]
    assert planned.moves == ((LedgerKind.COMMIT, line, 1_000_00),)
    assert planned.request == {"no_conflict": True, "amounts": {str(line): 1_000_00}}
    assert (planned.version, planned.to_state) == (first.version, State.APPROVED)
    assert (told.before.reserved_cents, told.before.committed_cents) == (1_500_00, 0)
    assert (told.after.reserved_cents, told.after.committed_cents) == (0, 1_500_00)
    assert told.before.left_cents == told.after.left_cents == 38_500_00


def test_it_leaves_nothing_behind(django_capture_on_commit_callbacks: Captured) -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, *[100_00] * 3) + filed(world, State.SUBMITTED, 100_00)
    before = everything()
    with django_capture_on_commit_callbacks() as callbacks:
        told = asked(files, Action.REJECT, world.approver, motive="criteria_not_met")
    assert told.passing == 4
    assert everything() == before
    assert callbacks == []


def test_a_row_meets_what_the_rows_before_it_took() -> None:
    """Two fit in, the third waits: by their rank, in whichever order they are named."""
    world = open_fund(endowment_cents=2_500_00)
    files = filed(world, State.SUBMITTED, *[1_000_00] * 3)

    told = asked(files[::-1], Action.ASSESS_FAVOURABLE, world.assessor, no_conflict=True)

    assert [row.to_state for row in told.plan.rows] == [State.ELIGIBLE, State.ELIGIBLE, State.WAITLISTED]
    assert [row.application_id for row in told.plan.rows] == [file.pk for file in files]
    assert [len(row.moves) for row in told.plan.rows] == [1, 1, 0]
    assert (told.before.available_cents, told.after.available_cents) == (2_500_00, 500_00)
    assert (told.before.left_cents, told.after.left_cents) == (40_000_00, 38_000_00)


def test_a_cap_is_met_by_the_second_of_two_files_of_one_undertaking() -> None:
    world = open_fund(cap_per_siren_cents=1_500_00)
    (first,) = filed(world, State.SUBMITTED, 1_000_00)
    (second,) = filed(world, State.SUBMITTED, 1_000_00, tenant=first.tenant)
    told = asked([first, second], Action.ASSESS_FAVOURABLE, world.assessor, no_conflict=True)
    assert codes(told) == [[], ["cap_per_siren"]]


def test_the_second_visa_is_asked_of_the_file_that_passes_the_threshold() -> None:
    """What the first file is granted counts for the second one of the same undertaking."""
    world = open_fund(second_visa_threshold_cents=1_500_00)
    (first,) = filed(world, State.ELIGIBLE, 1_000_00)
    (second,) = filed(world, State.ELIGIBLE, 1_000_00, tenant=TenantBusiness.objects.get(pk=first.tenant_id))
    told = asked([first, second], Action.APPROVE, world.approver, no_conflict=True)
    assert [(row.to_state, len(row.moves)) for row in told.plan.rows] == [(State.APPROVED, 1), (State.ELIGIBLE, 0)]


def test_mixed_states_are_refused_with_reasons_and_grouped() -> None:
    world = open_fund()
    files = [walk.walk_to(world, state) for state in State if state != State.WAITLISTED]
    limited = walk.walk_to(world, State.ELIGIBLE)
    FundMember.objects.filter(user=world.approver).update(limit_cents=1_000_00)

    told = asked([*files, limited], Action.APPROVE, world.approver)

    assert told.passing == 0
    sizes = [len(group.rows) for group in told.blocked]
    assert sizes == sorted(sizes, reverse=True)
    groups = {group.code: group for group in told.blocked}
    assert {"wrong_state", "conflict_of_interest", "nothing_proposed", "beyond_delegation", "not_found"} <= set(groups)
    for code, group in groups.items():
        assert group.rows == tuple(row for row in told.rows if code in row.refusal.codes)
    assert limited.reference in groups["beyond_delegation"].references
    assert groups["not_found"].references == []  # A draft is the chamber's own.
    assert "%(" not in str(groups["wrong_state"].breach)


def test_four_eyes_block_a_row_as_they_block_the_action() -> None:
    world = open_fund()
    mine, others = filed(world, State.ELIGIBLE, 100_00, 100_00)
    FundMember.objects.filter(user=world.assessor).update(role=Role.APPROVER, side="landlord")
    told = asked([mine, others], Action.APPROVE, world.assessor, no_conflict=True)
    assert codes(told) == [["four_eyes_assessed"]] * 2
    assert told.blocked[0].references == [mine.reference, others.reference]


def test_a_file_that_cannot_be_seen_is_not_found_and_nothing_more() -> None:
    world, other = open_fund(), open_fund()
    (mine,) = filed(world, State.ELIGIBLE, 100_00)
    (theirs,) = filed(other, State.ELIGIBLE, 100_00)
    rows = [Row(theirs.pk), Row(mine.pk), Row(10**30)]

    told = bulk.preflight(
        action=Action.APPROVE, rows=rows, common={"no_conflict": True}, by=world.approver, on=OPENED_ON
    )

    assert codes(told) == [[], ["not_found"], ["not_found"]]
    assert [(row.reference, row.application) for row in told.rows[1:]] == [("", None)] * 2
    assert [breach.pointer for row in told.rows for breach in row.breaches] == ["rows/0", "rows/2"]
    assert told.blocked[0].references == []
    for stranger in (user(), _auditor_by_token(world.approver, other.fund.pk)):
        with pytest.raises(BadInput) as refused:
            asked([mine], Action.APPROVE, stranger)
        assert refused.value.codes == ["not_found"]


def _auditor_by_token(approver: Any, fund_id: int) -> Any:
    approver.scope = Scope(fund_id, frozenset({Role.AUDITOR}))
    return approver


def test_the_version_that_was_read_counts() -> None:
    world = open_fund()
    (file,) = filed(world, State.ELIGIBLE, 100_00)
    for version, wanted in ((file.version, []), (file.version - 1, ["stale_version"])):
        rows = [Row(file.pk, version=version)]
        told = bulk.preflight(
            action=Action.APPROVE, rows=rows, common={"no_conflict": True}, by=world.approver, on=OPENED_ON
        )
        assert codes(told) == [wanted]


def test_what_is_no_request_for_many_files_is_refused_whole() -> None:
    world, other = open_fund(), open_fund()
    (file,) = filed(world, State.ELIGIBLE, 100_00)
    by = world.approver

    def refused(action: Action, rows: list[Row], common: dict[str, Any]) -> list[str]:
        with pytest.raises(BadInput) as refusal:
            bulk.preflight(action=action, rows=rows, common=common, by=by, on=OPENED_ON)
        assert all("%(" not in str(breach) for breach in refusal.value.breaches)
        return refusal.value.codes

    assert refused(Action.SUBMIT, [Row(file.pk)], {}) == ["not_in_bulk"]
    assert refused(Action.APPROVE, [], {"note": "?"}) == ["unknown_field", "no_rows"]
    assert refused(Action.APPROVE, [Row(file.pk)] * (ROW_LIMIT + 1), {}) == ["too_many_rows", "row_twice"]
    walk.join(other, "approver", *_landlord_approver(), user=by)
    elsewhere = filed(other, State.ELIGIBLE, 100_00)[0]
    assert refused(Action.APPROVE, [Row(file.pk), Row(elsewhere.pk)], {}) == ["several_funds"]


def _landlord_approver() -> Any:
    return "landlord", Role.APPROVER


UNUSABLE: list[tuple[Action, dict[str, Any], list[str]]] = [
    (Action.APPROVE, {"amounts": None}, ["unusable_field"]),
    (Action.APPROVE, {"amounts": {"01": 1}}, ["unusable_field"]),
    (Action.APPROVE, {"amounts": {"one": 1}}, ["unusable_field"]),
    (Action.APPROVE, {"amounts": {"1": True}}, ["unusable_field"]),
    (Action.APPROVE, {"amounts": {1: 1, "2": 2}}, ["unreadable"]),
    (Action.APPROVE, {"no_conflict": 1, "reason": None}, ["unusable_field"] * 2),
    (Action.APPROVE, {"voucher": {}}, ["unknown_field"]),
    (Action.REJECT, {"motive": "because"}, ["unusable_field"]),
    (Action.REJECT, {}, ["missing_field"]),
    (Action.REQUEST_INFO, {"wanted": "headcount"}, ["missing_field", "unusable_field"]),
    (Action.ASSESS_FAVOURABLE, {"resolved": {"x": 1}}, ["unusable_field"]),
    (Action.CREDIT, {"voucher": "AV-1"}, ["unusable_field"]),
    (Action.CREDIT, {"voucher": {"form": "credit_note", "ref": "AV-1", "on": "?"}}, ["unusable_field"]),
    (Action.CREDIT, {"voucher": {"form": "credit_note", "ref": "AV-1"}}, ["unusable_field"]),
    (Action.TRANSFER, {"to": "ada"}, ["unusable_field"]),
    (Action.TRANSFER, {"to": 10**30}, ["unusable_field"]),
]


@pytest.mark.parametrize(("action", "request_", "wanted"), UNUSABLE)
def test_a_row_that_cannot_be_read_is_blocked_with_sentences(
    action: Action, request_: dict[str, Any], wanted: list[str]
) -> None:
    world = open_fund()
    (file,) = filed(world, State.SUBMITTED, 100_00)
    told = asked_each([(file, request_)], action, world.auditor)
    assert codes(told) == [wanted]
    assert all("%(" not in str(breach) for row in told.rows for breach in row.breaches)
    assert all(breach.pointer for row in told.rows for breach in row.breaches)


def test_nobody_elses_name_is_to_be_had_by_a_transfer() -> None:
    world = open_fund()
    (file,) = filed(world, State.SUBMITTED, 100_00)
    told = asked([file], Action.TRANSFER, world.chamber_manager, to=user("Secret").pk)
    assert codes(told) == [["unusable_field"]]
    assert "Secret" not in str(told.rows[0].refusal)


def test_a_suspended_fund_blocks_every_row() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, 100_00, 100_00)
    fund_action(world, FundAction.SUSPEND)
    told = asked(files, Action.APPROVE, world.approver, no_conflict=True)
    (group,) = told.blocked
    assert (group.code, len(group.rows)) == ("fund_suspended", 2)


def test_a_row_with_one_reason_twice_is_in_its_group_once() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    walk.ask_cancel(world, file)
    voucher = {"form": "credit_note", "ref": "AV-1", "on": OPENED_ON}
    told = asked([file], Action.CREDIT, world.payer, voucher=voucher)
    assert codes(told) == [["in_request"] * 3]
    (group,) = told.blocked
    assert group.references == [file.reference]
