"""What other terms would have meant for files that are known: who changes side, and for how much. Pure; a leaf.

Both terms are applied to the same facts by the same rules, so a difference comes from the terms and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from grants.charter_rules.terms import Terms
from grants.eligibility import Criterion, Facts, Finding, evaluate
from grants.enums import Outcome
from grants.money import share_of

BAND: Final = 5
"""Fewer files than this would tell of a single one."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One month of one component of one lease; `due_cents`: what is called for it, None where nothing is."""

    lease_id: int
    month: date
    component: str
    asked_cents: int
    due_cents: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """A filed application as it was judged: `settled` are the criteria that an assessor's note settled."""

    pk: int
    siren: str
    submitted_on: date
    judged_on: date
    facts: Facts
    lines: Sequence[CaseLine]
    settled: frozenset[Criterion] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """How a case stands under some terms: the outcome, what keeps it from passing, and the cents it could get."""

    outcome: Outcome
    against: tuple[Finding, ...] = ()
    late: bool = False
    cents: int = 0


@dataclass(slots=True)
class _Held:
    """What the files before have taken, by undertaking and by lease."""

    cents: dict[str, int] = field(default_factory=dict)
    months: dict[str, set[date]] = field(default_factory=dict)
    by_lease: dict[int, int] = field(default_factory=dict)


def answers(terms: Terms, criteria: Sequence[Criterion], cases: Sequence[Case]) -> dict[int, Answer]:
    """Case -> how it stands under these terms; `cases` in rank order, as caps are used up in it."""
    held = _Held()
    return {case.pk: _answer(terms, criteria, case, held) for case in cases}


def _answer(terms: Terms, criteria: Sequence[Criterion], case: Case, held: _Held) -> Answer:
    findings = evaluate(criteria, case.facts, case.judged_on)
    open_ones = [
        finding
        for criterion, finding in zip(criteria, findings, strict=True)
        if finding.outcome == Outcome.TO_VERIFY and criterion not in case.settled
    ]
    refusing = tuple(finding for finding in findings if finding.outcome == Outcome.NO)
    late = case.submitted_on > terms.filing_deadline
    if refusing or late:
        return Answer(Outcome.NO, refusing, late)
    cents = sum(_granted(terms, case, held))
    if not cents:
        return Answer(Outcome.NO)
    return Answer(Outcome.TO_VERIFY if open_ones else Outcome.YES, tuple(open_ones), cents=cents)


def _granted(terms: Terms, case: Case, held: _Held) -> Iterator[int]:
    """What each line could get, under the caps, the months and the components."""
    undertaking = case.siren or f"file {case.pk}"
    months = held.months.setdefault(undertaking, set())
    for line in sorted(case.lines, key=lambda line: (line.month, line.lease_id, line.component)):
        if line.component not in terms.components or not terms.first_month <= line.month <= terms.last_month:
            continue
        if terms.max_months is not None and line.month not in months and len(months) >= terms.max_months:
            continue
        cents = min(line.asked_cents, share_of(line.due_cents or 0, terms.rent_call_rate_bp))
        cents = min(cents, _left(terms.cap_per_siren_cents, held.cents.get(undertaking, 0), cents))
        cents = min(cents, _left(terms.cap_per_lease_cents, held.by_lease.get(line.lease_id, 0), cents))
        if cents <= 0:
            continue
        months.add(line.month)
        held.cents[undertaking] = held.cents.get(undertaking, 0) + cents
        held.by_lease[line.lease_id] = held.by_lease.get(line.lease_id, 0) + cents
        yield cents


def _left(cap_cents: int | None, taken_cents: int, otherwise: int) -> int:
    return otherwise if cap_cents is None else max(0, cap_cents - taken_cents)


def moved(before: Mapping[int, Answer], after: Mapping[int, Answer]) -> list[int]:
    """The cases whose side or amount differs."""
    return [pk for pk, then in before.items() if (then.outcome, then.cents) != (after[pk].outcome, after[pk].cents)]


def banded(count: int) -> tuple[int, int] | None:
    """A count as the band it lies in, so that two previews one apart tell of nobody; None for none at all."""
    if not count:
        return None
    low = count // BAND * BAND
    return (max(low, 1), low + BAND - 1)
