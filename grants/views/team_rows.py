"""A fund's members as their page shows them: the dates, the deputies, how they come in, the steps a reader may try."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.text import capfirst

from fundadmin.accounts.second_factor import FACTORS
from fundadmin.models import SignIn, User
from grants.enums import GUARDED_ROLES, Role, Side
from grants.models import Fund, FundMember, Invitation

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Steps:
    """What a reader may try on the members, by their own memberships."""

    user: User
    own: Sequence[FundMember]
    members: Sequence[FundMember]

    @property
    def managed(self) -> set[Side]:
        sides = {Side(member.side) for member in self.own if member.role == Role.MANAGER}
        return sides | {Side.EXTERNAL} if sides else sides

    def settles(self, member: FundMember) -> bool:
        if member.confirmed_on is not None:
            return False
        if member.side == Side.EXTERNAL:
            return bool(self.managed)
        return any(one.side == Side.LANDLORD and one.role != Role.AUDITOR for one in self.own)

    def confirms(self, member: FundMember) -> bool:
        """Another than who proposed it; from outside one reads both sides, so there another side's manager."""
        of_proposer = {one.side for one in self.members if one.user_id == member.proposed_by_id and one.confirmed_on}
        other_side = member.side != Side.EXTERNAL or not {one.side for one in self.own} & of_proposer
        return self.settles(member) and member.proposed_by_id != self.user.pk and other_side

    def ends(self, member: FundMember) -> bool:
        return member.side in self.managed and member.confirmed_on is not None and member.user_id != self.user.pk

    def sends_again(self, member: FundMember) -> bool:
        """An account that has a password needs no other letter."""
        return member.side in self.managed and not member.user.has_usable_password()


def rows(fund: Fund, user: User, own: Sequence[FundMember], *, oversees: bool) -> list[dict[str, Any]]:
    """Each member with the steps that the reader may try; for who oversees the fund, how they come in."""
    today = timezone.localdate()
    letters = {letter.user_id: letter for letter in Invitation.objects.filter(fund=fund)}
    found = FundMember.objects.filter(fund=fund).select_related("user", "deputy_for__user")
    if oversees:
        found = with_sign_ins(found)
    members = list(found.order_by("side", "role", "starts_on", "pk"))
    steps = Steps(user, own, members)
    return [
        {
            "member": member,
            "deputies": [one for one in members if one.deputy_for_id == member.pk and one.counts_on(today)],
            "signed_in_at": getattr(member, "signed_in_at", None),
            "has_second_factor": getattr(member, "has_second_factor", False),
            "needs_second_factor": member.role in GUARDED_ROLES,
            "has_ended": member.ends_on is not None and member.ends_on < today,
            "is_to_come": member.starts_on > today,
            "confirm": steps.confirms(member),
            "refuse": steps.settles(member),
            "end": steps.ends(member),
            "letter": letters.get(member.user_id) if steps.sends_again(member) else None,
        }
        for member in members
    ]


def with_sign_ins(members: "QuerySet[FundMember]") -> "QuerySet[FundMember]":
    """With when each last logged in and whether they have a second factor, in the same query."""
    entered = SignIn.objects.filter(user=OuterRef("user"), outcome=SignIn.Outcome.SUCCESS).order_by("-at")
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    return members.annotate(signed_in_at=Subquery(entered.values("at")[:1]), has_second_factor=Exists(factors))


def by_side(found: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The members under their side's name: who is gone comes last."""
    grouped = [
        (str(capfirst(side.label)), sorted((row for row in found if row["member"].side == side), key=_ended))
        for side in Side
    ]
    return [(label, members) for label, members in grouped if members]


def _ended(row: dict[str, Any]) -> bool:
    return bool(row["has_ended"])
