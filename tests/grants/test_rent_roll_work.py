"""A large rent roll is worked on in the background: asked for once, told as it comes, whole or not at all."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import tasks
from grants.actions import rent_roll_work, rent_rolls
from grants.actions.work import LARGE_TEXT, MOST_ATTEMPTS, SILENT_SECONDS, Lock, is_large
from grants.exceptions import RuleRefused
from grants.models import FundMember, RentRollCheck
from landlords.models import Lease, RentRollImport
from tests.factories import key, open_fund
from tests.grants.test_rent_roll_page import GOOD, address, checked, hand_in, import_it, manager, page
from tests.landlords.rolls import csv_bytes, rows_of, xlsx_file

pytestmark = pytest.mark.django_db
WORDY = {"Commentaire": "x" * 120_000}
"""A column that nobody reads makes a few lines a large file."""
PROJECT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 60
Work = RentRollCheck.Work


def large(*lines: dict[str, Any]) -> bytes:
    leases = [{"Réf. bail": f"B{n}", "Réf. local": f"L{n}"} for n in range(4)]
    return csv_bytes(rows_of(*(line | WORDY for line in (lines or leases))))


def jobs() -> list[dict[str, Any]]:
    rows = ProcrastinateJob.objects.filter(task_name=rent_roll_work.TASK, status="todo").order_by("pk")
    return [job.args for job in rows]


def work() -> None:
    """As the worker does, of what was deferred last."""
    tasks.work_on_rent_roll(**jobs()[-1])


def stored(check: RentRollCheck) -> RentRollCheck:
    return RentRollCheck.objects.get(pk=check.pk)


def test_what_is_large() -> None:
    assert not is_large(GOOD)
    assert is_large(large())


def test_a_workbook_is_as_large_as_what_is_in_it(tmp_path: Path) -> None:
    small = xlsx_file(tmp_path, ["Réf. bail"], *(["B1"] for _ in range(10)))
    assert not is_large(small.read_bytes())
    rows = (["même texte partout"] * 60 for _ in range(1_000))
    wide = xlsx_file(tmp_path, *rows, name="large.xlsx").read_bytes()
    assert len(wide) < LARGE_TEXT
    assert is_large(wide)


def test_only_what_begins_as_a_workbook_is_asked_for_its_contents() -> None:
    """An archive behind a text, and one that zipfile gives up on in its own way, are as large as they are long."""
    archive = BytesIO()
    with ZipFile(archive, "w") as packed:
        packed.writestr("a.xml", "x" * 200)
    unknown = bytearray(archive.getvalue())
    unknown[unknown.rfind(b"PK\x01\x02") + len(b"PK\x01\x02..")] = 179  # the version needed to unpack it
    for content in (GOOD + bytes(unknown), bytes(unknown)):
        assert not is_large(content)
        assert is_large(memoryview(content + b" " * LARGE_TEXT))
    client = manager(world := open_fund())
    check = checked(client, world, large() + archive.getvalue())
    assert stored(check).lines_expected, "counted as of a text"


def test_it_is_checked_then_imported_by_the_worker_and_the_page_tells() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    said = page(client, world, check)
    assert "Contrôle de l\u2019état locatif en cours" in said
    assert '<meta http-equiv="refresh" content="5">' in said
    assert "en cours" in client.get(address(world)).content.decode()
    assert (stored(check).work, stored(check).report) == (Work.CHECK, {})
    assert jobs() == [{"check": check.pk}]

    work()
    said = page(client, world, check)
    assert "Aucune erreur" in said
    assert "refresh" not in said
    assert not Lease.objects.exists()

    done = import_it(client, world, check).content.decode()
    assert "Import de l\u2019état locatif en cours" in done
    assert "Lignes lues\u00a0: 0 sur 4 environ" in " ".join(done.split(" "))
    assert not Lease.objects.exists()
    import_it(client, world, check)  # pressed twice
    assert len(jobs()) == 2
    work()
    assert "Importé le" in page(client, world, check)
    assert Lease.objects.filter(landlord=world.landlord).count() == 4
    made = RentRollImport.objects.get()
    assert (made.user, stored(check).imported, bytes(stored(check).content)) == (world.landlord_manager, made, b"")
    tasks.work_on_rent_roll(check.pk)
    assert RentRollImport.objects.count() == 1


def test_htmx_asks_for_the_progress_only_and_for_the_whole_page_once_it_is_done() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    where = address(world, check, name="rent_roll_check")
    part = client.get(where, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<section")
    assert "HX-Refresh" not in part.headers
    work()
    assert client.get(where, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_while_it_is_worked_on_nothing_else_is_done_with_it() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    assert "en cours de traitement" in import_it(client, world, check).content.decode()
    with pytest.raises(RuleRefused) as refusal:
        rent_rolls.import_roll(check=check, digest=check.sha256, by=world.landlord_manager)
    assert refusal.value.codes == ["at_work"]
    with pytest.raises(RuleRefused) as refusal:
        rent_rolls.map_roll(check=check, facts={}, by=world.landlord_manager)
    assert refusal.value.codes == ["at_work"]
    assert len(jobs()) == 1


def test_corrected_columns_are_checked_by_the_worker_too() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    work()
    check = stored(check)
    facts = {column["place"]: column["fact"] for column in check.columns["columns"] if column["fact"]}
    rent_rolls.map_roll(check=check, facts=facts, by=world.landlord_manager)
    assert stored(check).work == Work.CHECK
    work()
    assert stored(check).report["errors"] == []


def test_errors_are_told_as_of_a_small_file() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(
        client, world, large({}, {"Réf. bail": "B2", "Loyer HT": "beaucoup"}, {"Réf. bail": ""}, {"Réf. bail": "B3"})
    )
    work()
    assert "2 erreurs" in page(client, world, check)


def test_handing_in_twice_is_checked_once() -> None:
    world = open_fund()
    client = manager(world)
    same = key()
    assert [hand_in(client, world, large(), key=same).status_code for _ in range(2)] == [302, 302]
    assert len(jobs()) == 1


def test_who_lost_the_right_meanwhile_imports_nothing() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    work()
    import_it(client, world, check)
    yesterday = timezone.localdate() - timedelta(days=1)
    FundMember.objects.filter(fund=world.fund, user=world.landlord_manager).update(ends_on=yesterday)
    work()
    assert stored(check).work == Work.NONE
    assert "n\u2019est plus habilitée" in stored(check).refused
    assert not Lease.objects.exists()


def test_what_a_worker_left_is_taken_up_again_a_few_times() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, large())
    assert rent_roll_work.left_behind() == []
    long_ago = timezone.now() - timedelta(seconds=SILENT_SECONDS + 1)
    rows = RentRollCheck.objects.filter(pk=check.pk)
    rows.update(asked_at=long_ago)
    assert "n\u2019a pas encore commencé" in page(client, world, check)
    assert rent_roll_work.left_behind() == [check.pk]
    rows.update(told_at=timezone.now())
    assert rent_roll_work.left_behind() == []
    rows.update(told_at=long_ago, attempts=MOST_ATTEMPTS)
    assert rent_roll_work.left_behind() == []
    said = page(client, world, check)
    assert "rien n\u2019a été écrit" in said
    assert "refresh" not in said
    rows.update(attempts=1)
    tasks.carry_on_rent_rolls(0)
    assert stored(check).work == Work.NONE


@pytest.mark.django_db(transaction=True)
def test_a_file_that_another_worker_is_at_is_left_to_it(connect_as_app: Callable[..., psycopg.Connection]) -> None:
    world = open_fund()
    check = checked(manager(world), world, large())
    with connect_as_app() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.RENT_ROLL, check.pk])
        rent_roll_work.carry_out(check.pk)
        assert stored(check).work == Work.CHECK
    rent_roll_work.carry_out(check.pk)
    assert stored(check).work == Work.NONE


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(
    database_environment: dict[str, str], connect_as_app: Callable[..., psycopg.Connection]
) -> None:
    world = open_fund()
    client: Client = manager(world)
    check = checked(client, world, large())
    work()
    import_it(client, world, check)
    blocker = connect_as_app()
    blocker.execute("SELECT FROM landlords_landlord WHERE id = %s FOR UPDATE", [world.landlord.pk])
    killed = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"],
        cwd=PROJECT,
        env=os.environ | database_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    begun = monotonic()
    while stored(check).told_at is None:
        assert killed.poll() is None
        assert monotonic() - begun < LIMIT_SECONDS
    # Somebody is at it: another worker leaves it alone.
    rent_roll_work.carry_out(check.pk)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(LIMIT_SECONDS) == -signal.SIGKILL
    blocker.rollback()
    left = stored(check)
    assert (left.work, left.attempts, left.imported) == (Work.IMPORT, 1, None)
    assert not Lease.objects.exists()

    rent_roll_work.carry_out(check.pk)
    assert (stored(check).attempts, stored(check).lines_done, stored(check).work) == (2, 4, Work.NONE)
    assert Lease.objects.filter(landlord=world.landlord).count() == 4
