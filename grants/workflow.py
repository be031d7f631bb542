"""The workflow of an application, as one table.

The model's transitions, the database's trigger, the permissions, the matrix test and
docs/workflow.md are all read from here. Sources are always listed. A leaf.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grants.enums import Action, FundState, LineState, Role, Side, State


@dataclass(frozen=True, slots=True)
class Actor:
    """A role, on one side or (`side` None) on whichever side holds it."""

    role: Role
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """From which states an action leads where, and who may take it.

    `targets` empty: the state stays. Several targets: the outcome decides. `actors` empty: the system.
    """

    sources: frozenset[State]
    targets: frozenset[State]
    actors: tuple[Actor, ...]

    def moves(self) -> Iterable[tuple[State, State]]:
        """Every (from, to) pair of this step that changes the state."""
        return ((source, target) for source in self.sources for target in self.targets if source != target)


def _step(sources: Iterable[State], targets: Iterable[State], *actors: Actor) -> Step:
    return Step(frozenset(sources), frozenset(targets), actors)


S = State
ADVISOR: Final = Actor(Role.ADVISOR, Side.CHAMBER)
ASSESSOR: Final = Actor(Role.ASSESSOR)
APPROVER: Final = Actor(Role.APPROVER, Side.LANDLORD)
APPROVER_EITHER: Final = Actor(Role.APPROVER)
PAYER: Final = Actor(Role.PAYER, Side.LANDLORD)
MANAGER: Final = Actor(Role.MANAGER)
CHAMBER_MANAGER: Final = Actor(Role.MANAGER, Side.CHAMBER)
LANDLORD_MANAGER: Final = Actor(Role.MANAGER, Side.LANDLORD)
LANDLORD_ASSESSOR: Final = Actor(Role.ASSESSOR, Side.LANDLORD)

BY_LINES: Final = (S.APPROVED, S.CREDITED, S.REVERSED, S.CANCELLED)
NOT_DRAFT: Final = tuple(state for state in S if state != S.DRAFT)

WORKFLOW: Final[dict[Action, Step]] = {
    Action.CREATE: _step([], [S.DRAFT], ADVISOR),
    Action.EDIT: _step([S.DRAFT], [], ADVISOR),
    Action.DISCARD: _step([S.DRAFT], [], ADVISOR),
    Action.SUBMIT: _step([S.DRAFT], [S.SUBMITTED], ADVISOR),
    Action.ATTACH: _step([S.DRAFT, S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED, S.INELIGIBLE], [], ADVISOR),
    Action.SUPPLY: _step(
        [S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED, S.INELIGIBLE],
        [],
        LANDLORD_MANAGER,
        LANDLORD_ASSESSOR,
        APPROVER,
        PAYER,
    ),
    Action.REQUEST_INFO: _step([S.SUBMITTED], [S.INFO_REQUESTED], ASSESSOR),
    Action.ANSWER: _step([S.INFO_REQUESTED], [S.SUBMITTED], ADVISOR),
    Action.REMIND: _step([S.INFO_REQUESTED], [], ASSESSOR),
    Action.LAPSE: _step([S.INFO_REQUESTED], [S.LAPSED], ASSESSOR),
    Action.ASSESS_FAVOURABLE: _step([S.SUBMITTED, S.WAITLISTED], [S.ELIGIBLE, S.WAITLISTED], ASSESSOR),
    Action.ASSESS_UNFAVOURABLE: _step([S.SUBMITTED, S.WAITLISTED], [S.INELIGIBLE], ASSESSOR),
    Action.APPROVE: _step([S.ELIGIBLE], [S.ELIGIBLE, S.APPROVED], APPROVER_EITHER),
    Action.SEND_BACK: _step([S.ELIGIBLE], [S.SUBMITTED], APPROVER_EITHER),
    Action.REJECT: _step(
        [S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED, S.ELIGIBLE, S.INELIGIBLE], [S.REJECTED], APPROVER
    ),
    Action.CREDIT: _step([S.APPROVED], [S.APPROVED, S.CREDITED], PAYER),
    Action.ASK_CANCEL_LINES: _step([S.APPROVED], [], PAYER),
    Action.ASK_REVERSE: _step([S.APPROVED, S.CREDITED], [], PAYER),
    Action.CANCEL_LINES: _step([S.APPROVED], BY_LINES, APPROVER),
    Action.REVERSE: _step([S.APPROVED, S.CREDITED], [S.APPROVED, S.CREDITED, S.REVERSED], APPROVER),
    Action.REFUSE_REQUEST: _step([S.APPROVED, S.CREDITED], [], APPROVER),
    Action.WITHDRAW: _step(
        [S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED, S.ELIGIBLE, S.INELIGIBLE, S.APPROVED],
        [S.WITHDRAWN],
        ADVISOR,
        CHAMBER_MANAGER,
    ),
    Action.WARN_EXPIRY: _step([S.ELIGIBLE], []),
    Action.EXPIRE: _step([S.ELIGIBLE], [S.SUBMITTED]),
    Action.OFFER: _step([S.WAITLISTED], []),
    Action.LAPSE_OFFER: _step([S.WAITLISTED], []),
    Action.TRANSFER: _step(list(S), [], CHAMBER_MANAGER),
    Action.APPLY_NEW_VERSION: _step([S.SUBMITTED, S.INFO_REQUESTED, S.WAITLISTED], [], LANDLORD_MANAGER),
    Action.REOPEN: _step([S.REJECTED, S.INELIGIBLE, S.WITHDRAWN, S.LAPSED], [S.SUBMITTED], MANAGER),
}

APPLICATION_MOVES: Final[tuple[tuple[str, str], ...]] = tuple(
    sorted({(str(a), str(b)) for step in WORKFLOW.values() for a, b in step.moves()})
)
"""Every change of an application's state that the database lets through."""

LINE_MOVES: Final[tuple[tuple[str, str], ...]] = (
    (LineState.DRAFT, LineState.CLAIMED),
    (LineState.CLAIMED, LineState.APPROVED),
    (LineState.CLAIMED, LineState.DECLINED),
    (LineState.CLAIMED, LineState.CANCELLED),
    (LineState.APPROVED, LineState.CREDITED),
    (LineState.APPROVED, LineState.CANCELLED),
    (LineState.CREDITED, LineState.APPROVED),
    (LineState.CREDITED, LineState.REVERSED),
    (LineState.DECLINED, LineState.CLAIMED),
    (LineState.CANCELLED, LineState.CLAIMED),
)
"""Every change of a relief line's state; the last two are a reopening claiming its months again."""

FUND_MOVES: Final[tuple[tuple[str, str], ...]] = (
    (FundState.DRAFT, FundState.OPEN),
    (FundState.OPEN, FundState.SUSPENDED),
    (FundState.SUSPENDED, FundState.OPEN),
    (FundState.OPEN, FundState.CLOSED),
    (FundState.SUSPENDED, FundState.CLOSED),
)

REFUSED_WHILE_SUSPENDED: Final = frozenset(
    {
        Action.SUBMIT,
        Action.REOPEN,
        Action.ASSESS_FAVOURABLE,
        Action.APPROVE,
        Action.WARN_EXPIRY,
        Action.EXPIRE,
        Action.OFFER,
        Action.LAPSE_OFFER,
    }
)
"""Also what the system does on time: nobody could take up a reservation or an offer meanwhile."""
ALLOWED_AFTER_CLOSE: Final = frozenset(
    {
        Action.CREDIT,
        Action.ASK_CANCEL_LINES,
        Action.ASK_REVERSE,
        Action.CANCEL_LINES,
        Action.REVERSE,
        Action.REFUSE_REQUEST,
        Action.WITHDRAW,
        Action.TRANSFER,
    }
)


def state_after(line_states: Iterable[str]) -> State:
    """The state of a decided application, by its lines (design: *by lines*)."""
    states = set(line_states)
    for line_state, state in (
        (LineState.APPROVED, State.APPROVED),
        (LineState.CREDITED, State.CREDITED),
        (LineState.REVERSED, State.REVERSED),
    ):
        if line_state in states:
            return state
    return State.CANCELLED
