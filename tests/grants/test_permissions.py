"""Who may: the role held on that day, the hands already had in the file, the advisor in charge, the delegation."""

from datetime import date, timedelta
from typing import Any

import pytest

from grants import permissions
from grants.actions import filing
from grants.enums import Action, Role, SecondVisaSide, Side, State
from grants.exceptions import NotAllowed
from grants.models import Event, FundMember
from grants.permissions import Asking, Hand, Hands
from grants.workflow import ASSESSOR, LANDLORD_MANAGER
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return open_fund()


@pytest.mark.parametrize(
    ("dates", "on", "counts"),
    [
        ({}, OPENED_ON, True),
        ({}, OPENED_ON - DAY, False),
        ({"starts_on": OPENED_ON + DAY}, OPENED_ON, False),
        ({"starts_on": OPENED_ON + DAY}, OPENED_ON + DAY, True),
        ({"ends_on": OPENED_ON}, OPENED_ON, True),
        ({"ends_on": OPENED_ON}, OPENED_ON + DAY, False),
        ({"confirmed_on": OPENED_ON + DAY}, OPENED_ON, False),
        ({"confirmed_on": None}, OPENED_ON, False),
    ],
)
def test_a_role_counts_once_confirmed_and_within_its_dates(
    world: World, dates: dict[str, Any], on: date, counts: bool
) -> None:
    FundMember.objects.filter(user=world.payer).update(**dates)
    member = world.member("payer")
    assert permissions.memberships(world.payer, world.fund.pk, on) == ([member] if counts else [])
    assert member.counts_on(on) == counts


def test_a_disabled_account_holds_no_role(world: World) -> None:
    application = walk.walk_to(world, State.APPROVED)
    world.payer.is_active = False
    world.payer.save()
    assert permissions.memberships(world.payer, world.fund.pk, OPENED_ON) == []
    assert not world.member("payer").counts_on(OPENED_ON)
    assert not permissions.can(Action.CREDIT, world.payer, application, OPENED_ON)


def test_a_role_counts_in_its_fund_only(world: World) -> None:
    other = open_fund()
    assert permissions.memberships(world.payer, other.fund.pk, OPENED_ON) == []
    application = walk.walk_to(other, State.APPROVED)
    assert permissions.can(Action.CREDIT, other.payer, application, OPENED_ON)
    assert not permissions.can(Action.CREDIT, world.payer, application, OPENED_ON)


HANDS = {
    Hand.FILED: {"create", "edit", "attach", "submit", "answer"},
    Hand.ASSESSED: {"assess_favourable", "assess_unfavourable"},
    Hand.DECIDED: {"approve", "reject"},
    Hand.CREDITED: {"credit"},
}


def test_what_counts_as_a_hand() -> None:
    assert {hand: {a for a, h in permissions.HAND_OF.items() if h == hand} for hand in Hand} == HANDS


@pytest.mark.parametrize("had", list(Hand))
@pytest.mark.parametrize("action", [Action.SUBMIT, Action.ASSESS_FAVOURABLE, Action.APPROVE, Action.CREDIT])
def test_one_person_has_one_hand_in_a_file(had: Hand, action: Action) -> None:
    person = 7
    roles = [FundMember(role=role, side=side) for role in Role for side in Side]
    hands = Hands()
    hands.by[had].add(person)
    found = permissions.breaches(Asking(action, roles, hands, person, advisor_id=person))
    own = permissions.HAND_OF[action] == had
    assert [breach.code for breach in found] == ([] if own else [f"four_eyes_{had}"])
    assert [str(breach) for breach in found] == ([] if own else [str(permissions.HAND_SENTENCES[had])])


def test_hands_are_read_from_all_the_events_of_the_file(world: World) -> None:
    application = walk.walk_to(world, State.CREDITED)
    walk.walk_to(world, State.INELIGIBLE)
    hands = Hands.in_file(application)
    assert hands.by == {
        Hand.FILED: {world.advisor.pk},
        Hand.ASSESSED: {world.assessor.pk},
        Hand.DECIDED: {world.approver.pk},
        Hand.CREDITED: {world.payer.pk},
    }
    assert Hands.in_file(None).by == {hand: set() for hand in Hand}


def test_a_hand_outlives_a_reopening(world: World) -> None:
    walk.join(world, "assessor", Side.LANDLORD, Role.APPROVER, user=world.assessor)
    reopened = walk.reopen(world, walk.walk_to(world, State.INELIGIBLE))
    assert not permissions.can(Action.REJECT, world.assessor, reopened, OPENED_ON)
    assert permissions.can(Action.REJECT, world.approver, reopened, OPENED_ON)
    assert Event.objects.filter(application=reopened, user=world.assessor).exists()


def test_a_missing_role_is_named_and_nothing_else_is_said(world: World) -> None:
    draft = walk.draft(world)
    with pytest.raises(NotAllowed) as caught:
        permissions.check(permissions.asking_for(Action.SUBMIT, world.payer, draft, OPENED_ON))
    assert caught.value.codes == ["role_missing"]
    (breach,) = caught.value.breaches
    assert str(breach.params["roles"]) == str(Role.ADVISOR.label)


def test_several_reasons_are_said_at_once(world: World) -> None:
    walk.join(world, "assessor", Side.CHAMBER, Role.ADVISOR, user=world.assessor)
    application = walk.walk_to(world, State.ELIGIBLE)
    found = permissions.breaches(permissions.asking_for(Action.EDIT, world.assessor, application, OPENED_ON))
    assert [breach.code for breach in found] == ["four_eyes_assessed", "not_in_charge"]


# The advisor in charge.


@pytest.mark.parametrize(
    ("role", "deputy_for", "may"),
    [
        (Role.ADVISOR, "advisor", True),
        (Role.ADVISOR, None, False),
        (Role.ADVISOR, "assessor", False),
        # Standing in for the same person, but as an assessor.
        (Role.ASSESSOR, "advisor", False),
    ],
)
def test_an_advisors_deputy_is_in_charge(world: World, role: Role, deputy_for: str | None, may: bool) -> None:
    draft = walk.draft(world)
    deputy_of = world.member(deputy_for) if deputy_for else None
    walk.join(world, "advisor2", Side.CHAMBER, role, user=world.advisor2, deputy_for=deputy_of)
    assert permissions.can(Action.SUBMIT, world.advisor2, draft, OPENED_ON) is may


def test_a_chamber_manager_withdraws_and_does_nothing_else_of_the_advisors(world: World) -> None:
    walk.join(world, "chamber_manager", Side.CHAMBER, Role.ADVISOR, user=world.chamber_manager)
    draft = walk.draft(world)
    assert permissions.can(Action.WITHDRAW, world.chamber_manager, draft, OPENED_ON)
    assert not permissions.can(Action.WITHDRAW, world.advisor2, draft, OPENED_ON)
    assert not permissions.can(Action.EDIT, world.chamber_manager, draft, OPENED_ON)
    opened = filing.create(fund=world.fund, tenant=draft.tenant, by=world.advisor2, key=key(), on=OPENED_ON)
    assert permissions.can(Action.EDIT, world.advisor2, opened, OPENED_ON)


# Visas.


@pytest.mark.parametrize(
    ("action", "visas", "side", "sides"),
    [
        (Action.APPROVE, 0, SecondVisaSide.CHAMBER, {Side.LANDLORD}),
        (Action.APPROVE, 1, SecondVisaSide.CHAMBER, {Side.CHAMBER}),
        (Action.APPROVE, 1, SecondVisaSide.LANDLORD, {Side.LANDLORD}),
        (Action.APPROVE, 1, SecondVisaSide.EITHER, {None}),
        (Action.SEND_BACK, 0, SecondVisaSide.LANDLORD, {Side.LANDLORD}),
        (Action.SEND_BACK, 0, SecondVisaSide.CHAMBER, {Side.LANDLORD, Side.CHAMBER}),
        (Action.REJECT, 1, SecondVisaSide.CHAMBER, {Side.LANDLORD}),
    ],
)
def test_whose_visa_it_is(action: Action, visas: int, side: SecondVisaSide, sides: set[Side | None]) -> None:
    actors = permissions.actors_of(action, second_visa_side=side, visas=visas)
    assert {actor.side for actor in actors} == sides
    assert {actor.role for actor in actors} == {Role.APPROVER}


@pytest.mark.parametrize(
    ("limits", "amount", "refused"),
    [
        ([1_000_00], 1_000_00, False),
        ([1_000_00], 1_000_01, True),
        ([1_000_00, 2_000_00], 1_000_00, False),
        ([1_000_00, 2_000_00], 1_000_01, True),
        ([None, 1_000_00], 1_000_01, True),
        ([None], 10**9, False),
    ],
)
def test_the_narrowest_delegation_counts(limits: list[int | None], amount: int, refused: bool) -> None:
    roles = [FundMember(role=Role.APPROVER, side=Side.LANDLORD, limit_cents=limit) for limit in limits]
    found = permissions.delegation_breaches(roles, amount)
    assert [breach.code for breach in found] == (["beyond_delegation"] if refused else [])


# Steps that concern no application.


def test_a_step_of_the_fund_names_the_roles_it_is_reserved_to() -> None:
    breach = permissions.role_missing_in_fund((LANDLORD_MANAGER, ASSESSOR))
    assert breach.code == "role_missing"
    assert str(breach.params["roles"]) == f"{Role.MANAGER.label} ({Side.LANDLORD.label}), {Role.ASSESSOR.label}"
