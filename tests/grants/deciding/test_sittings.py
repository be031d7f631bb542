"""The decision list of a sitting: numbered without a gap, printed, kept, and found again."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from grants import ledger
from grants.actions.sittings import KIND, list_decisions
from grants.enums import Action, FundStep, Reading, State, Visibility
from grants.exceptions import BadInput, NotAllowed, RuleRefused
from grants.letters.decision_list import Decision, Sitting, as_pdf
from grants.models import DecisionList, Document, Event, ListedDecision, ReadLog
from tests.factories import OPENED_ON, World, key
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.test_approve import eligible
from tests.grants.deciding.visitor import Visitor
from tests.grants.letters.looks import pages, told_of

pytestmark = pytest.mark.django_db


def page_of(world: World) -> str:
    return reverse("grants:decision_lists", args=[world.fund.code])


def test_a_sitting_is_listed_and_its_paper_found_again() -> None:
    world = world_of_today(second_visa_threshold_cents=250_00)
    one, two, three = eligible(world, 100_00, 200_00, 300_00)
    for file in (one, two, three):
        walk.first_visa(world, file, timezone.localdate())
    visitor = Visitor(world.approver).open(page_of(world))
    assert "First visa \u2013 €300.00" in visitor.text
    events = dict(Event.objects.filter(action=Action.APPROVE).values_list("application", "pk"))

    visitor.press("Draw up the list", {"events": [str(events[one.pk]), str(events[three.pk])]}).press_again()
    made = DecisionList.objects.get()
    assert "Decision list no. 1 is drawn up and kept." in visitor.text
    assert (made.number, made.granted_cents) == (1, 100_00)
    assert made.head_digest == ledger.head(world.fund.pk).digest
    paper = Document.objects.get(kind=KIND)
    answer: Any = visitor.client.get(reverse("grants:document", args=[paper.uuid]))
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == paper.sha256
    assert paper.sha256 in visitor.text
    assert ReadLog.objects.filter(what=Reading.DOCUMENT, object_uuid=paper.uuid).count() == 1

    assert two.reference in visitor.text  # not listed yet
    visitor.press("Draw up the list")
    assert list(DecisionList.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]
    assert "All your decisions are listed." in visitor.text
    assert set(ListedDecision.objects.values_list("event", flat=True)) == set(events.values())
    assert Event.objects.filter(action=FundStep.LIST_DECISIONS).count() == 2


def test_numbers_go_on_for_each_fund_and_what_is_listed_is_listed_once() -> None:
    world, other = world_of_today(), world_of_today()
    today = timezone.localdate()
    for place in (world, other):
        for file in eligible(place, 100_00, 100_00):
            walk.first_visa(place, file, today)
    mine = list(Event.objects.filter(fund=world.fund, action=Action.APPROVE).values_list("pk", flat=True))
    first = list_decisions(fund=world.fund, day=today, events=mine[:1], by=world.approver, key=key())
    assert list_decisions(fund=other.fund, day=today, by=other.approver, key=key()).number == 1
    with pytest.raises(BadInput, match="1"):
        list_decisions(fund=world.fund, day=today, events=mine, by=world.approver, key=key())
    again = key()
    second = list_decisions(fund=world.fund, day=today, by=world.approver, key=again)
    assert list_decisions(fund=world.fund, day=today, by=world.approver, key=again) == second
    assert (first.number, second.number, second.decisions.count()) == (1, 2, 1)
    with pytest.raises(RuleRefused):
        list_decisions(fund=world.fund, day=today, by=world.approver, key=key())
    with pytest.raises(RuleRefused):  # another's decisions are not one's own
        list_decisions(fund=world.fund, day=today, by=world.approver2, key=key())
    with pytest.raises(NotAllowed):
        list_decisions(fund=world.fund, day=today, by=world.payer, key=key())


def test_refusals_second_visas_and_reversals_are_listed_with_what_they_do() -> None:
    world = world_of_today(second_visa_threshold_cents=1_000_00)
    granted, refused = walk.walk_to(world, State.APPROVED), walk.walk_to(world, State.REJECTED)
    walk.cancel(world, granted)
    walk.reverse(world, walk.walk_to(world, State.CREDITED))
    text = Visitor(world.approver2).open(page_of(world)).text
    assert "Second visa: approved \u2013 €1,500.00" in text
    assert "What remained of the approval cancelled \u2013 €1,500.00" in text
    assert "Reversal of the credit confirmed \u2013 €1,500.00" in text
    theirs = Visitor(world.approver).open(page_of(world)).text
    assert f"{refused.reference} \u2013 {refused.tenant} \u2013 Rejected" in theirs
    made = list_decisions(fund=world.fund, day=OPENED_ON, by=world.approver2, key=key())
    assert made.granted_cents == 3_000_00


def test_a_refusal_of_the_list_is_told_and_who_reads_what() -> None:
    world = world_of_today()
    (file,) = eligible(world, 100_00)
    walk.first_visa(world, file, timezone.localdate())
    visitor = Visitor(world.approver).open(page_of(world))
    visitor.press("Draw up the list", {"day": (timezone.localdate() - timedelta(days=1)).isoformat()})
    assert visitor.status == 422
    assert visitor.reasons == ["Decisions: 1 of these decisions are not yours of that day, or stand on a list already."]
    visitor.open(page_of(world)).press("Draw up the list", {"events": []})
    assert visitor.status == 422
    visitor.open(page_of(world)).press("Draw up the list")

    # Who decided by which delegation of powers is the landlord's to read, and an external auditor's.
    paper = DecisionList.objects.get().document
    assert paper.visibility == Visibility.LANDLORD
    for person, reads in ((world.payer, True), (world.auditor, True), (world.assessor, False)):
        other = Visitor(person).open(page_of(world))
        assert (paper.sha256 in other.text) is reads
        assert "Draw up the list" not in other.buttons()
        assert other.client.get(reverse("grants:document", args=[paper.uuid])).status_code == (200 if reads else 404)


def test_the_paper_keeps_its_totals_with_its_signature_on_the_last_page() -> None:
    world = world_of_today()
    decisions = [
        Decision(f"essai-{n}", "Café & <Bar> de l\u2019Oise \u2013 Ōsaka", "Accordé", 100_00, 100_00, 0, timezone.now())
        for n in range(60)
    ]
    world.fund.code = "l'oise&co"
    with translation.override("fr"):
        paper = as_pdf(
            Sitting(
                fund=world.fund,
                number=7,
                approver="Une décideuse",
                delegations=[],
                on=OPENED_ON,
                made_at=timezone.now(),
                decisions=decisions,
                head_number=12,
                head_digest="a" * 64,
            )
        )
    found = pages(paper)
    assert [f"page {n} sur 3" in page for n, page in enumerate(found, start=1)] == [True] * 3
    assert told_of(paper) == ("fr", True, set())
    assert "l'oise&co" in found[1]  # the foot reads no markup
