"""The issued letters as an export: the frozen copies with a list, or files to print; nothing half written."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from grants.actions.letters import issue_statement, mark_sent, set_aside
from grants.enums import Action, Delivery, Side, State
from grants.exceptions import RuleRefused
from grants.exports import issued_letters
from grants.exports.every import EXPORTS
from grants.exports.issued_letters import ISSUED_LETTERS
from grants.exports.kinds import Wanted
from grants.letters.composing import Issue, compose
from grants.letters.facts import facts_of
from grants.letters.paper import as_pdf
from grants.models import Letter
from grants.visibility import Reader
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.letters.looks import content, event_of, issued

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


def test_ready_to_print_in_files_of_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    three(world)
    monkeypatch.setattr(issued_letters, "PER_FILE", 2)
    told: list[tuple[int, int]] = []
    asked = wanted(world, options={"format": "print"})
    done = ISSUED_LETTERS.write(asked, tmp_path, lambda *how_far: told.append(how_far))
    assert done.files == ("courriers-00001-00002.pdf", "courriers-00003-00003.pdf")
    assert told == [(2, 3), (3, 3)]
    read = PdfReader(tmp_path / done.files[0])
    assert len(read.pages) == 2
    assert "accordée" in read.pages[0].extract_text()
    first = (tmp_path / done.files[0]).read_bytes()
    ISSUED_LETTERS.write(asked, tmp_path, lambda _done, _all: None)
    assert (tmp_path / done.files[0]).read_bytes() == first


@pytest.mark.parametrize("how", ["zip", "print"])
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
