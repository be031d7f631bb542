"""What an action answers: the same words again for the same request."""

import pytest

from grants.enums import State
from tests.factories import tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def test_a_repetition_is_answered_byte_for_byte() -> None:
    """The first answer is made of what the action had in hand, the second of what the database kept."""
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE, lease=tenant_with_lease(world))
    approver = Caller(world, world.approver)
    amounts = {str(line.uuid): cents for line, cents in zip(file.lines.all(), (100_00, 0, 500_00), strict=True)}
    asked = {"amounts": amounts, "reason": walk.REASON, "no_conflict": True}

    first = approver.act(file, "approve", asked, key="the-same")
    again = approver.act(file, "approve", asked, key="the-same")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
