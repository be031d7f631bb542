"""A fund's warning levels: who is to know hears once, each time that its money rises to one of them."""

from typing import TYPE_CHECKING

from fundadmin.models import User
from grants import notifications, queries
from grants.charter_rules import level_crossed, percent_used
from grants.enums import FundStep
from grants.models import Event

if TYPE_CHECKING:
    from grants.actions.turn import Turn


def warn(turn: "Turn", cause: Event) -> None:
    """Tell of the level that an action's movements, or its lower ceiling, have just reached.

    In the action's own transaction, with the position locked, so that no crossing is missed or told twice. Mostly the
    used percentage did not rise, and nothing is read.
    """
    locked, before = turn.locked, turn.percent_told
    turn.percent_told = percent_used(locked.used_cents, locked.ceiling_cents)
    charter = queries.current_charter(turn.fund.pk) if turn.percent_told > before else None
    level = level_crossed(charter.warning_levels, before, turn.percent_told) if charter else None
    if level is None:
        return
    event = Event.objects.create(
        fund_id=turn.fund.pk,
        user=User.objects.system(),
        action=FundStep.FUND_LEVEL,
        on=turn.on,
        at=turn.at,
        key=f"level:{cause.pk}",
        request_hash=turn.request_hash,
        data={"level": level, "used_cents": locked.used_cents, "ceiling_cents": locked.ceiling_cents},
    )
    notifications.notify(event, None)
