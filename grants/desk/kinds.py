"""The kinds of tasks, in the order in which a desk shows them, and the rows that are one for a person.

The roles a person holds are read first, so that each kind is a plain condition on rows. What SQL can't judge cheaply
(a delegation's limit, staffing, a lowered rent call) is judged afterwards, on the rows that are shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from grants.actions.turn import fund_breaches
from grants.desk import letters
from grants.eligibility import CRITERIA
from grants.enums import Action, FundAction, FundState, LineState, RequestState, Role, SecondVisaSide, Side, State
from grants.models import (
    Application,
    CharterCriterion,
    Commitment,
    Event,
    Fund,
    FundMember,
    FundProposal,
    ReliefLine,
    ReversalRequest,
    Visa,
)
from grants.permissions import HAND_OF
from grants.queries import counting_on, held_by
from landlords.models import Lease

if TYPE_CHECKING:
    from fundadmin.models import User


class Kind(TextChoices):
    """What one can be asked to do."""

    ANSWER = "answer", _("Answer a request for information")
    DRAFT = "draft", _("Finish a draft")
    HAND_OVER = "hand_over", _("Hand over to another advisor")
    OFFER = "offer", _("Take up an offer of freed money")
    ASSESS = "assess", _("Assess")
    UNANSWERED = "unanswered", _("Remind or close for lack of an answer")
    VISA = "visa", _("Give the landlord's visa")
    SECOND_VISA = "second_visa", _("Give the second visa")
    DECIDE = "decide", _("Decide after an unfavourable opinion")
    SETTLE = "settle", _("Confirm or refuse a request to undo")
    CREDIT = "credit", _("Record the credit")
    SUPPLY = "supply", _("Supply the arrears")
    PROPOSAL = "proposal", _("Confirm what is proposed for a fund")
    MEMBER = "member", _("Confirm a person's role")
    COMMITMENT = "commitment", _("Keep a commitment of the landlord's")
    ISSUE_LETTERS = "issue_letters", _("Issue letters")
    SEND_LETTERS = "send_letters", _("Send letters")


STEPS: Final[Mapping[Kind, tuple[Action, ...]]] = {
    Kind.ANSWER: (Action.ANSWER,),
    Kind.DRAFT: (Action.EDIT,),
    Kind.HAND_OVER: (Action.TRANSFER,),
    Kind.OFFER: (Action.ASSESS_FAVOURABLE, Action.ASSESS_UNFAVOURABLE),
    Kind.ASSESS: (Action.ASSESS_FAVOURABLE, Action.ASSESS_UNFAVOURABLE),
    Kind.UNANSWERED: (Action.LAPSE, Action.REMIND),
    Kind.VISA: (Action.APPROVE,),
    Kind.SECOND_VISA: (Action.APPROVE,),
    Kind.DECIDE: (Action.REJECT,),
    Kind.SETTLE: (Action.CANCEL_LINES, Action.REVERSE),
    # What can't be credited any more is asked to be cancelled.
    Kind.CREDIT: (Action.CREDIT, Action.ASK_CANCEL_LINES),
    Kind.SUPPLY: (Action.SUPPLY,),
}
"""The actions that do a task, the first possible one leading; the last kinds are about funds."""

LANDLORDS: Final = frozenset((role, Side.LANDLORD) for role in Role if role != Role.AUDITOR)
APPROVES: Final = frozenset({(Role.APPROVER, Side.LANDLORD)})
ADVISES: Final = frozenset({(Role.ADVISOR, Side.CHAMBER)})
ASSESSES: Final = frozenset((Role.ASSESSOR, side) for side in Side)
MANAGES: Final = frozenset({(Role.MANAGER, Side.LANDLORD)})
HELD_BY: Final[Mapping[Kind, frozenset[tuple[Role, Side]]]] = {
    Kind.ANSWER: ADVISES,
    Kind.DRAFT: ADVISES,
    Kind.HAND_OVER: frozenset({(Role.MANAGER, Side.CHAMBER)}),
    Kind.OFFER: ASSESSES,
    Kind.ASSESS: ASSESSES,
    Kind.UNANSWERED: ASSESSES,
    Kind.VISA: APPROVES,
    Kind.SECOND_VISA: APPROVES | {(Role.APPROVER, Side.CHAMBER)},
    Kind.DECIDE: APPROVES,
    Kind.SETTLE: APPROVES,
    Kind.CREDIT: frozenset({(Role.PAYER, Side.LANDLORD)}),
    Kind.SUPPLY: LANDLORDS,
    Kind.PROPOSAL: APPROVES | MANAGES,
    Kind.MEMBER: LANDLORDS,
    Kind.COMMITMENT: MANAGES,
    Kind.ISSUE_LETTERS: letters.WRITERS,
    Kind.SEND_LETTERS: letters.WRITERS,
}
"""Whose task it is, for it to be looked for: every page counts, and most people have one role."""

NEEDS_ARREARS: Final = sorted(code for code, criterion in CRITERIA.items() if "arrears_cents" in criterion.needs)


class Membership(NamedTuple):
    """A role of somebody's in a fund. `stands_in_for`: the id of the advisor whose deputy they are."""

    fund_id: int
    role: str
    side: str
    stands_in_for: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """A user with the roles that count for them today, in any fund; equal where these are."""

    user: "User"
    on: date
    roles: tuple[Membership, ...]

    def funds(self, role: Role, side: Side | None = None) -> list[int]:
        """The funds in which they have a role (of one side, where it is named)."""
        return sorted({row.fund_id for row in self.roles if row.role == role and side in (None, row.side)})

    @property
    def landlords(self) -> list[int]:
        """The funds in which they may confirm what another landlord member proposed for the fund."""
        return sorted({*self.funds(Role.APPROVER, Side.LANDLORD), *self.funds(Role.MANAGER, Side.LANDLORD)})

    @property
    def working_landlords(self) -> list[int]:
        """The funds in which they have any role of the landlord's but an auditor's."""
        roles = (row for row in self.roles if row.side == Side.LANDLORD and row.role != Role.AUDITOR)
        return sorted({row.fund_id for row in roles})

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of which they may have a task."""
        held = {(row.role, row.side) for row in self.roles}
        return [kind for kind in Kind if held & HELD_BY[kind]]

    def in_charge(self) -> Q:
        """The files they are in charge of, or stand in for who is."""
        mine = Q(advisor=self.user, fund__in=self.funds(Role.ADVISOR))
        for row in self.roles:
            if row.role == Role.ADVISOR and row.stands_in_for is not None:
                mine |= Q(advisor=row.stands_in_for, fund=row.fund_id)
        return mine

    def free_for(self, action: Action) -> Q:
        """The files in which they had none of the hands that exclude the action's (four eyes)."""
        others = [other for other, hand in HAND_OF.items() if hand != HAND_OF[action]]
        return ~Q(Exists(Event.objects.filter(application=OuterRef("pk"), user=self.user, action__in=others)))


def person_of(user: "User", on: date) -> Person:
    roles = FundMember.objects.filter(held_by(user, on)).order_by("pk")
    rows = roles.values_list("fund_id", "role", "side", "deputy_for__user_id")
    return Person(user, on, tuple(Membership(*row) for row in rows))


def _open_requests(**given: object) -> QuerySet[ReversalRequest]:
    return ReversalRequest.objects.filter(application=OuterRef("pk"), state=RequestState.OPEN, **given)


def free_to_credit() -> Exists:
    """Whether a file has an approved line that nobody asked to undo."""
    asked = ReversalRequest.objects.filter(lines=OuterRef("pk"), state=RequestState.OPEN)
    return Exists(ReliefLine.objects.filter(~Exists(asked), application=OuterRef("pk"), state=LineState.APPROVED))


def _visa() -> Exists:
    return Exists(Visa.objects.filter(application=OuterRef("pk"), living=True))


def _answer(who: Person) -> Q:
    return who.in_charge() & Q(state=State.INFO_REQUESTED) & who.free_for(Action.ANSWER)


def _draft(who: Person) -> Q:
    return who.in_charge() & Q(state=State.DRAFT)


def _hand_over(who: Person) -> Q:
    """The advisor in charge has left, and nobody stands in for them."""
    counting = FundMember.objects.filter(counting_on(who.on), fund=OuterRef("fund"), role=Role.ADVISOR)
    there = counting.filter(Q(user=OuterRef("advisor")) | Q(deputy_for__user=OuterRef("advisor")))
    managed = Q(fund__in=who.funds(Role.MANAGER, Side.CHAMBER))
    return managed & Q(state__in=[State.DRAFT, State.INFO_REQUESTED]) & ~Q(Exists(there))


def _offer(who: Person) -> Q:
    waiting = Q(fund__in=who.funds(Role.ASSESSOR), state=State.WAITLISTED, offered_until__isnull=False)
    return waiting & who.free_for(Action.ASSESS_FAVOURABLE)


def _assess(who: Person) -> Q:
    return Q(fund__in=who.funds(Role.ASSESSOR), state=State.SUBMITTED) & who.free_for(Action.ASSESS_FAVOURABLE)


def _unanswered(who: Person) -> Q:
    return Q(fund__in=who.funds(Role.ASSESSOR), state=State.INFO_REQUESTED, info_due_on__lt=who.on)


def _first_visa(who: Person) -> Q:
    eligible = Q(fund__in=who.funds(Role.APPROVER, Side.LANDLORD), state=State.ELIGIBLE)
    return eligible & ~Q(_visa()) & who.free_for(Action.APPROVE)


def _second_visa(who: Person) -> Q:
    """Of the side that the file's charter names, and not by who gave the first."""
    landlords, chambers = who.funds(Role.APPROVER, Side.LANDLORD), who.funds(Role.APPROVER, Side.CHAMBER)
    theirs = (
        Q(fund__in=landlords, charter__second_visa_side__in=[SecondVisaSide.LANDLORD, SecondVisaSide.EITHER])
        | Q(fund__in=chambers, charter__second_visa_side__in=[SecondVisaSide.CHAMBER, SecondVisaSide.EITHER])
    )  # fmt: skip
    own = Visa.objects.filter(application=OuterRef("pk"), living=True, by=who.user)
    return theirs & Q(_visa(), state=State.ELIGIBLE) & ~Q(Exists(own)) & who.free_for(Action.APPROVE)


def _decide(who: Person) -> Q:
    refused = Q(fund__in=who.funds(Role.APPROVER, Side.LANDLORD), state=State.INELIGIBLE)
    return refused & who.free_for(Action.REJECT)


def _settle(who: Person) -> Q:
    """A request by somebody else, on which the tenant's time to reply is over."""
    ripe = _open_requests().filter(~Q(asked_by=who.user), Q(reply_until=None) | Q(reply_until__lt=who.on))
    return Q(fund__in=who.funds(Role.APPROVER, Side.LANDLORD)) & Q(Exists(ripe))


def _credit(who: Person) -> Q:
    approved = Q(fund__in=who.funds(Role.PAYER), state=State.APPROVED)
    return approved & Q(free_to_credit()) & who.free_for(Action.CREDIT)


def _supply(who: Person) -> Q:
    """The charter asks for the arrears, and neither the file nor the rent roll has them."""
    asked = CharterCriterion.objects.filter(charter=OuterRef("charter"), code__in=NEEDS_ARREARS)
    unknown = Lease.objects.filter(relief_lines__application=OuterRef("pk"), arrears_on=None)
    pending = Q(fund__in=who.working_landlords, state__in=[State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED])
    return pending & ~Q(facts__has_key="arrears_cents") & Q(Exists(asked)) & Q(Exists(unknown))


RULES: Final[Mapping[Kind, Callable[[Person], Q]]] = {
    Kind.ANSWER: _answer,
    Kind.DRAFT: _draft,
    Kind.HAND_OVER: _hand_over,
    Kind.OFFER: _offer,
    Kind.ASSESS: _assess,
    Kind.UNANSWERED: _unanswered,
    Kind.VISA: _first_visa,
    Kind.SECOND_VISA: _second_visa,
    Kind.DECIDE: _decide,
    Kind.SETTLE: _settle,
    Kind.CREDIT: _credit,
    Kind.SUPPLY: _supply,
}


@cache
def fund_states(kind: Kind) -> tuple[FundState, ...]:
    """The states of a fund in which one of the kind's actions is possible."""
    return tuple(
        state for state in FundState if any(not fund_breaches(Fund(state=state), step) for step in STEPS[kind])
    )


def rows_of(kind: Kind, who: Person) -> QuerySet[Any]:
    """The files (or proposals, members, commitments, funds with letters) that are a task of this kind for a person."""
    if kind in OTHERS:
        return OTHERS[kind](who)
    return Application.objects.filter(RULES[kind](who), fund__state__in=fund_states(kind))


def _proposals(who: Person) -> QuerySet[FundProposal]:
    """What somebody else proposed; closing is an approver's to confirm."""
    closing = Q(action=FundAction.CLOSE) & ~Q(fund__in=who.funds(Role.APPROVER, Side.LANDLORD))
    proposals = FundProposal.objects.filter(fund__in=who.landlords, state=RequestState.OPEN)
    return proposals.exclude(proposed_by=who.user).exclude(closing)


def _members(who: Person) -> QuerySet[FundMember]:
    """Whom somebody else proposed; oneself only where no third person could confirm it."""
    third = FundMember.objects.filter(counting_on(who.on), fund=OuterRef("fund"), side=Side.LANDLORD)
    third = third.exclude(role=Role.AUDITOR).exclude(user=who.user).exclude(user=OuterRef("proposed_by"))
    own = Q(user=who.user) & (Q(signed_delegation=None) | Q(Exists(third)))
    members = FundMember.objects.filter(fund__in=who.working_landlords, confirmed_on=None)
    return members.exclude(proposed_by=who.user).exclude(fund__state=FundState.DRAFT).exclude(own)


def _commitments(who: Person) -> QuerySet[Commitment]:
    """The overdue ones of the version in force; kept once is kept in the amendments too (`statistics.promises`)."""
    in_force = Commitment.objects.filter(charter__confirmed_at__isnull=False)
    of_fund = in_force.filter(charter__fund=OuterRef("charter__fund"))
    later = of_fund.filter(charter__version__gt=OuterRef("charter__version"))
    kept = of_fund.filter(text=OuterRef("text"), kept_on__isnull=False)
    overdue = in_force.filter(charter__fund__in=who.funds(Role.MANAGER, Side.LANDLORD), due_on__lt=who.on)
    return overdue.exclude(Exists(later)).exclude(Exists(kept))


OTHERS: Final[Mapping[Kind, Callable[[Person], QuerySet[Any]]]] = {
    Kind.PROPOSAL: _proposals,
    Kind.MEMBER: _members,
    Kind.COMMITMENT: _commitments,
    Kind.ISSUE_LETTERS: letters.funds_to_issue,
    Kind.SEND_LETTERS: letters.funds_to_send,
}
