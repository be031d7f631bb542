"""The pages of exports, as the person who asks reads them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions import exporting
from grants.actions.exporting import ask
from grants.enums import Reading, Role, Side, State
from grants.exceptions import Breach, RuleRefused
from grants.exports.every import EXPORTS
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.sections import OTHERS, in_sections
from grants.models import Export, FundMember, ReadLog
from grants.views.exports import sent
from tests.accounts import log_in
from tests.factories import World, key, open_fund, user
from tests.grants import walk
from tests.grants.deciding.visitor import Visitor
from tests.grants.exports.kinds import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    return world


@pytest.fixture
def auditor(world: World) -> Visitor:
    return Visitor(world.auditor)


def place(world: World, *parts: object) -> str:
    return "/".join(["/fonds", world.fund.code, "exports", *map(str, parts), ""])


def asked(world: World, kind: str = "ledger-csv") -> Export:
    return ask(fund=world.fund, kind=kind, by=world.auditor, key=key())


def test_every_kind_stands_once_under_a_heading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict(in_sections(EXPORTS.values()))
    assert OTHERS not in found, "name the new kind in grants/exports/sections.py"
    assert sorted(kind.code for kinds in found.values() for kind in kinds) == sorted(EXPORTS)
    registered(monkeypatch)
    assert [kind.code for kind in dict(in_sections(EXPORTS.values()))[OTHERS]] == ["essai"]
    page = Visitor(world.auditor).open(place(world)).page
    headings = ["".join(element.itertext()) for element in page.iter("h3")]
    assert headings[0] == "Journal and applications"
    assert headings[-1] == "Other exports"


def test_from_the_list_to_the_file(world: World, auditor: Visitor) -> None:
    auditor.open(place(world))
    assert "Journal of the fund (CSV)" in auditor.text
    assert "You have not asked for an export yet" in auditor.text
    auditor.open(place(world, "nouveau", "ledger-csv"))
    auditor.press("Make the export", {"as_at": "2020-05-31", "option_separator": "comma", "option_names": "no"})
    assert "The export is ready" in auditor.text
    assert "31/05/2020" in auditor.text or "05/31/2020" in auditor.text
    assert "without names: references only" in auditor.text
    assert ["Endowment", "€40,000.00"] in auditor.rows("Totals")
    assert ["Credited, afterwards", "€1,500.00"] in auditor.rows("Totals")
    export = Export.objects.get()
    assert export.sha256 in auditor.text
    once = auditor.address
    auditor.press_again()
    assert (auditor.address, Export.objects.count()) == (once, 1), "a double click asks once"
    auditor.open(place(world))
    ((name, _at, state, file, digest),) = auditor.rows("My last exports")
    assert name.startswith("Journal of the fund (CSV)")
    assert (state, digest) == ("ready", f"{export.sha256[:16]}…")
    assert file.startswith(f"{world.fund.code}-journal-2020-05-31.csv")


@pytest.mark.parametrize(
    ("by", "kind", "label"),
    [
        ("auditor", "ledger-csv", "Until value date"),
        ("payer", "letters", "Dated until"),
        ("payer", "credit-schedule", "Granted until"),
    ],
)
def test_a_day_is_called_what_it_is(by: str, kind: str, label: str, world: World) -> None:
    visitor = Visitor(getattr(world, by)).open(place(world, "nouveau", kind))
    labels = ["".join(element.itertext()).split(" (")[0] for element in visitor.page.iter("label")]
    assert [text for text in labels if "until" in text.lower()] == [label]
    if kind != "letters":  # there are none: refused
        visitor.press("Make the export", {"until": "2020-12-31"})
        assert label in visitor.text


def test_beside_a_file_stands_what_to_do_with_it(world: World) -> None:
    payer = Visitor(world.payer).open(place(world, "nouveau", "credit-schedule"))
    payer.press("Make the export", {})
    assert "hand the file back under: Reconciliation" in payer.text
    assert f"/fonds/{world.fund.code}/rapprochement/" in [link.get("href") for link in payer.page.iter("a")]


def test_the_file_leaves_as_it_is_and_is_closed_when_its_reader_hangs_up(world: World, auditor: Visitor) -> None:
    export = asked(world)
    answer: Any = auditor.client.get(place(world, export.uuid, "fichier"))
    assert b"".join(answer.streaming_content) == export.path.read_bytes()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
    assert answer["Cache-Control"] == "private, no-store"
    assert int(answer["Content-Length"]) == export.size
    logged = ReadLog.objects.filter(what=Reading.EXPORT, object_uuid=export.uuid, filter_text__startswith="download")
    assert logged.count() == 1
    hung_up = sent(export.path)
    assert next(iter(hung_up))
    file: Any = hung_up.file_to_stream
    assert not file.closed
    hung_up.close()
    assert file.closed
    assert [path.name for path in export.folder.iterdir()] == [export.file_name]
    assert list(export.folder.parent.glob("*.part")) == []


def test_the_manifest_stands_beside_it(world: World, auditor: Visitor) -> None:
    export = asked(world)
    answer = auditor.client.get(place(world, export.uuid, "manifeste"))
    told = json.loads(answer.content)
    assert told["files"][0]["sha256"] == export.sha256
    assert told["asked"] == {"by": "auditor", "user": str(world.auditor.uuid), "at": export.made_at.isoformat()}
    assert answer["Content-Disposition"] == f'attachment; filename="{export.file_name}.manifest.json"'


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-99"}])
def test_what_has_expired_says_so(headers: dict[str, str], world: World, auditor: Visitor) -> None:
    export = asked(world)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    a_week = timedelta(days=exporting.KEPT_DAYS)
    Export.objects.filter(pk=export.pk).update(finished_at=an_hour_ago - a_week, expires_at=an_hour_ago)
    answer = auditor.client.get(place(world, export.uuid, "fichier"), headers=headers)
    assert answer.status_code == 410
    assert "This link expired on" in answer.content.decode()
    assert "ask for the export again" in answer.content.decode()
    auditor.open(place(world, export.uuid))
    assert "The link has expired" in auditor.text
    assert auditor.client.get(place(world, export.uuid, "manifeste")).status_code == 200
    auditor.open(place(world))
    assert auditor.rows("My last exports")[0][2:4] == ["expired", ""]


def test_the_same_is_asked_for_again_by_its_address(world: World, auditor: Visitor) -> None:
    auditor.open(place(world, "nouveau", "ledger-csv"))
    auditor.press("Make the export", {"until": "2020-05-31", "option_decimal": "point"})
    (address,) = [link.get("href", "") for link in auditor.page.iter("a") if "until=" in link.get("href", "")]
    auditor.open(address)
    auditor.press("Make the export")
    first, second = Export.objects.order_by("pk")
    assert (first.until, first.options, first.sha256) == (second.until, second.options, second.sha256)


def test_what_can_t_be_asked_is_said_at_once_and_kept(world: World, auditor: Visitor) -> None:
    auditor.open(place(world, "nouveau", "ledger-csv"))
    auditor.press("Make the export", {"since": "2020-06-02", "until": "2020-06-01", "as_at": "2999-01-01"})
    assert auditor.status == 422
    assert len(auditor.reasons) == 2
    assert "comes before the first one" in auditor.reasons[0]
    assert "has not come yet" in auditor.reasons[1]
    assert 'value="2020-06-02"' in auditor.answer.content.decode()
    assert not Export.objects.exists()
    auditor.press("Make the export", {"since": "hier", "option_separator": "tab"})
    assert len(auditor.reasons) == 3


def test_a_form_gone_back_to_and_changed_is_told_so(world: World, auditor: Visitor) -> None:
    auditor.open(place(world, "nouveau", "ledger-csv"))
    auditor.press("Make the export")
    address, sent = auditor.sent
    answer = auditor.client.post(address, sent | {"option_separator": ["comma"]})
    assert answer.status_code == 422
    assert "This key was already used for another request" in answer.content.decode()
    assert Export.objects.count() == 1


def test_a_free_option_may_stay_empty(world: World, auditor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch)
    auditor.open(place(world, "nouveau", "essai"))
    auditor.press("Make the export", {"option_note": "n° 7"})
    assert Export.objects.get().options == {"colour": "red", "note": "n° 7"}
    assert "n° 7" in auditor.text


def test_every_reason_of_a_refusal_is_read_at_once(
    world: World, auditor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(wanted: Wanted, folder: Path, told: Told) -> Written:
        raise RuleRefused([Breach("one", "Raison une."), Breach("two", "Raison deux.")])

    registered(monkeypatch, refuse)
    auditor.open(place(world, "nouveau", "essai"))
    auditor.press("Make the export")
    assert "This export was not made Raison une.Raison deux." in auditor.text
    answer = auditor.client.get(place(world, Export.objects.get().uuid, "fichier"))
    assert answer.status_code == 410
    assert auditor.client.get(place(world, Export.objects.get().uuid, "manifeste")).status_code == 404


def test_a_large_one_shows_how_far_it_is(world: World, auditor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "SMALL", 0)
    export = asked(world)
    auditor.open(place(world, export.uuid))
    assert "In progress" in auditor.text
    assert "It has not begun yet" not in auditor.text
    assert (
        "In progress" in auditor.client.get(place(world, export.uuid), headers={"HX-Request": "true"}).content.decode()
    )
    Export.objects.filter(pk=export.pk).update(done_rows=5_000, all_rows=20_000)
    auditor.open(place(world, export.uuid))
    assert "In progress: 5,000 of 20,000 rows" in auditor.text
    monkeypatch.setattr("grants.actions.work.LATE_SECONDS", -1)
    assert "It has not begun yet" in auditor.open(place(world, export.uuid)).text
    exporting.carry_out(export.pk)
    part = auditor.client.get(place(world, export.uuid), headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert "The export is ready" in part
    assert "<h1" not in part


def test_a_kind_that_is_gone_still_shows_what_was_made(
    world: World, auditor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(monkeypatch)
    export = asked(world, "essai")
    monkeypatch.undo()
    assert "essai" in auditor.open(place(world, export.uuid)).title
    assert "un.txt" in auditor.open(place(world)).text


class TestWhoReads:
    def test_an_export_is_its_askers_alone(self, world: World) -> None:
        export = asked(world)
        manager = Visitor(world.manager)
        assert manager.open(place(world)).status == 200
        assert "My last exports" in manager.text
        assert export.file_name not in manager.text
        for part in ("", "fichier", "manifeste"):
            assert manager.client.get(place(world, export.uuid, part).replace("//", "/")).status_code == 404

    def test_a_stranger_finds_nothing(self, world: World) -> None:
        export, stranger = asked(world), log_in(Client(), user())
        addresses = [place(world), place(world, export.uuid), place(world, "nouveau", "ledger-csv")]
        assert {stranger.get(address).status_code for address in addresses} == {404}

    def test_who_has_no_role_any_more_finds_nothing(self, world: World, auditor: Visitor) -> None:
        export = asked(world)
        FundMember.objects.filter(user=world.auditor).update(ends_on=timezone.localdate() - timedelta(days=1))
        assert auditor.client.get(place(world, export.uuid, "fichier")).status_code == 404

    def test_a_file_made_for_other_eyes_is_not_theirs(self, world: World, auditor: Visitor) -> None:
        export = asked(world)
        member = world.member("auditor")
        FundMember.objects.filter(pk=member.pk).update(side="chamber")
        assert auditor.client.get(place(world, export.uuid, "fichier")).status_code == 404

    def test_who_lost_the_role_reads_nothing_of_what_it_gave(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch, roles=frozenset({Role.PAYER}))
        walk.join(world, "both", Side.LANDLORD, Role.ASSESSOR, user=world.payer)
        export, payer = ask(fund=world.fund, kind="essai", by=world.payer, key=key()), Visitor(world.payer)
        assert payer.client.get(place(world, export.uuid, "manifeste")).status_code == 200
        assert "What it holds" in payer.open(place(world, export.uuid)).text
        FundMember.objects.filter(user=world.payer, role=Role.PAYER).update(
            ends_on=timezone.localdate() - timedelta(days=1)
        )
        for part in ("fichier", "manifeste"):
            assert payer.client.get(place(world, export.uuid, part)).status_code == 404
        shown = payer.open(place(world, export.uuid)).text
        assert "None of your roles gives you this export any more" in shown
        assert not {word for word in ("What it holds", "Totals", "Ask for the same again", "un.txt") if word in shown}
        payer.open(place(world))
        assert payer.rows("My last exports")[0][3] == ""

    def test_roles_that_export_nothing_are_told_who_does(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        for code, kind in list(EXPORTS.items()):
            if world.member("advisor").role in kind.roles:
                monkeypatch.delitem(EXPORTS, code)
        advisor = Visitor(world.advisor)
        assert "None of your roles in this fund exports" in advisor.open(place(world)).text
        assert advisor.open(place(world, "nouveau", "ledger-csv")).status == 404
        assert advisor.open(place(world, "nouveau", "rien")).status == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(
    count: int, world: World, auditor: Visitor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(count):
        asked(world)
    auditor.open(place(world))
    with django_assert_num_queries(7):
        auditor.client.get(place(world))


@pytest.mark.parametrize("kind", EXPORTS.values(), ids=lambda kind: kind.code)
def test_every_kind_can_be_asked_for_as_it_is_offered(kind: ExportKind, world: World) -> None:
    visitor = Visitor(world.auditor if Role.AUDITOR in kind.roles else world.manager)
    assert visitor.open(place(world, "nouveau", kind.code)).status == 200
    assert str(kind.what)
