"""Criteria on the lease, the rent account and other aid. A leaf."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from grants import de_minimis
from grants.eligibility.criterion import Criterion
from grants.eligibility.facts import AidStatus, Facts, LeaseFact
from grants.eligibility.findings import Finding
from grants.eligibility.strict_json import Json, Month
from grants.enums import AidRegime, Outcome
from grants.exceptions import Breach


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseCovers(Criterion):
    """Every lease of the application runs on the day judged, no notice given, and ran in each of `months`."""

    months: tuple[Month, ...] = ()

    code: ClassVar[str] = "lease_covers"
    needs: ClassVar[tuple[str, ...]] = ("leases",)

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.leases is None:
            return self.unknown(facts, "leases")
        required: dict[str, Json] = {"judged_on": on.isoformat(), "months": self.months}
        if not facts.leases:
            return self.finding(facts, Outcome.NO, "no_lease", {}, required)
        for lease in facts.leases:
            case, seen = self._fault(lease, on)
            if case:
                return self.finding(facts, Outcome.NO, case, {"lease": lease.reference, **seen}, required)
        references = tuple(lease.reference for lease in facts.leases)
        return self.finding(facts, Outcome.YES, "met", {"leases": references}, required)

    def _fault(self, lease: LeaseFact, on: date) -> tuple[str, Mapping[str, Json]]:
        """The first thing wrong with a lease and its dates; no case when nothing is."""
        if lease.notice_given_on is not None and lease.notice_given_on <= on:
            return "notice_given", {"notice_on": lease.notice_given_on.isoformat()}
        if lease.starts_on > on:
            return "not_started", {"start_on": lease.starts_on.isoformat()}
        if lease.ends_on is not None and lease.ends_on < on:
            return "ended", {"end_on": lease.ends_on.isoformat()}
        # A lease covers a month in which it runs on any day. As text, months compare without arithmetic on dates.
        first = lease.starts_on.isoformat()[:7]
        last = lease.ends_on.isoformat()[:7] if lease.ends_on is not None else max(self.months, default="")
        uncovered = tuple([month for month in self.months if not first <= month <= last])
        return ("months_not_covered", {"uncovered_months": uncovered}) if uncovered else ("", {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsBefore(Criterion):
    """No more than `max_cents` was owed on the eve of `before`.

    Only a statement of that eve settles it either way; a later one settles it when little is owed even then.
    """

    before: date
    max_cents: int = 0

    code: ClassVar[str] = "arrears_before"
    needs: ClassVar[tuple[str, ...]] = ("arrears_cents", "arrears_on")

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.arrears_cents is None or facts.arrears_on is None:
            names = ("arrears_cents", "arrears_on")
            return self.unknown(facts, *(name for name in names if getattr(facts, name) is None))
        eve = self.before - timedelta(days=1)
        seen = {
            "arrears_cents": facts.arrears_cents,
            "statement_on": facts.arrears_on.isoformat(),
        }
        required = {"max_cents": self.max_cents, "eve_on": eve.isoformat()}
        if facts.arrears_on < eve:
            return self.finding(facts, Outcome.TO_VERIFY, "statement_too_early", seen, required)
        if facts.arrears_cents <= self.max_cents:
            return self.finding(facts, Outcome.YES, "met", seen, required)
        if facts.arrears_on > eve:
            return self.finding(facts, Outcome.TO_VERIFY, "statement_too_late", seen, required)
        gap = facts.arrears_cents - self.max_cents
        return self.finding(facts, Outcome.NO, "too_much", seen, required, would_pass={"gap_cents": gap})


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAidDeclared(Criterion):
    """The other aid asked for, granted or refused is declared, if only to say that there is none."""

    code: ClassVar[str] = "other_aid_declared"
    needs: ClassVar[tuple[str, ...]] = ("other_aid",)

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.other_aid is None:
            return self.unknown(facts, "other_aid")
        if not facts.other_aid:
            return self.finding(facts, Outcome.YES, "none")
        granted = [aid.amount_cents or 0 for aid in facts.other_aid if aid.status == AidStatus.GRANTED]
        seen = {"declared": len(facts.other_aid), "granted_cents": sum(granted)}
        return self.finding(facts, Outcome.YES, "met", seen, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeMinimis(Criterion):
    """The amount requested, granted on the day judged, keeps the undertaking within its de minimis cap."""

    regime: AidRegime

    code: ClassVar[str] = "de_minimis"
    needs: ClassVar[tuple[str, ...]] = ("de_minimis_aids", "requested_cents")

    def problems(self) -> Iterator[Breach]:
        if not de_minimis.has_counter(self.regime):
            message = _("“%(regime)s” has no cap per undertaking.")
            yield Breach("no_counter", message, {"regime": self.regime.label}, "regime")

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.de_minimis_aids is None or facts.requested_cents is None:
            names = ("de_minimis_aids", "requested_cents")
            return self.unknown(facts, *(name for name in names if getattr(facts, name) is None))
        result = de_minimis.check(self.regime, on, facts.requested_cents, facts.de_minimis_aids)
        seen = {
            "used_cents": result.used_cents,
            "since_on": result.window_start.isoformat(),
            "new_cents": result.new_cents,
        }
        required = {
            "regime": self.regime.value,
            "cap_cents": result.cap_cents,
            "judged_on": on.isoformat(),
        }
        if result.edge_matters:
            seen["edge_cents"] = result.edge_cents
            required["edge_cap_cents"] = result.cap_with_edge_cents
            return self.finding(facts, Outcome.YES, "met_but_for_the_edge", seen, required)
        if result.passes:
            return self.finding(facts, Outcome.YES, "met", seen, required)
        would_pass = {
            "headroom_cents": result.headroom_cents,
            "excess_cents": result.excess_cents,
        }
        return self.finding(
            facts, Outcome.NO, "over" if result.in_force else "not_in_force", seen, required, would_pass=would_pass
        )
