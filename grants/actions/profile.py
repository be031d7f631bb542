"""What people change about themselves: their name, their language. Their roles are others' to change."""

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.actions.invitations import NAME_LIMIT
from grants.exceptions import BadInput, Breach
from grants.models import FundMember

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES: Final = frozenset({"", *(code for code, _name in settings.LANGUAGES)})


def save_profile(*, full_name: str, language: str, by: User) -> User:
    """Keep one's name and language. Raises BadInput with all that is wrong."""
    name = " ".join(full_name.split())
    if found := list(_breaches(name, language, by)):
        raise BadInput(found)
    by.full_name, by.language = name, language
    by.save(update_fields=["full_name", "language"])
    return by


def end_sessions(*, by: User) -> User:
    """End every session of a person; whoever asks is logged in again by the page."""
    by.sessions_key = uuid4()
    by.save(update_fields=["sessions_key"])
    return by


def _breaches(name: str, language: str, by: User) -> "Iterator[Breach]":
    if not name or not name.isprintable():
        yield Breach("name", _("Write your name as others know it."), pointer="full_name")
    if len(name) > NAME_LIMIT:
        yield Breach("name", _("A name has at most %(limit)s characters."), {"limit": NAME_LIMIT}, "full_name")
    # Decisions are read by name: nobody takes a colleague's.
    own = FundMember.objects.filter(user=by).values("fund")
    colleague = FundMember.objects.filter(fund__in=own, user=OuterRef("pk"))
    if User.objects.filter(Exists(colleague), full_name__iexact=name).exclude(pk=by.pk).exists():
        yield Breach(
            "name", _("A colleague in one of your funds bears this name: tell yourselves apart."), {}, "full_name"
        )
    if language not in LANGUAGES:
        yield Breach("language", _("Choose one of the languages."), pointer="language")
