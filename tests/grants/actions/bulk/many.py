"""Many files and what is asked of them, for the tests of bulk actions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fundadmin.models import User
from grants.actions import bulk
from grants.actions.bulk import Mode, Plan, Preflight, Row, Run
from grants.enums import Action, State
from grants.models import Application
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, World, key, tenant_with_lease
from tests.grants import walk

MARCH = [date(2020, 3, 1)]


def filed(world: World, state: State, *rents: int, tenant: TenantBusiness | None = None) -> list[Application]:
    """A file of one month for each of these rents."""
    leases = [tenant_with_lease(world, months=MARCH, rent_cents=cents, tenant=tenant) for cents in rents]
    return [walk.walk_to(world, state, lease=lease) for lease in leases]


def asked(files: Sequence[Application], action: Action, by: User, **common: Any) -> Preflight:
    """The same of all of them."""
    return asked_each([(file, {}) for file in files], action, by, **common)


def asked_each(
    files: Sequence[tuple[Application, dict[str, Any]]], action: Action, by: User, **common: Any
) -> Preflight:
    """Each with its own part of the request."""
    rows = [Row(file.pk, request) for file, request in files]
    return bulk.preflight(action=action, rows=rows, common=common, by=by, on=OPENED_ON)


def done(plan: Plan, by: User, mode: Mode = Mode.EACH, name: str | None = None) -> Run:
    return bulk.run(plan=plan, mode=mode, by=by, key=name or key(), on=OPENED_ON)


def codes(told: Preflight | Run) -> list[list[str]]:
    """Why each row is refused; an empty list where it isn't."""
    return [row.refusal.codes if row.refusal else [] for row in told.rows]
