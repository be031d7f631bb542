"""The first members, whom an administrator records from the signed charter."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from grants.actions.funding import confirm, propose
from grants.actions.members import Membership, confirm_member, propose_member, record_first_members
from grants.enums import FundAction, Role, Side
from grants.exceptions import BadInput, RuleRefused
from grants.models import FundMember
from tests.factories import (
    OPENED_ON,
    PDF,
    SIGNED_ON,
    fund_action,
    key,
    membership,
    prepared_fund,
    user,
)
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
AUTHORITY = "délégation 2020-02 (inventée)"
JUNE = date(2020, 6, 1)
AUGUST = date(2020, 8, 31)


class TestFirstMembers:
    def test_are_recorded_and_count_from_the_opening(self) -> None:
        world = prepared_fund()
        assert FundMember.objects.filter(fund=world.fund, confirmed_on=None, proposed_by=world.admin).count() == 10
        fund_action(world, FundAction.OPEN)
        assert FundMember.objects.filter(fund=world.fund, confirmed_on=OPENED_ON).count() == 10

    def test_a_new_list_replaces_the_last(self) -> None:
        world = prepared_fund()
        given = {"fund": world.fund, "by": world.admin, "on": OPENED_ON}
        first, second = key(), key()
        only = [membership(user(), Side.CHAMBER, Role.ADVISOR)]
        recorded = record_first_members(members=only, key=first, **given)
        assert list(FundMember.objects.filter(fund=world.fund)) == recorded
        assert record_first_members(members=only, key=first, **given) == recorded
        record_first_members(members=[], key=second, **given)
        assert not FundMember.objects.filter(fund=world.fund).exists()

    def test_by_an_administrator_of_a_fund_in_preparation(self) -> None:
        world = prepared_fund()
        given = {"fund": world.fund, "members": [], "on": OPENED_ON}
        with not_allowed("administrator"):
            record_first_members(by=world.landlord_manager, key=key(), **given)
        proposal = propose(
            fund=world.fund, action=FundAction.OPEN, signed_pdf=PDF, by=world.landlord_manager, key=key(), on=OPENED_ON
        )
        with refused(RuleRefused, "opening_proposed"):
            record_first_members(by=world.admin, key=key(), **given)
        confirm(proposal=proposal, by=world.approver, key=key(), on=OPENED_ON)
        with refused(RuleRefused, "fund_opened"):
            record_first_members(by=world.admin, key=key(), **given)

    def test_everything_wrong_is_said_at_once(self) -> None:
        world = prepared_fund()
        wrong = [
            Membership(user=user(), side=Side.LANDLORD, role=Role.ADVISOR, starts_on=SIGNED_ON),
            Membership(user=user(), side=Side.CHAMBER, role=Role.PAYER, starts_on=SIGNED_ON, limit_cents=0),
            Membership(user=user(), side=Side.EXTERNAL, role=Role.MANAGER, starts_on=SIGNED_ON),
            Membership(user=user(), side=Side.LANDLORD, role=Role.APPROVER, starts_on=JUNE, ends_on=OPENED_ON),
        ]
        places = ["0/role", "1/role", "1/limit_cents", "2/role", "3/ends_on", "3/authority_ref"]
        codes = ["role_of_side", "role_of_side", "limit", "role_of_side", "ends_before", "authority_missing"]
        with refused(BadInput, *codes) as refusal:
            record_first_members(fund=world.fund, members=wrong, by=world.admin, key=key(), on=OPENED_ON)
        assert [breach.pointer for breach in refusal.value.breaches] == [f"members/{place}" for place in places]

    def test_the_administrator_is_none_of_them(self) -> None:
        world = prepared_fund()
        themselves = [membership(world.admin, Side.LANDLORD, role) for role in (Role.APPROVER, Role.MANAGER)]
        with not_allowed("own_membership"):
            record_first_members(fund=world.fund, members=themselves, by=world.admin, key=key(), on=OPENED_ON)

    def test_nobody_has_the_same_role_twice_at_a_time(self) -> None:
        world = prepared_fund()
        approver = partial(membership, user(), Side.LANDLORD, Role.APPROVER)
        twice = [
            approver(limit_cents=1, ends_on=JUNE),
            membership(user(), Side.LANDLORD, Role.APPROVER),
            approver(starts_on=JUNE),
        ]
        given = {"fund": world.fund, "by": world.admin, "on": OPENED_ON}
        with refused(BadInput, "already_member") as refusal:
            record_first_members(members=twice, key=key(), **given)
        assert [breach.pointer for breach in refusal.value.breaches] == ["members/2/user"]
        with refused(BadInput, "already_member"):
            record_first_members(members=twice[::-1], key=key(), **given)
        after = [*twice[:2], approver(starts_on=JUNE + timedelta(days=1))]
        assert len(record_first_members(members=after, key=key(), **given)) == 3
        others = [approver(), replace(approver(), role=Role.PAYER), replace(approver(), side=Side.CHAMBER)]
        assert len(record_first_members(members=others, key=key(), **given)) == 3

    def test_nobody_else_is_named_before_the_opening(self) -> None:
        world = prepared_fund()
        with not_allowed():
            propose_member(
                fund=world.fund,
                user=user(),
                side=Side.CHAMBER,
                role=Role.ADVISOR,
                starts_on=OPENED_ON,
                by=world.chamber_manager,
                key=key(),
                on=OPENED_ON,
            )
        recorded = FundMember.objects.filter(fund=world.fund, role=Role.PAYER).get()
        with refused(RuleRefused, "fund_draft"):
            confirm_member(member=recorded, by=world.approver, key=key(), on=OPENED_ON)
