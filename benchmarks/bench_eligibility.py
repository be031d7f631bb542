"""eligibility: assessing the origin charter's criteria on one core, against the same rules inlined, without findings.

Run by `python -m benchmarks.bench_eligibility [ASSESSMENTS]`. Needs no database. The ratio is the reference's time over
ours: how fast we are against a loop that answers yes, no or unknown and could tell nobody why.
"""

import gc
import sys
import time
from collections.abc import Callable
from datetime import date

from grants.eligibility import (
    Closure,
    Criterion,
    CriterionSpec,
    Evidence,
    Facts,
    LeaseFact,
    Month,
    Proceedings,
    evaluate,
    parse_criteria,
)

ASSESSMENTS = 50_000
ROUNDS = 5
ON = date(2020, 6, 15)
MONTHS = (Month("2020-03"), Month("2020-04"), Month("2020-05"))
LAST_YEAR = (Month("2019-03"), Month("2019-04"), Month("2019-05"))
ORDER = "arrêté du 14 mars 2020"


def origin_criteria() -> list[Criterion]:
    """A charter like the origin case's: closed by the order, a loss above 30 %, a running lease, other aid told."""
    return parse_criteria(
        [
            CriterionSpec("closed_by_order", {"text": ORDER, "starts_on": "2020-03-15", "ends_on": "2020-06-02"}),
            CriterionSpec(
                "turnover_loss",
                {"months": MONTHS, "reference": "same_month_last_year", "op": ">", "threshold_bp": 3000},
            ),
            CriterionSpec("lease_covers", {"months": MONTHS}),
            CriterionSpec("not_in_proceedings", {"at": "2020-03-01", "allowed": ["safeguard", "recovery"]}),
            CriterionSpec("other_aid_declared", {}),
        ]
    )


def invented_facts(count: int) -> list[Facts]:
    """Facts of that many businesses: some unknown, some closed by another order, losses of 0 to 100 %."""

    def facts(n: int) -> Facts:
        by_month = dict.fromkeys(LAST_YEAR, 100000 + n % 7)
        by_month |= {month: (n * 37 + rank * 11) % 100_000 for rank, month in enumerate(MONTHS)}
        return Facts(
            closures=(Closure(ORDER if n % 5 else "another order", "restaurant", date(2020, 3, 15)),),
            turnover_by_month=by_month if n % 11 else None,
            leases=(LeaseFact(f"B-{n}", date(2015, 1, 1), None, date(2020, 5, 1) if n % 13 == 0 else None),),
            proceedings=Proceedings.NONE if n % 17 else None,
            other_aid=(),
            evidence={"turnover_by_month": Evidence.VAT_RETURN},
        )

    return [facts(n) for n in range(count)]


def ours(criteria: list[Criterion], businesses: list[Facts]) -> list[list[str]]:
    return [[finding.outcome.value for finding in evaluate(criteria, facts, ON)] for facts in businesses]


def reference(businesses: list[Facts]) -> list[list[str]]:  # noqa: C901 - being inlined is its point
    """The same rules by hand: no parameters, no findings, nothing that tells anybody why."""
    from_day, to_day, at = date(2020, 3, 15), date(2020, 6, 2), date(2020, 3, 1)
    first, after_last = date(2020, 3, 1), date(2020, 5, 1)
    answers = []
    for facts in businesses:
        closed = lost = leased = solvent = declared = "to_verify"
        if facts.closures is not None:
            closed = "no"
            for closure in facts.closures:
                if (
                    closure.text == ORDER
                    and closure.starts_on <= to_day
                    and (closure.ends_on is None or closure.ends_on >= from_day)
                    and not closure.partial_opening
                ):
                    closed = "yes"
        turnover = facts.turnover_by_month
        if turnover is not None and all(month in turnover for month in MONTHS + LAST_YEAR):
            before = sum(turnover[month] for month in LAST_YEAR)
            if before > 0:
                now = sum(turnover[month] for month in MONTHS)
                lost = "yes" if (before - now) * 10_000 > 3000 * before else "no"
        if facts.leases is not None:
            leased = "yes" if facts.leases else "no"
            for lease in facts.leases:
                if (
                    (lease.notice_given_on is not None and lease.notice_given_on <= ON)
                    or lease.starts_on > min(ON, first)
                    or (lease.ends_on is not None and lease.ends_on < max(ON, after_last))
                ):
                    leased = "no"
        if facts.proceedings is not None:
            solvent = "yes"
            if facts.proceedings == "liquidation":
                opened_on = facts.proceedings_opened_on
                solvent = "to_verify" if opened_on is None else "yes" if opened_on > at else "no"
        if facts.other_aid is not None:
            declared = "yes"
        answers.append([closed, lost, leased, solvent, declared])
    return answers


def seconds(work: Callable[[], object]) -> float:
    """Time one run, the collector off: it would charge one side with the other's garbage."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work()
    elapsed = time.perf_counter() - start
    gc.enable()
    return elapsed


def main() -> None:
    assessments = int(sys.argv[1]) if len(sys.argv) > 1 else ASSESSMENTS
    criteria, businesses = origin_criteria(), invented_facts(assessments)
    assert ours(criteria, businesses) == reference(businesses)
    # In turns, and the best of each, so that a busy machine slows both.
    rounds = [
        (seconds(lambda: ours(criteria, businesses)), seconds(lambda: reference(businesses))) for _ in range(ROUNDS)
    ]
    our_seconds, reference_seconds = (min(times) for times in zip(*rounds, strict=True))
    ratio = reference_seconds / our_seconds
    print(f"eligibility: {ratio:.3f} (ours {our_seconds:.3f} s, reference {reference_seconds:.3f} s)")
    print(f"    {assessments / our_seconds:,.0f} assessments of {len(criteria)} criteria per second on one core")


if __name__ == "__main__":
    main()
