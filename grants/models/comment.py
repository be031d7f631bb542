"""What people say to each other about a file: beside its story, never part of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.enums import Visibility
from grants.models.application import Application


class Comment(models.Model):
    """A note for the writer's own side, or for both. It goes with the file, and the tenant may ask to read it."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE (text, edited_at)", "DELETE")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    text = models.TextField(_("comment"))
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["by", "key"], name="comment_once"),
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.visibility}"
