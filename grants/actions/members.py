"""The people of a fund: who names whom, and when a role begins to count.

Nobody changes their own membership. The chamber's manager names the chamber's people alone; a landlord approver,
payer or manager is proposed by one landlord member and confirmed by another.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants import staffing
from grants.actions.charters import ADMINISTRATOR
from grants.actions.documents import Upload, store
from grants.actions.fund_rules import PDF_START
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import FundAction, FundState, FundStep, RequestState, Role, Side, Visibility
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Event, Fund, FundMember, FundProposal
from grants.money import Cents
from grants.permissions import counting_on, holds, memberships, role_missing_in_fund
from grants.workflow import CHAMBER_MANAGER, LANDLORD_MANAGER, MANAGER, Actor

if TYPE_CHECKING:
    from fundadmin.models import User

CONFIRMED_BY_ANOTHER: Final = frozenset({Role.APPROVER, Role.PAYER, Role.MANAGER})
"""The landlord's roles that take two people to grant."""

WORKING_LANDLORD: Final = tuple(
    Actor(role, Side.LANDLORD) for role in (Role.MANAGER, Role.APPROVER, Role.PAYER, Role.ASSESSOR)
)
"""Every landlord member but an auditor, who writes nothing."""

NAMED_BY: Final = {Side.LANDLORD: LANDLORD_MANAGER, Side.CHAMBER: CHAMBER_MANAGER, Side.EXTERNAL: MANAGER}
TWO_PEOPLE: Final = 2
OWN: Final = Breach("own_membership", _("Nobody changes their own membership: another member does it."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A role to grant. `authority_ref` and `limit_cents`: the delegation of powers that it rests on.

    `deputy_for`: the membership whose holder this person stands in for, between two dates.
    """

    user: "User"
    side: Side
    role: Role
    starts_on: date
    ends_on: date | None = None
    authority_ref: str = ""
    limit_cents: int | None = None
    deputy_for: FundMember | None = None

    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def asked(self) -> dict[str, Any]:
        """What is hashed of a request."""
        deputy_for = self.deputy_for.pk if self.deputy_for else None
        return {**self.fields(), "user": self.user.pk, "deputy_for": deputy_for}


@action
def record_first_members(
    *, fund: Fund, members: Sequence[Membership], by: "User", key: str, on: date | None = None
) -> list[FundMember]:
    """Record the people that the signed charter names; they count once the fund is opened.

    For an administrator, while the fund is in preparation; a list recorded before is replaced.
    """
    request = {"members": [member.asked() for member in members]}
    turn = begin(FundStep.RECORD_MEMBERS, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return list(FundMember.objects.filter(pk__in=turn.replay.data["members"]).order_by("pk"))
    if not by.is_staff:
        raise NotAllowed([ADMINISTRATOR])
    if turn.fund.state != FundState.DRAFT:
        refuse_if([Breach("fund_opened", _("The fund was opened: its members propose and confirm each other now."))])
    if FundProposal.objects.filter(fund=fund, action=FundAction.OPEN, state=RequestState.OPEN).exists():
        refuse_if([Breach("opening_proposed", _("Opening the fund is proposed: have it refused first."))])
    found = [breach for place, member in enumerate(members) for breach in _breaches(member, turn, f"members/{place}/")]
    if found:
        raise BadInput(found)
    FundMember.objects.filter(fund=fund).delete()
    recorded = [FundMember.objects.create(fund=turn.fund, proposed_by=by, **member.fields()) for member in members]
    turn.record(data={"members": [member.pk for member in recorded]})
    return recorded


@action
def propose_member(
    *,
    fund: Fund,
    user: "User",
    side: Side,
    role: Role,
    starts_on: date,
    by: "User",
    key: str,
    ends_on: date | None = None,
    authority_ref: str = "",
    limit_cents: int | None = None,
    deputy_for: FundMember | None = None,
    signed_delegation: tuple[str, bytes] | None = None,
    on: date | None = None,
) -> FundMember:
    """Name a person for a role. It counts at once, but for the landlord's roles that another member confirms.

    `signed_delegation`: file name and content of the PDF. A deputy has both dates and at most the principal's limit.
    """
    named = Membership(
        user=user,
        side=side,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        authority_ref=authority_ref,
        limit_cents=limit_cents,
        deputy_for=deputy_for,
    )
    digest = hashlib.sha256(signed_delegation[1]).hexdigest() if signed_delegation else None
    request = {**named.asked(), "signed_delegation": digest}
    turn = begin(FundStep.PROPOSE_MEMBER, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return _replayed(turn.replay)
    if found := _naming_breaches(turn, named):
        raise NotAllowed(found)
    found = [*_breaches(named, turn), *_delegation_breaches(signed_delegation)]
    if found:
        raise BadInput(found)
    member = FundMember(fund=turn.fund, proposed_by=by, **named.fields())
    if signed_delegation:
        upload = Upload("signed_delegation", *signed_delegation, Visibility.LANDLORD)
        member.signed_delegation = store(turn.fund, upload, by=by)
    if not _takes_two(member):
        member.confirmed_by, member.confirmed_on = by, turn.on
    member.save()
    return _recorded(turn, member)


@action
def confirm_member(*, member: FundMember, by: "User", key: str, on: date | None = None) -> FundMember:
    """Confirm a landlord's grant that another landlord member proposed: from now on it counts, within its dates."""
    turn = begin(FundStep.CONFIRM_MEMBER, fund_id=member.fund_id, by=by, key=key, on=on, request={"member": member.pk})
    if turn.replay:
        return _replayed(turn.replay)
    member = _pending(turn, member)
    found = _working_breaches(turn)
    if member.proposed_by_id == by.pk:
        found.append(Breach("same_person", _("You proposed this: another landlord member confirms it.")))
    if member.user_id == by.pk and not _may_confirm_own(turn, member):
        found.append(OWN)
    if found:
        raise NotAllowed(found)
    refuse_if(_overlap_breaches(member.user_id, member.side, member.role, member.starts_on, member.ends_on, turn.fund))
    member.confirmed_by, member.confirmed_on = by, turn.on
    member.save()
    return _recorded(turn, member)


@action
def refuse_member(*, member: FundMember, by: "User", key: str, on: date | None = None) -> Event:
    """Drop a grant that was proposed and not confirmed; whoever proposed it may, and the person concerned too."""
    turn = begin(FundStep.REFUSE_MEMBER, fund_id=member.fund_id, by=by, key=key, on=on, request={"member": member.pk})
    if turn.replay:
        return turn.replay
    member = _pending(turn, member)
    if found := _working_breaches(turn):
        raise NotAllowed(found)
    event = turn.record(data=_named(member))
    member.delete()
    return event


@action
def end_member(*, member: FundMember, ends_on: date, by: "User", key: str, on: date | None = None) -> FundMember:
    """Set the last day of somebody's role. The manager of that side does it, alone."""
    request = {"member": member.pk, "ends_on": ends_on}
    turn = begin(FundStep.END_MEMBER, fund_id=member.fund_id, by=by, key=key, on=on, request=request)
    if turn.replay:
        return _replayed(turn.replay)
    member = FundMember.objects.get(pk=member.pk)
    actor = NAMED_BY[Side(member.side)]
    found = [] if holds(memberships(by, turn.fund.pk, turn.on), [actor]) else [role_missing_in_fund((actor,))]
    if member.user_id == by.pk:
        found.append(OWN)
    if found:
        raise NotAllowed(found)
    refuse_if(_ending_breaches(turn, member, ends_on))
    member.ends_on = ends_on
    member.save()
    return _recorded(turn, member)


def _replayed(event: Event) -> FundMember:
    member = FundMember.objects.filter(pk=event.data["member"]).first()
    if member is None:
        raise BadInput([GONE])
    member.gaps = staffing.gaps_from_json(event.data["gaps"])
    return member


GONE: Final = Breach("member_refused", _("This grant was refused."))


def _pending(turn: Turn, member: FundMember) -> FundMember:
    """A grant as it is now. Raises when it isn't open any more."""
    read = FundMember.objects.filter(pk=member.pk).first()
    if read is None:
        raise BadInput([GONE])
    if read.confirmed_on is not None:
        refuse_if([Breach("member_confirmed", _("This grant was already confirmed."))])
    if turn.fund.state == FundState.DRAFT:
        refuse_if([Breach("fund_draft", _("The first members count once the fund is opened."))])
    return read


def _recorded(turn: Turn, member: FundMember) -> FundMember:
    """Record the event, with the staffing gaps there are now."""
    member.gaps = staffing.staffing_gaps(turn.fund, turn.on)
    turn.record(data={**_named(member), "gaps": [gap.to_json() for gap in member.gaps]})
    return member


def _named(member: FundMember) -> dict[str, Any]:
    ends_on = member.ends_on.isoformat() if member.ends_on else None
    dates = {"starts_on": member.starts_on.isoformat(), "ends_on": ends_on}
    grant = {"side": member.side, "role": member.role, "limit_cents": member.limit_cents}
    return {"member": member.pk, "user": member.user_id, **grant, **dates, "confirmed": member.confirmed_on is not None}


def _takes_two(member: FundMember) -> bool:
    return member.side == Side.LANDLORD and member.role in CONFIRMED_BY_ANOTHER


def _naming_breaches(turn: Turn, named: Membership) -> list[Breach]:
    """Whether this person may name that one. A landlord without another manager is not locked out."""
    found = []
    roles = memberships(turn.by, turn.fund.pk, turn.on)
    actors: tuple[Actor, ...] = (NAMED_BY[named.side],)
    if named.side == Side.LANDLORD and not _other_manager(turn, named):
        actors = WORKING_LANDLORD
    if not holds(roles, actors):
        found.append(role_missing_in_fund(actors))
    if named.user.pk == turn.by.pk:
        found.append(OWN)
    return found


def _other_manager(turn: Turn, named: Membership) -> bool:
    managers = FundMember.objects.filter(counting_on(turn.on), fund=turn.fund, side=Side.LANDLORD, role=Role.MANAGER)
    return managers.exclude(user=named.user).exists()


def _working_breaches(turn: Turn) -> list[Breach]:
    holds_one = holds(memberships(turn.by, turn.fund.pk, turn.on), WORKING_LANDLORD)
    return [] if holds_one else [role_missing_in_fund(WORKING_LANDLORD)]


def _may_confirm_own(turn: Turn, member: FundMember) -> bool:
    """Where only two landlord people exist: what the other proposed, with the signed delegation attached."""
    working = FundMember.objects.filter(counting_on(turn.on), fund=turn.fund, side=Side.LANDLORD)
    people = set(working.exclude(role=Role.AUDITOR).values_list("user", flat=True)) | {member.user_id}
    return len(people) <= TWO_PEOPLE and member.signed_delegation_id is not None


def _delegation_breaches(signed_delegation: tuple[str, bytes] | None) -> Iterator[Breach]:
    if signed_delegation is not None and not signed_delegation[1].startswith(PDF_START):
        yield Breach("not_a_pdf", _("“%(name)s” is not a PDF."), {"name": signed_delegation[0]}, "signed_delegation")


def _breaches(named: Membership, turn: Turn, place: str = "") -> Iterator[Breach]:
    """What is wrong with a grant; `place` starts the pointers."""
    yield from _side_breaches(named, place)
    if named.ends_on is not None and named.ends_on < max(named.starts_on, turn.on):
        yield Breach("ends_before", _("The membership ends before it begins to count."), pointer=f"{place}ends_on")
    if named.limit_cents is not None and named.limit_cents <= 0:
        yield Breach("limit", _("A delegation's limit must be more than 0."), pointer=f"{place}limit_cents")
    if named.side == Side.LANDLORD and named.role == Role.APPROVER and not named.authority_ref.strip():
        message = _("A landlord approver acts by delegation: give its reference.")
        yield Breach("authority_missing", message, pointer=f"{place}authority_ref")
    if named.deputy_for is not None:
        yield from _deputy_breaches(named, named.deputy_for, turn, place)
    if turn.fund.state != FundState.DRAFT:
        yield from _overlap_breaches(
            named.user.pk, named.side, named.role, named.starts_on, named.ends_on, turn.fund, named.deputy_for
        )


def _side_breaches(named: Membership, place: str) -> Iterator[Breach]:
    role, side = named.role, named.side
    misplaced = (
        (role == Role.ADVISOR and side != Side.CHAMBER)
        or (role == Role.PAYER and side != Side.LANDLORD)
        or (role != Role.AUDITOR and side == Side.EXTERNAL)
    )
    if misplaced:
        message = _("“%(role)s” is no role of this side: %(side)s.")
        yield Breach("role_of_side", message, {"role": role.label, "side": side.label}, f"{place}role")


def _deputy_breaches(named: Membership, principal: FundMember, turn: Turn, place: str) -> Iterator[Breach]:
    """A deputy stands in for a member, in the same role and within that member's powers and dates."""
    if (principal.fund_id, principal.side, principal.role) != (turn.fund.pk, named.side, named.role):
        message = _("A deputy has the side and role of the person they stand in for.")
        yield Breach("deputy_role", message, pointer=f"{place}deputy_for")
    if principal.confirmed_on is None or principal.deputy_for_id is not None or principal.user_id == named.user.pk:
        message = _("A deputy stands in for another person, confirmed and no deputy themselves.")
        yield Breach("deputy_principal", message, pointer=f"{place}deputy_for")
    if named.ends_on is None:
        yield Breach("deputy_undated", _("A deputy's time is limited: give its end."), pointer=f"{place}ends_on")
    elif named.starts_on < principal.starts_on or (principal.ends_on and named.ends_on > principal.ends_on):
        message = _("A deputy's time lies within that of the person they stand in for.")
        yield Breach("deputy_dates", message, pointer=f"{place}ends_on")
    limit = principal.limit_cents
    if limit is not None and (named.limit_cents is None or named.limit_cents > limit):
        message = _("A deputy's limit is at most the principal's, %(limit)s.")
        yield Breach("deputy_limit", message, {"limit": Cents(limit)}, f"{place}limit_cents")


def _overlap_breaches(
    user_id: int,
    side: str,
    role: str,
    starts_on: date,
    ends_on: date | None,
    fund: Fund,
    deputy_for: FundMember | None = None,
) -> list[Breach]:
    """The same role of the same person twice at a time would leave unclear which delegation counts."""
    same = FundMember.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on),
        fund=fund,
        user=user_id,
        side=side,
        role=role,
        deputy_for=deputy_for,
        confirmed_on__isnull=False,
    )
    if ends_on is not None:
        same = same.filter(starts_on__lte=ends_on)
    if not same.exists():
        return []
    return [Breach("already_member", _("This person already has this role then: end it first."), pointer="user")]


def _ending_breaches(turn: Turn, member: FundMember, ends_on: date) -> list[Breach]:
    found = []
    if member.confirmed_on is None:
        found.append(Breach("not_confirmed", _("This membership was never confirmed: refuse it.")))
    if ends_on < max(member.starts_on, turn.on):
        message = _("A membership ends today at the earliest, and not before it starts.")
        found.append(Breach("ends_before", message, pointer="ends_on"))
    if member.deputies.filter(ends_on__gt=ends_on).exists():
        found.append(Breach("has_deputies", _("A deputy of this person is named for longer: end that first.")))
    return found
