"""One request made into what is handed out: a kind's files from one moment of the database, digested, told of, packed.

A kind that writes one file hands out that file; one that writes several a zip with its manifest in it. Who asked and
when stands in the manifest only, and whatever is packed bears the same time: the same request on unchanged data gives
the same bytes.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from grants import ledger
from grants.exports.asking import DATES, days_of
from grants.exports.kinds import ExportKind, Told, Wanted, Written

FORMAT: Final = "fundadmin-export/1"
MANIFEST: Final = "manifest.json"
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can say."""
ZIP_MODE: Final = 0o100644 << 16
UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Made:
    """What is handed out, in a folder that holds nothing else."""

    path: Path
    sha256: str
    size: int
    manifest: dict[str, Any]


def make(kind: ExportKind, wanted: Wanted, work: Path, told: Told, *, by: Mapping[str, str]) -> Made:
    """Make an export inside `work`, an empty folder. `by`: who asked and when, as the manifest says it.

    Raises RuleRefused with the kind's reasons. Files speak the site's language, whoever asks for them.
    """
    files, out = work / "files", work / "out"
    files.mkdir()
    out.mkdir()
    with translation.override(settings.LANGUAGE_CODE), one_moment():
        written = kind.write(wanted, files, told)
        manifest = manifest_of(kind, wanted, written, files) | {"asked": dict(by)}
    if len(written.files) == 1:
        path = (files / written.files[0]).rename(out / written.files[0])
    else:
        path = out / f"{wanted.fund.code}-{kind.code}.zip"
        (files / MANIFEST).write_text(manifest_text(manifest))
        packed(files, [*written.files, MANIFEST], path)
    return Made(path, digest_of(path), path.stat().st_size, manifest)


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is of one moment, whatever is posted meanwhile; nothing can be written.

    Inside somebody's transaction it is theirs to say.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def manifest_of(kind: ExportKind, wanted: Wanted, written: Written, folder: Path) -> dict[str, Any]:
    """What was written of what, in words that a program reads."""
    fund, days = wanted.fund, days_of(wanted)
    number, digest = written.head or head_of(wanted)
    return {
        "format": FORMAT,
        "kind": kind.code,
        "kind_version": kind.version,
        "fund": {"code": fund.code, "name": fund.name},
        "landlord": {"siren": fund.landlord.siren, "name": fund.landlord.name},
        **{name: days[name].isoformat() if name in days else None for name in DATES},
        "options": dict(sorted(wanted.options.items())),
        "rows": written.rows,
        "sums_cents": dict(written.sums_cents),
        "first_number": written.first_number,
        "last_number": written.last_number,
        "chain_head": {"number": number, "digest": digest},
        "files": [described(folder / name) for name in sorted(written.files)],
    }


def head_of(wanted: Wanted) -> tuple[int, str]:
    """The end of the fund's chain on the day asked for: who keeps it can tell later whether the past was rewritten."""
    if wanted.as_at is None:
        return ledger.head(wanted.fund.pk)
    then = ledger.position_as_at(wanted.fund.pk, wanted.as_at)
    return then.last_number, then.last_digest


def described(path: Path) -> dict[str, Any]:
    return {"name": path.name, "size": path.stat().st_size, "sha256": digest_of(path)}


def digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Sorted: the database keeps an object's names in another order than they were given."""
    return json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def packed(files: Path, names: Iterable[str], path: Path) -> None:
    """Files in one zip, sorted, none with a time or an owner of its own."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(names):
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system, info.external_attr, info.compress_type = UNIX, ZIP_MODE, zipfile.ZIP_DEFLATED
            info.file_size = (files / name).stat().st_size
            with (files / name).open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target)
