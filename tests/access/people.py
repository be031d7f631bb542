"""Who asks: one person for each role and side, who has no hand in any file; and from how far."""

from datetime import timedelta
from typing import Final

from django.test import Client
from django.utils import timezone

from fundadmin.models import User
from grants.enums import Role, Side
from grants.models import FundMember
from tests import factories
from tests.accounts import log_in
from tests.factories import OPENED_ON, World

ROLES: Final[dict[str, tuple[Role, Side]]] = {
    "advisor": (Role.ADVISOR, Side.CHAMBER),
    "deputy": (Role.ADVISOR, Side.CHAMBER),
    "chamber assessor": (Role.ASSESSOR, Side.CHAMBER),
    "chamber approver": (Role.APPROVER, Side.CHAMBER),
    "chamber manager": (Role.MANAGER, Side.CHAMBER),
    "chamber auditor": (Role.AUDITOR, Side.CHAMBER),
    "landlord assessor": (Role.ASSESSOR, Side.LANDLORD),
    "approver": (Role.APPROVER, Side.LANDLORD),
    "payer": (Role.PAYER, Side.LANDLORD),
    "landlord manager": (Role.MANAGER, Side.LANDLORD),
    "landlord auditor": (Role.AUDITOR, Side.LANDLORD),
    "auditor": (Role.AUDITOR, Side.EXTERNAL),
}
EXPIRED: Final = "expired payer"
PEOPLE: Final = (*ROLES, EXPIRED)

ALL: Final = frozenset(ROLES)
CHAMBER, LANDLORD, EXTERNAL = (
    frozenset(name for name, (_role, side) in ROLES.items() if side == wanted)
    for wanted in (Side.CHAMBER, Side.LANDLORD, Side.EXTERNAL)
)
NOBODY: Final[frozenset[str]] = frozenset()


def everybody(world: World) -> dict[str, User]:
    """One new person for each, in a fund. The deputy stands in for the advisor."""
    found = {name: factories.user(name) for name in PEOPLE}
    for name, (role, side) in ROLES.items():
        join(world, found[name], role, side)
    FundMember.objects.filter(user=found["deputy"]).update(deputy_for=FundMember.objects.get(user=found["advisor"]))
    yesterday = timezone.localdate() - timedelta(days=1)
    join(world, found[EXPIRED], Role.PAYER, Side.LANDLORD)
    FundMember.objects.filter(user=found[EXPIRED]).update(ends_on=yesterday)
    return found


def join(world: World, user: User, role: Role, side: Side) -> None:
    FundMember.objects.create(
        fund=world.fund,
        user=user,
        role=role,
        side=side,
        starts_on=OPENED_ON,
        proposed_by=world.admin,
        confirmed_by=world.admin,
        confirmed_on=OPENED_ON,
    )


def clients(world: World) -> dict[str, Client]:
    """Everybody at the site, logged in as it asks of them."""
    return {name: log_in(Client(raise_request_exception=True), user) for name, user in everybody(world).items()}
