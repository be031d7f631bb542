"""A confirmed plan as a job: kept with its rows, carried out in the background, each file's outcome told as it comes.

`start` keeps it and defers the job in one transaction; the same key again returns the same run. `carry_out` may be
called again at any time, beside itself too: one does it, and after a crash the rows' keys make each step exactly-once,
so the next goes on where it was.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from grants.actions import work
from grants.actions.bulk.plans import PLAN_EXPIRED, PLAN_SECONDS, Mode, Outcome, Plan
from grants.actions.bulk.running import RUN_KEY_LIMIT, run
from grants.actions.readable import check_readable
from grants.actions.turn import KEY_REUSED
from grants.exceptions import BadInput, Breach, KeyReused
from grants.models import BulkRow, BulkRun

if TYPE_CHECKING:
    from fundadmin.models import User

QUEUE, TASK = "bulk", "grants.tasks.carry_out_bulk_run"
"""The job, by name: this module is below the tasks."""
PRIORITY: Final = 10
"""Somebody watches it: it goes before mails (0)."""


def start(*, plan: Plan, mode: Mode, by: "User", key: str) -> BulkRun:
    """Keep a confirmed plan and defer its job. Raises BadInput for an empty plan, KeyReused for another plan."""
    plan.check_is_of(by)
    if not plan.rows:
        raise BadInput([Breach("no_rows", _("Choose at least one application."), pointer="rows")])
    if not 0 < len(key) <= RUN_KEY_LIMIT:
        message = _("An action on many applications needs a key of its own, of 1 to %(limit)s characters.")
        raise BadInput([Breach("key", message, {"limit": RUN_KEY_LIMIT}, "key")])
    check_readable(key, None, {})
    if plan.expired and not BulkRun.objects.filter(by=by, key=key).exists():
        raise BadInput([PLAN_EXPIRED])
    with transaction.atomic():
        kept = {"fund_id": plan.fund_id, "action": plan.action, "mode": mode, "plan": plan.to_json()}
        made, is_new = BulkRun.objects.get_or_create(by=by, key=key, defaults={**kept, "plan_digest": plan.digest})
        if not is_new and (made.plan_digest, made.mode) != (plan.digest, mode):
            raise KeyReused([KEY_REUSED])
        if is_new:
            BulkRow.objects.bulk_create(
                BulkRow(run=made, position=n, application_id=row.application_id) for n, row in enumerate(plan.rows, 1)
            )
            app.configure_task(TASK, queue=QUEUE, priority=PRIORITY).defer(run=made.pk)
    return made


def carry_out(run_id: int) -> BulkRun:
    """Do what a kept plan says, and keep what becomes of each of its files.

    A finished run is left as it is, and one that somebody is at.
    """
    with work.held(work.Lock.BULK_RUN, run_id) as is_ours:
        return _carry_out(run_id) if is_ours else BulkRun.objects.get(pk=run_id)


def _carry_out(run_id: int) -> BulkRun:
    kept = BulkRun.objects.select_related("by").get(pk=run_id)
    if kept.finished_at is not None:
        return kept
    BulkRun.objects.filter(pk=run_id).update(told_at=timezone.now(), attempts=F("attempts") + 1)
    with translation.override(settings.LANGUAGE_CODE):
        try:
            _run(kept)
        except BadInput as refusal:  # It had not begun within the hour that a plan stands for.
            for row in kept.rows.all():
                tell(run_id, Outcome(row.application_id, refusal=refusal))
    # What a plan asks may hold somebody's words; the events of its rows keep those.
    BulkRun.objects.filter(pk=run_id).update(finished_at=timezone.now(), plan={})
    return BulkRun.objects.get(pk=run_id)


def _run(kept: BulkRun) -> None:
    """Run the plan. As old as a plan may be, it does nothing more: nobody expects a step hours after confirming it."""
    is_old = timezone.now() - kept.made_at > timedelta(seconds=PLAN_SECONDS)
    plan, mode = replace(Plan.from_json(kept.plan), expired=is_old), Mode(kept.mode)
    if mode == Mode.EACH:
        run(plan=plan, mode=mode, by=kept.by, key=kept.key, told=lambda outcome: tell(kept.pk, outcome))
        return
    ran = run(plan=plan, mode=mode, by=kept.by, key=kept.key)
    with transaction.atomic():
        for outcome in ran.rows:
            tell(kept.pk, outcome)


def tell(run_id: int, outcome: Outcome) -> None:
    """Keep what became of one file."""
    event = outcome.application.outcome if outcome.application else None
    refused = outcome.refusal
    state = BulkRow.State.REFUSED if refused else BulkRow.State.DONE if event else BulkRow.State.UNDONE
    BulkRow.objects.filter(run=run_id, application=outcome.application_id).update(
        state=state,
        event=event,
        codes=refused.codes if refused else [],
        sentences=[str(breach) for breach in refused.breaches] if refused else [],
    )
    BulkRun.objects.filter(pk=run_id).update(told_at=timezone.now())


def left_behind() -> list[int]:
    """The runs whose worker died, and those whose job was lost: to be carried out again."""
    return work.left_behind(BulkRun.objects.filter(finished_at=None))
