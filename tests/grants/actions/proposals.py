"""Fund actions in two steps, where a test looks between them. In one: `factories.fund_action`."""

from typing import Any

from grants.actions.charters import draft_charter
from grants.actions.funding import confirm, propose
from grants.enums import (
    FundAction,
)
from grants.models import Charter, FundProposal
from tests.factories import (
    OPENED_ON,
    PDF,
    World,
    charter_terms,
    key,
)


def proposed(world: World, action: FundAction = FundAction.ENDOW, **asked: Any) -> FundProposal:
    given: dict[str, Any] = {"by": world.people.get("landlord_manager"), "key": key(), "on": OPENED_ON}
    if action not in (FundAction.SUSPEND, FundAction.RESUME):
        given["signed_pdf"] = PDF
    if action in (FundAction.ENDOW, FundAction.WITHDRAW_ENDOWMENT):
        given["amount_cents"] = 1_000_00
    return propose(fund=world.fund, action=action, **given | asked)


def confirmed(world: World, proposal: FundProposal, **asked: Any) -> FundProposal:
    result = confirm(proposal=proposal, **{"by": world.people.get("approver"), "key": key(), "on": OPENED_ON} | asked)
    world.refresh()
    return result


def amended(world: World, **terms: Any) -> Charter:
    """A second version, drafted by the landlord's manager."""
    return draft_charter(fund=world.fund, by=world.landlord_manager, key=key(), on=OPENED_ON, **charter_terms(**terms))
