"""Letters to issue and to send, as tasks of who may do it: one in each fund, however many letters there are."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions import reversal
from grants.actions.letters import issue, issue_statement, mark_sent
from grants.desk import Kind, counts_of, tasks_of
from grants.desk.letters import Pile
from grants.enums import Action, Delivery, ReversalReason, State
from grants.letters.due import LEAST_DAYS_TO_REPLY, held_back, to_issue
from grants.models import Application, FundMember, Letter
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.letters.looks import event_of, issued
from tests.grants.views.reading import links, reader, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ISSUE, SEND = Kind.ISSUE_LETTERS, Kind.SEND_LETTERS


def piles(person: User, kind: Kind, on: date = OPENED_ON) -> list[Pile]:
    return [
        task.letters for group in tasks_of(person, on) if group.kind == kind for task in group.tasks if task.letters
    ]


def whose(world: World, kind: Kind, on: date = OPENED_ON) -> set[str]:
    people = {name: by for name, by in world.people.items() if name != "manager"}
    return {name for name, by in people.items() if piles(by, kind, on)}


CHAMBER = {"advisor", "advisor2", "chamber_manager"}
LANDLORD = {"approver", "approver2", "payer", "landlord_manager"}


def noticed(world: World, on: date = OPENED_ON) -> Application:
    file = walk.walk_to(world, State.CREDITED, on=on)
    walk.ask_undo(world, file, on, reason=ReversalReason.DOUBLE_AID, notice_sent_on=on)
    return file


@pytest.mark.parametrize(
    ("state", "action", "role", "people"),
    [
        (State.SUBMITTED, Action.SUBMIT, "advisor", CHAMBER),
        (State.APPROVED, Action.APPROVE, "payer", LANDLORD),
    ],
)
def test_they_are_the_tasks_of_who_issues_and_sends_this_kind(
    state: State, action: Action, role: str, people: set[str]
) -> None:
    world = open_fund()
    file = walk.walk_to(world, state)
    assert (whose(world, ISSUE), whose(world, SEND)) == (people, set())
    letter = issued(world, file, action, role=role)
    assert (whose(world, ISSUE), whose(world, SEND)) == (set(), people)
    mark_sent(letter=letter, channel=Delivery.POST, sent_on=OPENED_ON, by=world.people[role], key=key(), on=OPENED_ON)
    assert (whose(world, ISSUE), whose(world, SEND)) == (set(), set())


def test_a_statement_is_the_landlords_managers_to_send() -> None:
    world = open_fund()
    issue_statement(fund=world.fund, as_at=OPENED_ON, by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert whose(world, SEND) == {"landlord_manager"}


def test_however_many_letters_a_fund_has_they_are_one_task_as_old_as_the_oldest() -> None:
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED)
    walk.walk_to(world, State.SUBMITTED, on=OPENED_ON + DAY)
    on = OPENED_ON + 5 * DAY
    assert piles(world.advisor, ISSUE, on) == [Pile(world.fund, 2, OPENED_ON)]
    assert counts_of(world.advisor, on).tasks == 1
    assert piles(world.payer, ISSUE, on) == []
    for event in to_issue(world.fund):
        issue(event=event, by=world.advisor, key=key(), on=on - DAY)
    assert piles(world.advisor, SEND, on) == [Pile(world.fund, 2, on - DAY)]


def test_a_notice_is_due_as_long_as_it_leaves_time_to_reply() -> None:
    world = open_fund()
    file = noticed(world)
    for action in (Action.APPROVE, Action.CREDIT):
        issued(world, file, action)
    request = file.requests.get()
    assert request.reply_until is not None
    last = request.reply_until - LEAST_DAYS_TO_REPLY * DAY
    assert piles(world.payer, ISSUE, last) == [Pile(world.fund, 1, OPENED_ON, last)]
    assert held_back([event_of(file, Action.ASK_REVERSE)], last) == {}
    # Nobody can issue it any more.
    assert piles(world.payer, ISSUE, last + DAY) == []
    assert held_back([event_of(file, Action.ASK_REVERSE)], last + DAY)


def test_a_charter_that_gives_less_time_moves_the_day() -> None:
    world = open_fund(reply_days=3)
    file = noticed(world)
    for action in (Action.APPROVE, Action.CREDIT):
        issued(world, file, action)
    assert piles(world.payer, ISSUE) == [Pile(world.fund, 1, OPENED_ON, OPENED_ON)]
    assert piles(world.payer, ISSUE, OPENED_ON + DAY) == []


def test_of_two_requests_for_the_same_reason_only_the_open_one_asks_for_a_letter() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    given = {"reason": ReversalReason.DOUBLE_AID, "notice_sent_on": OPENED_ON}
    refused = walk.ask_undo(world, file, lines=walk.line_ids(file)[:1], **given)
    first = event_of(file, Action.ASK_REVERSE)
    reversal.refuse_request(request=refused, reason=walk.REASON, by=world.approver2, key=key(), on=OPENED_ON)
    walk.ask_undo(world, file, lines=walk.line_ids(file)[1:2], **given)
    due = list(to_issue(world.fund))
    assert first not in due
    assert event_of(file, Action.ASK_REVERSE) in due


@pytest.mark.parametrize("count", [1, 3])
def test_piles_are_read_in_as_many_queries_for_one_and_for_three(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    worlds = [open_fund() for _n in range(count)]
    by = worlds[0].advisor
    for world in worlds:
        for _n in range(count):
            walk.walk_to(world, State.SUBMITTED)
        issued(world, walk.walk_to(world, State.SUBMITTED), Action.SUBMIT, role="advisor")
        FundMember.objects.filter(pk=world.member("advisor").pk).update(user=by)
    with django_assert_num_queries(7):
        found = tasks_of(by, OPENED_ON)
    assert [(group.kind, group.total) for group in found] == [(ISSUE, count), (SEND, count)]
    with django_assert_num_queries(2):
        assert counts_of(by, OPENED_ON).tasks == 2 * count


def test_home_says_how_many_since_when_and_leads_to_the_list() -> None:
    world = world_of_today()
    today = timezone.localdate()
    for _n in range(2):
        walk.walk_to(world, State.SUBMITTED, on=today)
    issued(world, walk.walk_to(world, State.SUBMITTED, on=today), Action.SUBMIT, role="advisor", on=today)
    page = reader(world.advisor).get("/")
    words = text(page)
    assert "2 choses vous attendent" in words
    assert f"Établir des courriers 2 courriers {world.fund.name} le plus ancien depuis aujourd’hui Établir" in words
    assert f"Envoyer des courriers 1 courrier {world.fund.name} depuis aujourd’hui Envoyer" in words
    place = reverse("grants:letters", args=[world.fund.code])
    assert {f"{place}?etat=a-etablir", f"{place}?etat=a-envoyer"} <= set(links(page))
    assert Letter.objects.count() == 1
