"""Money freed after a fund was closed goes back to the landlord, in the action that frees it."""

from grants.enums import FundState, LedgerKind
from grants.ledger import Movement
from grants.models import Fund


def returned_after_close(fund: Fund, cents: int) -> list[Movement]:
    """Give back what an action makes available, to be posted after the movements that free it."""
    if fund.state != FundState.CLOSED or cents == 0:
        return []
    return [Movement(LedgerKind.WITHDRAW_ENDOWMENT, cents)]
