"""Closing a fund: refused while files are under way; what waits is rejected, what is left is returned."""

import pytest

from grants import ledger
from grants.actions import reversal
from grants.actions.funding import confirm
from grants.actions.returns import returned_after_close
from grants.enums import (
    FundAction,
    FundState,
    LedgerKind,
    LineState,
    RejectionReason,
    RequestState,
    Role,
    Side,
    State,
)
from grants.exceptions import NotAllowed, RuleRefused
from grants.ledger import Movement
from grants.models import Application, Event, FundMember, LedgerEntry
from tests.factories import (
    OPENED_ON,
    fund_action,
    key,
    open_fund,
    user,
)
from tests.grants import walk
from tests.grants.actions.proposals import confirmed, proposed
from tests.grants.actions.refusal import refused

pytestmark = pytest.mark.django_db


class TestClose:
    def test_refused_while_files_are_under_way(self) -> None:
        world = open_fund()
        for state in (State.SUBMITTED, State.SUBMITTED, State.INFO_REQUESTED, State.ELIGIBLE, State.INELIGIBLE):
            walk.walk_to(world, state)
        with refused(
            RuleRefused, "files_under_way", "files_under_way", "files_under_way", "files_under_way"
        ) as refusal:
            proposed(world, FundAction.CLOSE)
        counts = [(breach.params["state"], breach.params["count"]) for breach in refusal.value.breaches]
        assert counts == [
            (State.SUBMITTED.label, 2),
            (State.INFO_REQUESTED.label, 1),
            (State.ELIGIBLE.label, 1),
            (State.INELIGIBLE.label, 1),
        ]

    def test_is_judged_again_when_confirmed(self) -> None:
        world = open_fund()
        proposal = proposed(world, FundAction.CLOSE)
        walk.walk_to(world, State.SUBMITTED)
        with pytest.raises(RuleRefused):
            confirmed(world, proposal)

    def test_rejects_what_waits_discards_drafts_and_returns_the_rest(self) -> None:
        world = open_fund(endowment_cents=2_000_00)
        approved = walk.walk_to(world, State.APPROVED)
        waiting = walk.walk_to(world, State.WAITLISTED)
        draft = walk.walk_to(world, State.DRAFT)
        same = {"proposal": proposed(world, FundAction.CLOSE), "by": world.approver, "key": key(), "on": OPENED_ON}
        confirm(**same)
        assert world.refresh().state == FundState.CLOSED
        read = Application.objects.get(pk=waiting.pk)
        assert (read.state, read.closed_on, read.decided_by) == (State.REJECTED, OPENED_ON, world.approver)
        assert set(read.lines.values_list("state", flat=True)) == {LineState.DECLINED}
        event = Event.objects.get(application=waiting.pk, action="reject")
        assert (event.reason, event.key) == (RejectionReason.FUND_CLOSED, f"{same['key']}:{waiting.pk}")
        assert not Application.objects.filter(pk=draft.pk).exists()
        assert Event.objects.filter(application_id=draft.pk, action="discard").exists()
        now = ledger.position(world.fund.pk)
        assert (now.available_cents, now.committed_cents, now.endowed_cents) == (0, 1_500_00, 1_500_00)
        assert Application.objects.get(pk=approved.pk).state == State.APPROVED
        assert confirm(**same).state == RequestState.CONFIRMED
        assert Event.objects.filter(fund=world.fund, action__in=["close", "reject", "discard"]).count() == 3

    def test_returns_nothing_when_nothing_is_left(self) -> None:
        world = open_fund(endowment_cents=None)
        fund_action(world, FundAction.CLOSE)
        assert not LedgerEntry.objects.filter(fund=world.fund).exists()
        for action in (FundAction.ENDOW, FundAction.WITHDRAW_ENDOWMENT, FundAction.RESUME, FundAction.CLOSE):
            with refused(RuleRefused, "wrong_fund_state"):
                proposed(world, action)

    def test_whoever_assessed_a_waiting_file_does_not_reject_it_by_closing(self) -> None:
        both = user("Instructeur et décideur")
        world = open_fund(endowment_cents=1_000_00)
        FundMember.objects.create(
            fund=world.fund, user=both, side=Side.LANDLORD, role=Role.ASSESSOR, starts_on=OPENED_ON,
            proposed_by=world.approver, confirmed_by=world.approver, confirmed_on=OPENED_ON,
        )  # fmt: skip
        FundMember.objects.create(
            fund=world.fund, user=both, side=Side.LANDLORD, role=Role.APPROVER, starts_on=OPENED_ON,
            proposed_by=world.approver, confirmed_by=world.approver, confirmed_on=OPENED_ON,
        )  # fmt: skip
        world.people["assessor"] = both
        waiting = walk.walk_to(world, State.WAITLISTED)
        proposal = proposed(world, FundAction.CLOSE)
        with refused(NotAllowed, "four_eyes") as refusal:
            confirmed(world, proposal, by=both)
        assert waiting.reference in str(refusal.value)
        assert confirmed(world, proposal).state == RequestState.CONFIRMED

    def test_money_freed_afterwards_is_returned_in_the_same_action(self) -> None:
        world = open_fund(endowment_cents=4_500_00)
        withdrawn, cancelled, reversed_ = (
            walk.walk_to(world, State.APPROVED),
            walk.walk_to(world, State.APPROVED),
            walk.walk_to(world, State.CREDITED),
        )
        fund_action(world, FundAction.CLOSE)
        walk.withdraw(world, withdrawn)
        walk.cancel(world, cancelled)
        walk.reverse(world, reversed_)
        now = ledger.position(world.fund.pk)
        assert (now.endowed_cents, now.available_cents) == (0, 0)
        for file in (withdrawn, cancelled, reversed_):
            event = Event.objects.filter(application=file).latest("pk")
            last = LedgerEntry.objects.filter(event=event).latest("number")
            assert (last.kind, last.amount_cents) == (LedgerKind.WITHDRAW_ENDOWMENT, 1_500_00)

    def test_an_undone_clerical_credit_returns_nothing(self) -> None:
        world = open_fund(endowment_cents=1_500_00)
        file = walk.walk_to(world, State.CREDITED)
        fund_action(world, FundAction.CLOSE)
        request = walk.ask_undo(world, file, kind="uncredit")
        reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
        assert ledger.position(world.fund.pk).committed_cents == 1_500_00

    def test_nothing_is_returned_while_the_fund_is_open(self) -> None:
        world = open_fund()
        assert returned_after_close(world.fund, 1_00) == []
        world.fund.close()
        assert returned_after_close(world.fund, 0) == []
        assert returned_after_close(world.fund, 1_00) == [Movement(LedgerKind.WITHDRAW_ENDOWMENT, 1_00)]
