"""What is said about a file: one finding per fault, with where it is and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from landlords.rent_roll.messages import MESSAGES

# A file whose every line is wrong must not fill the memory: beyond this many, findings are only counted.
SHOWN_AT_MOST: Final = 10_000


class BadValue(Exception):
    """A cell can't be read; `code` names the sentence in MESSAGES."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault; `line` and `column` are as in the file, None when the whole file is meant."""

    code: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self._sentence(0)

    @property
    def remedy(self) -> str:
        return self._sentence(1)

    def _sentence(self, part: int) -> str:
        return str(MESSAGES[self.code][part]) % {"value": self.value, "column": self.column, **self.params}

    def as_dict(self) -> dict[str, object]:
        return {
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
        }


class Findings:
    """The findings of one kind, in the order met; counts those it no longer keeps."""

    def __init__(self) -> None:
        self.total = 0
        self._kept: list[Finding] = []

    def add(self, finding: Finding) -> None:
        self.total += 1
        if len(self._kept) < SHOWN_AT_MOST:
            self._kept.append(finding)

    def __bool__(self) -> bool:
        return self.total > 0

    def __iter__(self) -> Iterator[Finding]:
        """Iterate in the order of the file; what concerns the whole file comes first."""
        return iter(sorted(self._kept, key=lambda finding: finding.line or 0))

    @property
    def not_shown(self) -> int:
        return self.total - len(self._kept)
