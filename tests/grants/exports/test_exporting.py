"""What is the same for every export: asked for once, made whole or not at all, handed out for a week."""

import json
import os
import zipfile
from datetime import date, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from fundadmin.models import Scope
from grants import tasks
from grants.actions import exporting, work
from grants.actions.exporting import ask, carry_on, carry_out, forget_expired, hand_out, may_have
from grants.enums import Reading, Role, Side
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed, RuleRefused
from grants.exports.kinds import Told, Wanted, Written
from grants.ledger import head
from grants.models import Export, FundMember, ReadLog
from grants.models.export import exports_root
from tests.factories import World, key, open_fund, user
from tests.grants import walk
from tests.grants.exports.kinds import one_file, registered, two_files

AS_AT = date(2020, 5, 31)


@pytest.fixture
def world(db: None) -> World:
    return open_fund()


def wanted(world: World, **changes: Any) -> Export:
    return ask(**{"fund": world.fund, "kind": "essai", "by": world.auditor, "key": key()} | changes)


def left_waiting(export: Export, attempts: int = 1) -> None:
    """As a worker leaves it that died a while ago."""
    silent = timezone.now() - timedelta(seconds=work.SILENT_SECONDS + 1)
    Export.objects.filter(pk=export.pk).update(told_at=silent, attempts=attempts)


def as_job(patch: pytest.MonkeyPatch) -> None:
    """As if the fund were too large for its reader to wait."""
    patch.setattr(exporting, "SMALL", 0)


def halves() -> list[Path]:
    return list(exports_root().glob("*.part"))


def cut_who_holds(export: Export) -> None:
    """As a server does that restarts: the hold is lost, whoever had it goes on and doesn't know."""
    holding = "FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) {holding}", [work.Lock.EXPORT, export.pk])
        assert cursor.fetchall() == [(True,)]


class TestAsking:
    def test_a_small_one_is_there_at_once_with_a_true_manifest(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch)
        export = wanted(world, as_at=AS_AT)
        assert (export.state, export.file_name, export.attempts) == ("done", "un.txt", 1)
        assert str(export) == f"essai {export.uuid}"
        content = export.path.read_bytes()
        assert content == f"{world.fund.code} 2020-05-31 red\n".encode()
        assert (export.size, export.sha256) == (len(content), sha256(content).hexdigest())
        assert export.manifest["files"] == [{"name": "un.txt", "size": len(content), "sha256": export.sha256}]
        assert export.manifest["fund"] == {"code": world.fund.code, "name": world.fund.name}
        assert export.manifest["as_at"] == "2020-05-31"
        assert export.manifest["since"] is None
        assert export.manifest["options"] == {"colour": "red"}
        assert export.manifest["sums_cents"] == {"credit": 1_00}
        number, digest = head(world.fund.pk)
        assert export.manifest["chain_head"] == {"number": number, "digest": digest}
        assert export.manifest["asked"]["by"] == "auditor"
        assert halves() == []

    def test_it_is_logged_with_its_filter(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        export = wanted(world, since=date(2020, 5, 1), options={"colour": "blue"})
        hand_out(export, world.auditor)
        rows = ReadLog.objects.filter(object_uuid=export.uuid, what=Reading.EXPORT, user=world.auditor)
        assert list(rows.order_by("pk").values_list("filter_text", flat=True)) == [
            "essai since=2020-05-01 colour=blue",
            "download un.txt",
        ]

    def test_the_same_key_asks_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        first = wanted(world, key="une-fois")
        assert wanted(world, key="une-fois") == first
        assert wanted(world, key="une-fois", by=world.manager) != first
        assert ReadLog.objects.filter(object_uuid=first.uuid).count() == 1
        with pytest.raises(KeyReused):
            wanted(world, key="une-fois", options={"colour": "blue"})

    def test_who_may(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        for person in (world.advisor, world.payer, user()):
            with pytest.raises(NotAllowed, match="contrôleur"):
                wanted(world, by=person)
        assert not Export.objects.exists()

    def test_all_that_can_t_be_asked_is_said_at_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch, dates=frozenset({"since", "until"}))
        tomorrow = timezone.localdate() + timedelta(days=2)
        with pytest.raises(BadInput) as refusal:
            wanted(
                world,
                since=date(2020, 6, 2),
                until=date(2020, 6, 1),
                as_at=tomorrow,
                options={"colour": "green", "size": "1", "note": "x" * 201},
            )
        assert [(breach.code, breach.pointer) for breach in refusal.value.breaches] == [
            ("date_not_taken", "as_at"),
            ("period", "until"),
            ("future", "as_at"),
            ("unknown_choice", "options/colour"),
            ("unknown_option", "options/size"),
            ("too_long", "options/note"),
        ]

    @pytest.mark.parametrize(
        ("name", "day"),
        [
            *product(("since", "until", "as_at"), (date(1, 1, 1), date(1998, 12, 31))),
            *product(("since", "until"), (date(2200, 1, 1), date(9999, 12, 31))),
        ],
    )
    def test_a_day_that_no_fund_can_have_is_a_slip(self, name: str, day: date, world: World) -> None:
        with pytest.raises(BadInput) as refusal:
            wanted(world, kind="ledger-csv", **{name: day})
        (breach,) = refusal.value.breaches
        assert (breach.code, breach.pointer) == ("out_of_range", name)
        assert str(breach).endswith("donnez une date du 01/01/1999 au 31/12/2199.")
        assert not Export.objects.exists()

    def test_the_first_and_the_last_day_can_be_asked(self, world: World) -> None:
        export = wanted(world, kind="ledger-csv", since=date(1999, 1, 1), until=date(2199, 12, 31))
        assert export.state == "done", export.sentences

    def test_a_kind_that_is_none(self, world: World) -> None:
        with pytest.raises(BadInput, match="ledger-csv"):
            wanted(world, kind="nothing")


class TestMaking:
    def test_several_files_are_packed_alike_whoever_asks(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch, two_files)
        mine, others = wanted(world), wanted(world, by=world.manager)
        assert mine.file_name == f"{world.fund.code}-essai.zip"
        with zipfile.ZipFile(mine.path) as archive, zipfile.ZipFile(others.path) as other:
            assert archive.namelist() == other.namelist() == ["a.csv", "b.csv", "manifest.json"]
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            for name in ("a.csv", "b.csv"):
                assert archive.read(name) == other.read(name)
            told, told_other = (json.loads(found.read("manifest.json")) for found in (archive, other))
            digests = {file["name"]: file["sha256"] for file in told["files"]}
            assert digests == {name: sha256(archive.read(name)).hexdigest() for name in ("a.csv", "b.csv")}
        assert told.pop("asked")["by"] == "auditor"
        assert told_other.pop("asked")["by"] == "landlord_manager"
        assert told == told_other

    def test_a_refusal_is_kept_with_every_reason(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(asked: Wanted, folder: Path, told: Told) -> Written:
            (folder / "half.txt").write_text("half")
            raise RuleRefused([Breach("one", "La première raison."), Breach("two", "La seconde.")])

        registered(monkeypatch, refuse)
        export = wanted(world)
        assert (export.state, export.codes) == ("failed", ["one", "two"])
        assert export.sentences == ["La première raison.", "La seconde."]
        assert halves() == []
        assert not export.folder.exists()
        with pytest.raises(RuleRefused, match="La seconde"):
            hand_out(export, world.auditor)

    def test_a_large_one_is_a_job(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        export = wanted(world)
        assert export.state == "waiting"
        with pytest.raises(RuleRefused, match="encore en préparation"):
            hand_out(export, world.auditor)
        job = ProcrastinateJob.objects.get(task_name=exporting.TASK)
        assert (job.queue_name, job.args) == ("exports", {"export": export.pk})
        tasks.carry_out_export(export.pk)
        assert wanted(world, key=export.key).state == "done"
        before = export.folder.stat().st_mtime_ns
        carry_out(export.pk)
        assert export.folder.stat().st_mtime_ns == before

    @pytest.mark.parametrize("values", [{"is_slow": True}])
    def test_a_slow_kind_is_always_a_job(
        self, values: dict[str, Any], world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch, **values)
        assert wanted(world).state == "waiting"

    def test_what_a_dead_worker_left_is_carried_on(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        dead, fresh = wanted(world), wanted(world)
        left_waiting(dead)
        # It died between putting the folder in its place and saying so.
        dead.folder.mkdir(parents=True)
        (dead.folder / "un.txt").write_text("half")
        tasks.carry_on_exports(0)
        dead.refresh_from_db()
        assert (dead.state, dead.attempts) == ("done", 2)
        assert dead.path.read_text().startswith(world.fund.code)
        fresh.refresh_from_db()
        assert fresh.state == "waiting"

    def test_a_lost_job_is_carried_on(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        lost = wanted(world)
        monkeypatch.setattr(work, "SILENT_SECONDS", -1)
        carry_on()
        lost.refresh_from_db()
        assert lost.state == "done"

    def test_after_too_many_attempts_it_says_so(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        export = wanted(world)
        left_waiting(export, work.MOST_ATTEMPTS)
        carry_on()
        export.refresh_from_db()
        assert (export.state, export.codes) == ("failed", ["given_up"])

    @pytest.mark.parametrize("attempts", [1, work.MOST_ATTEMPTS])
    def test_a_slow_one_is_left_to_whoever_is_at_it(
        self, attempts: int, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[int] = []

        def write(asked: Wanted, folder: Path, told: Told) -> Written:
            calls.append(1)
            left_waiting(Export.objects.get(), attempts)
            carry_on()
            assert carry_out(Export.objects.get().pk).state == "waiting"
            return one_file(asked, folder, told)

        registered(monkeypatch, write)
        export = wanted(world)
        assert (export.state, export.attempts, calls) == ("done", attempts, [1])

    def test_of_two_workers_one_is_enough(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        again: list[int] = []

        def write(asked: Wanted, folder: Path, told: Told) -> Written:
            if not again:
                again.append(1)
                cut_who_holds(Export.objects.get())
                again.append(carry_out(Export.objects.get().pk).path.stat().st_ino)
            return one_file(asked, folder, told)

        registered(monkeypatch, write)
        export = wanted(world)
        assert (export.state, export.attempts) == ("done", 2)
        assert export.path.stat().st_ino == again[1], "the first one's file stays: it may be in somebody's hands"
        assert halves() == []

    def test_an_error_of_ours_leaves_it_to_a_worker(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(asked: Wanted, folder: Path, told: Told) -> Written:
            raise OSError("no space left")

        registered(monkeypatch, fail)
        export = wanted(world)
        assert (export.state, export.attempts) == ("waiting", 1)
        assert halves() == []
        registered(monkeypatch)
        left_waiting(export)
        carry_on()
        export.refresh_from_db()
        assert export.state == "done"

    def test_a_kind_that_is_gone_is_a_refusal(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        export = wanted(world)
        Export.objects.filter(pk=export.pk)
        monkeypatch.undo()
        assert carry_out(export.pk).codes == ["unknown_kind"]


class TestReaders:
    def test_who_has_lost_the_role_gets_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        as_job(monkeypatch)
        export = wanted(world)
        FundMember.objects.filter(user=world.auditor).update(ends_on=AS_AT)
        assert carry_out(export.pk).codes == ["role_missing"]

    def test_a_job_reads_with_no_more_than_the_token_gave(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Wanted] = []

        def write(asked: Wanted, folder: Path, told: Told) -> Written:
            seen.append(asked)
            return one_file(asked, folder, told)

        registered(monkeypatch, write, roles=frozenset(Role))
        as_job(monkeypatch)
        manager, member = world.manager, world.member("landlord_manager")
        FundMember.objects.create(
            fund=world.fund, user=manager, role=Role.AUDITOR, side=Side.EXTERNAL, starts_on=member.starts_on,
            proposed_by=world.admin, confirmed_by=world.admin, confirmed_on=member.starts_on,
        )  # fmt: skip
        manager.scope = Scope(world.fund.pk, frozenset({Role.AUDITOR}))
        export = wanted(world, by=manager)
        carry_out(export.pk)
        (asked,) = seen
        assert (set(asked.reader.roles), set(asked.reader.sides)) == ({Role.AUDITOR}, {Side.EXTERNAL})
        assert asked.reader.is_landlords

    def test_a_file_is_theirs_while_they_read_as_much(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        export = wanted(world)
        assert may_have(export, world.auditor)
        member = world.member("auditor")
        values = {"fund": world.fund, "user": world.auditor, "role": Role.MANAGER, "side": Side.LANDLORD}
        dates = {"starts_on": member.starts_on, "confirmed_on": member.starts_on}
        FundMember.objects.create(**values, **dates, proposed_by=world.admin, confirmed_by=world.admin)
        assert not may_have(export, world.auditor)
        FundMember.objects.filter(user=world.auditor).update(ends_on=AS_AT)
        assert not may_have(export, world.auditor)

    def test_a_role_that_never_gave_it_gives_it_no_longer_than_the_one_that_did(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch, roles=frozenset({Role.PAYER}))
        walk.join(world, "both", Side.LANDLORD, Role.ASSESSOR, user=world.payer)
        export = wanted(world, by=world.payer)
        assert may_have(export, world.payer)
        FundMember.objects.filter(user=world.payer, role=Role.PAYER).update(ends_on=AS_AT)
        assert not may_have(export, world.payer), "they still assess, which never exported this"

    def test_of_a_kind_that_is_gone_it_stays_with_those_who_export(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch, roles=frozenset(Role))
        managers, payers = wanted(world, by=world.manager), wanted(world, by=world.payer)
        monkeypatch.undo()
        assert may_have(managers, world.manager)
        assert not may_have(payers, world.payer)


class TestKeeping:
    def test_after_a_week_the_file_goes_and_the_manifest_stays(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registered(monkeypatch)
        old, kept, unfinished = wanted(world), wanted(world), exports_root() / "mort.part"
        unfinished.mkdir()
        now, a_week = timezone.now(), timedelta(days=exporting.KEPT_DAYS)
        Export.objects.filter(pk=old.pk).update(expires_at=now, finished_at=now - a_week)
        old.refresh_from_db()
        with pytest.raises(RuleRefused, match="expir"):
            hand_out(old, world.auditor)
        assert forget_expired() == 0, "what is younger than a day may be in the making"
        for folder in (old.folder, kept.folder, unfinished):
            os.utime(folder, (0, 0))
        tasks.forget_exports(0)
        assert [folder.exists() for folder in (old.folder, kept.folder, unfinished)] == [False, True, False]
        assert Export.objects.get(pk=old.pk).manifest["rows"] == 1

    def test_without_exports_there_is_nothing_to_forget(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path
        assert forget_expired() == 0

    def test_a_file_that_was_lost_says_so(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        export = wanted(world)
        export.path.unlink()
        with pytest.raises(RuleRefused, match="expir"):
            hand_out(export, world.auditor)

    def test_what_was_asked_never_changes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        registered(monkeypatch)
        export = wanted(world)
        for column in ("kind", "key", "by_id", "as_at", "made_at", "reader"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                Export.objects.filter(pk=export.pk).update(**{column: getattr(export, column)})
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Export.objects.filter(pk=export.pk).delete()


@pytest.mark.django_db(transaction=True)
class TestOneMoment:
    def test_what_is_posted_meanwhile_is_not_in_it_and_nothing_is_written(
        self, connect_as_app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []

        def count() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM grants_readlog")
                return int(cursor.fetchone()[0])

        def write(asked: Wanted, folder: Path, told: Told) -> Written:
            seen.append(count())
            with connect_as_app(autocommit=True) as session:
                session.execute(
                    "INSERT INTO grants_readlog (user_id, what, filter_text) VALUES (%s, 'export', '')",
                    [asked.reader.user_id],
                )
            seen.append(count())
            told(3, 10)
            with connect_as_app(autocommit=True) as session:
                row = session.execute("SELECT done_rows, all_rows, told_at IS NOT NULL FROM grants_export").fetchone()
                assert row == (3, 10, True)
            with pytest.raises(InternalError, match="read-only"), transaction.atomic():
                Export.objects.update(state="done")
            return one_file(asked, folder, told)

        world = open_fund()
        registered(monkeypatch, write)
        monkeypatch.setattr(exporting, "TELL_SECONDS", 0)
        export = wanted(world)
        assert seen[0] == seen[1] == count() - 1
        assert export.state == "done"
