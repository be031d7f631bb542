"""What the kinds of document are called. A charter may ask for others: these are shown in its own word. A leaf."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.eligibility import Evidence

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MANDATE: Final = "mandat"
OTHER: Final = "autre"
NAMES: "Final[dict[str, _StrPromise]]" = {
    MANDATE: _("signed mandate"),
    OTHER: _("other document"),
    "justificatif_chiffre_affaires": _("proof of turnover"),
    "bail": _("lease contract"),
}

PROVES: Final = {"justificatif_chiffre_affaires": "turnover_by_month"}
"""Kinds that are no single form of evidence, and the fact each is asked for."""


class Kind(str):
    """A kind of document that reads as its name where it is shown."""

    __slots__ = ()

    def __str__(self) -> str:
        return kind_label(self[:])


def kind_label(kind: str) -> str:
    """A kind of document as its reader knows it."""
    if kind in NAMES:
        return str(NAMES[kind])
    return str(Evidence(kind).label) if kind in Evidence.values else kind.replace("_", " ")


def kind_of(text: str, known: Iterable[str] = ()) -> str:
    """The kind that somebody writes by its name; `known` ones come first, a word of their own is a new one."""
    named = {kind_label(kind).casefold(): kind for kind in (*Evidence.values, *NAMES, *known)}
    return named.get(text.strip().casefold(), text.strip())
