"""Sends what the outbox holds, each (event, recipient) at most once.

A row is marked `sending` in a transaction of its own before the mail server hears of it. What then surely was not
taken (no connection, a refusal) is tried again, later and later, and in the end `failed`. What may have been taken
(the connection broke once the message was on its way, the process died) is `uncertain`: shown, never repeated.
"""

import logging
import smtplib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.enums import MAILED_AT_ONCE, MailTime, Topic
from grants.exceptions import BadInput, Breach
from grants.letters.mails import message_for
from grants.models import MailChoice, MailPreference, Notification
from grants.models.notification import DIGEST_HOUR
from grants.notifications import still_true
from grants.queries import counting_on

if TYPE_CHECKING:
    from fundadmin.models import User

Status = Notification.Status

logger = logging.getLogger(__name__)

BACK_OFF_MINUTES = (1, 5, 15, 60, 4 * 60, 12 * 60)
"""How long to wait after each attempt; when they are used up the mail has failed."""
STALE_AFTER = timedelta(minutes=15)
"""No attempt takes so long: the process that marked the row is gone."""
HOURS = range(24)  # Europe/Paris
AT_A_TIME = 200
GO_ON = 354


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail on its way, and the rows it is about, marked at `marked_at`."""

    message: EmailMultiAlternatives
    rows: Sequence[int]
    marked_at: datetime
    attempts: int


def send_event(event_id: int) -> None:
    """Send the mails of one event to those who want to be told of it at once."""
    plan(timezone.now(), event_id=event_id)
    due = Notification.objects.filter(event=event_id, status=Status.PENDING, next_at__lte=timezone.now())
    deliver_each(wanted(due).filter(wanted=MailTime.NOW))


def send_due(now: datetime | None = None) -> None:
    """Send all that is due: what was tried before, the day's digests, what no job was run for."""
    now = now or timezone.now()
    settle_stale(now)
    plan(now)
    due = wanted(Notification.objects.filter(status=Status.PENDING, next_at__lte=now))
    deliver_each(due.exclude(wanted=MailTime.DAILY))
    digests: dict[int, list[int]] = {}
    rows = due.filter(wanted=MailTime.DAILY).order_by("pk").values_list("recipient_id", "pk")
    for recipient, row in rows[: AT_A_TIME * 10]:
        digests.setdefault(recipient, []).append(row)
    for ids in digests.values():
        deliver(ids)


def wanted(rows: QuerySet[Notification]) -> "QuerySet[Any]":
    """With `wanted`: at once, in the digest or never, as each recipient chose for the topic, or by default."""
    chosen = MailChoice.objects.filter(user=OuterRef("recipient"), topic=OuterRef("topic")).values("mail")
    otherwise = Case(
        When(topic__in=MAILED_AT_ONCE, then=Value(MailTime.NOW)),
        default=Value(MailTime.DAILY),
        output_field=CharField(),
    )
    return rows.annotate(wanted=Coalesce(Subquery(chosen), otherwise))


def deliver_each(rows: "QuerySet[Any]") -> None:
    for pk in list(rows.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_A_TIME]):
        deliver([pk])


def plan(now: datetime, *, event_id: int | None = None) -> None:
    """Give each new row its time, by its recipient's preference."""
    new = Notification.objects.filter(status=Status.PENDING, next_at__isnull=True)
    if event_id is not None:
        new = new.filter(event=event_id)
    found = list(wanted(new).values_list("pk", "wanted", "recipient_id"))
    hours = dict(
        MailPreference.objects.filter(user__in={recipient for _pk, _mail, recipient in found}).values_list(
            "user", "hour"
        )
    )
    times: dict[datetime, list[int]] = {}
    for pk, mail, recipient in found:
        at = now if mail == MailTime.NOW else next_digest(now, hours.get(recipient, DIGEST_HOUR))
        if mail != MailTime.NEVER:
            times.setdefault(at, []).append(pk)
    new.filter(pk__in=[pk for pk, mail, _recipient in found if mail == MailTime.NEVER]).update(
        status=Status.SKIPPED, problem="preference"
    )
    for at, rows in times.items():
        new.filter(pk__in=rows).update(next_at=at)


def next_digest(now: datetime, hour: int = DIGEST_HOUR) -> datetime:
    today = timezone.localtime(now).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def prefer(*, mails: Mapping[str, str], hour: int, by: "User") -> None:
    """Choose how to be told: topic -> when. It is no action on a fund: nothing but the own mailbox changes.

    What was not tried yet is planned anew.
    """
    found = [
        Breach("mail", _("Choose one of the three ways to be told."), pointer=topic)
        for topic, mail in mails.items()
        if mail not in MailTime.values or topic not in Topic.values
    ]
    if hour not in HOURS:
        found.append(Breach("hour", _("The hour of the digest is between 0 and 23."), pointer="hour"))
    if found:
        raise BadInput(found)
    with transaction.atomic():
        MailPreference.objects.update_or_create(user=by, defaults={"hour": hour})
        for topic, mail in mails.items():
            MailChoice.objects.update_or_create(user=by, topic=topic, defaults={"mail": mail})
        Notification.objects.filter(recipient=by, status=Status.PENDING, attempts=0).update(next_at=None)


def mark_read(*, by: "User", up_to: int, only: int | None = None) -> int:
    """Note that somebody has read their messages up to one of them, or just that one."""
    rows = Notification.objects.filter(recipient=by, pk__lte=up_to, read_at__isnull=True)
    return (rows if only is None else rows.filter(pk=only)).update(read_at=timezone.now())


def settle_stale(now: datetime) -> int:
    """Whether these were sent nobody knows: the process died, or lost the database, between marking and noting."""
    stale = Notification.objects.filter(status=Status.SENDING, marked_at__lt=now - STALE_AFTER)
    return stale.update(status=Status.UNCERTAIN, problem="interrupted")


def deliver(ids: Sequence[int]) -> None:
    """Mark the rows, send one mail about them, note what came of it."""
    letter = mark(ids)
    if letter is not None:
        note(letter, *hand_to_server(letter.message))


def mark(ids: Sequence[int]) -> Letter | None:
    """Mark those of the rows that are still due and still worth a mail, and commit that before anything is sent."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        rows = list(
            wanted(Notification.objects.filter(pk__in=ids, status=Status.PENDING))
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("recipient", "event__fund__landlord", "event__fund__position", "event__application")
            .order_by("pk")
        )
        true = still_true(rows)
        right = []
        for row in rows:
            if problem := not_worth_sending(row, true):
                settle([row.pk], Status.SKIPPED, problem)
            else:
                right.append(row)
        if not right:
            return None
        try:
            message = message_for(right)
        except ValueError:
            settle([row.pk for row in right], Status.FAILED, "address")
            return None
        attempts = max(row.attempts for row in right) + 1
        chosen = [row.pk for row in right]
        Notification.objects.filter(pk__in=chosen).update(status=Status.SENDING, marked_at=now, attempts=attempts)
    return Letter(message, chosen, now, attempts)


def settle(ids: Iterable[int], status: str, problem: str) -> None:
    Notification.objects.filter(pk__in=ids).update(status=status, problem=problem)


def not_worth_sending(row: Notification, true: Collection[int]) -> str:
    """Why a mail would be wrong by now, as a code; empty when it is right. `true`: the rows that still are."""
    event = row.event
    if row.wanted == MailTime.NEVER:  # type: ignore[attr-defined] # annotated by `wanted`: they chose since
        return "preference"
    if not row.recipient.is_active:
        return "account_disabled"
    if not event.fund.members.filter(counting_on(timezone.localdate()), user=row.recipient).exists():
        return "no_role"
    if event.application_id and event.application is None:
        return "file_gone"
    return "" if row.pk in true else "no_longer_true"


def hand_to_server(message: EmailMultiAlternatives) -> tuple[str, str]:
    """What became of the message: sent, surely not taken (pending), or uncertain; and a code of the problem."""
    server = get_connection()
    on_its_way = Flag()
    try:
        server.open()
        watch(server, on_its_way)
        taken = server.send_messages([message])
    except smtplib.SMTPDataError as error:  # An answer: the server did not take the message.
        return Status.PENDING, code_of(error)
    except (smtplib.SMTPException, OSError) as error:
        return (Status.UNCERTAIN if on_its_way.up else Status.PENDING), code_of(error)
    finally:
        # What the server says on closing changes nothing about the message.
        with suppress(smtplib.SMTPException, OSError):
            server.close()
    return (Status.SENT, "") if taken else (Status.PENDING, "no_connection")


@dataclass(slots=True)
class Flag:
    up: bool = False


def watch(server: Any, on_its_way: Flag) -> None:
    """Raise the flag when the server says 354, go on: from then on it may have the message.

    Other backends than SMTP don't tell, so for them it is up at once.
    """
    client = getattr(server, "connection", None)
    if not isinstance(client, smtplib.SMTP):
        on_its_way.up = True
        return
    answer = client.getreply

    def getreply() -> tuple[int, bytes]:
        code, words = answer()
        on_its_way.up |= code == GO_ON
        return code, words

    client.getreply = getreply  # type: ignore[method-assign] # smtplib has no other way to tell


def code_of(error: Exception) -> str:
    """The kind of error and the server's number. Its words may name people."""
    number = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        number = next((code for code, _words in error.recipients.values()), None)
    return f"{type(error).__name__} {number}" if number else type(error).__name__


def note(letter: Letter, status: str, problem: str) -> None:
    """Write down what came of an attempt, unless the row was judged meanwhile; that it was sent is always true."""
    mine = Notification.objects.filter(pk__in=letter.rows, marked_at=letter.marked_at)
    if status == Status.SENT:
        mine.filter(status__in=[Status.SENDING, Status.UNCERTAIN]).update(status=status, problem="")
        return
    next_at = None
    if status == Status.PENDING:
        if letter.attempts > len(BACK_OFF_MINUTES):
            status = Status.FAILED
        else:
            next_at = timezone.now() + timedelta(minutes=BACK_OFF_MINUTES[letter.attempts - 1])
    mine.filter(status=Status.SENDING).update(status=status, problem=problem, next_at=next_at)
    # Ids and codes only.
    logger.warning("mail %s: %s", status, problem)
