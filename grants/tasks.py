"""What `manage.py procrastinate worker` does: the mails of an event at once, the rest by the clock (UTC).

Each task may run twice, or beside itself, and changes nothing the second time.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from fundadmin.models import User
from grants.actions import (
    bulk,
    checking,
    confirmations,
    exporting,
    letter_runs,
    mailing,
    rent_roll_work,
    rent_rolls,
    retention,
    waiting,
)
from grants.enums import FundState
from grants.models import Fund
from grants.notifications import QUEUE, TASK

logger = logging.getLogger(__name__)

KEEP_JOBS_HOURS = 7 * 24


@app.task(queue=QUEUE, name=TASK)
def send_mails(event: int) -> None:
    """Deferred with the event itself, in the statement that writes its outbox."""
    mailing.send_event(event)


@app.periodic(cron="* * * * *")
@app.task(queue=QUEUE, queueing_lock="send_due_mails")
def send_due_mails(timestamp: int) -> None:
    mailing.send_due()


@app.task(queue=bulk.jobs.QUEUE, name=bulk.jobs.TASK)
def carry_out_bulk_run(run: int) -> None:
    """Deferred with the run itself."""
    bulk.carry_out(run)


@app.periodic(cron="* * * * *")
@app.task(queue=bulk.jobs.QUEUE, queueing_lock="carry_on_bulk_runs")
def carry_on_bulk_runs(timestamp: int) -> None:
    """Those whose worker died on the way."""
    for run in bulk.left_behind():
        bulk.carry_out(run)


@app.task(queue=letter_runs.QUEUE, name=letter_runs.TASK)
def issue_letters(run: int) -> None:
    """Deferred with the run itself."""
    letter_runs.carry_out(run)


@app.periodic(cron="* * * * *")
@app.task(queue=letter_runs.QUEUE, queueing_lock="carry_on_letters")
def carry_on_letters(timestamp: int) -> None:
    """Those whose worker died on the way."""
    for run in letter_runs.left_behind():
        letter_runs.carry_out(run)


@app.task(queue=rent_roll_work.QUEUE, name=rent_roll_work.TASK)
def work_on_rent_roll(check: int) -> None:
    """Deferred with what somebody asked for."""
    rent_roll_work.carry_out(check)


@app.periodic(cron="* * * * *")
@app.task(queue=rent_roll_work.QUEUE, queueing_lock="carry_on_rent_rolls")
def carry_on_rent_rolls(timestamp: int) -> None:
    """Those whose worker died on the way."""
    for check in rent_roll_work.left_behind():
        rent_roll_work.carry_out(check)


@app.task(queue=exporting.QUEUE, name=exporting.TASK)
def carry_out_export(export: int) -> None:
    """Deferred with the request itself."""
    exporting.carry_out(export)


@app.periodic(cron="* * * * *")
@app.task(queue=exporting.QUEUE, queueing_lock="carry_on_exports")
def carry_on_exports(timestamp: int) -> None:
    """Those whose worker died on the way."""
    exporting.carry_on()


@app.periodic(cron="35 2 * * *")
@app.task(queue="nightly", queueing_lock="forget_exports")
def forget_exports(timestamp: int) -> None:
    """The files whose link has expired."""
    exporting.forget_expired()


@app.task(queue=bulk.jobs.QUEUE, name=confirmations.READ_TASK)
def read_landlord_file(file: int) -> None:
    """Deferred when somebody hands in a large one."""
    confirmations.read_in(file)


@app.task(queue=bulk.jobs.QUEUE, name=confirmations.TASK)
def carry_out_landlord_file(file: int) -> None:
    """Deferred when a payer confirms a long one."""
    confirmations.carry_out(file)


@app.periodic(cron="* * * * *")
@app.task(queue=bulk.jobs.QUEUE, queueing_lock="carry_on_landlord_files")
def carry_on_landlord_files(timestamp: int) -> None:
    """Those whose worker died on the way."""
    for file in confirmations.left_unread():
        confirmations.read_in(file)
    for file in confirmations.left_behind():
        confirmations.carry_out(file)


@app.periodic(cron="10 1 * * *")
@app.task(queue="nightly", queueing_lock="run_due")
def run_due(timestamp: int) -> None:
    """Expire, offer, warn."""
    system = User.objects.system()
    each(Fund.objects.filter(state=FundState.OPEN), lambda fund: waiting.run_due(fund=fund, by=system))


@app.periodic(cron="40 1 * * *")
@app.task(queue="nightly", queueing_lock="verify_ledgers")
def verify_ledgers(timestamp: int) -> None:
    system = User.objects.system()
    each(Fund.objects.exclude(state=FundState.DRAFT), lambda fund: checking.check_ledger(fund=fund, by=system))


def each(funds: QuerySet[Fund], do: Callable[[Fund], object]) -> None:
    """One fund's trouble doesn't keep the others waiting; the job fails all the same, to be seen."""
    troubles = []
    for fund in funds.order_by("code"):
        try:
            do(fund)
        except Exception as trouble:
            logger.exception("nightly work failed for fund %s", fund.code)
            troubles.append(trouble)
    if troubles:
        raise ExceptionGroup("nightly work failed", troubles)


@app.periodic(cron="20 2 * * *")
@app.task(queue="nightly", queueing_lock="erase_what_is_due")
def erase_what_is_due(timestamp: int) -> None:
    """Dry until RETENTION_ERASES says otherwise."""
    retention.run(by=User.objects.system(), dry=not settings.RETENTION_ERASES)


@app.periodic(cron="30 2 * * *")
@app.task(queue="nightly", queueing_lock="forget_rent_rolls")
def forget_rent_rolls(timestamp: int) -> None:
    """Those handed in and not imported for a week: they name tenants."""
    rent_rolls.forget_old()


@app.periodic(cron="35 2 * * *")
@app.task(queue="nightly", queueing_lock="forget_landlord_files")
def forget_landlord_files(timestamp: int) -> None:
    """Those handed in and not confirmed for a week; of the others, after three months, what matched nothing."""
    confirmations.forget_old()
    confirmations.forget_unmatched()


@app.periodic(cron="50 2 * * *")
@app.task(queue="nightly", queueing_lock="remove_old_jobs")
async def remove_old_jobs(timestamp: int) -> None:
    """Done jobs are worth nothing after a week; failed ones stay to be seen."""
    await app.job_manager.delete_old_jobs(nb_hours=KEEP_JOBS_HOURS)
