"""What a preflight says, and that it leaves nothing behind."""

from datetime import date
from typing import Any

import pytest

from fundadmin.models import User
from grants.actions import bulk
from grants.actions.bulk import Preflight, Row
from grants.enums import Action, LedgerKind, State
from grants.models import Application
from tests.factories import OPENED_ON, World, open_fund, tenant_with_lease
from tests.grants import walk

pytestmark = pytest.mark.django_db

MARCH = [date(2020, 3, 1)]


def filed(world: World, state: State, *rents: int) -> list[Application]:
    """A file of one month for each of these rents."""
    leases = [tenant_with_lease(world, months=MARCH, rent_cents=cents) for cents in rents]
    return [walk.walk_to(world, state, lease=lease) for lease in leases]


def asked(files: list[Application], action: Action, by: User, **common: Any) -> Preflight:
    rows = [Row(file.pk) for file in files]
    return bulk.preflight(action=action, rows=rows, common=common, by=by, on=OPENED_ON)


def test_a_preflight_tells_amounts_and_the_position_before_and_after() -> None:
    world = open_fund()
    first, second = filed(world, State.ELIGIBLE, 1_000_00, 500_00)

    told = asked([second, first], Action.APPROVE, world.approver, no_conflict=True)

    assert told.passing == 2
    assert told.blocked == []
    assert [row.reference for row in told.rows] == [first.reference, second.reference]
    (line,) = walk.line_ids(first)
    planned = told.plan.rows[0]
    assert planned.moves == ((LedgerKind.COMMIT, line, 1_000_00),)
    assert planned.request == {"no_conflict": True, "amounts": {str(line): 1_000_00}}
    assert (planned.version, planned.to_state) == (first.version, State.APPROVED)
    assert (told.before.reserved_cents, told.before.committed_cents) == (1_500_00, 0)
    assert (told.after.reserved_cents, told.after.committed_cents) == (0, 1_500_00)
    assert told.before.left_cents == told.after.left_cents == 38_500_00
