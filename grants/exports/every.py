"""Every kind of export, by its code: a new kind adds its line here."""

from collections.abc import Mapping
from typing import Final

from grants.exports.ageing import AGEING
from grants.exports.four_eyes import FOUR_EYES
from grants.exports.kinds import ExportKind
from grants.exports.ledger_files import LEDGER_CSV, LEDGER_JSONL

KINDS: Final[tuple[ExportKind, ...]] = (
    LEDGER_CSV,
    LEDGER_JSONL,
    AGEING,
    FOUR_EYES,
)

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.code: kind for kind in KINDS}
