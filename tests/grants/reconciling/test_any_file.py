"""Whatever a landlord hands in: it is read, or refused by a sentence that says what, where and how to mend it."""

import io
import zipfile
from collections.abc import Callable
from typing import Any, Final

import openpyxl
import pytest

from grants.actions.confirmations import contents
from grants.exceptions import BadInput
from tests.factories import World
from tests.grants.reconciling.papers import account, as_csv, notes, said, states
from tests.grants.reconciling.test_confirmations import row, world_with_lines

pytestmark = pytest.mark.django_db
TEXT: Final = as_csv([row()]).decode()
HEAD: Final = list(row())
UNKNOWN: Final = [f"Colonne {number}" for number in range(6_000)]


@pytest.fixture
def world(db: None) -> World:
    return world_with_lines()


def workbook(fill: Callable[[Any, Any], object]) -> bytes:
    book = openpyxl.Workbook()
    fill(book, book.active)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def rows_on(sheet: Any, *changes: dict[str, Any]) -> None:
    sheet.append(HEAD)
    for one in changes or ({},):
        sheet.append(list(row(**one).values()))


def below_a_merged_title(_book: Any, sheet: Any) -> None:
    sheet.append(["Avoirs de mai"])
    sheet.merge_cells("A1:F1")
    rows_on(sheet)


def on_the_second_sheet(book: Any, sheet: Any) -> None:
    sheet.append(["Notice"])
    rows_on(book.create_sheet("Avoirs"))


READ: Final = {
    "utf-16 with a mark": TEXT.encode("utf-16"),
    "utf-16 without": TEXT.encode("utf-16-le"),
    "windows-1252": TEXT.encode("cp1252"),
    "utf-8 with a mark": TEXT.encode("utf-8-sig"),
    "line ends of a Mac": TEXT.replace("\r\n", "\r").encode(),
    "tabs": as_csv([row()], "\t"),
    "many columns": as_csv([row(**dict.fromkeys(UNKNOWN, ""))]),
    "dates as texts": workbook(lambda _book, sheet: rows_on(sheet)),
    "merged cells": workbook(below_a_merged_title),
    "several sheets": workbook(on_the_second_sheet),
    **{
        amount: as_csv([row(Montant=amount)])
        for amount in ("(500,00)", "500-", "\u2212500,00", "-500,00 EUR", "-500.00")
    },
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_what_programs_write_is_read(content: bytes, world: World) -> None:
    file = notes(world, content, name="avoirs.xlsx" if content.startswith(b"PK") else "avoirs.csv")
    assert (states(file), file.faults) == (["ready"], [])


REFUSED: Final = {
    "page.xls": (b"\xef\xbb\xbf\n<html><table><tr><td>B1", "web_page", "page web"),
    "liste.xml": (b"<?xml version='1.0'?><x/>", "web_page", "classeur Excel (XLSX) ou en CSV"),
    "avoirs.pdf": (b"%PDF-1.4 x", "not_a_table", "ni un fichier CSV"),
    "avoirs.png": (b"\x89PNG\r\n\x1a\n", "not_a_table", "ni un fichier CSV"),
    "coupe.xlsx": (workbook(lambda _book, sheet: rows_on(sheet))[:2_000], "not_a_table", "ni un fichier CSV"),
}


@pytest.mark.parametrize("hand", [notes, account])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_is_refused_with_how_to_mend_it(name: str, hand: Any, world: World) -> None:
    content, code, words = REFUSED[name]
    with pytest.raises(BadInput) as refusal:
        hand(world, content, name=name)
    assert refusal.value.codes == [code]
    assert f"«\u00a0{name}\u00a0»" in str(refusal.value)
    assert words in str(refusal.value)


def with_entry(name: str, content: bytes) -> bytes:
    """A workbook with something more in its archive."""
    made = io.BytesIO(workbook(lambda _book, sheet: rows_on(sheet)))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "megabytes", "code"),
    [("xl/worksheets/sheet9.xml", 120, "document_bomb"), ("xl/vbaProject.bin", 0, "document_macros")],
)
def test_a_workbook_is_told_what_to_do_with_a_workbook(name: str, megabytes: int, code: str, world: World) -> None:
    with pytest.raises(BadInput) as refusal:
        notes(world, with_entry(name, bytes(megabytes * 1024 * 1024)), name="avoirs.xlsx")
    assert refusal.value.codes == [code]
    assert "PDF" not in str(refusal.value)
    assert "CSV" in str(refusal.value)


def test_of_thousands_of_unknown_columns_the_first_are_named(world: World) -> None:
    file = notes(world, READ["many columns"])
    assert len(file.warnings) == contents.COLUMNS_TOLD + 1
    assert "5980 autres colonnes" in str(file.warnings[-1]["message"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Le fichier est vide."),
        (TEXT.split("\r\n")[0].encode(), "aucune ligne sous l’en-tête"),
        (TEXT.replace("Nature", "Montant").encode(), "Deux colonnes donnent le même renseignement"),
        (TEXT.replace("AV-7", '"AV-7').encode(), "guillemets"),
        (bytes(range(256)) * 50, "ni en UTF-8, ni en UTF-16, ni en Windows-1252"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told(content: bytes, words: str, world: World) -> None:
    (fault,) = notes(world, content).faults
    assert words in str(fault["message"])
    assert fault["remedy"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-", "Indiquez le montant TTC"),
        ("-1 234,56 €", "un écart de 734,56"),
        ("-1.234,56", "un écart de 734,56"),
        ("1.234", "milliers ou des décimales"),
        ("-1234,567", "deux décimales au plus"),
        ("9" * 20, "trop grand"),
        ("NaN", "pas un montant"),
    ],
)
def test_an_amount_that_is_none_or_another_says_so(amount: str, words: str, world: World) -> None:
    (sentence,) = said(notes(world, as_csv([row(Montant=amount)])))
    assert words in sentence.replace("\u202f", " ").replace("\u00a0", " ")
