"""An auditor's sample of a fund and its working papers: beside the fund's own records, never part of them.

What was drawn, and of what, never changes. Findings are typed until the sample is signed off or given up; then nothing
changes any more. Both are the database's to hold (migration 0022), whoever writes.
"""

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants.enums import Found, SampleMethod, SampleScope, SampleState, SampleUnit, Side
from grants.models.application import Application, ReliefLine
from grants.models.fund import Fund

ERASED_NOTE: Final = "effacé"
"""What is left of a note on a file that retention erased."""


class Sample(models.Model):
    """What was drawn of a fund, how, and by whom.

    `strata`: per stratum its bound and size as asked, and what the population had in it. `population_digest` and the
    head of the chain say of what exactly, so that it can be drawn again. `side`: whose auditors it belongs to.
    """

    app_privileges: ClassVar[tuple[str, ...]] = (
        "SELECT",
        "INSERT",
        "UPDATE (state, closed_by_id, closed_at, conclusion)",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="samples")
    number = models.PositiveIntegerField(_("number"))
    side = models.CharField(_("side"), max_length=8, choices=Side.choices)
    unit = models.CharField(_("sample of"), max_length=4, choices=SampleUnit.choices)
    scope = models.CharField(_("population"), max_length=8, choices=SampleScope.choices)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    method = models.CharField(_("method"), max_length=10, choices=SampleMethod.choices)
    seed = models.CharField(_("seed"), max_length=64)
    strata = models.JSONField(_("strata"))
    population_count = models.PositiveIntegerField(_("population"))
    population_cents = models.BigIntegerField(_("population (cents)"))
    undone_cents = models.BigIntegerField(_("undone of earlier periods (cents)"))
    population_digest = models.CharField(max_length=64)
    head_number = models.PositiveBigIntegerField()
    head_digest = models.CharField(max_length=64)
    item_count = models.PositiveIntegerField(_("drawn"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("drawn at"))
    key = models.CharField(max_length=200)
    state = models.CharField(_("state"), max_length=9, choices=SampleState.choices, default=SampleState.OPEN)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(_("conclusion"), blank=True)

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "number"], name="sample_number_once"),
            models.UniqueConstraint(fields=["made_by", "key"], name="sample_once"),
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="sample_period"),
            models.CheckConstraint(
                condition=Q(item_count__gt=0, item_count__lte=F("population_count")), name="sample_within_population"
            ),
            models.CheckConstraint(
                condition=Q(state=SampleState.OPEN, closed_by__isnull=True, closed_at__isnull=True, conclusion="")
                | (
                    ~Q(state=SampleState.OPEN) & Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(conclusion="")
                ),
                name="sample_closed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} n° {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state == SampleState.OPEN


class SampleItem(models.Model):
    """One unit drawn, its sheet, and what was found: nothing yet, where `outcome` is empty."""

    app_privileges: ClassVar[tuple[str, ...]] = (
        "SELECT",
        "INSERT",
        "UPDATE (outcome, at_risk_cents, note, found_by_id, found_at)",
    )

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField(_("number"))
    stratum = models.PositiveSmallIntegerField(_("stratum"))
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(ReliefLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cents = models.BigIntegerField(_("amount (cents)"))
    digest = models.CharField(max_length=64)
    outcome = models.CharField(_("finding"), max_length=7, choices=Found.choices, blank=True)
    at_risk_cents = models.BigIntegerField(_("amount at risk (cents)"), default=0)
    note = models.TextField(_("note"), blank=True)
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    found_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file of a sample")
        verbose_name_plural = _("files of a sample")
        ordering = ("sample_id", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sample", "position"], name="sample_position_once"),
            models.UniqueConstraint(
                fields=["sample", "application", "line"], nulls_distinct=False, name="sample_draws_once"
            ),
            models.CheckConstraint(condition=Q(position__gt=0, cents__gt=0), name="sample_item_is_something"),
            models.CheckConstraint(
                condition=Q(outcome=Found.AT_RISK, at_risk_cents__gt=0, at_risk_cents__lte=F("cents"))
                | (~Q(outcome=Found.AT_RISK) & Q(at_risk_cents=0)),
                name="sample_risk_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", Found.NOTHING]) | ~Q(note=""), name="sample_anomaly_is_explained"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", found_by__isnull=True, found_at__isnull=True, note="")
                | (~Q(outcome="") & Q(found_by__isnull=False, found_at__isnull=False)),
                name="sample_finding_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id}.{self.position} {self.outcome}"
