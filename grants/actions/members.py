"""The people of a fund: who names whom, and when a role begins to count.

Nobody changes their own membership, and nobody is named on two sides. The chamber's manager names the chamber's people
alone; a landlord approver, payer or manager is proposed by one landlord member and confirmed by another, an external
auditor by the managers of both sides.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from grants import staffing
from grants.actions.charters import ADMINISTRATOR
from grants.actions.documents import Upload, store
from grants.actions.fund_rules import PDF_START
from grants.actions.member_rules import (
    OWN,
    confirming_breaches,
    ending_breaches,
    grant_breaches,
    managing_breaches,
    naming_breaches,
    overlap_breaches,
    refusing_breaches,
    repeated_breaches,
    takes_two,
)
from grants.actions.scanning import scan
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.enums import FundAction, FundState, FundStep, RequestState, Role, Side, Visibility
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Event, Fund, FundMember, FundProposal

if TYPE_CHECKING:
    from fundadmin.models import User

GONE: Final = Breach("member_refused", _("This grant was refused."))
NOT_A_PDF: Final = Breach("not_a_pdf", _("The signed delegation is not a PDF."), pointer="signed_delegation")


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

    For an administrator, while the fund is in preparation; a list recorded before is replaced. The charter may name one
    person on two sides: both signed it.
    """
    request = {"members": [member.asked() for member in members]}
    turn = begin(FundStep.RECORD_MEMBERS, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return list(FundMember.objects.filter(pk__in=turn.replay.data["members"]).order_by("pk"))
    if not by.is_staff:
        raise NotAllowed([ADMINISTRATOR])
    if any(member.user == by for member in members):
        raise NotAllowed([OWN])
    if turn.fund.state != FundState.DRAFT:
        refuse_if([Breach("fund_opened", _("The fund was opened: its members propose and confirm each other now."))])
    if FundProposal.objects.filter(fund=fund, action=FundAction.OPEN, state=RequestState.OPEN).exists():
        refuse_if([Breach("opening_proposed", _("Opening the fund is proposed: have it refused first."))])
    recorded = [FundMember(fund=turn.fund, proposed_by=by, **member.fields()) for member in members]
    found = [b for place, member in enumerate(recorded) for b in grant_breaches(turn, member, f"members/{place}/")]
    found += repeated_breaches(recorded)
    if found:
        raise BadInput(found)
    FundMember.objects.filter(fund=fund).delete()
    for member in recorded:
        member.save()
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
    """Name a person for a role. It counts at once, but for what another member confirms (`takes_two`).

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
    paper = [signed_delegation[0], hashlib.sha256(signed_delegation[1]).hexdigest()] if signed_delegation else None
    request = {**named.asked(), "signed_delegation": paper}
    if signed_delegation:
        scan(*signed_delegation, fund=fund, by=by, action=FundStep.PROPOSE_MEMBER, key=key)
    turn = begin(FundStep.PROPOSE_MEMBER, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return _replayed(turn.replay)
    member = FundMember(fund=turn.fund, proposed_by=by, **named.fields())
    if deputy_for:
        member.deputy_for = FundMember.objects.get(pk=deputy_for.pk)  # as it is now, under the lock
    if found := naming_breaches(turn, member):
        raise NotAllowed(found)
    found = list(grant_breaches(turn, member))
    if signed_delegation and not signed_delegation[1].startswith(PDF_START):
        found.append(NOT_A_PDF)
    if found:
        raise BadInput(found)
    if signed_delegation:
        upload = Upload("signed_delegation", *signed_delegation, Visibility.LANDLORD)
        member.signed_delegation = store(turn.fund, upload, by=by)
    if not takes_two(member):
        member.confirmed_by, member.confirmed_on = by, turn.on
    member.save()
    return _recorded(turn, member)


@action
def confirm_member(*, member: FundMember, by: "User", key: str, on: date | None = None) -> FundMember:
    """Confirm a grant that another member proposed: from now on it counts, within its dates."""
    turn = begin(FundStep.CONFIRM_MEMBER, fund_id=member.fund_id, by=by, key=key, on=on, request={"member": member.pk})
    if turn.replay:
        return _replayed(turn.replay)
    member = _pending(turn, member)
    if found := confirming_breaches(turn, member):
        raise NotAllowed(found)
    refuse_if(overlap_breaches(member))
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
    if found := refusing_breaches(turn, member):
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
    if found := managing_breaches(turn, member):
        raise NotAllowed(found)
    refuse_if(ending_breaches(turn, member, ends_on))
    member.ends_on = ends_on
    member.save()
    return _recorded(turn, member)


def _replayed(event: Event) -> FundMember:
    member = FundMember.objects.filter(pk=event.data["member"]).first()
    if member is None:
        raise BadInput([GONE])
    member.gaps = staffing.gaps_from_json(event.data["gaps"])
    return member


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
