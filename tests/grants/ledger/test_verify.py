"""Tampering, by a superuser with the triggers off: what was changed, removed, inserted or moved is found and named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import sql

from grants import ledger
from grants.enums import LedgerKind
from grants.ledger import Fault
from grants.ledger.canonical import digest, genesis
from grants.ledger.posting import COLUMNS
from tests.grants.ledger.conftest import CEILING, Book, add_charter, add_event, add_line, open_book
from tests.grants.ledger.forgery import INSERT, next_row, text_of, values

pytestmark = pytest.mark.django_db(transaction=True)

POSITION_COLUMNS = [
    "last_number",
    "endowed_cents",
    "available_cents",
    "reserved_cents",
    "committed_cents",
    "credited_cents",
    "ceiling_cents",
]


@pytest.fixture
def superuser(superuser_cursor: psycopg.Cursor) -> psycopg.Cursor:
    superuser_cursor.execute("SET session_replication_role = replica")
    return superuser_cursor


@pytest.fixture
def filled(book: Book) -> Book:
    book.fill()
    return book


def found(book: Book) -> list[tuple[str, int | None]]:
    faults = ledger.verify(book.fund.pk)
    for fault in faults:
        assert fault.number is None or str(fault.number) in fault.sentence()
    return [(fault.code, fault.number) for fault in faults]


def change(superuser: psycopg.Cursor, book: Book, number: int, what: str, **parameters: Any) -> None:
    statement = f"UPDATE grants_ledgerentry SET {what} WHERE fund_id = %(fund)s AND number = %(number)s"  # noqa: S608
    superuser.execute(statement, {"fund": book.fund.pk, "number": number} | parameters)
    assert superuser.rowcount == 1


def test_a_ledger_left_alone_has_no_fault(filled: Book, book: Book) -> None:
    assert found(filled) == []
    assert found(open_book()) == []


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        ("event_id = %(event)s", [("digest", 3)]),
        ("relief_line_id = %(line)s", [("digest", 3)]),
        ("application_id = %(application)s", [("digest", 3)]),
        ("charter_id = %(charter)s", [("digest", 3)]),
        ("value_date = value_date - 1", [("digest", 3)]),
        ("posted_at = posted_at + interval '1 microsecond'", [("digest", 3)]),
        ("digest = repeat('0', 64)", [("digest", 3), ("digest", 4)]),
        ("amount_cents = amount_cents + 1", [("balance", 3), ("balance", 3), ("digest", 3)]),
        ("available_after = available_after + 1", [("balance", 3), ("digest", 3), ("balance", 4)]),
        ("reserved_after = reserved_after + 1", [("balance", 3), ("digest", 3), ("balance", 4)]),
        ("committed_after = committed_after + 1", [("balance", 3), ("digest", 3), ("balance", 4)]),
        ("credited_after = credited_after + 1", [("balance", 3), ("digest", 3), ("balance", 4)]),
        (
            "kind = 'release', source = 'reserved', target = 'available'",
            [("balance", 3), ("balance", 3), ("digest", 3)],
        ),
    ],
)
def test_a_changed_row(
    filled: Book, superuser: psycopg.Cursor, what: str, faults: list[tuple[str, int | None]]
) -> None:
    other = add_line(filled.fund, filled.charter)
    parameters = {
        "event": add_event(filled.fund).pk,
        "line": other.pk,
        "application": other.application_id,
        "charter": add_charter(filled.fund, 2).pk,
    }
    change(superuser, filled, 3, what, **parameters)
    assert found(filled) == faults


def test_a_row_that_undoes_another_credit(filled: Book, superuser: psycopg.Cursor) -> None:
    credit_ids = {entry.number: entry.pk for entry in filled.fund.ledger_entries.filter(kind=LedgerKind.CREDIT)}
    change(superuser, filled, 7, "reverses_id = 1000000000000")
    change(superuser, filled, 5, "reverses_id = %(credit)s", credit=credit_ids[6])
    change(superuser, filled, 7, "reverses_id = %(credit)s", credit=credit_ids[4])
    assert found(filled) == [("reverses", 5), ("digest", 5), ("digest", 7)]


def test_a_row_that_undoes_a_row_that_is_gone(filled: Book, superuser: psycopg.Cursor) -> None:
    change(superuser, filled, 7, "reverses_id = 1000000000000")
    assert found(filled) == [("reverses", 7), ("digest", 7)]


@pytest.mark.parametrize(
    ("number", "faults"),
    [
        (1, [("number", 2)]),
        (3, [("number", 4)]),
        (7, [("position", None)] * 4),
    ],
)
def test_a_removed_row(
    filled: Book, superuser: psycopg.Cursor, number: int, faults: list[tuple[str, int | None]]
) -> None:
    superuser.execute("DELETE FROM grants_ledgerentry WHERE number = %s", [number])
    assert found(filled) == faults


def test_every_row_removed(filled: Book, superuser: psycopg.Cursor) -> None:
    superuser.execute("DELETE FROM grants_ledgerentry")
    assert set(found(filled)) == {("position", None)}


def test_a_row_inserted_at_the_end(filled: Book, superuser: psycopg.Cursor) -> None:
    with transaction.atomic():
        row = next_row(filled, ledger.lock(filled.fund.pk))
    superuser.execute(INSERT, values(row))
    assert set(found(filled)) == {("position", None)}


def test_a_row_inserted_in_the_middle(filled: Book, superuser: psycopg.Cursor) -> None:
    with transaction.atomic():
        row = next_row(filled, ledger.lock(filled.fund.pk), number=4)
    superuser.execute("UPDATE grants_ledgerentry SET number = number + 100 WHERE number > 3")
    superuser.execute("UPDATE grants_ledgerentry SET number = number - 99 WHERE number > 100")
    superuser.execute(INSERT, values(row))
    told = found(filled)
    assert {("digest", number) for number in (4, 5, 6, 7, 8)} < set(told)


def test_rows_that_changed_places(filled: Book, superuser: psycopg.Cursor) -> None:
    for before, after in ((2, 99), (3, 2), (99, 3)):
        superuser.execute("UPDATE grants_ledgerentry SET number = %s WHERE number = %s", [after, before])
    assert {("digest", 2), ("digest", 3)} < set(found(filled))


def test_a_row_moved_to_another_fund(filled: Book, superuser: psycopg.Cursor) -> None:
    other = open_book()
    change(superuser, filled, 1, "fund_id = %(other)s", other=other.fund.pk)
    assert found(filled) == [("number", 2)]
    assert {("charter", 1), ("digest", 1)} < set(found(other))


@pytest.mark.parametrize("column", POSITION_COLUMNS)
def test_a_changed_position(filled: Book, superuser: psycopg.Cursor, column: str) -> None:
    with unconstrained(superuser, "grants_position", "position_balanced"):
        superuser.execute(sql.SQL("UPDATE grants_position SET {0} = {0} + 1").format(sql.Identifier(column)))
        assert found(filled) == [("position", None)]
        superuser.execute("DELETE FROM grants_position")


@pytest.mark.parametrize("what", ["last_digest = repeat('0', 64)", "last_value_date = NULL"])
def test_a_changed_end_of_the_chain(filled: Book, superuser: psycopg.Cursor, what: str) -> None:
    superuser.execute(f"UPDATE grants_position SET {what}")  # noqa: S608
    assert found(filled) == [("position", None)]


def test_a_removed_position(filled: Book, superuser: psycopg.Cursor) -> None:
    superuser.execute("DELETE FROM grants_position")
    assert found(filled) == [("position", None)]


def test_a_lowered_ceiling(filled: Book, superuser: psycopg.Cursor) -> None:
    superuser.execute("UPDATE grants_charter SET ceiling_cents = 1")
    assert found(filled) == [("ceiling", 1), ("position", None)]


def test_a_changed_code(filled: Book, superuser: psycopg.Cursor) -> None:
    superuser.execute("UPDATE grants_fund SET code = 'autre'")
    assert found(filled) == [("digest", 1)]


@contextmanager
def unconstrained(superuser: psycopg.Cursor, table: str, *names: str) -> Iterator[None]:
    """Without these constraints; the rows must be gone, or right, at the end."""
    definitions = [
        superuser.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]).fetchone()
        for name in names
    ]
    alter = sql.SQL("ALTER TABLE {}").format(sql.Identifier(table))
    for name in names:
        superuser.execute(sql.SQL("{} DROP CONSTRAINT {}").format(alter, sql.Identifier(name)))
    try:
        yield
    finally:
        superuser.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for name, definition in zip(names, definitions, strict=True):
            assert definition is not None
            superuser.execute(
                sql.SQL("{} ADD CONSTRAINT {} {}").format(alter, sql.Identifier(name), sql.SQL(definition[0]))
            )


@pytest.mark.parametrize(
    ("changes", "constraint", "fault"),
    [
        ({"source": "endowment"}, "ledger_route", "route"),
        ({"kind": "gift"}, "ledger_route", "route"),
        ({"amount_cents": 0}, "ledger_amount_positive", "amount"),
        ({"relief_line_id": None, "application_id": None}, "ledger_line_named", "line"),
        ({"amount_cents": 31_000_00}, "ledger_available_not_negative", "overdraft"),
        ({"value_date": date(2020, 5, 8)}, "ledger_number_unique", "value_date"),
        ({"value_date": ledger.today() + timedelta(days=2)}, "ledger_number_unique", "value_date"),
    ],
)
def test_a_row_that_the_constraints_would_refuse(
    filled: Book, superuser: psycopg.Cursor, changes: dict[str, Any], constraint: str, fault: str
) -> None:
    """Chained as it should be: the rows alone tell that something is wrong."""
    with transaction.atomic():
        locked = ledger.lock(filled.fund.pk)
    cents = changes.get("amount_cents", 100)
    balances = {"available_after": locked.available_cents - cents, "reserved_after": cents}
    with unconstrained(superuser, "grants_ledgerentry", constraint):
        superuser.execute(INSERT, values(next_row(filled, locked, **balances | changes)))
        assert (fault, 8) in found(filled)


def test_an_endowment_beyond_the_ceiling(filled: Book, superuser: psycopg.Cursor) -> None:
    changes = {"kind": "endow", "source": "endowment", "target": "available", "amount_cents": CEILING}
    balances = {"available_after": 30_000_00 + CEILING, "reserved_after": 0}
    with transaction.atomic():
        locked = ledger.lock(filled.fund.pk)
    row = next_row(filled, locked, **changes, **balances, application_id=None, relief_line_id=None)
    superuser.execute(INSERT, values(row))
    assert ("ceiling", 8) in found(filled)


class TestAnEarlierHead:
    def test_holds_while_the_ledger_grows(self, filled: Book) -> None:
        head = ledger.head(filled.fund.pk)
        filled.post(filled.move(LedgerKind.RESERVE, 5), on=date(2020, 6, 1))
        assert ledger.verify_extends(filled.fund.pk, *head) == []
        assert ledger.verify_extends(filled.fund.pk, 0, genesis(filled.fund.code)) == []

    def test_shows_a_chain_that_was_rewritten_whole(self, filled: Book, superuser: psycopg.Cursor) -> None:
        issued = [(entry.number, entry.digest) for entry in filled.fund.ledger_entries.filter(number__in=[2, 7])]
        self.rewrite(superuser, filled)

        assert ledger.verify(filled.fund.pk) == []
        for head in issued:
            [fault] = ledger.verify_extends(filled.fund.pk, *head)
            assert (fault.code, fault.number) == ("head", head[0])
            assert str(head[0]) in fault.sentence()

    def rewrite(self, superuser: psycopg.Cursor, book: Book) -> None:
        """As an attacker with every right would: another amount, every digest after it, the position too."""
        superuser.execute("DELETE FROM grants_ledgerentry WHERE number > 2")
        change(superuser, book, 1, "posted_at = posted_at - interval '1 day'")
        previous = genesis(book.fund.code)
        entries = list(book.fund.ledger_entries.order_by("number").values(*COLUMNS))
        for entry in entries:
            entry["digest"] = digest(text_of(entry), previous)
            change(superuser, book, entry["number"], "digest = %(digest)s", digest=entry["digest"])
            previous = entry["digest"]
        last = entries[-1]
        superuser.execute(
            "UPDATE grants_position SET last_number = 2, last_digest = %s, last_value_date = %s, reserved_cents = %s,"
            " available_cents = %s",
            [previous, last["value_date"], last["reserved_after"], last["available_after"]],
        )

    @pytest.mark.parametrize("number", [0, 7, 8])
    def test_of_another_chain_is_a_fault(self, filled: Book, number: int) -> None:
        assert [fault.code for fault in ledger.verify_extends(filled.fund.pk, number, "0" * 64)] == ["head"]

    def test_of_no_fund_is_a_fault(self, db: None) -> None:
        assert [fault.code for fault in ledger.verify_extends(10**15, 0, "0" * 64)] == ["head"]


def test_a_snapshot_shows_one_instant(filled: Book, superuser: psycopg.Cursor) -> None:
    with ledger.snapshot():
        assert ledger.head(filled.fund.pk).number == 7
        superuser.execute("UPDATE grants_position SET last_number = 9")
        assert ledger.head(filled.fund.pk).number == 7
    assert ledger.head(filled.fund.pk).number == 9


def test_a_snapshot_inside_a_transaction_is_that_transactions(book: Book) -> None:
    with transaction.atomic(), ledger.snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_a_fault_reads_in_the_readers_language() -> None:
    fault = Fault("position", None, "%(said)s", {"said": date(2020, 5, 5)})
    assert fault.sentence() == "05/05/2020"
