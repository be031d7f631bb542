"""What an export is: a kind writes files into a folder. Asking, manifest, keeping, logging are the same for all.

Content depends on the data and on what is `Wanted` alone: no clock, nothing random, so that the same request on
unchanged data gives the same bytes. Who asked, and when, stands in the manifest only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grants.enums import Role
from grants.models import Fund
from grants.visibility import Reader

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

READERS: Final = frozenset({Role.AUDITOR, Role.MANAGER})
"""Who may export what says nothing that their side doesn't read anyway."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=iso-8859-15",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One request: of which fund, read as whom, which days. `since` and `until` are value dates, both included.

    `as_at`: the ledger as it stood at the end of that day; without it, as it stands. `options`: the kind's own, each
    one of `Option.choices`' values or a text that the kind checks.
    """

    fund: Fund
    reader: Reader
    since: date | None = None
    until: date | None = None
    as_at: date | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def option(self, name: str, default: str = "") -> str:
        return self.options.get(name) or default


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: names of files in the folder, the one to open first; and what a manifest tells of them.

    Several are packed with the manifest, `manifest.json`, a name that no kind writes itself.

    `sums_cents`: named totals, in cents, over the rows. `head`: number and digest of the last ledger entry covered.
    """

    files: tuple[str, ...]
    rows: int
    sums_cents: Mapping[str, int] = field(default_factory=dict)
    first_number: int | None = None
    last_number: int | None = None
    head: tuple[int, str] | None = None


Told = Callable[[int, int], object]
"""told(done, of_all): how far it is, in rows; called every few thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One question of a kind: a choice among values with labels, or a free text where there are none."""

    name: str
    label: "_StrPromise"
    choices: Iterable[tuple[str, "_StrPromise | str"]] = ()
    default: str = ""
    help_text: "_StrPromise | str" = ""
    is_day: bool = False
    """A free one that is a day, written like 2020-12-31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKind:
    """`write(wanted, folder, told)` raises RuleRefused with every reason, before it leaves a half-written file."""

    code: str
    label: "_StrPromise"
    what: "_StrPromise"
    """One sentence: who needs it, what for."""
    then: "_StrPromise | str" = ""
    """What to do with the file, said beside it."""
    write: Callable[[Wanted, Path, Told], Written]
    roles: frozenset[Role] = READERS
    options: tuple[Option, ...] = ()
    dates: frozenset[str] = frozenset({"since", "until", "as_at"})
    """Which of them it takes."""
    days: "Mapping[str, tuple[_StrPromise, _StrPromise]]" = field(default_factory=dict, hash=False)
    """Of those that aren't value dates of the ledger, what they are, and what an empty one means."""
    is_of_a_day: bool = False
    """Says how old things are: asked for without `as_at` it is as at today, which then is part of the request."""
    version: int = 1
    """Of the file's format: raised when a column changes its name, its place or its meaning."""
    is_slow: bool = False
    """Takes seconds even for a small fund, so it is always made in the background."""
