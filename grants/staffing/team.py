"""The people who count in a fund on a day, and whether they can share out the steps of a file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from grants.charter_rules import Terms, needs_second_visa
from grants.enums import Role, SecondVisaSide, Side
from grants.models import Charter, FundMember
from grants.permissions import Hand, Hands
from grants.queries import counting_on


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


class Team:
    """The people who count in a fund on a day, by the step that their roles let them take."""

    def __init__(self, members: Iterable[FundMember], second_visa_side: str) -> None:
        self.limits: dict[int, int | None] = {}
        self.people: dict[Step, set[int]] = {step: set() for step in Step}
        for member in members:
            for step in _steps_of(member, second_visa_side):
                self.people[step].add(member.user_id)
            if member.role == Role.APPROVER:
                self._note_limit(member)

    @classmethod
    def on(cls, day: date, fund_id: int, charter: Charter) -> "Team":
        return cls(FundMember.objects.filter(counting_on(day), fund=fund_id), charter.second_visa_side)

    def _note_limit(self, member: FundMember) -> None:
        """The narrowest delegation of a person counts; None is without limit."""
        limits = (self.limits.get(member.user_id), member.limit_cents)
        self.limits[member.user_id] = min((limit for limit in limits if limit is not None), default=None)

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
        if _can_be_shared(rest, with_hand(hands, user, hand), givers | {user} if gives else givers):
            return True
    return False


def with_hand(hands: Hands, user_id: int, hand: Hand) -> Hands:
    return Hands({**hands.by, hand: hands.by[hand] | {user_id}})


def steps_after_filing(terms: Terms, cumulative_cents: int) -> tuple[Step, ...]:
    """What remains to do for a file, given all that its SIREN would have in the fund."""
    return (Step.ASSESS, Step.FIRST_VISA, *steps_after_visa(complete=not needs_second_visa(terms, cumulative_cents)))


def steps_after_visa(*, complete: bool) -> tuple[Step, ...]:
    """What remains to do after a visa that is the last one needed (`complete`), or the first of two."""
    return (Step.CREDIT,) if complete else (Step.SECOND_VISA, Step.CREDIT)
