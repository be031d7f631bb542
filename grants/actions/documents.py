"""Documents: evidence and mandates attached to an application, signed papers attached to a fund's decisions."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from grants.actions.files import note_written
from grants.actions.scanning import scan
from grants.actions.turn import action, begin_on, refuse_if
from grants.document_kinds import Kind
from grants.eligibility import FACTS
from grants.enums import Action, DocumentTiming, Visibility
from grants.exceptions import BadInput, Breach, RuleRefused
from grants.file_checks import Examined, examine
from grants.models import Application, Document, Fund, UploadLink
from grants.permissions import asking_for, check

if TYPE_CHECKING:
    from fundadmin.models import User

SIZE_LIMIT = 20 * 1024 * 1024  # bytes
KIND_LIMIT = 60  # characters

FIGURES: Final = frozenset(
    evidence.value for fact in FACTS.values() if fact.visibility == Visibility.CHAMBER for evidence in fact.evidence
) - {evidence.value for fact in FACTS.values() if fact.visibility != Visibility.CHAMBER for evidence in fact.evidence}
"""Kinds that prove nothing but what only the chamber reads: a tenant's turnover, above all."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody hands it in. Evidence of turnover stays with the chamber: the default visibility."""

    kind: str
    name: str
    content: bytes
    visibility: Visibility = Visibility.CHAMBER
    timing: DocumentTiming | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def asked(self) -> dict[str, str | None]:
        """What is hashed of a request; the content by its digest."""
        return {
            "kind": self.kind,
            "name": self.name,
            "visibility": self.visibility,
            "timing": self.timing,
            "sha256": self.sha256,
        }


@action
def attach(*, application: Application, upload: Upload, by: "User", key: str, on: date | None = None) -> Application:
    """Attach a document to an application. The scanner sees it first, as long as nothing is locked."""
    scan(upload.name, upload.content, fund=application.fund, by=by, action=Action.ATTACH, key=key)
    turn = begin_on(Action.ATTACH, application, by=by, key=key, on=on, **upload.asked())
    if turn.replay:
        return turn.application
    check(asking_for(Action.ATTACH, by, turn.application, turn.on))
    refuse_if(turn.breaches())
    document = store(turn.fund, upload, by=by, application=turn.application)
    told = {name: getattr(document, name) for name in ("kind", "sha256", "size", "visibility")}
    return turn.finish(data=told)


@action
def remove(
    *, application: Application, document: Document, by: "User", key: str, on: date | None = None
) -> Application:
    """Take a document out of a draft: its content goes with it. It is an edit; what was filed keeps its documents."""
    turn = begin_on(Action.EDIT, application, by=by, key=key, on=on, document=document.pk)
    if turn.replay:
        return turn.application
    check(asking_for(Action.EDIT, by, turn.application, turn.on))
    refuse_if(turn.breaches())
    there = turn.application.documents.filter(pk=document.pk).first()
    if there is None:
        raise RuleRefused([Breach("document_gone", _("This document was removed already."))])
    there.delete()
    transaction.on_commit(partial(there.file.storage.delete, str(there.file.name)))
    return turn.finish(data={"changed": ["documents"], "removed": {"kind": there.kind, "sha256": there.sha256}})


def store(
    fund: Fund,
    upload: Upload,
    *,
    by: "User",
    application: Application | None = None,
    link: UploadLink | None = None,
) -> Document:
    """Keep a file under a random name, with its digest. Raises BadInput when it can't be kept.

    Whoever calls this has had it scanned.
    """
    # Of what is too large only the beginning is looked at.
    examined = examine(upload.name, upload.content[: SIZE_LIMIT + 1])
    if found := upload_breaches(upload, examined):
        raise BadInput(found)
    document = Document(
        fund=fund,
        application=application,
        kind=upload.kind,
        timing=upload.timing or "",
        visibility=upload.visibility,
        name=examined.name,
        media_type=examined.media_type,
        size=len(upload.content),
        sha256=upload.sha256,
        added_by=by,
        upload_link=link,
    )
    document.file.save(f"{document.uuid}.bin", ContentFile(upload.content), save=False)
    note_written(document.file)
    document.save()
    return document


def upload_breaches(upload: Upload, examined: Examined) -> list[Breach]:
    """What keeps a file from being kept: a kind nobody could name, no content or too much, what it is or holds."""
    found = []
    if not 0 < len(upload.kind) <= KIND_LIMIT:
        message = _("Say what “%(name)s” is, in at most %(limit)s characters.")
        found.append(Breach("document_kind", message, {"name": examined.name, "limit": KIND_LIMIT}, "kind"))
    if not 0 < len(upload.content) <= SIZE_LIMIT:
        message = _("“%(name)s” is empty or larger than %(limit)s MB.")
        params = {"name": examined.name, "limit": SIZE_LIMIT // 1024**2}
        return [*found, Breach("document_size", message, params, "content")]
    if upload.kind in FIGURES and upload.visibility != Visibility.CHAMBER:
        message = _("“%(kind)s” shows what only the chamber may read: attach it for the chamber only.")
        found.append(Breach("document_visibility", message, {"kind": upload.kind}, "visibility"))
    return [*found, *examined.breaches]


def document_breaches(application: Application, *timings: DocumentTiming) -> list[Breach]:
    """The documents that the charter asks for by now and that are not there."""
    present = {document.kind for document in application.documents.all()}
    return [
        Breach(
            "document",
            _("A document is missing: %(kind)s."),
            {"kind": Kind(wanted["kind"])},
            f"documents/{wanted['kind']}",
            application.charter.articles.get("required_documents", ""),
        )
        for wanted in application.charter.required_documents
        if wanted["timing"] in timings and wanted["kind"] not in present
    ]
