"""Who may name whom, and what a membership must be: side and role, dates, delegation, deputies."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from grants.actions.readable import too_long
from grants.actions.turn import Turn
from grants.enums import FundState, Role, Side
from grants.exceptions import Breach
from grants.models import FundMember
from grants.money import Cents
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.queries import counting_on
from grants.workflow import CHAMBER_MANAGER, LANDLORD_MANAGER, MANAGER, Actor

TAKES_TWO: Final = frozenset({Role.APPROVER, Role.PAYER, Role.MANAGER})
"""The landlord's roles that one member proposes and another confirms."""

WORKING_LANDLORD: Final = tuple(
    Actor(role, Side.LANDLORD) for role in (Role.MANAGER, Role.APPROVER, Role.PAYER, Role.ASSESSOR)
)
"""Every landlord member but an auditor, who writes nothing."""

ROLES_OF: Final = {
    Side.LANDLORD: tuple(role for role in Role if role != Role.ADVISOR),
    Side.CHAMBER: tuple(role for role in Role if role != Role.PAYER),
    Side.EXTERNAL: (Role.AUDITOR,),
}
NAMED_BY: Final = {Side.LANDLORD: LANDLORD_MANAGER, Side.CHAMBER: CHAMBER_MANAGER, Side.EXTERNAL: MANAGER}
TWO_PEOPLE: Final = 2
OWN: Final = Breach("own_membership", _("Nobody changes their own membership: another member does it."))


def takes_two(member: FundMember) -> bool:
    """Whether another confirms it: the landlord's powers, and whoever reads both sides from outside."""
    return member.side == Side.EXTERNAL or (member.side == Side.LANDLORD and member.role in TAKES_TWO)


def naming_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    """Whether this person may name that one: the side's manager, of an external auditor either side's.

    A landlord with no other manager than the person concerned is not locked out: any working member proposes.
    """
    actors: tuple[Actor, ...] = (NAMED_BY[Side(member.side)],)
    managers = _counting_landlords(turn).filter(role=Role.MANAGER).exclude(user=member.user)
    if member.side == Side.LANDLORD and takes_two(member) and not managers.exists():
        actors = WORKING_LANDLORD
    return _role_breaches(turn, actors) + _own_breaches(turn, member)


def confirming_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    """Whether this person may confirm the landlord's grant: another than who proposed it, and than who receives it.

    Where only two landlord people exist, who receives it may, with the signed delegation attached. An external auditor
    takes the managers of both sides.
    """
    if member.side == Side.EXTERNAL:
        return _other_managers_breaches(turn, member) + _own_breaches(turn, member)
    found = _role_breaches(turn, WORKING_LANDLORD)
    if member.proposed_by_id == turn.by.pk:
        found.append(Breach("same_person", _("You proposed this: another landlord member confirms it.")))
    people = set(_counting_landlords(turn).exclude(role=Role.AUDITOR).values_list("user", flat=True))
    may_accept = len(people | {member.user_id}) <= TWO_PEOPLE and member.signed_delegation_id is not None
    return found + ([] if may_accept else _own_breaches(turn, member))


def _other_managers_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    """Whether this person is a manager, and of no side on which whoever proposed it has, or had, a role."""
    if found := _role_breaches(turn, (MANAGER,)):
        return found
    confirmed = FundMember.objects.filter(fund=turn.fund, confirmed_on__isnull=False)
    sides_of_proposer = confirmed.filter(user=member.proposed_by_id).values("side")
    if not confirmed.filter(counting_on(turn.on), user=turn.by, side__in=sides_of_proposer).exists():
        return []
    message = _("An external auditor reads both sides: a manager of the other side confirms what yours proposed.")
    return [Breach("same_side", message)]


def refusing_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    return _role_breaches(turn, (MANAGER,) if member.side == Side.EXTERNAL else WORKING_LANDLORD)


def managing_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    """Whether this person may end that one's role: the side's manager, never their own."""
    return _role_breaches(turn, (NAMED_BY[Side(member.side)],)) + _own_breaches(turn, member)


def _counting_landlords(turn: Turn) -> QuerySet[FundMember]:
    return FundMember.objects.filter(counting_on(turn.on), fund=turn.fund, side=Side.LANDLORD)


def _role_breaches(turn: Turn, actors: tuple[Actor, ...]) -> list[Breach]:
    roles = memberships(turn.by, turn.fund.pk, turn.on)
    return [] if holds(roles, actors) else [role_missing_in_fund(actors)]


def _own_breaches(turn: Turn, member: FundMember) -> list[Breach]:
    return [OWN] if member.user_id == turn.by.pk else []


def grant_breaches(turn: Turn, member: FundMember, place: str = "") -> Iterator[Breach]:
    """What is wrong with a grant; `place` starts the pointers."""
    yield from _side_breaches(Role(member.role), Side(member.side), place)
    if member.ends_on is not None and member.ends_on < max(member.starts_on, turn.on):
        message = _("The membership ends before it begins to count.")
        yield Breach("ends_before", message, pointer=f"{place}ends_on")
    if member.limit_cents is not None and member.limit_cents <= 0:
        message = _("A delegation's limit must be more than 0.")
        yield Breach("limit", message, pointer=f"{place}limit_cents")
    if member.side == Side.LANDLORD and member.role == Role.APPROVER and not member.authority_ref.strip():
        message = _("A landlord approver acts by delegation: give its reference.")
        yield Breach("authority_missing", message, pointer=f"{place}authority_ref")
    yield from too_long(FundMember, "authority_ref", member.authority_ref, f"{place}authority_ref")
    if member.deputy_for is not None:
        yield from _deputy_breaches(member, member.deputy_for, place)
    if turn.fund.state != FundState.DRAFT:
        yield from overlap_breaches(member)


def _side_breaches(role: Role, side: Side, place: str) -> Iterator[Breach]:
    if role not in ROLES_OF[side]:
        message = _("“%(role)s” is no role of this side: %(side)s.")
        yield Breach("role_of_side", message, {"role": role.label, "side": side.label}, f"{place}role")


def _deputy_breaches(member: FundMember, principal: FundMember, place: str) -> Iterator[Breach]:
    """A deputy stands in for a member, in the same role and within that member's powers and dates."""
    if (principal.fund_id, principal.side, principal.role) != (member.fund_id, member.side, member.role):
        message = _("A deputy has the side and role of the person they stand in for.")
        yield Breach("deputy_role", message, pointer=f"{place}deputy_for")
    if principal.confirmed_on is None or principal.deputy_for_id is not None or principal.user_id == member.user_id:
        message = _("A deputy stands in for another person, confirmed and no deputy themselves.")
        yield Breach("deputy_principal", message, pointer=f"{place}deputy_for")
    if member.ends_on is None:
        yield Breach("deputy_undated", _("A deputy's time is limited: give its end."), pointer=f"{place}ends_on")
    elif member.starts_on < principal.starts_on or (principal.ends_on and member.ends_on > principal.ends_on):
        message = _("A deputy's time lies within that of the person they stand in for.")
        yield Breach("deputy_dates", message, pointer=f"{place}ends_on")
    limit = principal.limit_cents
    if limit is not None and (member.limit_cents is None or member.limit_cents > limit):
        message = _("A deputy's limit is at most that of the person they stand in for, %(limit)s.")
        yield Breach("deputy_limit", message, {"limit": Cents(limit)}, f"{place}limit_cents")


def repeated_breaches(members: Sequence[FundMember]) -> Iterator[Breach]:
    """The same person twice in a list, in the same role at a time: as `overlap_breaches`, before anything counts."""
    for place, member in enumerate(members):
        if any(_same_role(member, other) and _overlap(member, other) for other in members[:place]):
            message = _("This person is already in the list, in the same role at the same time: keep one.")
            yield Breach("already_member", message, pointer=f"members/{place}/user")


def _same_role(one: FundMember, other: FundMember) -> bool:
    return (one.user_id, one.side, one.role) == (other.user_id, other.side, other.role)


def _overlap(one: FundMember, other: FundMember) -> bool:
    return one.starts_on <= (other.ends_on or date.max) and other.starts_on <= (one.ends_on or date.max)


def overlap_breaches(member: FundMember) -> list[Breach]:
    """What else the person has at that time: a role of another side, or the same role.

    On two sides they would read what one keeps from the other, and watch over themselves. The same role twice would
    leave unclear which delegation counts; a deputy may have it in their own right too, but for an approver, whose
    delegation has a limit.
    """
    then = FundMember.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=member.starts_on),
        fund=member.fund_id,
        user=member.user_id,
        confirmed_on__isnull=False,
    )
    if member.ends_on is not None:
        then = then.filter(starts_on__lte=member.ends_on)
    same = then.filter(side=member.side, role=member.role)
    if member.role != Role.APPROVER:
        same = same.filter(deputy_for=member.deputy_for_id)
    found = []
    if then.exclude(side=member.side).exists():
        message = _("This person has a role of another side in this fund then: end it first.")
        found.append(Breach("other_side", message, pointer="user"))
    if same.exists():
        message = _("This person already has this role then: end it first.")
        found.append(Breach("already_member", message, pointer="user"))
    return found


def ending_breaches(turn: Turn, member: FundMember, ends_on: date) -> list[Breach]:
    """Why a membership can't end on that day.

    An end only ever comes earlier: what lasts longer, or begins again, is a new grant, with all that one takes.
    A deputy's end, within the principal's when named, stays within it.
    """
    found = []
    if member.confirmed_on is None:
        found.append(Breach("not_confirmed", _("This membership was never confirmed: refuse it.")))
    if ends_on < max(member.starts_on, turn.on):
        message = _("A membership ends today at the earliest, and not before it starts.")
        found.append(Breach("ends_before", message, pointer="ends_on"))
    if member.ends_on is not None and ends_on > member.ends_on:
        message = _("This membership ends on %(ends_on)s, and no later: name the person again.")
        found.append(Breach("ends_later", message, {"ends_on": member.ends_on}, "ends_on"))
    if member.deputies.filter(ends_on__gt=ends_on).exists():
        found.append(Breach("has_deputies", _("A deputy of this person is named for longer: end that first.")))
    return found
