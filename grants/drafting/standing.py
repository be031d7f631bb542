"""How a draft stands: what its criteria answer, what to look at again, what would refuse it, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from grants.actions.available import situations_of
from grants.advice import filing_advice
from grants.charter_rules import cap_breaches
from grants.eligibility import Criterion, Facts, Finding, evaluate
from grants.enums import Action
from grants.exceptions import Breach
from grants.models import Application
from grants.queries import HeldElsewhere, charter_in_force, held_elsewhere

if TYPE_CHECKING:
    from fundadmin.models import User


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence and the section of the page where it is mended."""

    breach: Breach
    section: str

    def __str__(self) -> str:
        return str(self.breach)


@dataclass(frozen=True, slots=True)
class Standing:
    asked_cents: int
    findings: Sequence[Finding]
    advice: Sequence[Reason]
    caps: Sequence[Reason]
    reasons: Sequence[Reason]

    @property
    def may_submit(self) -> bool:
        return not self.reasons


def under_charter_in_force(draft: Application, on: date) -> Application:
    """The draft as it would be filed today; not saved."""
    draft.charter = charter_in_force(draft.fund_id, on) or draft.charter
    return draft


def standing_of(draft: Application, criteria: Sequence[Criterion], facts: Facts, *, by: "User", on: date) -> Standing:
    """All that can be said of a draft as it is stored; `facts`: all that is known of its tenant."""
    reasons = situations_of([draft], by, on)[0].breaches(Action.SUBMIT)
    return Standing(
        asked_cents=sum(line.asked_cents for line in draft.lines.all()),
        findings=evaluate(criteria, facts, on),
        advice=[Reason(breach, section_of(breach)) for breach in filing_advice(draft)],
        caps=[Reason(breach, "months") for breach in caps_of(draft, held_elsewhere(draft))],
        reasons=[Reason(breach, section_of(breach)) for breach in reasons],
    )


def caps_of(draft: Application, held: HeldElsewhere) -> list[Breach]:
    """The caps that what is asked goes over: no reason against filing, as less may be granted."""
    asked: dict[int, tuple[str, int]] = {}
    for line in draft.lines.select_related("lease"):
        reference, total = asked.get(line.lease_id, (line.lease.reference, 0))
        asked[line.lease_id] = (reference, total + line.asked_cents)
    return cap_breaches(
        draft.charter.terms(),
        held.held_cents,
        sum(total for _reference, total in asked.values()),
        {reference: (held.held_by_lease.get(lease, 0), total) for lease, (reference, total) in asked.items()},
    )


SECTIONS = {"mandate": "mandat", "tenant": "mandat", "documents": "pieces", "lines": "mois", "facts": "criteres"}


def section_of(breach: Breach) -> str:
    """The anchor of the section that a breach is about; none where nothing on the page would mend it."""
    return SECTIONS.get(breach.pointer.partition("/")[0], "")
