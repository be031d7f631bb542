"""Every kind of export, by its code: a new kind adds its line here."""

from collections.abc import Mapping
from typing import Final

from grants.exports.ageing import AGEING
from grants.exports.applications_table import APPLICATIONS_CSV, APPLICATIONS_XLSX
from grants.exports.four_eyes import FOUR_EYES
from grants.exports.issued_letters import ISSUED_LETTERS
from grants.exports.kinds import ExportKind
from grants.exports.ledger_files import LEDGER_CSV, LEDGER_JSONL
from grants.exports.ledger_workbook import LEDGER_XLSX

KINDS: Final[tuple[ExportKind, ...]] = (
    LEDGER_XLSX,
    LEDGER_CSV,
    LEDGER_JSONL,
    APPLICATIONS_XLSX,
    APPLICATIONS_CSV,
    AGEING,
    FOUR_EYES,
    ISSUED_LETTERS,
)

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.code: kind for kind in KINDS}
