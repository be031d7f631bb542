"""Every kind of export, by its code: a new kind adds its line here."""

from collections.abc import Mapping
from typing import Final

from grants.exports.issued_letters import ISSUED_LETTERS
from grants.exports.kinds import ExportKind

KINDS: Final[tuple[ExportKind, ...]] = (ISSUED_LETTERS,)

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.code: kind for kind in KINDS}
