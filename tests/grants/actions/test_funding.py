"""Fund actions: who proposes, who confirms, what each needs and does."""

from datetime import date, timedelta
from functools import partial

import pytest

from fundadmin.models import User
from grants import ledger
from grants.actions import waiting
from grants.actions.funding import close_books, confirm, refuse
from grants.enums import (
    FundAction,
    FundState,
    FundStep,
    LedgerKind,
    RequestState,
    Role,
    Side,
    State,
    Visibility,
)
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.models import Application, Document, Event, FundMember, FundProposal, LedgerEntry
from tests.factories import (
    OPENED_ON,
    fund_action,
    key,
    membership,
    open_fund,
    prepared_fund,
    tenant_with_lease,
    user,
)
from tests.grants import walk
from tests.grants.actions.proposals import amended, confirmed, proposed
from tests.grants.actions.refusal import not_allowed, refused
from tests.grants.parallel import at_once, done
from tests.grants.parallel import refused as refusals

pytestmark = pytest.mark.django_db
LATER = OPENED_ON + timedelta(days=30)


class TestOpen:
    def test_makes_charter_and_members_count(self) -> None:
        world = prepared_fund()
        assert not FundMember.objects.filter(confirmed_on__isnull=False).exists()
        proposal = proposed(world, FundAction.OPEN)
        assert world.refresh().state == FundState.DRAFT
        confirmed(world, proposal)
        charter = world.charter
        assert (world.fund.state, charter.version, charter.confirmed_on) == (FundState.OPEN, 1, OPENED_ON)
        assert charter.signed_pdf == Document.objects.get(kind="signed_open")
        members = FundMember.objects.filter(fund=world.fund)
        assert set(members.values_list("confirmed_on", "confirmed_by")) == {(OPENED_ON, world.approver.pk)}
        assert world.fund.position.ceiling_cents == 40_000_00
        assert ledger.position(world.fund.pk).endowed_cents == 0

    def test_posts_the_first_endowment_under_version_1(self) -> None:
        world = open_fund(endowment_cents=12_345_67)
        entry = LedgerEntry.objects.get(fund=world.fund)
        assert (entry.kind, entry.amount_cents, entry.charter.version) == (LedgerKind.ENDOW, 12_345_67, 1)
        assert (entry.event.action, entry.event.to_state) == (FundAction.OPEN, FundState.OPEN)

    def test_refuses_a_first_endowment_above_the_ceiling(self) -> None:
        world = prepared_fund()
        with refused(RuleRefused, "over_ceiling"):
            proposed(world, FundAction.OPEN, amount_cents=40_000_01)

    def test_needs_a_drafted_charter_of_this_fund(self) -> None:
        other = prepared_fund().fund.charters.get()
        world = open_fund()
        bare = prepared_fund()
        bare.fund.charters.all().delete()
        with refused(BadInput, "charter_missing"):
            proposed(bare, FundAction.OPEN)
        with refused(BadInput, "other_fund"):
            proposed(world, FundAction.AMEND, charter=other)

    def test_happens_once(self) -> None:
        world = open_fund()
        with refused(RuleRefused, "wrong_fund_state"):
            proposed(world, FundAction.OPEN, charter=world.charter)

    def test_waits_for_the_charter_to_be_signed(self) -> None:
        world = prepared_fund(signed_on=OPENED_ON + timedelta(days=1))
        with refused(RuleRefused, "signed_later"):
            proposed(world, FundAction.OPEN)

    def test_is_judged_on_the_recorded_landlord_members(self) -> None:
        world = prepared_fund()
        with not_allowed():
            proposed(world, FundAction.OPEN, by=world.chamber_manager)
        proposal = proposed(world, FundAction.OPEN)
        for nobody in (world.admin, world.chamber_manager, world.payer):
            with not_allowed():
                confirmed(world, proposal, by=nobody)
        User.objects.filter(pk=world.approver.pk).update(is_active=False)
        with not_allowed():
            confirmed(world, proposal)

    def test_tells_the_staffing_gaps_again_on_a_replay(self) -> None:
        people = {name: user(name) for name in ("manager", "approver", "advisor", "assessor")}
        memberships = [
            membership(people["manager"], Side.LANDLORD, Role.MANAGER),
            membership(people["approver"], Side.LANDLORD, Role.APPROVER),
            membership(people["advisor"], Side.CHAMBER, Role.ADVISOR),
            membership(people["assessor"], Side.CHAMBER, Role.ASSESSOR),
        ]
        world = prepared_fund(memberships=memberships, second_visa_threshold_cents=None)
        proposal = proposed(world, FundAction.OPEN, by=people["manager"])
        same = {"proposal": proposal, "by": people["approver"], "key": key(), "on": OPENED_ON}
        gaps = confirm(**same).gaps
        assert [(gap.filer, gap.missing) for gap in gaps] == [(people["advisor"], "credit")]
        FundMember.objects.filter(user=people["assessor"]).update(ends_on=OPENED_ON)
        assert confirm(**same).gaps == gaps
        assert Event.objects.filter(fund=world.fund, action=FundAction.OPEN).count() == 1


class TestWho:
    @pytest.mark.parametrize("action", [a for a in FundAction if a not in (FundAction.OPEN, FundAction.RESUME)])
    def test_only_landlord_members_of_rank(self, action: FundAction) -> None:
        world = open_fund(endowment_cents=10_000_00)
        given = {"charter": amended(world, ceiling_cents=50_000_00)} if action == FundAction.AMEND else {}
        for name in ("advisor", "assessor", "chamber_approver", "chamber_manager", "approver", "payer", "auditor"):
            with pytest.raises(NotAllowed):
                proposed(world, action, by=world.people[name], **given)
        proposal = proposed(world, action, **given)
        for name in ("advisor", "assessor", "chamber_approver", "chamber_manager", "payer", "auditor"):
            with pytest.raises(NotAllowed):
                confirmed(world, proposal, by=world.people[name])
            with pytest.raises(NotAllowed):
                refuse(proposal=proposal, by=world.people[name], key=key(), on=OPENED_ON)
        assert confirmed(world, proposal).state == RequestState.CONFIRMED

    def test_not_the_proposer(self) -> None:
        both = user("Gestionnaire et décideur")
        world = open_fund(
            endowment_cents=None,
            memberships=[
                membership(both, Side.LANDLORD, Role.MANAGER),
                membership(both, Side.LANDLORD, Role.APPROVER),
                membership(other := user(), Side.LANDLORD, Role.APPROVER),
            ],
            proposer=both,
            confirmer=other,
        )
        proposal = proposed(world, by=both)
        for settle in (confirm, refuse):
            with not_allowed("same_person"):
                settle(proposal=proposal, by=both, key=key(), on=OPENED_ON)

    def test_two_managers_do_but_to_close(self) -> None:
        second = user()
        world = open_fund(
            memberships=[
                membership(first := user(), Side.LANDLORD, Role.MANAGER),
                membership(second, Side.LANDLORD, Role.MANAGER),
            ],
            proposer=first,
            confirmer=second,
        )
        assert confirmed(world, proposed(world, FundAction.SUSPEND, by=first), by=second).state == "confirmed"
        closing = proposed(world, FundAction.CLOSE, by=first)
        with not_allowed():
            confirmed(world, closing, by=second)

    def test_an_ended_membership_no_longer_counts(self) -> None:
        world = open_fund(endowment_cents=None)
        FundMember.objects.filter(user=world.approver).update(ends_on=OPENED_ON)
        proposal = proposed(world)
        with not_allowed():
            confirmed(world, proposal, on=OPENED_ON + timedelta(days=1))


class TestProposing:
    def test_everything_wrong_is_said_at_once(self) -> None:
        world = open_fund()
        with refused(BadInput, "pdf_missing", "no_charter_here", "amount_missing"):
            proposed(world, charter=world.charter, signed_pdf=None, amount_cents=None)
        with refused(BadInput, "not_a_pdf", "no_amount_here", "amount_not_positive"):
            proposed(world, FundAction.CLOSE, signed_pdf=("x.pdf", b"GIF89a"), amount_cents=0)
        assert not FundProposal.objects.filter(state=RequestState.OPEN).exists()

    def test_moves_nothing(self) -> None:
        world = open_fund(endowment_cents=None)
        proposal = proposed(world, reason="Décision du conseil, inventée")
        assert proposal.state == RequestState.OPEN
        assert Document.objects.get(kind="signed_endow").visibility == Visibility.LANDLORD
        assert ledger.position(world.fund.pk).endowed_cents == 0
        event = Event.objects.get(fund=world.fund, action="propose", data__proposal=proposal.pk)
        assert event.label() == str(FundStep.PROPOSE.label)
        assert event.detail.detail == {"reason": "Décision du conseil, inventée"}
        assert "inventée" not in str(event.data)

    def test_one_open_proposal_per_action(self) -> None:
        world = open_fund(endowment_cents=None)
        first = proposed(world)
        with refused(RuleRefused, "already_proposed"):
            proposed(world)
        assert proposed(world, FundAction.SUSPEND).state == RequestState.OPEN
        refuse(proposal=first, by=world.approver, key=key(), on=OPENED_ON, reason="Trop tôt")
        assert proposed(world).state == RequestState.OPEN

    def test_a_replay_returns_the_first(self) -> None:
        world = open_fund(endowment_cents=None)
        same = key()
        first = proposed(world, key=same)
        assert proposed(world, key=same) == first
        assert Document.objects.filter(kind="signed_endow").count() == 1
        with pytest.raises(KeyReused):
            proposed(world, key=same, amount_cents=2)

    def test_settled_once(self) -> None:
        world = open_fund(endowment_cents=None)
        proposal = proposed(world)
        same = key()
        refused_once = refuse(proposal=proposal, by=world.approver, key=same, on=OPENED_ON)
        assert refuse(proposal=proposal, by=world.approver, key=same, on=OPENED_ON) == refused_once
        assert (refused_once.state, refused_once.settled_by) == (RequestState.REFUSED, world.approver)
        for settle in (confirm, refuse):
            with refused(RuleRefused, "settled"):
                settle(proposal=proposal, by=world.approver2, key=key(), on=OPENED_ON)
        assert ledger.position(world.fund.pk).endowed_cents == 0


class TestMoney:
    def test_endow_within_the_ceiling(self) -> None:
        world = open_fund(endowment_cents=39_000_00)
        confirmed(world, proposed(world, amount_cents=1_000_00))
        assert ledger.position(world.fund.pk).available_cents == 40_000_00
        with refused(RuleRefused, "over_ceiling"):
            proposed(world, amount_cents=1)

    def test_the_ceiling_is_judged_again_when_confirmed(self) -> None:
        world = open_fund(endowment_cents=39_000_00)
        proposal = proposed(world, amount_cents=1_000_00)
        charter = amended(world, ceiling_cents=39_500_00)
        fund_action(world, FundAction.AMEND, charter=charter)
        with refused(RuleRefused, "over_ceiling"):
            confirmed(world, proposal)
        assert FundProposal.objects.get(pk=proposal.pk).state == RequestState.OPEN

    def test_withdraw_what_is_available_only(self) -> None:
        world = open_fund(endowment_cents=2_000_00)
        walk.walk_to(world, State.ELIGIBLE)  # reserves 1,500 EUR
        with refused(RuleRefused, "shortfall") as refusal:
            proposed(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=500_01)
        assert "0,01" in str(refusal.value)
        confirmed(world, proposed(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=500_00))
        now = ledger.position(world.fund.pk)
        assert (now.available_cents, now.reserved_cents, now.endowed_cents) == (0, 1_500_00, 1_500_00)

    def test_money_on_offer_is_not_withdrawn(self) -> None:
        world = open_fund(endowment_cents=100_00)
        lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=150_00)
        file = walk.walk_to(world, State.WAITLISTED, lease=lease)
        fund_action(world, FundAction.ENDOW, amount_cents=100_00)
        proposal = proposed(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=50_01)
        waiting.run_due(fund=world.fund, by=User.objects.system(), on=OPENED_ON)
        with refused(RuleRefused, "shortfall") as refusal:
            confirmed(world, proposal)
        sentence = str(refusal.value)
        assert [cents in sentence for cents in ("200,00", "150,00", "0,01")] == [True] * 3
        refuse(proposal=proposal, by=world.approver, key=key(), on=OPENED_ON)
        confirmed(world, proposed(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=50_00))
        assert walk.favourable(world, file).state == State.ELIGIBLE
        assert ledger.position(world.fund.pk).available_cents == 0

    def test_endowed_under_the_current_charter(self) -> None:
        world = open_fund(endowment_cents=None)
        fund_action(world, FundAction.AMEND, charter=amended(world, ceiling_cents=50_000_00))
        confirmed(world, proposed(world, amount_cents=45_000_00))
        assert LedgerEntry.objects.get(fund=world.fund).charter.version == 2


class TestAmend:
    def test_replaces_the_terms(self) -> None:
        world = open_fund()
        charter = amended(world, ceiling_cents=60_000_00)
        assert world.charter.version == 1
        done_ = fund_action(world, FundAction.AMEND, charter=charter)
        assert (world.charter.version, world.charter.ceiling_cents) == (2, 60_000_00)
        assert world.charter.signed_pdf == done_.signed_pdf
        assert world.fund.position.ceiling_cents == 60_000_00

    def test_never_below_what_is_endowed(self) -> None:
        world = open_fund(endowment_cents=20_000_00)
        lower = amended(world, ceiling_cents=19_999_99)
        with refused(RuleRefused, "ceiling_below_endowed"):
            proposed(world, FundAction.AMEND, charter=lower)

    def test_needs_an_unconfirmed_version(self) -> None:
        world = open_fund()
        with refused(RuleRefused, "charter_confirmed"):
            proposed(world, FundAction.AMEND, charter=world.charter)
        with refused(BadInput, "charter_missing"):
            proposed(world, FundAction.AMEND)

    def test_gaps_are_told_for_the_new_thresholds(self) -> None:
        world = open_fund()
        people = [world.approver2, world.landlord_manager]
        FundMember.objects.filter(user__in=people, role=Role.APPROVER).update(ends_on=OPENED_ON)
        charter = amended(world, second_visa_threshold_cents=0)
        later = OPENED_ON + timedelta(days=1)
        proposal = proposed(world, FundAction.AMEND, charter=charter, on=later)
        gaps = confirmed(world, proposal, on=later).gaps
        assert {(gap.filer, gap.from_cents, gap.to_cents, gap.missing) for gap in gaps} == {
            (advisor, 1, 40_000_00, "second_visa") for advisor in (world.advisor, world.advisor2)
        }


class TestSuspend:
    def test_and_resume(self) -> None:
        world = open_fund()
        draft = walk.draft(world)
        fund_action(world, FundAction.SUSPEND)
        assert world.fund.state == FundState.SUSPENDED
        with refused(RuleRefused, "fund_suspended"):
            walk.submit(world, draft)
        with refused(RuleRefused, "wrong_fund_state"):
            proposed(world, FundAction.SUSPEND)
        fund_action(world, FundAction.RESUME)
        assert walk.submit(world, draft).state == State.SUBMITTED

    def test_the_days_suspended_are_given_back_to_reservations_and_offers(self) -> None:
        world = open_fund(endowment_cents=2_000_00)
        reserved = walk.walk_to(world, State.ELIGIBLE)
        lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=600_00)
        offered = walk.walk_to(world, State.WAITLISTED, lease=lease)
        unoffered = walk.walk_to(world, State.WAITLISTED)
        elsewhere = walk.walk_to(open_fund(), State.ELIGIBLE)
        fund_action(world, FundAction.ENDOW, amount_cents=100_00)
        waiting.run_due(fund=world.fund, by=User.objects.system(), on=OPENED_ON)
        fund_action(world, FundAction.SUSPEND)
        fund_action(world, FundAction.RESUME)
        fund_action(world, FundAction.SUSPEND, on=OPENED_ON + timedelta(days=10))
        untouched = [Application.objects.filter(pk=file.pk).values().get() for file in (unoffered, elsewhere)]
        before = {file.pk: Application.objects.get(pk=file.pk) for file in (reserved, offered)}
        fund_action(world, FundAction.RESUME, on=OPENED_ON + timedelta(days=40))
        after = {file.pk: Application.objects.get(pk=file.pk) for file in (reserved, offered)}
        assert after[reserved.pk].reserved_until == OPENED_ON + timedelta(days=60 + 30)
        assert after[offered.pk].offered_until == OPENED_ON + timedelta(days=15 + 30)
        assert [after[pk].version - before[pk].version for pk in after] == [1, 1]
        assert untouched == [Application.objects.filter(pk=file.pk).values().get() for file in (unoffered, elsewhere)]
        event = Event.objects.filter(fund=world.fund, action=FundAction.RESUME).latest("pk")
        assert (event.data["days"], event.data["files"]) == (30, [reserved.pk, offered.pk])

    def test_a_reservation_warned_of_before_is_warned_of_again(self) -> None:
        world = open_fund(reservation_days=5)
        file = walk.walk_to(world, State.ELIGIBLE)
        system = User.objects.system()
        assert waiting.run_due(fund=world.fund, by=system, on=OPENED_ON) == [file]
        fund_action(world, FundAction.SUSPEND)
        end = OPENED_ON + timedelta(days=30)
        fund_action(world, FundAction.RESUME, on=end)
        moved = waiting.run_due(fund=world.fund, by=system, on=end)
        assert [(file.state, file.expiry_warned_on) for file in moved] == [(State.ELIGIBLE, end)]

    def test_no_day_is_taken_where_the_resumption_is_dated_earlier(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        fund_action(world, FundAction.SUSPEND, on=LATER)
        fund_action(world, FundAction.RESUME)
        assert Application.objects.get(pk=file.pk).reserved_until == file.reserved_until


class TestBooks:
    def test_closed_until_a_day(self) -> None:
        world = open_fund()
        same = {"fund": world.fund, "until": OPENED_ON, "by": world.landlord_manager, "key": key(), "on": LATER}
        assert close_books(**same).closed_until == OPENED_ON
        assert close_books(**same).closed_until == OPENED_ON
        with refused(RuleRefused, "books_closed"):
            proposed(world)
        assert Event.objects.get(fund=world.fund, action="close_books").data == {"until": "2020-05-05"}

    def test_never_earlier_nor_ahead(self) -> None:
        world = open_fund()
        given = {"fund": world.fund, "by": world.landlord_manager, "on": LATER}
        with refused(RuleRefused, "future_date"):
            close_books(until=LATER + timedelta(days=1), key=key(), **given)
        close_books(until=date(2020, 5, 20), key=key(), **given)
        with refused(RuleRefused, "books_closed"):
            close_books(until=date(2020, 5, 19), key=key(), **given)
        assert close_books(until=date(2020, 5, 21), key=key(), **given).closed_until == date(2020, 5, 21)

    @pytest.mark.parametrize("name", ["approver", "chamber_manager", "payer", "auditor"])
    def test_by_the_landlords_manager_only(self, name: str) -> None:
        world = open_fund()
        with not_allowed():
            close_books(fund=world.fund, until=OPENED_ON, by=world.people[name], key=key(), on=LATER)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_confirmations_take_effect_once(self) -> None:
        world = open_fund(endowment_cents=None)
        proposal = proposed(world)
        outcomes = at_once(
            [
                partial(confirm, proposal=proposal, by=by, key=key(), on=OPENED_ON)
                for by in (world.approver, world.approver2)
            ]
        )
        assert len(done(outcomes)) == 1
        assert [refusal.codes for refusal in refusals(outcomes)] == [["settled"]]
        assert ledger.position(world.fund.pk).endowed_cents == 1_000_00

    def test_the_same_confirmation_twice_is_one(self) -> None:
        world = open_fund(endowment_cents=None)
        proposal, same = proposed(world), key()
        outcomes = at_once([lambda: confirm(proposal=proposal, by=world.approver, key=same, on=OPENED_ON)] * 4)
        assert [outcome.state for outcome in done(outcomes)] == [RequestState.CONFIRMED] * 4
        assert LedgerEntry.objects.filter(fund=world.fund).count() == 1

    def test_two_proposals_of_one_action_leave_one(self) -> None:
        world = open_fund(endowment_cents=None)
        outcomes = at_once([lambda: proposed(world) for _ in range(2)])
        assert [refusal.codes for refusal in refusals(outcomes)] == [["already_proposed"]]
