"""Tokens by which a program acts for a person: some of the person's roles in one fund, for some time."""

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.enums import Role
from grants.models.fund import Fund

PREFIX = "fundadmin_"
SECRET_BYTES = 32
SHOWN = len(PREFIX) + 6  # characters by which a person tells its tokens apart


class ApiToken(models.Model):
    """Only the SHA-256 of the secret is kept: 256 random bits need no slow hash, and no salt to be found by."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE (revoked_at, used_on)")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=8, choices=Role.choices))
    name = models.CharField(_("what it is for"), max_length=100)
    start = models.CharField(max_length=SHOWN)
    digest = models.CharField(max_length=64, unique=True)
    # As sessions do, a token ends when its holder's account is disabled: enabled again, it finds none open.
    sessions_key = models.UUIDField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    used_on = models.DateField(_("last used on"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(roles__len__gt=0), name="token_gives_a_role"),
        ]

    def __str__(self) -> str:
        return f"{self.start}… ({self.name})"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]

    def is_valid_at(self, moment: datetime) -> bool:
        return self.revoked_at is None and moment < self.expires_at


def new_secret() -> str:
    """What is shown once. Its beginning lets a scanner of published code know it for ours."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
