"""What a file somebody hands in really is, by its content; whether it may be kept, and under which name.

A leaf. Kept is what advisors, tenants and landlords really send: PDF, photos and scans, office files without macros,
plain text and CSV. Nothing is inflated beyond a fixed limit, nothing is run, and no name leads anywhere.

names.py: the name. kinds.py: what it is. office.py, pdf.py, plain_text.py: what is looked for inside.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from grants.exceptions import Breach
from grants.file_checks.kinds import ACCEPTED, FileKind, Text, kind_of, other_kind_inside
from grants.file_checks.names import clean_name, extension_of, with_extension
from grants.file_checks.office import office_problems
from grants.file_checks.pdf import pdf_problems
from grants.file_checks.plain_text import text_problems

__all__ = ["ACCEPTED", "Examined", "clean_name", "examine"]


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file is: a name that says it, its type by its content, and all that keeps it from being kept."""

    name: str
    media_type: str
    breaches: tuple[Breach, ...]


def examine(name: str, content: bytes) -> Examined:
    """Look at a file as somebody hands it in; its content decides, its name may only agree."""
    shown = clean_name(name)
    kind = kind_of(content)
    if kind is None:
        params = {"name": shown, "accepted": ", ".join(str(kind.label) for kind in ACCEPTED)}
        return Examined(shown, "", (Breach("document_type", NOT_ACCEPTED, params, "content"),))
    found = [Breach(code, text, {"name": shown}, "content") for code, text in _problems(content, kind)]
    written = extension_of(shown)
    if written and written not in kind.extensions:
        named = {"name": shown, "kind": str(kind.label), "extension": kind.extensions[0]}
        found.append(Breach("document_extension", OTHER_EXTENSION, named, "name"))
    return Examined(with_extension(shown, kind), kind.media_type, tuple(found))


def _problems(content: bytes, kind: FileKind) -> Iterator[tuple[str, Text]]:
    if other_kind_inside(content, kind):
        yield "document_two_kinds", TWO_KINDS
    if kind.is_office:
        yield from office_problems(content)
    elif kind.extensions[0] == "pdf":
        yield from pdf_problems(content)
    elif kind.is_text:
        yield from text_problems(content)


NOT_ACCEPTED = _("“%(name)s” is none of the types that are kept (%(accepted)s): save it as a PDF and attach that.")
OTHER_EXTENSION = _(
    "“%(name)s” is %(kind)s by its content, which its name doesn't say: check that it is the right file and rename it"
    " so that it ends in .%(extension)s."
)
TWO_KINDS = _("“%(name)s” can be read as two types of file at once, which no ordinary file can: print it to PDF again.")
