"""Who was told by mail that they have a role in a fund, and whether the mail left."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.models.fund import Fund


class Invitation(models.Model):
    """One person's invitation to a fund: the letter, which may be sent again. The role is the `FundMember`'s."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE (sent_at, failed_at)")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "user"], name="invited_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.fund_id}"

    @property
    def is_sent(self) -> bool:
        """Whether the last attempt to send it went through."""
        return self.sent_at is not None and (self.failed_at is None or self.failed_at < self.sent_at)
