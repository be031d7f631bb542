"""Who was helped, with how much, how soon; by trade and by place, as at a day, in two queries for however many funds.

A file that was erased counts as one business: nothing says any more which.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from grants.enums import LedgerKind
from grants.quick import rows_of
from grants.statistics.cells import SMALL
from grants.statistics.groups import Group, largest_first
from grants.statistics.trades import division_of, trade_label


class Row(NamedTuple):
    """What one application was granted for one premises, as at the day."""

    application: int
    undertaking: str
    naf: str
    headcount: int | None
    commune: str
    epci: str
    granted_cents: int
    credited_cents: int


@dataclass(frozen=True, slots=True)
class Business:
    """An undertaking that was helped. Its place is that of the premises with most of its relief."""

    naf: str
    headcount: int | None
    commune: str
    epci: str
    granted_cents: int
    credited_cents: int


@dataclass(frozen=True, slots=True)
class Delays:
    """Median days from filing; None where no application has come so far. `credited`: how many have."""

    to_opinion: int | None
    to_decision: int | None
    to_credit: int | None
    credited: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one fund or several. `jobs`: the employees of the businesses whose headcount is known."""

    as_at: date
    businesses: list[Business]
    delays: Delays

    @property
    def helped(self) -> int:
        return len(self.businesses)

    @property
    def granted_cents(self) -> int:
        return sum(business.granted_cents for business in self.businesses)

    @property
    def credited_cents(self) -> int:
        return sum(business.credited_cents for business in self.businesses)

    @property
    def tells_credited(self) -> bool:
        """Whether what is credited, and what is not yet, are each of nobody or of five businesses at least."""
        begun = sum(business.credited_cents > 0 for business in self.businesses)
        unfinished = sum(business.credited_cents < business.granted_cents for business in self.businesses)
        return not any(0 < count < SMALL for count in (begun, unfinished))

    @property
    def jobs(self) -> int:
        return sum(business.headcount or 0 for business in self.businesses)

    @property
    def headcount_unknown(self) -> int:
        return sum(business.headcount is None for business in self.businesses)

    @property
    def average_cents(self) -> int | None:
        return self.granted_cents // self.helped if self.helped else None

    @property
    def median_cents(self) -> int | None:
        return median(business.granted_cents for business in self.businesses)

    @property
    def epci_unknown(self) -> int:
        return sum(not business.epci for business in self.businesses)

    def trades(self) -> list[Group]:
        """By division of the NAF."""
        return grouped(self.businesses, lambda one: division_of(one.naf), trade_label, lambda one: one.naf)

    def communes(self, businesses: Sequence[Business] | None = None) -> list[Group]:
        kept = self.businesses if businesses is None else businesses
        return grouped(kept, lambda one: one.commune, lambda name: name or _("commune not recorded"))

    def places(self) -> list[tuple[Group, list[Group]]]:
        """Each EPCI with its communes."""
        epcis = grouped(self.businesses, lambda one: one.epci, lambda name: name)
        return [
            (epci_shown(epci), self.communes([one for one in self.businesses if one.epci == epci.label]))
            for epci in epcis
        ]


def epci_shown(group: Group) -> Group:
    if group.label:
        return group
    return Group(_("EPCI not recorded"), group.businesses, group.cents, group.jobs)


def grouped(
    businesses: Iterable[Business],
    key: Callable[[Business], str],
    label: Callable[[str], str],
    code: Callable[[Business], str] = lambda _one: "",
) -> list[Group]:
    """The businesses by a key, the largest group first; the groups add up to all of them."""
    by_key: dict[str, list[Business]] = {}
    for business in businesses:
        by_key.setdefault(key(business), []).append(business)
    return largest_first(
        Group(
            label=label(name),
            businesses=len(members),
            cents=sum(one.granted_cents for one in members),
            jobs=sum(one.headcount or 0 for one in members),
            codes=tuple(sorted({code(one) for one in members} - {""})),
        )
        for name, members in by_key.items()
    )


def figures(fund_ids: Sequence[int], as_at: date) -> Figures:
    """The figures of these funds together, as at the end of a day."""
    kinds = {
        "granted": [LedgerKind.COMMIT.value],
        "ungranted": [LedgerKind.DECOMMIT.value, LedgerKind.REVERSE.value],
        "credited": [LedgerKind.CREDIT.value],
        "uncredited": [LedgerKind.UNCREDIT.value, LedgerKind.REVERSE.value],
    }
    asked = {"funds": list(fund_ids), "as_at": as_at} | kinds
    rows = [Row(*row) for row in rows_of(GRANTED, asked)]
    return Figures(as_at, helped(rows), delays(rows_of(TIMES, asked)))


def helped(rows: Sequence[Row]) -> list[Business]:
    """The undertakings that hold a grant, with all that they hold."""
    by_undertaking: dict[str, list[Row]] = {}
    for row in rows:
        by_undertaking.setdefault(row.undertaking, []).append(row)
    found = []
    for held in by_undertaking.values():
        granted = sum(row.granted_cents for row in held)
        if granted:
            main = max(held, key=lambda row: (row.granted_cents, -row.application, row.commune))
            credited = sum(row.credited_cents for row in held)
            found.append(Business(main.naf, main.headcount, main.commune, main.epci, granted, credited))
    return found


def delays(rows: Iterable[Sequence[date | None]]) -> Delays:
    """`rows`: when each application was filed, assessed, decided and credited to its end."""
    times = list(rows)
    to_opinion, to_decision, to_credit = (days_to(times, column) for column in (1, 2, 3))
    return Delays(median(to_opinion), median(to_decision), median(to_credit), len(to_credit))


def days_to(times: Iterable[Sequence[date | None]], column: int) -> list[int]:
    """A step from before the last filing is that of a file reopened since: it says nothing of this one."""
    found = []
    for row in times:
        filed, reached = row[0], row[column]
        if filed is not None and reached is not None and reached >= filed:
            found.append((reached - filed).days)
    return found


def median(values: Iterable[int]) -> int | None:
    """The middle one; between two, their mean rounded down."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


# One row per application and premises: a line's kind of movement says what it adds to and takes from a grant.
GRANTED: Final = """
SELECT file.id,
    CASE WHEN EXISTS (SELECT FROM grants_erasure erasure WHERE erasure.application_id = file.id)
         THEN 'erased ' || file.id ELSE coalesce(nullif(file.siren, ''), tenant.siren, 'tenant ' || tenant.id) END,
    coalesce(nullif(tenant.naf_rev2, ''), tenant.naf_2025), tenant.headcount, premises.commune, premises.epci,
    sum(CASE WHEN entry.kind = ANY(%(granted)s) THEN entry.amount_cents
             WHEN entry.kind = ANY(%(ungranted)s) THEN -entry.amount_cents ELSE 0 END)::bigint,
    sum(CASE WHEN entry.kind = ANY(%(credited)s) THEN entry.amount_cents
             WHEN entry.kind = ANY(%(uncredited)s) THEN -entry.amount_cents ELSE 0 END)::bigint
FROM grants_ledgerentry entry
JOIN grants_application file ON file.id = entry.application_id
JOIN landlords_tenantbusiness tenant ON tenant.id = file.tenant_id
JOIN grants_reliefline line ON line.id = entry.relief_line_id
JOIN landlords_premises premises ON premises.id = line.premises_id
WHERE entry.fund_id = ANY(%(funds)s::bigint[]) AND entry.value_date <= %(as_at)s
GROUP BY file.id, tenant.id, premises.commune, premises.epci ORDER BY file.id, premises.commune
"""
TIMES: Final = """
SELECT file.submitted_on,
    CASE WHEN file.assessed_on <= %(as_at)s THEN file.assessed_on END,
    CASE WHEN file.decided_on <= %(as_at)s THEN file.decided_on END,
    CASE WHEN file.state = 'credited' THEN (
        SELECT max(value_date) FROM grants_ledgerentry entry
        WHERE entry.application_id = file.id AND entry.kind = ANY(%(credited)s)
        HAVING max(value_date) <= %(as_at)s
    ) END
FROM grants_application file WHERE file.fund_id = ANY(%(funds)s::bigint[]) AND file.submitted_on <= %(as_at)s
"""
