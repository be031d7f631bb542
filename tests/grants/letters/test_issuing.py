"""Issuing and sending: once, by whom it may be, frozen by the database; and what should have been sent and wasn't."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions import reversal
from grants.actions.erasing import erase
from grants.actions.letters import issue, issue_statement, kinds_of, mark_sent
from grants.enums import Action, Delivery, LetterKind, RequestKind, ReversalReason, State
from grants.exceptions import ActionRefused, BadInput, KeyReused, NotAllowed, RuleRefused
from grants.letters.composing import Issue, compose
from grants.letters.due import to_issue, unsent
from grants.letters.facts import facts_of
from grants.letters.paper import as_pdf
from grants.models import Event, Letter
from grants.permissions import memberships
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.letters.looks import content, event_of, facts, issued, letterhead, words

pytestmark = pytest.mark.django_db


def test_the_issued_copy_is_what_its_row_says() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    letter = issued(world, file, Action.APPROVE)
    assert (letter.number, letter.kind, letter.language, letter.amount_cents) == (1, "award", "fr", 1_500_00)
    assert hashlib.sha256(content(letter)).hexdigest() == letter.sha256
    assert str(letter.file.name).startswith("letters/")
    given = Issue(language="fr", dated=OPENED_ON, number=1, code=letter.code)
    assert content(letter) == as_pdf(compose(facts(file, Action.APPROVE), given))
    assert "n° 1" in words(content(letter))
    event = Event.objects.get(action="issue_letter")
    assert event.data == {"letter": str(letter.uuid), "number": 1, "kind": "award", "sha256": letter.sha256}
    assert event.done() == "Courrier établi\u00a0: notification d’accord"


def test_pressed_twice_it_is_issued_once_and_never_a_second_time() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    given = {"key": key(), "on": OPENED_ON}
    letter = issued(world, file, Action.APPROVE, **given)
    assert issued(world, file, Action.APPROVE, **given) == letter
    with pytest.raises(KeyReused):
        issued(world, file, Action.APPROVE, language="en", **given)
    with pytest.raises(RuleRefused, match="sous le numéro 1"):
        issued(world, file, Action.APPROVE, role="approver")
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "state", "may"),
    [
        (Action.SUBMIT, State.SUBMITTED, {"advisor", "advisor2", "chamber_manager"}),
        (Action.REQUEST_INFO, State.INFO_REQUESTED, {"advisor", "advisor2", "chamber_manager"}),
        (Action.APPROVE, State.APPROVED, {"approver", "approver2", "payer", "landlord_manager", "manager"}),
        (Action.REJECT, State.REJECTED, {"approver", "approver2", "payer", "landlord_manager", "manager"}),
    ],
)
def test_the_chamber_writes_its_letters_and_the_landlord_its_own(action: Action, state: State, may: set[str]) -> None:
    world = open_fund()
    file = walk.walk_to(world, state)
    allowed = set()
    for name in world.people:
        try:
            with transaction.atomic():
                issued(world, file, action, role=name)
                allowed.add(name)
                transaction.set_rollback(True)
        except NotAllowed:
            pass
    assert allowed == may
    kinds = kinds_of(memberships(world.advisor, world.fund.pk, OPENED_ON))
    assert kinds == [LetterKind.RECEIPT, LetterKind.INFORMATION]


def test_what_asks_for_no_letter_and_what_no_longer_holds() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    with pytest.raises(RuleRefused, match="Aucun courrier"):
        issued(world, file, Action.ASSESS_FAVOURABLE)
    walk.withdraw(world, file)
    with pytest.raises(RuleRefused, match="n’a plus lieu d’être"):
        issued(world, file, Action.APPROVE)
    other = walk.walk_to(world, State.APPROVED)
    with pytest.raises(BadInput, match="en français ou en anglais"):
        issued(world, other, Action.APPROVE, language="xx")


def test_a_tenant_is_written_to_in_the_language_of_the_last_letter() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    assert issued(world, file, Action.APPROVE, language="en").language == "en"
    assert issued(world, file, Action.CREDIT).language == "en"
    letterhead(world.landlord, language="en")
    assert issued(world, walk.walk_to(world, State.REJECTED), Action.REJECT).language == "en"


def sent(world: World, letter: Letter, **given: Any) -> Letter:
    asked = {"channel": Delivery.POST, "sent_on": OPENED_ON, "by": world.payer, "key": key(), "on": OPENED_ON}
    return mark_sent(letter=letter, **asked | given)


def test_how_and_when_it_was_sent_is_recorded_once() -> None:
    world = open_fund()
    letter = issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE)
    with pytest.raises(NotAllowed):
        sent(world, letter, by=world.advisor)
    for day in (OPENED_ON - timedelta(days=1), OPENED_ON + timedelta(days=1)):
        with pytest.raises(RuleRefused, match="daté du 05/05/2020"):
            sent(world, letter, sent_on=day)
    given = {"key": key()}
    done = sent(world, letter, **given)
    assert (done.sent_on, done.channel, done.sent_by) == (OPENED_ON, "post", world.payer)
    assert sent(world, letter, **given) == done
    with pytest.raises(RuleRefused, match="déjà enregistré, le 05/05/2020"):
        sent(world, letter)
    assert Event.objects.filter(action="send_letter").get().data["channel"] == "post"


@pytest.mark.parametrize(
    "change",
    ["sha256 = repeat('0', 64)", "number = 7", "amount_cents = 1", "file = 'x'", "code = 'x'", "dated = '2020-01-01'"],
)
def test_the_database_lets_nobody_change_an_issued_letter(change: str) -> None:
    world = open_fund()
    issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE grants_letter SET " + change)  # noqa: S608 - of the parameters above


def test_nor_take_back_that_it_was_sent_nor_delete_it() -> None:
    world = open_fund()
    letter = sent(world, issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE))
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Letter.objects.update(sent_on=None, sent_at=None, sent_by=None, channel="")
    with pytest.raises(DatabaseError, match="erasure"), transaction.atomic():
        letter.delete()


def test_a_fund_statement_is_as_at_a_day() -> None:
    world = open_fund()
    walk.walk_to(world, State.CREDITED)
    given = {"fund": world.fund, "as_at": OPENED_ON, "key": key(), "on": OPENED_ON}
    for name in ("advisor", "approver", "payer"):
        with pytest.raises(NotAllowed):
            issue_statement(by=world.people[name], **given)
    with pytest.raises(BadInput, match="à venir"):
        issue_statement(by=world.landlord_manager, **given | {"as_at": OPENED_ON + timedelta(days=1)})
    letter = issue_statement(by=world.landlord_manager, **given)
    assert issue_statement(by=world.landlord_manager, **given) == letter
    said = words(content(letter))
    assert "Au 5 mai 2020, le fonds a accordé 1 500,00 € à 1 entreprise ; il reste 38 500,00 € à accorder." in said
    assert "Dotation, pour un plafond de 40 000,00 € 40 000,00 €" in said
    assert "Imputé 1 Total 1" in said
    assert letter.name == "00001-etat-du-fonds-2020-05-05.pdf"


def test_what_should_have_been_sent_and_was_not() -> None:
    world = open_fund()
    credited = walk.walk_to(world, State.CREDITED)
    rejected = walk.walk_to(world, State.REJECTED)
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    withdrawn = walk.walk_to(world, State.APPROVED)
    walk.withdraw(world, withdrawn)
    walk.ask_undo(world, credited, reason=ReversalReason.DOUBLE_AID, notice_sent_on=OPENED_ON)
    due = {(event.application_id, event.action) for event in to_issue(world.fund)}
    assert due == {
        (credited.pk, "approve"),
        (credited.pk, "credit"),
        (credited.pk, "ask_reverse"),
        (rejected.pk, "reject"),
        (asked.pk, "request_info"),
        (asked.pk, "submit"),
    }
    letter = issued(world, rejected, Action.REJECT)
    assert to_issue(world.fund, [LetterKind.REFUSAL]).count() == 0
    assert list(unsent()) == [letter]
    sent(world, letter)
    assert not unsent()


def test_an_undone_credit_and_an_older_request_ask_for_no_letter() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.INFO_REQUESTED)
    walk.request_info(world, walk.answer(world, file))
    assert to_issue(world.fund, [LetterKind.INFORMATION]).get() == event_of(file, Action.REQUEST_INFO)
    reversed_ = walk.walk_to(world, State.REVERSED)
    undone = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, undone, kind=RequestKind.UNCREDIT)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    due = {(event.application_id, event.action) for event in to_issue(world.fund)}
    assert {action for file, action in due if file == reversed_.pk} == set()
    assert {action for file, action in due if file == undone.pk} == {"approve"}


def test_many_are_read_in_as_many_queries_as_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_fund()
    files = [walk.walk_to(world, State.CREDITED) for _n in range(3)]
    events = [event_of(file, Action.APPROVE) for file in files]
    for count in (1, 3):
        with django_assert_num_queries(2):
            told = facts_of(events[:count])
            for one in told:
                as_pdf(compose(one, Issue(language="fr", dated=OPENED_ON)))
        assert len(told) == count


def test_a_letter_goes_with_the_erasure_of_its_file() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.REJECTED)
    letter = issued(world, file, Action.REJECT)
    storage, name = letter.file.storage, letter.file.name
    assert storage.exists(name)
    later = OPENED_ON.replace(year=2026)
    erase(application=file, by=User.objects.system(), key=key(), on=later)
    assert not Letter.objects.exists()
    assert not storage.exists(name)


def test_a_refused_letter_leaves_no_file(settings: Any) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    issued(world, file, Action.APPROVE)
    before = len(list(settings.MEDIA_ROOT.rglob("*.pdf")))
    with pytest.raises(ActionRefused):
        issue(event=event_of(file, Action.APPROVE), by=world.payer, key=key(), on=OPENED_ON)
    assert len(list(settings.MEDIA_ROOT.rglob("*.pdf"))) == before
