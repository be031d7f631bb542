"""Every kind of export, by its code: a new kind adds its line here."""

from collections.abc import Mapping
from typing import Final

from grants.exports.kinds import ExportKind
from grants.exports.pack.kind import PACK

KINDS: Final[tuple[ExportKind, ...]] = (PACK,)

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.code: kind for kind in KINDS}
