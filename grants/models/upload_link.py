"""Links by which a tenant sends documents without an account: each to one file, for some kinds, once, for some days."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.models.application import Application

SECRET_BYTES = 32


class UploadLink(models.Model):
    """Only the SHA-256 of the secret is kept: 256 random bits need no slow hash, and no salt to be found by."""

    # It goes with its draft, as the documents do.
    app_privileges: ClassVar[tuple[str, ...]] = (
        "SELECT",
        "INSERT",
        "UPDATE (used_at, revoked_at, revoked_by_id)",
        "DELETE",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="upload_links")
    digest = models.CharField(max_length=64, unique=True)
    kinds = ArrayField(models.CharField(max_length=60))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    key = models.CharField(max_length=200, blank=True, db_default="")
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("upload link")
        verbose_name_plural = _("upload links")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kinds__len__gt=0), name="upload_link_asks_for_something"),
            models.UniqueConstraint(
                fields=["application", "made_by", "key"], condition=~models.Q(key=""), name="upload_link_made_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {', '.join(self.kinds)}"

    @property
    def days(self) -> int:
        """For how many days it was made."""
        # Its end was reckoned a moment before it was written.
        return (self.expires_at - self.made_at + timedelta(hours=1)).days

    def is_open_at(self, moment: datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and moment < self.expires_at


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
