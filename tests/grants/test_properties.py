"""Any sequence of actions by anyone keeps every invariant.

Each example goes on from `small_team` with steps by right and wrong people, and is rolled back. After a step that was
taken, `judge` looks at the whole fund with code of its own; a step that was refused must have changed nothing.
`HYPOTHESIS_PROFILE=deep` goes deeper.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from fundadmin.models import User
from grants import staffing
from grants.actions import filing, funding, members, waiting
from grants.actions.available import available_actions
from grants.actions.charters import draft_charter
from grants.enums import Action, FundAction, MandateKind, RequestState, Role, Side
from grants.exceptions import ActionRefused, NotAllowed
from grants.models import Application, FundMember, FundProposal
from grants.staffing.files import NEXT, NOBODY_LEFT, OTHERWISE
from grants.workflow import WORKFLOW
from landlords.models import Lease
from tests.factories import OPENED_ON, PDF, World, charter_terms, key
from tests.grants import judge, walk
from tests.grants.agreement import disagreement
from tests.grants.requests import Choice, asked_of
from tests.grants.small_team import CEILING_CENTS, TEAM, small_team

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
PROFILE = settings(
    max_examples=300 if DEEP else 12,
    stateful_step_count=60 if DEEP else 25,
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Who:
    """The n-th of those who hold a role that a step is for, or the n-th of everybody."""

    holder: bool
    n: int


@dataclass(frozen=True)
class Taken:
    """A step that was taken, to be asked for again with the same key."""

    function: Callable[..., Any]
    asked: dict[str, Any]
    outcome: int


def outcome_of(answer: Any) -> int:
    """The event, or else the row, that an action answers with."""
    return walk.outcome(answer).pk if isinstance(answer, Application) else int(answer.pk)


nth = st.integers(0, 11)
who = st.builds(Who, st.sampled_from([True, True, False]), nth)
picks = st.sampled_from([0, 0, 0, 1, 2, 3])
TAKEN_BY_PEOPLE = [action for action, step in WORKFLOW.items() if step.sources and step.actors]


class AnythingByAnyone(RuleBasedStateMachine):
    world: ClassVar[World]
    happened: ClassVar[Counter[str]]

    @initialize()
    def begin(self) -> None:
        self.fund, self.on = self.world.fund, OPENED_ON
        self.everybody = [*(self.world.people[name] for name in TEAM), self.world.admin, User.objects.system()]
        self.taken: list[Taken] = []
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        try:
            self.nobody_is_said_to_be_missing_who_is_not()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def attempt(self, function: Callable[..., Any], **asked: Any) -> ActionRefused | None:
        """Ask; a refusal has reasons in words and changes nothing, a step that is taken leaves the fund sound."""
        asked = {"key": key(), "on": self.on} | asked
        before = judge.fingerprint()
        try:
            answer = function(**asked)
        except ActionRefused as error:
            refusal = error
        else:
            self.taken.append(Taken(function, asked, outcome_of(answer)))
            self.happened[function.__name__] += 1
            assert judge.faults(self.fund) == []
            return None
        assert refusal.codes
        assert all(str(breach) and "%(" not in str(breach) for breach in refusal.breaches)
        assert judge.fingerprint() == before
        return refusal

    def act(self, action: Action, file: Application, by: User, pick: int) -> ActionRefused | None:
        """Ask, after hearing what is said beforehand of this step: it is what is then answered."""
        request = self.request(action, file, pick)
        if request is None:
            return None
        said = [known for known in available_actions(file, by, self.on) if known.action == action]
        refusal = self.attempt(request[0], **request[1], by=by)
        assert not [found for known in said if (found := disagreement(known, refusal))]
        return refusal

    def request(self, action: Action, file: Application, pick: int) -> Any:
        successors = [self.world.people[name] for name in ("ben", "ada", "gus")]
        return asked_of(file, Choice(self.on, successors[pick % len(successors)], pick))[action]()

    def files(self) -> list[Application]:
        files = Application.objects.filter(fund=self.fund).select_related("charter").prefetch_related("lines")
        return list(files.order_by("pk"))

    def file(self, n: int) -> Application:
        files = self.files()  # Never none: only drafts can be discarded.
        return files[n % len(files)]

    def person(self, who: Who, *parts: tuple[Side | None, Role]) -> User:
        """One who holds one of the roles, whatever the side where it is None; or, where nobody does, anybody."""
        holders = [
            self.world.people[name]
            for name, roles in TEAM.items()
            if any(role == wanted and side in (its, None) for its, role in roles for side, wanted in parts)
        ]
        people = holders if who.holder and holders else self.everybody
        return people[who.n % len(people)]

    @rule(action=st.sampled_from([a for a in Action if a != Action.CREATE]), n=nth, who=who, pick=picks)
    def somebody_tries_anything(self, action: Action, n: int, who: Who, pick: int) -> None:
        actors = WORKFLOW[action].actors
        by = self.person(who, *((actor.side, actor.role) for actor in actors)) if actors else User.objects.system()
        self.act(action, self.file(n), by, pick)

    @rule(actions=st.lists(st.sampled_from(TAKEN_BY_PEOPLE), min_size=1, max_size=5), n=nth, pick=picks)
    def whoever_may_does(self, actions: list[Action], n: int, pick: int) -> None:
        """On a file that is in the right state, one after the other tries until one may."""
        for action in actions:
            files = [file for file in self.files() if file.state in WORKFLOW[action].sources]
            for by in self.everybody if files else []:
                if not isinstance(self.act(action, files[n % len(files)], by, pick), NotAllowed):
                    break

    @rule(n=nth, movers=st.lists(nth, min_size=1, max_size=5), pick=picks)
    def those_whose_turn_it_is_lead_a_file_on(self, n: int, movers: list[int], pick: int) -> None:
        """Who is said to be able to take a step is never refused for who they are."""
        for nth_mover in movers:
            file = self.file(n)
            if able := staffing.movers(file, self.on):
                action, by = able[nth_mover % len(able)]
                # To approve less asks the first of two visas; who gives the second is asked for the same.
                refusal = self.act(action, file, by, 0 if action == Action.APPROVE else pick)
                assert not isinstance(refusal, NotAllowed)
                assert not (refusal and set(refusal.codes) & set(NOBODY_LEFT.values()))

    @rule(n=nth, who=who, complete=st.booleans())
    def somebody_opens_a_draft(self, n: int, who: Who, complete: bool) -> None:
        leases = list(Lease.objects.filter(landlord=self.world.landlord).order_by("pk"))
        lease, by = leases[n % len(leases)], self.person(who, (Side.CHAMBER, Role.ADVISOR))
        refusal = self.attempt(filing.create, fund=self.fund, tenant=lease.tenant, by=by)
        if complete and not refusal:
            mandate = filing.Mandate(self.on, MandateKind.SIGNED)
            given = {"lines": walk.asks_of(lease), "mandate": mandate}
            self.attempt(filing.edit, application=self.files()[-1], by=by, **given)

    # Few rules, since each example leaves some of them out at random: those of the fund and its people are one.

    @rule(step=st.integers(0, 4), n=nth, m=nth, who=who)
    def somebody_changes_the_fund_or_its_people(self, step: int, n: int, m: int, who: Who) -> None:
        (
            self.propose_fund_action,
            self.settle_fund_action,
            self.name_member,
            self.settle_member,
            self.end_member,
        )[step](n, m, who)

    def propose_fund_action(self, n: int, m: int, who: Who) -> None:
        action, amount = list(FundAction)[n % len(FundAction)], m + 1
        by = self.person(who, (Side.LANDLORD, Role.MANAGER))
        asked: dict[str, Any] = {"action": action}
        if action in (FundAction.ENDOW, FundAction.WITHDRAW_ENDOWMENT):
            asked["amount_cents"] = amount * 100_00
        if action == FundAction.AMEND:
            changes = {
                "ceiling_cents": CEILING_CENTS + (amount - 8) * 150_00,
                "second_visa_threshold_cents": amount * 100_00,
                "info_days": amount,
            }
            terms = charter_terms(signed_on=self.on, starts_on=self.on, **changes)
            self.attempt(draft_charter, fund=self.fund, by=by, **terms)
            asked["charter"] = self.fund.charters.latest("version")
        if action not in (FundAction.SUSPEND, FundAction.RESUME):
            asked["signed_pdf"] = PDF
        self.attempt(funding.propose, fund=self.fund, by=by, **asked)

    def settle_fund_action(self, n: int, m: int, who: Who) -> None:
        settle = funding.confirm if m % 3 else funding.refuse
        proposals = FundProposal.objects.filter(fund=self.fund).order_by("pk")
        settled = list(proposals.filter(state=RequestState.OPEN) or proposals)
        by = self.person(who, (Side.LANDLORD, Role.APPROVER))
        self.attempt(settle, proposal=settled[n % len(settled)], by=by)

    def end_member(self, n: int, m: int, who: Who) -> None:
        rows = list(FundMember.objects.filter(fund=self.fund).order_by("pk"))
        ends_on, by = self.on + timedelta(days=m % 4), self.person(who, (None, Role.MANAGER))
        self.attempt(members.end_member, member=rows[n % len(rows)], ends_on=ends_on, by=by)

    def name_member(self, n: int, m: int, who: Who) -> None:
        parts = [part for parts in TEAM.values() for part in parts]
        side, role = parts[m % len(parts)]
        named = {"user": self.everybody[n % len(self.everybody)], "side": side, "role": role, "starts_on": self.on}
        by = self.person(who, (side, Role.MANAGER))
        self.attempt(members.propose_member, fund=self.fund, authority_ref="inventée", by=by, **named)

    def settle_member(self, n: int, m: int, who: Who) -> None:
        rows = list(FundMember.objects.filter(fund=self.fund, confirmed_on=None).order_by("pk"))
        if rows:
            settle = members.confirm_member if m % 2 else members.refuse_member
            self.attempt(settle, member=rows[n % len(rows)], by=self.person(who, (Side.LANDLORD, Role.APPROVER)))

    @rule(days=st.integers(0, 5))
    def days_pass_and_the_scheduler_runs_twice(self, days: int) -> None:
        self.on += timedelta(days=days)
        for moved in waiting.run_due(fund=self.fund, by=User.objects.system(), on=self.on):
            self.happened[walk.outcome(moved).action] += 1
        assert judge.faults(self.fund) == []
        after_the_first = judge.fingerprint()
        waiting.run_due(fund=self.fund, by=User.objects.system(), on=self.on)
        assert judge.fingerprint() == after_the_first

    @rule(n=st.integers(0, 40))
    def an_earlier_request_comes_again(self, n: int) -> None:
        """The first outcome is returned and nothing changes; only what was deleted since is gone."""
        if not self.taken:
            return
        earlier = self.taken[n % len(self.taken)]
        before = judge.fingerprint()
        try:
            again: object = outcome_of(earlier.function(**earlier.asked | {"on": self.on}))
        except ActionRefused as refusal:
            again = refusal.codes
        assert again in (earlier.outcome, ["discarded"], ["member_refused"])
        assert judge.fingerprint() == before

    def nobody_is_said_to_be_missing_who_is_not(self) -> None:
        """Each file has ended, or has somebody who can move it, or is said to lack somebody and really does."""
        for file in self.files():
            why = staffing.stuck(file, self.on)
            if why is not None:
                assert not file.is_final
                assert file.reference in why
                for action in NEXT[file.state] + OTHERWISE[file.state]:
                    for by in self.everybody:
                        assert self.act(action, file, by, 0) or not self.request(action, file, 0)


@pytest.mark.slow
@pytest.mark.django_db
def test_any_sequence_of_actions_by_anyone_keeps_the_fund_sound() -> None:
    AnythingByAnyone.world, AnythingByAnyone.happened = small_team(), Counter()
    assert judge.faults(AnythingByAnyone.world.fund) == []
    run_state_machine_as_test(AnythingByAnyone, settings=PROFILE)
    # A property over refusals alone would say nothing.
    assert AnythingByAnyone.happened.total() > 3 * PROFILE.max_examples, AnythingByAnyone.happened
