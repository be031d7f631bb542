"""A backup: a folder with the database, the documents it names, and a manifest of both.

    database.dump        pg_dump's custom format
    documents/...        each file under the name the database has for it
    manifest.json        size and SHA-256 of every part; what the database held at that instant
    manifest.json.sha256 of the manifest itself; its digest is best kept somewhere else too

All of it is of one instant: pg_dump and the figures of the manifest read the same snapshot of the database. The folder
is written under another name and renamed when it is whole.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from django.apps import apps
from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.db.models import FileField, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from fundadmin.database_roles import as_owner
from fundadmin.postgres_clients import run

DUMP, DOCUMENTS, MANIFEST, MANIFEST_DIGEST = "database.dump", "documents", "manifest.json", "manifest.json.sha256"
FORMAT: Final = 1
PIECE = 1024 * 1024

POSITIONS = """
SELECT fund.code, endowed_cents, available_cents, reserved_cents, committed_cents, credited_cents, ceiling_cents,
    coalesce(entry.number, 0), coalesce(entry.digest, '')
FROM grants_position position JOIN grants_fund fund ON fund.id = position.fund_id
LEFT JOIN LATERAL (
    SELECT number, digest FROM grants_ledgerentry WHERE fund_id = fund.id ORDER BY number DESC LIMIT 1
) entry ON true
ORDER BY fund.code
"""
POSITION_COLUMNS = (
    "endowed",
    "available",
    "reserved",
    "committed",
    "credited",
    "ceiling",
    "last_number",
    "last_digest",
)


class BackupRefusedError(Exception):
    """The backup can't be made; the message says why. Nothing was left behind."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    folder: Path
    manifest_sha256: str
    parts: int
    size: int
    missing: tuple[str, ...]
    """Files that the database names and that were not in the storage."""


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a row of the database names."""

    name: str
    storage: Storage


def make(folder: Path) -> Backup:
    """Write the whole backup into `folder`, which must not exist. Raises BackupRefusedError, ProgramError."""
    if folder.exists():
        raise BackupRefusedError(
            _("%(folder)s exists already: name a new folder. Nothing was overwritten.") % {"folder": folder}
        )
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700)
    except OSError as error:
        raise BackupRefusedError(unwritable(folder, error)) from error
    try:
        missing = write(unfinished)
        manifest = (unfinished / MANIFEST).read_bytes()
        unfinished.rename(folder)
    except OSError as error:
        raise BackupRefusedError(unwritable(folder, error)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    parts = json.loads(manifest)["parts"].values()
    digest = hashlib.sha256(manifest).hexdigest()
    return Backup(folder, digest, len(parts), sum(part["size"] for part in parts), missing)


def unwritable(folder: Path, error: OSError) -> str:
    return _("%(folder)s can't be written (%(reason)s). Nothing was kept.") % {
        "folder": folder,
        "reason": error.strerror,
    }


def write(folder: Path) -> tuple[str, ...]:
    """Write the parts, then the manifest; returns the files that were missing."""
    with as_owner():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT pg_export_snapshot()")
                ((snapshot,),) = cursor.fetchall()
            at = timezone.now()
            held, files = contents(), [file for _row, file in named_files()]
            # While this transaction is open, pg_dump can read what it reads.
            name = str(connection.settings_dict["NAME"])
            run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={folder / DUMP}", database=name)
        missing = copy_files(files, folder / DOCUMENTS)
    write_manifest(folder, at, held, missing)
    return missing


def contents() -> dict[str, Any]:
    """What a restored database must hold: each fund's position and end of chain, migrations, rows by table."""
    with connection.cursor() as cursor:
        cursor.execute(POSITIONS)
        funds = {code: dict(zip(POSITION_COLUMNS, held, strict=True)) for code, *held in cursor.fetchall()}
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = [name for (name,) in cursor.fetchall()]
        rows = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - quoted
            rows[table] = cursor.fetchall()[0][0]
    return {"funds": funds, "migrations": migrations, "rows": rows}


def named_files() -> Iterator[tuple[Model, Named]]:
    """Every row that names a file, whichever model it is of, and the file."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField):
                rows = model._base_manager.exclude(**{field.name: ""}).order_by("pk")  # noqa: SLF001 - Django's documented name
                yield from ((row, Named(getattr(row, field.name).name, field.storage)) for row in rows.iterator())


def copy_files(files: list[Named], folder: Path) -> tuple[str, ...]:
    missing = []
    for file in files:
        path = folder / inside(file.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.storage.open(file.name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, PIECE)
        except FileNotFoundError:
            missing.append(file.name)
    return tuple(missing)


def inside(name: str) -> PurePosixPath:
    """The name as a path below a folder. Raises BackupRefusedError for one that leads out of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        message = _("The database names a file outside the documents' folder: %(name)s.")
        raise BackupRefusedError(message % {"name": name})
    return path


def write_manifest(folder: Path, at: datetime, held: Mapping[str, Any], missing: tuple[str, ...]) -> None:
    manifest = {
        "format": FORMAT,
        "at": at.isoformat(),
        "release": release(),
        **held,
        "missing": list(missing),
        "parts": {
            path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    digest = sha256(folder / MANIFEST)
    # In sha256sum's format, for whoever checks without us.
    (folder / MANIFEST_DIGEST).write_text(f"{digest}  {MANIFEST}\n")
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return digest_of(file)


def digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def release() -> str:
    """The version of the code: as the settings name it, else as git does, else unknown."""
    if settings.RELEASE:
        return str(settings.RELEASE)
    git = shutil.which("git")
    if git is None:
        return "unknown"
    # The release may belong to root, and this run as another account.
    command = [git, "-c", f"safe.directory={settings.BASE_DIR}", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
