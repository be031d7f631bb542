"""The preflight and the run: the real actions, one row after the other."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from grants import ledger, queries
from grants.actions.bulk.plans import (
    PLAN_EXPIRED,
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
from grants.actions.bulk.requests import BULK, as_json, merged, read, unknown_fields
from grants.actions.readable import KEY_LIMIT, check_readable
from grants.actions.turn import KEY_REUSED, ImpatientKey, check_not_running, lock_sirens_of
from grants.enums import Action, State
from grants.exceptions import ActionRefused, BadInput, Breach, KeyReused, RuleRefused
from grants.models import Application, BulkKey, Event, LedgerEntry, Visa

if TYPE_CHECKING:
    from fundadmin.models import User

ROW_LIMIT: Final = 200
"""A preflight, and a run in one go, hold the fund's position locked all the while: others wait for some seconds."""
RUN_KEY_LIMIT: Final = KEY_LIMIT - 20
"""Characters: each row's key has the application's number behind the run's."""
NOT_FOUND: Final = Breach("not_found", _("No such application."))


def preflight(
    *, action: Action, rows: Sequence[Row], common: Mapping[str, Any], by: "User", on: date | None = None
) -> Preflight:
    """Say what would happen to the files if the action were taken on each, in rank order, and change nothing.

    `common`: what is asked alike of all files; a row's own request goes before it. A file that the person can't see is
    told as not found and nothing more. Raises BadInput for what is no such request at all, or is about several funds.
    """
    _check_offered(action)
    wrong = _request_breaches(action, rows, common)
    if wrong:
        raise BadInput(wrong)
    visible = queries.applications_visible_to(by).filter(pk__in=[row.application_id for row in rows])
    fund_of = dict(visible.values_list("pk", "fund_id"))
    fund_id = _only_fund(set(fund_of.values()))
    with transaction.atomic():
        _lock(fund_id, list(fund_of))
        before = Funds.at(ledger.position(fund_id))
        files = _files(list(fund_of))
        asked = {row.application_id: row for row in rows}
        judged = [_judge(action, file, asked[file.pk], common, by=by, on=on) for file in files]
        after = Funds.at(ledger.position(fund_id))
        transaction.set_rollback(True)
    found = {file.pk for file in files}
    missing = [
        Judged(pk, refusal=BadInput([replace(NOT_FOUND, pointer=f"rows/{n}")]))
        for n, pk in enumerate(asked)
        if pk not in found
    ]
    planned = tuple(row.planned for row in judged if row.planned)
    return Preflight(Plan(fund_id, action, by.pk, planned), (*judged, *missing), before, after)


def _check_offered(action: Action) -> None:
    if action not in BULK:
        message = _("“%(action)s” is not offered for many applications at once.")
        raise BadInput([Breach("not_in_bulk", message, {"action": action.label}, "action")])


def _request_breaches(action: Action, rows: Sequence[Row], common: Mapping[str, Any]) -> list[Breach]:
    found = unknown_fields(action, common, "common/")
    if not rows:
        found.append(Breach("no_rows", _("Choose at least one application."), pointer="rows"))
    if len(rows) > ROW_LIMIT:
        message = _("Choose at most %(limit)s applications at once: you chose %(rows)s.")
        found.append(Breach("too_many_rows", message, {"limit": ROW_LIMIT, "rows": len(rows)}, "rows"))
    if len({row.application_id for row in rows}) < len(rows):
        found.append(Breach("row_twice", _("An application is named twice: name each once."), pointer="rows"))
    return found


def _only_fund(funds: set[int]) -> int:
    if not funds:
        raise BadInput([replace(NOT_FOUND, pointer="rows")])
    if len(funds) > 1:
        raise BadInput(
            [
                Breach(
                    "several_funds", _("These applications are of several funds: choose those of one."), pointer="rows"
                )
            ]
        )
    return next(iter(funds))


def _lock(fund_id: int, applications: Sequence[int]) -> None:
    """All that the rows' actions will lock one by one, at once: the SIRENs in the order that everybody keeps."""
    ledger.lock(fund_id)
    lock_sirens_of(applications)


def _files(applications: Sequence[int]) -> list[Application]:
    """The files in rank order, drafts last, with what the requests are filled from."""
    living = Prefetch("visas", Visa.objects.filter(living=True).order_by("pk"))
    files = Application.objects.filter(pk__in=applications).prefetch_related("lines", living)
    return sorted(files, key=lambda file: (file.rank is None, file.rank, file.pk))


def _judge(
    action: Action, file: Application, row: Row, common: Mapping[str, Any], *, by: "User", on: date | None
) -> Judged:
    """Take the action, for now, and say what it did."""
    try:
        asked = as_json(merged(common, row.request))
        read(action, file.fund_id, asked)
        asked = BULK[action].fill(file, asked)
        file.expected_version = file.version if row.version is None else row.version
        done = _take(action, file, asked, by=by, key=f"preflight {uuid4()}", on=on)
    except ActionRefused as refusal:
        return Judged(file.pk, file, refusal=refusal)
    planned = PlannedRow(file.pk, file.version, asked, done.state, _moves(done.outcome))
    return Judged(file.pk, file, planned)


def _take(
    action: Action, file: Application, asked: Mapping[str, Any], *, by: "User", key: str, on: date | None
) -> Application:
    return BULK[action].function(application=file, **read(action, file.fund_id, asked), by=by, key=key, on=on)


def _moves(event: Event | None) -> tuple[Move, ...]:
    rows = LedgerEntry.objects.filter(event=event).order_by("number")
    return tuple(Move(*row) for row in rows.values_list("kind", "relief_line_id", "amount_cents"))


def run(
    *,
    plan: Plan,
    mode: Mode,
    by: "User",
    key: str,
    on: date | None = None,
    told: Callable[[Outcome], None] = lambda _outcome: None,
) -> Run:
    """Do what the plan says: its files in the versions it was made on, and its amounts.

    The key stands for this plan and mode only. Each row's key is `<key>:<application id>`: the same run again returns
    the first outcomes, also after a crash, and goes on from there; with a plan that expired since it does nothing more.
    In mode `each` a refused row leaves the others done, and others may act between two rows; in mode `all` one refusal
    undoes everything, and every row's reasons are told. `told` hears of each row in mode `each`, as soon as it is done.
    """
    plan.check_is_of(by)
    _check_offered(plan.action)
    if not 0 < len(key) <= RUN_KEY_LIMIT:
        message = _("An action on many applications needs a key of its own, of 1 to %(limit)s characters.")
        raise BadInput([Breach("key", message, {"limit": RUN_KEY_LIMIT}, "key")])
    check_readable(key, on, {})
    wanted = [row.application_id for row in plan.rows]
    visible = queries.applications_visible_to(by).filter(pk__in=wanted, fund=plan.fund_id).in_bulk()

    def outcome(row: PlannedRow) -> Outcome:
        return _outcome(plan, row, visible.get(row.application_id), by=by, key=key, on=on)

    if mode == Mode.EACH:
        _bind(plan, mode, by=by, key=key)
        outcomes = []
        for row in plan.rows:
            outcomes.append(outcome(row))
            told(outcomes[-1])
        return Run(mode, outcomes)
    with transaction.atomic():
        check_not_running(plan.fund_id, by.pk, f"bulk {plan.action}", key)
        _lock(plan.fund_id, wanted)
        _bind(plan, mode, by=by, key=key)
        rows = [outcome(row) for row in plan.rows]
        refused = any(row.refusal for row in rows)
        transaction.set_rollback(refused)
    return Run(mode, [replace(row, application=None) for row in rows] if refused else rows)


def _bind(plan: Plan, mode: Mode, *, by: "User", key: str) -> None:
    """Make the key this plan's and mode's. Raises KeyReused where it is another's, BadInput where it is too late to."""
    request_hash = hashlib.sha256(f"{plan.digest} {mode}".encode()).hexdigest()
    named = {"user": by, "action": plan.action, "key": key}
    if plan.expired and not BulkKey.objects.filter(**named).exists():
        raise BadInput([PLAN_EXPIRED])
    bound, _new = BulkKey.objects.get_or_create(**named, defaults={"request_hash": request_hash})
    if bound.request_hash != request_hash:
        raise KeyReused([KEY_REUSED])


def _outcome(
    plan: Plan, row: PlannedRow, file: Application | None, *, by: "User", key: str, on: date | None
) -> Outcome:
    """Take the planned step. One that would end otherwise than planned is refused, and then nothing was done."""
    if file is None:
        return Outcome(row.application_id, refusal=BadInput([NOT_FOUND]))
    own_key = f"{key}:{row.application_id}"
    if isinstance(key, ImpatientKey):
        own_key = ImpatientKey(own_key)
    done_before = Event.objects.filter(fund=plan.fund_id, user=by, action=plan.action, key=own_key)
    if plan.expired and not done_before.exists():
        return Outcome(row.application_id, refusal=BadInput([PLAN_EXPIRED]))
    file.expected_version = row.version
    try:
        with transaction.atomic():
            done = _take(plan.action, file, row.request, by=by, key=own_key, on=on)
            _check_as_planned(row, done)
    except ActionRefused as refusal:
        return Outcome(row.application_id, refusal=refusal)
    return Outcome(row.application_id, done)


def _check_as_planned(row: PlannedRow, done: Application) -> None:
    to_state = done.outcome.to_state if done.outcome else ""
    if (to_state, _moves(done.outcome)) == (row.to_state, row.moves):
        return
    message = _(
        "%(reference)s would now become “%(state)s”, or with other amounts: no longer what the plan showed."
        " Make a new one."
    )
    params = {"reference": done.reference, "state": State(to_state).label}
    raise RuleRefused([Breach("not_as_planned", message, params)])
