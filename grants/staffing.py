"""Whether there are people enough: what nobody could carry to credited, who can take a file's next step.

Four eyes ask for four disjoint sets of people in each file, so a small team can lack somebody for some files only.
All of it assumes the members of one day and tries their combinations: a fund's people are few.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants import queries
from grants.charter_rules import Terms, needs_second_visa
from grants.enums import Role, SecondVisaSide, Side
from grants.exceptions import Breach
from grants.models import Application, Charter, Fund, FundMember
from grants.money import Cents
from grants.permissions import Hand, Hands, counting_on


class Step(TextChoices):
    """The steps that lead from nothing to credited, as a sentence names them."""

    FILE = "file", _("file")
    ASSESS = "assess", _("give the opinion")
    FIRST_VISA = "first_visa", _("give the first visa")
    SECOND_VISA = "second_visa", _("give the second visa")
    CREDIT = "credit", _("record the credit")


HAND_OF_STEP: Final[Mapping[Step, Hand]] = {
    Step.FILE: Hand.FILED,
    Step.ASSESS: Hand.ASSESSED,
    Step.FIRST_VISA: Hand.DECIDED,
    Step.SECOND_VISA: Hand.DECIDED,
    Step.CREDIT: Hand.CREDITED,
}


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


class Team:
    """The people who count in a fund on a day, by the step that their roles let them take."""

    def __init__(self, fund_id: int, charter: Charter, on: date) -> None:
        self.limits: dict[int, int | None] = {}
        self.people: dict[Step, set[int]] = {step: set() for step in Step}
        for member in FundMember.objects.filter(counting_on(on), fund=fund_id):
            for step in _steps_of(member, charter.second_visa_side):
                self.people[step].add(member.user_id)
            if member.role == Role.APPROVER:
                self._note_limit(member)

    def _note_limit(self, member: FundMember) -> None:
        """The widest delegation of a person counts; None is without limit."""
        known = self.limits.get(member.user_id, 0)
        widest = None if known is None or member.limit_cents is None else max(known, member.limit_cents)
        self.limits[member.user_id] = widest

    def able(self, step: Step, amount_cents: int) -> list[int]:
        """Who may take a step for an amount, four eyes aside."""
        if HAND_OF_STEP[step] != Hand.DECIDED:
            return sorted(self.people[step])
        limits = {user: self.limits[user] for user in sorted(self.people[step])}
        return [user for user, limit in limits.items() if limit is None or amount_cents <= limit]

    def missing(self, steps: Sequence[Step], amount_cents: int, hands: Hands, givers: frozenset[int]) -> Step | None:
        """The first of the steps that nobody is left to take; None when all can be taken.

        `hands`: who had which hand in the file so far. `givers`: whose visas live, since two people give the two.
        """
        able = [(step, self.able(step, amount_cents)) for step in steps]
        for taken in range(1, len(able) + 1):
            fewest_first = sorted(able[:taken], key=lambda choice: len(choice[1]))
            if not _can_be_shared(fewest_first, hands, givers):
                return steps[taken - 1]
        return None


def _steps_of(member: FundMember, second_visa_side: str) -> Iterable[Step]:
    if member.role == Role.ADVISOR:
        yield Step.FILE
    if member.role == Role.ASSESSOR:
        yield Step.ASSESS
    if member.role == Role.PAYER:
        yield Step.CREDIT
    if member.role == Role.APPROVER:
        if member.side == Side.LANDLORD:
            yield Step.FIRST_VISA
        if second_visa_side in (SecondVisaSide.EITHER, member.side):
            yield Step.SECOND_VISA


def _can_be_shared(choices: Sequence[tuple[Step, list[int]]], hands: Hands, givers: frozenset[int]) -> bool:
    """Whether the steps can be shared out so that nobody has two incompatible hands."""
    if not choices:
        return True
    (step, able), rest = choices[0], choices[1:]
    hand = HAND_OF_STEP[step]
    for user in able:
        gives = hand == Hand.DECIDED
        if hands.other_hands(user, hand) or (gives and user in givers):
            continue
        if _can_be_shared(rest, _with(hands, user, hand), givers | {user} if gives else givers):
            return True
    return False


def _with(hands: Hands, user_id: int, hand: Hand) -> Hands:
    return Hands({**hands.by, hand: hands.by[hand] | {user_id}})


def steps_after_filing(terms: Terms, cumulative_cents: int) -> tuple[Step, ...]:
    """What remains to do for a file, given all that its SIREN would have in the fund."""
    return (Step.ASSESS, Step.FIRST_VISA, *steps_after_visa(complete=not needs_second_visa(terms, cumulative_cents)))


def steps_after_visa(*, complete: bool) -> tuple[Step, ...]:
    """What remains to do after a visa that is the last one needed (`complete`), or the first of two."""
    return (Step.CREDIT,) if complete else (Step.SECOND_VISA, Step.CREDIT)


def staffing_gaps(fund: Fund, on: date) -> list[Gap]:
    """Every (filer, amounts) that nobody could carry to credited under the charter in force; [] if there is none."""
    charter = queries.charter_in_force(fund.pk, on)
    if charter is None:
        return []
    team, terms = Team(fund.pk, charter, on), charter.terms()
    most_cents = min(terms.cap_per_siren_cents or terms.ceiling_cents, terms.ceiling_cents)
    filers = User.objects.filter(pk__in=team.people[Step.FILE]).order_by("pk")
    if not filers:
        return [Gap(None, 1, most_cents, Step.FILE)]
    gaps: list[Gap] = []
    for filer in filers:
        hands = _with(Hands(), filer.pk, Hand.FILED)
        for from_cents, to_cents in _bands(team, terms, most_cents):
            missing = team.missing(steps_after_filing(terms, to_cents), to_cents, hands, frozenset())
            if missing:
                _add(gaps, Gap(filer, from_cents, to_cents, missing))
    return gaps


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


def can_finish(
    application: Application,
    on: date,
    hands: Hands,
    *,
    also: tuple[int, Hand],
    left: Sequence[Step],
    amount_cents: int,
) -> list[Breach]:
    """Whether the steps `left` could still be taken if the person and hand of `also` act now.

    If not, the sentence names who could act instead, if anybody.
    """
    user_id, hand = also
    team = Team(application.fund_id, application.charter, on)
    missing = _missing_after(team, left, amount_cents, hands, user_id, hand)
    if missing is None:
        return []
    others = [
        other
        for other in _peers(team, hand, amount_cents)
        if other != user_id
        and not hands.other_hands(other, hand)
        and _missing_after(team, left, amount_cents, hands, other, hand) is None
    ]
    names = ", ".join(str(user) for user in User.objects.filter(pk__in=others).order_by("pk"))
    message = (
        _("If you take this step, nobody is left to %(step)s: let %(names)s take it.")
        if names
        else _("If you take this step, nobody is left to %(step)s: have another person or a deputy named first.")
    )
    return [Breach(NOBODY_LEFT[missing], message, {"step": missing.label, "names": names})]


NOBODY_LEFT: Final[Mapping[Step, str]] = {
    Step.FIRST_VISA: "no_approver_left",
    Step.SECOND_VISA: "no_second_visa_left",
    Step.CREDIT: "no_payer_left",
}


def _missing_after(
    team: Team, left: Sequence[Step], amount_cents: int, hands: Hands, user_id: int, hand: Hand
) -> Step | None:
    givers = frozenset({user_id}) if hand == Hand.DECIDED else frozenset()
    return team.missing(left, amount_cents, _with(hands, user_id, hand), givers)


def _peers(team: Team, hand: Hand, amount_cents: int) -> list[int]:
    """Who may take a step of that hand too."""
    steps = [step for step in Step if HAND_OF_STEP[step] == hand]
    return sorted({user for step in steps for user in team.able(step, amount_cents)})
