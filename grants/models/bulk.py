"""One action on many files, carried out in the background: what was confirmed, and what became of each file."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants.enums import Action
from grants.models.application import Application
from grants.models.event import Event
from grants.models.fund import Fund


class BulkRun(models.Model):
    """A plan that a person confirmed, and how far it is carried out.

    `plan` is emptied when it is done: it may hold free text, which the events of its rows keep where retention looks.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="bulk_runs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40, choices=Action.choices)
    mode = models.CharField(max_length=4, choices=[("each", _("one by one")), ("all", _("all or none"))])
    key = models.CharField(max_length=180)
    plan = models.JSONField(default=dict)
    plan_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("bulk run")
        verbose_name_plural = _("bulk runs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["by", "key"], name="bulk_run_once")]
        indexes: ClassVar = [
            models.Index(fields=["made_at"], condition=models.Q(finished_at=None), name="bulk_run_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.uuid}"


class BulkRow(models.Model):
    """One file of a run, in the order it is taken, and what became of it."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("not done, as another was refused")

    run = models.ForeignKey(BulkRun, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField()
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sentences = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        ordering = ("run", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "application"], name="bulk_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.position} {self.state}"
