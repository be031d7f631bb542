"""Files in which the virus scanner found something: kept apart from the documents, for whoever looks into it."""

from typing import ClassVar

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from grants.models.fund import Fund


def quarantine_storage() -> Storage:
    return storages["quarantine"]


class QuarantinedFile(models.Model):
    """One refused file. Nothing serves it; an administrator takes it from the disk."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    found = models.CharField(_("what was found"), max_length=200)
    file = models.FileField(upload_to="%Y/%m", max_length=200, storage=quarantine_storage)
    at = models.DateTimeField(_("kept apart at"), db_default=Now())

    class Meta:
        verbose_name = _("quarantined file")
        verbose_name_plural = _("quarantined files")

    def __str__(self) -> str:
        return f"{self.name} ({self.found})"
