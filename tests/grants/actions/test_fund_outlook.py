"""What somebody may do to a fund is said beforehand as the action would say it."""

from datetime import timedelta

import pytest

from grants import ledger
from grants.actions.fund_outlook import (
    Fate,
    fates,
    funds_acted_on,
    position_after,
    proposals_outlook,
    settling_outlook,
)
from grants.actions.funding import confirm, propose, refuse
from grants.enums import FundAction, RequestState, Role, Side, State
from grants.exceptions import ActionRefused
from grants.models import FundMember
from tests.factories import OPENED_ON, PDF, ROLES, World, fund_action, key, open_fund, prepared_fund
from tests.grants import walk
from tests.grants.actions.proposals import amended, confirmed, proposed

pytestmark = pytest.mark.django_db


def outlook(world: World, name: str = "landlord_manager") -> dict[str, list[str]]:
    found = proposals_outlook(world.fund, world.people[name], OPENED_ON)
    return {one.action.value: [breach.code for breach in one.breaches] for one in found}


def test_of_an_open_fund() -> None:
    world = open_fund(endowment_cents=30_000_00)
    assert outlook(world) == {
        "endow": [],
        "withdraw_endowment": [],
        "amend": ["charter_missing"],
        "suspend": [],
        "resume": ["wrong_fund_state"],
        "close": [],
    }
    amended(world)
    assert outlook(world)["amend"] == []


def test_where_no_amount_would_do() -> None:
    world = open_fund()
    assert outlook(world)["endow"] == ["no_room"]
    empty = open_fund(endowment_cents=None)
    assert (outlook(empty)["withdraw_endowment"], outlook(empty)["endow"]) == (["no_room"], [])


def test_of_a_fund_in_preparation_and_of_a_closed_one() -> None:
    world = prepared_fund()
    assert outlook(world)["open"] == []
    assert outlook(world)["endow"] == ["wrong_fund_state"]
    closed = open_fund()
    fund_action(closed, FundAction.CLOSE)
    assert set(map(tuple, outlook(closed).values())) == {("wrong_fund_state",)}


def test_nobody_but_the_landlords_manager_proposes() -> None:
    world = open_fund()
    for role in set(ROLES) - {"landlord_manager"}:
        assert set(map(tuple, outlook(world, role).values())) == {("role_missing",)}


def test_settling_is_said_beforehand_as_the_action_says_it() -> None:
    """Of closing too: it rejects what waits, which who assessed it may not."""
    world = open_fund()
    waiting = walk.walk_to(world, State.WAITLISTED)
    walk.join(world, "both", Side.LANDLORD, Role.APPROVER, user=world.assessor)
    asked = [proposed(world, action) for action in (FundAction.WITHDRAW_ENDOWMENT, FundAction.CLOSE)]
    allowed = set()
    for name in ("landlord_manager", "approver", "payer", "advisor", "auditor", "both"):
        for proposal in asked:
            for state, settle in ((RequestState.CONFIRMED, confirm), (RequestState.REFUSED, refuse)):
                said = [str(one) for one in settling_outlook(proposal, world.people[name], OPENED_ON, state)]
                if not said:
                    allowed.add((name, proposal.action, state.value))
                    continue
                with pytest.raises(ActionRefused) as refused:
                    settle(proposal=proposal, by=world.people[name], key=key(), on=OPENED_ON)
                assert [str(breach) for breach in refused.value.breaches] == said
    assert waiting.reference in str(settling_outlook(asked[1], world.both, OPENED_ON, RequestState.CONFIRMED)[0])
    assert allowed == {
        ("approver", "withdraw_endowment", "confirmed"),
        ("approver", "withdraw_endowment", "refused"),
        ("approver", "close", "confirmed"),
        ("approver", "close", "refused"),
        ("both", "withdraw_endowment", "confirmed"),
        ("both", "withdraw_endowment", "refused"),
        ("both", "close", "refused"),
    }


def test_a_settled_one_is_settled() -> None:
    world = open_fund()
    asked = proposed(world, FundAction.SUSPEND)
    assert settling_outlook(asked, world.approver, OPENED_ON, RequestState.CONFIRMED) == []
    done = confirmed(world, asked)
    found = settling_outlook(done, world.approver, OPENED_ON, RequestState.CONFIRMED)
    assert [breach.code for breach in found] == ["settled"]


def test_the_position_afterwards_is_what_confirming_brings() -> None:
    world = open_fund(endowment_cents=30_000_00)
    walk.walk_to(world, State.CREDITED)
    version = amended(world, ceiling_cents=50_000_00, signed_on=OPENED_ON)
    for action, asked in (
        (FundAction.ENDOW, {"amount_cents": 2_000_00}),
        (FundAction.WITHDRAW_ENDOWMENT, {"amount_cents": 1_000_00}),
        (FundAction.AMEND, {"charter": version}),
        (FundAction.SUSPEND, {}),
        (FundAction.CLOSE, {}),
    ):
        proposal = proposed(world, action, **asked)
        said = position_after(proposal, ledger.position(world.fund.pk))
        confirmed(world, proposal)
        found = ledger.position(world.fund.pk)
        names = ("ceiling", "endowed", "available", "reserved", "committed", "credited")
        assert [getattr(said, f"{name}_cents") for name in names] == [
            getattr(found, f"{name}_cents") for name in names
        ], action


def test_opening_brings_the_ceiling_and_the_first_endowment() -> None:
    world = prepared_fund()
    asked = propose(
        fund=world.fund,
        action=FundAction.OPEN,
        amount_cents=10_000_00,
        signed_pdf=PDF,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    said = position_after(asked, ledger.position(world.fund.pk))
    assert (said.ceiling_cents, said.endowed_cents, said.available_cents) == (40_000_00, 10_000_00, 10_000_00)


def test_closing_says_what_becomes_of_each_file() -> None:
    world = open_fund()
    files = {
        state: walk.walk_to(world, state)
        for state in (State.DRAFT, State.SUBMITTED, State.APPROVED, State.CREDITED, State.WAITLISTED)
    }
    assert [(file.pk, fate) for file, fate in fates(world.fund)] == [
        (files[State.SUBMITTED].pk, Fate.BLOCKS),
        (files[State.WAITLISTED].pk, Fate.REJECTED),
        (files[State.DRAFT].pk, Fate.DISCARDED),
        (files[State.APPROVED].pk, Fate.CREDITED_LATER),
    ]


def test_a_fund_in_preparation_is_its_landlords_members_own() -> None:
    world = prepared_fund()
    seeing = {name for name in ROLES if funds_acted_on(world.people[name]).exists()}
    assert seeing == {"landlord_manager", "approver", "approver2", "payer"}
    FundMember.objects.filter(user=world.payer).update(ends_on=OPENED_ON + timedelta(days=1))
    assert not funds_acted_on(world.payer).exists()
    opened = open_fund()
    assert {name for name in ROLES if funds_acted_on(opened.people[name]).exists()} == set(ROLES)
