"""Tokens for programs: made by the person they act for, shown once, revoked at any time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.readable import too_long, unreadable
from grants.enums import Role
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import ApiToken, Fund
from grants.models.token import SHOWN, digest_of, new_secret
from grants.permissions import memberships

if TYPE_CHECKING:
    from fundadmin.models import User


def make_token(
    *, fund: Fund, roles: Sequence[str], name: str, days: int, by: "User", on: date | None = None
) -> tuple[ApiToken, str]:
    """A token for some of the roles that `by` holds in the fund, for `days` days; and its secret, shown this once.

    Raises BadInput with all that is wrong, NotAllowed for a role that isn't held.
    """
    if by.scope is not None:
        raise NotAllowed([Breach("by_token", _("A token makes no other token: log in."))])
    most = settings.API_TOKEN_MAX_DAYS
    bad = []
    if not roles:
        bad.append(Breach("roles", _("Name at least one role."), pointer="roles"))
    if not name.strip():
        bad.append(Breach("name", _("Say what the token is for."), pointer="name"))
    bad += too_long(ApiToken, "name", name, "name") + list(unreadable({"name": name}))
    if not 0 < days <= most:
        bad.append(Breach("days", _("A token lasts from 1 to %(most)s days."), {"most": most}, "days"))
    if bad:
        raise BadInput(bad)
    held = {member.role for member in memberships(by, fund.pk, on or timezone.localdate())}
    if any(role not in held for role in roles):
        message = _("You hold only these roles in this fund: %(roles)s.")
        labels = ", ".join(str(role.label) for role in Role if role in held)
        raise NotAllowed([Breach("role_missing", message, {"roles": labels}, "roles")])
    secret = new_secret()
    token = ApiToken.objects.create(
        user=by,
        fund=fund,
        roles=sorted(set(roles)),
        name=name,
        start=secret[:SHOWN],
        digest=digest_of(secret),
        sessions_key=by.sessions_key,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token, secret


def revoke_token(*, token: ApiToken, by: "User") -> ApiToken:
    """End a token now. Revoking it again changes nothing. Raises NotAllowed for somebody else's."""
    if token.user_id != by.pk:
        raise NotAllowed([Breach("not_yours", _("This token is somebody else's."))])
    with transaction.atomic():
        read = ApiToken.objects.select_for_update().get(pk=token.pk)
        if read.revoked_at is None:
            read.revoked_at = timezone.now()
            read.save(update_fields=["revoked_at"])
    return read


def note_use(token: ApiToken, at: datetime) -> None:
    """Keep the day a token was last used; at most one write a day."""
    today = timezone.localdate(at)
    if token.used_on != today:
        ApiToken.objects.filter(pk=token.pk).exclude(used_on=today).update(used_on=today)
