"""Positions now and as at a day, and the journal."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from grants import ledger
from grants.enums import LedgerKind
from grants.ledger import Position, positions
from grants.ledger.canonical import genesis
from tests.grants.ledger.conftest import CEILING, DAY, Book, add_charter

pytestmark = pytest.mark.django_db


def test_as_at_each_day_of_a_life(book: Book) -> None:
    book.fill()
    on = {day: ledger.position_as_at(book.fund.pk, date(2020, 5, day)) for day in (4, 5, 6, 7, 8, 9, 10)}
    held = {day: (at.last_number, at.available_cents, at.credited_cents) for day, at in on.items()}
    assert held == {
        4: (0, 0, 0),
        5: (2, 29_000_00, 0),
        6: (2, 29_000_00, 0),
        7: (4, 29_000_00, 1_000_00),
        8: (4, 29_000_00, 1_000_00),
        9: (7, 30_000_00, 0),
        10: (7, 30_000_00, 0),
    }
    assert on[4].last_digest == genesis(book.fund.code)
    assert on[5].last_digest == book.fund.ledger_entries.get(number=2).digest
    assert [at.endowed_cents for at in on.values()] == [0, *[30_000_00] * 6]


def test_the_ceiling_as_at_a_day_is_that_of_the_charter_confirmed_by_then(book: Book) -> None:
    add_charter(book.fund, 2, ceiling_cents=CEILING + 1, confirmed_on=DAY + timedelta(days=10))
    add_charter(book.fund, 3, ceiling_cents=CEILING + 2, confirmed_on=None)
    ceilings = [
        ledger.position_as_at(book.fund.pk, DAY + timedelta(days=days)).ceiling_cents for days in (-1, 0, 9, 10, 90)
    ]
    assert ceilings == [0, CEILING, CEILING, CEILING + 1, CEILING + 1]


def test_as_at_today_is_the_position(book: Book) -> None:
    assert ledger.position(book.fund.pk) == ledger.position_as_at(book.fund.pk, ledger.today())
    book.fill()
    assert ledger.position(book.fund.pk) == ledger.position_as_at(book.fund.pk, ledger.today())


def test_a_position_as_at_is_one_statement(book: Book, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        ledger.position_as_at(book.fund.pk, DAY)


def test_the_head_is_the_last_entry(book: Book) -> None:
    entries = book.fill()
    assert ledger.head(book.fund.pk) == (7, entries[-1].digest)


@pytest.mark.parametrize("read", [ledger.position, ledger.lock, ledger.head, ledger.verify])
def test_no_fund_has_no_position(db: None, read: Any) -> None:
    with pytest.raises(Position.DoesNotExist):
        read(10**15)
    with pytest.raises(Position.DoesNotExist):
        ledger.position_as_at(10**15, DAY)


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_would_hold_nothing(book: Book) -> None:
    with pytest.raises(TransactionManagementError):
        ledger.lock(book.fund.pk)


def test_the_journal_page_by_page(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "JOURNAL_PAGE", 3)
    book.fill()

    def numbers(**keywords: int) -> list[int]:
        return [entry.number for entry in ledger.journal(book.fund.pk, **keywords)]

    assert numbers() == [1, 2, 3, 4, 5, 6, 7]
    assert numbers(after_number=5) == [6, 7]
    assert numbers(after_number=1, limit=3) == [2, 3, 4]
    assert numbers(limit=5) == [1, 2, 3, 4, 5]
    assert numbers(limit=0) == []
    assert numbers(after_number=7) == []


def test_entries_and_positions_name_themselves(book: Book) -> None:
    with transaction.atomic():
        [entry] = book.post(book.move(LedgerKind.ENDOW, 5))
    assert str(entry) == f"{book.fund.pk}/1 endow 5"
    assert str(Position.objects.get(pk=book.fund.pk)) == f"{book.fund.pk} #1"
