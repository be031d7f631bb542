"""One sheet of working papers, as its reader may read it: the same on the page, the paper and in the workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from grants.control.projection import Projection
from grants.control.results import Redraw
from grants.models import Application, LedgerEntry, ReliefLine, Sample, SampleItem


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a file: when, what, by whom, with which words."""

    on: date
    what: str
    who: str
    cents: int | None
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that the reader may read; its digest says which content it had."""

    uuid: Any
    name: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A unit drawn and all that its auditor looks at. `note`: empty for who may not read it."""

    item: SampleItem
    file: Application
    lines: Sequence[ReliefLine]
    facts: Sequence[tuple[str, Sequence[str]]]
    assessment: Mapping[str, Any] | None
    history: Sequence[Step]
    entries: Sequence[LedgerEntry]
    papers: Sequence[Paper]
    note: str


@dataclass(frozen=True, slots=True)
class WorkingPapers:
    """All the papers of a sample."""

    sample: Sample
    projection: Projection
    again: Redraw
    leaves: Sequence[Leaf]
