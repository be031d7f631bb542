"""The worker, run by its real command as the application's role: killed, two at once, by the clock."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import tasks
from grants.actions import mailing
from grants.enums import State
from grants.models import Event, Fund, LedgerCheck, Notification
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.dying_sender import send
from tests.grants.wishes import at_once
from tests.smtp_server import Does, Server, running

PROJECT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 60
senders = get_context("forkserver")
senders.set_forkserver_preload(["tests.grants.dying_sender"])
Status = Notification.Status
ANSWERS = [each for each in Does if each != Does.WAIT]


@pytest.fixture
def smtp(settings: object) -> Iterator[Server]:
    with running() as server:
        values = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "HOST": "127.0.0.1", "PORT": server.port}
        for name, value in values.items():
            setattr(settings, f"EMAIL_{name}", value)
        yield server


def worker(environment: dict[str, str], server: Server, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", *arguments],
        cwd=PROJECT,
        env=os.environ | environment | {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def told(world: World, files: int) -> list[str]:
    """Submit some files; returns who is to be told of them, once each."""
    at_once(world)
    for _ in range(files):
        walk.submit(world, walk.draft(world, lease=tenant_with_lease(world)))
    return [world.assessor.email] * files


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(smtp: Server, database_environment: dict[str, str]) -> None:
    """Their jobs, and at the same time the minute's sweep of the same rows."""
    expected = told(open_fund(), 12)
    workers = [worker(database_environment, smtp, "--one-shot") for _ in range(2)]
    while any(each.poll() is None for each in workers):
        mailing.send_due()
    outputs = [each.communicate(timeout=LIMIT_SECONDS)[0] for each in workers]
    assert [each.returncode for each in workers] == [0, 0], outputs
    assert smtp.recipients() == expected
    assert set(Notification.objects.values_list("status", flat=True)) == {Status.SENT}
    jobs = ProcrastinateJob.objects.filter(task_name="grants.tasks.send_mails")
    assert set(jobs.values_list("status", flat=True)) == {"succeeded"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_mark_and_send_sends_nothing_twice(
    smtp: Server, database_environment: dict[str, str]
) -> None:
    """The server keeps it waiting, so that it is killed while the row is marked and the message is not taken yet."""
    told(open_fund(), 1)
    smtp.will(Does.WAIT)
    killed = worker(database_environment, smtp)
    wait_for(lambda: smtp.connections == 1)
    assert Notification.objects.get().status == Status.SENDING
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=LIMIT_SECONDS)
    smtp.go_on.set()
    again = worker(database_environment, smtp, "--one-shot")
    assert again.wait(LIMIT_SECONDS) == 0, again.communicate()[0]
    again.communicate()
    with connection.cursor() as cursor:  # a quarter of an hour later
        cursor.execute("UPDATE grants_notification SET marked_at = marked_at - interval '16 minutes'")
    mailing.send_due()
    assert Notification.objects.get().status == Status.UNCERTAIN
    for event in Event.objects.all():
        mailing.send_event(event.pk)
    mailing.send_due()
    assert smtp.received == []
    assert smtp.connections == 1


def wait_for(condition: object) -> None:
    deadline = monotonic() + LIMIT_SECONDS
    while not condition():  # type: ignore[operator]
        assert monotonic() < deadline


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["mark", "hand_to_server", "note"])
@pytest.mark.django_db(transaction=True)
def test_dying_at_any_moment_sends_nothing_twice(smtp: Server, moment: str) -> None:
    """Before the mark the mail is sent later; after it, never again, whether or not the server had it."""
    told(open_fund(), 1)
    arguments = (connection.settings_dict["NAME"], smtp.port)
    run_child(*arguments, moment, exit_code=-signal.SIGKILL)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE grants_notification SET marked_at = marked_at - interval '16 minutes'")
    run_child(*arguments, "", exit_code=0)
    expected = {"mark": (Status.SENT, 1), "hand_to_server": (Status.UNCERTAIN, 0), "note": (Status.UNCERTAIN, 1)}
    assert (Notification.objects.get().status, len(smtp.received)) == expected[moment]


def run_child(*arguments: object, exit_code: int) -> None:
    child = senders.Process(target=send, args=arguments)
    child.start()
    child.join(LIMIT_SECONDS)
    assert child.exitcode == exit_code


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    schedule=st.lists(st.sampled_from([each for each in Does if each != Does.WAIT]), max_size=12),
    runs=st.integers(1, 4),
)
def test_no_schedule_of_failures_sends_a_mail_twice(smtp: Server, schedule: Sequence[Does], runs: int) -> None:
    """Whatever the server does with which attempt: once at most; exactly once where it says sent."""
    Notification.objects.update(status=Status.SKIPPED)
    world = open_fund()
    expected = set(told(world, 2))
    smtp.received.clear()
    smtp.will(*schedule)
    rows = Notification.objects.exclude(status=Status.SKIPPED)
    for _ in range(runs):
        rows.filter(status=Status.PENDING).update(next_at=None)
        mailing.send_due()
        for event in Event.objects.filter(fund=world.fund, action="submit"):
            mailing.send_event(event.pk)
    subjects = [str(message["Subject"]) for message in smtp.messages()]
    assert len(subjects) == len(set(subjects))
    assert set(smtp.recipients()) <= expected
    sent = rows.filter(status=Status.SENT).count()
    assert sent <= len(subjects) <= sent + rows.filter(status=Status.UNCERTAIN).count()


@pytest.mark.django_db
def test_the_clock_has_every_nightly_task() -> None:
    registered = {name for name, _id in app.periodic_registry.periodic_tasks}
    assert registered == {
        "grants.tasks.carry_on_bulk_runs",
        "grants.tasks.carry_on_exports",
        "grants.tasks.carry_on_landlord_files",
        "grants.tasks.carry_on_letters",
        "grants.tasks.carry_on_rent_rolls",
        "grants.tasks.forget_exports",
        "grants.tasks.forget_landlord_files",
        "grants.tasks.send_due_mails",
        "grants.tasks.run_due",
        "grants.tasks.verify_ledgers",
        "grants.tasks.erase_what_is_due",
        "grants.tasks.remove_old_jobs",
        "grants.tasks.forget_rent_rolls",
    }


@pytest.mark.django_db
def test_the_night_twice_changes_nothing_the_second_time(settings: object) -> None:
    world = open_fund()
    walk.walk_to(world, State.ELIGIBLE)  # since 2020: warned now, expired from tomorrow on
    settings.RETENTION_ERASES = True  # type: ignore[attr-defined]
    night()
    assert list(Event.objects.filter(user__is_system=True).values_list("action", flat=True)) == ["warn_expiry"]
    events = Event.objects.count()
    night()
    assert Event.objects.count() == events
    assert list(LedgerCheck.objects.values_list("fund", "faults")) == [(world.fund.pk, 0)] * 2


@pytest.mark.django_db
def test_jobs_that_were_done_long_ago_go_and_failed_ones_stay() -> None:
    long_ago = timezone.now() - timedelta(days=8)
    jobs = {}
    with connection.cursor() as cursor:
        for status in ("succeeded", "failed"):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)"
                " VALUES ('nightly', 'essai', 0, '{}', %s, 1) RETURNING id",
                [status],
            )
            (jobs[status],) = cursor.fetchone()
            # Its last event tells when it ended.
            cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [long_ago, jobs[status]])
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, %s, %s)",
                [jobs[status], status, long_ago],
            )
    async_to_sync(tasks.remove_old_jobs.func)(0)
    assert list(ProcrastinateJob.objects.values_list("pk", flat=True)) == [jobs["failed"]]


@pytest.mark.django_db
def test_the_job_of_an_event_sends_its_mails_and_no_others(smtp: Server) -> None:
    world = open_fund()
    told(world, 2)
    event = Event.objects.filter(action="submit").latest("pk")
    tasks.send_mails(event=event.pk)
    assert len(smtp.received) == 1
    assert Notification.objects.get(event=event).status == Status.SENT


def night() -> None:
    for task in (
        tasks.send_due_mails,
        tasks.run_due,
        tasks.verify_ledgers,
        tasks.erase_what_is_due,
        tasks.forget_rent_rolls,
    ):
        task(timestamp=0)


@pytest.mark.django_db
def test_one_funds_trouble_leaves_the_others_their_night() -> None:
    first, second = open_fund().fund, open_fund().fund
    done: list[Fund] = []

    def do(fund: Fund) -> None:
        if fund == first:
            raise ZeroDivisionError
        done.append(fund)

    with pytest.raises(ExceptionGroup) as group:
        tasks.each(Fund.objects.all(), do)
    assert [type(trouble) for trouble in group.value.exceptions] == [ZeroDivisionError]
    assert done == [second]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_task_runs_as_the_applications_role(smtp: Server, database_environment: dict[str, str]) -> None:
    """The worker has no owner: each job of the night is deferred and done by the real command."""
    world = open_fund()
    walk.walk_to(world, State.DRAFT)  # of 2020: due
    for name, _id in app.periodic_registry.periodic_tasks:
        app.configure_task(name).defer(timestamp=0)
    without_owner = database_environment | {"DATABASE_OWNER_URL": "", "RETENTION_ERASES": "true"}
    done = worker(without_owner, smtp, "--one-shot")
    output = done.communicate(timeout=LIMIT_SECONDS)[0]
    statuses = dict(ProcrastinateJob.objects.values_list("task_name", "status"))
    assert set(statuses.values()) == {"succeeded"}, output
    assert len(statuses) == 13
    assert Event.objects.filter(user__is_system=True, action="discard").count() == 1
