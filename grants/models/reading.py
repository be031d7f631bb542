"""Who read what: every document, every export, and everything an auditor opened. Kept until retention deletes it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from grants.enums import Reading
from grants.models.fund import Fund


class ReadLog(models.Model):
    """One read. `object_uuid` names the one thing read; `filter_text` says which part of many, as it was asked for.

    There is no foreign key to the thing: a document may be deleted, who read it may not.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey(Fund, null=True, on_delete=models.PROTECT, related_name="readings")
    what = models.CharField(_("what"), max_length=20, choices=Reading.choices)
    object_uuid = models.UUIDField(_("which"), null=True, blank=True)
    filter_text = models.CharField(_("filter"), max_length=500, blank=True)
    at = models.DateTimeField(_("read at"), db_default=Now())

    class Meta:
        verbose_name = _("read")
        verbose_name_plural = _("log of reads")
        indexes: ClassVar = [
            models.Index(fields=["fund", "at"], name="read_in_fund"),
            models.Index(fields=["object_uuid"], name="read_of_object"),
            # Retention asks by age alone.
            models.Index(fields=["at"], name="read_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user_id} {self.what}"
