"""The same request sent twenty times at once, as an impatient browser or an unsure client does, counts once."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from grants.actions import crediting, decision, filing, funding, lifecycle, reversal
from grants.actions.assessment import assess_favourable
from grants.enums import Channel, FundAction, LedgerKind, LineState, RequestKind, State
from grants.exceptions import KeyReused
from grants.models import Application, Event, LedgerEntry
from tests.factories import OPENED_ON, PDF, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.parallel import at_once, done, faults

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 20
Request = Callable[..., Any]


def create(world: World) -> Request:
    return partial(filing.create, fund=world.fund, tenant=tenant_with_lease(world).tenant, by=world.advisor)


def submit(world: World) -> Request:
    return partial(filing.submit, application=walk.draft(world), by=world.advisor)


def assess(world: World) -> Request:
    file = walk.walk_to(world, State.SUBMITTED)
    return partial(assess_favourable, application=file, by=world.assessor, no_conflict=True)


def approve(world: World) -> Request:
    file = walk.walk_to(world, State.ELIGIBLE)
    return partial(decision.approve, application=file, by=world.approver, no_conflict=True)


def approve_less(world: World) -> Request:
    """Part is committed, part released, and one line declined."""
    file = walk.walk_to(world, State.ELIGIBLE)
    march, april, _may = walk.line_ids(file)
    return partial(
        decision.approve,
        application=file,
        amounts={march: 0, april: 200_00},
        reason=walk.REASON,
        by=world.approver,
        no_conflict=True,
    )


def send_back(world: World) -> Request:
    file = walk.walk_to(world, State.ELIGIBLE)
    return partial(decision.send_back, application=file, reason=walk.REASON, by=world.approver)


def credit(world: World) -> Request:
    file = walk.walk_to(world, State.APPROVED)
    lines = walk.line_ids(file, LineState.APPROVED)
    return partial(crediting.credit, application=file, lines=lines, voucher=walk.voucher(), by=world.payer)


def cancel_lines(world: World) -> Request:
    request = walk.ask_cancel(world, walk.walk_to(world, State.APPROVED))
    return partial(reversal.cancel_lines, request=request, by=world.approver2)


def uncredit(world: World) -> Request:
    request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED), kind=RequestKind.UNCREDIT)
    return partial(reversal.reverse, request=request, by=world.approver2)


def reverse(world: World) -> Request:
    request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED))
    return partial(reversal.reverse, request=request, by=world.approver2)


def withdraw(world: World) -> Request:
    file = walk.walk_to(world, State.APPROVED)
    return partial(
        lifecycle.withdraw, application=file, requested_on=OPENED_ON, channel=Channel.PHONE, by=world.advisor
    )


def reopen(world: World) -> Request:
    file = walk.walk_to(world, State.WITHDRAWN)
    return partial(lifecycle.reopen, application=file, reason=walk.REASON, by=world.chamber_manager)


def fund_action(action: FundAction, world: World) -> Request:
    proposal = funding.propose(
        fund=world.fund,
        action=action,
        amount_cents=1_000_00,
        signed_pdf=PDF,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    return partial(funding.confirm, proposal=proposal, by=world.approver)


endow = partial(fund_action, FundAction.ENDOW)
withdraw_endowment = partial(fund_action, FundAction.WITHDRAW_ENDOWMENT)

K = LedgerKind


@pytest.mark.parametrize(
    ("prepare", "posted"),
    [
        pytest.param(create, [], id="create"),
        pytest.param(submit, [], id="submit"),
        pytest.param(assess, [K.RESERVE] * 3, id="assess"),
        pytest.param(approve, [K.COMMIT] * 3, id="approve"),
        pytest.param(approve_less, [K.RELEASE] * 2 + [K.COMMIT] * 2, id="approve less"),
        pytest.param(send_back, [K.RELEASE] * 3, id="send back"),
        pytest.param(credit, [K.CREDIT] * 3, id="credit"),
        pytest.param(cancel_lines, [K.DECOMMIT] * 3, id="cancel lines"),
        pytest.param(uncredit, [K.UNCREDIT] * 3, id="uncredit"),
        pytest.param(reverse, [K.REVERSE] * 3, id="reverse"),
        pytest.param(withdraw, [K.DECOMMIT] * 3, id="withdraw"),
        pytest.param(reopen, [], id="reopen"),
        pytest.param(endow, [K.ENDOW], id="endow"),
        pytest.param(withdraw_endowment, [K.WITHDRAW_ENDOWMENT], id="withdraw endowment"),
    ],
)
def test_the_same_request_counts_once(prepare: Callable[[World], Request], posted: list[LedgerKind]) -> None:
    world = open_fund(endowment_cents=20_000_00)
    request = partial(prepare(world), key="the same", on=OPENED_ON)
    before = Event.objects.count(), LedgerEntry.objects.count(), Application.objects.count()

    answers = done(at_once([request] * TIMES))

    assert len(answers) == TIMES
    assert len({answer_of(answer) for answer in answers}) == 1
    event = Event.objects.get(key="the same")
    rows = LedgerEntry.objects.filter(event=event).order_by("number")
    assert list(rows.values_list("kind", flat=True)) == posted
    created = int(prepare is create)
    assert (Event.objects.count(), LedgerEntry.objects.count(), Application.objects.count()) == (
        before[0] + 1,
        before[1] + len(posted),
        before[2] + created,
    )
    assert faults(world.fund) == []


def answer_of(answer: Any) -> tuple[object, ...]:
    """What the caller learns: which file or proposal, where it stands, and by which event it came there."""
    if isinstance(answer, Application):
        return answer.pk, answer.state, answer.version, answer.outcome
    return answer.pk, answer.state, answer.settled_by


def test_the_same_key_for_another_request_is_refused_while_the_first_is_done() -> None:
    """Two tabs share a key by mistake: one request counts, the others learn that theirs didn't."""
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    lines = walk.line_ids(file)

    def pay(line: int) -> Application:
        return crediting.credit(
            application=file,
            lines=[line],
            voucher=walk.voucher(date(2020, 5, 5)),
            by=world.payer,
            key="the same",
            on=OPENED_ON,
        )

    outcomes = at_once([partial(pay, line) for line in lines])

    assert len(done(outcomes)) == 1
    assert sum(isinstance(outcome, KeyReused) for outcome in outcomes) == 2
    assert list(LedgerEntry.objects.filter(kind=LedgerKind.CREDIT).values_list("amount_cents", flat=True)) == [500_00]
    assert faults(world.fund) == []
