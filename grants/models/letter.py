"""A letter as it was issued: its bytes are frozen; that it was sent, or set aside instead, is added once."""

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.enums import LETTER_FILES, Delivery, LetterKind
from grants.models.application import Application
from grants.models.event import Event
from grants.models.fund import Fund

FROZEN = (
    *("id", "uuid", "fund_id", "application_id", "event_id", "kind", "language", "number", "code", "dated"),
    *("amount_cents", "as_at", "sha256", "size", "file", "issued_by_id", "issued_at"),
)


class Letter(models.Model):
    """One issued letter. `event`: what it follows from, once per kind; a fund statement is `as_at` a day instead.

    One that no longer holds, or has a mistake in it, is set aside before it is sent: another one may follow.
    `code` is what the letter's square code and its reader quote: nobody guesses one. It goes with its file's erasure.
    """

    app_privileges: ClassVar[tuple[str, ...]] = (
        *("SELECT", "INSERT", "DELETE"),
        "UPDATE (sent_on, sent_at, sent_by_id, channel, set_aside_on, set_aside_at, set_aside_by_id)",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="letters")
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="letters"
    )
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(_("letter"), max_length=12, choices=LetterKind.choices)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    number = models.PositiveIntegerField(_("number"))
    code = models.CharField(_("verification code"), max_length=20, unique=True)
    dated = models.DateField(_("dated"))
    as_at = models.DateField(_("as at"), null=True, blank=True)
    amount_cents = models.BigIntegerField(_("amount"), null=True, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64)
    size = models.PositiveIntegerField()
    file = models.FileField(upload_to="letters/%Y/%m", max_length=200)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"))
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    sent_at = models.DateTimeField(_("recorded as sent at"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(_("how it was sent"), max_length=12, choices=Delivery.choices, blank=True)
    set_aside_on = models.DateField(_("set aside on"), null=True, blank=True)
    set_aside_at = models.DateTimeField(_("recorded as set aside at"), null=True, blank=True)
    set_aside_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "number"], name="letter_number_once"),
            models.UniqueConstraint(
                fields=["event", "kind"], condition=Q(set_aside_on=None), name="letter_once_per_event"
            ),
            models.CheckConstraint(
                condition=Q(kind=LetterKind.STATEMENT, event=None, application=None, as_at__isnull=False)
                | (~Q(kind=LetterKind.STATEMENT) & Q(event__isnull=False, application__isnull=False, as_at=None)),
                name="letter_follows_from_something",
            ),
            models.CheckConstraint(
                condition=Q(sent_on=None, sent_at=None, sent_by=None, channel="")
                | (Q(sent_on__isnull=False, sent_at__isnull=False, sent_by__isnull=False) & ~Q(channel="")),
                name="letter_sent_whole_or_not",
            ),
            models.CheckConstraint(
                condition=Q(set_aside_on=None, set_aside_at=None, set_aside_by=None)
                | Q(set_aside_on__isnull=False, set_aside_at__isnull=False, set_aside_by__isnull=False, sent_on=None),
                name="letter_set_aside_whole_and_unsent",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["application", "id"], name="letter_of_application"),
            models.Index(fields=["fund", "id"], condition=Q(sent_on=None, set_aside_on=None), name="letter_unsent"),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="letter_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF ({", ".join(f"NEW.{name}" for name in FROZEN)})
                        IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in FROZEN)})
                        OR OLD.sent_on IS NOT NULL OR OLD.set_aside_on IS NOT NULL
                    THEN
                        RAISE EXCEPTION 'an issued letter never changes; that it was sent or set aside is recorded once'
                            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'letter_frozen';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="letter_only_erased",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = OLD.application_id) THEN
                        RAISE EXCEPTION 'a letter goes with the erasure of its application only'
                            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'letter_only_erased';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.kind} n° {self.number}"

    @property
    def name(self) -> str:
        """The name of its file where somebody saves it."""
        about = self.application.reference if self.application else str(self.as_at)
        return f"{self.number:05d}-{LETTER_FILES[LetterKind(self.kind)]}-{about}.pdf"


class LetterRun(models.Model):
    """All the letters of a kind that were to be issued when somebody pressed, as a job that says how far it is."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="letter_runs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=180)
    kind = models.CharField(max_length=12, choices=LetterKind.choices)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, blank=True)
    last_event = models.BigIntegerField(help_text=_("What happened later is not part of it."))
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["by", "key"], name="letter_run_once")]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.kind}: {self.done} of {self.total}"
