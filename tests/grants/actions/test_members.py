"""Who names whom: nobody changes their own membership, and the landlord's powers take two people."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from fundadmin.models import User
from grants.actions.members import (
    confirm_member,
    end_member,
    propose_member,
    refuse_member,
)
from grants.enums import Role, Side, Visibility
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.models import Document, Event, FundMember
from tests.factories import (
    OPENED_ON,
    PDF,
    SIGNED_ON,
    World,
    key,
    membership,
    open_fund,
    user,
)
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused
from tests.grants.parallel import at_once, done
from tests.grants.parallel import refused as refusals

pytestmark = pytest.mark.django_db
AUTHORITY = "délégation 2020-02 (inventée)"
JUNE = date(2020, 6, 1)
AUGUST = date(2020, 8, 31)


def named(world: World, side: Side, role: Role, by: User, **asked: Any) -> FundMember:
    """A new person named for a role; a landlord approver's delegation comes along."""
    given: dict[str, Any] = {"user": asked.pop("user", None) or user(), "starts_on": OPENED_ON, "key": key()}
    if (side, role) == (Side.LANDLORD, Role.APPROVER):
        given["authority_ref"] = AUTHORITY
    return propose_member(fund=world.fund, side=side, role=role, by=by, **given | {"on": OPENED_ON} | asked)


def accepted(member: FundMember, by: User, **asked: Any) -> FundMember:
    return confirm_member(member=member, by=by, **{"key": key(), "on": OPENED_ON} | asked)


def small_landlord() -> World:
    """A landlord of two people: a manager who pays too, and an approver. The chamber has its usual people."""
    manager, approver = user("Gestionnaire"), user("Décideuse")
    chamber = {name: user(name) for name in ("advisor", "assessor", "chamber_manager")}
    world = open_fund(
        memberships=[
            membership(manager, Side.LANDLORD, Role.MANAGER),
            membership(approver, Side.LANDLORD, Role.APPROVER),
            membership(chamber["advisor"], Side.CHAMBER, Role.ADVISOR),
            membership(chamber["assessor"], Side.CHAMBER, Role.ASSESSOR),
            membership(chamber["chamber_manager"], Side.CHAMBER, Role.MANAGER),
        ],
        proposer=manager,
        confirmer=approver,
        second_visa_threshold_cents=None,
    )
    world.people |= {"landlord_manager": manager, "approver": approver} | chamber
    return world


CHAMBER_ROLES = [Role.ADVISOR, Role.ASSESSOR, Role.APPROVER, Role.MANAGER, Role.AUDITOR]
NOT_MANAGERS = ["advisor", "assessor", "chamber_approver", "approver", "payer", "auditor", "admin"]


class TestNaming:
    @pytest.mark.parametrize("role", CHAMBER_ROLES)
    def test_the_chambers_manager_names_the_chambers_people_alone(self, role: Role) -> None:
        world = open_fund()
        member = named(world, Side.CHAMBER, role, by=world.chamber_manager)
        assert (member.confirmed_on, member.confirmed_by) == (OPENED_ON, world.chamber_manager)
        for name in ["landlord_manager", *NOT_MANAGERS]:
            with pytest.raises(NotAllowed):
                named(world, Side.CHAMBER, role, by=getattr(world, name))

    @pytest.mark.parametrize("role", [Role.ASSESSOR, Role.AUDITOR])
    def test_the_landlords_manager_names_assessors_and_auditors_alone(self, role: Role) -> None:
        world = open_fund()
        assert named(world, Side.LANDLORD, role, by=world.landlord_manager).confirmed_on == OPENED_ON
        for name in ["chamber_manager", *NOT_MANAGERS]:
            with pytest.raises(NotAllowed):
                named(world, Side.LANDLORD, role, by=getattr(world, name))

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.PAYER, Role.MANAGER])
    def test_the_landlords_powers_take_two(self, role: Role) -> None:
        world = open_fund()
        for name in ["chamber_manager", *NOT_MANAGERS]:
            with pytest.raises(NotAllowed):
                named(world, Side.LANDLORD, role, by=getattr(world, name))
        member = named(world, Side.LANDLORD, role, by=world.landlord_manager)
        assert member.confirmed_on is None
        for name in ("chamber_manager", "chamber_approver", "auditor", "admin"):
            with not_allowed():
                accepted(member, by=getattr(world, name))
        with not_allowed("same_person"):
            accepted(member, by=world.landlord_manager)
        assert accepted(member, by=world.payer).confirmed_by == world.payer

    @pytest.mark.parametrize(
        ("manager", "other"), [("chamber_manager", "landlord_manager"), ("landlord_manager", "chamber_manager")]
    )
    def test_an_external_auditor_takes_the_managers_of_both_sides(self, manager: str, other: str) -> None:
        world = open_fund()
        for name in NOT_MANAGERS:
            with pytest.raises(NotAllowed):
                named(world, Side.EXTERNAL, Role.AUDITOR, by=getattr(world, name))
        member = named(world, Side.EXTERNAL, Role.AUDITOR, by=world.people[manager])
        assert member.confirmed_on is None
        for name in NOT_MANAGERS:
            with not_allowed():
                accepted(member, by=getattr(world, name))
        colleague = walk.join(world, "colleague", Side(world.member(manager).side), Role.MANAGER)
        on_both = walk.join(world, "on_both", Side.CHAMBER, Role.MANAGER)
        walk.join(world, "on_both", Side.LANDLORD, Role.MANAGER, user=on_both)
        for person in (world.people[manager], colleague, on_both):
            with not_allowed("same_side"):
                accepted(member, by=person)
        assert accepted(member, by=world.people[other]).confirmed_by == world.people[other]

    def test_an_external_auditor_does_not_confirm_themselves(self) -> None:
        world = open_fund()
        FundMember.objects.filter(user=world.landlord_manager).update(ends_on=JUNE)
        given = {"user": world.landlord_manager, "starts_on": JUNE + timedelta(days=1)}
        member = named(world, Side.EXTERNAL, Role.AUDITOR, by=world.chamber_manager, **given)
        with not_allowed("own_membership"):
            accepted(member, by=world.landlord_manager)

    @pytest.mark.parametrize(
        ("name", "side", "role", "by"),
        [
            ("advisor", Side.LANDLORD, Role.PAYER, "landlord_manager"),
            ("advisor", Side.EXTERNAL, Role.AUDITOR, "chamber_manager"),
            ("auditor", Side.CHAMBER, Role.ADVISOR, "chamber_manager"),
            ("auditor", Side.LANDLORD, Role.ASSESSOR, "landlord_manager"),
            ("payer", Side.CHAMBER, Role.ASSESSOR, "chamber_manager"),
            ("payer", Side.EXTERNAL, Role.AUDITOR, "landlord_manager"),
        ],
    )
    def test_nobody_is_named_on_two_sides_at_a_time(self, name: str, side: Side, role: Role, by: str) -> None:
        world = open_fund()
        person = world.people[name]
        with refused(BadInput, "other_side"):
            named(world, side, role, by=world.people[by], user=person)
        FundMember.objects.filter(user=person).update(ends_on=JUNE)
        later = named(world, side, role, by=world.people[by], user=person, starts_on=JUNE + timedelta(days=1))
        assert later.side == side

    def test_nor_confirmed_on_a_second_one(self) -> None:
        world = open_fund()
        person = user()
        member = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager, user=person)
        named(world, Side.CHAMBER, Role.ADVISOR, by=world.chamber_manager, user=person)
        with refused(RuleRefused, "other_side"):
            accepted(member, by=world.approver)

    def test_a_landlord_approver_needs_a_delegation(self) -> None:
        world = open_fund()
        with refused(BadInput, "authority_missing"):
            named(world, Side.LANDLORD, Role.APPROVER, by=world.landlord_manager, authority_ref=" ")

    def test_the_signed_delegation_is_kept_for_the_landlord(self) -> None:
        world = open_fund()
        given = {"user": user(), "by": world.landlord_manager}
        with refused(BadInput, "not_a_pdf"):
            named(world, Side.LANDLORD, Role.PAYER, signed_delegation=("x.doc", b"\xd0\xcf"), **given)
        member = named(world, Side.LANDLORD, Role.PAYER, signed_delegation=PDF, **given)
        assert member.signed_delegation == Document.objects.get(kind="signed_delegation")
        assert Document.objects.get(kind="signed_delegation").visibility == Visibility.LANDLORD

    def test_not_the_same_role_twice_at_a_time(self) -> None:
        world = open_fund()
        given = {"by": world.chamber_manager, "user": world.advisor}
        with refused(BadInput, "already_member"):
            named(world, Side.CHAMBER, Role.ADVISOR, ends_on=AUGUST, **given)
        end_member(member=world.member("advisor"), ends_on=JUNE, by=world.chamber_manager, key=key(), on=OPENED_ON)
        again = named(world, Side.CHAMBER, Role.ADVISOR, starts_on=JUNE + timedelta(days=1), **given)
        assert again.confirmed_on == OPENED_ON
        first = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager, user=world.approver2)
        second = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager, user=world.approver2)
        accepted(first, by=world.approver)
        with refused(RuleRefused, "already_member"):
            accepted(second, by=world.approver)

    def test_a_replay_returns_the_first(self) -> None:
        world = open_fund()
        given = {"user": user(), "by": world.landlord_manager, "key": key()}
        member = named(world, Side.LANDLORD, Role.PAYER, **given)
        assert named(world, Side.LANDLORD, Role.PAYER, **given) == member
        with refused(KeyReused, "key_reused"):
            named(world, Side.LANDLORD, Role.ASSESSOR, **given)
        confirming = {"member": member, "by": world.approver, "key": key(), "on": OPENED_ON}
        assert confirm_member(**confirming) == confirm_member(**confirming) == member
        assert Event.objects.filter(fund=world.fund, action="confirm_member").count() == 1

    def test_the_event_names_nobody(self) -> None:
        world = open_fund()
        member = named(world, Side.CHAMBER, Role.ADVISOR, by=world.chamber_manager)
        event = Event.objects.filter(fund=world.fund).latest("pk")
        assert (event.action, event.data["member"], event.data["user"]) == ("propose_member", member.pk, member.user_id)
        assert member.user.full_name not in str(event.data)

    def test_staffing_gaps_are_told_when_people_change(self) -> None:
        world = small_landlord()
        payer = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager)
        assert [gap.missing for gap in payer.gaps] == ["credit"]
        confirming = {"member": payer, "by": world.approver, "key": key(), "on": OPENED_ON}
        assert confirm_member(**confirming).gaps == []
        ending = {"member": world.member("assessor"), "by": world.chamber_manager, "key": key()}
        assert end_member(ends_on=OPENED_ON, on=OPENED_ON, **ending).gaps == []
        tomorrow = OPENED_ON + timedelta(days=1)
        newcomer = named(world, Side.CHAMBER, Role.MANAGER, by=world.chamber_manager, on=tomorrow)
        assert [gap.missing for gap in newcomer.gaps] == ["assess"]
        assert confirm_member(**confirming).gaps == []


class TestOneself:
    def test_nobody_names_themselves(self) -> None:
        world = open_fund()
        with not_allowed("own_membership"):
            named(world, Side.CHAMBER, Role.ADVISOR, by=world.chamber_manager, user=world.chamber_manager)
        with not_allowed("own_membership"):
            named(world, Side.LANDLORD, Role.ASSESSOR, by=world.landlord_manager, user=world.landlord_manager)

    def test_nobody_confirms_themselves_where_there_are_three(self) -> None:
        world = small_landlord()
        payer = accepted(named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager), by=world.approver).user
        given = {"by": world.landlord_manager, "user": world.approver, "signed_delegation": PDF}
        member = named(world, Side.LANDLORD, Role.PAYER, **given)
        with not_allowed("own_membership"):
            accepted(member, by=world.approver)
        assert accepted(member, by=payer).confirmed_on == OPENED_ON

    def test_of_two_the_person_concerned_confirms_with_the_signed_delegation(self) -> None:
        world = small_landlord()
        named(world, Side.LANDLORD, Role.AUDITOR, by=world.landlord_manager)  # doesn't make a third who could confirm
        given = {"by": world.landlord_manager, "user": world.approver}
        bare = named(world, Side.LANDLORD, Role.PAYER, **given)
        with not_allowed("own_membership"):
            accepted(bare, by=world.approver)
        signed = named(world, Side.LANDLORD, Role.PAYER, signed_delegation=PDF, **given)
        assert accepted(signed, by=world.approver).confirmed_by == world.approver

    def test_the_only_manager_gets_a_role_from_another_member(self) -> None:
        world = small_landlord()
        with not_allowed():
            named(world, Side.LANDLORD, Role.PAYER, by=world.approver)
        given = {"by": world.approver, "user": world.landlord_manager, "signed_delegation": PDF}
        member = named(world, Side.LANDLORD, Role.PAYER, **given)
        assert accepted(member, by=world.landlord_manager).confirmed_on == OPENED_ON

    def test_nobody_ends_themselves(self) -> None:
        world = open_fund()
        for name in ("chamber_manager", "landlord_manager"):
            with not_allowed("own_membership"):
                end_member(member=world.member(name), ends_on=JUNE, by=getattr(world, name), key=key(), on=OPENED_ON)


class TestRefusing:
    def test_drops_what_was_not_confirmed(self) -> None:
        world = open_fund()
        member = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager, key="naming", user=world.approver2)
        for name in ("chamber_manager", "auditor"):
            with not_allowed():
                refuse_member(member=member, by=getattr(world, name), key=key(), on=OPENED_ON)
        refusing = {"member": member, "by": world.approver, "key": key(), "on": OPENED_ON}
        event = refuse_member(**refusing)
        assert refuse_member(**refusing) == event
        assert not FundMember.objects.filter(pk=member.pk).exists()
        with refused(BadInput, "member_refused"):
            accepted(member, by=world.approver)
        with refused(BadInput, "member_refused"):
            named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager, key="naming", user=world.approver2)

    @pytest.mark.parametrize("manager", ["chamber_manager", "landlord_manager"])
    def test_an_external_auditor_is_either_managers_to_refuse(self, manager: str) -> None:
        world = open_fund()
        member = named(world, Side.EXTERNAL, Role.AUDITOR, by=world.chamber_manager)
        for name in NOT_MANAGERS:
            with not_allowed():
                refuse_member(member=member, by=getattr(world, name), key=key(), on=OPENED_ON)
        refuse_member(member=member, by=world.people[manager], key=key(), on=OPENED_ON)
        assert not FundMember.objects.filter(pk=member.pk).exists()

    def test_not_what_was_confirmed(self) -> None:
        world = open_fund()
        for step in (refuse_member, confirm_member):
            with refused(RuleRefused, "member_confirmed"):
                step(member=world.member("payer"), by=world.approver, key=key(), on=OPENED_ON)


class TestEnding:
    @pytest.mark.parametrize(
        ("name", "manager", "other"),
        [
            ("advisor", "chamber_manager", "landlord_manager"),
            ("chamber_approver", "chamber_manager", "landlord_manager"),
            ("payer", "landlord_manager", "chamber_manager"),
            ("approver", "landlord_manager", "chamber_manager"),
        ],
    )
    def test_by_the_manager_of_that_side(self, name: str, manager: str, other: str) -> None:
        world = open_fund()
        given = {"member": world.member(name), "ends_on": JUNE, "on": OPENED_ON}
        for nobody in (other, "assessor", "approver2", "auditor"):
            with pytest.raises(NotAllowed):
                end_member(by=world.people[nobody], key=key(), **given)
        same = {"by": world.people[manager], "key": key()}
        assert end_member(**same, **given).ends_on == JUNE
        assert end_member(**same, **given) == world.member(name)
        assert world.member(name).counts_on(JUNE)
        assert not world.member(name).counts_on(JUNE + timedelta(days=1))

    def test_today_at_the_earliest(self) -> None:
        world = open_fund()
        with refused(RuleRefused, "ends_before"):
            end_member(
                member=world.member("payer"), ends_on=SIGNED_ON, by=world.landlord_manager, key=key(), on=OPENED_ON
            )

    def test_only_ever_earlier(self) -> None:
        """What begins again or lasts longer is a new grant: for the landlord's powers it takes two."""
        world = open_fund()
        given = {"by": world.landlord_manager, "on": OPENED_ON}
        end_member(member=world.member("approver"), ends_on=AUGUST, key=key(), **given)
        with refused(RuleRefused, "ends_later"):
            end_member(member=world.member("approver"), ends_on=AUGUST + timedelta(days=1), key=key(), **given)
        assert end_member(member=world.member("approver"), ends_on=AUGUST, key=key(), **given).ends_on == AUGUST
        assert end_member(member=world.member("approver"), ends_on=OPENED_ON, key=key(), **given).ends_on == OPENED_ON
        with refused(RuleRefused, "ends_later"):
            end_member(member=world.member("approver"), ends_on=JUNE, key=key(), **given | {"on": JUNE})

    def test_a_deputys_end_never_after_the_principals(self) -> None:
        world = open_fund()
        given = {"by": world.chamber_manager, "on": OPENED_ON}
        end_member(member=world.member("assessor"), ends_on=AUGUST, key=key(), **given)
        dates = {"deputy_for": world.member("assessor"), "starts_on": JUNE, "ends_on": AUGUST}
        deputy = named(world, Side.CHAMBER, Role.ASSESSOR, by=world.chamber_manager, **dates)
        with refused(RuleRefused, "ends_later"):
            end_member(member=deputy, ends_on=AUGUST + timedelta(days=1), key=key(), **given)
        end_member(member=deputy, ends_on=JUNE, key=key(), **given)
        assert end_member(member=world.member("assessor"), ends_on=JUNE, key=key(), **given).ends_on == JUNE

    def test_not_before_it_was_confirmed(self) -> None:
        world = open_fund()
        member = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager)
        with refused(RuleRefused, "not_confirmed"):
            end_member(member=member, ends_on=JUNE, by=world.landlord_manager, key=key(), on=OPENED_ON)

    def test_not_before_a_deputys_end(self) -> None:
        world = open_fund()
        given = {"deputy_for": world.member("assessor"), "starts_on": JUNE, "ends_on": AUGUST}
        named(world, Side.CHAMBER, Role.ASSESSOR, by=world.chamber_manager, **given)
        ending = {"member": world.member("assessor"), "by": world.chamber_manager, "on": OPENED_ON}
        with refused(RuleRefused, "has_deputies"):
            end_member(ends_on=JUNE, key=key(), **ending)
        assert end_member(ends_on=AUGUST, key=key(), **ending).ends_on == AUGUST


class TestDeputies:
    def test_stand_in_between_two_dates(self) -> None:
        world = open_fund()
        given = {"deputy_for": world.member("approver"), "starts_on": JUNE, "ends_on": AUGUST}
        deputy = named(world, Side.LANDLORD, Role.APPROVER, by=world.landlord_manager, **given)
        deputy = accepted(deputy, by=world.approver2)
        assert [deputy.counts_on(day) for day in (OPENED_ON, JUNE, AUGUST, date(2020, 9, 1))] == [
            False, True, True, False,
        ]  # fmt: skip

    def test_never_wider_than_the_person_they_stand_in_for(self) -> None:
        world = open_fund()
        principal = named(
            world, Side.LANDLORD, Role.APPROVER, by=world.landlord_manager, limit_cents=1_000_00, ends_on=AUGUST
        )
        accepted(principal, by=world.approver)
        wider = partial(named, world, Side.LANDLORD, Role.APPROVER, by=world.landlord_manager, deputy_for=principal)
        with refused(BadInput, "deputy_limit"):
            wider(user=world.payer, ends_on=AUGUST)
        with refused(BadInput, "deputy_limit", "deputy_dates"):
            wider(user=world.payer, ends_on=AUGUST + timedelta(days=1), limit_cents=1_000_01)
        with refused(BadInput, "deputy_dates"):
            wider(user=world.payer, starts_on=SIGNED_ON, ends_on=AUGUST, limit_cents=1_000_00)
        assert wider(user=world.payer, ends_on=AUGUST, limit_cents=1_000_00).limit_cents == 1_000_00

    def test_an_approver_is_no_other_approvers_deputy(self) -> None:
        """Two delegations at a time would leave unclear which limit counts; an advisor has none."""
        world = open_fund()
        given = {"deputy_for": world.member("approver"), "ends_on": AUGUST, "by": world.landlord_manager}
        with refused(BadInput, "already_member"):
            named(world, Side.LANDLORD, Role.APPROVER, user=world.approver2, **given)
        given = {"deputy_for": world.member("advisor"), "ends_on": AUGUST, "by": world.chamber_manager}
        assert named(world, Side.CHAMBER, Role.ADVISOR, user=world.advisor2, **given).confirmed_on == OPENED_ON

    def test_are_another_person_in_the_same_role_and_dated(self) -> None:
        world = open_fund()
        advisor = world.member("advisor")
        by = {"by": world.chamber_manager}
        with refused(BadInput, "deputy_role", "deputy_undated"):
            named(world, Side.CHAMBER, Role.ASSESSOR, user=world.advisor2, deputy_for=advisor, **by)
        with refused(BadInput, "deputy_principal"):
            named(world, Side.CHAMBER, Role.ADVISOR, user=world.advisor, deputy_for=advisor, ends_on=AUGUST, **by)
        deputy = named(world, Side.CHAMBER, Role.ADVISOR, deputy_for=advisor, ends_on=AUGUST, **by)
        with refused(BadInput, "deputy_principal"):
            named(world, Side.CHAMBER, Role.ADVISOR, user=world.assessor, deputy_for=deputy, ends_on=AUGUST, **by)


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_take_effect_once() -> None:
    world = open_fund()
    member = named(world, Side.LANDLORD, Role.PAYER, by=world.landlord_manager)
    outcomes = at_once([partial(accepted, member, by=by) for by in (world.approver, world.approver2)])
    assert len(done(outcomes)) == 1
    assert [refusal.codes for refusal in refusals(outcomes)] == [["member_confirmed"]]
