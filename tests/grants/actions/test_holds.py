"""Suspending the erasure, and the public archives' visa."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from grants.actions import holds, retention
from grants.actions.erasing import erase
from grants.enums import State
from grants.exceptions import BadInput, NotAllowed, RuleRefused
from grants.models import (
    EliminationList,
    Erasure,
    LegalHold,
)
from tests.factories import OPENED_ON, key, open_fund
from tests.grants import walk
from tests.grants.kept import YEARS_2, clock, full, personal, run, system

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("whole_fund", [False, True])
def test_a_hold_keeps_a_file_until_it_is_lifted(whole_fund: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file, other = full(world, State.REJECTED), full(world, State.REJECTED)
    held = holds.hold(
        fund=world.fund,
        application=None if whole_fund else file,
        reason="Contrôle de l'ANCOLS (essai)",
        by=world.chamber_manager,
        key=key(),
        on=OPENED_ON,
    )
    day = YEARS_2 + timedelta(days=1)
    clock(monkeypatch, day)
    report = run(day)
    assert report.erased == ([] if whole_fund else [other.pk])
    assert report.counts()["held"] == (2 if whole_fund else 1)
    assert personal(file)
    with pytest.raises(RuleRefused) as refusal:
        erase(application=file, by=system(), key=key(), on=day)
    assert refusal.value.codes == ["held"]
    with pytest.raises(IntegrityError, match="legal hold"), transaction.atomic():
        Erasure.objects.create(application=file, rule="refused", on=day)
    holds.lift_hold(held=held, by=world.landlord_manager, key=key(), on=day)
    assert file.pk in run(day).erased
    assert personal(file) == []
    if not whole_fund:
        assert LegalHold.objects.get().reason == ""


def test_a_hold_that_came_meanwhile_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading what is due and erasing it."""
    world = open_fund()
    file = full(world, State.REJECTED)
    day = YEARS_2 + timedelta(days=1)
    clock(monkeypatch, day)
    (due,) = retention.due_files(world.fund, day)
    holds.hold(fund=world.fund, reason="Litige (essai)", by=world.landlord_manager, key=key(), on=day)
    report = retention.Report(dry=False, by_fund={world.fund.code: Counter()})
    assert not retention.erased(due, system(), day, report.by_fund[world.fund.code])
    assert report.counts() == {"refused_now": 1}
    assert retention.certify(report, day) is None
    assert personal(file)


def test_who_may_hold_and_what_a_hold_says() -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    asked: dict[str, Any] = {"fund": world.fund, "application": file, "on": OPENED_ON}
    for person in (world.advisor, world.approver, world.auditor):
        with pytest.raises(NotAllowed):
            holds.hold(**asked, reason="Litige", by=person, key=key())
    with pytest.raises(NotAllowed):
        holds.hold(**asked | {"fund": open_fund().fund}, reason="Litige", by=world.landlord_manager, key=key())
    other = open_fund()
    with pytest.raises(BadInput) as bad:
        holds.hold(**asked | {"fund": other.fund}, reason=" ", by=other.landlord_manager, key=key())
    assert bad.value.codes == ["hold_reason", "other_fund"]
    same = key()
    held = holds.hold(**asked, reason="Litige", by=world.landlord_manager, key=same)
    assert holds.hold(**asked, reason="Litige", by=world.landlord_manager, key=same) == held
    assert str(held) == f"{world.fund.pk} {file.pk}"
    with pytest.raises(RuleRefused) as refusal:
        holds.hold(**asked, reason="Autre", by=world.chamber_manager, key=key())
    assert refusal.value.codes == ["held"]
    assert file.timeline.filter(action="hold", data={"hold": held.pk}).count() == 1
    with pytest.raises(NotAllowed):
        holds.lift_hold(held=held, by=world.payer, key=key(), on=OPENED_ON)
    same = key()
    lifted = holds.lift_hold(held=held, by=world.chamber_manager, key=same, on=OPENED_ON)
    assert holds.lift_hold(held=held, by=world.chamber_manager, key=same, on=OPENED_ON) == lifted
    assert (lifted.lifted_by, lifted.lifted_on) == (world.chamber_manager, OPENED_ON)
    with pytest.raises(RuleRefused) as refusal:
        holds.lift_hold(held=held, by=world.chamber_manager, key=key(), on=OPENED_ON)
    assert refusal.value.codes == ["not_held"]
    # A hold is no hand in the file: whoever set it may still decide.
    walk.reopen(world, file)


def test_public_archives_sign_first(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    with pytest.raises(NotAllowed):
        holds.ask_archives(fund=world.fund, wanted=True, by=world.payer, key=key(), on=OPENED_ON)
    same = key()
    for _ in range(2):
        fund = holds.ask_archives(fund=world.fund, wanted=True, by=world.chamber_manager, key=same, on=OPENED_ON)
    assert fund.archives_visa
    draft, refused = full(world, State.DRAFT), full(world, State.REJECTED)
    day = YEARS_2 + timedelta(days=1)
    clock(monkeypatch, day)
    report = run(day)
    assert report.erased == [draft.pk]  # the archives take nothing that was never filed
    assert report.counts()["awaiting_visa"] == 1
    listed = EliminationList.objects.get()
    assert report.lists == [listed.pk]
    assert str(listed) == f"{world.fund.pk} {day}"
    assert [(row["application"], row["rule"], row["documents"]) for row in listed.rows] == [(refused.pk, "refused", 1)]
    assert run(day).lists == []  # listed once
    sign: dict[str, Any] = {"listed": listed, "on": day}
    with pytest.raises(NotAllowed):
        holds.record_archives_visa(**sign, reference="AD60-2022-7", by=world.assessor, key=key())
    with pytest.raises(BadInput):
        holds.record_archives_visa(**sign, reference=" ", by=world.chamber_manager, key=key())
    same = key()
    for _ in range(2):
        signed = holds.record_archives_visa(**sign, reference="AD60-2022-7", by=world.chamber_manager, key=same)
    assert (signed.visa_ref, signed.visa_on) == ("AD60-2022-7", day)
    with pytest.raises(RuleRefused):
        holds.record_archives_visa(**sign, reference="AD60-2022-8", by=world.chamber_manager, key=key())
    assert run(day).erased == [refused.pk]
    assert personal(refused) == []
