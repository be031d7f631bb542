"""What a charter version would have meant for the fund's files, against the version before it. Nothing is written.

Who may not read a fact may not learn it from a preview either: a manager who drafts one threshold after the other
would otherwise find a tenant's turnover by halving. So where a criterion that rests on such a fact differs between
the versions, the files are not named: there is a count, in bands of five, and no amount of a single file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grants import queries
from grants.charter_rules.preview import BAND, Answer, Case, CaseLine, answers, banded, moved
from grants.eligibility import LABELS, Criterion, Finding, parse_criteria
from grants.eligibility.replay import Record
from grants.eligibility.strict_json import load
from grants.enums import Outcome, State
from grants.exceptions import BadInput
from grants.models import Application, Assessment, Charter
from grants.visibility import Reader, rests_on_hidden

if TYPE_CHECKING:
    from datetime import date

LEFT_OUT = (State.DRAFT, State.WITHDRAWN, State.LAPSED)
"""Files that ask for nothing, or no longer."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file that would stand otherwise."""

    application: Application
    before: Answer
    after: Answer
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`changes` and `unnamed` are those that change: named, or counted in a band where a name would tell too much."""

    files: int
    skipped: int
    changes: tuple[Change, ...]
    unnamed: tuple[int, int] | None
    hidden_criteria: tuple[str, ...]
    before_cents: int
    after_cents: int

    @property
    def cost_cents(self) -> int:
        return self.after_cents - self.before_cents

    @property
    def is_silent(self) -> bool:
        """Too few files are there for a band to hide one."""
        return bool(self.hidden_criteria) and self.files - self.skipped < BAND

    @property
    def is_named(self) -> bool:
        return not self.hidden_criteria


def preview(old: Charter, new: Charter, reader: Reader, on: "date") -> Preview:
    """Replay every filed application under both versions."""
    before_criteria, after_criteria = _criteria(old), _criteria(new)
    files = list(
        Application.objects.filter(fund=new.fund_id)
        .exclude(state__in=LEFT_OUT)
        .select_related("tenant", "charter", "fund")
        .prefetch_related("lines")
        .order_by("rank")
    )
    cases, skipped = _cases(files, old, before_criteria, on)
    before, after = answers(old.terms(), before_criteria, cases), answers(new.terms(), after_criteria, cases)
    changed = moved(before, after)
    differing = set(before_criteria) ^ set(after_criteria)
    hidden = sorted({c.code for c in differing if rests_on_hidden(c.code, reader)})
    by_pk = {file.pk: file for file in files}
    named = () if hidden else tuple(_change(by_pk[pk], before[pk], after[pk], reader) for pk in changed)
    return Preview(
        files=len(files),
        skipped=skipped,
        changes=named,
        unnamed=banded(len(changed)) if hidden else None,
        hidden_criteria=tuple(str(LABELS[code]) for code in hidden),
        before_cents=sum(answer.cents for answer in before.values()),
        after_cents=sum(answer.cents for answer in after.values()),
    )


def _criteria(charter: Charter) -> list[Criterion]:
    return parse_criteria(queries.criteria_of(charter))


def _change(file: Application, before: Answer, after: Answer, reader: Reader) -> Change:
    """Why it stands otherwise, in as many words as are this reader's."""
    said = after.against if after.outcome != Outcome.YES else before.against
    return Change(file, before, after, tuple(_said(finding, reader) for finding in said))


def _said(finding: Finding, reader: Reader) -> str:
    return finding.verdict() if rests_on_hidden(finding.code, reader) else finding.sentence()


def _cases(
    files: Sequence[Application], old: Charter, criteria: Sequence[Criterion], on: "date"
) -> tuple[list[Case], int]:
    """What is known of each file: as it was last judged, or as it is today; and how many can't be judged any more."""
    records = _records(files)
    lines = _lines(files, old)
    cases = []
    for file in files:
        if file.pk in records and records[file.pk][0] is None:
            continue  # erased, or kept by rules that are no more
        record, notes = records.get(file.pk, (None, {}))
        facts = record.facts if record else queries.facts_of(file)
        cases.append(
            Case(
                pk=file.pk,
                siren=file.siren or file.tenant.siren or "",
                submitted_on=file.submitted_on or on,
                judged_on=record.on if record else on,
                facts=facts,
                lines=lines.get(file.pk, []),
                settled=frozenset(c for c in criteria if notes.get(c.code, "").strip()),
            )
        )
    return cases, len(files) - len(cases)


def _records(files: Sequence[Application]) -> dict[int, tuple[Record | None, Mapping[str, str]]]:
    """Application -> its last assessment's record (None where it can't be read) and the notes that settled findings."""
    last = Assessment.objects.filter(application__in=files).order_by("application", "-pk").distinct("application")
    return {row.application_id: (_read(row.record), row.resolved) for row in last}


def _read(record: Any) -> Record | None:
    try:
        return load(Record, record)
    except BadInput:
        return None


def _lines(files: Sequence[Application], old: Charter) -> dict[int, list[CaseLine]]:
    """What each file asks, with what is called for it in cents of the old version's basis."""
    rows = [line for file in files for line in file.lines.all()] if files else []
    called = queries.dues_of(rows, old.caps_basis) if rows else {}
    found: dict[int, list[CaseLine]] = {}
    for line in rows:
        due = called.get((line.lease_id, line.month, line.component))
        case = CaseLine(line.lease_id, line.month, line.component, line.asked_cents, due)
        found.setdefault(line.application_id, []).append(case)
    return found
