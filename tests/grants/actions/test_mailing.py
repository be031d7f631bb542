"""The outbox against a real SMTP server that misbehaves: each (event, recipient) leaves at most once."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from fundadmin.models import User
from grants import notifications
from grants.actions import assessment, mailing
from grants.enums import Action, State, Topic
from grants.exceptions import BadInput
from grants.letters.mails import HAPPENED, HAPPENED_ANYWAY, NAMED_IN_SUBJECT
from grants.models import Application, Event, FundMember, MailChoice, MailPreference, Notification
from grants.workflow import WORKFLOW
from landlords.models import Landlord
from tests.factories import OPENED_ON, World, key, open_fund, user
from tests.grants import walk
from tests.grants.wishes import at_once
from tests.smtp_server import SURELY_UNSENT, UNCERTAIN, Does, Server, running

pytestmark = pytest.mark.django_db
Status = Notification.Status


@pytest.fixture
def smtp(settings: object) -> Iterator[Server]:
    with running() as server:
        use(settings, server)
        yield server


def use(settings: object, server: Server) -> None:
    values = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": server.port,
        "EMAIL_TIMEOUT": 5,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
    }
    for name, value in values.items():
        setattr(settings, name, value)


def submitted(world: World | None = None) -> tuple[World, Event]:
    """A file just submitted: the assessor is told."""
    world = world or at_once(open_fund())
    return world, walk.outcome(walk.walk_to(world, State.SUBMITTED))


def statuses() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("status", flat=True))


def only() -> Notification:
    return Notification.objects.get()


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def later(minutes: int = 0, **more: int) -> datetime:
    return timezone.now() + timedelta(minutes=minutes, seconds=5, **more)


def test_an_event_and_its_outbox_and_its_job_are_one() -> None:
    """Written in one statement, in the event's transaction: rolled back, nothing is left of any."""
    world = open_fund()
    with transaction.atomic():
        _world, event = submitted(world)
        jobs = ProcrastinateJob.objects.filter(task_name="grants.tasks.send_mails")
        assert [job.args for job in jobs] == [{"event": event.pk}]
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_who_tells_nobody_defers_nothing() -> None:
    walk.draft(open_fund())
    assert not ProcrastinateJob.objects.exists()


def test_a_mail_says_what_happened_what_to_do_and_where(smtp: Server) -> None:
    world, event = submitted()
    Landlord.objects.filter(pk=world.landlord.pk).update(short_name="SA d'HLM <de l'Oise>")
    mailing.send_event(event.pk)
    (message,) = smtp.messages()
    assert smtp.recipients() == [world.assessor.email]
    reference = Application.objects.get().reference
    assert message["Subject"].strip() == f"[SA d'HLM <de l'Oise>] {reference}\u00a0: Un dossier a été déposé"
    assert message["Auto-Submitted"] == "auto-generated"
    text = body(message, "plain")
    html = body(message, "html")
    link = f"https://fonds.exemple.invalid/dossiers/{Application.objects.get().uuid}/"
    assert link in text
    assert f'href="{link}"' in html
    assert "SA d'HLM <de l'Oise>" in text
    assert "&lt;de l&#x27;Oise&gt;" in html
    assert "rendez votre avis" in text
    assert "https://fonds.exemple.invalid/preferences/courriels/" in text
    assert only().status == Status.SENT


def test_no_name_of_a_tenant_and_no_amount_is_mailed(smtp: Server) -> None:
    world = at_once(open_fund())
    file = walk.draft(world, facts={"headcount": 4})
    for step in walk.PATHS[State.CREDITED]:
        file = step(world, file, OPENED_ON)
        mailing.send_due(later())  # each while it is true
    assert len(smtp.received) > 5
    for message in smtp.messages():
        whole = "".join(part.get_content() for part in message.walk() if not part.is_multipart())
        whole += str(message["Subject"])
        for secret in (file.tenant.legal_name, file.tenant.siret, "500", "€", "inventée"):
            assert str(secret) not in whole


@pytest.mark.parametrize("name", ["Bailleur\r\nBcc: autre@exemple.invalid", "Bailleur\u2028Bcc: autre@exemple.invalid"])
def test_a_name_adds_no_header(smtp: Server, name: str) -> None:
    world, event = submitted()
    Landlord.objects.filter(pk=world.landlord.pk).update(short_name=name)
    mailing.send_event(event.pk)
    (message,) = smtp.messages()
    assert smtp.recipients() == [world.assessor.email]
    assert message["Bcc"] is None
    assert message["Subject"].strip().startswith("[Bailleur Bcc: autre@exemple.invalid] ")


def test_an_address_that_is_none_fails_at_once(smtp: Server) -> None:
    world, event = submitted()
    User.objects.filter(pk=world.assessor.pk).update(email="a@b.invalid\nbcc: c@d.invalid")
    mailing.send_event(event.pk)
    assert (only().status, only().problem) == (Status.FAILED, "address")
    assert smtp.connections == 0


@pytest.mark.parametrize("does", SURELY_UNSENT)
def test_what_was_surely_not_taken_is_tried_again(smtp: Server, does: Does) -> None:
    world, event = submitted()
    smtp.will(does)
    mailing.send_event(event.pk)
    row = only()
    assert (row.status, row.attempts) == (Status.PENDING, 1)
    assert row.next_at is not None
    assert row.next_at > timezone.now() + timedelta(seconds=50)
    assert "secret" not in row.problem
    mailing.send_due()
    assert smtp.connections == 1  # not yet
    mailing.send_due(later(1))
    assert only().status == Status.SENT
    assert smtp.recipients() == [world.assessor.email]


def test_nobody_listens(settings: object) -> None:
    with running() as server:
        use(settings, server)
    _world, event = submitted()
    mailing.send_event(event.pk)
    assert (only().status, only().problem) == (Status.PENDING, "ConnectionRefusedError")


@pytest.mark.parametrize("does", UNCERTAIN)
def test_what_may_have_arrived_is_never_sent_again(smtp: Server, does: Does) -> None:
    _world, event = submitted()
    smtp.will(does)
    mailing.send_event(event.pk)
    assert only().status == Status.UNCERTAIN
    for _ in range(3):
        mailing.send_event(event.pk)
        mailing.send_due(later(days=30))
    assert smtp.connections == 1


def test_attempts_end(smtp: Server) -> None:
    _world, event = submitted()
    attempts = len(mailing.BACK_OFF_MINUTES) + 1
    smtp.will(*[Does.REFUSE_RECIPIENT] * attempts)
    mailing.send_event(event.pk)
    for _ in range(attempts):
        mailing.send_due(later(days=1))
    assert (only().status, only().attempts) == (Status.FAILED, attempts)
    assert only().problem == "SMTPRecipientsRefused 550"
    assert smtp.connections == attempts
    assert smtp.received == []


def test_a_row_whose_process_died_is_uncertain_after_a_while(smtp: Server) -> None:
    _world, event = submitted()
    mailing.plan(timezone.now())
    letter = mailing.mark([only().pk])
    assert letter is not None
    mailing.send_due(later(14))
    assert only().status == Status.SENDING
    mailing.send_due(later(16))
    assert (only().status, only().problem) == (Status.UNCERTAIN, "interrupted")
    mailing.send_event(event.pk)
    assert smtp.connections == 0
    # It lived after all: that the mail was sent is true whoever thought otherwise; that it wasn't changes nothing.
    mailing.note(letter, Status.PENDING, "late")
    assert only().status == Status.UNCERTAIN
    mailing.note(letter, Status.SENT, "")
    assert only().status == Status.SENT


def prefer(person: User, mail: str, hour: int = 7) -> None:
    mailing.prefer(mails=dict.fromkeys(Topic.values, mail), hour=hour, by=person)


def test_preferences(smtp: Server) -> None:
    world, event = submitted()
    prefer(world.assessor, "never")
    mailing.send_event(event.pk)
    assert (only().status, only().problem) == (Status.SKIPPED, "preference")
    prefer(world.assessor, "now")
    mailing.send_due(later())
    assert smtp.connections == 0
    assert str(MailPreference.objects.get(user=world.assessor)) == f"{world.assessor.pk}: 7 h"
    assert str(MailChoice.objects.filter(user=world.assessor)[0]).startswith(f"{world.assessor.pk}: ")


@pytest.mark.parametrize(("topic", "mail", "hour"), [("visa", "hourly", 7), ("weather", "now", 7), ("visa", "now", 24)])
def test_a_preference_that_is_none(topic: str, mail: str, hour: int) -> None:
    with pytest.raises(BadInput):
        mailing.prefer(mails={topic: mail}, hour=hour, by=user())
    assert not MailChoice.objects.exists()


def test_each_topic_has_its_own(smtp: Server) -> None:
    world = open_fund()
    mailing.prefer(mails={Topic.SUBMITTED: "now", Topic.VISA: "never"}, hour=7, by=world.assessor)
    _world, event = submitted(world)
    mailing.send_event(event.pk)
    assert only().topic == Topic.SUBMITTED
    assert only().status == Status.SENT


def test_who_chose_otherwise_before_it_left_is_heard(smtp: Server) -> None:
    """From the digest to at once: now; to never: not any more."""
    world, event = submitted(open_fund())
    mailing.send_event(event.pk)
    prefer(world.assessor, "now")
    mailing.send_due(later())
    assert only().status == Status.SENT
    _world, second = submitted(world)
    smtp.will(Does.REFUSE_FOR_NOW)
    mailing.send_event(second.pk)
    prefer(world.assessor, "never")
    mailing.send_due(later(1))
    row = Notification.objects.get(event=second)
    assert (row.status, row.problem) == (Status.SKIPPED, "preference")


def test_a_digest_is_one_mail_a_day(smtp: Server) -> None:
    """It is what people get who chose nothing."""
    world = open_fund()
    events = [submitted(world)[1] for _ in range(4)]
    for event in events:
        mailing.send_event(event.pk)
    assert smtp.connections == 0
    tomorrow = mailing.next_digest(timezone.now())
    assert timezone.localtime(tomorrow).hour == 7
    mailing.send_due(tomorrow - timedelta(seconds=1))
    assert smtp.connections == 0
    smtp.will(Does.REFUSE_FOR_NOW)
    mailing.send_due(tomorrow)
    assert set(statuses()) == {Status.PENDING}
    mailing.send_due(tomorrow + timedelta(minutes=5))
    assert set(statuses()) == {Status.SENT}
    (message,) = smtp.messages()
    assert "4\u00a0messages" in message["Subject"]
    assert str(world.landlord) in message["Subject"]
    assert message["Subject"].count(world.fund.code) == NAMED_IN_SUBJECT
    text = body(message, "plain")
    assert all(file.reference in text for file in Application.objects.all())


def test_a_digest_comes_at_the_hour_that_its_reader_chose(smtp: Server) -> None:
    world, _event = submitted(open_fund())
    prefer(world.assessor, "daily", hour=18)
    mailing.send_due()
    chosen = only().next_at
    assert chosen is not None
    assert timezone.localtime(chosen).hour == 18
    prefer(world.assessor, "daily", hour=12)
    mailing.send_due()
    moved = only().next_at
    assert moved is not None
    assert timezone.localtime(moved).hour == 12


def test_a_digest_leaves_out_what_is_no_longer_true(smtp: Server) -> None:
    world = open_fund()
    done, waiting = submitted(world)[1], submitted(world)[1]
    assert done.application is not None
    assert waiting.application is not None
    mailing.send_due()
    walk.favourable(world, done.application)
    mailing.send_due(later(days=1))
    told = {row.event_id: (row.status, row.problem) for row in Notification.objects.filter(recipient=world.assessor)}
    assert told == {done.pk: (Status.SKIPPED, "no_longer_true"), waiting.pk: (Status.SENT, "")}
    text = body(message_to(smtp, world.assessor), "plain")
    assert waiting.application.reference in text
    assert done.application.reference not in text


def test_a_digest_of_which_nothing_is_true_is_not_sent(smtp: Server) -> None:
    world, event = submitted(open_fund())
    assert event.application is not None
    mailing.send_due()
    walk.unfavourable(world, event.application)
    mailing.send_due(later(days=1))
    assert smtp.recipients() == []


def message_to(smtp: Server, person: User) -> EmailMessage:
    (found,) = [message for message in smtp.messages() if person.email in message["To"]]
    return found


def test_a_mail_speaks_its_readers_language(smtp: Server) -> None:
    world, event = submitted()
    User.objects.filter(pk=world.assessor.pk).update(language="en")
    mailing.send_event(event.pk)
    (message,) = smtp.messages()
    assert "An application was submitted" in message["Subject"]
    assert '<html lang="en">' in body(message, "html")


def test_the_digest_of_the_morning_is_today_before_seven() -> None:
    night = timezone.make_aware(datetime(2026, 3, 2, 3, 0))  # noqa: DTZ001 - made aware by the call
    assert mailing.next_digest(night).date() == night.date()


@pytest.mark.parametrize("change", ["account", "role", "gone"])
def test_what_would_be_wrong_by_now_is_not_mailed(smtp: Server, change: str) -> None:
    world, event = submitted()
    if change == "account":
        User.objects.filter(pk=world.assessor.pk).update(is_active=False)
    elif change == "role":
        FundMember.objects.filter(user=world.assessor).update(ends_on=OPENED_ON)
    else:
        file = Application.objects.get()
        file.lines.all().delete()
        Application.objects.all().delete()
    mailing.send_event(event.pk)
    expected = {"account": "account_disabled", "role": "no_role", "gone": "file_gone"}
    assert (only().status, only().problem) == (Status.SKIPPED, expected[change])
    assert smtp.connections == 0


def test_a_reminder_is_mailed_while_it_is_pending_only(smtp: Server) -> None:
    world = at_once(open_fund())
    asked = walk.request_info(world, walk.walk_to(world, State.SUBMITTED))
    due = asked.info_due_on
    assert due is not None
    reminded = assessment.remind(application=asked, by=world.assessor, key=key(), on=due)
    reminder = walk.outcome(reminded)
    assert reminder.action == Action.REMIND
    walk.answer(world, reminded, due)
    mailing.send_event(reminder.pk)
    row = Notification.objects.get(event=reminder)
    assert (row.status, row.problem) == (Status.SKIPPED, "no_longer_true")
    assert smtp.connections == 0


def test_an_advisor_is_told_in_their_own_words(smtp: Server) -> None:
    world = at_once(open_fund())
    asked = walk.request_info(world, walk.walk_to(world, State.SUBMITTED))
    mailing.send_event(walk.outcome(asked).pk)
    (message,) = smtp.messages()
    assert "Transmettez ce qui est demandé" in body(message, "plain")


def test_another_backend_says_nothing_of_how_far_it_came(settings: object) -> None:
    _world, event = submitted()
    settings.EMAIL_BACKEND = "tests.grants.actions.test_mailing.Broken"  # type: ignore[attr-defined]
    mailing.send_event(event.pk)
    assert (only().status, only().problem) == (Status.UNCERTAIN, "OSError")


def test_a_backend_that_has_no_connection(settings: object) -> None:
    _world, event = submitted()
    settings.EMAIL_BACKEND = "tests.grants.actions.test_mailing.Absent"  # type: ignore[attr-defined]
    mailing.send_event(event.pk)
    assert (only().status, only().problem) == (Status.PENDING, "no_connection")


class Broken:
    def __init__(self, **_options: object) -> None: ...
    def open(self) -> None: ...
    def close(self) -> None:
        raise smtplib.SMTPException

    def send_messages(self, _messages: object) -> int:
        raise OSError


class Absent(Broken):
    def send_messages(self, _messages: object) -> int:
        return 0


def test_every_message_has_its_words() -> None:
    """Whatever somebody is told of, the mail can say it."""
    told = set(notifications.TOLD) | {
        (action, state) for action in notifications.ADVISOR_TOLD for state in reached(action)
    }
    missing = [pair for pair in told if pair not in HAPPENED and pair[0] not in HAPPENED_ANYWAY]
    assert missing == []


def reached(action: Action) -> set[State]:
    step = WORKFLOW[action]
    return set(step.targets or step.sources)


@pytest.mark.parametrize("count", [1, 3])
def test_telling_costs_an_action_one_statement(count: int) -> None:
    """However many people are told, and although their mails are deferred."""
    world = open_fund()
    for n in range(count - 1):
        walk.join(world, f"assessor{n}", *world_assessor(world))
    file = walk.draft(world)
    sent: list[str] = []

    def note(execute: object, sql: str, params: object, *rest: object) -> object:
        if "grants_notification" in sql or "procrastinate" in sql:
            sent.append(sql)
        return execute(sql, params, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(note):
        walk.submit(world, file)
    assert len(sent) == 1
    assert Notification.objects.count() == count


def world_assessor(world: World) -> tuple[object, object]:
    member = world.member("assessor")
    return member.side, member.role


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_worker_holds_is_left_to_it(connect_as_app: Callable[..., psycopg.Connection]) -> None:
    _world, _event = submitted()
    with connect_as_app() as other, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        other.execute("SELECT FROM grants_notification FOR UPDATE")
        assert mailing.mark([only().pk]) is None
    assert only().status == Status.PENDING
