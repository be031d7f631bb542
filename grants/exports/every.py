"""Every kind of export, by its code: a new kind adds its line here."""

from collections.abc import Mapping
from typing import Final

from grants.exports.ageing import AGEING
from grants.exports.applications_table import APPLICATIONS_CSV, APPLICATIONS_XLSX
from grants.exports.credit_schedule import CREDIT_SCHEDULE
from grants.exports.credits_to_issue import CREDITS_TO_ISSUE
from grants.exports.deminimis_register import DEMINIMIS_REGISTER
from grants.exports.fec import FEC
from grants.exports.four_eyes import FOUR_EYES
from grants.exports.issued_letters import ISSUED_LETTERS
from grants.exports.kinds import ExportKind
from grants.exports.ledger_files import LEDGER_CSV, LEDGER_JSONL
from grants.exports.ledger_workbook import LEDGER_XLSX
from grants.exports.pack.kind import PACK
from grants.exports.reconciliation import RECONCILIATION
from grants.exports.scdl import SCDL

KINDS: Final[tuple[ExportKind, ...]] = (
    LEDGER_XLSX,
    LEDGER_CSV,
    LEDGER_JSONL,
    APPLICATIONS_XLSX,
    APPLICATIONS_CSV,
    AGEING,
    FOUR_EYES,
    FEC,
    SCDL,
    DEMINIMIS_REGISTER,
    PACK,
    ISSUED_LETTERS,
    CREDIT_SCHEDULE,
    CREDITS_TO_ISSUE,
    RECONCILIATION,
)

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.code: kind for kind in KINDS}
