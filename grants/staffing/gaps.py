"""What a fund's advisors could file and nobody could carry to credited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants import queries
from grants.charter_rules import Terms
from grants.models import Application, Fund
from grants.money import Cents
from grants.permissions import Hand, Hands
from grants.staffing.team import Step, Team, steps_after_filing, with_hand


@dataclass(frozen=True, slots=True)
class Gap:
    """What an advisor could file and nobody could carry to credited, both amounts included.

    `filer` is None when there is no advisor at all. `missing`: the first step that nobody would be left to take.
    """

    filer: User | None
    from_cents: int
    to_cents: int
    missing: Step

    def sentence(self) -> str:
        if self.filer is None:
            return str(_("Nobody can file: the fund has no chamber advisor."))
        message = _("Filed by %(filer)s, from %(from)s to %(to)s: nobody is left to %(step)s.")
        amounts = {"from": Cents(self.from_cents), "to": Cents(self.to_cents)}
        return str(message) % {"filer": self.filer, **amounts, "step": self.missing.label}

    def to_json(self) -> dict[str, Any]:
        filer = self.filer.pk if self.filer else None
        return {"filer": filer, "from_cents": self.from_cents, "to_cents": self.to_cents, "missing": self.missing.value}


def gaps_from_json(stored: Sequence[Mapping[str, Any]]) -> list[Gap]:
    """The gaps that an event keeps."""
    users = User.objects.in_bulk([row["filer"] for row in stored if row["filer"]])
    return [Gap(users.get(row["filer"]), row["from_cents"], row["to_cents"], Step(row["missing"])) for row in stored]


def staffing_gaps(fund: Fund, on: date) -> list[Gap]:
    """Every (filer, amounts) that nobody could carry to credited under the charter in force; [] if there is none."""
    charter = queries.charter_in_force(fund.pk, on)
    if charter is None:
        return []
    team, terms = Team.on(on, fund.pk, charter), charter.terms()
    most_cents = min(terms.cap_per_siren_cents or terms.ceiling_cents, terms.ceiling_cents)
    filers = User.objects.filter(pk__in=team.people[Step.FILE]).order_by("pk")
    if not filers:
        return [Gap(None, 1, most_cents, Step.FILE)]
    gaps: list[Gap] = []
    for filer in filers:
        hands = with_hand(Hands(), filer.pk, Hand.FILED)
        for from_cents, to_cents in _bands(team, terms, most_cents):
            missing = team.missing(steps_after_filing(terms, to_cents), to_cents, hands, frozenset())
            if missing:
                _add(gaps, Gap(filer, from_cents, to_cents, missing))
    return gaps


def gaps_on_filing(application: Application, by: User, on: date) -> list[Gap]:
    """The gap, if there is one, of the file that a person is filing: its own amount, and the hands already in it.

    As for a visa, what the undertaking was granted before counts towards the second visa, not towards a delegation.
    """
    asked_cents = sum(line.asked_cents for line in application.lines.all())
    cumulative_cents = queries.held_elsewhere(application).granted_cents + asked_cents
    steps = steps_after_filing(application.charter.terms(), cumulative_cents)
    team = Team.on(on, application.fund_id, application.charter)
    hands = with_hand(Hands.in_file(application), by.pk, Hand.FILED)
    missing = team.missing(steps, asked_cents, hands, frozenset())
    return [Gap(by, asked_cents, asked_cents, missing)] if missing else []


def _bands(team: Team, terms: Terms, most_cents: int) -> list[tuple[int, int]]:
    """Amounts for which the same people can do the same steps, as (from, to), both included."""
    cuts = {limit for limit in team.limits.values() if limit} | {terms.second_visa_threshold_cents or 0}
    ends = [*sorted(cut for cut in cuts if 0 < cut < most_cents), most_cents]
    return list(zip([1, *(end + 1 for end in ends)], ends, strict=False))


def _add(gaps: list[Gap], gap: Gap) -> None:
    """Add a gap; one that continues the last is joined to it."""
    last = gaps[-1] if gaps else None
    if last and last.filer == gap.filer and last.missing == gap.missing and last.to_cents + 1 == gap.from_cents:
        gaps[-1] = Gap(gap.filer, last.from_cents, gap.to_cents, gap.missing)
    else:
        gaps.append(gap)
