"""Where each kind of export stands on the page, so that its reader finds it among many."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.exports.kinds import ExportKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SECTIONS: Final[tuple[tuple["_StrPromise", tuple[str, ...]], ...]] = (
    (
        _("Journal and applications"),
        ("ledger-xlsx", "ledger-csv", "ledger-jsonl", "applications-xlsx", "applications-csv"),
    ),
    (_("For the landlord's accounts"), ("credit-schedule", "credits-to-issue", "reconciliation", "ageing", "fec")),
    (_("For control and audit"), ("pack", "four-eyes")),
    (_("Letters"), ("letters",)),
    (_("To publish and to declare"), ("scdl", "deminimis_register")),
)
OTHERS: Final = _("Other exports")


def in_sections(kinds: Iterable[ExportKind]) -> Iterator[tuple["_StrPromise", list[ExportKind]]]:
    """The kinds under their headings; those that no section names come last."""
    left = {kind.code: kind for kind in kinds}
    for label, codes in SECTIONS:
        if found := [left.pop(code) for code in codes if code in left]:
            yield label, found
    if left:
        yield OTHERS, list(left.values())
