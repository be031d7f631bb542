"""Who is missing for what: gaps of a fund, visas that would leave nobody, files that nobody can move."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.actions import decision, filing
from grants.enums import Action, LineState, RequestKind, Role, SecondVisaSide, Side, State
from grants.exceptions import RuleRefused
from grants.models import Application, FundMember
from grants.permissions import Hand, Hands
from grants.quick import members_on
from grants.staffing import Gap, Step, can_finish, gaps_from_json, movers, staffing_gaps, steps_after_visa, stuck
from grants.staffing.team import Team, with_hand
from tests.factories import OPENED_ON, World, key, membership, open_fund, prepared_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.actions.refusal import refused

pytestmark = pytest.mark.django_db
CEILING = 40_000_00
THRESHOLD = 5_000_00
People = Mapping[str, tuple[Side, tuple[Role, ...]]]

# One person for each step: the fewest who can carry every file to credited.
SMALLEST: People = {
    "advisor": (Side.CHAMBER, (Role.ADVISOR,)),
    "assessor": (Side.CHAMBER, (Role.ASSESSOR,)),
    "approver": (Side.LANDLORD, (Role.APPROVER,)),
    "payer": (Side.LANDLORD, (Role.PAYER,)),
}


def fund_of(people: People, limits: Mapping[str, int] | None = None, **terms: Any) -> World:
    """An open fund of these people and of two landlord managers, who take no step in a file. One visa is enough."""
    openers = {name: user(name) for name in ("landlord_manager", "second_manager")}
    users = {name: user(name) for name in people}
    world = open_fund(
        memberships=[
            *(membership(opener, Side.LANDLORD, Role.MANAGER) for opener in openers.values()),
            *(
                membership(users[name], side, role, limit_cents=(limits or {}).get(name))
                for name, (side, roles) in people.items()
                for role in roles
            ),
        ],
        proposer=openers["landlord_manager"],
        confirmer=openers["second_manager"],
        **{"second_visa_threshold_cents": None} | terms,
    )
    world.people |= openers | users
    return world


def gaps(world: World) -> list[tuple[str, int, int, str]]:
    """The gaps, with the name of who files."""
    found = staffing_gaps(world.fund, OPENED_ON)
    return [(gap.filer.full_name if gap.filer else "", gap.from_cents, gap.to_cents, gap.missing) for gap in found]


def gone(world: World, *names: str) -> None:
    """These people's roles are over before the day of the test."""
    members = FundMember.objects.filter(fund=world.fund, user__in=[world.people[name] for name in names])
    members.update(starts_on=OPENED_ON - timedelta(days=9), ends_on=OPENED_ON - timedelta(days=1))


def disabled(world: World, name: str) -> None:
    """This person's account is disabled; the roles stay as they were recorded."""
    world.people[name].is_active = False
    world.people[name].save()


class TestGaps:
    def test_four_people_are_enough_for_one_visa(self) -> None:
        assert gaps(fund_of(SMALLEST)) == []

    def test_the_default_team_has_none(self) -> None:
        assert staffing_gaps(open_fund().fund, OPENED_ON) == []

    @pytest.mark.parametrize(
        ("absent", "missing"), [("assessor", Step.ASSESS), ("approver", Step.FIRST_VISA), ("payer", Step.CREDIT)]
    )
    def test_each_step_needs_somebody(self, absent: str, missing: Step) -> None:
        people = {name: roles for name, roles in SMALLEST.items() if name != absent}
        assert gaps(fund_of(people)) == [("advisor", 1, CEILING, missing)]

    @pytest.mark.parametrize(
        ("name", "missing"), [("assessor", Step.ASSESS), ("approver", Step.FIRST_VISA), ("payer", Step.CREDIT)]
    )
    def test_a_disabled_account_is_nobody(self, name: str, missing: Step) -> None:
        world = fund_of(SMALLEST)
        disabled(world, name)
        assert gaps(world) == [("advisor", 1, CEILING, missing)]

    def test_nobody_files_without_an_advisor(self) -> None:
        people = {name: roles for name, roles in SMALLEST.items() if name != "advisor"}
        world = fund_of(people)
        assert gaps(world) == [("", 1, CEILING, Step.FILE)]

    @pytest.mark.parametrize(
        ("name", "roles", "missing"),
        [
            ("assessor", (Role.ADVISOR, Role.ASSESSOR), Step.ASSESS),
            ("approver", (Role.APPROVER, Role.PAYER), Step.CREDIT),
        ],
    )
    def test_four_eyes_ask_for_another_person_in_each_hand(
        self, name: str, roles: tuple[Role, ...], missing: Step
    ) -> None:
        twice = "advisor" if name == "assessor" else "payer"
        people = {other: held for other, held in SMALLEST.items() if other != twice}
        people[name] = (people[name][0], roles)
        filer = "assessor" if name == "assessor" else "advisor"
        assert gaps(fund_of(people)) == [(filer, 1, CEILING, missing)]

    def test_two_visas_above_the_threshold_are_by_two_people(self) -> None:
        world = fund_of(SMALLEST, second_visa_threshold_cents=THRESHOLD)
        assert gaps(world) == [("advisor", THRESHOLD + 1, CEILING, Step.SECOND_VISA)]
        assert gaps(fund_of(SMALLEST, second_visa_threshold_cents=0)) == [("advisor", 1, CEILING, Step.SECOND_VISA)]
        two = {**SMALLEST, "approver2": SMALLEST["approver"]}
        assert gaps(fund_of(two, second_visa_threshold_cents=THRESHOLD)) == []

    @pytest.mark.parametrize(
        ("side", "second", "enough"),
        [
            (SecondVisaSide.CHAMBER, Side.CHAMBER, True),
            (SecondVisaSide.CHAMBER, Side.LANDLORD, False),
            (SecondVisaSide.LANDLORD, Side.CHAMBER, False),
            (SecondVisaSide.EITHER, Side.CHAMBER, True),
            (SecondVisaSide.EITHER, Side.LANDLORD, True),
        ],
    )
    def test_the_second_visa_is_of_the_side_the_charter_names(
        self, side: SecondVisaSide, second: Side, enough: bool
    ) -> None:
        people = {**SMALLEST, "second": (second, (Role.APPROVER,))}
        world = fund_of(people, second_visa_threshold_cents=THRESHOLD, second_visa_side=side)
        assert gaps(world) == ([] if enough else [("advisor", THRESHOLD + 1, CEILING, Step.SECOND_VISA)])

    def test_delegations_have_limits(self) -> None:
        world = fund_of(SMALLEST, limits={"approver": 1_000_00})
        assert gaps(world) == [("advisor", 1_000_01, CEILING, Step.FIRST_VISA)]
        two = {**SMALLEST, "approver2": SMALLEST["approver"]}
        assert gaps(fund_of(two, limits={"approver": 1_000_00, "approver2": CEILING})) == []

    def test_of_two_delegations_the_narrower_counts(self) -> None:
        world = fund_of(SMALLEST, limits={"approver": 1_000_00})
        for limit_cents in (None, 2_000_00):
            walk.join(world, "approver", Side.LANDLORD, Role.APPROVER, user=world.approver, limit_cents=limit_cents)
        assert gaps(world) == [("advisor", 1_000_01, CEILING, Step.FIRST_VISA)]

    def test_bands_that_lack_the_same_step_are_one_gap(self) -> None:
        people = {**SMALLEST, "approver2": SMALLEST["approver"]}
        limits = {"approver": 1_000_00, "approver2": 2_000_00}
        world = fund_of(people, limits, second_visa_threshold_cents=500_00)
        assert gaps(world) == [
            ("advisor", 1_000_01, 2_000_00, Step.SECOND_VISA),
            ("advisor", 2_000_01, CEILING, Step.FIRST_VISA),
        ]
        lone = {name: roles for name, roles in people.items() if name != "assessor"}
        assert gaps(fund_of(lone, limits)) == [("advisor", 1, CEILING, Step.ASSESS)]

    def test_amounts_go_up_to_the_cap_per_siren(self) -> None:
        people = {name: roles for name, roles in SMALLEST.items() if name != "payer"}
        assert gaps(fund_of(people, cap_per_siren_cents=3_000_00)) == [("advisor", 1, 3_000_00, Step.CREDIT)]

    def test_each_filer_is_looked_at(self) -> None:
        people: People = {**SMALLEST, "both": (Side.CHAMBER, (Role.ADVISOR, Role.ASSESSOR))}
        people = {name: roles for name, roles in people.items() if name != "assessor"}
        assert gaps(fund_of(people)) == [("both", 1, CEILING, Step.ASSESS)]

    def test_none_without_a_charter(self) -> None:
        assert staffing_gaps(prepared_fund().fund, OPENED_ON) == []

    def test_are_stored_and_told(self) -> None:
        world = fund_of({name: roles for name, roles in SMALLEST.items() if name != "payer"})
        found = staffing_gaps(world.fund, OPENED_ON)
        nobody = Gap(None, 1, CEILING, Step.FILE)
        assert gaps_from_json([gap.to_json() for gap in [*found, nobody]]) == [*found, nobody]
        assert "advisor" in found[0].sentence()
        assert "40" in found[0].sentence()
        assert str(Step.CREDIT.label) in found[0].sentence()
        assert nobody.sentence() != found[0].sentence()


class TestFiling:
    """The event of a filing keeps what nobody could carry on in this very file."""

    def test_tells_what_nobody_could_carry_on(self) -> None:
        world = fund_of(SMALLEST)
        assert told_on_filing(walk.walk_to(world, State.SUBMITTED)) == []
        disabled(world, "payer")
        file = walk.walk_to(world, State.SUBMITTED)
        assert told_on_filing(file) == [("advisor", 1_500_00, 1_500_00, Step.CREDIT)]

    def test_for_who_files_and_whoever_edited_before(self) -> None:
        people = {**SMALLEST, "assessor": (Side.CHAMBER, (Role.ADVISOR, Role.ASSESSOR))}
        world = fund_of(people)
        assert gaps(world) == [("assessor", 1, CEILING, Step.ASSESS)]
        assert told_on_filing(walk.walk_to(world, State.SUBMITTED)) == []
        draft = walk.draft(world)
        Application.objects.filter(pk=draft.pk).update(advisor=world.assessor)
        file = filing.submit(application=draft, by=world.assessor, key=key(), on=OPENED_ON)
        assert told_on_filing(file) == [("assessor", 1_500_00, 1_500_00, Step.ASSESS)]
        draft = walk.draft(world)
        Application.objects.filter(pk=draft.pk).update(advisor=world.assessor)
        filing.edit(application=draft, facts={"headcount": 1}, by=world.assessor, key=key(), on=OPENED_ON)
        Application.objects.filter(pk=draft.pk).update(advisor=world.advisor)
        assert told_on_filing(walk.submit(world, draft)) == [("advisor", 1_500_00, 1_500_00, Step.ASSESS)]

    @pytest.mark.parametrize(("limit_cents", "missing"), [(1_499_99, [Step.FIRST_VISA]), (1_500_00, [])])
    def test_up_to_a_delegations_limit(self, limit_cents: int, missing: list[Step]) -> None:
        file = walk.walk_to(fund_of(SMALLEST, limits={"approver": limit_cents}), State.SUBMITTED)
        assert [gap[-1] for gap in told_on_filing(file)] == missing

    def test_with_what_the_undertaking_was_granted_before(self) -> None:
        world = fund_of(SMALLEST, limits={"approver": 2_000_00}, second_visa_threshold_cents=2_000_00)
        tenant = walk.walk_to(world, State.APPROVED).tenant
        assert told_on_filing(walk.walk_to(world, State.SUBMITTED)) == []
        lease = tenant_with_lease(world, tenant=tenant)
        again = walk.walk_to(world, State.SUBMITTED, lease=lease)
        assert told_on_filing(again) == [("advisor", 1_500_00, 1_500_00, Step.SECOND_VISA)]


def told_on_filing(file: Application) -> list[tuple[str, int, int, str]]:
    found = gaps_from_json(walk.outcome(file).data["gaps"])
    return [(gap.filer.full_name if gap.filer else "", gap.from_cents, gap.to_cents, gap.missing) for gap in found]


ROLES_OF_FOUR = st.lists(
    st.sets(st.sampled_from([Step.ASSESS, Step.FIRST_VISA, Step.SECOND_VISA, Step.CREDIT])), min_size=1, max_size=6
)


@given(ROLES_OF_FOUR, st.booleans())
def test_the_team_agrees_with_trying_everybody(steps_by_person: list[set[Step]], second: bool) -> None:
    """Against plain enumeration: choose a person per step, four eyes, two people for two visas."""
    team = Team([], SecondVisaSide.LANDLORD)
    for person, able in enumerate(steps_by_person):
        for step in able:
            team.people[step].add(person)
            team.limits[person] = None
    steps = (Step.ASSESS, Step.FIRST_VISA, *steps_after_visa(complete=not second))
    filer = 0

    def possible(count: int) -> bool:
        for chosen in product(*(sorted(team.people[step]) for step in steps[:count])):
            people = dict(zip(steps, chosen, strict=False))
            deciders = [people[step] for step in (Step.FIRST_VISA, Step.SECOND_VISA) if step in people]
            others = [filer, *(people[step] for step in (Step.ASSESS, Step.CREDIT) if step in people)]
            if len(set(deciders + others)) == len(deciders + others):
                return True
        return False

    expected = next((steps[count - 1] for count in range(1, len(steps) + 1) if not possible(count)), None)
    assert team.missing(steps, 1, with_hand(Hands(), filer, Hand.FILED), frozenset()) == expected


class TestVisaThatWouldLeaveNobody:
    def test_is_refused_and_names_who_could_give_it(self) -> None:
        people: People = {**SMALLEST, "payer": (Side.LANDLORD, (Role.PAYER, Role.APPROVER))}
        world = fund_of(people)
        file = walk.walk_to(world, State.ELIGIBLE)
        with refused(RuleRefused, "no_payer_left") as refusal:
            visa(world, file, "payer")
        assert "approver" in str(refusal.value)
        assert visa(world, file, "approver").state == State.APPROVED

    def test_is_refused_where_nobody_else_could(self) -> None:
        world = fund_of({**SMALLEST, "approver": (Side.LANDLORD, (Role.APPROVER, Role.PAYER))})
        gone(world, "payer")
        file = walk.walk_to(world, State.ELIGIBLE)
        with refused(RuleRefused, "no_payer_left"):
            visa(world, file, "approver")

    def test_is_refused_where_the_only_payers_account_is_disabled(self) -> None:
        world = fund_of(SMALLEST)
        file = walk.walk_to(world, State.ELIGIBLE)
        disabled(world, "payer")
        with refused(RuleRefused, "no_payer_left"):
            visa(world, file, "approver")

    def test_a_first_visa_needs_somebody_for_the_second(self) -> None:
        world = fund_of(SMALLEST, second_visa_threshold_cents=1_000_00)
        file = walk.walk_to(world, State.ELIGIBLE)
        with refused(RuleRefused, "no_second_visa_left"):
            visa(world, file, "approver")

    def test_an_opinion_may_leave_no_approver(self) -> None:
        world = fund_of({**SMALLEST, "approver": (Side.LANDLORD, (Role.APPROVER, Role.ASSESSOR))})
        file = walk.walk_to(world, State.SUBMITTED)
        left = (Step.FIRST_VISA, *steps_after_visa(complete=True))
        given_ = {"left": left, "amount_cents": 1_500_00}
        also = (world.approver.pk, Hand.ASSESSED)
        found = can_finish(file, members_on(OPENED_ON, file.fund_id), Hands.in_file(file), also=also, **given_)
        assert [breach.code for breach in found] == ["no_approver_left"]
        assert "assessor" in str(found[0])
        also = (world.assessor.pk, Hand.ASSESSED)
        assert can_finish(file, members_on(OPENED_ON, file.fund_id), Hands.in_file(file), also=also, **given_) == []


def visa(world: World, file: Application, name: str) -> Application:
    by = world.people[name]
    return decision.approve(application=file, by=by, no_conflict=True, key=key(), on=OPENED_ON)


def who(world: World, file: Application) -> set[tuple[Action, str]]:
    """Who can take the next step, by name."""
    names = {person.pk: name for name, person in world.people.items() if name != "manager"}
    return {(action, names[mover.pk]) for action, mover in movers(file, OPENED_ON)}


class TestMovers:
    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (State.DRAFT, {(Action.SUBMIT, "advisor")}),
            (State.SUBMITTED, {(Action.ASSESS_FAVOURABLE, "assessor")}),
            (State.INFO_REQUESTED, {(Action.ANSWER, "advisor")}),
            (State.WAITLISTED, {(Action.ASSESS_FAVOURABLE, "assessor")}),
            (State.ELIGIBLE, {(Action.APPROVE, "approver"), (Action.APPROVE, "approver2")}),
            (State.INELIGIBLE, {(Action.REJECT, "approver"), (Action.REJECT, "approver2")}),
            (State.APPROVED, {(Action.CREDIT, "payer")}),
            *((state, set()) for state in (State.CREDITED, State.REJECTED, State.WITHDRAWN, State.CANCELLED)),
        ],
    )
    def test_by_state(self, state: State, expected: set[tuple[Action, str]]) -> None:
        world = open_fund()
        file = walk.walk_to(world, state)
        assert who(world, file) == expected
        assert stuck(file, OPENED_ON) is None

    @pytest.mark.parametrize(
        ("state", "absent", "expected"),
        [
            (State.DRAFT, ["advisor"], {(Action.TRANSFER, "chamber_manager")}),
            (State.SUBMITTED, ["assessor"], {(Action.REJECT, "approver"), (Action.REJECT, "approver2")}),
            (State.WAITLISTED, ["assessor", "approver"], {(Action.REJECT, "approver2")}),
            (
                State.INFO_REQUESTED,
                ["advisor", "approver"],
                {(Action.TRANSFER, "chamber_manager"), (Action.LAPSE, "assessor"), (Action.REJECT, "approver2")},
            ),
            (State.INFO_REQUESTED, ["advisor", "advisor2", "approver", "approver2"], {(Action.LAPSE, "assessor")}),
            (State.ELIGIBLE, ["payer"], {(Action.REJECT, "approver"), (Action.REJECT, "approver2")}),
        ],
    )
    def test_where_nobody_can_lead_it_on(
        self, state: State, absent: list[str], expected: set[tuple[Action, str]]
    ) -> None:
        world = open_fund()
        file = walk.walk_to(world, state)
        gone(world, *absent)
        assert who(world, file) == expected
        assert stuck(file, OPENED_ON) is None

    @pytest.mark.parametrize(
        ("state", "absent"),
        [
            (State.DRAFT, ["advisor", "advisor2"]),
            (State.DRAFT, ["advisor", "chamber_manager"]),
            (State.SUBMITTED, ["assessor", "approver", "approver2"]),
            (State.ELIGIBLE, ["approver", "approver2"]),
            (State.INELIGIBLE, ["approver", "approver2"]),
            (State.APPROVED, ["payer"]),
        ],
    )
    def test_stuck_where_nobody_can_do_anything(self, state: State, absent: list[str]) -> None:
        world = open_fund()
        file = walk.walk_to(world, state)
        gone(world, *absent)
        assert who(world, file) == set()
        sentence = stuck(file, OPENED_ON)
        assert sentence is not None
        assert file.reference in sentence

    def test_the_second_visa_is_another_persons(self) -> None:
        world = open_fund(second_visa_threshold_cents=1_000_00)
        file = walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE))
        assert file.state == State.ELIGIBLE
        assert who(world, file) == {(Action.APPROVE, "approver2")}

    def test_a_disabled_account_moves_nothing(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        disabled(world, "approver")
        assert who(world, file) == {(Action.APPROVE, "approver2")}

    def test_a_limited_approver_can_still_reject(self) -> None:
        world = fund_of(SMALLEST, limits={"approver": 1_000_00})
        file = walk.walk_to(world, State.ELIGIBLE)
        assert who(world, file) == {(Action.REJECT, "approver")}

    def test_requests_wait_for_another_person_than_who_asked(self) -> None:
        people: People = {
            **SMALLEST,
            "payer": (Side.LANDLORD, (Role.PAYER, Role.APPROVER)),
            "payer2": SMALLEST["payer"],
        }
        world = fund_of(people)
        file = walk.walk_to(world, State.APPROVED)
        walk.ask_cancel(world, file)
        assert who(world, file) == {(Action.CANCEL_LINES, "approver")}

    def test_a_partly_credited_file_waits_for_both(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.APPROVED)
        first = walk.line_ids(file, LineState.APPROVED)[0]
        file = walk.credit(world, file, lines=[first])
        walk.ask_undo(world, file, kind=RequestKind.REVERSE)
        expected = {(Action.CREDIT, "payer"), (Action.REVERSE, "approver"), (Action.REVERSE, "approver2")}
        assert who(world, file) == expected

    def test_a_payer_with_another_hand_can_ask_to_cancel(self) -> None:
        world = fund_of({**SMALLEST, "assessor": (Side.LANDLORD, (Role.ASSESSOR, Role.PAYER))})
        file = walk.walk_to(world, State.APPROVED)
        gone(world, "payer")
        assert who(world, file) == {(Action.ASK_CANCEL_LINES, "assessor")}
