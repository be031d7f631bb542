"""The payer's step: a voucher that credits lines, one by one or several at once, as long as the lease covered them."""

from datetime import date, timedelta
from typing import Any

import pytest

from grants import ledger
from grants.actions import crediting, reversal
from grants.enums import FundAction, LineState, ReliefForm, RequestKind, Role, Side, State
from grants.exceptions import BadInput, RuleRefused
from grants.models import Application
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
TOMORROW = OPENED_ON + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return open_fund()


def credit(world: World, application: Application, **given: Any) -> Application:
    asked = {
        "application": application,
        "lines": walk.line_ids(application),
        "voucher": walk.voucher(),
        "by": world.payer,
        "key": key(),
        "on": OPENED_ON,
    }
    return crediting.credit(**asked | given)


def test_lines_are_credited_one_voucher_at_a_time(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(approved)
    deduction = walk.voucher(form=ReliefForm.DEDUCTION, ref=" AE-2020-06 ", applied_to_notice="2020-06")
    partly = credit(world, approved, lines=[first], voucher=deduction)
    assert (partly.state, partly.closed_on) == (State.APPROVED, None)
    event = walk.outcome(partly)
    assert (event.from_state, event.to_state) == ("approved", "approved")
    assert event.data == {
        "lines": [first],
        "voucher": "AE-2020-06",
        "voucher_date": OPENED_ON.isoformat(),
        "form": "deduction",
        "regimes": {first: "exempt"},
    }
    line = partly.lines.get(pk=first)
    assert (line.state, line.form, line.voucher_ref, line.voucher_date, line.applied_to_notice) == (
        LineState.CREDITED,
        ReliefForm.DEDUCTION,
        "AE-2020-06",
        OPENED_ON,
        "2020-06",
    )
    done = credit(world, partly, lines=rest, voucher=walk.voucher(ref="AV-2"), on=TOMORROW)
    assert (done.state, done.closed_on, done.is_final) == (State.CREDITED, TOMORROW, True)
    assert {line.voucher_ref for line in done.lines.filter(pk__in=rest)} == {"AV-2"}
    assert walk.movements(done)[6:] == [("credit", 500_00)] * 3
    position = ledger.position(world.fund.pk)
    assert (position.committed_cents, position.credited_cents) == (0, 1_500_00)


def test_a_declined_line_does_not_keep_the_file_open(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    first, *rest = walk.line_ids(eligible)
    approved = walk.approve(world, eligible, amounts={first: 0}, reason=walk.REASON)
    with refused(BadInput, "unknown_line"):
        credit(world, approved)
    assert credit(world, approved, lines=rest).state == State.CREDITED


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"ref": "  "}, ["voucher_ref"]),
        ({"ref": "x" * 61}, ["voucher_ref"]),
        ({"applied_to_notice": "x" * 61}, ["applied_to_notice"]),
        ({"on": TOMORROW}, ["voucher_date"]),
        (
            {"ref": "", "on": TOMORROW, "applied_to_notice": "x" * 61},
            ["applied_to_notice", "voucher_date", "voucher_ref"],
        ),
        # The lease still runs: there is no exit balance.
        ({"form": ReliefForm.EXIT_BALANCE}, ["lease_runs"]),
    ],
)
def test_a_voucher_has_a_reference_and_a_day_that_has_come(
    world: World, changes: dict[str, Any], codes: list[str]
) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    line = walk.line_ids(approved)[0]
    with refused(RuleRefused, *codes):
        credit(world, approved, lines=[line], voucher=walk.voucher(**changes))


def test_the_longest_references_are_kept(world: World) -> None:
    voucher = walk.voucher(ref="x" * 60, applied_to_notice="y" * 60)
    assert credit(world, walk.walk_to(world, State.APPROVED), voucher=voucher).state == State.CREDITED


def test_lines_of_this_file_that_are_approved_are_named(world: World) -> None:
    approved, other = (walk.walk_to(world, State.APPROVED) for _ in range(2))
    with refused(BadInput, "no_lines"):
        credit(world, approved, lines=[])
    with refused(BadInput, "unknown_line"):
        credit(world, approved, lines=walk.line_ids(other)[:1])
    first, *_rest = walk.line_ids(approved)
    credit(world, approved, lines=[first])
    with refused(BadInput, "unknown_line"):
        credit(world, approved)


@pytest.mark.parametrize(
    ("form", "ends_on", "code"),
    [
        (ReliefForm.CREDIT_NOTE, date(2020, 4, 15), ""),
        (ReliefForm.WAIVER, date(2020, 4, 15), ""),
        (ReliefForm.EXIT_BALANCE, date(2020, 4, 15), ""),
        (ReliefForm.DEDUCTION, date(2020, 4, 15), "no_next_notice"),
        (ReliefForm.RENT_FREE_RIDER, date(2020, 4, 15), "no_next_notice"),
        (ReliefForm.DEDUCTION, OPENED_ON, ""),
        (ReliefForm.CREDIT_NOTE, date(2020, 3, 31), "lease_ended"),
    ],
)
def test_a_lease_that_ended_since_is_credited_on_its_exit_balance(
    world: World, form: ReliefForm, ends_on: date, code: str
) -> None:
    lease = tenant_with_lease(world, months=[date(2020, 4, 1)])
    approved = walk.walk_to(world, State.APPROVED, lease=lease)
    lease.ends_on = ends_on
    lease.save()
    if code:
        with refused(RuleRefused, code):
            credit(world, approved, voucher=walk.voucher(form=form))
    else:
        assert credit(world, approved, voucher=walk.voucher(form=form)).state == State.CREDITED


def test_a_line_that_somebody_asked_to_cancel_waits(world: World) -> None:
    approved = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(approved)
    walk.ask_cancel(world, approved, lines=[first])
    with refused(RuleRefused, "in_request"):
        credit(world, approved)
    assert credit(world, approved, lines=rest).state == State.APPROVED


@pytest.mark.parametrize("state", [State.DRAFT, State.ELIGIBLE, State.CREDITED, State.CANCELLED])
def test_only_an_approved_file_is_credited(world: World, state: State) -> None:
    application = walk.walk_to(world, state)
    with refused(RuleRefused, "wrong_state"):
        credit(world, application)


def test_a_credit_is_still_recorded_once_the_fund_is_suspended_or_closed(world: World) -> None:
    first, second = (walk.walk_to(world, State.APPROVED) for _ in range(2))
    fund_action(world, FundAction.SUSPEND)
    assert credit(world, first).state == State.CREDITED
    fund_action(world, FundAction.CLOSE)
    assert credit(world, second, voucher=walk.voucher(ref="AV-2")).state == State.CREDITED
    assert ledger.position(world.fund.pk).endowed_cents == 3_000_00


def test_only_a_payer_without_another_hand_in_the_file_credits(world: World) -> None:
    walk.join(world, "approver", Side.LANDLORD, Role.PAYER, user=world.approver)
    approved = walk.walk_to(world, State.APPROVED)
    with not_allowed("four_eyes_decided"):
        credit(world, approved, by=world.approver)
    for name in ("advisor", "assessor", "approver2", "landlord_manager", "auditor"):
        with not_allowed():
            credit(world, approved, by=getattr(world, name))


def test_a_number_is_one_tenants_in_a_year(world: World) -> None:
    """In any fund of the landlord; another landlord numbers its own, and so does another year."""
    other, stranger = open_fund(landlord=world.landlord), open_fund()
    piece = walk.voucher(ref="AV-9")
    mine = walk.walk_to(world, State.APPROVED)
    first, *rest = walk.line_ids(mine)
    credit(world, mine, lines=[first], voucher=piece)
    credit(world, mine, lines=rest, voucher=piece)
    for place in (world, other):
        theirs = walk.walk_to(place, State.APPROVED)
        with pytest.raises(RuleRefused) as refusal:
            credit(place, theirs, voucher=walk.voucher(ref=" AV-9 "))
        assert [breach.pointer for breach in refusal.value.breaches] == ["voucher/ref"]
        assert refusal.value.codes == ["voucher_taken"]
        assert "La pièce AV-9 de 2020 sert déjà à imputer l’allègement d’une autre entreprise" in str(refusal.value)
    elsewhere = walk.walk_to(stranger, State.APPROVED)
    assert credit(stranger, elsewhere, voucher=piece).state == State.CREDITED
    later = walk.walk_to(world, State.APPROVED)
    new_year = date(2021, 1, 4)
    assert credit(world, later, voucher=walk.voucher(new_year, ref="AV-9"), on=new_year).state == State.CREDITED


def test_a_number_taken_back_is_free_and_that_of_a_reversed_credit_is_not(world: World) -> None:
    piece = walk.voucher(ref="AV-9")
    undone = credit(world, walk.walk_to(world, State.APPROVED), voucher=piece)
    request = walk.ask_undo(world, undone, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    theirs = credit(world, walk.walk_to(world, State.APPROVED), voucher=piece)
    walk.reverse(world, theirs)
    late = walk.walk_to(world, State.APPROVED)
    with refused(RuleRefused, "voucher_taken"):
        credit(world, late, voucher=piece)
