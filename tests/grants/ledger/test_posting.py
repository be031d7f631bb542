"""Posting: numbers, chain, balances, and every reason why not."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from grants import ledger
from grants.enums import LedgerKind
from grants.exceptions import RuleRefused
from grants.ledger import LedgerEntry, Movement, Position
from grants.ledger.canonical import genesis
from tests.factories import confirm_directly
from tests.grants.ledger.conftest import CEILING, DAY, NOON, Book, add_charter, add_event, add_line, open_book

pytestmark = pytest.mark.django_db


def test_entries_are_numbered_chained_and_carry_the_balances(book: Book) -> None:
    entries = book.fill()

    stored = list(LedgerEntry.objects.filter(fund=book.fund).order_by("number"))
    assert [entry.number for entry in stored] == [1, 2, 3, 4, 5, 6, 7]
    assert [(entry.pk, entry.digest) for entry in stored] == [(entry.pk, entry.digest) for entry in entries]
    assert [
        (entry.available_after, entry.reserved_after, entry.committed_after, entry.credited_after) for entry in stored
    ] == [
        (30_000_00, 0, 0, 0),
        (29_000_00, 1_000_00, 0, 0),
        (29_000_00, 0, 1_000_00, 0),
        (29_000_00, 0, 0, 1_000_00),
        (29_000_00, 0, 1_000_00, 0),
        (29_000_00, 0, 0, 1_000_00),
        (30_000_00, 0, 0, 0),
    ]
    position = Position.objects.get(pk=book.fund.pk)
    assert (position.last_number, position.last_digest) == (7, stored[-1].digest)
    assert (position.endowed_cents, position.available_cents) == (30_000_00, 30_000_00)
    assert position.last_value_date == date(2020, 5, 9)


def test_a_second_post_in_the_same_transaction_continues_the_first(book: Book) -> None:
    with transaction.atomic():
        locked = ledger.lock(book.fund.pk)
        ledger.post(locked, [book.move(LedgerKind.ENDOW, 500)], **book.stamps())
        ledger.post(locked, [book.move(LedgerKind.RESERVE, 200)], **book.stamps())
        assert locked == ledger.lock(book.fund.pk)
    assert (locked.last_number, locked.available_cents, locked.reserved_cents) == (2, 300, 200)


def test_a_returned_entry_is_the_stored_one(book: Book) -> None:
    [entry] = book.post(book.move(LedgerKind.ENDOW, 500))
    stored = LedgerEntry.objects.get(pk=entry.pk)
    for field in LedgerEntry._meta.concrete_fields:
        assert getattr(entry, field.attname) == getattr(stored, field.attname), field.name


def test_no_movements_is_no_statement(book: Book, django_assert_num_queries: Any) -> None:
    with transaction.atomic():
        locked = ledger.lock(book.fund.pk)
        with django_assert_num_queries(0):
            assert ledger.post(locked, [], **book.stamps()) == []


def test_a_post_is_one_statement(book: Book, django_assert_num_queries: Any) -> None:
    with transaction.atomic():
        locked = ledger.lock(book.fund.pk)
        with django_assert_num_queries(1):
            ledger.post(locked, [book.move(LedgerKind.ENDOW, 500), book.move(LedgerKind.RESERVE, 200)], **book.stamps())


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (LedgerKind.WITHDRAW_ENDOWMENT, "The fund has €10.00 available: €5.00 short."),
        (LedgerKind.RESERVE, "The fund has €10.00 available: €5.00 short."),
        (LedgerKind.RELEASE, "€0.00 are reserved: €15.00 short."),
        (LedgerKind.COMMIT, "€0.00 are reserved: €15.00 short."),
        (LedgerKind.DECOMMIT, "€0.00 are committed: €15.00 short."),
        (LedgerKind.CREDIT, "€0.00 are committed: €15.00 short."),
    ],
)
def test_an_account_never_goes_below_zero(book: Book, in_english: None, kind: LedgerKind, sentence: str) -> None:
    book.post(book.move(LedgerKind.ENDOW, 10_00))
    with pytest.raises(RuleRefused) as refusal:
        book.post(book.move(kind, 15_00))
    assert refusal.value.codes == ["shortfall"]
    assert str(refusal.value) == sentence


def test_the_shortfall_is_that_of_all_movements_together(book: Book, in_english: None) -> None:
    book.post(book.move(LedgerKind.ENDOW, 10_00))
    with pytest.raises(RuleRefused, match=r"€10\.00 available: €2\.00 short"):
        book.post(*[book.move(LedgerKind.RESERVE, 4_00)] * 3)
    assert Position.objects.get(pk=book.fund.pk).last_number == 1


def test_movements_are_judged_in_order(book: Book) -> None:
    book.post(book.move(LedgerKind.ENDOW, 10_00), book.move(LedgerKind.RESERVE, 10_00))
    with pytest.raises(RuleRefused):
        book.post(book.move(LedgerKind.RESERVE, 1_00), book.move(LedgerKind.RELEASE, 10_00))
    book.post(book.move(LedgerKind.RELEASE, 10_00), book.move(LedgerKind.RESERVE, 1_00))


def test_an_endowment_stays_within_the_ceiling(book: Book, in_english: None) -> None:
    book.post(book.move(LedgerKind.ENDOW, CEILING))
    with pytest.raises(RuleRefused) as refusal:
        book.post(book.move(LedgerKind.ENDOW, 1))
    assert refusal.value.codes == ["ceiling"]
    assert str(refusal.value) == "The charter's ceiling is €40,000.00: the endowment exceeds it by €0.01."


def test_an_amendment_lets_more_in(book: Book) -> None:
    book.post(book.move(LedgerKind.ENDOW, CEILING))
    book.charter = add_charter(book.fund, 2, ceiling_cents=CEILING + 10_000_00)
    book.post(book.move(LedgerKind.ENDOW, 10_000_00))


def test_value_dates_never_decrease_and_are_never_in_the_future(book: Book) -> None:
    book.post(book.move(LedgerKind.ENDOW, 500))
    with pytest.raises(RuleRefused) as refusal:
        book.post(book.move(LedgerKind.ENDOW, 500), on=DAY - timedelta(days=1))
    assert refusal.value.codes == ["value_date"]
    with pytest.raises(RuleRefused) as refusal:
        book.post(book.move(LedgerKind.ENDOW, 500), on=ledger.today() + timedelta(days=1))
    assert refusal.value.codes == ["value_date"]
    book.post(book.move(LedgerKind.ENDOW, 500), on=ledger.today())


def test_every_reason_is_told_at_once(book: Book) -> None:
    book.post(book.move(LedgerKind.ENDOW, 500))
    with pytest.raises(RuleRefused) as refusal:
        book.post(book.move(LedgerKind.ENDOW, CEILING), book.move(LedgerKind.RELEASE, 1), on=DAY - timedelta(days=1))
    assert refusal.value.codes == ["shortfall", "ceiling", "value_date"]


class TestWhatOnlyTheDatabaseKnows:
    """`post` doesn't ask first; the database's refusal becomes the same kind of sentence."""

    def refused(self, book: Book, *movements: Movement, on: date = DAY, **named: int) -> list[str]:
        with pytest.raises(RuleRefused) as refusal, transaction.atomic():
            book.post(*movements, on=on, **named)
        assert str(refusal.value)
        assert ledger.verify(book.fund.pk) == []
        return refusal.value.codes

    def test_closed_books(self, book: Book) -> None:
        book.fund.closed_until = DAY
        book.fund.save()
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5)) == ["books_closed"]
        book.post(book.move(LedgerKind.ENDOW, 5), on=DAY + timedelta(days=1))

    def test_another_funds_line(self, book: Book) -> None:
        book.post(book.move(LedgerKind.ENDOW, 500))
        assert self.refused(book, open_book().move(LedgerKind.RESERVE, 5)) == ["line"]

    def test_another_applications_line(self, book: Book) -> None:
        book.post(book.move(LedgerKind.ENDOW, 500))
        other = add_line(book.fund, book.charter)
        movement = Movement(LedgerKind.RESERVE, 5, relief_line_id=book.line.pk, application_id=other.application_id)
        assert self.refused(book, movement) == ["line"]

    def test_no_line(self, book: Book) -> None:
        book.post(book.move(LedgerKind.ENDOW, 500))
        assert self.refused(book, Movement(LedgerKind.RESERVE, 5)) == ["line"]

    def test_an_endowment_of_a_line(self, book: Book) -> None:
        movement = Movement(LedgerKind.ENDOW, 5, relief_line_id=book.line.pk, application_id=book.line.application_id)
        assert self.refused(book, movement) == ["line"]

    def test_another_funds_event(self, book: Book) -> None:
        event = add_event(open_book().fund)
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5), event_id=event.pk) == ["event"]

    def test_another_funds_charter(self, book: Book) -> None:
        charter = open_book().charter
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5), charter_id=charter.pk) == ["charter"]

    def test_an_unconfirmed_charter(self, book: Book) -> None:
        draft = add_charter(book.fund, 2, confirmed_on=None)
        named = {"charter_id": draft.pk, "charter_version": 2}
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5), **named) == ["charter"]

    def test_an_endowment_under_a_former_charter(self, book: Book) -> None:
        book.post(book.move(LedgerKind.ENDOW, 500))
        add_charter(book.fund, 2)
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5)) == ["charter"]
        book.post(book.move(LedgerKind.RESERVE, 5))

    def test_nothing_moved(self, book: Book) -> None:
        assert self.refused(book, book.move(LedgerKind.ENDOW, 0)) == ["amount"]

    def test_before_the_euro(self, book: Book) -> None:
        assert self.refused(book, book.move(LedgerKind.ENDOW, 5), on=date(1998, 12, 31)) == ["value_date"]

    def test_undoing_nothing(self, book: Book) -> None:
        book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        assert self.refused(book, book.move(LedgerKind.UNCREDIT, 5)) == ["reverses"]

    def test_undoing_by_a_kind_that_undoes_nothing(self, book: Book) -> None:
        entries = book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit", "endow")))
        assert self.refused(book, book.move(LedgerKind.RESERVE, 5, entries[3])) == ["reverses"]

    @pytest.mark.parametrize(("number", "cents"), [(3, 5), (4, 4)])
    def test_undoing_another_kind_or_amount(self, book: Book, number: int, cents: int) -> None:
        entries = book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        assert self.refused(book, book.move(LedgerKind.REVERSE, cents, entries[number - 1])) == ["reverses"]

    def test_undoing_another_lines_credit(self, book: Book) -> None:
        entries = book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        book.line = add_line(book.fund, book.charter)
        assert self.refused(book, book.move(LedgerKind.REVERSE, 5, entries[3])) == ["reverses"]

    def test_undoing_another_funds_credit(self, book: Book) -> None:
        book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        other = open_book()
        entries = other.post(*(other.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        assert self.refused(book, book.move(LedgerKind.REVERSE, 5, entries[3])) == ["reverses"]

    def test_undoing_what_comes_later(self, book: Book) -> None:
        entries = book.post(*(book.move(kind, 5) for kind in ("endow", "reserve", "commit", "credit")))
        missing = Movement(
            LedgerKind.REVERSE,
            5,
            relief_line_id=book.line.pk,
            application_id=book.line.application_id,
            reverses_id=entries[3].pk + 1_000,
        )
        assert self.refused(book, missing) == ["reverses"]

    def test_undoing_twice(self, book: Book) -> None:
        entries = book.post(
            book.move(LedgerKind.ENDOW, 10),
            *(book.move(kind, 5) for kind in ("reserve", "commit", "credit", "reserve", "commit", "credit")),
        )
        book.post(book.move(LedgerKind.REVERSE, 5, entries[3]))
        assert self.refused(book, book.move(LedgerKind.UNCREDIT, 5, entries[3])) == ["reversed_already"]


def test_an_error_about_something_else_stays_that_error(book: Book) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        book.post(book.move(LedgerKind.ENDOW, 5), event_id=None)
    assert ledger.refusal_of(error.value) is None


def test_a_ceiling_below_what_is_endowed_is_refused(book: Book) -> None:
    book.post(book.move(LedgerKind.ENDOW, CEILING))
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        add_charter(book.fund, 2, ceiling_cents=CEILING - 1)
    breach = ledger.refusal_of(error.value)
    assert breach is not None
    assert breach.code == "ceiling"


def test_a_new_fund_has_an_empty_position(book: Book) -> None:
    position = Position.objects.get(pk=book.fund.pk)
    assert (position.last_number, position.last_digest) == (0, genesis(book.fund.code))
    assert (position.endowed_cents, position.ceiling_cents) == (0, CEILING)


def test_only_a_confirmed_charter_sets_the_ceiling(book: Book) -> None:
    def ceiling() -> int:
        return Position.objects.get(pk=book.fund.pk).ceiling_cents

    draft = add_charter(book.fund, 2, ceiling_cents=1, confirmed_on=None)
    assert ceiling() == CEILING
    draft.delete()
    assert ceiling() == CEILING
    amended = add_charter(book.fund, 2, ceiling_cents=CEILING + 1, confirmed_on=None)
    confirm_directly(amended, DAY, NOON)
    assert ceiling() == CEILING + 1


def test_a_funds_code_never_changes(book: Book) -> None:
    book.fund.code = "autre"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        book.fund.save()
    breach = ledger.refusal_of(error.value)
    assert breach is not None
    assert breach.code == "fund_code"
