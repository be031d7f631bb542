"""The numbered list of what an approver decided in one sitting, as it was signed and filed."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.models.application import Document
from grants.models.event import Event
from grants.models.fund import Fund


class DecisionList(models.Model):
    """A “bordereau de décisions”: numbered 1, 2, 3 per fund without a gap; it never changes, nor does its paper."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="decision_lists")
    number = models.PositiveIntegerField(_("number"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(_("day of the decisions"))
    made_at = models.DateTimeField()
    granted_cents = models.BigIntegerField()
    head_number = models.PositiveIntegerField()
    head_digest = models.CharField(max_length=64)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("decision list")
        verbose_name_plural = _("decision lists")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "number"], name="decision_list_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} n° {self.number}"


class ListedDecision(models.Model):
    """One decision on a list; a decision stands on one list only."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    decision_list = models.ForeignKey(DecisionList, on_delete=models.PROTECT, related_name="decisions")
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="listed")

    def __str__(self) -> str:
        return f"{self.decision_list_id}: {self.event_id}"
