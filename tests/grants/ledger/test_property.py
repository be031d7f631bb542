"""Any sequence of movements: Python and the database agree, and every past day can be replayed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants import ledger
from grants.enums import LEDGER_ROUTES, Account, LedgerKind
from grants.exceptions import RuleRefused
from grants.ledger import LedgerEntry, Movement, posting
from tests.grants.ledger.conftest import DAY, Book, open_book

CEILING = 12
UNDO = {LedgerKind.UNCREDIT, LedgerKind.REVERSE}


@dataclass(frozen=True)
class Step:
    """One post: kinds with amounts, `days` after the first day, undoing the `undoes`-th credit so far."""

    moves: tuple[tuple[LedgerKind, int], ...]
    days: int
    undoes: int


steps = st.builds(
    Step,
    st.lists(st.tuples(st.sampled_from(LedgerKind), st.integers(1, 5)), min_size=1, max_size=3).map(tuple),
    st.integers(0, 4),
    st.integers(0, 3),
)


def movements_of(step: Step, book: Book, posted: list[LedgerEntry]) -> Iterator[Movement]:
    credited = [entry for entry in posted if entry.kind == LedgerKind.CREDIT]
    for kind, cents in step.moves:
        undone = credited[step.undoes % len(credited)] if kind in UNDO and credited else None
        yield book.move(kind, undone.amount_cents if undone else cents, undone)


def taken_by_the_database(book: Book, movements: list[Movement], stamps: dict[str, Any]) -> bool:
    """Whether raw SQL could have posted the movements. Leaves nothing behind."""
    try:
        with transaction.atomic():
            rows = posting._chained(ledger.lock(book.fund.pk), movements, **stamps)
            with connection.cursor() as cursor:
                cursor.execute(posting._insert(len(rows)), [value for row in rows for value in row])
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


def taken_by_python(book: Book, movements: list[Movement], stamps: dict[str, Any]) -> list[LedgerEntry]:
    try:
        with transaction.atomic():
            return ledger.post(ledger.lock(book.fund.pk), movements, **stamps)
    except RuleRefused:
        return []


def replayed(entries: list[LedgerEntry]) -> dict[str, int]:
    """What the accounts hold after these entries, by adding up their amounts alone."""
    held = dict.fromkeys(Account, 0)
    for entry in entries:
        source, target = LEDGER_ROUTES[LedgerKind(entry.kind)]
        held[source] -= entry.amount_cents
        held[target] += entry.amount_cents
    return {f"{account.value}_cents": cents for account, cents in held.items() if account != Account.ENDOWMENT} | {
        "endowed_cents": -held[Account.ENDOWMENT]
    }


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(steps, max_size=12))
def test_python_and_the_database_agree_and_the_past_can_be_replayed(db: None, steps: list[Step]) -> None:
    with transaction.atomic():
        book = open_book(ceiling_cents=CEILING)
        posted = book.post(book.move(LedgerKind.ENDOW, 8))
        for step in steps:
            movements = list(movements_of(step, book, posted))
            stamps = book.stamps(on=DAY + timedelta(days=step.days))
            by_sql = taken_by_the_database(book, movements, stamps)
            entries = taken_by_python(book, movements, stamps)
            assert bool(entries) == by_sql
            posted += entries

        assert ledger.verify(book.fund.pk) == []
        assert [entry.number for entry in posted] == list(range(1, len(posted) + 1))
        for days in range(-1, 6):
            day = DAY + timedelta(days=days)
            at = ledger.position_as_at(book.fund.pk, day)
            assert replayed([entry for entry in posted if entry.value_date <= day]).items() <= vars_of(at).items()
            assert 0 <= at.endowed_cents <= CEILING
        transaction.set_rollback(True)


def vars_of(at: ledger.PositionAt) -> dict[str, Any]:
    return {name: getattr(at, name) for name in at.__slots__}
