"""A letter that was issued and no longer holds is not sent: it is told, set aside, and another one follows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.actions import reversal
from grants.actions.letters import issue, mark_sent, set_aside
from grants.desk import Kind, tasks_of
from grants.enums import Action, Delivery, LetterKind, RequestKind, State
from grants.exceptions import NotAllowed, RuleRefused
from grants.letters.due import to_issue
from grants.letters.standing import overtaken
from grants.models import Application, Event, Letter
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.letters.looks import event_of, issued
from tests.grants.views.reading import text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = OPENED_ON + 3 * DAY


def approved(world: World) -> Application:
    """March, April and May at 500 EUR."""
    return walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))


def cancel(world: World, file: Application, count: int) -> None:
    request = walk.ask_cancel(world, file, LATER, lines=walk.line_ids(file)[:count])
    reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=LATER)


def send(world: World, letter: Letter, sent_on: Any) -> Letter:
    return mark_sent(
        letter=letter, channel=Delivery.POST, sent_on=sent_on, by=world.payer, key=key(), on=LATER + 5 * DAY
    )


def aside(world: World, letter: Letter, who: str = "payer") -> Letter:
    return set_aside(letter=letter, by=world.people[who], key=key(), on=LATER)


class TestWhatNoLongerHolds:
    def test_an_award_that_was_cancelled_is_not_sent(self) -> None:
        world = open_fund()
        file = approved(world)
        letter = issued(world, file, Action.APPROVE)
        assert overtaken([letter]) == {}
        cancel(world, file, 3)
        with pytest.raises(RuleRefused, match="n’a plus lieu d’être depuis le 08/05/2020"):
            send(world, letter, LATER + DAY)
        aside(world, letter)
        assert not to_issue(world.fund, [LetterKind.AWARD])

    def test_one_that_states_more_than_stands_is_replaced(self) -> None:
        world = open_fund()
        file = approved(world)
        letter = issued(world, file, Action.APPROVE)
        cancel(world, file, 2)
        sentence = "annonce 1\u202f500,00\u00a0€\u00a0; depuis le 08/05/2020, le montant est de 500,00\u00a0€"
        with pytest.raises(RuleRefused, match=sentence):
            send(world, letter, LATER + DAY)
        aside(world, letter)
        other = issue(event=event_of(file, Action.APPROVE), by=world.payer, key=key(), on=LATER)
        assert (other.number, other.amount_cents) == (letter.number + 1, 500_00)
        assert send(world, other, LATER + DAY).sent_on == LATER + DAY

    def test_what_left_before_is_recorded_late(self) -> None:
        world = open_fund()
        file = approved(world)
        letter = issued(world, file, Action.APPROVE)
        cancel(world, file, 3)
        assert send(world, letter, OPENED_ON + DAY).sent_on == OPENED_ON + DAY
        assert overtaken([Letter.objects.get()]) == {}

    def test_a_credit_undone_and_an_answer_given(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        told = issued(world, file, Action.CREDIT)
        asked = walk.walk_to(world, State.INFO_REQUESTED)
        wanted = issued(world, asked, Action.REQUEST_INFO, role="advisor")
        request = walk.ask_undo(world, file, kind=RequestKind.UNCREDIT, lines=walk.line_ids(file)[:1])
        reversal.reverse(request=request, by=world.approver2, key=key(), on=LATER)
        statement = Letter(kind=LetterKind.STATEMENT, pk=-1)
        assert overtaken([told, wanted, statement]).keys() == {told.pk}
        walk.answer(world, asked, LATER)
        found = overtaken([told, wanted])
        assert {pk: (since, breach.code) for pk, (since, breach) in found.items()} == {
            told.pk: (LATER, "letter_states_less"),
            wanted.pk: (LATER, "letter_overtaken"),
        }

    def test_as_many_queries_for_three_as_for_one(self, django_assert_num_queries: Any) -> None:
        world = open_fund()
        files = [walk.walk_to(world, State.APPROVED) for _n in range(3)]
        letters = [issued(world, file, Action.APPROVE) for file in files]
        for file in files:
            cancel(world, file, 2)
        for some in (letters[:1], letters):
            with django_assert_num_queries(4):
                assert len(overtaken(some)) == len(some)


class TestSettingAside:
    def test_once_by_who_issues_and_never_after_it_was_sent(self) -> None:
        world = open_fund()
        letter = issued(world, approved(world), Action.APPROVE)
        with pytest.raises(NotAllowed):
            aside(world, letter, "advisor")
        again = key()
        for _time in range(2):
            done = set_aside(letter=letter, by=world.payer, key=again, on=LATER)
            assert (done.set_aside_on, done.set_aside_by, done.sent_on) == (LATER, world.payer, None)
        event = Event.objects.get(action="set_aside_letter")
        assert event.data == {"letter": str(letter.uuid), "number": 1, "kind": "award"}
        with pytest.raises(RuleRefused, match="a été écarté le 08/05/2020"):
            aside(world, letter)
        with pytest.raises(RuleRefused, match="a été écarté le 08/05/2020"):
            send(world, letter, LATER)
        other = issue(event=letter.event, by=world.payer, key=key(), on=LATER)
        send(world, other, LATER)
        with pytest.raises(RuleRefused, match="déjà enregistré"):
            aside(world, other)

    def test_the_database_refuses_both_and_half_and_a_change(self) -> None:
        world = open_fund()
        letter = aside(world, issued(world, approved(world), Action.APPROVE))
        sent: dict[str, Any] = {"sent_on": LATER, "sent_at": timezone.now(), "sent_by": world.payer, "channel": "post"}
        undone = dict.fromkeys(("set_aside_on", "set_aside_at", "set_aside_by"))
        for change in (sent, undone):
            with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
                Letter.objects.filter(pk=letter.pk).update(**change)
        other = issue(event=letter.event, by=world.payer, key=key(), on=LATER)
        for change in (sent | {"set_aside_on": LATER}, {"set_aside_on": LATER}):
            with pytest.raises(IntegrityError, match="letter_set_aside_whole_and_unsent"), transaction.atomic():
                Letter.objects.filter(pk=other.pk).update(**change)


def test_an_award_waits_for_a_request_to_take_it_back() -> None:
    world = open_fund()
    file = approved(world)
    event = event_of(file, Action.APPROVE)
    assert [group.kind for group in tasks_of(world.landlord_manager, OPENED_ON)] == [Kind.ISSUE_LETTERS]
    request = walk.ask_cancel(world, file, lines=walk.line_ids(file)[:1])
    with pytest.raises(RuleRefused, match="une demande d’annulation est en cours"):
        issue(event=event, by=world.payer, key=key(), on=OPENED_ON)
    assert tasks_of(world.landlord_manager, OPENED_ON) == []
    reversal.refuse_request(request=request, reason=walk.REASON, by=world.approver2, key=key(), on=LATER)
    assert issue(event=event, by=world.payer, key=key(), on=LATER).amount_cents == 1_500_00


class TestPages:
    def test_it_is_told_where_letters_are_sent_and_set_aside_there(self) -> None:
        world = world_of_today()
        on = timezone.localdate()
        file = walk.walk_to(world, State.APPROVED, on=on)
        waiting = walk.walk_to(world, State.APPROVED, on=on)
        letters = [issue(event=event_of(one, Action.APPROVE), by=world.payer, key=key()) for one in (file, waiting)]
        request = walk.ask_cancel(world, file, on=on)
        reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=on)
        walk.ask_cancel(world, waiting, on=on, lines=walk.line_ids(waiting)[:1])
        browser = log_in(Client(), world.payer)
        address = reverse("grants:letters", args=[world.fund.code])
        listed = text(browser.get(address, {"etat": "a-envoyer"}))
        assert f"Le courrier n° {letters[0].number} n’a plus lieu d’être" in listed
        assert f"Le courrier n° {letters[1].number} n’a plus lieu d’être" not in listed
        assert "n’a plus lieu d’être" in text(browser.get(reverse("grants:application", args=[file.uuid])))
        steps = reverse("grants:set_aside_letters", args=[world.fund.code])
        none = browser.post(steps, {"key": key()})
        assert (none.status_code, "Cochez au moins un courrier" in text(none)) == (422, True)
        given = {"key": key(), "chosen": [letters[0].pk]}
        for _time in range(2):
            done = browser.post(steps, given, follow=True)
            assert "1 courrier est écarté" in text(done)
        assert Letter.objects.filter(set_aside_on=on).count() == 1
        refused = browser.post(steps, {"key": key(), "chosen": [one.pk for one in letters]})
        assert refused.status_code == 422
        assert "1 courrier a tout de même été écarté." in text(refused)
        assert f"Le courrier n° {letters[0].number} a été écarté le" in text(refused)
        tab = text(browser.get(address, {"etat": "ecartes"}))
        assert "Écartés (2)" in tab
        assert str(world.payer) in tab
        checked = Client().get(reverse("grants:check_letter", args=[letters[0].code]))
        assert "il est sans valeur" in text(checked)
        assert "jamais envoyé" in text(browser.get(reverse("grants:application", args=[file.uuid])))

    def test_a_letter_held_back_says_why_in_the_list_of_those_to_issue(self) -> None:
        world = world_of_today()
        on = timezone.localdate()
        file = walk.walk_to(world, State.APPROVED, on=on)
        walk.ask_cancel(world, file, on=on)
        page = log_in(Client(), world.payer).get(reverse("grants:letters", args=[world.fund.code]))
        assert f"{file.reference} : une demande d’annulation" in text(page).replace("\u00a0", " ")
        assert 'name="chosen"' not in page.content.decode()
