"""What there is to sample: what was credited, or approved, in a period, file by file or line by line.

Read from the ledger up to one of its numbers, so that it can be read again as it was: what was moved in the period by
value date, less what was undone in it. A unit counts where something is left; what the period undid of earlier ones is
told beside it, so that both together are the movement of the account in the period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.control.draw import Unit, population_digest
from grants.control.plan import Plan
from grants.enums import LedgerKind, SampleScope, SampleUnit
from grants.models import Fund
from grants.quick import rows_of

ADDS: Final[Mapping[SampleScope, Sequence[str]]] = {
    SampleScope.CREDITED: (LedgerKind.CREDIT.value,),
    SampleScope.APPROVED: (LedgerKind.COMMIT.value,),
}
TAKES: Final[Mapping[SampleScope, Sequence[str]]] = {
    SampleScope.CREDITED: (LedgerKind.UNCREDIT.value, LedgerKind.REVERSE.value),
    SampleScope.APPROVED: (LedgerKind.DECOMMIT.value,),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One unit of a population and what it is of."""

    unit: Unit
    application_id: int
    line_id: int | None


@dataclass(frozen=True, slots=True)
class Population:
    """`undone_cents`: what the period undid of earlier periods, and is in no unit."""

    members: Sequence[Member]
    undone_cents: int

    @property
    def units(self) -> list[Unit]:
        return [member.unit for member in self.members]

    @property
    def cents(self) -> int:
        return sum(member.unit.cents for member in self.members)

    @property
    def digest(self) -> str:
        return population_digest(self.units)


def population_of(fund: Fund, plan: Plan, *, up_to_number: int) -> Population:
    """In one query, in the order of the files."""
    rows = rows_of(
        BY_FILE if plan.unit == SampleUnit.FILE else BY_LINE,
        {
            "fund": fund.pk,
            "since": plan.since,
            "until": plan.until,
            "number": up_to_number,
            "adds": list(ADDS[plan.scope]),
            "kinds": [*ADDS[plan.scope], *TAKES[plan.scope]],
        },
    )
    members = [Member(Unit(key, cents), file, line) for file, line, key, cents in rows if cents > 0]
    return Population(members, -sum(cents for _file, _line, _key, cents in rows if cents < 0))


MOVED: Final = "sum(CASE WHEN entry.kind = ANY(%(adds)s) THEN entry.amount_cents ELSE -entry.amount_cents END)::bigint"
WITHIN: Final = """
WHERE entry.fund_id = %(fund)s AND entry.value_date BETWEEN %(since)s AND %(until)s AND entry.number <= %(number)s
    AND entry.kind = ANY(%(kinds)s)
"""
BY_FILE: Final = f"""
SELECT file.id, NULL::bigint, file.reference, {MOVED}
FROM grants_ledgerentry entry JOIN grants_application file ON file.id = entry.application_id
{WITHIN} GROUP BY file.id ORDER BY file.reference
"""  # noqa: S608 - made of constants
BY_LINE: Final = f"""
SELECT line.application_id, line.id, line.uuid::text, {MOVED}
FROM grants_ledgerentry entry JOIN grants_reliefline line ON line.id = entry.relief_line_id
{WITHIN} GROUP BY line.id ORDER BY line.application_id, line.id
"""  # noqa: S608 - made of constants
