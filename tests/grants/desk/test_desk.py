"""What lies on whose desk: every task can be done, and every file that waits for somebody is somebody's task."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import EmptyResultSet
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import Scope, User
from grants import desk, statistics
from grants.actions import lifecycle, waiting
from grants.actions.charters import draft_charter
from grants.actions.funding import propose
from grants.actions.letters import issue, kinds_of
from grants.actions.members import propose_member
from grants.desk import Group, Kind, Task, Waiting, Who, awaiting, counts_of, tasks_of, waiting_for
from grants.desk.kinds import Membership, Person, rows_of
from grants.desk.tasks import SHOWN
from grants.eligibility import CriterionSpec
from grants.enums import Action, FundAction, RequestKind, ReversalReason, Role, SecondVisaSide, Side, State
from grants.letters.due import to_issue
from grants.models import Application, Commitment, FundMember
from grants.permissions import memberships
from tests.access.people import ROLES
from tests.factories import OPENED_ON, World, charter_terms, fund_action, key, open_fund, user
from tests.grants import walk
from tests.grants.requests import Choice, asked_of
from tests.grants.test_matrix import undone

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATE = OPENED_ON + timedelta(days=walk.PAST_DUE_DAYS)


LETTERS = frozenset({Kind.ISSUE_LETTERS, Kind.SEND_LETTERS})
"""Nearly every step asks for one: they have tests of their own (`test_letters.py`)."""


def groups(person: User, on: date = OPENED_ON) -> list[Group]:
    """Of what is to do on files and funds."""
    return [group for group in tasks_of(person, on) if group.kind not in LETTERS]


def kinds(person: User, on: date = OPENED_ON) -> list[Kind]:
    return [group.kind for group in groups(person, on)]


def only(person: User, on: date = OPENED_ON) -> Task:
    ((task,),) = [group.tasks for group in groups(person, on)]
    return task


def waits(file: Application, on: date = OPENED_ON) -> list[Waiting]:
    return waiting_for([Application.objects.select_related("charter").get(pk=file.pk)], on)[file.pk]


def first_visa(world: World) -> Application:
    file = walk.walk_to(world, State.ELIGIBLE)
    return walk.first_visa(world, file)


def offered(world: World) -> Application:
    file = walk.walk_to(world, State.WAITLISTED)
    fund_action(world, FundAction.ENDOW, amount_cents=10_000_00)
    return waiting.offer(application=file, by=User.objects.system(), key=key(), on=OPENED_ON)


def asked_to_cancel(world: World) -> Application:
    file = walk.walk_to(world, State.APPROVED)
    walk.ask_cancel(world, file, lines=walk.line_ids(file)[:1])
    return file


def asked_to_reverse(world: World) -> Application:
    file = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, file)
    return file


def partly_credited(world: World) -> Application:
    file = walk.walk_to(world, State.APPROVED)
    return walk.credit(world, file, lines=walk.line_ids(file)[:1])


def reopened(world: World) -> Application:
    return walk.reopen(world, walk.walk_to(world, State.REJECTED))


def sent_back(world: World) -> Application:
    return walk.send_back(world, walk.walk_to(world, State.ELIGIBLE))


SITUATIONS: dict[str, Callable[[World], Application]] = {
    **{state: partial(walk.walk_to, state=state) for state in State},
    **{
        made.__name__: made
        for made in (first_visa, offered, asked_to_cancel, asked_to_reverse, partly_credited, reopened, sent_back)
    },
}
ROLE_OF = {
    Who.ADVISOR: Role.ADVISOR,
    Who.ASSESSOR: Role.ASSESSOR,
    Who.APPROVER: Role.APPROVER,
    Who.PAYER: Role.PAYER,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SITUATIONS)
def test_every_task_can_be_done_and_every_file_is_somebodys(name: str) -> None:
    threshold = 0 if name == "first_visa" else None
    world = open_fund(ceiling_cents=60_000_00, second_visa_threshold_cents=threshold, offer_days=60)
    file = SITUATIONS[name](world)
    # Only an answer becomes late.
    for days in (0, walk.PAST_DUE_DAYS) if name == State.INFO_REQUESTED else (0,):
        compare(world, file, (file.acted_on or OPENED_ON) + timedelta(days=days), name)


def compare(world: World, file: Application, on: date, name: str) -> None:
    """Do every task of everybody; compare whose they are with whom the file is said to wait for."""
    found: dict[str, list[Task]] = {}
    for person, by in world.people.items():
        found[person] = [task for group in groups(by, on) for task in group.tasks]
        for task in found[person]:
            assert task.file == file
            # The line already in a request aside.
            choice = Choice(on, world.advisor2, pick=1 if name == "asked_to_cancel" else 0)
            assert task.step is not None
            done = asked_of(Application.objects.get(pk=file.pk), choice)[task.step]()
            assert done is not None
            with undone():
                done[0](**done[1], by=by, key=key(), on=on)
        letters = issue_all(world, by, on)
        assert counts_of(by, on)[0] == len(found[person]) + letters
    roles = {Role(world.member(person).role) for person, tasks in found.items() if tasks}
    wanted = {ROLE_OF[one.who] for one in waits(file, on) if one.who in ROLE_OF}
    assert roles == wanted
    for role in Role:
        rows = Application.objects.filter(awaiting(role, on), pk=file.pk)
        assert rows.exists() == (role in wanted), role
    at_rest = file.is_final or name == State.WAITLISTED
    assert bool(wanted) == (not at_rest or name == "asked_to_reverse")


def issue_all(world: World, by: User, on: date) -> int:
    """Issue every letter that this person is told of; how many tasks that is."""
    told = [group for group in tasks_of(by, on) if group.kind in LETTERS]
    for group in told:
        (task,) = group.tasks
        assert task.letters is not None
        mine = kinds_of(memberships(by, world.fund.pk, on))
        due = list(to_issue(world.fund, mine))
        assert task.letters.count == len(due)
        with undone():
            for event in due:
                issue(event=event, by=by, key=key(), on=on)
    return len(told)


def test_a_task_tells_its_age_and_what_is_overdue() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.INFO_REQUESTED)
    task = only(world.advisor, LATE + DAY)
    assert (task.kind, task.step, task.file) == (Kind.ANSWER, Action.ANSWER, file)
    assert (task.since, task.age) == (OPENED_ON, walk.PAST_DUE_DAYS + 1)
    assert (task.due, task.overdue) == (OPENED_ON + timedelta(days=15), 2)
    assert task.amount_cents == 1_500_00
    late = only(world.assessor, LATE)
    assert (late.kind, late.step, late.overdue) == (Kind.UNANSWERED, Action.REMIND, 1)
    (answer, reminder) = waits(file, LATE)
    assert (answer.who, answer.days(LATE), answer.overdue_days(LATE)) == (Who.ADVISOR, walk.PAST_DUE_DAYS, 1)
    assert (reminder.who, reminder.days(LATE), reminder.overdue_days(LATE)) == (Who.ASSESSOR, 1, 0)


def test_what_a_task_is_about_is_what_it_moves() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    file = walk.walk_to(world, State.ELIGIBLE)
    lines = walk.line_ids(file)
    assert only(world.approver).amount_cents == 1_500_00
    walk.first_visa(world, file, amounts=dict.fromkeys(lines, 400_00), reason=walk.REASON)
    second = only(world.approver2, OPENED_ON + DAY)
    assert (second.kind, second.amount_cents, second.age) == (Kind.SECOND_VISA, 1_200_00, 1)
    assert kinds(world.approver) == []
    walk.second_visa(world, file)
    walk.credit(world, file, lines=lines[:1])
    assert only(world.payer).amount_cents == 800_00
    walk.ask_cancel(world, file, lines=lines[1:2])
    assert only(world.payer).amount_cents == 400_00
    settle = only(world.approver2)
    assert (settle.kind, settle.step, settle.amount_cents) == (Kind.SETTLE, Action.CANCEL_LINES, 400_00)


def test_an_offer_is_the_assessors_with_its_amount_and_its_end() -> None:
    world = open_fund(ceiling_cents=60_000_00)
    file = offered(world)
    task = only(world.assessor)
    assert (task.kind, task.amount_cents, task.due) == (Kind.OFFER, file.offered_cents, file.offered_until)
    assert waits(file) == [Waiting(Who.ASSESSOR, OPENED_ON, file.offered_until)]


def test_who_had_another_hand_in_a_file_has_no_task_on_it() -> None:
    world = open_fund()
    mine = walk.walk_to(world, State.SUBMITTED)
    walk.join(world, "both", Side.CHAMBER, Role.ASSESSOR, user=world.advisor)
    assert kinds(world.advisor) == []
    assert [task.file for group in tasks_of(world.assessor, OPENED_ON) for task in group.tasks] == [mine]
    walk.join(world, "filer", Side.CHAMBER, Role.ADVISOR)
    other = walk.draft(world)
    Application.objects.filter(pk=other.pk).update(advisor=world.filer)
    assert kinds(world.advisor) == []


def test_the_second_visa_is_asked_of_the_side_that_the_charter_names() -> None:
    world = open_fund(second_visa_threshold_cents=0, second_visa_side=SecondVisaSide.CHAMBER)
    file = first_visa(world)
    assert kinds(world.chamber_approver) == [Kind.SECOND_VISA]
    assert kinds(world.approver2) == []
    assert waits(file) == [Waiting(Who.CHAMBER_APPROVER, OPENED_ON, file.reserved_until)]


def test_a_deputy_has_the_tasks_of_whom_they_stand_in_for() -> None:
    world = open_fund()
    walk.draft(world)
    assert kinds(world.advisor2) == []
    FundMember.objects.filter(pk=world.member("advisor2").pk).update(deputy_for=world.member("advisor"))
    assert kinds(world.advisor2) == [Kind.DRAFT]


def test_a_file_whose_advisor_left_is_the_chamber_managers_to_hand_over() -> None:
    world = open_fund()
    file = walk.draft(world)
    assert kinds(world.chamber_manager) == []
    FundMember.objects.filter(pk=world.member("advisor").pk).update(ends_on=OPENED_ON)
    task = only(world.chamber_manager, OPENED_ON + DAY)
    assert (task.kind, task.step, task.file) == (Kind.HAND_OVER, Action.TRANSFER, file)
    assert kinds(world.advisor, OPENED_ON + DAY) == []
    lifecycle.transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON + DAY)
    assert kinds(world.chamber_manager, OPENED_ON + DAY) == []


def test_a_draft_is_due_by_the_filing_deadline() -> None:
    world = open_fund()
    walk.draft(world)
    assert only(world.advisor).due == date(2021, 6, 30)


def test_arrears_that_the_charter_asks_for_are_the_landlords_to_supply() -> None:
    world = open_fund(criteria=[CriterionSpec("arrears_before", {"before": "2020-03-01", "max_cents": 0}, "4")])
    file = walk.walk_to(world, State.SUBMITTED)
    for person in ("payer", "approver", "landlord_manager"):
        assert kinds(world.people[person]) == [Kind.SUPPLY], person
    lifecycle.supply(
        application=file,
        facts={"arrears_cents": 0, "arrears_on": "2020-02-29"},
        by=world.payer,
        key=key(),
        on=OPENED_ON,
    )
    assert kinds(world.payer) == []


def test_what_is_proposed_is_another_landlord_members_to_confirm() -> None:
    world = open_fund(endowment_cents=10_000_00)
    charter = draft_charter(
        fund=world.fund, by=world.landlord_manager, key=key(), on=OPENED_ON, **charter_terms(signed_on=OPENED_ON)
    )
    propose(
        fund=world.fund,
        action=FundAction.AMEND,
        charter=charter,
        signed_pdf=("a.pdf", b"%PDF-1.4 x %%EOF"),
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    newcomer = user()
    propose_member(
        fund=world.fund,
        user=newcomer,
        side=Side.LANDLORD,
        role=Role.PAYER,
        starts_on=OPENED_ON,
        by=world.landlord_manager,
        key=key(),
        on=OPENED_ON,
    )
    assert kinds(world.landlord_manager) == []
    assert kinds(world.approver) == [Kind.PROPOSAL, Kind.MEMBER]
    assert kinds(world.payer) == [Kind.MEMBER]
    assert kinds(world.chamber_manager) == kinds(world.auditor) == kinds(newcomer) == []
    assert counts_of(world.approver, OPENED_ON)[0] == 2


def test_an_overdue_commitment_is_the_landlords_managers_to_keep() -> None:
    world = open_fund()
    managers = world.landlord_manager
    late, soon = OPENED_ON - DAY, OPENED_ON
    older = [Commitment.objects.create(charter=world.charter, text=text, due_on=late) for text in ("Kept", "Repeated")]
    Commitment.objects.create(charter=world.charter, text="Not due yet", due_on=soon)
    Commitment.objects.create(charter=world.charter, text="Without a date")
    assert [task.commitment for task in tasks_of(managers, OPENED_ON)[0].tasks] == older
    Commitment.objects.filter(text="Kept").update(kept_on=late)
    task = only(managers)
    assert (task.kind, task.commitment, task.due, task.overdue) == (Kind.COMMITMENT, older[1], late, 1)
    assert counts_of(managers, OPENED_ON)[0] == 1
    for other in ("approver", "payer", "chamber_manager", "auditor"):
        assert kinds(world.people[other]) == []
    # A draft's is not asked for yet; of two versions in force the later one's is, less what was kept before it.
    amended = draft_charter(fund=world.fund, by=managers, key=key(), on=OPENED_ON, **charter_terms(signed_on=OPENED_ON))
    added = [Commitment.objects.create(charter=amended, text=text, due_on=late) for text in ("Kept", "Repeated")]
    assert only(managers).commitment == older[1]
    fund_action(world, FundAction.AMEND, charter=amended)
    assert only(managers).commitment == added[1]
    found = [one.commitment for one in statistics.promises([world.fund.pk], OPENED_ON) if one.is_overdue]
    assert found == [added[1]]


@pytest.mark.parametrize("count", [1, 3])
def test_commitments_are_read_in_as_many_queries_for_one_and_for_three(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    Commitment.objects.bulk_create(
        Commitment(charter=world.charter, text=f"Promise {n}", due_on=OPENED_ON - DAY) for n in range(count)
    )
    with django_assert_num_queries(4):
        assert len(tasks_of(world.landlord_manager, OPENED_ON)[0].tasks) == count


def test_a_request_waits_for_the_tenants_reply_first() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, file, reason=ReversalReason.DOUBLE_AID, notice_sent_on=OPENED_ON)
    assert kinds(world.approver2) == []
    assert waits(file) == [Waiting(Who.TENANT, OPENED_ON, request.reply_until)]
    assert request.reply_until is not None
    assert kinds(world.approver2, request.reply_until + DAY) == [Kind.SETTLE]
    assert waits(file, request.reply_until + DAY) == [Waiting(Who.APPROVER, request.reply_until)]
    assert only(world.approver2, request.reply_until + DAY).age == 1
    assert request.kind == RequestKind.REVERSE


def test_what_only_the_rules_keep_from_being_done_is_shown_with_the_reason() -> None:
    world = open_fund(second_visa_threshold_cents=0)
    first_visa(world)
    FundMember.objects.filter(pk=world.member("approver2").pk).update(limit_cents=100_00)
    task = only(world.approver2)
    assert task.step is None
    assert "beyond_delegation" in [breach.code for breach in task.blocked]


def test_a_suspended_fund_asks_for_no_visa() -> None:
    world = open_fund()
    walk.walk_to(world, State.ELIGIBLE)
    fund_action(world, FundAction.SUSPEND)
    assert kinds(world.approver2) == []


def test_a_token_has_the_tasks_of_its_roles_only() -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    world.payer.scope = Scope(world.fund.pk, frozenset({Role.AUDITOR}))
    assert kinds(world.payer) == []
    world.payer.scope = None
    assert kinds(world.payer) == [Kind.CREDIT]


def test_what_is_counted_follows_the_roles_and_the_day() -> None:
    world = open_fund()
    walk.walk_to(world, State.APPROVED)
    held = FundMember.objects.filter(pk=world.member("payer").pk)
    # The credit, and the award's letter.
    assert counts_of(world.payer, OPENED_ON).tasks == 2
    held.update(ends_on=OPENED_ON)
    assert counts_of(world.payer, OPENED_ON).tasks == 2
    assert counts_of(world.payer, OPENED_ON + DAY).tasks == 0
    held.update(ends_on=None, role=Role.ASSESSOR)
    walk.walk_to(world, State.SUBMITTED)
    assert counts_of(world.payer, OPENED_ON).tasks == 1


@pytest.mark.parametrize(("role", "side"), sorted(set(ROLES.values())))
def test_a_kind_is_looked_for_where_a_role_can_have_it_and_nowhere_else(role: Role, side: Side) -> None:
    """What is not looked for is empty by the rule itself, before any row is read."""
    who = Person(user("somebody"), OPENED_ON, (Membership(1, role, side, None),))
    found = []
    for kind in Kind:
        with suppress(EmptyResultSet):
            rows_of(kind, who).query.sql_with_params()
            found.append(kind)
    assert who.kinds == found


def test_who_has_no_role_has_no_task(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    stranger = user()
    with django_assert_num_queries(1):
        assert tasks_of(stranger) == []
    assert counts_of(stranger)[0] == 0


def test_the_oldest_rank_comes_first_and_what_is_not_shown_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    files = [walk.walk_to(world, State.SUBMITTED) for _n in range(3)]
    monkeypatch.setattr(desk.tasks, "SHOWN", 2)
    (group,) = groups(world.assessor)
    assert [task.file for task in group.tasks] == files[:2]
    assert (group.total, group.more) == (3, 1)
    assert SHOWN > 2


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("person", ["assessor", "approver2", "payer", "advisor"])
def test_a_desk_is_read_in_as_many_queries_for_one_and_for_three(
    person: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    worlds = [open_fund() for _n in range(count)]
    by = worlds[0].people[person]
    for world in worlds:
        for state in (State.SUBMITTED, State.ELIGIBLE, State.APPROVED, State.DRAFT):
            walk.walk_to(world, state)
        if world is not worlds[0]:
            FundMember.objects.filter(pk=world.member(person).pk).update(user=by)
            Application.objects.filter(fund=world.fund).update(advisor=by)
    # Who issues letters has these counted, and their funds named.
    with django_assert_num_queries(18 if person == "assessor" else 20):
        found = tasks_of(by, OPENED_ON)
    assert sum(group.total for group in found if group.kind not in LETTERS) == count
    with django_assert_num_queries(2):
        counts_of(by, OPENED_ON)
    with django_assert_num_queries(6):
        waiting_for(Application.objects.select_related("charter"), OPENED_ON)
