"""Which documents a file takes, what they are called, and the files of one read into a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from grants.actions.documents import SIZE_LIMIT, Upload
from grants.document_kinds import MANDATE, OTHER, kind_label
from grants.eligibility import FACTS, parse_criteria
from grants.enums import DocumentTiming, Visibility
from grants.exceptions import BadInput, Breach
from grants.file_checks import clean_name
from grants.file_checks.joining import Part, join
from grants.models import Application, Document
from grants.queries import criteria_of

TOTAL_LIMIT: Final = 60 * 1024**2  # bytes of one request; docs/operations/nginx.conf lets as much through


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of document that a file takes, and those of it that are there."""

    kind: str
    timing: DocumentTiming | None
    documents: Sequence[Document] = ()

    @property
    def label(self) -> str:
        return kind_label(self.kind)

    @property
    def field(self) -> str:
        return f"file-{self.kind}"

    @property
    def is_missing(self) -> bool:
        return self.timing is not None and not self.documents


def wanted_by(application: Application) -> list[Wanted]:
    """What the charter asks for, with when; then what may come along; then what else is there."""
    there: dict[str, list[Document]] = {}
    for document in application.documents.select_related("upload_link").order_by("pk"):
        there.setdefault(document.kind, []).append(document)
    asked = {row["kind"]: DocumentTiming(row["timing"]) for row in application.charter.required_documents}
    kinds = dict.fromkeys([*asked, MANDATE, *proofs_of(application), OTHER, *there])
    return [Wanted(kind, asked.get(kind), there.get(kind, ())) for kind in kinds]


def proofs_of(application: Application) -> list[str]:
    """The best proof of each fact that the tenant supplies and nothing else in the charter asks to be proved."""
    if application.charter.required_documents:
        return []
    criteria = parse_criteria(criteria_of(application.charter))
    facts = dict.fromkeys(criterion.needs[0] for criterion in criteria)
    return [FACTS[name].evidence[0].value for name in facts if FACTS[name].visibility == Visibility.CHAMBER]


def timing_of(application: Application, kind: str) -> DocumentTiming | None:
    rows = application.charter.required_documents
    return next((DocumentTiming(row["timing"]) for row in rows if row["kind"] == kind), None)


def read_upload(application: Application, kind: str, files: "Sequence[UploadedFile[Any]]") -> Upload:
    """The files of one document, joined. Raises BadInput with what is wrong with each."""
    if sum(file.size or 0 for file in files) > TOTAL_LIMIT:
        raise BadInput([Breach("too_much", TOO_MUCH, {"limit": TOTAL_LIMIT // 1024**2}, "content")])
    large = [file for file in files if (file.size or 0) > SIZE_LIMIT]
    if large:
        raise BadInput(
            Breach("document_size", TOO_LARGE, {"name": clean_name(file.name or ""), "limit": SIZE_LIMIT // 1024**2})
            for file in large
        )
    paper = join([Part(file.name or "", file.read()) for file in files], kind_label(kind))
    return Upload(
        kind=kind,
        name=paper.name,
        content=paper.content,
        # What shows figures stays with the chamber; so does, to be safe, all else that a tenant hands in.
        visibility=Visibility.CHAMBER,
        timing=timing_of(application, kind),
    )


TOO_MUCH = _("Together the files have more than %(limit)s MB: send them in several parts.")
TOO_LARGE = _("“%(name)s” is larger than %(limit)s MB: choose a smaller size of photo, or send it in parts.")
