"""Restores a backup into a scratch database and says every way in which it isn't what was backed up."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from psycopg import sql

from fundadmin.backups import DOCUMENTS, DUMP, FORMAT, MANIFEST, MANIFEST_DIGEST, contents, named_files, sha256
from fundadmin.database_roles import as_owner, owner_session
from fundadmin.health import known_migrations, unapplied
from fundadmin.postgres_clients import ProgramError, run


@dataclass(slots=True)
class Report:
    """What was found. `faults`: a sentence for each difference; none means that the backup is whole."""

    faults: list[str] = field(default_factory=list)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def check(folder: Path, manifest_sha256: str = "") -> Report:
    """Check the parts, restore, compare, verify the ledgers, drop what was restored.

    `manifest_sha256` is the manifest's digest as it was noted somewhere else.
    """
    report = Report()
    with timed(report, "parts"):
        report.faults += manifest_faults(folder, manifest_sha256)
        try:
            report.manifest = json.loads((folder / MANIFEST).read_bytes())
            parts = dict(report.manifest["parts"])
        except (OSError, ValueError, KeyError, TypeError):
            report.faults.append(_("%(name)s is missing or can't be read: nothing can be proved.") % {"name": MANIFEST})
            return report
        if report.manifest.get("format") != FORMAT:
            report.faults.append(_("This backup has another format: check it with the version that made it."))
            return report
        wrong = dict(part_faults(folder, parts))
        report.faults += wrong.values()
    if DUMP in wrong or DUMP not in parts:
        # A changed dump may hold anything, and would be run with the owner's rights.
        report.faults.append(_("The database was not restored, as its dump is not the one that was written."))
        return report
    try:
        with scratch_database() as name:
            restore_and_compare(folder, name, report)
    except ProgramError as error:
        report.faults.append(str(error))
    except psycopg.errors.InsufficientPrivilege:
        report.faults.append(_("The owner role may not create databases: ALTER ROLE ... CREATEDB."))
    return report


def restore_and_compare(folder: Path, name: str, report: Report) -> None:
    with timed(report, "restore"):
        run("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", str(folder / DUMP), database=name)
    with as_owner(), connected_to(name):
        with timed(report, "compare"):
            report.faults += content_faults(report.manifest)
        try:
            with timed(report, "verify"):
                report.faults += ledger_faults()
                report.faults += document_faults(report.manifest)
        except DatabaseError as error:
            message = _("The restored database can't be verified: %(error)s.")
            report.faults.append(message % {"error": type(error).__name__})


def manifest_faults(folder: Path, noted: str) -> Iterator[str]:
    try:
        found = sha256(folder / MANIFEST)
        written = (folder / MANIFEST_DIGEST).read_text().split()[:1]
    except (OSError, UnicodeDecodeError):
        yield _("%(name)s is missing or can't be read.") % {"name": MANIFEST_DIGEST}
        return
    if written != [found]:
        yield _("The manifest was changed: its digest is not the one beside it.")
    if noted and not compare_digest(noted.lower().encode(), found.encode()):
        yield _("The manifest is not the one whose digest you noted.")


def part_faults(folder: Path, parts: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(part, sentence) for each that is missing, changed, or too many."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for name, told in sorted(parts.items()):
        if name not in present:
            yield name, _("%(name)s is missing.") % {"name": name}
        elif sha256(folder / name) != told["sha256"]:
            yield name, _("%(name)s was changed since it was written.") % {"name": name}
    for name in sorted(present - set(parts) - {MANIFEST, MANIFEST_DIGEST}):
        yield name, _("%(name)s is not in the manifest.") % {"name": name}


def content_faults(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Where the restored database differs from what the manifest says was there."""
    restored = contents()
    for what, label in (("funds", _("Fund")), ("rows", _("Table"))):
        told, found = manifest.get(what, {}), restored[what]
        for name in sorted({*told, *found}):
            if told.get(name) != found.get(name):
                message = _("%(label)s %(name)s: the manifest says %(told)s, the restored database %(found)s.")
                shown = {"told": said(told.get(name)), "found": said(found.get(name))}
                yield message % {"label": label, "name": name, **shown}
    if manifest.get("migrations") != restored["migrations"]:
        yield _("The migrations of the manifest are not those of the restored database.")


def times(report: Report) -> str:
    """How long each part of it took."""
    labels = {"parts": _("digests"), "restore": _("restoring"), "compare": _("comparing"), "verify": _("verifying")}
    return ", ".join(f"{labels[what]} {seconds:.1f} s" for what, seconds in report.seconds.items())


def said(value: object) -> str:
    return _("nothing") if value is None else json.dumps(value, ensure_ascii=False)


def ledger_faults() -> Iterator[str]:
    """What `verify_ledger` finds in the restored database; an older version's is brought up to date before."""
    from grants import ledger
    from grants.agreement import agreement_faults
    from grants.models import Fund

    applied = set(MigrationRecorder(connection).applied_migrations())
    apps = {app for app, _name in known_migrations()}
    if any(app in apps and (app, name) not in known_migrations() for app, name in applied):
        yield _("The backup was made by a newer version: verify its ledgers with that one.")
        return
    if unapplied(applied):
        call_command("migrate", verbosity=0, interactive=False)
    for fund in Fund.objects.order_by("code"):
        with ledger.snapshot():
            for fault in [*ledger.verify(fund.pk), *agreement_faults(fund)]:
                yield f"{fund.code}: {fault.sentence()}"


def document_faults(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Whether each file that a restored row names is in the backup, with the digest that the row says."""
    parts = manifest["parts"]
    for row, file in named_files():
        part = parts.get(f"{DOCUMENTS}/{file.name}")
        if part is None:
            message = _("%(row)s names %(name)s, which the backup lacks.")
            if file.name in manifest.get("missing", ()):
                message = _("%(row)s names %(name)s, which was missing already when the backup was made.")
            yield message % {"row": label(row), "name": file.name}
        elif getattr(row, "sha256", part["sha256"]) != part["sha256"]:
            yield _("%(row)s has another digest than its file %(name)s.") % {"row": label(row), "name": file.name}


def label(row: Any) -> str:
    """A row by its table and number: its own text may hold a name."""
    return f"{row._meta.db_table} {row.pk}"


@contextmanager
def scratch_database() -> Iterator[str]:
    """An empty database of the owner's on the same server, dropped at the end."""
    name = f"fundadmin_restore_check_{os.getpid()}"
    with owner_session() as session:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        session.execute(drop)
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield name
        finally:
            session.execute(drop)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Django's connection, on another database of the same server. For commands, like `as_owner`."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def timed(report: Report, what: str) -> Iterator[None]:
    start = perf_counter()
    try:
        yield
    finally:
        report.seconds[what] = perf_counter() - start
