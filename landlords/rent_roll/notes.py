"""What is remembered from batch to batch: who said what first, whom something is missing of."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Final

from landlords.models import Premises, TenantBusiness
from landlords.rent_roll.columns import Columns
from landlords.rent_roll.consistency import FirstTold
from landlords.rent_roll.findings import Finding, Findings
from landlords.rent_roll.lines import Line

_COLUMN_OF_FIELD: Final = {"naf_rev2": "naf", "naf_2025": "naf"}
_COLUMNS_OF_MISSING: Final = {"naf": ("naf", "naf_rev2", "naf_2025")}


class Notes:
    def __init__(self, columns: Columns, errors: Findings, warnings: Findings) -> None:
        self.columns = columns
        self.errors = errors
        self.warnings = warnings
        self.premises = FirstTold(field.name for field in Premises._meta.get_fields() if field.concrete)
        self.tenants = FirstTold(field.name for field in TenantBusiness._meta.get_fields() if field.concrete)
        self.contacts = FirstTold(["email", "phone"])
        self.names: dict[str, str] = {}
        """By SIRET, how the file calls the business first."""
        self.without_column: Counter[str] = Counter()
        self._complete_or_told: set[uuid.UUID] = set()

    def note_names(self, lines: Iterable[Line]) -> None:
        """What a line with the SIRET says is the name, also for lines without one that stand before it."""
        for line in lines:
            if line.siret:
                self.names.setdefault(line.siret, str(line.tenant["legal_name"]))

    def differ(self, code: str, line: Line, fact: str, other: int) -> None:
        """Warn that two lines disagree about a tenant or its premises."""
        column = self.columns.header(_COLUMN_OF_FIELD.get(fact, fact))
        self.warnings.add(Finding(code, line.number, column, params={"other": other}))

    def contradict(self, code: str, line: Line, fact: str, **params: object) -> None:
        """Refuse a line that can't be true together with what is recorded."""
        self.errors.add(Finding(code, line.number, self.columns.header(fact), params=params))

    def refuse(self, code: str, line: Line, **params: object) -> None:
        params["lease"] = line.lease_reference
        self.errors.add(Finding(code, line.number, self.columns.header("siret"), line.siret, params))

    def tell_missing(self, line: Line, tenant: TenantBusiness) -> None:
        """Warn once of each tenant that is to be completed; of a missing column, once for the file."""
        if tenant.uuid in self._complete_or_told:
            return
        self._complete_or_told.add(tenant.uuid)
        for fact in tenant.missing_facts():
            columns = [column for column in _COLUMNS_OF_MISSING.get(fact, (fact,)) if self.columns.header(column)]
            if columns:
                self.warnings.add(Finding(f"missing_{fact}", line.number, self.columns.header(columns[0])))
            else:
                self.without_column[fact] += 1
