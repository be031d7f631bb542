"""Before somebody confirms: take the real action, say what it does to the file and the fund, and undo it.

What is confirmed is what was shown: `do_as_shown` takes the action for good and undoes it where it ends otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.actions.bulk import Funds
from grants.enums import LedgerKind, State
from grants.exceptions import Breach, RuleRefused
from grants.models import Application, LedgerEntry

Take = Callable[[str], Application]
"""An action on a file with all that it is asked, but for its key."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an action would do: the file as it would be, the money it would move, the fund before and after."""

    application: Application
    moved_cents: dict[str, int]
    before: Funds
    after: Funds

    @property
    def to_state(self) -> str:
        return str(self.application.state)

    @property
    def shortfall_cents(self) -> int:
        """What a favourable opinion would be short of."""
        outcome = self.application.outcome
        return int(outcome.data.get("shortfall_cents", 0)) if outcome else 0

    @property
    def is_first_visa(self) -> bool:
        """Whether it would be the first of two visas: then no money moves yet."""
        outcome = self.application.outcome
        return bool(outcome and "visas" in outcome.data and self.to_state == State.ELIGIBLE)

    def moved(self, kind: LedgerKind) -> int:
        return self.moved_cents.get(kind, 0)


def rehearse(fund_id: int, take: Take) -> Rehearsal:
    """Take the action and undo it. Raises what the action raises; nothing of it remains either way."""
    with transaction.atomic():
        ledger.lock(fund_id)
        before = Funds.at(ledger.position(fund_id))
        done = take(f"rehearsal {uuid4()}")
        moved: dict[str, int] = {}
        for kind, cents in LedgerEntry.objects.filter(event=done.outcome).values_list("kind", "amount_cents"):
            moved[kind] = moved.get(kind, 0) + cents
        after = Funds.at(ledger.position(fund_id))
        transaction.set_rollback(True)
    return Rehearsal(done, moved, before, after)


def do_as_shown(take: Take, *, key: str, to_state: str) -> Application:
    """Take the action for good. Raises RuleRefused, and changes nothing, where the file would end in another state."""
    with transaction.atomic():
        done = take(key)
        reached = done.outcome.to_state if done.outcome else done.state
        if reached != to_state:
            message = _(
                "Since the page was shown something has changed: the application would now become “%(state)s”."
                " Check again, then confirm."
            )
            raise RuleRefused([Breach("not_as_shown", message, {"state": State(reached).label})])
    return done
