"""A rent roll that somebody handed in, from its check to its import."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.models.fund import Fund
from landlords.models import RentRollImport


class RentRollCheck(models.Model):
    """One file, what a trial run said of it, and the import it became.

    `content` is what was checked and so what is imported; it is emptied then, as nobody needs it twice. `layout`:
    {"line": the header's, "facts": {place: fact}}; empty while the columns are guessed. A check that led to nothing
    is deleted after a week.

    `work`: what the worker is to do with a large file, or is doing. Its outcome and `work` change in one transaction;
    `lines_done` and `told_at` are told beside it.
    """

    class Work(models.TextChoices):
        NONE = "", _("nothing")
        CHECK = "check", _("check")
        IMPORT = "import", _("import")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="rent_roll_checks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    key = models.CharField(max_length=200)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    columns = models.JSONField(default=dict)
    layout = models.JSONField(default=dict)
    first_month = models.DateField(null=True, blank=True)
    last_month = models.DateField(null=True, blank=True)
    report = models.JSONField(default=dict)
    imported = models.OneToOneField(
        RentRollImport, null=True, blank=True, on_delete=models.PROTECT, related_name="checked"
    )

    work = models.CharField(max_length=6, choices=Work.choices, default=Work.NONE, db_default="", blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    lines_done = models.PositiveIntegerField(default=0, db_default=0)
    lines_expected = models.PositiveIntegerField(null=True, blank=True)
    refused = models.TextField(blank=True, default="", db_default="")
    """Why the worker didn't do it, where that is no fault of the file."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "by", "key"], name="rent_roll_checked_once"),
            models.CheckConstraint(
                condition=Q(first_month__isnull=True, last_month__isnull=True)
                | Q(first_month__isnull=False, last_month__isnull=False),
                name="rent_roll_months_are_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.sha256[:8]})"
