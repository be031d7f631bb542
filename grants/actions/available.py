"""What a person can do to a file now, and why not the rest, in the sentences the actions would refuse with.

Judged here, by the actions' own functions, is all that does not hang on what will be asked: who may, the states of
the file and of its fund, and what no input could mend. Amounts, dates, vouchers, notes and criteria are judged when
they are given: an action said to be possible may still be refused for them.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.db.models import Prefetch
from django.utils import timezone

from grants import queries
from grants.actions.assessment import BY_THE_OPINION, lapse_breaches, overdue_breaches
from grants.actions.decision import completes, people_breaches, same_giver_breaches
from grants.actions.documents import document_breaches
from grants.actions.filing import Around, submit_breaches
from grants.actions.lifecycle import reclaimed, reopening_breaches, version_breaches, withdrawal_breaches
from grants.actions.reversal import (
    CONFIRMED_BY,
    SETTLED,
    credit_missing,
    in_request_breaches,
    settling_breaches,
)
from grants.actions.turn import fund_breaches, state_breaches
from grants.crediting_rules import line_breaches, rent_call_breaches
from grants.enums import Action, LineState, RequestKind, RequestState
from grants.exceptions import Breach
from grants.models import Application, Charter, FundMember, ReliefLine, ReversalRequest, Visa
from grants.permissions import Asking, Hands, asking_for
from grants.permissions import breaches as who_breaches
from grants.workflow import WORKFLOW
from landlords.queries import MonthlyDue, dues

if TYPE_CHECKING:
    from fundadmin.models import User

LEAST_CENTS: Final = 1
"""A first visa may be for less than is proposed: only what the smallest amount can't mend is said beforehand."""


@dataclass(frozen=True, slots=True)
class Availability:
    """One action of the workflow for one person: possible, or the reasons why it isn't."""

    action: Action
    breaches: tuple[Breach, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.breaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A file with its lines, visas, open requests and documents, and all that surrounds it, read before."""

    application: Application
    by: "User"
    on: date
    members: Sequence[FundMember]
    hands: Hands
    in_force: Charter | None
    first_charter: Charter
    elsewhere: queries.HeldElsewhere
    called: Mapping[queries.LineKey, MonthlyDue]
    taken: Mapping[int, str]

    @property
    def lines(self) -> list[ReliefLine]:
        return list(self.application.lines.all())

    @property
    def visas(self) -> list[Visa]:
        return list(self.application.visas.all())

    @property
    def requests(self) -> list[ReversalRequest]:
        return list(self.application.requests.all())

    @property
    def blocked(self) -> set[int]:
        """The lines in open requests."""
        return {line.pk for request in self.requests for line in request.lines.all()}

    def lines_in(self, state: LineState) -> list[ReliefLine]:
        return [line for line in self.lines if line.state == state]

    def around(self, charter: Charter) -> Around:
        return Around(self.elsewhere.months, queries.in_basis(self.called, charter.caps_basis), self.taken)

    def under(self, charter: Charter) -> Application:
        """The file as it would be under another version of the charter."""
        file = copy(self.application)
        file.charter = charter
        return file

    def asking(self, action: Action) -> Asking:
        """Who asks. A second visa is for the first one's amounts, a first one may be for less than is proposed."""
        amount = sum(self.visas[0].amounts.values()) if self.visas else None
        return asking_for(
            action,
            self.by,
            self.application,
            self.on,
            visas=len(self.visas) if action == Action.APPROVE else 0,
            amount_cents=amount,
            members=self.members,
            hands=self.hands,
        )

    def breaches(self, action: Action) -> list[Breach]:
        """Why the action can't be taken, in the order in which the actions look."""
        refused = who_breaches(self.asking(action)) or state_breaches(action, self.application.state)
        if refused:
            return refused
        rule = RULES.get(action)
        return fund_breaches(self.application.fund, action) + (rule(self) if rule else [])


def _submit(now: Situation) -> list[Breach]:
    charter = now.in_force or now.application.charter
    return submit_breaches(now.under(charter), now.on, now.lines, now.around(charter))


def _reopen(now: Situation) -> list[Breach]:
    charter = now.first_charter
    return reopening_breaches(now.under(charter), now.on, reclaimed(now.lines), now.around(charter))


def _approve(now: Situation) -> list[Breach]:
    asking = now.asking(Action.APPROVE)
    amount = LEAST_CENTS if asking.amount_cents is None else asking.amount_cents
    terms = now.application.charter.terms()
    complete = completes(terms, now.visas, now.elsewhere.granted_cents + amount)
    return same_giver_breaches(now.visas, now.by) + people_breaches(
        now.application, asking, now.members, complete=complete, amount_cents=amount
    )


def _credit(now: Situation) -> list[Breach]:
    """Refused where each of the approved lines has something against it."""
    terms = now.application.charter.terms()
    called = queries.in_basis(now.called, terms.caps_basis)
    return _unless_one_is_free(
        [
            line_breaches(line, now.blocked) + rent_call_breaches(terms, [line], called)
            for line in now.lines_in(LineState.APPROVED)
        ]
    )


def _ask_cancel_lines(now: Situation) -> list[Breach]:
    approved = now.lines_in(LineState.APPROVED)
    return _unless_one_is_free([in_request_breaches([line], now.blocked) for line in approved])


def _ask_reverse(now: Situation) -> list[Breach]:
    credited = now.lines_in(LineState.CREDITED)
    return credit_missing(now.lines) or _unless_one_is_free(
        [in_request_breaches([line], now.blocked) for line in credited]
    )


def _unless_one_is_free(found: Sequence[list[Breach]]) -> list[Breach]:
    return [breach for breaches in found for breach in breaches] if all(found) else []


def _settle(action: Action) -> Callable[[Situation], list[Breach]]:
    """Whether one of the open requests could be settled; if not, what keeps the oldest from it."""

    def rule(now: Situation) -> list[Breach]:
        found = [
            settling_breaches(request, action, now.by, now.on)
            for request in now.requests
            if action in (Action.REFUSE_REQUEST, CONFIRMED_BY[RequestKind(request.kind)])
        ]
        return [] if [] in found else next(iter(found), [SETTLED])

    return rule


RULES: Final[Mapping[Action, Callable[[Situation], list[Breach]]]] = {
    Action.SUBMIT: _submit,
    Action.LAPSE: lambda now: lapse_breaches(now.application, now.on),
    Action.ASSESS_FAVOURABLE: lambda now: document_breaches(now.application, *BY_THE_OPINION),
    Action.APPROVE: _approve,
    Action.REJECT: lambda now: overdue_breaches(now.application, now.on),
    Action.CREDIT: _credit,
    Action.ASK_CANCEL_LINES: _ask_cancel_lines,
    Action.ASK_REVERSE: _ask_reverse,
    Action.CANCEL_LINES: _settle(Action.CANCEL_LINES),
    Action.REVERSE: _settle(Action.REVERSE),
    Action.REFUSE_REQUEST: _settle(Action.REFUSE_REQUEST),
    Action.WITHDRAW: lambda now: withdrawal_breaches(now.lines, now.blocked),
    Action.APPLY_NEW_VERSION: lambda now: version_breaches(now.application, now.in_force),
    Action.REOPEN: _reopen,
}
"""What no input could mend, by action; the others hang on who asks and on the states only."""

TAKEN_BY_PEOPLE: Final = tuple(action for action, step in WORKFLOW.items() if step.sources and step.actors)


def available_actions(application: Application, user: "User", on: date | None = None) -> list[Availability]:
    """Every action that people take on a file, in the workflow's order: possible for this person, or why not."""
    return available_actions_of([application], user, on)[application.pk]


def available_actions_of(
    applications: Sequence[Application], user: "User", on: date | None = None
) -> dict[int, list[Availability]]:
    """Application id -> the same for each of many files, in as many queries as for one. Files are read again."""
    situations = situations_of(applications, user, on or timezone.localdate())
    return {
        now.application.pk: [Availability(action, tuple(now.breaches(action))) for action in TAKEN_BY_PEOPLE]
        for now in situations
    }


def situations_of(applications: Sequence[Application], by: "User", on: date) -> list[Situation]:
    """Everything the rules look at, read at once for all the files."""
    files = _files([file.pk for file in applications])
    lines = [line for file in files for line in file.lines.all()]
    funds = {file.fund_id for file in files}
    members = list(
        FundMember.objects.filter(queries.counting_on(on), fund__in=funds).select_related("user", "deputy_for")
    )
    hands = Hands.in_files(file.pk for file in files)
    in_force, first = queries.charters_in_force(funds, on), queries.first_charters(files)
    elsewhere = queries.held_elsewhere_of(files)
    called = dues({line.lease_id for line in lines}, {line.month for line in lines})
    taken = queries.months_taken(lines)
    return [
        Situation(
            application=file,
            by=by,
            on=on,
            members=[member for member in members if member.fund_id == file.fund_id],
            hands=hands[file.pk],
            in_force=in_force.get(file.fund_id),
            first_charter=first[file.pk],
            elsewhere=elsewhere[file.pk],
            called=called,
            taken=taken,
        )
        for file in files
    ]


def _files(ids: Sequence[int]) -> list[Application]:
    requests = ReversalRequest.objects.filter(state=RequestState.OPEN).order_by("pk").prefetch_related("lines")
    return list(
        Application.objects.filter(pk__in=ids)
        .select_related("fund", "charter", "tenant")
        .prefetch_related(
            Prefetch("lines", ReliefLine.objects.select_related("lease")),
            Prefetch("visas", Visa.objects.filter(living=True).order_by("pk")),
            Prefetch("requests", requests),
            "documents",
        )
    )
