"""The same action on many files: first a preflight, which says what would happen, then the run of its plan.

`preflight` takes the real actions one after the other, in rank order, in one transaction that it undoes: there is no
second writing of the rules, and a row meets what the rows before it took. Nothing of it remains. Its `Plan` holds the
rows that passed, each with its version, its exact request and what it does to the file and to the money. `run` does
just that, by the same actions; a file that has changed since, or that would now end otherwise, is refused.
`start` keeps a plan as a job, which `carry_out` does in the background.
"""

from grants.actions.bulk.jobs import carry_out, left_behind, start
from grants.actions.bulk.plans import (
    Blocked,
    Funds,
    Judged,
    Mode,
    Move,
    Outcome,
    Plan,
    PlannedRow,
    Preflight,
    Row,
    Run,
)
from grants.actions.bulk.requests import BULK, BulkAction
from grants.actions.bulk.running import ROW_LIMIT, RUN_KEY_LIMIT, preflight, run

__all__ = [
    "BULK",
    "ROW_LIMIT",
    "RUN_KEY_LIMIT",
    "Blocked",
    "BulkAction",
    "Funds",
    "Judged",
    "Mode",
    "Move",
    "Outcome",
    "Plan",
    "PlannedRow",
    "Preflight",
    "Row",
    "Run",
    "carry_out",
    "left_behind",
    "preflight",
    "run",
    "start",
]
