"""The zip: parts stored as they are, under fixed times, so that unchanged data give the same bytes.

Stored and not compressed: any tool that counts digests sees the parts' own bytes, nothing unfolds to more than it is,
and a changed byte can't hide in what a decompressor doesn't look at.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from grants.exceptions import Breach, RuleRefused

FIRST_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
READABLE: Final = 0o100644 << 16
PART_LIMIT: Final = 2**31 - 1  # bytes; beyond it a zip is of another format
ZIP_LIMIT: Final = 2**32 - 2**20
SUMS: Final = "SHA256SUMS"
BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the pack, as the manifest names it. `rows`: of a part that has some, its header aside."""

    name: str
    size: int
    sha256: str
    rows: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "size": self.size, "sha256": self.sha256, "rows": self.rows}


def write_rows(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> Part:
    """One JSON object per line."""
    return write_lines(folder, name, (f"{as_json(row)}\n" for row in rows))


def write_lines(folder: Path, name: str, lines: Iterable[str], *, headers: int = 0) -> Part:
    digest, size, count = hashlib.sha256(), 0, 0
    with (folder / name).open("wb") as file:
        for line in lines:
            content = line.encode()
            digest.update(content)
            size, count = size + len(content), count + 1
            file.write(content)
    return Part(name, size, digest.hexdigest(), count - headers)


def write_whole(folder: Path, name: str, content: bytes) -> Part:
    (folder / name).write_bytes(content)
    return Part(name, len(content), hashlib.sha256(content).hexdigest())


def as_json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=as_text)


def as_text(value: object) -> str:
    """Days and instants; nothing else of ours is no JSON by itself."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{value!r} is no plain data")


def sums_of(parts: Iterable[Part]) -> bytes:
    """What `sha256sum -c` reads."""
    return "".join(f"{part.sha256}  {part.name}\n" for part in parts).encode()


def pack(folder: Path, target: Path, parts: list[Part]) -> None:
    """Zip the parts, and the list of their digests last. Raises RuleRefused where the zip would be too large."""
    every = [*parts, write_whole(folder, SUMS, sums_of(parts))]
    if max(part.size for part in every) > PART_LIMIT or sum(part.size for part in every) > ZIP_LIMIT:
        message = _("This pack would be larger than 2 GB: ask for it as at the end of an earlier year.")
        raise RuleRefused([Breach("pack_too_large", message, pointer="as_at")])
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for part in every:
            with (folder / part.name).open("rb") as source, archive.open(entry(part), "w") as into:
                shutil.copyfileobj(source, into, BLOCK)


def entry(part: Part) -> ZipInfo:
    info = ZipInfo(part.name, FIRST_TIME)
    info.create_system, info.external_attr, info.file_size = 3, READABLE, part.size
    return info


def counted(rows: Iterable[Mapping[str, Any]], note: Any) -> Iterator[Mapping[str, Any]]:
    """The same rows; `note` sees each on its way."""
    for row in rows:
        note(row)
        yield row
