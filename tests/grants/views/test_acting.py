"""The short steps: said beforehand, confirmed once, refused in whole sentences with nothing lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions import assessment, documents
from grants.actions.available import available_actions
from grants.actions.documents import Upload
from grants.eligibility import CriterionSpec
from grants.enums import Action, FundAction, State, Visibility
from grants.models import Application, Event
from grants.step_forms import SHORT
from tests.factories import MONTHS, PDF, World, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import LASTING, world_of_today
from tests.grants.views.reading import fields, reader, said, text

pytestmark = pytest.mark.django_db


def today() -> Any:
    return timezone.localdate()


def walked(state: State) -> Callable[[World], Application]:
    return lambda world: walk.walk_to(world, state, on=today())


def overdue(world: World) -> Application:
    """Asked for and reminded of long enough ago that it may lapse."""
    file = walk.walk_to(world, State.INFO_REQUESTED, on=today())
    assessment.remind(application=file, by=world.assessor, key=key())
    Application.objects.filter(pk=file.pk).update(info_due_on=today() - timedelta(days=1))
    return file


def amended(world: World) -> Application:
    file = walk.walk_to(world, State.SUBMITTED, on=today())
    walk.amend(world, today(), **LASTING | {"signed_on": today(), "starts_on": today()})
    return file


STEPS: dict[Action, tuple[Callable[[World], Application], str, Callable[[World], dict[str, Any]], State]] = {
    Action.REQUEST_INFO: (
        walked(State.SUBMITTED),
        "assessor",
        lambda _world: {"wanted": ["headcount"], "message": "Combien de salariés ?"},
        State.INFO_REQUESTED,
    ),
    Action.ANSWER: (walked(State.INFO_REQUESTED), "advisor", lambda _world: {"headcount": "3"}, State.SUBMITTED),
    Action.REMIND: (walked(State.INFO_REQUESTED), "assessor", lambda _world: {}, State.INFO_REQUESTED),
    Action.LAPSE: (overdue, "assessor", lambda _world: {}, State.LAPSED),
    Action.SUPPLY: (
        walked(State.SUBMITTED),
        "payer",
        lambda _world: {"arrears": "1 234,50", "arrears_on": "2020-02-29"},
        State.SUBMITTED,
    ),
    Action.WITHDRAW: (
        walked(State.ELIGIBLE),
        "advisor",
        lambda _world: {"requested_on": today().isoformat(), "channel": "phone"},
        State.WITHDRAWN,
    ),
    Action.TRANSFER: (
        walked(State.SUBMITTED),
        "chamber_manager",
        lambda world: {"to": world.advisor2.pk},
        State.SUBMITTED,
    ),
    Action.SEND_BACK: (walked(State.ELIGIBLE), "approver", lambda _world: {"reason": walk.REASON}, State.SUBMITTED),
    Action.REJECT: (
        walked(State.INELIGIBLE),
        "approver",
        lambda _world: {"motive": "criteria_not_met", "reason": ""},
        State.REJECTED,
    ),
    Action.REOPEN: (
        walked(State.REJECTED),
        "chamber_manager",
        lambda _world: {"reason": walk.REASON},
        State.SUBMITTED,
    ),
    Action.APPLY_NEW_VERSION: (amended, "landlord_manager", lambda _world: {}, State.SUBMITTED),
    Action.DISCARD: (walked(State.DRAFT), "advisor", lambda _world: {}, State.DRAFT),
}


def address(file: Application, action: Action) -> str:
    return reverse("grants:act", args=[file.uuid, action])


def opened(client: Client, file: Application, action: Action) -> dict[str, str]:
    """The page's hidden fields: its key and the version it was read in."""
    page = client.get(address(file, action))
    assert page.status_code == 200
    return fields(page)


def count(file: Application, action: Action) -> int:
    return Event.objects.filter(application_id=file.pk, action=action).count()


def test_every_short_step_of_people_is_here() -> None:
    assert set(STEPS) == set(SHORT)


@pytest.mark.parametrize("action", STEPS)
def test_a_step_is_refused_or_told_confirmed_and_done_once(action: Action) -> None:
    made, person, typed, state = STEPS[action]
    world = world_of_today()
    file = made(world)
    refused_alike(file, action, world, typed(world))
    client = reader(world.people[person])
    page = client.get(address(file, action))
    assert said(SHORT[action].says) in text(page)
    assert str(file.tenant) in text(page)
    sent = fields(page) | typed(world)
    answer = client.post(address(file, action), sent, follow=True)
    assert answer.redirect_chain, text(answer)
    assert said(SHORT[action].done) in text(answer)
    assert count(file, action) == 1
    assert client.post(address(file, action), sent).status_code == 302
    assert count(file, action) == 1
    left = Application.objects.filter(pk=file.pk)
    assert [one.state for one in left] == ([] if action == Action.DISCARD else [state])


def refused_alike(file: Application, action: Action, world: World, typed: dict[str, Any]) -> None:
    """Who may not take a step reads the same sentence before and after trying."""
    by = world.chamber_approver
    client = reader(by)
    (choice,) = [choice for choice in available_actions(file, by) if choice.action == action]
    page = client.get(address(file, action))
    assert said(choice.breaches[0]) in text(page)
    assert "disabled" in page.content.decode()
    answer = client.post(address(file, action), fields(page) | typed)
    assert answer.status_code == 422
    assert said(choice.breaches[0]) in text(answer)
    assert count(file, action) == 0


def test_what_is_missing_is_said_all_at_once_and_nothing_typed_is_lost() -> None:
    world = world_of_today()
    file, client = walked(State.INELIGIBLE)(world), reader(world.approver)
    sent = opened(client, file, Action.REJECT) | {"reason": "Trop court.", "motive": "other"}
    answer = client.post(address(file, Action.REJECT), sent)
    assert answer.status_code == 422
    assert "au moins 20 caractères" in text(answer)
    assert "Trop court." in answer.content.decode()
    assert 'value="other"' in answer.content.decode()
    empty = client.post(address(file, Action.REJECT), fields(answer))
    assert empty.status_code == 422
    assert count(file, Action.REJECT) == 0


def test_two_tabs_on_one_file_are_told_and_nothing_is_lost() -> None:
    world = world_of_today()
    file, client = walked(State.ELIGIBLE)(world), reader(world.approver)
    sent = opened(client, file, Action.SEND_BACK) | {"reason": walk.REASON}
    from grants.actions.lifecycle import transfer

    transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key())
    answer = client.post(address(file, Action.SEND_BACK), sent)
    assert answer.status_code == 409
    assert "a changé depuis que vous l\u2019avez ouvert" in text(answer)
    assert "Transféré à un autre conseiller" in text(answer)
    assert "chamber_manager" in text(answer)
    assert walk.REASON in text(answer)
    assert count(file, Action.SEND_BACK) == 0
    again = client.post(address(file, Action.SEND_BACK), fields(answer) | {"reason": walk.REASON})
    assert again.status_code == 302
    assert count(file, Action.SEND_BACK) == 1


def test_a_step_that_frees_money_tells_what_is_available_before_and_after() -> None:
    world = world_of_today()
    client = reader(world.advisor)
    for state, action in ((State.ELIGIBLE, Action.WITHDRAW), (State.APPROVED, Action.WITHDRAW)):
        file = walked(state)(world)
        page = client.get(address(file, action))
        before = world.refresh().position.available_cents
        assert (page.context["freed"], page.context["available"], page.context["then"]) == (
            1_500_00,
            before,
            before + 1_500_00,
        )
        assert "Rendu au fonds" in text(page)
    pending = client.get(address(walked(State.SUBMITTED)(world), Action.WITHDRAW))
    assert "Rendu au fonds" not in text(pending)


def test_money_freed_after_a_fund_was_closed_goes_back_to_the_landlord() -> None:
    world = world_of_today()
    file = walked(State.APPROVED)(world)
    fund_action(world, FundAction.CLOSE, on=today())
    page = reader(world.advisor).get(address(file, Action.WITHDRAW))
    assert page.context["then"] == page.context["available"]


def test_what_is_asked_for_is_what_the_charter_looks_at() -> None:
    criteria = [CriterionSpec("headcount", {"op": "<", "n": 10})]
    papers = [{"kind": "vat_return", "timing": "before_decision"}, {"kind": "bail", "timing": "before_decision"}]
    world = open_fund(criteria=criteria, required_documents=papers)
    page = reader(world.assessor).get(address(walk.walk_to(world, State.SUBMITTED), Action.REQUEST_INFO))
    groups = page.context["form"].fields["wanted"].choices
    assert [[value for value, _label in group[1]] for group in groups] == [["headcount"], ["vat_return", "bail"]]
    bare = open_fund()
    page = reader(bare.assessor).get(address(walk.walk_to(bare, State.SUBMITTED), Action.REQUEST_INFO))
    ((_name, facts),) = page.context["form"].fields["wanted"].choices
    assert {"annual_turnover_cents", "headcount"} <= {value for value, _label in facts}
    assert "arrears_cents" not in {value for value, _label in facts}


def test_arrears_are_read_as_people_write_them() -> None:
    world = world_of_today()
    file, client = walked(State.SUBMITTED)(world), reader(world.payer)
    sent = opened(client, file, Action.SUPPLY) | {"arrears": "1 234,50 €", "arrears_on": "2020-02-29"}
    assert client.post(address(file, Action.SUPPLY), sent).status_code == 302
    facts = Application.objects.get(pk=file.pk).facts
    assert (facts["arrears_cents"], facts["arrears_on"]) == (1_234_50, "2020-02-29")


def test_an_answer_gives_what_was_asked_for_and_what_is_missing_stays_to_be_given() -> None:
    criteria = [CriterionSpec("annual_turnover", {"op": "<", "cents": 100_00})]
    papers = [{"kind": "bail", "timing": "before_decision"}]
    world = world_of_today(criteria=criteria, required_documents=papers)
    file = walk.walk_to(world, State.SUBMITTED, on=today())
    file = walk.request_info(world, file, today(), ["annual_turnover_cents", "headcount", "bail"])
    client = reader(world.advisor)
    page = client.get(address(file, Action.ANSWER))
    assert walk.MESSAGE in text(page)
    assert said("Il manque : bail signé") in text(page)
    sent = fields(page) | {"annual_turnover": "12 345,60", "evidence_annual_turnover_cents": "vat_return"}
    refusal = client.post(address(file, Action.ANSWER), sent | {"headcount": ""})
    assert refusal.status_code == 422
    assert list(refusal.context["form"].errors) == ["headcount"]
    assert 'value="12 345,60"' in refusal.content.decode()
    upload = Upload("bail", *PDF, visibility=Visibility.BOTH)
    attached = documents.attach(application=file, upload=upload, by=world.advisor, key=key())
    page = client.get(address(attached, Action.ANSWER))
    assert "bail signé : jointe" in text(page)
    answer = client.post(address(file, Action.ANSWER), sent | fields(page) | {"headcount": "2"})
    assert answer.status_code == 302, text(answer)
    facts = Application.objects.get(pk=file.pk).facts
    assert (facts["annual_turnover_cents"], facts["headcount"]) == (12_345_60, 2)
    assert facts["evidence"] == {"annual_turnover_cents": "vat_return"}


def test_a_row_half_filled_in_is_pointed_at_and_what_is_unknown_stays_to_be_given() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED, on=today())
    file = walk.request_info(world, file, today(), ["other_aid"])
    client = reader(world.advisor)
    sent = opened(client, file, Action.ANSWER)
    half = client.post(address(file, Action.ANSWER), sent | {"aid_0_name": "Fonds de solidarité"})
    assert half.status_code == 422
    assert half.context["form"].errors["aid_0_status"]
    assert 'value="Fonds de solidarité"' in half.content.decode()
    unknown = client.post(address(file, Action.ANSWER), sent)
    assert "autres aides" in text(unknown)
    assert client.post(address(file, Action.ANSWER), sent | {"aid_any": "none"}).status_code == 302


def test_one_comes_back_to_the_list_one_came_from() -> None:
    world = world_of_today()
    file, client = walked(State.INFO_REQUESTED)(world), reader(world.assessor)
    page = client.get(address(file, Action.REMIND) + "?q=essai&order=newest")
    answer = client.post(address(file, Action.REMIND) + "?q=essai&order=newest", fields(page))
    assert answer.headers["Location"] == reverse("grants:application", args=[file.uuid]) + "?order=newest&q=essai"


@pytest.mark.parametrize("action", ["approve", "offer", "x"])
def test_other_steps_have_no_such_page(action: str) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    assert reader(world.advisor).get(reverse("grants:act", args=[file.uuid, action])).status_code == 404


def test_a_strangers_file_is_not_there() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    assert reader(open_fund().advisor).get(address(file, Action.WITHDRAW)).status_code == 404


@pytest.mark.parametrize("lines", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.ELIGIBLE, lease=tenant_with_lease(world, months=MONTHS[:lines]))
    client = reader(world.advisor)
    with django_assert_num_queries(20):
        client.get(address(file, Action.WITHDRAW))
