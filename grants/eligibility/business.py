"""Criteria on what the tenant's business is and what happened to it. A leaf."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from grants.eligibility.criterion import Criterion, no_list
from grants.eligibility.facts import Closure, Facts, Proceedings, ends_before_start, not_a_naf_code
from grants.eligibility.findings import Finding
from grants.eligibility.operators import Operator
from grants.eligibility.strict_json import Json
from grants.enums import Outcome
from grants.exceptions import Breach
from landlords.enums import NafNomenclature
from landlords.identifiers import naf_nomenclature

OLDEST_PROOF = 36_500  # days: a century, and no day that is judged lies that close to the calendar's start


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedByOrder(Criterion):
    """The premises were closed to the public by this text for at least a day between the two dates.

    `activities` empty: any. The order is public, so nothing is uploaded to prove it.
    """

    text: str
    starts_on: date
    ends_on: date
    activities: tuple[str, ...] = ()
    partial_opening_allowed: bool = False

    code: ClassVar[str] = "closed_by_order"
    needs: ClassVar[tuple[str, ...]] = ("closures",)

    def problems(self) -> Iterator[Breach]:
        if not self.text.strip():
            yield Breach("missing", _("Name the order."), {}, "text")
        if self.ends_on < self.starts_on:
            yield ends_before_start(self.starts_on)

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.closures is None:
            return self.unknown(facts, "closures")
        required = {
            "order": self.text,
            "activities": self.activities,
            "first_on": self.starts_on.isoformat(),
            "last_on": self.ends_on.isoformat(),
        }
        # Each step keeps the closures that still fit; the first that leaves none says what is wrong.
        left = facts.closures
        for case, fits in (
            ("other_order", self._is_this_order),
            ("other_activity", self._is_listed),
            ("other_period", self._is_in_the_period),
            ("partly_open", self._is_closed_enough),
        ):
            kept = tuple(closure for closure in left if fits(closure))
            if not kept:
                return self.finding(facts, Outcome.NO, case if left else "never_closed", _seen(left), required)
            left = kept
        return self.finding(
            facts, Outcome.YES, "met" if left[0].ends_on else "met_until_further_notice", _seen(left), required
        )

    def _is_this_order(self, closure: Closure) -> bool:
        return _same(closure.text, self.text)

    def _is_listed(self, closure: Closure) -> bool:
        return not self.activities or any(_same(closure.activity, activity) for activity in self.activities)

    def _is_in_the_period(self, closure: Closure) -> bool:
        return closure.starts_on <= self.ends_on and (closure.ends_on is None or closure.ends_on >= self.starts_on)

    def _is_closed_enough(self, closure: Closure) -> bool:
        return self.partial_opening_allowed or not closure.partial_opening


def _same(one: str, other: str) -> bool:
    return one is other or " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _seen(closures: tuple[Closure, ...]) -> dict[str, Json]:
    """The first closure, as the finding quotes it."""
    if not closures:
        return {}
    closure = closures[0]
    seen: dict[str, Json] = {
        "closed_by": closure.text,
        "activity": closure.activity,
        "closed_on": closure.starts_on.isoformat(),
    }
    if closure.ends_on is not None:
        seen["reopened_on"] = closure.ends_on.isoformat()
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount(Criterion):
    """The number of employees against a figure."""

    op: Operator
    n: int

    code: ClassVar[str] = "headcount"
    needs: ClassVar[tuple[str, ...]] = ("headcount",)

    def problems(self) -> Iterator[Breach]:
        if self.op.limit(self.n) < 0:
            yield Breach("never_met", _("No headcount is less than 0."), {}, "n")

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.headcount is None:
            return self.unknown(facts, "headcount")
        seen = {"headcount": facts.headcount}
        required = {"op": self.op.value, "bound": self.n}
        if self.op.holds(facts.headcount, self.n):
            return self.finding(facts, Outcome.YES, "met", seen, required)
        limit = self.op.limit(self.n)
        would_pass = {"limit": limit, "gap": abs(facts.headcount - limit)}
        case = "too_many" if self.op.asks_for_less else "too_few"
        return self.finding(facts, Outcome.NO, case, seen, required, would_pass=would_pass)


@dataclass(frozen=True, slots=True, kw_only=True)
class NafIn(Criterion):
    """The activity code is on a list of one nomenclature; a code of the other one is never converted."""

    nomenclature: NafNomenclature
    codes: tuple[str, ...]

    code: ClassVar[str] = "naf_in"
    needs: ClassVar[tuple[str, ...]] = ("naf_codes",)

    def problems(self) -> Iterator[Breach]:
        if not self.codes:
            yield no_list("codes")
        for rank, code in enumerate(self.codes):
            if naf_nomenclature(code) != self.nomenclature:
                yield not_a_naf_code(code, self.nomenclature, f"codes/{rank}")

    def judge(self, facts: Facts, on: date) -> Finding:
        if not facts.naf_codes:
            return self.unknown(facts, "naf_codes")
        required = {"nomenclature": self.nomenclature.value, "codes": self.codes}
        code = facts.naf_codes.get(self.nomenclature)
        if code is None:
            other, known = next(iter(facts.naf_codes.items()))
            seen = {"known_code": known, "known_nomenclature": NafNomenclature(other).value}
            return self.finding(
                facts, Outcome.TO_VERIFY, "other_nomenclature", seen, required, would_pass={"facts": ("naf_codes",)}
            )
        if code in self.codes:
            return self.finding(facts, Outcome.YES, "met", {"known_code": code}, required)
        return self.finding(facts, Outcome.NO, "not_listed", {"known_code": code}, required)


@dataclass(frozen=True, slots=True, kw_only=True)
class CraftRegistration(Criterion):
    """The business is registered as a craft business, by an extract not too old where the charter says so."""

    proof_max_age_days: int | None = None

    code: ClassVar[str] = "craft_registration"
    needs: ClassVar[tuple[str, ...]] = ("craft_registered", "craft_proof_on")

    def problems(self) -> Iterator[Breach]:
        if self.proof_max_age_days is not None and self.proof_max_age_days > OLDEST_PROOF:
            message = _("An extract may be %(days)s days old at most: leave the age out where any will do.")
            yield Breach("too_many_days", message, {"days": OLDEST_PROOF}, "proof_max_age_days")

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.craft_registered is None:
            return self.unknown(facts, "craft_registered")
        if not facts.craft_registered:
            return self.finding(facts, Outcome.NO, "not_registered")
        if self.proof_max_age_days is None:
            return self.finding(facts, Outcome.YES, "met")
        if facts.craft_proof_on is None:
            return self.unknown(facts, "craft_proof_on")
        oldest_on = on - timedelta(days=self.proof_max_age_days)
        seen = {"proof_on": facts.craft_proof_on.isoformat()}
        required = {"days": self.proof_max_age_days, "oldest_on": oldest_on.isoformat()}
        if oldest_on <= facts.craft_proof_on <= on:
            return self.finding(facts, Outcome.YES, "met_by_extract", seen, required)
        return self.finding(
            facts, Outcome.TO_VERIFY, "stale_extract", seen, required, would_pass={"judged_on": on.isoformat()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedBefore(Criterion):
    """The activity started before a day (that day excluded)."""

    before: date

    code: ClassVar[str] = "started_before"
    needs: ClassVar[tuple[str, ...]] = ("started_on",)

    def judge(self, facts: Facts, on: date) -> Finding:
        if facts.started_on is None:
            return self.unknown(facts, "started_on")
        seen = {"started_on": facts.started_on.isoformat()}
        required = {"before_on": self.before.isoformat()}
        if facts.started_on < self.before:
            return self.finding(facts, Outcome.YES, "met", seen, required)
        return self.finding(facts, Outcome.NO, "too_late", seen, required)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInProceedings(Criterion):
    """Not in insolvency proceedings `at` a day (None: the day judged); `allowed` names those that don't matter."""

    at: date | None = None
    allowed: tuple[Proceedings, ...] = ()

    code: ClassVar[str] = "not_in_proceedings"
    needs: ClassVar[tuple[str, ...]] = ("proceedings", "proceedings_opened_on")

    def problems(self) -> Iterator[Breach]:
        for rank, kind in enumerate(self.allowed):
            if kind not in (Proceedings.SAFEGUARD, Proceedings.RECOVERY):
                message = _("Only safeguard and recovery proceedings can be allowed.")
                yield Breach("not_allowable", message, {}, f"allowed/{rank}")

    def judge(self, facts: Facts, on: date) -> Finding:
        kind, opened_on = facts.proceedings, facts.proceedings_opened_on
        if kind is None:
            return self.unknown(facts, "proceedings")
        at = self.at or on
        seen = {"proceedings": kind.value}
        required = {"at_on": at.isoformat()}
        if kind == Proceedings.NONE:
            return self.finding(facts, Outcome.YES, "met", seen, required)
        if kind in self.allowed:
            return self.finding(facts, Outcome.YES, "allowed", seen, required)
        if opened_on is None:
            return self.unknown(facts, "proceedings_opened_on")
        seen["opened_on"] = opened_on.isoformat()
        if opened_on > at:
            return self.finding(facts, Outcome.YES, "opened_later", seen, required)
        return self.finding(facts, Outcome.NO, "in_proceedings", seen, required)
