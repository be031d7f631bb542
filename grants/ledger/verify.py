"""Recomputes a fund's ledger from its rows alone, in Python: what the database's triggers checked, checked again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from grants.enums import LEDGER_ROUTES, Account
from grants.exceptions import shown
from grants.ledger.canonical import canonical_text, digest, genesis
from grants.ledger.models import KINDS_THAT_REVERSE, KINDS_WITHOUT_LINE, LedgerEntry, Position
from grants.ledger.positions import today
from grants.money import Cents

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ROWS_AT_A_TIME = 5_000
ACCOUNTS = tuple(
    account.value for account in (Account.AVAILABLE, Account.RESERVED, Account.COMMITTED, Account.CREDITED)
)
ROUTES: Mapping[str, tuple[str, str]] = {
    kind.value: (source.value, target.value) for kind, (source, target) in LEDGER_ROUTES.items()
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `code` is stable; `number` is the ledger entry concerned, if it is about one."""

    code: str
    number: int | None
    message: "str | _StrPromise"
    params: Mapping[str, object] = field(default_factory=dict)

    def sentence(self) -> str:
        return str(self.message) % {name: shown(value) for name, value in self.params.items()}


class Row(NamedTuple):
    """What is read of each entry, in this order."""

    number: int
    kind: str
    source: str
    target: str
    amount_cents: int
    event_id: int
    application_id: int | None
    relief_line_id: int | None
    charter_id: int
    value_date: date
    posted_at: datetime
    reverses_id: int | None
    available_after: int
    reserved_after: int
    committed_after: int
    credited_after: int
    digest: str

    @property
    def balances(self) -> tuple[int, int, int, int]:
        return self.available_after, self.reserved_after, self.committed_after, self.credited_after


def text_of(row: "Row | LedgerEntry", *, charter_version: int, reverses_number: int | None) -> str:
    """What is hashed of a stored row; what it says of other rows is given, as readers have it each in their way."""
    return canonical_text(
        number=row.number,
        kind=row.kind,
        source=row.source,
        target=row.target,
        amount_cents=row.amount_cents,
        event_id=row.event_id,
        application_id=row.application_id,
        relief_line_id=row.relief_line_id,
        charter_version=charter_version,
        value_date=row.value_date,
        posted_at=row.posted_at,
        reverses_number=reverses_number,
        available_after=row.available_after,
        reserved_after=row.reserved_after,
        committed_after=row.committed_after,
        credited_after=row.credited_after,
    )


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside shows one instant, while others go on posting. In a transaction already open, its view."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def verify(fund_id: int) -> list[Fault]:
    """Every fault of the fund's ledger; none means that its numbers, chain, balances, ceilings and dates hold.

    Finds any row that was changed, removed, inserted or moved unless the whole chain after it was rewritten, and the
    position with it; that one shows against an earlier head (`verify_extends`). An endowment is checked against the
    ceiling of the charter version it names, the position against the current one. Read it within `snapshot()`.

    Raises Position.DoesNotExist.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM grants_fund WHERE id = %s", [fund_id])
        fund = cursor.fetchone()
    if fund is None:
        raise Position.DoesNotExist(f"No fund {fund_id}.")
    replay = _Replay(fund_id, code=fund[0])
    rows = LedgerEntry.objects.filter(fund_id=fund_id).order_by("number").values_list(*Row.__annotations__)
    faults = [fault for row in rows.iterator(chunk_size=ROWS_AT_A_TIME) for fault in replay.follow(Row(*row))]
    return [*faults, *replay.compare_position()]


def verify_extends(fund_id: int, number: int, digest: str) -> list[Fault]:
    """A fault unless the ledger still holds a chain head issued earlier: entry `number` with `digest`."""
    if number == 0:
        found = Position.objects.values_list("fund__code", flat=True).filter(pk=fund_id).first()
        found = found and genesis(found)
    else:
        found = LedgerEntry.objects.filter(fund_id=fund_id, number=number).values_list("digest", flat=True).first()
    if found == digest:
        return []
    message = _("The ledger was rewritten since this chain head was issued: entry %(number)s no longer has its digest.")
    return [Fault("head", number, message, {"number": number})]


class _Replay:
    """The ledger as far as it was read: what the next row must follow."""

    def __init__(self, fund_id: int, code: str) -> None:
        self.fund_id = fund_id
        self.number = 0
        self.digest = genesis(code)
        self.balances = (0, 0, 0, 0)
        self.value_date: date | None = None
        self.today = today()
        self.versions, self.ceilings, self.current_ceiling = self._charters()
        self.undone = self._undone()

    def _charters(self) -> tuple[dict[int, int], dict[int, int], int]:
        """The version number and the ceiling of each confirmed charter, by key, and the current ceiling."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, version, ceiling_cents FROM grants_charter"
                " WHERE fund_id = %s AND confirmed_at IS NOT NULL ORDER BY version",
                [self.fund_id],
            )
            rows = cursor.fetchall()
        versions = {key: version for key, version, _ceiling in rows}
        ceilings = {key: ceiling for key, _version, ceiling in rows}
        return versions, ceilings, rows[-1][2] if rows else 0

    def _undone(self) -> dict[int, tuple[int, bool]]:
        """By number of an entry that undoes a credit: the credit's number, and whether it may be undone by it."""
        pairs = LedgerEntry.objects.filter(fund_id=self.fund_id, reverses__isnull=False).select_related("reverses")
        return {
            entry.number: (
                entry.reverses.number,
                entry.reverses.kind == "credit"
                and entry.reverses.fund_id == entry.fund_id
                and entry.reverses.number < entry.number
                and entry.reverses.relief_line_id == entry.relief_line_id
                and entry.reverses.amount_cents == entry.amount_cents,
            )
            for entry in pairs.iterator(chunk_size=ROWS_AT_A_TIME)
            if entry.reverses is not None
        }

    def follow(self, row: Row) -> Iterator[Fault]:
        """The faults of one row after those read so far. Each is told once: the next row is judged by this one."""
        yield from self._faults_of_content(row)
        yield from self._faults_of_dates(row)
        if row.number == self.number + 1:
            yield from self._faults_of_balances(row)
            if digest(self._text(row), self.digest) != row.digest:
                message = _("Entry %(number)s was changed, moved or inserted: its digest doesn't match its content.")
                yield Fault("digest", row.number, message, {"number": row.number})
        else:
            message = _("Entry %(number)s follows entry %(previous)s: entries are missing between them.")
            yield Fault("number", row.number, message, {"number": row.number, "previous": self.number})
        self.number, self.digest, self.balances, self.value_date = row.number, row.digest, row.balances, row.value_date

    def _text(self, row: Row) -> str:
        return text_of(
            row,
            charter_version=self.versions.get(row.charter_id, 0),
            reverses_number=self.undone[row.number][0] if row.number in self.undone else None,
        )

    def _faults_of_content(self, row: Row) -> Iterator[Fault]:
        named = {"number": row.number}
        if (row.source, row.target) != ROUTES.get(row.kind):
            yield Fault(
                "route", row.number, _("Entry %(number)s moves money on a way that its kind doesn't have."), named
            )
        if row.amount_cents <= 0:
            yield Fault("amount", row.number, _("Entry %(number)s doesn't move a positive amount."), named)
        if (row.kind in KINDS_WITHOUT_LINE) != (row.application_id is None and row.relief_line_id is None):
            yield Fault("line", row.number, _("Entry %(number)s names a line where it shouldn't, or none."), named)
        if (row.kind in KINDS_THAT_REVERSE) != self.undone.get(row.number, (0, False))[1]:
            message = _("Entry %(number)s doesn't undo a credit of the same line and amount, or shouldn't.")
            yield Fault("reverses", row.number, message, named)
        if row.charter_id not in self.versions:
            yield Fault("charter", row.number, _("Entry %(number)s names no confirmed charter of the fund."), named)

    def _faults_of_dates(self, row: Row) -> Iterator[Fault]:
        named = {"number": row.number, "day": row.value_date}
        if self.value_date is not None and row.value_date < self.value_date:
            message = _("Entry %(number)s has a value date, %(day)s, before that of the entry before it.")
            yield Fault("value_date", row.number, message, named)
        if row.value_date > self.today:
            message = _("Entry %(number)s has a value date in the future, %(day)s.")
            yield Fault("value_date", row.number, message, named)

    def _faults_of_balances(self, row: Row) -> Iterator[Fault]:
        for account, before, after in zip(ACCOUNTS, self.balances, row.balances, strict=True):
            moved = row.amount_cents * ((row.target == account) - (row.source == account))
            named = {"number": row.number, "account": Account(account).label, "says": Cents(after)}
            if after != before + moved:
                message = _("Entry %(number)s says %(says)s in “%(account)s” where %(holds)s follow.")
                yield Fault("balance", row.number, message, named | {"holds": Cents(before + moved)})
            if after < 0:
                message = _("Entry %(number)s leaves “%(account)s” below zero: %(says)s.")
                yield Fault("overdraft", row.number, message, named)
        ceiling = self.ceilings.get(row.charter_id, 0)
        if row.kind == "endow" and sum(row.balances) > ceiling:
            message = _("Entry %(number)s endows beyond the charter's ceiling: %(endowed)s of %(ceiling)s.")
            named = {"number": row.number, "endowed": Cents(sum(row.balances)), "ceiling": Cents(ceiling)}
            yield Fault("ceiling", row.number, message, named)

    def compare_position(self) -> Iterator[Fault]:
        """Where the fund's position differs from the last row and the current charter."""
        position = Position.objects.filter(pk=self.fund_id).first()
        if position is None:
            yield Fault("position", None, _("The fund has no position."))
            return
        available, reserved, committed, credited = self.balances
        expected: dict[str, object] = {
            "last_number": self.number,
            "last_digest": self.digest,
            "last_value_date": self.value_date,
            "endowed_cents": Cents(sum(self.balances)),
            "available_cents": Cents(available),
            "reserved_cents": Cents(reserved),
            "committed_cents": Cents(committed),
            "credited_cents": Cents(credited),
            "ceiling_cents": Cents(self.current_ceiling),
        }
        labels = {field.name: field.verbose_name for field in Position._meta.concrete_fields}
        for name, value in expected.items():
            said = getattr(position, name)
            if said != value:
                message = _("The position's %(field)s is %(said)s; the ledger and the charter say %(value)s.")
                said = Cents(said) if isinstance(value, Cents) else said
                yield Fault("position", None, message, {"field": labels[name], "said": said, "value": value})
