"""Every state is reached by the real actions, with the money where the state says, and the ledger in agreement."""

import pytest

from grants import ledger
from grants.agreement import agreement_faults
from grants.enums import FINAL_STATES, LineState, State
from grants.models import Event
from tests.factories import open_fund
from tests.grants import walk

HELD = {
    State.ELIGIBLE: (0, 1500_00, 0, 0),
    State.APPROVED: (0, 0, 1500_00, 0),
    State.CREDITED: (0, 0, 0, 1500_00),
}
"""(., reserved, committed, credited) in cents, for the states that hold money."""
LINE_STATES = {
    State.DRAFT: LineState.DRAFT,
    State.APPROVED: LineState.APPROVED,
    State.CREDITED: LineState.CREDITED,
    State.REVERSED: LineState.REVERSED,
    State.CANCELLED: LineState.CANCELLED,
    State.WITHDRAWN: LineState.CANCELLED,
    State.LAPSED: LineState.CANCELLED,
    State.REJECTED: LineState.DECLINED,
}
"""The state of every line; claimed where nothing is said."""


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached(state: State) -> None:
    world = open_fund()
    application = walk.walk_to(world, state)
    position = ledger.position(world.fund.pk)
    held = (0, position.reserved_cents, position.committed_cents, position.credited_cents)
    assert held == HELD.get(state, (0, 0, 0, 0))
    assert position.endowed_cents == 40_000_00
    assert {line.state for line in application.lines.all()} == {LINE_STATES.get(state, LineState.CLAIMED)}
    assert application.is_final == (state in FINAL_STATES)
    assert Event.objects.filter(application=application).latest("pk").to_state == state
    assert agreement_faults(world.fund) == []
    assert ledger.verify(world.fund.pk) == []
