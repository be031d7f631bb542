"""What a pack says of a fund: as it stands, as it stood, as it goes on, and under which names."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import translation

from grants.actions import crediting, erasing, reversal
from grants.demo.origin import OriginStory
from grants.demo.people import Accounts
from grants.enums import FundAction, LineState, RequestKind, Side, State
from grants.exceptions import RuleRefused
from grants.exports.every import EXPORTS
from grants.exports.kinds import Wanted
from grants.exports.pack import archive, verify_pack
from grants.exports.pack.kind import PACK
from grants.exports.pack.pseudonyms import pseudonyms_of
from grants.exports.pack.scope import told_of
from grants.models import Application, Event, EventDetail
from grants.visibility import Reader
from tests.factories import OPENED_ON, World, fund_action, key, open_fund
from tests.grants import walk
from tests.grants.kept import END_OF_10, YEARS_2, clock, full, system
from tests.grants.pack.packs import LATER, Parts, codes_of, expire, made, wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _documents_of_its_own(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("state", [State.DRAFT, State.CREDITED])
def test_a_fund_with_one_file(state: State, tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, state)
    path = made(world, tmp_path / "pack")
    assert codes_of(path) == set()
    # A draft is the chamber's own.
    assert len(Parts.of(path).rows("applications.jsonl")) == (0 if state == State.DRAFT else 1)


def test_a_fund_where_nothing_happened_yet(tmp_path: Path) -> None:
    world = open_fund(endowment_cents=None)
    path = made(world, tmp_path / "pack")
    assert codes_of(path) == set()
    assert Parts.of(path).manifest()["head"]["number"] == 0


@pytest.mark.slow
@pytest.mark.measured
def test_the_origin_story(tmp_path: Path) -> None:
    lines: list[str] = []
    with translation.override("fr"):
        story = OriginStory(lines.append, tmp_path, Accounts())
        story.rent_roll_comes_in()
        story.fund_opens()
        story.first_wave()
    world = World(story.fund, story.landlord, admin=system(), people={"auditor": system()})
    path = made(world, tmp_path / "pack")
    assert codes_of(path) == set()
    credited = [row for row in Parts.of(path).rows("lines.jsonl") if row["state"] == "credited"]
    assert sum(row["approved_cents"] for row in credited) == 27_178_55


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    first, again = (made(world, tmp_path / name).read_bytes() for name in ("first", "again"))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(again).hexdigest()


def test_nothing_in_it_names_or_describes_anybody(tmp_path: Path) -> None:
    world = open_fund()
    for user in world.people.values():
        user.full_name = f"Nom de {user.pk}"
        user.save(update_fields=["full_name"])
    full(world, State.CREDITED)
    file = walk.walk_to(world, State.INELIGIBLE)
    contents = Parts.of(made(world, tmp_path / "pack")).contents
    told = b"".join(content for name, content in contents.items() if name.endswith((".jsonl", ".csv"))).decode()
    hidden = {
        *(user.full_name for user in world.people.values()),
        *(user.email for user in world.people.values()),
        *(file.tenant.legal_name, file.tenant.siret or "", file.siren, "Une personne inventée"),
        *(walk.REASON, "headcount", "declaration.pdf", "AV-2020-001", "inventée"),
    }
    assert [text for text in hidden if text in told] == []
    assert contents["people.jsonl"] == b""


def test_names_where_they_are_asked_for_in_a_part_of_their_own(tmp_path: Path) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    bare, named = (
        Parts.of(made(world, tmp_path / people, options={"people": people})) for people in ("pseudonyms", "names")
    )
    assert {name for name, content in named.contents.items() if bare.contents[name] != content} == {
        *("people.jsonl", "manifest.json", "summary.pdf", "SHA256SUMS")
    }
    people = {row["pseudonym"]: row["name"] for row in named.rows("people.jsonl")}
    credit = next(row for row in named.rows("events.jsonl") if row["action"] == "credit")
    assert people[credit["by"]] == world.payer.full_name
    assert people[named.rows("applications.jsonl")[0]["tenant"]] == file.tenant.legal_name
    assert codes_of(tmp_path / "names" / f"{world.fund.code}-complet-dossier-de-controle.zip") == set()


def test_pseudonyms_stay_within_a_fund_and_differ_between_two(settings: LazySettings) -> None:
    assert pseudonyms_of("a")("p", 1) == pseudonyms_of("a")("p", 1)
    found = {
        pseudonyms_of("a")("p", 1),
        pseudonyms_of("b")("p", 1),
        pseudonyms_of("a")("p", 2),
        pseudonyms_of("a")("t", 1),
    }
    settings.PACK_SECRET = "another"
    assert len(found | {pseudonyms_of("a")("p", 1)}) == 5
    assert all(re.fullmatch(r"[pt]-[0-9a-f]{16}", name) for name in found)


def test_of_an_event_only_what_is_named_is_told_and_no_free_text() -> None:
    data = {"rank": 3, "voucher": "AV-1", "form": "credit_note", "until": "après Pâques", "lines": [1, {"a": "é"}]}
    assert told_of(data) == {"form": "credit_note", "rank": 3}
    assert told_of({"lines": [1, 2], "amounts": {"1": None}}) == {"amounts": {"1": None}, "lines": [1, 2]}


def test_documents_are_those_that_the_readers_side_reads(tmp_path: Path) -> None:
    world = open_fund()
    full(world, State.SUBMITTED)

    # Nor do events tell of them.
    assert b"turnover" not in Parts.of(made(world, tmp_path / "pack")).contents["events.jsonl"]

    def kinds(side: Side) -> set[str]:
        folder = tmp_path / side
        folder.mkdir()
        wanted = Wanted(fund=world.fund, reader=Reader(1, world.fund.pk, frozenset({side})))
        [name] = PACK.write(wanted, folder, lambda _done, _of_all: None).files
        assert codes_of(folder / name) == set()
        return {row["kind"] for row in Parts.of(folder / name).rows("documents.jsonl")}

    assert kinds(Side.LANDLORD) == {"signed_open"}
    assert kinds(Side.CHAMBER) == kinds(Side.EXTERNAL) == {"signed_open", "turnover"}


# A former day.


def test_as_at_a_day_it_says_what_a_pack_said_that_day(tmp_path: Path) -> None:
    """The parts as at a day are, to the byte, those that were written when it was over."""
    world = open_fund()
    for state in (State.ELIGIBLE, State.APPROVED, State.CREDITED, State.REVERSED, State.REJECTED, State.WITHDRAWN):
        walk.walk_to(world, state)
    draft = walk.draft(world)
    request = walk.ask_cancel(world, walk.walk_to(world, State.APPROVED))
    then = Parts.of(made(world, tmp_path / "then"))
    go_on(world, draft.pk, request.pk)

    path = made(world, tmp_path / "as_at", as_at=OPENED_ON)
    assert codes_of(path) == set()
    later = Parts.of(path)
    differing = {name for name, content in then.contents.items() if later.contents[name] != content}
    # Documents are of the computer's clock.
    assert differing - {"manifest.json", "summary.pdf", "SHA256SUMS", "documents.jsonl"} == set()
    assert codes_of(made(world, tmp_path / "now"), str(path)) == set()


def go_on(world: World, draft: int, request: int) -> None:
    """All of the files take another step, after the day that is asked for."""
    from grants.actions import lifecycle, reversal
    from grants.models import Application, ReversalRequest

    files = {file.state: file for file in Application.objects.filter(fund=world.fund).exclude(pk=draft)}
    walk.submit(world, Application.objects.get(pk=draft), on=LATER)
    reversal.cancel_lines(request=ReversalRequest.objects.get(pk=request), by=world.approver2, key=key(), on=LATER)
    walk.approve(world, files[State.ELIGIBLE], on=LATER)
    walk.credit(world, walk.walk_to(world, State.APPROVED, on=LATER), on=LATER)
    walk.reopen(world, files[State.REJECTED], on=LATER)
    undone = walk.ask_undo(world, files[State.CREDITED], LATER)
    reversal.reverse(request=undone, by=world.approver2, key=key(), on=LATER)
    fund_action(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=1_00, on=LATER)
    walk.amend(world, on=LATER)
    pending = Application.objects.get(pk=draft)
    lifecycle.apply_new_version(application=pending, by=world.landlord_manager, key=key(), on=LATER)


def credit(world: World, file: Application, number: str, on: date) -> Application:
    piece = walk.voucher(on, ref=number)
    return crediting.credit(
        application=file, lines=walk.line_ids(file), voucher=piece, by=world.payer, key=key(), on=on
    )


def test_as_at_a_day_a_line_has_the_voucher_of_that_day(tmp_path: Path) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    file = credit(world, file, "AV-1", OPENED_ON)
    undone, again = LATER, LATER + timedelta(days=3)

    def lines(day: date) -> list[dict[str, object]]:
        told = Parts.of(made(world, tmp_path / f"{len(list(tmp_path.iterdir()))}", as_at=day)).rows("lines.jsonl")
        return [{name: row[name] for name in ("state", "form", "voucher", "voucher_date")} for row in told]

    credited = lines(OPENED_ON)
    assert {row["state"] for row in credited} == {"credited"}
    request = walk.ask_undo(world, file, undone, kind=RequestKind.UNCREDIT)
    file = reversal.reverse(request=request, by=world.approver2, key=key(), on=undone)
    assert lines(OPENED_ON) == credited
    assert {row["voucher"] for row in lines(undone)} == {""}
    credit(world, file, "AV-2", again)
    assert lines(OPENED_ON) == credited, "not the voucher that came later"
    assert {row["voucher"] for row in lines(undone)} == {""}
    assert {row["voucher_date"] for row in lines(again)} == {again.isoformat()}


@pytest.mark.parametrize("happens", [wait, expire])
def test_as_at_in_the_midst_of_it(tmp_path: Path, happens: Callable[[World], None]) -> None:
    world = open_fund()
    reopened = walk.walk_to(world, State.REJECTED)
    lapsed = walk.walk_to(world, State.LAPSED)
    walk.reopen(world, reopened, on=LATER)
    happens(world)
    assert codes_of(made(world, tmp_path / "now")) == set()
    for day in (OPENED_ON - timedelta(days=1), LATER, LATER + timedelta(days=61)):
        assert codes_of(made(world, tmp_path / str(day), as_at=day)) == set()
    rows = Parts.of(made(world, tmp_path / "again", as_at=LATER)).rows("applications.jsonl")
    states = {row["application"]: row["state"] for row in rows}
    assert (states[reopened.pk], states[lapsed.pk]) == ("submitted", "lapsed")


def test_an_event_after_the_day_is_a_fault(tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED)
    parts = Parts.of(made(world, tmp_path / "pack", as_at=OPENED_ON))
    parts.put_manifest(parts.manifest() | {"as_at": "2020-05-04"})
    assert codes_of(parts.zipped(tmp_path / "pack.zip")) == {"after_as_at"}


# One pack after the other.


def test_a_later_pack_extends_an_earlier_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = open_fund()
    approved = walk.walk_to(world, State.APPROVED)
    old = made(world, tmp_path / "old")
    walk.credit(world, approved, on=LATER)
    new = made(world, tmp_path / "new")

    assert verify_pack.main([str(new), "--extends", str(old), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    count = len(Parts.of(old).rows("events.jsonl"))
    assert re.search(rf"{count}  earlier events, unchanged", said)
    # The other way round, and against another fund, it doesn't.
    assert codes_of(old, str(new)) == {"rewritten"}
    assert codes_of(made(open_fund(), tmp_path / "other"), str(old)) == {"other_fund"}


@pytest.mark.parametrize("name", ["ledger.csv", "events.jsonl"])
def test_history_rewritten_between_two_packs(tmp_path: Path, name: str) -> None:
    """Whole and in agreement, but not what was handed out before."""
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    new = made(world, tmp_path / "new")
    before = Parts.of(new)
    if name == "ledger.csv":
        entries = before.entries()
        entries[1]["posted_at"] = "1591092000.123456"
        before.put_entries(entries)
    else:
        before.change(name, lambda row: row["action"] == "submit", reason="changed")
    before.mend()
    assert codes_of(new, str(before.zipped(tmp_path / "old.zip"))) == {"rewritten"}


def test_what_was_done_later_under_an_earlier_date_was_not_slipped_in(tmp_path: Path) -> None:
    """Between events of the day asked for stand those of later days, which an earlier pack left out."""
    world = open_fund()
    for day in (OPENED_ON, LATER, OPENED_ON):
        walk.draft(world, on=day)
    old = made(world, tmp_path / "old", as_at=OPENED_ON)
    assert codes_of(made(world, tmp_path / "new"), str(old)) == set()


def test_an_event_gone_between_two_packs(tmp_path: Path) -> None:
    """The last one, which moved no money."""
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED)
    old = made(world, tmp_path / "old")
    after = Parts.of(old)
    after.put("events.jsonl", after.rows("events.jsonl")[:-1])
    after.mend()
    assert "rewritten" in codes_of(after.zipped(tmp_path / "new.zip"), str(old))


@pytest.mark.parametrize("place", [0, 3, -1])
def test_an_event_slipped_in_between_two_packs(tmp_path: Path, place: int) -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    new = made(world, tmp_path / "new")
    before = Parts.of(new)
    rows = before.rows("events.jsonl")
    del rows[place]
    before.put("events.jsonl", rows)
    before.mend()
    # The last one may have come since.
    expected = set() if place == -1 else {"rewritten"}
    assert codes_of(new, str(before.zipped(tmp_path / "old.zip"))) == expected


def test_erasure_is_accepted_where_it_is_declared_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = open_fund()
    credited, rejected = full(world, State.CREDITED), full(world, State.REJECTED)
    draft = walk.draft(world, facts={"headcount": 4})
    old = made(world, tmp_path / "old")
    clock(monkeypatch, END_OF_10 + timedelta(days=1))
    for file in (credited, rejected, draft):
        erasing.erase(application=file, by=system(), key=f"erase:{file.pk}", on=END_OF_10 + timedelta(days=1))
    new = made(world, tmp_path / "new")

    assert verify_pack.main([str(new), "--extends", str(old), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    declared = re.findall(r"Erasure declared on (\S+): (\d+) details of application (\d+)", said)
    assert {int(file) for _day, _count, file in declared} == {credited.pk, rejected.pk, draft.pk}
    assert {day for day, _count, _file in declared} == {"2031-01-01"}
    assert {row["erased_on"] for row in Parts.of(new).rows("applications.jsonl")} == {"2031-01-01"}
    # A pack that goes on from there says it no more.
    assert verify_pack.main([str(new), "--extends", str(new), "--lang", "en"]) == 0
    assert "Erasure declared" not in capsys.readouterr().out
    # As at a day before, what is erased by now is declared as well.
    then = made(world, tmp_path / "as_at", as_at=YEARS_2)
    assert codes_of(then) == set()
    before, after, as_at = ({row["voucher"] for row in Parts.of(pack).rows("lines.jsonl")} for pack in (old, new, then))
    assert as_at == after != before, "the voucher's number is erased as at any day"


def test_a_detail_deleted_by_hand_is_a_fault(tmp_path: Path) -> None:
    world = open_fund()
    walk.walk_to(world, State.INELIGIBLE)
    EventDetail.objects.filter(event=Event.objects.filter(action="assess_unfavourable").latest("pk")).delete()
    assert codes_of(made(world, tmp_path / "pack")) == {"erasure"}


def test_a_fund_that_was_closed(tmp_path: Path) -> None:
    """Money freed afterwards goes back to the landlord in the same event."""
    world = open_fund()
    approved, credited, freed = (
        walk.walk_to(world, state) for state in (State.APPROVED, State.CREDITED, State.APPROVED)
    )
    walk.draft(world)
    fund_action(world, FundAction.CLOSE, on=LATER)
    walk.withdraw(world, approved, on=LATER)
    walk.reverse(world, credited, on=LATER)
    walk.cancel(world, freed, on=LATER)
    assert codes_of(made(world, tmp_path / "pack")) == set()


def test_a_proposal_that_was_refused(tmp_path: Path) -> None:
    from grants.actions.funding import propose, refuse

    world = open_fund()
    asked = {"fund": world.fund, "action": FundAction.SUSPEND, "by": world.landlord_manager, "on": OPENED_ON}
    proposal = propose(**asked, key=key())
    refuse(proposal=proposal, by=world.approver, key=key(), on=OPENED_ON)
    propose(**asked, key=key())
    assert codes_of(made(world, tmp_path / "pack")) == set()


# How it is asked for.


def test_it_is_offered_to_auditors_and_managers() -> None:
    assert EXPORTS["pack"] is PACK
    assert {str(role) for role in PACK.roles} == {"auditor", "manager"}
    assert PACK.dates == {"as_at"}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    target = tmp_path / "pack.zip"
    call_command("auditor_pack", world.fund.code, "--output", str(target), "--as-at", "2020-05-05")
    assert codes_of(target) == set()
    beside = json.loads((tmp_path / "pack.zip.manifest.json").read_text())
    assert beside["kind"] == "pack"
    assert beside["chain_head"] == Parts.of(target).manifest()["head"]
    with pytest.raises(CommandError, match="--overwrite"):
        call_command("auditor_pack", world.fund.code, "--output", str(target))
    call_command("auditor_pack", world.fund.code, "--output", str(target), "--overwrite", "--people", "names")
    assert Parts.of(target).manifest()["people"] == "names"
    capsys.readouterr()


def test_a_pack_that_would_be_too_large(tmp_path: Path) -> None:
    parts = [archive.Part("ledger.csv", 2**31, "0" * 64)]
    with pytest.raises(RuleRefused, match=r"2\sGo"):
        archive.pack(tmp_path, tmp_path / "pack.zip", parts)


def test_what_is_no_plain_data_isnt_written() -> None:
    assert (
        archive.as_json({"day": date(2020, 5, 5), "state": LineState.DRAFT}) == '{"day":"2020-05-05","state":"draft"}'
    )
    with pytest.raises(TypeError, match="no plain data"):
        archive.as_json({"state": object()})


def test_how_far_it_is_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from grants.exports.pack import ledger_part

    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    monkeypatch.setattr(ledger_part, "AT_A_TIME", 2)
    told: list[tuple[int, int]] = []
    reader = Reader(1, world.fund.pk, frozenset({Side.EXTERNAL}))
    PACK.write(Wanted(fund=world.fund, reader=reader), tmp_path, lambda done, of_all: told.append((done, of_all)))
    assert told == [(2, 7), (4, 7), (6, 7)]
