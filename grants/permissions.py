"""Who may. `can` answers pages; `check` raises the sentences the user reads. What the rules allow is elsewhere.

Two things decide: the roles a person holds in the fund on that day, and the hands they have already had in the
file (four eyes). No setting turns the second off.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.enums import GUARDED_ROLES, Action, Role, SecondVisaSide, Side
from grants.exceptions import Breach, NotAllowed
from grants.models import Application, FundMember
from grants.money import Cents
from grants.queries import counting_on, held_by
from grants.workflow import WORKFLOW, Actor

if TYPE_CHECKING:
    from fundadmin.models import Scope, User


class Hand(StrEnum):
    """The four incompatible hands in a file; each person may have one of them only."""

    FILED = "filed"
    ASSESSED = "assessed"
    DECIDED = "decided"
    CREDITED = "credited"


HAND_OF: dict[Action, Hand] = {
    Action.CREATE: Hand.FILED,
    Action.EDIT: Hand.FILED,
    Action.ATTACH: Hand.FILED,
    Action.SUBMIT: Hand.FILED,
    Action.ANSWER: Hand.FILED,
    Action.ASSESS_FAVOURABLE: Hand.ASSESSED,
    Action.ASSESS_UNFAVOURABLE: Hand.ASSESSED,
    Action.APPROVE: Hand.DECIDED,
    Action.REJECT: Hand.DECIDED,
    Action.CREDIT: Hand.CREDITED,
}
"""Which hand an action is. Supplying a fact that only the landlord has is none."""

ONLY_IN_CHARGE = frozenset({Action.EDIT, Action.ATTACH, Action.DISCARD, Action.SUBMIT, Action.ANSWER, Action.WITHDRAW})

HAND_SENTENCES = {
    Hand.FILED: _("You filed, edited or answered for this application: another person must take this step."),
    Hand.ASSESSED: _("You gave an opinion on this application: another person must take this step."),
    Hand.DECIDED: _("You decided on this application: another person must take this step."),
    Hand.CREDITED: _("You recorded a credit on this application: another person must take this step."),
}


# Plain SQL: actions read it with the fund locked, and the ORM takes several times as long to say it.
DONE = "SELECT DISTINCT application_id, action, user_id FROM grants_event WHERE application_id = ANY(%s)"


@dataclass(slots=True)
class Hands:
    """Who had which hand in a file, by user id, from all of its events."""

    by: dict[Hand, set[int]] = field(default_factory=lambda: {hand: set() for hand in Hand})

    @classmethod
    def in_file(cls, application: Application | None) -> "Hands":
        return cls.in_files([application.pk])[application.pk] if application else cls()

    @classmethod
    def in_files(cls, applications: Iterable[int]) -> "dict[int, Hands]":
        """Application id -> who had which hand in it, in one query."""
        found = {application: cls() for application in applications}
        with connection.cursor() as cursor:
            cursor.execute(DONE, [list(found)])
            for application, action, user_id in cursor.fetchall():
                # What was done to a file's data (a hold, an erasure) is no step and no hand.
                if hand := HAND_OF.get(action):
                    found[application].by[hand].add(user_id)
        return found

    def other_hands(self, user_id: int, hand: Hand) -> list[Hand]:
        """The hands this person had that exclude `hand`."""
        return [other for other in Hand if other != hand and user_id in self.by[other]]


def memberships(user: "User", fund_id: int, on: date) -> list[FundMember]:
    """The roles that count for a person in a fund on a day."""
    return list(FundMember.objects.filter(held_by(user, on), fund_id=fund_id))


class Held(Protocol):
    """A role that somebody has: a membership, or what is known of it."""

    @property
    def role(self) -> str: ...
    @property
    def side(self) -> str: ...


def holds(roles: Iterable[Held], actors: Iterable[Actor]) -> bool:
    """Whether one of the memberships is one of the actors."""
    wanted = list(actors)
    return any(
        member.role == actor.role and (actor.side is None or member.side == actor.side)
        for member in roles
        for actor in wanted
    )


def actors_of(action: Action, *, second_visa_side: str, visas: int) -> tuple[Actor, ...]:
    """Who takes a step. The first visa is the landlord's; the second belongs to the side the charter names."""
    landlord = Actor(Role.APPROVER, Side.LANDLORD)
    if action == Action.APPROVE and visas == 0:
        return (landlord,)
    if action in (Action.APPROVE, Action.SEND_BACK):
        second = {
            SecondVisaSide.LANDLORD: (landlord,),
            SecondVisaSide.CHAMBER: (Actor(Role.APPROVER, Side.CHAMBER),),
            SecondVisaSide.EITHER: (Actor(Role.APPROVER),),
        }[SecondVisaSide(second_visa_side)]
        return second if action == Action.APPROVE else tuple(dict.fromkeys((landlord, *second)))
    return WORKFLOW[action].actors


@dataclass(frozen=True, slots=True)
class Asking:
    """All that decides whether somebody may take a step on a file."""

    action: Action
    roles: list[FundMember]
    hands: Hands
    user_id: int
    advisor_id: int | None = None
    second_visa_side: str = SecondVisaSide.LANDLORD
    visas: int = 0
    amount_cents: int | None = None


def breaches(asking: Asking) -> list[Breach]:
    """Every reason why this person may not take this step."""
    actors = actors_of(asking.action, second_visa_side=asking.second_visa_side, visas=asking.visas)
    if not holds(asking.roles, actors):
        return [role_missing(asking.action, actors)]
    found = []
    hand = HAND_OF.get(asking.action)
    if hand:
        found += [
            Breach(f"four_eyes_{other}", HAND_SENTENCES[other])
            for other in asking.hands.other_hands(asking.user_id, hand)
        ]
    if asking.action in ONLY_IN_CHARGE and not _in_charge(asking):
        found.append(
            Breach("not_in_charge", _("Another advisor is in charge of this application: ask for its transfer."))
        )
    if asking.action == Action.APPROVE and asking.amount_cents is not None:
        acting = [role for role in asking.roles if holds([role], actors)]
        found += delegation_breaches(acting, asking.amount_cents)
    return found


def role_missing(action: Action, actors: tuple[Actor, ...]) -> Breach:
    """The sentence that names the roles which may take a step."""
    return Breach(
        "role_missing",
        _("“%(action)s” is reserved to: %(roles)s. You do not hold this role in this fund on this day."),
        {"action": action.label, "roles": Names(actors)},
    )


@dataclass(frozen=True, slots=True)
class Names:
    """Who may, in words, written when they are shown. A role that only one side has goes without its side."""

    actors: tuple[Actor, ...]

    def __str__(self) -> str:
        return ", ".join(map(self._name, self.actors)) or gettext("the system")

    @staticmethod
    def _name(actor: Actor) -> str:
        role = str(Role(actor.role).label)
        if actor.side is None or actor.role in {Role.ADVISOR, Role.PAYER}:
            return role
        return f"{role} ({Side(actor.side).label})"


def _in_charge(asking: Asking) -> bool:
    """The advisor in charge, a deputy of theirs, or a chamber manager where the step is open to one."""
    if asking.user_id == asking.advisor_id:
        return True
    if any(deputises(role, asking.advisor_id) for role in asking.roles):
        return True
    return asking.action == Action.WITHDRAW and holds(asking.roles, [Actor(Role.MANAGER, Side.CHAMBER)])


def deputises(role: FundMember, advisor_id: int | None) -> bool:
    """Whether a membership stands in for that advisor, as an advisor."""
    return role.role == Role.ADVISOR and role.deputy_for is not None and role.deputy_for.user_id == advisor_id


def delegation_breaches(roles: list[FundMember], amount_cents: int) -> list[Breach]:
    """An approver's delegation of powers may be limited; should a person act by two of them, the narrower counts."""
    limit = min((role.limit_cents for role in roles if role.limit_cents is not None), default=None)
    if limit is None or amount_cents <= limit:
        return []
    return [
        Breach(
            "beyond_delegation",
            _("Your delegation ends at %(limit)s and this application asks you to decide %(amount)s."),
            {"limit": Cents(limit), "amount": Cents(amount_cents)},
        )
    ]


def asking_for(
    action: Action,
    user: "User",
    application: Application,
    on: date,
    *,
    visas: int = 0,
    amount_cents: int | None = None,
    members: Iterable[FundMember] | None = None,
    hands: Hands | None = None,
) -> Asking:
    """Read what decides, in two queries, but for what is given: all the `members` on that day, the file's `hands`."""
    return Asking(
        action=action,
        roles=memberships(user, application.fund_id, on)
        if members is None
        else [member for member in members if member.user_id == user.pk and within(user.scope, member)],
        hands=Hands.in_file(application) if hands is None else hands,
        user_id=user.pk,
        advisor_id=application.advisor_id,
        second_visa_side=application.charter.second_visa_side,
        visas=visas,
        amount_cents=amount_cents,
    )


def within(scope: "Scope | None", member: FundMember) -> bool:
    """Whether a token gives this membership; without a token all are given."""
    return scope is None or (member.fund_id == scope.fund_id and member.role in scope.roles)


def can(action: Action, user: "User", application: Application, on: date, *, visas: int = 0) -> bool:
    return not breaches(asking_for(action, user, application, on, visas=visas))


def check(asking: Asking) -> None:
    """Raise `NotAllowed` with every reason."""
    found = breaches(asking)
    if found:
        raise NotAllowed(found)


def role_missing_in_fund(actors: tuple[Actor, ...]) -> Breach:
    return Breach(
        "role_missing",
        _("This step is reserved to: %(roles)s. You do not hold this role in this fund on this day."),
        {"roles": Names(actors)},
    )


def holds_guarded_role(user: "User") -> bool:
    """Whether a person holds, today and in any fund, a role that takes a second factor (SECOND_FACTOR_FOR)."""
    held = FundMember.objects.filter(counting_on(timezone.localdate()), user=user, role__in=GUARDED_ROLES)
    return held.exists()
