"""Who did what, when; and who is told. Events are never changed: the app role may only add them."""

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.enums import DONE, Action, FundAction, FundStep, LetterKind, State
from grants.models.fund import Fund


class Event(models.Model):
    """One action that took effect. `data` holds ids, amounts and codes; words and persons go to `EventDetail`.

    `key` makes the action exactly-once: unique per (fund, user, action). `detail_digest` is
    SHA-256(salt, detail), so that a detail can be erased without touching the event.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="events")
    # A draft that is discarded leaves its events behind, so there is no constraint to the application.
    application = models.ForeignKey(
        "grants.Application", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="timeline"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    on = models.DateField()
    at = models.DateTimeField()
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    # A caller's key has 200 characters at most; an action on many files adds `:<application id>` for each.
    key = models.CharField(max_length=220)
    request_hash = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    # The application's, as the action left it.
    version = models.PositiveIntegerField(null=True)
    detail_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "user", "action", "key"], name="event_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["application", "id"], name="event_of_application")]
        triggers: ClassVar = [pgtrigger.Protect(name="event_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action} {self.from_state}>{self.to_state}"

    def label(self) -> str:
        labels = dict(Action.choices) | dict(FundAction.choices) | dict(FundStep.choices)
        return str(labels.get(self.action, self.action))

    def done(self) -> str:
        """What was done, as a history tells it. Of two visas only the second approves."""
        if self.action == Action.APPROVE and self.to_state != State.APPROVED:
            return gettext("First visa")
        if self.action == Action.APPROVE and self.data.get("visas", 1) > 1:
            return gettext("Second visa: approved")
        if self.action in (FundStep.ISSUE_LETTER, FundStep.SEND_LETTER):
            what = {"letter": str(LetterKind(self.data["kind"]).label)}
            issued = self.action == FundStep.ISSUE_LETTER
            return (gettext("Issued: %(letter)s") if issued else gettext("Sent: %(letter)s")) % what
        return str(DONE[self.action]) if self.action in DONE else self.label()


class EventDetail(models.Model):
    """An event's free text and personal details. Retention deletes it; the event stays."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="detail")
    salt = models.CharField(max_length=32)
    detail = models.JSONField()

    def __str__(self) -> str:
        return f"detail of event {self.event_id}"
