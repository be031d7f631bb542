"""The approved lines of a fund, as its credit schedule asks the landlord's accountant to credit them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from grants import queries
from grants.crediting_rules import line_breaches, rent_call_breaches
from grants.enums import LineState, RequestState, State
from grants.exceptions import Breach
from grants.models import Fund, ReliefLine, ReversalRequest
from grants.money import Split
from grants.reconciling.amounts import Called, Calls, split_of
from landlords.enums import VatRegime
from landlords.queries import dues


@dataclass(frozen=True, slots=True)
class Due:
    """An approved line. `against`: why it can't be credited as things are; the schedule then doesn't ask for it."""

    line: ReliefLine
    amount: Split
    called: Called | None
    regime: VatRegime
    against: Sequence[Breach]


def lines_due(fund: Fund, until: date | None = None) -> list[Due]:
    """The approved lines of applications approved up to that day, in the order a billing clerk looks for them.

    Lease by lease, month by month. As many queries for thousands of lines as for one.
    """
    files = {"application__fund": fund, "application__state": State.APPROVED}
    if until is not None:
        files["application__decided_on__lte"] = until
    lines = list(
        ReliefLine.objects.filter(state=LineState.APPROVED, **files).select_related(
            "application__charter", "application__tenant", "lease", "premises"
        )
    )
    lines.sort(key=lambda line: (line.lease.reference, *line.place, line.pk))
    calls = Calls.of(lines)
    blocked = _in_open_requests(fund)
    called = dues({line.lease_id for line in lines}, {line.month for line in lines})
    terms_of = {file.charter_id: file.charter.terms() for file in {line.application for line in lines}}
    in_basis = {basis: queries.in_basis(called, basis) for basis in {terms.caps_basis for terms in terms_of.values()}}
    found = []
    for line in lines:
        terms = terms_of[line.application.charter_id]
        against = line_breaches(line, blocked)
        against += rent_call_breaches(terms, [line], in_basis[terms.caps_basis])
        amount = split_of(line, line.application)
        found.append(Due(line, amount, calls.covering(line), calls.regime(line, line.lease), tuple(against)))
    return found


def schedule_number(lines: Sequence[Due]) -> str:
    """The schedule's number, which its lines and amounts alone decide: the same lines have the same number."""
    text = "\n".join(f"{due.line.uuid} {due.amount.gross_cents}" for due in lines)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
    return f"BI-{digest[:4]}-{digest[4:]}"


def _in_open_requests(fund: Fund) -> set[int]:
    opened = ReversalRequest.objects.filter(application__fund=fund, state=RequestState.OPEN)
    return set(opened.values_list("lines", flat=True))
