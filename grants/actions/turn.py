"""How every action on a fund begins and ends.

The order is the safety:

lock the fund's position -> replay? -> advisory locks on the SIRENs, sorted -> re-read the application FOR UPDATE
-> (who may -> what the rules allow -> transition: the action's own part) -> event -> ledger -> notifications.

The position is locked FOR NO KEY UPDATE and the fund row never, which would block every child row's foreign key.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants import ledger, notifications
from grants.actions import levels, observers
from grants.actions.files import removed_on_failure
from grants.actions.lines import save_lines
from grants.actions.readable import LOST, check_readable
from grants.actions.scanning import Infected, keep_apart
from grants.charter_rules import Terms, percent_used
from grants.enums import Action, FundState, State
from grants.exceptions import ActionRefused, BadInput, Breach, KeyReused, RuleRefused, StaleVersion, StillRunning
from grants.ledger import LockedPosition, Movement
from grants.models import Application, Charter, Event, EventDetail, Fund, ReliefLine
from grants.quick import file_of_action
from grants.workflow import ALLOWED_AFTER_CLOSE, REFUSED_WHILE_SUSPENDED, WORKFLOW

if TYPE_CHECKING:
    from fundadmin.models import User

P = ParamSpec("P")
R = TypeVar("R")

SIREN_LOCKS = 1936  # the first key of our advisory locks on SIRENs


class ImpatientKey(str):
    """A key whose holder would rather hear that the same request is still running than wait for it: an HTTP client's.

    Other keys wait, and then get the first outcome.
    """

    __slots__ = ()


def action(function: Callable[P, R]) -> Callable[P, R]:
    """One transaction, and no file of one that failed; what only the database could see becomes a refusal."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with removed_on_failure(), transaction.atomic():
                return function(*args, **kwargs)
        except Infected as refusal:
            keep_apart(refusal.found)
            raise
        except IntegrityError as error:
            breach = refusal_of(error)
            if breach is None:
                raise
            raise RuleRefused([breach]) from error
        except DataError as error:
            raise BadInput([LOST]) from error

    return observed(run)


def observed(function: Callable[P, R]) -> Callable[P, R]:
    """Tell the observers how it ended, once that is certain: what is rolled back later was never done."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = observers.replayed.set(False)
        try:
            returned = function(*args, **kwargs)
        except Exception as error:
            kind = "refused" if isinstance(error, ActionRefused) else "failed"
            observers.tell(function.__name__, f"{kind}:{type(error).__name__}")
            raise
        else:
            result = "replayed" if observers.replayed.get() else "done"
            # Robust: a listener that breaks must not make what is done look undone.
            transaction.on_commit(lambda: observers.tell(function.__name__, result), robust=True)
            return returned
        finally:
            observers.replayed.reset(token)

    return run


def refusal_of(error: IntegrityError) -> Breach | None:
    """The sentence for a constraint that a concurrent writer made us meet."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if getattr(diagnosis, "constraint_name", None) == "month_relieved_once":
        return MONTH_TAKEN
    return ledger.refusal_of(error)


MONTH_TAKEN = Breach(
    "month_taken",
    _("One of these months of this lease already has relief asked for or granted in another application."),
)


DISCARDED = Breach("discarded", _("This draft was deleted."))


@dataclass(slots=True, kw_only=True)
class Turn:
    """An action in progress on a locked fund."""

    action: str
    by: "User"
    key: str
    on: date
    at: datetime
    request_hash: str
    locked: LockedPosition
    fund: Fund
    replay: Event | None = None
    application: Application | None = None
    from_state: str = ""
    percent_told: int = 0
    """How much of the ceiling was used when whoever is to be warned was last looked for."""

    def record(
        self,
        *,
        from_state: str = "",
        to_state: str = "",
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
        movements: Sequence[Movement] = (),
        charter: Charter | None = None,
    ) -> Event:
        """Write the event, then its ledger rows, then who is to be told."""
        salt, digest = salted(detail)
        event = Event.objects.create(
            fund_id=self.fund.pk,
            application=self.application,
            user=self.by,
            action=self.action,
            on=self.on,
            at=self.at,
            from_state=from_state,
            to_state=to_state,
            reason=reason,
            key=self.key,
            request_hash=self.request_hash,
            data=dict(data or {}),
            version=self.application.version if self.application else None,
            detail_digest=digest,
        )
        if detail:
            EventDetail.objects.create(event=event, salt=salt, detail=dict(detail))
        if movements:
            version = cast("Charter", charter)  # Without one this fails: money is never left out in silence.
            ledger.post(
                self.locked,
                movements,
                event_id=event.pk,
                charter_id=version.pk,
                charter_version=version.version,
                value_date=self.on,
                posted_at=self.at,
            )
        notifications.notify(event, self.application)
        levels.warn(self, event)
        return event


@dataclass(slots=True, kw_only=True)
class FileTurn(Turn):
    """An action in progress on one application, re-read and locked.

    `as_read`: its columns as they were, so that only what changed is written.
    """

    application: Application
    as_read: Mapping[str, Any]

    @property
    def terms(self) -> Terms:
        return self.application.charter.terms()

    def breaches(self) -> list[Breach]:
        """Whether the workflow and the fund's state have this step now."""
        return fund_breaches(self.fund, self.action) + state_breaches(Action(self.action), self.application.state)

    def finish(
        self,
        *,
        lines: Sequence[ReliefLine] = (),
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
        movements: Sequence[Movement] = (),
    ) -> Application:
        """Save the application and its changed lines, and record the event. Returns the application."""
        application = self.application
        application.version += 1
        application.acted_on = self.on
        application.save(
            update_fields=[name for name, value in self.as_read.items() if vars(application)[name] != value]
        )
        save_lines(lines)
        application.outcome = self.record(
            from_state=self.from_state,
            to_state=application.state,
            reason=reason,
            data=data,
            detail=detail,
            movements=movements,
            charter=application.charter,
        )
        return application


def salted(detail: Mapping[str, Any] | None) -> tuple[str, str]:
    """A random salt and SHA-256(salt, detail): erasing the detail later leaves the event verifiable."""
    if not detail:
        return "", ""
    salt = secrets.token_hex(16)
    return salt, detail_digest(salt, detail)


def detail_digest(salt: str, detail: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{salt}\n{canonical_json(detail)}".encode()).hexdigest()


def canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def begin(action: str, *, fund_id: int, by: "User", key: str, on: date | None, request: Mapping[str, object]) -> Turn:
    """Lock the fund's position and say whether this is a replay.

    `request` is what the caller asked, hashed: the same key with another request is refused. Raises BadInput
    for an unusable key or what can't be kept, StillRunning (for an ImpatientKey), KeyReused, and RuleRefused for a
    value date the ledger can't take.
    """
    check_readable(key, on, request)
    check_not_running(fund_id, by.pk, action, key)
    at = timezone.now()
    today = timezone.localdate(at)
    turn = Turn(
        action=str(action),
        by=by,
        key=key,
        on=on or today,
        at=at,
        request_hash=hashlib.sha256(canonical_json(request).encode()).hexdigest(),
        locked=ledger.lock(fund_id),
        fund=Fund.objects.get(pk=fund_id),
    )
    turn.percent_told = percent_used(turn.locked.used_cents, turn.locked.ceiling_cents)
    turn.replay = _earlier(turn)
    observers.replayed.set(turn.replay is not None)
    if turn.replay is None:
        _check_date(turn, today)
    return turn


def begin_on(
    action: Action, application: Application, *, by: "User", key: str, on: date | None, **request: object
) -> FileTurn:
    """`begin` for a step on an existing application."""
    asked = {**request, "application": application.pk}
    return on_file(begin(action, fund_id=application.fund_id, by=by, key=key, on=on, request=asked), application)


def check_not_running(fund_id: int, user_id: int, action: str, key: str) -> None:
    """Take an impatient request's lock to the end of the transaction. Raises StillRunning where somebody has it."""
    if not isinstance(key, ImpatientKey):
        return
    name = f"{fund_id}:{user_id}:{action}:{key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        ((taken,),) = cursor.fetchall()
    if not taken:
        raise StillRunning([Breach("still_running", _("This request is still being carried out: ask again shortly."))])


def on_file(turn: Turn, application: Application) -> FileTurn:
    """Lock the application's SIRENs and re-read it FOR UPDATE.

    On a replay nothing is locked further and `application.outcome` is the first event. Raises StaleVersion where
    the caller expects another version than there is by now.
    """
    if turn.replay is None:
        lock_sirens_of([application.pk])
    read = file_of_action(application.pk, lock=turn.replay is None)
    if read is None:
        raise RuleRefused([DISCARDED])
    if turn.replay is None and application.expected_version not in (None, read.version):
        message = _("%(reference)s has changed since you read it: read it again, then decide.")
        raise StaleVersion([Breach("stale_version", message, {"reference": read.reference})])
    if turn.replay is None and read.acted_on is not None and turn.on < read.acted_on:
        message = _("The date %(on)s is before the last step of this application (%(last)s).")
        raise RuleRefused([Breach("earlier_date", message, {"on": turn.on, "last": read.acted_on}, "on")])
    read.outcome = turn.replay
    fields = {f.name: getattr(turn, f.name) for f in dataclass_fields(Turn)}
    as_read = {field.attname: vars(read)[field.attname] for field in Application._meta.concrete_fields}
    return FileTurn(**{**fields, "application": read, "as_read": as_read, "from_state": read.state})


def _earlier(turn: Turn) -> Event | None:
    """The event of the same action by the same person under the same key: mostly none, which is quick to see."""
    with connection.cursor() as cursor:
        cursor.execute(EARLIER, [turn.fund.pk, turn.by.pk, turn.action, turn.key])
        found = cursor.fetchone()
    if found is None:
        return None
    event, request_hash = found
    if request_hash != turn.request_hash:
        raise KeyReused([KEY_REUSED])
    return Event.objects.get(pk=event)


KEY_REUSED = Breach("key_reused", _("This key was already used for another request: send a new one."), pointer="key")
EARLIER = "SELECT id, request_hash FROM grants_event WHERE fund_id = %s AND user_id = %s AND action = %s AND key = %s"


def _check_date(turn: Turn, today: date) -> None:
    last, closed = turn.locked.last_value_date, turn.fund.closed_until
    found = []
    if turn.on > today:
        found.append(Breach("future_date", _("The date %(on)s is in the future."), {"on": turn.on}, "on"))
    if last is not None and turn.on < last:
        found.append(
            Breach(
                "earlier_date",
                _("The date %(on)s is before the last movement of the fund (%(last)s)."),
                {"on": turn.on, "last": last},
                "on",
            )
        )
    if closed is not None and turn.on <= closed:
        found.append(
            Breach(
                "books_closed",
                _("The books are closed until %(closed)s: choose a later date."),
                {"closed": closed},
                "on",
            )
        )
    if found:
        raise RuleRefused(found)


def lock_sirens_of(applications: Iterable[int]) -> None:
    """Advisory locks on the applications' SIRENs, held to the end of the transaction, in one order for everybody.

    Both as filed and as the tenant has it by now are read here: what the caller read may be older.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SIRENS, [SIREN_LOCKS, list(applications)])


LOCK_SIRENS = """
SELECT pg_advisory_xact_lock(%s, siren) FROM (
    SELECT DISTINCT unnest(ARRAY[nullif(file.siren, ''), tenant.siren])::int AS siren
    FROM grants_application file JOIN landlords_tenantbusiness tenant ON tenant.id = file.tenant_id
    WHERE file.id = ANY(%s) ORDER BY siren
) concerned WHERE siren IS NOT NULL
"""


def state_breaches(action: Action, state: str) -> list[Breach]:
    """Whether the workflow has this step from this state."""
    if state in WORKFLOW[action].sources:
        return []
    return [
        Breach(
            "wrong_state",
            _("“%(action)s” can't be done while the application is “%(state)s”."),
            {"action": action.label, "state": State(state).label},
        )
    ]


def fund_breaches(fund: Fund, action: str) -> list[Breach]:
    state = FundState(fund.state)
    refused = (
        state == FundState.DRAFT
        or (state == FundState.CLOSED and action not in ALLOWED_AFTER_CLOSE)
        or (state == FundState.SUSPENDED and action in REFUSED_WHILE_SUSPENDED)
    )
    if not refused:
        return []
    return [
        Breach(
            f"fund_{state}",
            _("The fund %(fund)s is “%(state)s”: this step is not possible."),
            {"fund": fund.code, "state": state.label},
        )
    ]


def refuse_if(breaches: Iterable[Breach]) -> None:
    """Raise `RuleRefused` with all of them, if there is any."""
    found = list(breaches)
    if found:
        raise RuleRefused(found)


def refuse_input(turn: FileTurn, bad: list[Breach]) -> None:
    """Raise `BadInput`; `RuleRefused` where the file went on meanwhile, which is why its lines are gone."""
    if bad:
        refuse_if(turn.breaches())
        raise BadInput(bad)
