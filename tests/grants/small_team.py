"""A small fund, short of money, whose seven people have several roles each, with a file in most states."""

from datetime import date
from typing import Final

from grants.enums import Role, SecondVisaSide, Side, State
from landlords.models import Lease
from tests.factories import World, membership, open_fund, tenant_with_lease, user
from tests.grants import walk

CEILING_CENTS, ENDOWED_CENTS, THRESHOLD_CENTS = 3_000_00, 2_000_00, 600_00

TEAM: Final[dict[str, list[tuple[Side, Role]]]] = {
    "ada": [(Side.CHAMBER, Role.ADVISOR), (Side.CHAMBER, Role.ASSESSOR)],
    "ben": [(Side.CHAMBER, Role.ADVISOR)],
    "cleo": [(Side.CHAMBER, Role.ASSESSOR), (Side.CHAMBER, Role.MANAGER), (Side.CHAMBER, Role.APPROVER)],
    "dan": [(Side.LANDLORD, Role.APPROVER), (Side.LANDLORD, Role.PAYER)],
    "eva": [(Side.LANDLORD, Role.APPROVER), (Side.LANDLORD, Role.MANAGER)],
    "fay": [(Side.LANDLORD, Role.PAYER), (Side.LANDLORD, Role.ASSESSOR)],
    "gus": [(Side.EXTERNAL, Role.AUDITOR)],
}
DELEGATED_CENTS: Final = {("eva", Role.APPROVER): 1_000_00}
PARTS: Final = {
    "advisor": "ada",
    "advisor2": "ben",
    "assessor": "cleo",
    "chamber_manager": "cleo",
    "approver": "dan",
    "approver2": "eva",
    "landlord_manager": "eva",
    "payer": "fay",
}
"""Who takes which part while the files are brought to their states."""

FILES: Final = (
    (State.CREDITED, 100_00, 3),
    (State.APPROVED, 150_00, 3),
    (State.SUBMITTED, 200_00, 3),
    (State.INFO_REQUESTED, 90_00, 1),
    (State.DRAFT, 120_00, 2),
)
"""State, monthly rent in cents, months asked for."""


def small_team() -> World:
    """The world, whose `people` are the team by name and by part. 350 EUR are free; one more visa is waited for."""
    people = {name: user(name) for name in TEAM}
    world = open_fund(
        endowment_cents=ENDOWED_CENTS,
        ceiling_cents=CEILING_CENTS,
        second_visa_threshold_cents=THRESHOLD_CENTS,
        second_visa_side=SecondVisaSide.EITHER,
        cap_per_siren_cents=1_800_00,
        info_days=3,
        reservation_days=4,
        offer_days=3,
        reply_days=2,
        reexamination_days=10,
        memberships=[
            membership(people[name], side, role, limit_cents=DELEGATED_CENTS.get((name, role)))
            for name, roles in TEAM.items()
            for side, role in roles
        ],
        proposer=people["eva"],
        confirmer=people["dan"],
    )
    world.people |= people | {part: people[name] for part, name in PARTS.items()}
    for state, rent_cents, months in FILES:
        walk.walk_to(world, state, lease=lease_of(world, rent_cents, months))
    walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE, lease=lease_of(world, 400_00, 2)))
    walk.walk_to(world, State.WAITLISTED, lease=lease_of(world, 800_00, 1))
    lease_of(world, 110_00, 3)
    return world


def lease_of(world: World, rent_cents: int, months: int) -> Lease:
    called = [date(2020, month, 1) for month in range(3, 3 + months)]
    return tenant_with_lease(world, months=called, rent_cents=rent_cents)
