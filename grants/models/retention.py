"""What keeps a file from being erased, and what is left to say that it was."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.models.application import Application
from grants.models.fund import Fund


class LegalHold(models.Model):
    """Nothing of a file, or of a whole fund, is erased while a hold lives: an audit or a dispute needs it."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE (lifted_by_id, lifted_on, reason)")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="holds")
    application = models.ForeignKey(Application, null=True, blank=True, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_on = models.DateField(_("since"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_on = models.DateField(_("lifted on"), null=True, blank=True)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(lifted_on__isnull=True), name="one_living_hold_per_file"
            ),
            models.UniqueConstraint(
                fields=["fund"],
                condition=Q(lifted_on__isnull=True, application__isnull=True),
                name="one_living_hold_per_fund",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.application_id or ''}"


class RetentionRun(models.Model):
    """The certificate of a run that erased something: what, when, under which rules. Counts, no names."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    at = models.DateTimeField(_("at"))
    on = models.DateField(_("judged on"))
    rules = models.JSONField(_("rules"))
    rules_version = models.CharField(_("version of the rules"), max_length=12)
    counts = models.JSONField(_("counts"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("erasure certificate")
        verbose_name_plural = _("erasure certificates")
        triggers: ClassVar = [pgtrigger.Protect(name="run_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.digest[:12]}"


class Erasure(models.Model):
    """This file was erased: what is left has no name. The database refuses one that comes too early (migration)."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    application = models.OneToOneField(Application, on_delete=models.PROTECT, primary_key=True, related_name="erasure")
    rule = models.CharField(_("rule"), max_length=20)
    on = models.DateField(_("erased on"))

    class Meta:
        verbose_name = _("erased file")
        verbose_name_plural = _("erased files")

    def __str__(self) -> str:
        return f"{self.application_id} {self.rule}"


class EliminationList(models.Model):
    """Files proposed for elimination to the public archives (bordereau d'élimination); erased once they signed it."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE (visa_ref, visa_by_id, visa_on)")

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="elimination_lists")
    prepared_on = models.DateField(_("prepared on"))
    rules_version = models.CharField(_("version of the rules"), max_length=12)
    rows = models.JSONField(_("files"))
    digest = models.CharField(_("digest"), max_length=64)
    visa_ref = models.CharField(_("reference of the visa"), max_length=100, blank=True)
    visa_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    visa_on = models.DateField(_("visa given on"), null=True, blank=True)

    class Meta:
        verbose_name = _("elimination list")
        verbose_name_plural = _("elimination lists")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(visa_on__isnull=True, visa_by__isnull=True, visa_ref="")
                | (Q(visa_on__isnull=False, visa_by__isnull=False) & ~Q(visa_ref="")),
                name="visa_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.prepared_on:%Y-%m-%d}"
