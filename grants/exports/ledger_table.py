"""The journal of a fund as a table: everything a verifier of the chain needs, and what a person reads beside it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from grants import ledger
from grants.enums import LEDGER_ROUTES, Account, LedgerKind
from grants.exceptions import Breach, RuleRefused
from grants.exports.kinds import Wanted
from grants.exports.tables import Column, Kind, Table
from grants.money import Cents
from landlords.enums import Component

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def labelled(column: str, labels: "Mapping[str, _StrPromise]") -> sql.Composed:
    """A code of ours as its label, written by the database."""
    cases = [sql.SQL("WHEN {} THEN {}").format(sql.Literal(c), sql.Literal(str(text))) for c, text in labels.items()]
    return sql.SQL("CASE {} {} END").format(sql.SQL(column), sql.SQL(" ").join(cases))


KINDS: Final = {kind.value: kind.label for kind in LedgerKind}
HELD: Final = tuple(account for account in Account if account != Account.ENDOWMENT)
"""The accounts that hold something: the endowment is where it comes from."""
COMPONENTS: Final = {component.value: component.label for component in Component}

ROWS: Final = """
FROM grants_ledgerentry entry
JOIN grants_event event ON event.id = entry.event_id
JOIN grants_charter charter ON charter.id = entry.charter_id
LEFT JOIN fundadmin_user person ON person.id = event.user_id
LEFT JOIN grants_application application ON application.id = entry.application_id
LEFT JOIN grants_reliefline line ON line.id = entry.relief_line_id
LEFT JOIN landlords_lease lease ON lease.id = line.lease_id
LEFT JOIN landlords_tenantbusiness tenant ON tenant.id = application.tenant_id
LEFT JOIN grants_ledgerentry undone ON undone.id = entry.reverses_id
LEFT JOIN grants_event credited ON credited.id = undone.event_id
WHERE {} ORDER BY entry.number
"""
VOUCHER: Final = "CASE WHEN entry.kind = 'credit' THEN event.data ->> 'voucher' ELSE credited.data ->> 'voucher' END"


def ledger_table(wanted: Wanted, *, names: bool) -> Table:
    """The entries asked for. `names`: with those of tenants and people, for whoever has a side in the fund."""
    readable, technical = _columns(names=names and bool(wanted.reader.sides))
    return Table((*readable, *technical), sql.SQL(ROWS).format(chosen(wanted)), len(readable))


def _columns(*, names: bool) -> tuple[list[Column], list[Column]]:
    """What people read, and what a verifier of the chain needs beside it."""

    def column(name: str, label: "_StrPromise", kind: Kind, value: str, width: int = 12) -> Column:
        return Column(name, label, kind, sql.SQL(value), width)

    named = [
        column("tenant", _("Tenant business"), Kind.TEXT, "tenant.legal_name", 32),
        column("siret", _("SIRET"), Kind.CODE, "tenant.siret", 16),
        column("recorded_by", _("Recorded by"), Kind.TEXT, "coalesce(person.full_name, '')", 22),
    ]
    readable = [
        column("number", _("Number"), Kind.NUMBER, "entry.number", 9),
        column("value_date", _("Value date"), Kind.DAY, "entry.value_date", 11),
        Column("kind_label", _("Movement"), Kind.CODE, labelled("entry.kind", KINDS), 22),
        column("amount", _("Amount (EUR)"), Kind.CENTS, "entry.amount_cents", 13),
        column("application", _("Application"), Kind.TEXT, "application.reference", 17),
        *(named if names else []),
        column("lease", _("Lease"), Kind.TEXT, "lease.reference", 10),
        column("month", _("Month relieved"), Kind.DAY, "line.month", 11),
        Column("component_label", _("Component"), Kind.CODE, labelled("line.component", COMPONENTS), 20),
        column("voucher", _("Voucher"), Kind.TEXT, VOUCHER, 16),
        column("reverses", _("Undoes the entry"), Kind.NUMBER, "undone.number", 9),
        column("available_after", _("Available afterwards (EUR)"), Kind.CENTS, "entry.available_after", 13),
        column("reserved_after", _("Reserved afterwards (EUR)"), Kind.CENTS, "entry.reserved_after", 13),
        column("committed_after", _("Committed afterwards (EUR)"), Kind.CENTS, "entry.committed_after", 13),
        column("credited_after", _("Credited afterwards (EUR)"), Kind.CENTS, "entry.credited_after", 13),
    ]
    return readable, [
        column("posted_at", _("Posted at (UTC)"), Kind.INSTANT, "entry.posted_at", 28),
        column("kind", _("Kind (code)"), Kind.CODE, "entry.kind", 18),
        column("source", _("From account (code)"), Kind.CODE, "entry.source"),
        column("target", _("To account (code)"), Kind.CODE, "entry.target"),
        column("component", _("Component (code)"), Kind.CODE, "line.component", 15),
        column("charter_version", _("Charter version"), Kind.NUMBER, "charter.version", 9),
        column("event", _("Event"), Kind.CODE, "event.uuid", 38),
        column("event_key", _("Event (number in the chain)"), Kind.NUMBER, "entry.event_id"),
        column("application_key", _("Application (number in the chain)"), Kind.NUMBER, "entry.application_id"),
        column("relief_line_key", _("Line (number in the chain)"), Kind.NUMBER, "entry.relief_line_id"),
        column("digest", _("Digest"), Kind.CODE, "entry.digest", 68),
    ]


def chosen(wanted: Wanted) -> sql.Composed:
    """Which entries: of the fund, of the days asked for by value date."""
    bounds = (("since", ">="), ("until", "<="), ("as_at", "<="))
    asked = [(operator, day) for name, operator in bounds if (day := getattr(wanted, name))]
    parts = [sql.SQL("entry.fund_id = {}").format(wanted.fund.pk)]
    parts += [sql.SQL("entry.value_date {} {}").format(sql.SQL(operator), day) for operator, day in asked]
    return sql.SQL(" AND ").join(parts)


class KindTotal(NamedTuple):
    """What the entries of one kind come to."""

    kind: LedgerKind
    rows: int
    cents: int


class Totals(NamedTuple):
    """Of the entries asked for: by kind, the first and last number, and what each account holds after the last."""

    by_kind: tuple[KindTotal, ...]
    first_number: int | None
    last_number: int | None
    before: ledger.PositionAt | None
    """As at the day before the first one asked for; None from the fund's first entry on."""
    held: ledger.PositionAt
    """As at the last day asked for."""
    head: tuple[int, str]
    last_day: date | None
    """The last one asked for, or else that of the last entry: never today, so that tomorrow it is the same."""

    @property
    def rows(self) -> int:
        return sum(total.rows for total in self.by_kind)

    def sums_cents(self) -> dict[str, int]:
        """For the manifest: the movements by kind, then the accounts afterwards."""
        moved = {str(total.kind): total.cents for total in self.by_kind}
        return moved | {f"{account}_after": self.held_cents(account) for account in HELD}

    def before_cents(self, account: Account) -> int:
        return getattr(self.before, f"{account}_cents") if self.before else 0

    def held_cents(self, account: Account) -> int:
        return int(getattr(self.held, f"{account}_cents"))

    def moved_cents(self, account: Account) -> int:
        """What the movements put into an account, less what they took from it."""
        gained = sum(total.cents for total in self.by_kind if LEDGER_ROUTES[total.kind][1] == account)
        return gained - sum(total.cents for total in self.by_kind if LEDGER_ROUTES[total.kind][0] == account)


TOTALS: Final = """
SELECT kind, count(*), sum(amount_cents)::bigint, min(number), max(number), max(value_date)
FROM grants_ledgerentry entry WHERE {} GROUP BY kind
"""


def totals(wanted: Wanted) -> Totals:
    """The totals that the manifest tells. Raises RuleRefused where entries and position do not agree to the cent."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(TOTALS).format(chosen(wanted)).as_string(connection.connection))
        found = {row[0]: row for row in cursor.fetchall()}
    rows = [KindTotal(kind, found[kind][1], found[kind][2]) for kind in LedgerKind if kind in found]
    last_day = min((day for day in (wanted.until, wanted.as_at) if day), default=None)
    held = ledger.position_as_at(wanted.fund.pk, last_day) if last_day else ledger.position(wanted.fund.pk)
    told = Totals(
        tuple(rows),
        min((row[3] for row in found.values()), default=None),
        max((row[4] for row in found.values()), default=None),
        ledger.position_as_at(wanted.fund.pk, wanted.since - timedelta(days=1)) if wanted.since else None,
        held,
        (held.last_number, held.last_digest),
        last_day or max((row[5] for row in found.values()), default=None),
    )
    check(told)
    return told


def check(told: Totals) -> None:
    """Nothing leaves that the position contradicts: whoever reads it would reckon with it."""
    given = {account: told.before_cents(account) + told.moved_cents(account) for account in HELD}
    wrong = [
        Breach(
            "ledger_disagrees",
            _("The entries give %(given)s for “%(account)s”, the position says %(held)s: verify the ledger first."),
            {"account": account.label, "given": Cents(cents), "held": Cents(told.held_cents(account))},
        )
        for account, cents in given.items()
        if cents != told.held_cents(account)
    ]
    if wrong:
        raise RuleRefused(wrong)
