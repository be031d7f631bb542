"""One-time links by which a tenant sends documents to its file: made and revoked by the advisor, used by their holder.

What comes in is attached in the name of the advisor who made the link, who has the advisor's hand in the file already;
the event names the link.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.documents import KIND_LIMIT, Upload, store
from grants.actions.readable import unreadable, unusable_key
from grants.actions.scanning import scan
from grants.actions.turn import DISCARDED, KEY_REUSED, action, begin_on, refuse_if, state_breaches
from grants.enums import Action, Visibility
from grants.exceptions import BadInput, Breach, KeyReused, RuleRefused
from grants.models import Application, Document, UploadLink
from grants.models.upload_link import digest_of, new_secret
from grants.permissions import asking_for, check

if TYPE_CHECKING:
    from fundadmin.models import User

MOST_DAYS: Final = 30
KINDS_LIMIT: Final = 5
OPEN_LIMIT: Final = 5
"""Links of one application that wait at the same time."""


def make_link(
    *, application: Application, kinds: Sequence[str], days: int, by: "User", key: str, on: date | None = None
) -> tuple[UploadLink, str]:
    """A link for some kinds of document, for `days` days; and its secret, told this once: "" for the same key again.

    The link itself says who made it and who ended it: it decides nothing, so it is no event. Raises NotAllowed for
    whoever may not attach, RuleRefused where the file takes no document any more or has its links, KeyReused, BadInput
    with all that is wrong.
    """
    check(asking_for(Action.ATTACH, by, application, on or timezone.localdate()))
    bad = unusable_key(key) + unreadable({"kinds": list(kinds), "key": key})
    if not 0 < len(kinds) <= KINDS_LIMIT or any(not 0 < len(kind) <= KIND_LIMIT for kind in kinds):
        message = _("Choose from 1 to %(limit)s kinds of document.")
        bad.append(Breach("kinds", message, {"limit": KINDS_LIMIT}, "kinds"))
    if not 0 < days <= MOST_DAYS:
        bad.append(Breach("days", _("A link lasts from 1 to %(most)s days."), {"most": MOST_DAYS}, "days"))
    if bad:
        raise BadInput(bad)
    asked_for = sorted(set(kinds))
    with transaction.atomic():
        file = Application.objects.select_for_update(no_key=True).filter(pk=application.pk).first()
        if file is None:
            raise RuleRefused([DISCARDED])
        made_before = file.upload_links.filter(made_by=by, key=key).first()
        if made_before is not None:
            if (made_before.kinds, made_before.days) != (asked_for, days):
                raise KeyReused([KEY_REUSED])
            return made_before, ""
        refuse_if(state_breaches(Action.ATTACH, file.state) + open_link_breaches(file))
        secret = new_secret()
        link = file.upload_links.create(
            digest=digest_of(secret),
            kinds=asked_for,
            made_by=by,
            key=key,
            expires_at=timezone.now() + timedelta(days=days),
        )
    return link, secret


def open_link_breaches(application: Application) -> list[Breach]:
    waiting = application.upload_links.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())
    if waiting.count() < OPEN_LIMIT:
        return []
    message = _("This application has %(limit)s links that wait for documents: end one of them first.")
    return [Breach("too_many_links", message, {"limit": OPEN_LIMIT})]


def revoke_link(*, link: UploadLink, by: "User", on: date | None = None) -> UploadLink:
    """End a link now. Revoking it again changes nothing, nor does revoking one that was used."""
    check(asking_for(Action.ATTACH, by, link.application, on or timezone.localdate()))
    with transaction.atomic():
        read = UploadLink.objects.select_for_update().get(pk=link.pk)
        if read.revoked_at is None and read.used_at is None:
            read.revoked_at, read.revoked_by = timezone.now(), by
            read.save(update_fields=["revoked_at", "revoked_by"])
    return read


def link_of(secret: str, moment: datetime) -> UploadLink | None:
    """The link that a secret opens at a moment; one that is used, revoked or too old is none."""
    link = UploadLink.objects.filter(digest=digest_of(secret)).select_related(
        "application__fund__landlord", "application__charter", "application__tenant", "made_by"
    )
    found = link.first()
    return found if found is not None and found.is_open_at(moment) else None


def receive(*, link: UploadLink, uploads: Sequence[Upload]) -> Application:
    """Attach what a tenant sent, all of it or nothing, and close the link. Sent twice, it is kept once.

    Raises BadInput with all that is wrong with the files, RuleRefused where the link or the file is closed by now.
    """
    by, key = link.made_by, f"link:{link.uuid}"
    asked_for = [upload for upload in uploads if upload.kind in link.kinds]
    if not asked_for:
        raise BadInput([Breach("no_file", _("Choose at least one photo or file."), pointer="content")])
    for upload in asked_for:
        scan(upload.name, upload.content, fund=link.application.fund, by=by, action=Action.ATTACH, key=key)
    try:
        return _receive(application=link.application, link=link, uploads=asked_for, by=by, key=key)
    except KeyReused as refusal:
        raise RuleRefused([LINK_CLOSED]) from refusal


@action
def _receive(
    *, application: Application, link: UploadLink, uploads: Sequence[Upload], by: "User", key: str
) -> Application:
    asked: list[dict[str, Any]] = [upload.asked() for upload in uploads]
    turn = begin_on(Action.ATTACH, application, by=by, key=key, on=None, uploads=asked)
    if turn.replay:
        return turn.application
    held = UploadLink.objects.select_for_update().get(pk=link.pk)
    if not held.is_open_at(turn.at):
        raise RuleRefused([LINK_CLOSED])
    check(asking_for(Action.ATTACH, by, turn.application, turn.on))
    refuse_if(turn.breaches())
    stored: list[Document] = []
    found: list[Breach] = []
    for upload in uploads:
        try:
            stored.append(store(turn.fund, upload, by=by, application=turn.application, link=held))
        except BadInput as refusal:
            found += refusal.breaches
    if found:
        raise BadInput(found)
    held.used_at = turn.at
    held.save(update_fields=["used_at"])
    kept = [{"kind": document.kind, "sha256": document.sha256, "size": document.size} for document in stored]
    told = {"link": str(held.uuid), "visibility": str(Visibility.CHAMBER), "documents": kept}
    return turn.finish(data=told)


LINK_CLOSED = Breach(
    "link_closed", _("This link was used or ended: ask your advisor at the chamber of trades for another one.")
)
