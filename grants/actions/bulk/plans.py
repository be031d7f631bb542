"""What a preflight says, the plan that travels to whoever confirms it and back, and what a run answers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from django.core import signing
from django.utils.translation import gettext_lazy as _

from grants.actions.turn import canonical_json
from grants.enums import Action
from grants.exceptions import ActionRefused, BadInput, Breach
from grants.ledger import PositionAt
from grants.models import Application

if TYPE_CHECKING:
    from fundadmin.models import User

PLAN_SECONDS: Final = 3600
"""How long a run may be begun with a plan."""
SALT: Final = "grants.actions.bulk"


class Mode(StrEnum):
    """One transaction per row, or one for all: then one refusal undoes everything."""

    EACH = "each"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One file as it is asked for. `request`: its own part, beside what is common to all, as JSON has it.

    `version`: the one the caller has read, if it says so.
    """

    application_id: int
    request: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


class Move(NamedTuple):
    """Money moved for a line; `kind` is a `LedgerKind`."""

    kind: str
    line_id: int
    cents: int


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row that passes: the version it is judged on, the whole request, and all that it does."""

    application_id: int
    version: int
    request: Mapping[str, Any]
    to_state: str
    moves: tuple[Move, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "application": self.application_id,
            "version": self.version,
            "request": dict(self.request),
            "to_state": self.to_state,
            "moves": [list(move) for move in self.moves],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PlannedRow":
        moves = tuple(Move(str(kind), int(line), int(cents)) for kind, line, cents in data["moves"])
        return cls(int(data["application"]), int(data["version"]), dict(data["request"]), str(data["to_state"]), moves)


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what a run does: the rows that passed, in the order they are taken.

    It travels sealed: signed by the server, for an hour, and only the person it was made for can use it. Altered, it
    is no plan; whatever it says, the run still goes through the actions, with all their rules. Once `expired` it can
    only be asked what its run did.
    """

    fund_id: int
    action: Action
    by_id: int
    rows: tuple[PlannedRow, ...]
    expired: bool = False

    @property
    def digest(self) -> str:
        """Names the plan in a log or on a page: SHA-256 of all that it says."""
        return hashlib.sha256(canonical_json(self.to_json()).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return {
            "fund": self.fund_id,
            "action": str(self.action),
            "by": self.by_id,
            "rows": [row.to_json() for row in self.rows],
        }

    @classmethod
    def from_json(cls, data: object) -> "Plan":
        """The plan that `to_json` wrote: nothing missing, nothing more, nothing of another type. Raises BadInput."""
        try:
            read = cast("Mapping[str, Any]", data)
            rows = tuple(PlannedRow.from_json(row) for row in read["rows"])
            plan = cls(int(read["fund"]), Action(read["action"]), int(read["by"]), rows)
            faithful = canonical_json(plan.to_json()) == canonical_json(data)
        except (KeyError, TypeError, ValueError):
            raise BadInput([NO_PLAN]) from None
        if not faithful:
            raise BadInput([NO_PLAN])
        return plan

    def seal(self) -> str:
        """The plan as a text to be handed out and sent back: signed and dated, not secret."""
        return signing.dumps(self.to_json(), salt=SALT, compress=True)

    @classmethod
    def unseal(cls, text: str, *, by: "User") -> "Plan":
        """The plan of a seal. Raises BadInput where it was altered or is somebody else's."""
        try:
            data, expired = signing.loads(text, salt=SALT, max_age=PLAN_SECONDS), False
        except signing.SignatureExpired:
            data, expired = signing.loads(text, salt=SALT), True
        except signing.BadSignature:
            raise BadInput([NO_PLAN]) from None
        plan = replace(cls.from_json(data), expired=expired)
        plan.check_is_of(by)
        return plan

    def check_is_of(self, by: "User") -> None:
        """Raise BadInput where another person made the plan."""
        if self.by_id != by.pk:
            message = _("This plan was made by another person: make your own.")
            raise BadInput([Breach("plan_of_another", message, pointer="plan")])


NO_PLAN: Final = Breach("plan", _("This plan can't be read: make a new one."), pointer="plan")
PLAN_EXPIRED: Final = Breach("plan_expired", _("This plan is more than an hour old: make a new one."), pointer="plan")


@dataclass(frozen=True, slots=True)
class Funds:
    """A fund's accounts, in cents. `left_cents`: what the charter's ceiling leaves above what is spoken for."""

    ceiling_cents: int
    endowed_cents: int
    available_cents: int
    reserved_cents: int
    committed_cents: int
    credited_cents: int

    @property
    def left_cents(self) -> int:
        return self.ceiling_cents - self.reserved_cents - self.committed_cents - self.credited_cents

    @property
    def ungranted_cents(self) -> int:
        """What the ceiling leaves above what is granted for good: reservations may still become grants, or not."""
        return self.ceiling_cents - self.committed_cents - self.credited_cents

    @classmethod
    def at(cls, position: PositionAt) -> "Funds":
        return cls(
            ceiling_cents=position.ceiling_cents,
            endowed_cents=position.endowed_cents,
            available_cents=position.available_cents,
            reserved_cents=position.reserved_cents,
            committed_cents=position.committed_cents,
            credited_cents=position.credited_cents,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a preflight says of one row: `planned` where it passes, `refusal` where it doesn't.

    `application`: the file as it is; None where the person can't see any such file. A breach's pointer names a place in
    the row's own request.
    """

    application_id: int
    application: Application | None = None
    planned: PlannedRow | None = None
    refusal: ActionRefused | None = None

    @property
    def reference(self) -> str:
        return self.application.reference if self.application else ""

    @property
    def breaches(self) -> tuple[Breach, ...]:
        return self.refusal.breaches if self.refusal else ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """The rows that one reason blocks."""

    code: str
    rows: tuple[Judged, ...]

    @property
    def breach(self) -> Breach:
        """The reason as the first row has it; figures may differ in the others."""
        return next(breach for breach in self.rows[0].breaches if breach.code == self.code)

    @property
    def references(self) -> list[str]:
        return [row.reference for row in self.rows if row.reference]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What would happen. `rows`: all that were asked for, in the order they are taken, those not found last."""

    plan: Plan
    rows: tuple[Judged, ...]
    before: Funds
    after: Funds

    @property
    def passing(self) -> int:
        return len(self.plan.rows)

    @property
    def blocked(self) -> list[Blocked]:
        """The blocked rows by reason, the most frequent reason first; a row with two reasons is in both."""
        groups: dict[str, list[Judged]] = {}
        for row in self.rows:
            for code in dict.fromkeys(breach.code for breach in row.breaches):
                groups.setdefault(code, []).append(row)
        blocked = [Blocked(code, tuple(rows)) for code, rows in groups.items()]
        return sorted(blocked, key=lambda group: -len(group.rows))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: `application` as its action returned it, or the refusal.

    Neither: it passed, and was undone with the others because one was refused.
    """

    application_id: int
    application: Application | None = None
    refusal: ActionRefused | None = None

    @property
    def done(self) -> bool:
        return self.application is not None


@dataclass(frozen=True, slots=True)
class Run:
    """What a run answers, row by row, in the plan's order."""

    mode: Mode
    rows: Sequence[Outcome]

    @property
    def done(self) -> int:
        return sum(row.done for row in self.rows)

    @property
    def undone(self) -> bool:
        """Whether all was to be done in one go, and a refusal left everything as it was."""
        return self.mode == Mode.ALL and any(row.refusal for row in self.rows)
