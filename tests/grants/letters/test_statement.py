"""A fund statement as at a day: files and commitments as they stood then, whatever was done since."""

from datetime import timedelta

import pytest
from django.utils.formats import date_format

from grants.actions import reversal
from grants.actions.charters import draft_charter
from grants.actions.commitments import keep_commitment, reopen_commitment
from grants.actions.version_rules import Promise
from grants.enums import FundAction, State
from grants.letters.fund_statement import standing
from grants.models import Commitment
from tests.factories import OPENED_ON, World, charter_terms, fund_action, key, open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db


def test_files_are_counted_as_they_stood() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    later = OPENED_ON + timedelta(days=40)
    request = walk.ask_undo(world, file, on=later)
    reversal.reverse(request=request, by=world.approver2, key=key(), on=later)
    walk.walk_to(world, State.SUBMITTED, on=later)
    assert standing(world.refresh(), OPENED_ON).files == [(State.CREDITED, 1)]
    assert standing(world.refresh(), later).files == [(State.SUBMITTED, 1), (State.REVERSED, 1)]


def test_commitments_are_told_as_they_stood() -> None:
    world = open_fund()
    amend(world, Promise("Aucune révision des loyers", OPENED_ON + timedelta(days=2)))
    given = {"commitment": Commitment.objects.get(), "by": world.landlord_manager}
    day = [OPENED_ON + timedelta(days=n) for n in range(40)]
    keep_commitment(kept_on=day[1], key=key(), on=day[10], **given)
    reopen_commitment(note=walk.REASON, key=key(), on=day[20], **given)
    keep_commitment(kept_on=day[20], key=key(), on=day[30], **given)
    amend(world, Promise("Aucune pénalité"), after=35)
    assert told(world, 5) == ["En retard de 3 jours"]
    assert told(world, 10) == [f"Tenue le {date_format(day[1], 'SHORT_DATE_FORMAT')}"]
    assert told(world, 20) == ["En retard de 18 jours"]
    assert told(world, 30) == [f"Tenue le {date_format(day[20], 'SHORT_DATE_FORMAT')}"]
    assert told(world, 35) == ["Pas encore tenue\u00a0; la charte ne fixe pas de date"]


def test_a_fund_closed_since_was_open_then() -> None:
    world = open_fund()
    amend(world, Promise("Aucune révision des loyers", OPENED_ON))
    for action in (FundAction.SUSPEND, FundAction.CLOSE):
        fund_action(world, action, on=OPENED_ON + timedelta(days=3))
    assert told(world, 2) == ["En retard de 2 jours"]
    assert told(world, 3) == ["En retard depuis le 05/05/2020"]


def amend(world: World, promise: Promise, after: int = 0) -> None:
    on = OPENED_ON + timedelta(days=after)
    terms = charter_terms(signed_on=on, starts_on=on)
    by = world.landlord_manager
    charter = draft_charter(fund=world.fund, commitments=[promise], by=by, key=key(), on=on, **terms)
    fund_action(world, FundAction.AMEND, charter=charter, on=on)


def told(world: World, after: int) -> list[str]:
    promises = standing(world.refresh(), OPENED_ON + timedelta(days=after)).promises
    return [promise.sentence() for promise in promises]
