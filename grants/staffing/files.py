"""Who can take a file's next step, and whether a step would leave nobody for those after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants import queries
from grants.charter_rules import needs_second_visa
from grants.enums import Action, LineState, RequestKind, RequestState, Role, State
from grants.exceptions import Breach
from grants.models import Application, FundMember, ReversalRequest, Visa
from grants.permissions import Asking, Hand, Hands, breaches
from grants.queries import counting_on
from grants.staffing.team import HAND_OF_STEP, Step, Team, steps_after_visa, with_hand

NOBODY_LEFT: Final[Mapping[Step, str]] = {
    Step.FIRST_VISA: "no_approver_left",
    Step.SECOND_VISA: "no_second_visa_left",
    Step.CREDIT: "no_payer_left",
}

NEXT: Final[Mapping[str, tuple[Action, ...]]] = {
    State.DRAFT: (Action.SUBMIT,),
    State.SUBMITTED: (Action.ASSESS_FAVOURABLE,),
    State.INFO_REQUESTED: (Action.ANSWER,),
    State.WAITLISTED: (Action.ASSESS_FAVOURABLE,),
    State.ELIGIBLE: (Action.APPROVE,),
    State.INELIGIBLE: (Action.REJECT,),
    State.APPROVED: (Action.CREDIT, Action.CANCEL_LINES, Action.REVERSE),
}
"""The steps that lead a file on."""

OTHERWISE: Final[Mapping[str, tuple[Action, ...]]] = {
    State.DRAFT: (Action.TRANSFER,),
    State.SUBMITTED: (Action.REJECT,),
    State.INFO_REQUESTED: (Action.TRANSFER, Action.LAPSE, Action.REJECT),
    State.WAITLISTED: (Action.REJECT,),
    State.ELIGIBLE: (Action.REJECT,),
    State.INELIGIBLE: (),
    State.APPROVED: (Action.ASK_CANCEL_LINES,),
}
"""What still brings a file to an end, or to somebody else, when nobody can lead it on."""


def can_finish(
    application: Application,
    members: Sequence[FundMember],
    hands: Hands,
    *,
    also: tuple[int, Hand],
    left: Sequence[Step],
    amount_cents: int,
) -> list[Breach]:
    """Whether the steps `left` could still be taken if the person and hand of `also` act now.

    `members`: all who count on that day. If not, the sentence names who could act instead, if anybody.
    """
    user_id, hand = also
    team = Team(members, application.charter.second_visa_side)

    def missing_after(actor: int) -> Step | None:
        givers = frozenset({actor}) if hand == Hand.DECIDED else frozenset()
        return team.missing(left, amount_cents, with_hand(hands, actor, hand), givers)

    missing = missing_after(user_id)
    if missing is None:
        return []
    peers = {peer for step in Step if HAND_OF_STEP[step] == hand for peer in team.able(step, amount_cents)}
    others = [peer for peer in peers - {user_id} if not hands.other_hands(peer, hand) and missing_after(peer) is None]
    people = {member.user_id: member for member in members}
    names = ", ".join(str(people[peer].user) for peer in sorted(others))
    message = (
        _("If you take this step, nobody is left to %(step)s: let %(names)s take it.")
        if names
        else _("If you take this step, nobody is left to %(step)s: have another person or a deputy named first.")
    )
    return [Breach(NOBODY_LEFT[missing], message, {"step": missing.label, "names": names})]


def movers(application: Application, on: date) -> list[tuple[Action, User]]:
    """Who can lead the file on, by step; where nobody can, who can bring it to an end or to somebody else.

    Money and due dates aside: a waitlisted file waits for its assessor, one within a due date for the advisor.
    """
    if application.is_final:
        return []
    situation = _Situation.of(application, on)
    return situation.takers(NEXT[application.state]) or situation.takers(OTHERWISE[application.state])


def stuck(application: Application, on: date) -> str | None:
    """Why nobody can move the file any more, or None: somebody can, or it has come to its end."""
    if application.is_final or movers(application, on):
        return None
    message = _("%(reference)s is “%(state)s” and nobody can take its next step: %(steps)s.")
    steps = ", ".join(str(step.label) for step in NEXT[application.state])
    return str(message) % {
        "reference": application.reference,
        "state": State(application.state).label,
        "steps": steps,
    }


@dataclass(frozen=True, slots=True)
class _Situation:
    """A file, what was done in it, and the people who count in its fund."""

    application: Application
    people: Mapping[User, list[FundMember]]
    hands: Hands
    visas: Sequence[Visa]
    requests: Sequence[ReversalRequest]

    @classmethod
    def of(cls, application: Application, on: date) -> "_Situation":
        people: dict[User, list[FundMember]] = {}
        members = FundMember.objects.filter(counting_on(on), fund=application.fund_id)
        for member in members.select_related("user", "deputy_for").order_by("pk"):
            people.setdefault(member.user, []).append(member)
        requests = ReversalRequest.objects.filter(application=application, state=RequestState.OPEN)
        visas = queries.living_visas(application)
        return cls(application, people, Hands.in_file(application), visas, list(requests))

    def takers(self, actions: Sequence[Action]) -> list[tuple[Action, User]]:
        return [(action, user) for action in actions for user in self.people if self._may(user, action)]

    def _may(self, user: User, action: Action) -> bool:
        asking = Asking(
            action=action,
            roles=self.people[user],
            hands=self.hands,
            user_id=user.pk,
            advisor_id=self.application.advisor_id,
            second_visa_side=self.application.charter.second_visa_side,
            visas=len(self.visas),
            amount_cents=self._amount_cents(),
        )
        return not breaches(asking) and self._has_work(user, action)

    def _has_work(self, user: User, action: Action) -> bool:
        """Whether the step is there to be taken, beyond the roles and hands of who takes it."""
        if action == Action.APPROVE:
            return self._may_give_visa(user)
        if action in (Action.CREDIT, Action.ASK_CANCEL_LINES):
            approved = self.application.lines.filter(state=LineState.APPROVED)
            return approved.exclude(pk__in=queries.lines_in_open_requests(self.application)).exists()
        if action in (Action.CANCEL_LINES, Action.REVERSE):
            cancels = action == Action.CANCEL_LINES
            return any(
                request.asked_by_id != user.pk and (request.kind == RequestKind.CANCEL) == cancels
                for request in self.requests
            )
        if action == Action.TRANSFER:
            return any(self._advises(other) for other in self.people if other.pk != self.application.advisor_id)
        return True

    def _advises(self, user: User) -> bool:
        return any(member.role == Role.ADVISOR for member in self.people[user])

    def _may_give_visa(self, user: User) -> bool:
        if any(visa.by_id == user.pk for visa in self.visas):
            return False
        amount = self._amount_cents()
        cumulative = queries.held_elsewhere(self.application).granted_cents + amount
        complete = bool(self.visas) or not needs_second_visa(self.application.charter.terms(), cumulative)
        left = steps_after_visa(complete=complete)
        also = (user.pk, Hand.DECIDED)
        members = [member for roles in self.people.values() for member in roles]
        return not can_finish(self.application, members, self.hands, also=also, left=left, amount_cents=amount)

    def _amount_cents(self) -> int:
        """What a visa would grant: the first one's amounts, or else what the opinion proposes."""
        if self.visas:
            return sum(self.visas[0].amounts.values())
        return sum(line.proposed_cents or 0 for line in self.application.lines.all())
