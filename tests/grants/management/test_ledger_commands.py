"""`verify_ledger` and `fund_position`: what they print, and how they end."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from grants import ledger
from tests.grants.ledger.conftest import CEILING, Book, open_book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def book(db: None) -> Book:
    """A fund with four entries; the line they credited is undone, as its draft application knows of none."""
    book = open_book()
    book.fill()
    return book


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class TestFundPosition:
    def test_in_words(self, book: Book) -> None:
        text = run("fund_position", book.fund.code)
        assert f"Position of {book.fund.code} as at" in text
        assert "€30,000.00" in text
        assert ledger.head(book.fund.pk).digest in text

    def test_as_json_has_the_keys_that_programs_know(self, book: Book) -> None:
        assert json.loads(run("fund_position", book.fund.code, "--as-at", "2020-05-07", "--json")) == {
            "as_at": "2020-05-07",
            "endowed_cents": 30_000_00,
            "available_cents": 29_000_00,
            "reserved_cents": 0,
            "committed_cents": 0,
            "credited_cents": 1_000_00,
            "ceiling_cents": CEILING,
            "last_number": 4,
            "last_digest": book.fund.ledger_entries.get(number=4).digest,
        }

    def test_of_an_unknown_fund_names_the_known_ones(self, book: Book) -> None:
        with pytest.raises(CommandError, match=f"no fund “nulle-part”.*{book.fund.code}"):
            run("fund_position", "nulle-part")

    def test_without_any_fund_says_so(self, db: None) -> None:
        with pytest.raises(CommandError, match="none yet"):
            run("fund_position", "nulle-part")

    def test_as_at_something_else_than_a_day(self, book: Book) -> None:
        with pytest.raises(CommandError, match="isn't a date like 2020-05-05"):
            run("fund_position", book.fund.code, "--as-at", "05/05/2020")


class TestVerifyLedger:
    def test_of_every_fund(self, book: Book) -> None:
        other = open_book()
        text = run("verify_ledger")
        assert f"{book.fund.code}: no fault." in text
        assert f"{other.fund.code}: no fault." in text
        number, digest = ledger.head(book.fund.pk)
        assert f"Chain head: {number}:{digest}" in text

    def test_against_a_head_that_holds(self, book: Book) -> None:
        number, digest = ledger.head(book.fund.pk)
        run("verify_ledger", book.fund.code, "--head", f"{number}:{digest}")

    def test_against_a_head_that_does_not(self, book: Book) -> None:
        out = StringIO()
        with pytest.raises(CommandError, match="1 fault found") as error:
            call_command("verify_ledger", book.fund.code, "--head", f"3:{'0' * 64}", "--json", stdout=out)
        assert error.value.returncode == 1
        [report] = json.loads(out.getvalue())
        assert (report["fund"], report["last_number"]) == (book.fund.code, 7)
        assert [(fault["code"], fault["number"]) for fault in report["faults"]] == [("head", 3)]

    @pytest.mark.django_db(transaction=True)
    def test_lists_every_fault(self, book: Book, superuser_cursor: psycopg.Cursor) -> None:
        superuser_cursor.execute("SET session_replication_role = replica")
        superuser_cursor.execute("UPDATE grants_ledgerentry SET posted_at = now() WHERE number IN (3, 5)")
        out = StringIO()
        with pytest.raises(CommandError, match="2 faults found"):
            call_command("verify_ledger", stdout=out)
        assert f"{book.fund.code}: 2 faults." in out.getvalue()
        assert "digest: Entry 3 was changed" in out.getvalue()
        assert "digest: Entry 5 was changed" in out.getvalue()

    @pytest.mark.parametrize("head", ["3", "3:xyz", f"3:{'0' * 63}"])
    def test_a_head_that_cannot_be_read(self, book: Book, head: str) -> None:
        with pytest.raises(CommandError, match="isn't a chain head"):
            run("verify_ledger", book.fund.code, "--head", head)

    def test_a_head_of_no_fund(self, book: Book) -> None:
        with pytest.raises(CommandError, match="Name the fund"):
            run("verify_ledger", "--head", f"3:{'0' * 64}")
