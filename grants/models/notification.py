"""Who is told of an event: on the site, by mail, and how each person wants it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.enums import MailTime, Topic
from grants.models.event import Event

DIGEST_HOUR = 7


class Notification(models.Model):
    """One message to one person about one event: a line of their list, and the outbox of its mail.

    Marked before sending, never sent twice. `marked_at` names the attempt that is on its way; `problem` is a code,
    never a server's words: they may name people.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        UNCERTAIN = "uncertain", _("uncertain")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("not mailed")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="notifications")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    topic = models.CharField(_("topic"), max_length=20, choices=Topic.choices, db_default=Topic.OTHER)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    marked_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=60, blank=True, db_default="")

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "recipient"], name="notified_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(status__in=["pending", "sending"]), name="mail_to_be_sent"),
            models.Index(fields=["recipient", "-id"], name="notices_of_person"),
            # Counted on every page.
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="unread_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.recipient_id} ({self.status})"


class MailPreference(models.Model):
    """When a person wants the day's digest."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+")
    hour = models.PositiveSmallIntegerField(_("hour of the digest"), default=DIGEST_HOUR)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(hour__lte=23), name="digest_at_an_hour")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.hour} h"


class MailChoice(models.Model):
    """How a person wants to be mailed of one topic. Without a row: in the day's digest, but for MAILED_AT_ONCE."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mail_choices")
    topic = models.CharField(max_length=20, choices=Topic.choices)
    mail = models.CharField(max_length=5, choices=MailTime.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "topic"], name="mail_chosen_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.topic} {self.mail}"
