"""The ledger as its canonical text has it, and what follows from it: positions and totals."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from grants.enums import LedgerKind
from grants.exports.kinds import Told
from grants.exports.pack.scope import Scope
from grants.ledger import LedgerEntry, text_of
from grants.ledger.canonical import genesis
from grants.ledger.verify import Row

HEADER: Final = (
    "number,kind,source,target,amount_cents,event,application,line,charter,value_date,posted_at,reverses,"
    "available_after,reserved_after,committed_after,credited_after,digest\n"
)
AT_A_TIME: Final = 5_000
ACCOUNTS: Final = ("available", "reserved", "committed", "credited")


@dataclass(slots=True)
class Ledger:
    """What was read of the ledger, for the parts after it. `days`: the last entry of each month, by its day."""

    head: tuple[int, str]
    balances: tuple[int, ...] = (0, 0, 0, 0)
    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    months: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def endowed_cents(self) -> int:
        return sum(self.balances)


def entries(scope: Scope, read: Ledger, told: Told) -> Iterator[str]:
    """Each row's canonical text with commas for its line breaks, then its digest. `read` is filled on the way."""
    yield HEADER
    rows = LedgerEntry.objects.filter(fund=scope.fund).order_by("number")
    if scope.as_at is not None:
        rows = rows.filter(value_date__lte=scope.as_at)
    of_all = rows.count()
    versions = dict(scope.fund.charters.values_list("pk", "version"))
    columns = (*Row.__annotations__, "reverses__number")
    for *values, reverses in rows.values_list(*columns).iterator(chunk_size=AT_A_TIME):
        row = Row(*values)
        if row.number % AT_A_TIME == 0:
            told(row.number, of_all)
        note(read, row)
        text = text_of(row, charter_version=versions[row.charter_id], reverses_number=reverses)
        yield f"{text.replace(chr(10), ',')}{row.digest}\n"


def note(read: Ledger, row: Row) -> None:
    read.head = (row.number, row.digest)
    read.balances = row.balances
    read.counts[row.kind] += 1
    read.sums[row.kind] += row.amount_cents
    read.months[f"{row.value_date:%Y-%m}"] = position(row.value_date, read)


def position(day: date, read: Ledger) -> dict[str, Any]:
    number, digest = read.head
    return {
        "day": day,
        "number": number,
        "endowed_cents": read.endowed_cents,
        **{f"{account}_cents": cents for account, cents in zip(ACCOUNTS, read.balances, strict=True)},
        "digest": digest,
    }


def unread(scope: Scope) -> Ledger:
    return Ledger(head=(0, genesis(scope.fund.code)))


TOTALS_HEADER: Final = "code;libellé;label;nombre/count;centimes/cents;euros\r\n"


def totals(read: Ledger, lines: Counter[str], approved: Counter[str]) -> Iterator[str]:
    """A sheet to open in a spreadsheet: accounts, kinds of movement, lines by state."""
    yield TOTALS_HEADER
    yield total("account:endowed", "", read.endowed_cents)
    for account, cents in zip(ACCOUNTS, read.balances, strict=True):
        yield total(f"account:{account}", "", cents)
    for kind in LedgerKind:
        yield total(f"kind:{kind.value}", read.counts[kind], read.sums[kind])
    for state in sorted(lines):
        yield total(f"lines:{state}", lines[state], approved[state])


def total(code: str, count: int | str, cents: int) -> str:
    french, english = LABELS[code]
    whole, rest = divmod(cents, 100)
    return f"{code};{french};{english};{count};{cents};{whole},{rest:02d}\r\n"


LABELS: Final = {
    "account:endowed": ("Doté", "Endowed"),
    "account:available": ("Disponible", "Available"),
    "account:reserved": ("Réservé", "Reserved"),
    "account:committed": ("Engagé", "Committed"),
    "account:credited": ("Imputé", "Credited"),
    "kind:endow": ("Dotation", "Endowment"),
    "kind:withdraw_endowment": ("Reprise de dotation", "Withdrawal of endowment"),
    "kind:reserve": ("Réservation", "Reservation"),
    "kind:release": ("Levée de réservation", "Release of reservation"),
    "kind:commit": ("Engagement", "Commitment"),
    "kind:decommit": ("Désengagement", "Decommitment"),
    "kind:credit": ("Imputation", "Credit"),
    "kind:uncredit": ("Remise à imputer", "Credit undone"),
    "kind:reverse": ("Annulation d’imputation", "Reversal of credit"),
    "lines:approved": ("Lignes accordées", "Lines approved"),
    "lines:cancelled": ("Lignes annulées", "Lines cancelled"),
    "lines:claimed": ("Lignes demandées", "Lines claimed"),
    "lines:credited": ("Lignes imputées", "Lines credited"),
    "lines:declined": ("Lignes écartées", "Lines declined"),
    "lines:draft": ("Lignes en brouillon", "Draft lines"),
    "lines:reversed": ("Lignes dont l’imputation est annulée", "Lines reversed"),
}
"""Both languages at once: the same bytes whoever asks. The approved amount is what lines are summed by."""
