"""What the database refuses to anyone: raw SQL and COPY as the application's role, and more as the owner."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from time import monotonic
from typing import Any

import psycopg
import pytest
from django.db import Error, connection, connections, transaction
from psycopg import sql

from grants import ledger
from grants.enums import LedgerKind
from grants.exceptions import RuleRefused
from grants.ledger import LedgerEntry, Position
from tests.grants.ledger.conftest import CEILING, Book, add_charter, add_line, open_book
from tests.grants.ledger.forgery import COPY, INSERT, follow, next_row, values
from tests.settings import SUPERUSER_URL

Rows = list[dict[str, Any]]
Write = Callable[[Rows], None]


def insert(rows: Rows) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [values(row) for row in rows])


def copy(rows: Rows) -> None:
    # Django's cursors have no COPY; this is the same session, with the same errors.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.cursor.copy(COPY) as stream:
        for row in rows:
            stream.write_row(values(row))


FORGERIES: dict[str, tuple[Callable[[Book], dict[str, Any]], str]] = {
    "a gap": (lambda _: {"number": 9}, "ledger_number_follows"),
    "a number twice": (lambda _: {"number": 2}, "ledger_number_unique"),
    "number zero": (lambda _: {"number": 0}, "ledger_number_from_one"),
    "another digest": (lambda _: {"digest": "0" * 64}, "ledger_digest"),
    "a digest in capitals": (lambda _: {"digest": "A" * 64}, "ledger_digest"),
    "money from nowhere": (lambda _: {"available_after": 30_000_00}, "ledger_balances"),
    "reserved out of thin air": (lambda _: {"reserved_after": 200_00}, "ledger_balances"),
    "committed on the side": (lambda _: {"committed_after": 1}, "ledger_balances"),
    "credited on the side": (lambda _: {"credited_after": 1}, "ledger_balances"),
    "an overdraft": (
        lambda _: {"amount_cents": 90_000_00, "available_after": -60_000_00, "reserved_after": 90_000_00},
        "ledger_available_not_negative",
    ),
    "nothing moved": (lambda _: {"amount_cents": 0}, "ledger_amount_positive"),
    "money moved backwards": (lambda _: {"amount_cents": -100}, "ledger_amount_positive"),
    "another way": (lambda _: {"source": "endowment"}, "ledger_route"),
    "an unknown kind": (lambda _: {"kind": "gift"}, "ledger_route"),
    "tomorrow": (lambda _: {"value_date": ledger.today() + timedelta(days=1)}, "ledger_value_date_future"),
    "before the last entry": (lambda _: {"value_date": date(2020, 5, 4)}, "ledger_value_date_order"),
    "another fund's line": (
        lambda _: line_of(open_book()),
        "ledger_line_of_application",
    ),
    "another application's line": (
        lambda book: {"relief_line_id": add_line(book.fund, book.charter).pk},
        "ledger_line_of_application",
    ),
    "a line that isn't there": (lambda _: {"relief_line_id": 10**15}, "ledger_line_of_application"),
    "no line": (lambda _: {"relief_line_id": None, "application_id": None}, "ledger_line_named"),
    "a line without its application": (lambda _: {"application_id": None}, "ledger_line_named"),
    "another fund's event": (lambda _: {"event_id": open_book().event.pk}, "ledger_event_of_fund"),
    "an event that isn't there": (lambda _: {"event_id": 10**15}, "ledger_event_of_fund"),
    "another fund's charter": (lambda _: {"charter_id": open_book().charter.pk}, "ledger_charter_of_fund"),
    "a charter that isn't there": (lambda _: {"charter_id": 10**15}, "ledger_charter_of_fund"),
    "a draft of a charter": (
        lambda book: {"charter_id": add_charter(book.fund, 2, confirmed_on=None).pk},
        "ledger_charter_of_fund",
    ),
    "a fund that isn't there": (lambda _: {"fund_id": 10**15}, "ledger_number_follows"),
    "a reservation that undoes a credit": (lambda book: {"reverses_id": first_of(book)}, "ledger_reverses_named"),
    "endowed beyond the ceiling": (
        lambda _: {
            "kind": "endow",
            "source": "endowment",
            "target": "available",
            "application_id": None,
            "relief_line_id": None,
            "amount_cents": CEILING,
            "available_after": 29_000_00 + CEILING,
            "reserved_after": 1_000_00,
        },
        "position_within_ceiling",
    ),
}


def line_of(book: Book) -> dict[str, int]:
    return {"relief_line_id": book.line.pk, "application_id": book.line.application_id}


def first_of(book: Book) -> int:
    return LedgerEntry.objects.get(fund=book.fund, number=1).pk


@pytest.fixture
def started(book: Book) -> Book:
    book.post(book.move(LedgerKind.ENDOW, 30_000_00), book.move(LedgerKind.RESERVE, 1_000_00))
    return book


def constraint_of(error: Error | psycopg.Error) -> str | None:
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name


@pytest.mark.parametrize("write", [insert, copy])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_row_is_refused(started: Book, write: Write, forgery: str) -> None:
    changes, constraint = FORGERIES[forgery]
    before = ledger.head(started.fund.pk)
    with pytest.raises(Error) as error, transaction.atomic():
        write([next_row(started, ledger.lock(started.fund.pk), **changes(started))])
    assert constraint_of(error.value) == constraint
    assert ledger.head(started.fund.pk) == before
    assert ledger.verify(started.fund.pk) == []


@pytest.mark.parametrize("write", [insert, copy])
def test_a_right_row_is_taken(started: Book, write: Write) -> None:
    with transaction.atomic():
        locked = ledger.lock(started.fund.pk)
        write([next_row(started, locked)])
    assert ledger.position(started.fund.pk).reserved_cents == locked.reserved_cents + 100
    assert ledger.verify(started.fund.pk) == []


@pytest.mark.parametrize("instant", ["infinity", "-infinity", "1998-12-31T00:00:00Z", "10000-01-01T00:00:00Z"])
def test_an_instant_that_not_every_verifier_reads_is_refused(started: Book, instant: str) -> None:
    with pytest.raises(Error) as error, transaction.atomic():
        insert([next_row(started, ledger.lock(started.fund.pk)) | {"posted_at": instant}])
    assert constraint_of(error.value) == "ledger_dates_in_range"


def test_one_wrong_row_refuses_all(started: Book) -> None:
    with transaction.atomic():
        locked = ledger.lock(started.fund.pk)
    right = next_row(started, locked)
    wrong = right | {"number": right["number"] + 1}
    with pytest.raises(Error) as error, transaction.atomic():
        copy([right, wrong])
    assert constraint_of(error.value) == "ledger_balances"
    assert ledger.head(started.fund.pk).number == 2


def test_the_ceiling_holds_after_each_row(started: Book) -> None:
    too_much = {"amount_cents": CEILING, "application_id": None, "relief_line_id": None, "reserved_after": 1_000_00}
    endow = {"kind": "endow", "source": "endowment", "target": "available", "available_after": 29_000_00 + CEILING}
    withdraw = {
        "kind": "withdraw_endowment",
        "source": "available",
        "target": "endowment",
        "available_after": 29_000_00,
    }
    with transaction.atomic():
        locked = ledger.lock(started.fund.pk)
    first = next_row(started, locked, **too_much | endow)
    follow(locked, first)
    second = next_row(started, locked, **too_much | withdraw)
    with pytest.raises(Error) as error, transaction.atomic():
        copy([first, second])
    assert constraint_of(error.value) == "position_within_ceiling"


@pytest.mark.parametrize("forged", [None, 0, 1])
def test_a_query_that_inserts_twice_is_checked_whole(started: Book, forged: int | None) -> None:
    with transaction.atomic():
        locked = ledger.lock(started.fund.pk)
    rows = [next_row(started, locked)]
    follow(locked, rows[0])
    rows.append(next_row(started, locked))
    if forged is not None:
        rows[forged] |= {"credited_after": 5}
    both = f"WITH first AS ({INSERT} RETURNING id), second AS ({INSERT} RETURNING id) SELECT FROM first, second"
    if forged is None:
        with connection.cursor() as cursor:
            cursor.execute(both, [*values(rows[0]), *values(rows[1])])
        assert ledger.head(started.fund.pk).number == 4
    else:
        with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(both, [*values(rows[0]), *values(rows[1])])
        assert constraint_of(error.value) == "ledger_balances"


def test_one_statement_may_post_to_several_funds_in_any_order(started: Book) -> None:
    other = open_book()
    other.post(other.move(LedgerKind.ENDOW, 500))
    with transaction.atomic():
        first = ledger.lock(started.fund.pk)
        row = next_row(started, first)
        follow(first, row)
        copy([next_row(started, first), next_row(other, ledger.lock(other.fund.pk)), row])
    assert ledger.head(started.fund.pk).number == 4
    assert ledger.head(other.fund.pk).number == 2
    assert ledger.verify(started.fund.pk) == ledger.verify(other.fund.pk) == []


def test_a_setting_that_switches_off_trigger_libraries_changes_nothing(started: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = 'grants_ledgerentry:ledger_check_posted'")
    with pytest.raises(Error) as error, transaction.atomic():
        insert([next_row(started, ledger.lock(started.fund.pk), available_after=30_000_00)])
    assert constraint_of(error.value) == "ledger_balances"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants_position SET available_cents = available_cents + 1",
        "UPDATE grants_position SET ceiling_cents = ceiling_cents + 1",
        "DELETE FROM grants_position",
        "INSERT INTO grants_position SELECT * FROM grants_position",
        "TRUNCATE grants_position CASCADE",
        "UPDATE grants_ledgerentry SET amount_cents = 1",
        "DELETE FROM grants_ledgerentry",
        "TRUNCATE grants_ledgerentry",
        "ALTER TABLE grants_ledgerentry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE TEMPORARY TABLE grants_position (fund_id bigint)",
    ],
)
def test_the_application_may_not(started: Book, statement: str) -> None:
    with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(error.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_one_column_that_the_application_may_write_takes_no_other_value(started: Book) -> None:
    other = Position.objects.get(pk=open_book().fund.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE grants_position SET fund_id = fund_id")
        with pytest.raises(Error), transaction.atomic():
            cursor.execute("UPDATE grants_position SET fund_id = %s WHERE fund_id = %s", [10**15, started.fund.pk])
        with pytest.raises(Error) as error, transaction.atomic():
            cursor.execute("UPDATE grants_position SET fund_id = %s WHERE fund_id = %s", [other.pk, started.fund.pk])
    assert constraint_of(error.value) == "position_is_the_ledgers"


@pytest.mark.django_db(transaction=True)
class TestTheOwner:
    @pytest.mark.parametrize(
        ("statement", "constraint"),
        [
            ("UPDATE grants_position SET available_cents = available_cents + 1", "position_is_the_ledgers"),
            ("UPDATE grants_position SET last_number = 0", "position_is_the_ledgers"),
            ("UPDATE grants_position SET last_value_date = NULL", "position_is_the_ledgers"),
            ("UPDATE grants_position SET ceiling_cents = ceiling_cents + 1", "position_is_the_ledgers"),
            ("DELETE FROM grants_position", "ledger_append_only"),
            ("UPDATE grants_ledgerentry SET amount_cents = 1", "ledger_append_only"),
            ("DELETE FROM grants_ledgerentry", "ledger_append_only"),
        ],
    )
    def test_may_not_either(self, started: Book, owner_cursor: psycopg.Cursor, statement: str, constraint: str) -> None:
        with pytest.raises(psycopg.IntegrityError) as error:
            owner_cursor.execute(statement)
        assert constraint_of(error.value) == constraint

    @pytest.mark.parametrize("table", ["grants_ledgerentry", "grants_position"])
    def test_empties_a_test_database_and_no_other(self, started: Book, table: str) -> None:
        test_database = connection.settings_dict["NAME"]
        real_database = test_database.replace("test_", "real_", 1)
        truncate = sql.SQL("TRUNCATE {}").format(sql.Identifier(table))
        # A database can only be copied while nobody uses it.
        connection.close()
        names = {"real": sql.Identifier(real_database), "test": sql.Identifier(test_database)}
        with psycopg.connect(SUPERUSER_URL, autocommit=True) as session:
            # What an earlier test's server left behind when it was killed may be leaving still.
            session.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [test_database]
            )
            session.execute(sql.SQL("CREATE DATABASE {real} TEMPLATE {test}").format(**names))
            try:
                with (
                    pytest.raises(psycopg.errors.RestrictViolation),
                    psycopg.connect(SUPERUSER_URL, dbname=real_database) as real,
                ):
                    real.execute(truncate)
                with psycopg.connect(SUPERUSER_URL, dbname=test_database) as test:
                    test.execute(truncate)
            finally:
                session.execute(sql.SQL("DROP DATABASE {real} WITH (FORCE)").format(**names))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_twenty_reservations_of_a_fund_that_holds_ten(self, book: Book) -> None:
        book.post(book.move(LedgerKind.ENDOW, 10_000_00))
        outcomes: list[str] = []
        start = Barrier(20)

        def reserve() -> None:
            start.wait()
            try:
                book.post(book.move(LedgerKind.RESERVE, 1_000_00))
                outcomes.append("reserved")
            except RuleRefused as refusal:
                outcomes.extend(refusal.codes)
            finally:
                connections.close_all()

        threads = [Thread(target=reserve) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["reserved"] * 10 + ["shortfall"] * 10
        assert ledger.verify(book.fund.pk) == []

    def test_a_row_chained_to_one_that_is_rolled_back_is_refused(
        self, started: Book, connect_as_app: Callable[..., psycopg.Connection]
    ) -> None:
        with transaction.atomic():
            locked = ledger.lock(started.fund.pk)
        row = next_row(started, locked)
        follow(locked, row)
        following = next_row(started, locked)
        first, second = connect_as_app(), connect_as_app()
        first.execute(INSERT, values(row))
        errors: list[psycopg.Error] = []

        def insert_following() -> None:
            try:
                second.execute(INSERT, values(following))
            except psycopg.Error as error:
                errors.append(error)

        waiting = Thread(target=insert_following)
        waiting.start()
        wait_until_blocked(second.info.backend_pid)
        first.rollback()
        waiting.join()
        assert [constraint_of(error) for error in errors] == ["ledger_number_follows"]


def wait_until_blocked(backend: int) -> None:
    deadline = monotonic() + 30
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [backend])
            if cursor.fetchone() != (0,):
                return
    pytest.fail("The second session never waited for the first.")
