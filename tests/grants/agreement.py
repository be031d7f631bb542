"""Whether what is said beforehand (`available_actions`) is what the action then answers."""

from collections.abc import Mapping
from typing import Final

from grants.actions.available import Availability
from grants.enums import Action
from grants.exceptions import ActionRefused

LINES: Final = {"amount_outside", "unknown_line", "no_lines", "cap_per_siren", "cap_per_lease", "nothing_proposed"}
ON_WHAT_IS_ASKED: Final[Mapping[Action, set[str]]] = {
    Action.EDIT: {"fact_supplier"},
    Action.SUPPLY: {"arrears"},
    Action.ANSWER: {"not_asked", "still_missing"},
    Action.ASSESS_FAVOURABLE: LINES | {"shortfall"},
    # A first visa for less may be within a delegation, or below the second visa.
    Action.APPROVE: LINES | {"other_amounts", "beyond_delegation", "no_second_visa_left"},
    Action.CREDIT: {"unknown_line", "in_request"},
    Action.ASK_CANCEL_LINES: {"unknown_line", "in_request"},
    Action.ASK_REVERSE: {"unknown_line", "in_request", "notice_date"},
    # A request of the other kind, or another one than could be settled.
    Action.CANCEL_LINES: {"other_request", "settled", "same_person", "reply_period"},
    Action.REVERSE: {"other_request", "settled", "same_person", "reply_period"},
    Action.REFUSE_REQUEST: {"settled", "same_person"},
    Action.WITHDRAW: {"request_date"},
    Action.TRANSFER: {"no_advisor", "same_advisor"},
}
"""What an action that was said to be possible may still be refused for: it hangs on what is asked."""


def disagreement(said: Availability, refusal: ActionRefused | None) -> str:
    """How the two contradict each other; empty when they don't."""
    answers = {breach.code: str(breach) for breach in refusal.breaches} if refusal else {}
    if said.allowed:
        unsaid = set(answers) - ON_WHAT_IS_ASKED.get(said.action, set())
        return f"{said.action}: said to be possible, refused for {sorted(unsaid)}" if unsaid else ""
    if "other_request" in answers:  # What is open is another kind of request.
        return ""
    reasons = {breach.code: str(breach) for breach in said.breaches}
    if refusal and reasons.items() <= answers.items():
        return ""
    return f"{said.action}: said to be refused for {reasons}, answered {answers or 'allowed'}"
