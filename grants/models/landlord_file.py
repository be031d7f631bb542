"""What comes back from the landlord's books: its files of posted credit notes, its extracts of tenants' accounts."""

import uuid
from datetime import date, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.enums import ReliefForm
from grants.models.application import ReliefLine
from grants.models.fund import Fund
from landlords.models import Lease

KEPT_DAYS: Final = 7
"""A file that nobody confirms."""


class LandlordFile(models.Model):
    """A file as it was handed in and read, what was said of it, and who confirmed it.

    The file itself isn't kept once it is read: its rows are, without names. A large one is read by the worker, and
    `read_at` is None until then. One that nobody confirmed is deleted after a week. How far it is, is told while it is
    read, and again while it is carried out.
    `faults` and `warnings` concern the file as a whole, or lines that couldn't be read: {line, column, value, message,
    remedy}.
    """

    class Kind(models.TextChoices):
        CREDIT_NOTES = "credit_notes", _("posted credit notes")
        ACCOUNT = "account", _("extract of tenants' accounts")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="landlord_files")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    key = models.CharField(max_length=200)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    form = models.CharField(max_length=16, choices=ReliefForm.choices, blank=True)
    schedules = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    faults = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(default=b"", blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    lines_done = models.PositiveIntegerField(default=0)
    lines_expected = models.PositiveIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("landlord's file")
        verbose_name_plural = _("landlord's files")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "by", "key"], name="landlord_file_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True, finished_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="landlord_file_confirmed_by",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, confirmed_at__isnull=True) | Q(read_at__isnull=False, content=b""),
                name="landlord_file_read_then_confirmed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["confirmed_at"],
                condition=Q(confirmed_at__isnull=False, finished_at=None),
                name="landlord_file_unfinished",
            ),
            models.Index(fields=["at"], condition=Q(read_at=None), name="landlord_file_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.sha256[:8]})"

    @property
    def forgotten_on(self) -> date:
        """The day on which it is deleted where nobody confirms it."""
        return timezone.localdate(self.at) + timedelta(days=KEPT_DAYS)


class LandlordFileRow(models.Model):
    """One line of it: what it tells, the relief lines it is about, what is to be done with it or was."""

    class State(models.TextChoices):
        READY = "ready", _("matches exactly")
        FAULT = "fault", _("to be settled")
        KNOWN = "known", _("nothing to do")
        ASIDE = "aside", _("not examined")
        DONE = "done", _("recorded")
        REFUSED = "refused", _("refused")

    file = models.ForeignKey(LandlordFile, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    told = models.JSONField(default=dict)
    lines = ArrayField(models.BigIntegerField(), default=list, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sentences = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        ordering = ("file", "line")
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "line"], name="landlord_file_row_once")]
        indexes: ClassVar = [models.Index(fields=["file", "state", "line"], name="landlord_file_row_state")]

    def __str__(self) -> str:
        return f"{self.file_id}.{self.line} {self.state}"


class BookedCredit(models.Model):
    """What the landlord's books say of a voucher, as a confirmed file told it. Only ever added to, and once.

    Of a file of credit notes: a relief line and its voucher (`relief_line` is given). Of an account extract: a line of
    the tenant's account, credit less debit. `digest` says which, so that handing it in again adds nothing.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="booked_credits")
    file = models.ForeignKey(LandlordFile, on_delete=models.PROTECT, related_name="booked")
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="+")
    relief_line = models.ForeignKey(ReliefLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voucher_ref = models.CharField(max_length=60)
    booked_on = models.DateField()
    gross_cents = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("booked credit")
        verbose_name_plural = _("booked credits")
        constraints: ClassVar = [models.UniqueConstraint(fields=["fund", "digest"], name="booked_credit_once")]
        indexes: ClassVar = [models.Index(fields=["fund", "voucher_ref"], name="booked_credit_voucher")]

    def __str__(self) -> str:
        return f"{self.voucher_ref} {self.booked_on} {self.gross_cents}"
