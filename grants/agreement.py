"""Where the ledger and the files disagree: what `verify_ledger` finds beyond the ledger itself. Nothing here writes."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from grants.enums import LineState, State
from grants.ledger import Fault
from grants.models import Application, Fund, Visa
from grants.money import euros
from grants.workflow import BY_LINES, state_after


def agreement_faults(fund: Fund) -> list[Fault]:
    """Where the ledger and the applications disagree: each line's money, each file's state, its visas."""
    faults = []
    for line_id, state, application_state, reference, proposed, approved, *held in _line_money(fund):
        if state not in LINE_STATES[application_state]:
            labels = {"state": State(application_state).label, "line_state": LineState(state).label}
            params = {"line": line_id, "reference": reference, **labels}
            faults.append(Fault("line_state", None, LINE_STATE, params))
        reserves = state == LineState.CLAIMED and application_state == State.ELIGIBLE
        expected = (
            proposed or 0 if reserves else 0,
            approved or 0 if state == LineState.APPROVED else 0,
            approved or 0 if state == LineState.CREDITED else 0,
        )
        if tuple(held) != expected:
            params = {"line": line_id, "reference": reference, "ledger": Amounts(held), "file": Amounts(expected)}
            faults.append(Fault("line_disagrees", None, LINE_DISAGREES, params))
    decided = Application.objects.filter(fund=fund, state__in=BY_LINES).prefetch_related("lines")
    for application in decided.iterator(chunk_size=1000):
        state = state_after(line.state for line in application.lines.all())
        if state != application.state:
            labels = {"state": State(application.state).label, "lines": state.label}
            params = {"reference": application.reference, **labels}
            faults.append(Fault("state_disagrees", None, STATE_DISAGREES, params))
    astray = Visa.objects.filter(application__fund=fund, living=True).exclude(application__state=State.ELIGIBLE)
    faults += [
        Fault("visa_alive", None, VISA_ALIVE, {"reference": reference})
        for reference in astray.values_list("application__reference", flat=True)
    ]
    return faults


class Amounts(tuple[int, ...]):
    """Several amounts in cents, read one after the other."""

    __slots__ = ()

    def __str__(self) -> str:
        return " / ".join(euros(cents) for cents in self)


DECIDED_LINE_STATES = frozenset(LineState) - {LineState.DRAFT, LineState.CLAIMED}
LINE_STATES: Mapping[str, frozenset[str]] = {
    State.DRAFT: frozenset({LineState.DRAFT}),
    **dict.fromkeys(
        (State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED, State.ELIGIBLE, State.INELIGIBLE),
        frozenset({LineState.CLAIMED}),
    ),
    **dict.fromkeys(BY_LINES, DECIDED_LINE_STATES),
    State.REJECTED: frozenset({LineState.DECLINED}),
    State.WITHDRAWN: frozenset({LineState.CANCELLED, LineState.DECLINED}),
    State.LAPSED: frozenset({LineState.CANCELLED}),
}
"""What an application's state allows its lines to be: a final one, above all, holds no month any more."""
LINE_STATE = _("Line %(line)s of %(reference)s is “%(line_state)s”, which a file that is “%(state)s” has none of.")
LINE_DISAGREES = _(
    "Line %(line)s of %(reference)s: reserved / committed / credited are %(ledger)s in the ledger,"
    " %(file)s in the file."
)
STATE_DISAGREES = _("%(reference)s is “%(state)s” but its lines say “%(lines)s”.")
VISA_ALIVE = _("%(reference)s has a living visa although it no longer awaits a decision.")


def _line_money(fund: Fund) -> list[tuple[Any, ...]]:
    """Each line with what the ledger holds for it: (…, reserved, committed, credited) in cents."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id, l.state, a.state, a.reference, l.proposed_cents, l.approved_cents,
                   coalesce(sum(m.cents) FILTER (WHERE m.account = 'reserved'), 0)::bigint,
                   coalesce(sum(m.cents) FILTER (WHERE m.account = 'committed'), 0)::bigint,
                   coalesce(sum(m.cents) FILTER (WHERE m.account = 'credited'), 0)::bigint
            FROM grants_reliefline l
            JOIN grants_application a ON a.id = l.application_id
            LEFT JOIN (
                SELECT relief_line_id, target AS account, amount_cents AS cents FROM grants_ledgerentry
                WHERE fund_id = %(fund)s
                UNION ALL
                SELECT relief_line_id, source, -amount_cents FROM grants_ledgerentry WHERE fund_id = %(fund)s
            ) m ON m.relief_line_id = l.id
            WHERE a.fund_id = %(fund)s
            GROUP BY l.id, a.id ORDER BY l.id
            """,
            {"fund": fund.pk},
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
