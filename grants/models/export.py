"""An export that somebody asked for: what of, how far it is, the file it became and what its manifest says."""

import uuid
from pathlib import Path
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.models.fund import Fund

TOLD: Final = ("state", "done_rows", "all_rows", "attempts", "told_at", "finished_at", "expires_at")
MADE: Final = ("file_name", "size", "sha256", "manifest", "codes", "sentences")
"""What changes after it was asked for. What was asked, by whom and when, never does."""


class Export(models.Model):
    """One request, made once for its key. The row stays when its file is gone: its manifest proves what was handed out.

    `reader`: as whom it reads, {"sides", "roles", "is_landlords"}: a token may give less than its holder has.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", f"UPDATE ({', '.join(TOLD + MADE)})")

    class State(models.TextChoices):
        WAITING = "waiting", _("being made")
        DONE = "done", _("ready")
        FAILED = "failed", _("not made")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="exports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    as_at = models.DateField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    reader = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done_rows = models.BigIntegerField(default=0)
    all_rows = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sentences = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["by", "key"], name="export_once"),
            models.CheckConstraint(
                condition=~Q(state="done")
                | (~Q(file_name="") & ~Q(sha256="") & Q(finished_at__isnull=False, expires_at__isnull=False)),
                name="export_done_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(finished_at__isnull=False, sentences__len__gt=0),
                name="export_failed_says_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["made_at"], condition=Q(state="waiting"), name="export_unfinished"),
            models.Index(fields=["by", "fund"], name="export_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def folder(self) -> Path:
        """Where its file lies once it is whole: never below a web root."""
        return exports_root() / str(self.uuid)

    @property
    def path(self) -> Path:
        return self.folder / self.file_name

    @property
    def is_there(self) -> bool:
        """Whether its file can be had now."""
        return self.state == self.State.DONE and not self.has_expired and self.path.is_file()

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


def exports_root() -> Path:
    return Path(settings.MEDIA_ROOT) / "exports"
