"""Which request a key of a run on many files stands for."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class BulkKey(models.Model):
    """One run: its key is bound to one plan and one mode. What it did are the events of its rows.

    `request_hash`: SHA-256 of the plan's digest and the mode.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "action", "key"], name="bulk_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"
