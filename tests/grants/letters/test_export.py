"""The issued letters as an export: the frozen copies with a list, or files to print; nothing half written."""

import csv
import gc
import hashlib
import io
import tracemalloc
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PageObject, PdfReader
from pytest_django import DjangoAssertNumQueries

from grants.actions.letterheads import as_logo
from grants.actions.letters import issue_statement, mark_sent, set_aside
from grants.enums import Action, Delivery, Side, State
from grants.exceptions import RuleRefused
from grants.exports import issued_letters
from grants.exports.every import EXPORTS
from grants.exports.issued_letters import ISSUED_LETTERS
from grants.exports.kinds import Wanted
from grants.exports.one_pdf import OnePdf
from grants.letters.composing import Issue, compose
from grants.letters.facts import facts_of
from grants.letters.paper import as_pdf
from grants.models import Application, Letter
from grants.visibility import Reader
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.letters.looks import content, event_of, issued, letterhead

pytestmark = pytest.mark.django_db


def wanted(world: World, *, side: Side = Side.CHAMBER, **given: Any) -> Wanted:
    reader = Reader(0, world.fund.pk, frozenset({side}), is_landlords=side == Side.LANDLORD)
    return Wanted(fund=world.fund, reader=reader, **given)


def written(world: World, folder: Path, **given: Any) -> list[dict[str, str]]:
    """The list in the archive."""
    done = ISSUED_LETTERS.write(wanted(world, **given), folder, lambda _done, _all: None)
    with zipfile.ZipFile(folder / done.files[0]) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("courriers.csv").decode()), delimiter=";"))
        for row in rows:
            assert hashlib.sha256(archive.read(row["fichier"])).hexdigest() == row["sha256"]
        assert len(archive.namelist()) == len(rows) + 1
    assert done.rows == len(rows)
    assert done.sums_cents == {"amount_cents": sum(int(row["montant_centimes"]) for row in rows)}
    return rows


def three(world: World) -> list[Letter]:
    file, refused = walk.walk_to(world, State.CREDITED), walk.walk_to(world, State.REJECTED)
    waiting = walk.walk_to(world, State.SUBMITTED)
    return [
        issued(world, file, Action.APPROVE),
        issued(world, refused, Action.REJECT),
        issued(world, waiting, Action.SUBMIT, role="advisor"),
    ]


def test_the_copies_with_a_list_and_the_same_bytes_again(tmp_path: Path) -> None:
    world = open_fund()
    letters = three(world)
    rows = written(world, tmp_path)
    assert [(row["numero"], row["type"]) for row in rows] == [("1", "award"), ("2", "refusal"), ("3", "receipt")]
    assert [row["dossier"] for row in rows] == [str(letter.application) for letter in letters]
    once = next(tmp_path.iterdir()).read_bytes()
    written(world, tmp_path)
    assert next(tmp_path.iterdir()).read_bytes() == once
    assert EXPORTS["letters"] is ISSUED_LETTERS


def test_what_was_asked_for_and_no_more(tmp_path: Path) -> None:
    world = open_fund()
    award, _refusal, _receipt = three(world)
    issue_statement(fund=world.fund, as_at=OPENED_ON, by=world.landlord_manager, key=key(), on=OPENED_ON)
    mark_sent(letter=award, channel=Delivery.POST, sent_on=OPENED_ON, by=world.payer, key=key(), on=OPENED_ON)

    def kinds(**given: Any) -> list[str]:
        return [row["type"] for row in written(world, tmp_path, **given)]

    assert kinds(side=Side.LANDLORD) == ["award", "refusal", "statement"]
    assert kinds(options={"kind": "award"}) == ["award"]
    assert kinds(options={"sent": "no"}) == ["refusal", "receipt", "statement"]
    assert kinds(since=OPENED_ON, until=OPENED_ON)[0] == "award"
    for given in ({"since": OPENED_ON + timedelta(days=1)}, {"until": OPENED_ON - timedelta(days=1)}):
        with pytest.raises(RuleRefused, match="Aucun courrier de ce type"):
            kinds(**given)
    sent = written(world, tmp_path, options={"kind": "award"})[0]
    assert (sent["envoye_le"], sent["mode_envoi"]) == ("2020-05-05", "post")


def test_nobody_prints_or_sends_what_no_longer_holds(tmp_path: Path) -> None:
    world = open_fund()
    letters = three(world)
    walk.withdraw(world, letters[2].application)
    aside = set_aside(letter=letters[1], by=world.payer, key=key(), on=OPENED_ON)
    assert [row["numero"] for row in written(world, tmp_path, options={"sent": "no"})] == ["1"]
    done = ISSUED_LETTERS.write(wanted(world, options={"format": "print"}), tmp_path, lambda _done, _all: None)
    assert (done.files, done.rows) == (("courriers-00001-00001.pdf",), 1)
    told = [(row["numero"], row["ecarte_le"]) for row in written(world, tmp_path)]
    assert told == [("1", ""), (str(aside.number), OPENED_ON.isoformat()), ("3", "")]


def marks(read: PdfReader) -> list[tuple[str, int | None]]:
    """The bookmarks, with the page that each leads to."""
    return [
        (str(one.title), read.get_destination_page_number(one)) for one in read.outline if not isinstance(one, list)
    ]


def test_one_file_to_print_with_a_bookmark_for_each_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    three(world)
    issue_statement(fund=world.fund, as_at=OPENED_ON, by=world.landlord_manager, key=key(), on=OPENED_ON)
    monkeypatch.setattr(issued_letters, "TOLD_EVERY", 2)
    told: list[tuple[int, int]] = []
    asked = wanted(world, options={"format": "print"})
    done = ISSUED_LETTERS.write(asked, tmp_path, lambda *how_far: told.append(how_far))
    assert done.files == ("courriers-00001-00004.pdf",)
    assert told == [(2, 4), (4, 4)]
    first = (tmp_path / done.files[0]).read_bytes()
    read = PdfReader(io.BytesIO(first), strict=True)
    assert "accordée" in read.pages[0].extract_text()
    files = Application.objects.filter(fund=world.fund).select_related("tenant").order_by("pk")
    names = [f"n°\u00a0{number} – {file.tenant}, {file}" for number, file in enumerate(files, start=1)]
    assert marks(read) == list(zip([*names, "n°\u00a04 – état du fonds"], range(4), strict=True))
    assert read.metadata is not None
    assert read.metadata.title == "Courriers n°\u00a01 à 4"
    assert str(read.root_object["/Lang"]) == "fr"
    ISSUED_LETTERS.write(asked, tmp_path, lambda _done, _all: None)
    assert (tmp_path / done.files[0]).read_bytes() == first


@pytest.mark.parametrize(("form", "queries"), [("zip", 1), ("print", 4)])
def test_as_many_queries_for_three_letters_as_for_one(
    tmp_path: Path, form: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    for more in (1, 2):
        for _n in range(more):
            issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE)
        with django_assert_num_queries(queries):
            ISSUED_LETTERS.write(wanted(world, options={"format": form}), tmp_path, lambda *_how: None)


def test_on_both_sides_each_letter_begins_on_a_new_sheet(tmp_path: Path) -> None:
    months = [date(2012 + n // 12, n % 12 + 1, 1) for n in range(12, 52)]
    world = open_fund(first_month=date(2012, 1, 1))
    lease = tenant_with_lease(world, months=months, rent_cents=10_00, starts_on=date(2010, 1, 1))
    one = issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE, language="en")
    two = issued(world, walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)
    done = ISSUED_LETTERS.write(wanted(world, options={"format": "print_both_sides"}), tmp_path, lambda *_how: None)
    read = PdfReader(tmp_path / done.files[0], strict=True)
    (short, long) = (len(PdfReader(io.BytesIO(content(letter))).pages) for letter in (one, two))
    assert (short, long, len(read.pages)) == (1, 2, 4)
    assert (read.pages[1].extract_text(), read.pages[1].mediabox) == ("", read.pages[0].mediabox)
    assert [page for _name, page in marks(read)] == [0, 2]
    assert "/Lang" not in read.root_object


def test_typefaces_and_logo_are_in_it_once_and_each_letter_as_it_was_issued(tmp_path: Path) -> None:
    world = open_fund()
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 400)).convert("RGB").save(drawn, "PNG")
    letterhead(world.landlord, logo=as_logo(drawn.getvalue()))
    letters = three(world)
    done = ISSUED_LETTERS.write(wanted(world, options={"format": "print"}), tmp_path, lambda *_how: None)
    joined = (tmp_path / done.files[0]).read_bytes()
    assert joined.count(b"/DCTDecode") == 1
    assert joined.count(b"/Length1") < sum(content(letter).count(b"/Length1") for letter in letters)
    for page, letter in zip(PdfReader(io.BytesIO(joined)).pages, letters, strict=True):
        (own,) = PdfReader(io.BytesIO(content(letter))).pages
        assert page.extract_text() == own.extract_text()
        assert (drawn_on(page), page.mediabox) == (drawn_on(own), own.mediabox)


def drawn_on(page: PageObject) -> list[bytes]:
    """What a page draws, and every typeface and picture it draws with."""
    contents = page.get_contents()
    assert contents is not None
    resources: Any = page["/Resources"]
    faces = [font.get_object().get("/FontDescriptor") for font in resources["/Font"].values()]
    files = [face["/FontFile2"].get_data() for face in faces if face]
    return [contents.get_data(), *files, *(one.data for one in page.images)]


@pytest.mark.parametrize("how", ["zip", "print", "print_both_sides"])
def test_a_copy_that_is_not_what_it_was_stops_it_and_nothing_is_left(tmp_path: Path, how: str) -> None:
    world = open_fund()
    letters = three(world)
    storage, name = letters[2].file.storage, letters[2].file.name
    kept = content(letters[2])
    storage.delete(name)
    for damaged in (None, kept[:-1]):
        if damaged is not None:
            with storage.open(name, "wb") as file:
                file.write(damaged)
        with pytest.raises(RuleRefused, match=r"courrier n°.3 manque"):
            ISSUED_LETTERS.write(wanted(world, options={"format": how}), tmp_path, lambda _done, _all: None)
        assert list(tmp_path.iterdir()) == []


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    three(world)
    monkeypatch.setattr(issued_letters, "TOLD_EVERY", 2)
    told: list[tuple[int, int]] = []
    ISSUED_LETTERS.write(wanted(world), tmp_path, lambda *how_far: told.append(how_far))
    assert told == [(2, 3)]


def test_nothing_of_a_letter_stays_in_memory_but_its_place_and_its_name(tmp_path: Path) -> None:
    world = open_fund()
    (told,) = facts_of([event_of(walk.walk_to(world, State.APPROVED), Action.APPROVE)])
    one = as_pdf(compose(told, Issue(language="fr", dated=OPENED_ON, number=1, code="K7QF2ABCDEFGHJKLMNPQ")))
    held = []
    tracemalloc.start()
    with (tmp_path / "joined.pdf").open("wb") as out:
        joined = OnePdf(out, "Titre")
        for number in range(1, 101):
            joined.add(one, f"n° {number}")
            if number % 50 == 0:
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 50 * 500


def test_memory_does_not_grow_with_the_letters() -> None:
    """Sixteen letters are printed in no more memory than four: nothing of one stays behind."""
    world = open_fund()
    event = event_of(walk.walk_to(world, State.APPROVED), Action.APPROVE)

    def peak(count: int) -> int:
        tracemalloc.start()
        for number in range(count):
            (told,) = facts_of([event])
            as_pdf(compose(told, Issue(language="fr", dated=OPENED_ON, number=number + 1, code="K7QF2ABCDEFGHJKLMNPQ")))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(16) < 2 * peak(4)
