"""Letters issued, sent and set aside by several people at the same moment."""

from functools import partial

import pytest

from grants.actions.letters import issue, mark_sent, set_aside
from grants.enums import Action, Delivery, State
from grants.models import Letter
from tests.factories import OPENED_ON, key, open_fund
from tests.grants import walk
from tests.grants.letters.looks import content, event_of, issued
from tests.grants.parallel import at_once, done, refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_letter_is_issued_once_and_numbers_have_no_gap() -> None:
    world = open_fund()
    events = [event_of(walk.walk_to(world, State.APPROVED), Action.APPROVE) for _n in range(2)]
    people = [world.payer, world.approver, world.landlord_manager]
    outcomes = at_once(
        [partial(issue, event=event, by=by, key=key(), on=OPENED_ON) for event in events for by in people]
    )
    assert {str(refusal) for refusal in refused(outcomes)} == {
        f"Ce courrier a déjà été établi, sous le numéro {number}." for number in (1, 2)
    }
    letters = done(outcomes)
    assert sorted(letter.number for letter in letters) == [1, 2]
    assert {letter.event for letter in letters} == set(events)
    assert all(content(letter) for letter in Letter.objects.all())


def test_it_is_sent_or_set_aside_and_never_both() -> None:
    world = open_fund()
    letters = [issued(world, walk.walk_to(world, State.APPROVED), Action.APPROVE) for _n in range(3)]
    for letter in letters:
        sent = {"channel": Delivery.POST, "sent_on": OPENED_ON, "by": world.landlord_manager}
        outcomes = at_once(
            [
                partial(set_aside, letter=letter, by=world.payer, key=key(), on=OPENED_ON),
                partial(mark_sent, letter=letter, key=key(), on=OPENED_ON, **sent),
            ]
        )
        assert len(done(outcomes)) == 1
        found = Letter.objects.get(pk=letter.pk)
        assert (found.sent_on is None) != (found.set_aside_on is None)
