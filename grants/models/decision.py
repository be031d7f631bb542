"""What people decided on an application: the opinion, the visas, the requests to undo."""

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from grants.enums import Opinion, RequestKind, RequestState, ReversalReason
from grants.models.application import Application, ReliefLine


class Assessment(models.Model):
    """An assessor's opinion, with what it was judged on.

    `record`: criteria, facts and findings as `eligibility.record` writes them, so that it can be replayed.
    `amounts`: {line id: proposed cents}. `resolved`: {criterion code: note} for the findings to verify.
    Retention empties `record` and `resolved`; nothing else ever changes.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="assessments")
    charter = models.ForeignKey("grants.Charter", on_delete=models.PROTECT, related_name="+")
    opinion = models.CharField(max_length=12, choices=Opinion.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    record = models.JSONField()
    resolved = models.JSONField(default=dict)
    amounts = models.JSONField(default=dict)

    class Meta:
        triggers: ClassVar = [
            pgtrigger.Protect(name="assessment_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="assessment_only_erased",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.record <> '{}' OR NEW.resolved <> '{}'
                        OR (NEW.id, NEW.application_id, NEW.charter_id, NEW.opinion, NEW.by_id, NEW.on, NEW.amounts)
                            IS DISTINCT FROM
                            (OLD.id, OLD.application_id, OLD.charter_id, OLD.opinion, OLD.by_id, OLD.on, OLD.amounts)
                        OR NOT EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = OLD.application_id)
                    THEN
                        RAISE EXCEPTION 'an assessment never changes; retention empties those of an erased file'
                            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'assessment_only_erased';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.opinion}"


class Visa(models.Model):
    """One approver's visa: it binds an assessment and each line's amount, and dies with the eligible state."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="visas")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="visas")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    amounts = models.JSONField()
    living = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "by"], condition=Q(living=True), name="two_visas_are_by_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.by_id}"


class ReversalRequest(models.Model):
    """A payer's request to cancel, uncredit or reverse chosen lines; another person, an approver, settles it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    reason = models.CharField(max_length=20, choices=ReversalReason.choices)
    lines = models.ManyToManyField(ReliefLine, related_name="requests")
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    notice_sent_on = models.DateField(null=True, blank=True)
    reply_until = models.DateField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("asked_by")), name="request_needs_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind} ({self.state})"
