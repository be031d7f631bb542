"""What the landlord's accountant hands back: posted credit notes, and extracts of the tenants' accounts.

`hand_in` reads a file and says what it would do; nothing of the fund is written. A payer then `confirm`s: exact matches
are credited by the real action, each once, whoever hands the file in again or beside; what the books say is kept
(`BookedCredit`) for the reconciliation. An extract moves no money.
"""

from grants.actions.confirmations.confirming import TASK, carry_out, confirm, left_behind
from grants.actions.confirmations.contents import Sent
from grants.actions.confirmations.forgetting import forget_old, forget_unmatched, take_back, take_back_breaches
from grants.actions.confirmations.handing_in import READ_TASK, check_may, hand_in, left_unread, may_confirm, read_in

__all__ = [
    "READ_TASK",
    "TASK",
    "Sent",
    "carry_out",
    "check_may",
    "confirm",
    "forget_old",
    "forget_unmatched",
    "hand_in",
    "left_behind",
    "left_unread",
    "may_confirm",
    "read_in",
    "take_back",
    "take_back_breaches",
]
