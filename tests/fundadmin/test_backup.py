"""The drill: back up, restore, and find everything that is not as it was."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from fundadmin import backups, postgres_clients
from fundadmin.postgres_clients import ProgramError, address, find, installed, major_version
from grants.actions.documents import Upload, attach
from grants.enums import State
from grants.models import Document, LedgerEntry
from tests import factories
from tests.factories import World
from tests.grants import walk
from tests.grants.parallel import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CONTENT = b"%PDF-1.4 invented evidence %%EOF"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Path]:
    """Documents on the disk, as in production."""
    media = tmp_path / "media"
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"default": local}, MEDIA_ROOT=media):
        yield media


@pytest.fixture
def world(storage: Path) -> World:
    world = factories.open_fund()
    walk.walk_to(world, State.CREDITED)
    draft = walk.draft(world)
    attach(
        application=draft,
        upload=Upload("vat_return", "déclaration.pdf", CONTENT),
        by=world.advisor,
        key="attach",
        on=factories.OPENED_ON,
    )
    return world


@pytest.fixture
def backup(world: World, tmp_path: Path) -> backups.Backup:
    return backups.make(tmp_path / "backup")


def check(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """What `restore_check` complains of; [] if the backup is whole."""
    capsys.readouterr()
    try:
        call_command("restore_check", str(folder), *arguments)
    except CommandError:  # manage.py prints it and exits with 1
        return capsys.readouterr().err.splitlines()
    return []


def scratch_databases(session: psycopg.Cursor) -> list[str]:
    """Those of this process: another worker's tests make theirs at the same time."""
    mine = f"fundadmin_restore_check_{os.getpid()}"
    session.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [mine])
    return [name for (name,) in session.fetchall()]


def test_a_backup_is_restored_and_found_whole(
    world: World,
    backup: backups.Backup,
    capsys: pytest.CaptureFixture[str],
    owner_cursor: psycopg.Cursor,
) -> None:
    manifest = json.loads((backup.folder / "manifest.json").read_bytes())
    held = manifest["funds"][world.fund.code]
    last = LedgerEntry.objects.filter(fund=world.fund).latest("number")
    assert (held["last_number"], held["last_digest"]) == (last.number, last.digest)
    assert held["credited"] == last.credited_after > 0
    assert set(manifest["parts"]) == {
        "database.dump",
        *(f"documents/{name}" for name in Document.objects.values_list("file", flat=True)),
    }
    assert stat.S_IMODE(backup.folder.stat().st_mode) == 0o700
    assert check(backup.folder, capsys, "--manifest-sha256", backup.manifest_sha256) == []
    assert scratch_databases(owner_cursor) == []
    # The application goes on with its own database.
    assert world.refresh().code == world.fund.code


def test_the_digests_can_be_checked_without_us(backup: backups.Backup) -> None:
    subprocess.run(["/usr/bin/sha256sum", "--check", "--quiet", "manifest.json.sha256"], cwd=backup.folder, check=True)


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """As somebody would who knows how: with the digest that goes with it."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    path.write_text(json.dumps(manifest))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json.sha256").write_text(f"{digest}  manifest.json\n")


def the_document(folder: Path) -> Path:
    (found,) = (path for path in (folder / "documents").rglob("*.bin") if path.read_bytes() == CONTENT)
    return found


def exchange_the_document(folder: Path) -> None:
    path = the_document(folder)
    path.write_bytes(b"exchanged")
    part = {"size": 9, "sha256": hashlib.sha256(b"exchanged").hexdigest()}
    rewrite_manifest(folder, lambda m: m["parts"].update({path.relative_to(folder).as_posix(): part}))


def leave_the_document_out(folder: Path) -> None:
    path = the_document(folder)
    rewrite_manifest(folder, lambda m: m["parts"].pop(path.relative_to(folder).as_posix()))
    path.unlink()


TAMPERINGS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a changed dump": (
        lambda folder: change_a_byte(folder / "database.dump"),
        ["database.dump a été modifié depuis", "pas été restaurée"],
    ),
    "a dump cut off": (
        lambda folder: os.truncate(folder / "database.dump", 5_000),
        ["database.dump a été modifié depuis", "pas été restaurée"],
    ),
    "a missing dump": (
        lambda folder: (folder / "database.dump").unlink(),
        ["database.dump est absent", "pas été restaurée"],
    ),
    "a missing document": (lambda folder: the_document(folder).unlink(), [".bin est absent"]),
    "a changed document": (lambda folder: change_a_byte(the_document(folder)), [".bin a été modifié depuis"]),
    "a document too many": (
        lambda folder: (folder / "documents" / "more").write_text("?"),
        ["documents/more ne figure pas dans le manifeste"],
    ),
    "a missing manifest": (lambda folder: (folder / "manifest.json").unlink(), ["est absent ou illisible"] * 2),
    "a manifest that is no JSON": (
        lambda folder: (folder / "manifest.json").write_text("{"),
        ["Le manifeste a été modifié", "est absent ou illisible"],
    ),
    "a changed manifest": (
        lambda folder: change_a_byte(folder / "manifest.json.sha256"),
        ["Le manifeste a été modifié"],
    ),
    "a position changed in the manifest": (
        lambda folder: rewrite_manifest(folder, lambda m: next(iter(m["funds"].values())).update(available=1)),
        ["le manifeste indique"],
    ),
    "a chain head changed in the manifest": (
        lambda folder: rewrite_manifest(folder, lambda m: next(iter(m["funds"].values())).update(last_digest="0")),
        ["le manifeste indique"],
    ),
    "a fund left out of the manifest": (
        lambda folder: rewrite_manifest(folder, lambda m: m["funds"].clear()),
        ["le manifeste indique"],
    ),
    "a migration left out of the manifest": (
        lambda folder: rewrite_manifest(folder, lambda m: m["migrations"].pop()),
        ["migrations du manifeste"],
    ),
    "another format": (lambda folder: rewrite_manifest(folder, lambda m: m.update(format=2)), ["un autre format"]),
    "a document exchanged, with its digest": (exchange_the_document, ["empreinte de son fichier"]),
    "a document left out altogether": (leave_the_document_out, ["que la sauvegarde ne contient pas"]),
}


def test_every_tampering_is_found(backup: backups.Backup, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, (tamper, sentences) in TAMPERINGS.items():
        copy = tmp_path / "copy"
        shutil.copytree(backup.folder, copy)
        tamper(copy)
        found = check(copy, capsys)
        shutil.rmtree(copy)
        assert len(found) == len(sentences), (name, found)
        for sentence, complaint in zip(sentences, found, strict=True):
            assert sentence in complaint, name


def test_a_manifest_rewritten_whole_shows_against_the_digest_noted_elsewhere(
    backup: backups.Backup, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_manifest(backup.folder, lambda manifest: manifest.update(release="another"))
    assert check(backup.folder, capsys) == []
    (complaint,) = check(backup.folder, capsys, "--manifest-sha256", backup.manifest_sha256)
    assert "celui dont vous avez noté" in complaint


def test_a_ledger_tampered_with_before_the_backup_is_found(
    world: World, superuser_cursor: psycopg.Cursor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    superuser_cursor.execute("SET session_replication_role = replica")
    superuser_cursor.execute(
        "UPDATE grants_ledgerentry SET amount_cents = amount_cents + 1 WHERE number = 2 AND fund_id = %s",
        [world.fund.pk],
    )
    backups.make(tmp_path / "backup")
    found = check(tmp_path / "backup", capsys)
    assert any(complaint.startswith(f"{world.fund.code}: ") and "2" in complaint for complaint in found)


def test_a_newer_versions_backup_is_left_to_that_version(
    world: World, owner_cursor: psycopg.Cursor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    owner_cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('grants', '9999_later', now())")
    backups.make(tmp_path / "backup")
    (complaint,) = check(tmp_path / "backup", capsys)
    assert "une version plus récente" in complaint


def test_what_others_write_meanwhile_is_in_neither_part(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody files while the manifest's figures are read already and pg_dump hasn't begun."""
    dump = postgres_clients.run

    def file_then_dump(*arguments: str, database: str) -> None:
        at_once([lambda: walk.walk_to(world, State.CREDITED)])
        dump(*arguments, database=database)

    monkeypatch.setattr(backups, "run", file_then_dump)
    made = backups.make(tmp_path / "backup")
    held = json.loads((made.folder / "manifest.json").read_bytes())["funds"][world.fund.code]
    assert LedgerEntry.objects.filter(fund=world.fund).latest("number").number > held["last_number"]
    assert check(made.folder, capsys) == []


def test_a_lost_document_is_told_and_the_rest_kept(
    world: World, storage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Document.objects.get(name="déclaration.pdf")
    name = str(lost.file.name)
    (storage / name).unlink()
    with pytest.raises(CommandError, match="La sauvegarde est conservée"):
        call_command("backup", "--output", str(tmp_path / "backup"))
    assert name in capsys.readouterr().err
    (complaint,) = check(tmp_path / "backup", capsys)
    assert f"grants_document {lost.pk}" in complaint
    assert "manquait déjà" in complaint


def test_nothing_is_overwritten_and_nothing_half_written_is_left(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(tmp_path.iterdir())
    call_command("backup", "--output", str(tmp_path / "backup"))
    assert capsys.readouterr().err == ""
    manifest = (tmp_path / "backup" / "manifest.json").read_bytes()
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("backup", "--output", str(tmp_path / "backup"))
    assert (tmp_path / "backup" / "manifest.json").read_bytes() == manifest
    # pg_dump fails in the middle: the database isn't there.
    run = postgres_clients.run

    def run_elsewhere(*arguments: str, **_options: str) -> None:
        run(*arguments, database="not_there")

    monkeypatch.setattr(backups, "run", run_elsewhere)
    with pytest.raises(CommandError, match="not_there"):
        call_command("backup", "--output", str(tmp_path / "second"))
    (tmp_path / "a file").write_text("")
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        call_command("backup", "--output", str(tmp_path / "a file" / "backup"))
    assert set(tmp_path.iterdir()) - before == {tmp_path / "backup", tmp_path / "a file"}


def test_a_name_that_leads_out_of_the_folder_is_refused(world: World, tmp_path: Path) -> None:
    Document.objects.filter(name="déclaration.pdf").update(file="../../etc/passwd")
    with pytest.raises(backups.BackupRefusedError, match="hors du dossier"):
        backups.make(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_no_password_on_the_command_line() -> None:
    owner = {"HOST": "db.example.org", "PORT": "5432", "USER": "fundadmin_owner", "PASSWORD": "s3cret"}
    shown = address(owner | {"OPTIONS": {"sslmode": "verify-full"}}, "fundadmin")
    assert "s3cret" not in shown
    assert {"host=db.example.org", "sslmode=verify-full", "dbname=fundadmin"} <= set(shown.split())


def test_the_program_is_not_older_than_the_server(owner_cursor: psycopg.Cursor) -> None:
    server = owner_cursor.connection.info.server_version // 10_000
    chosen = major_version(find("pg_dump"))
    assert chosen == min(found for path in installed("pg_dump") if (found := major_version(path)) >= server)
    with pytest.raises(ProgramError, match="pg_nothing"):
        find("pg_nothing")
