"""Recording the landlord's commitments: who may, from which state, and what is left of it in the history."""

from datetime import timedelta

import pytest

from grants.actions.charters import draft_charter
from grants.actions.commitments import keep_commitment, reopen_commitment
from grants.actions.version_rules import Promise
from grants.enums import FundAction, FundStep
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.models import Commitment, Event
from tests.factories import OPENED_ON, ROLES, World, charter_terms, key, open_fund
from tests.grants.actions.proposals import confirmed, proposed

pytestmark = pytest.mark.django_db

NOTE = "Courrier du 4 mai aux locataires."


def commitment_of(world: World, *, in_force: bool = True) -> Commitment:
    terms = charter_terms(signed_on=OPENED_ON)
    promise = Promise("Aucune pénalité de retard")
    charter = draft_charter(
        fund=world.fund, commitments=[promise], by=world.landlord_manager, key=key(), on=OPENED_ON, **terms
    )
    if in_force:
        confirmed(world, proposed(world, FundAction.AMEND, charter=charter))
    return Commitment.objects.select_related("charter").get(charter=charter)


def keep(world: World, commitment: Commitment, **changes: object) -> Commitment:
    given = {"kept_on": OPENED_ON, "note": NOTE, "by": world.landlord_manager, "key": key(), "on": OPENED_ON}
    return keep_commitment(commitment=commitment, **given | changes)


def test_it_is_recorded_with_its_date_and_note() -> None:
    world = open_fund()
    commitment = commitment_of(world)
    kept = keep(world, commitment, kept_on=OPENED_ON - timedelta(days=1))
    assert kept.kept_on == OPENED_ON - timedelta(days=1)
    event = Event.objects.get(action=FundStep.KEEP_COMMITMENT)
    assert event.data == {"commitment": commitment.pk, "kept_on": "2020-05-04"}
    assert event.detail.detail == {"reason": NOTE}


def test_without_a_note_there_is_no_detail() -> None:
    world = open_fund()
    keep(world, commitment_of(world), note="")
    assert Event.objects.get(action=FundStep.KEEP_COMMITMENT).detail_digest == ""


def test_the_same_key_records_once() -> None:
    world = open_fund()
    commitment = commitment_of(world)
    twice = [keep(world, commitment, key="une-fois") for _n in range(2)]
    assert [one.kept_on for one in twice] == [OPENED_ON, OPENED_ON]
    assert Event.objects.filter(action=FundStep.KEEP_COMMITMENT).count() == 1
    with pytest.raises(KeyReused):
        keep(world, commitment, key="une-fois", note="Autre chose.")
    again = [
        reopen_commitment(commitment=commitment, note="Erreur.", by=world.landlord_manager, key="deux", on=OPENED_ON)
        for _n in range(2)
    ]
    assert [one.kept_on for one in again] == [None, None]
    assert Event.objects.filter(action=FundStep.REOPEN_COMMITMENT).count() == 1


def test_only_the_landlords_manager_records() -> None:
    world = open_fund()
    commitment = commitment_of(world)
    for role in set(ROLES) - {"landlord_manager"}:
        with pytest.raises(NotAllowed):
            keep(world, commitment, by=world.people[role])
        with pytest.raises(NotAllowed):
            reopen_commitment(commitment=commitment, note="Erreur.", by=world.people[role], key=key(), on=OPENED_ON)
    assert Commitment.objects.get(pk=commitment.pk).kept_on is None


def test_what_can_not_be_recorded() -> None:
    world = open_fund()
    commitment = commitment_of(world)
    with pytest.raises(BadInput) as future:
        keep(world, commitment, kept_on=OPENED_ON + timedelta(days=1))
    assert future.value.breaches[0].pointer == "kept_on"
    assert "06/05/2020" in str(future.value)
    with pytest.raises(RuleRefused) as not_kept:
        reopen_commitment(commitment=commitment, note="Erreur.", by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert not_kept.value.codes == ["not_kept"]
    keep(world, commitment)
    with pytest.raises(RuleRefused) as twice:
        keep(world, commitment)
    assert twice.value.codes == ["kept"]
    with pytest.raises(BadInput) as mute:
        reopen_commitment(commitment=commitment, note="  ", by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert mute.value.codes == ["note_missing"]


def test_a_version_not_in_force_has_nothing_to_record() -> None:
    world = open_fund()
    with pytest.raises(RuleRefused) as refused:
        keep(world, commitment_of(world, in_force=False))
    assert refused.value.codes == ["not_in_force"]
