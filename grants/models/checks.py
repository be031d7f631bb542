"""What the nightly verification of a fund's ledger found."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.models.fund import Fund


class LedgerCheck(models.Model):
    """One verification: how many faults, the first of them as sentences, and the chain's head at that moment."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField(_("verified at"))
    faults = models.PositiveIntegerField(_("faults"))
    sentences = models.JSONField(_("first faults"), default=list, blank=True)
    last_number = models.PositiveBigIntegerField(_("last movement"))
    last_digest = models.CharField(_("last digest"), max_length=64)
    details_kept = models.PositiveIntegerField(_("details of events that agree with their digest"))
    details_erased = models.PositiveIntegerField(_("details of events erased by retention"))

    class Meta:
        verbose_name = _("verification of the ledger")
        verbose_name_plural = _("verifications of the ledger")
        indexes: ClassVar = [models.Index(fields=["fund", "-at"], name="last_check_of_fund")]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.at:%Y-%m-%d}: {self.faults}"
