"""Cancel and undo: a payer asks, another person settles, with the amount, the notice and the fund before and after."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grants import ledger
from grants.enums import RequestState, State
from grants.models import Application, ReversalRequest
from tests.factories import OPENED_ON
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor, words

pytestmark = pytest.mark.django_db

REASON = "The lease runs until the end of the year."


def ask_page(file: Application) -> str:
    return reverse("grants:ask_reverse", args=[file.uuid])


def settle_page(request: ReversalRequest) -> str:
    return reverse("grants:settle_request", args=[request.uuid])


def test_a_payer_asks_to_cancel_a_line_and_another_person_confirms_it() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.APPROVED)
    line = file.lines.earliest("month")
    payer = Visitor(world.payer).open(ask_page(file))
    payer.press("Check, then confirm", {"lines": str(line.pk), "reason": "not_needed"})
    assert payer.title == f"Ask to undo €500.00 of {file.tenant}?"
    assert "the lines are cancelled and their money is available again" in payer.text
    payer.press("Send the request").press_again()
    request = ReversalRequest.objects.get()
    assert "asked by" in payer.text

    assert "is reserved to: approver (landlord)" in payer.open(settle_page(request)).text
    assert payer.buttons() == []
    approver = Visitor(world.approver2).open(settle_page(request))
    assert "€500.00" in approver.text
    assert ["Available", "€38,500.00", "€39,000.00"] in approver.rows("before and after")
    approver.press("Confirm the request").press_again()
    assert ledger.position(world.fund.pk).available_cents == 39_000_00
    assert approver.address == reverse("grants:application", args=[file.uuid])
    done = f"The request on {file.reference} is confirmed (cancel uncredited lines): €500.00."
    assert done in words(approver.page)
    assert "settled already" in approver.open(settle_page(request)).text


def test_taking_a_credit_back_needs_a_notice_and_waits_for_the_reply() -> None:
    world = world_of_today(reply_days=30)
    file = walk.walk_to(world, State.CREDITED)
    payer = Visitor(world.payer).open(ask_page(file))
    assert "The tenant then has 30 days to reply." in payer.text
    typed = {"kind": "reverse", "lines": [str(pk) for pk in walk.line_ids(file)], "reason": "false_statement"}
    payer.press("Check, then confirm", typed)
    assert any("Send the tenant a notice first" in reason for reason in payer.reasons)
    today = timezone.localdate()
    payer.press("Check, then confirm", {"notice_sent_on": today.isoformat()}).press("Send the request")

    approver = Visitor(world.approver2).open(settle_page(ReversalRequest.objects.get()))
    assert "Notice sent on" in approver.text
    assert "The tenant may reply until" in approver.text
    assert "Confirm the request" not in approver.buttons()
    ReversalRequest.objects.update(reply_until=today - timedelta(days=1))
    approver.open(approver.address).press("Confirm the request")
    assert Application.objects.get(pk=file.pk).state == State.REVERSED


def test_a_clerical_error_is_another_kind_and_a_wrong_cause_is_told() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.CREDITED)
    payer = Visitor(world.payer).open(ask_page(file))
    typed = {"kind": "uncredit", "lines": [str(pk) for pk in walk.line_ids(file)], "reason": "lease_ended"}
    payer.press("Check, then confirm", typed)
    assert payer.reasons == [
        "Reason: “the lease ended” is no reason to undo a clerical credit. Possible here: clerical error."
    ]
    payer.press("Check, then confirm", {"reason": "clerical_error"})
    assert "approved again, to be credited by the right voucher" in payer.text


def test_only_what_its_lines_can_be_asked_for_is_offered() -> None:
    """Before a credit there is none to take back, after it nothing to cancel: neither its reasons nor its notice."""
    world = world_of_today()
    payer = Visitor(world.payer).open(ask_page(walk.walk_to(world, State.APPROVED)))
    assert payer.options("reason") == [
        "the lease ended",
        "false statement",
        "aided twice for the same month",
        "no longer needed",
    ]
    assert "Notice sent to the tenant on" not in payer.text
    assert "needs a notice first" not in payer.text
    payer.open(ask_page(walk.walk_to(world, State.CREDITED)))
    assert payer.options("reason") == [
        "clerical error",
        "the lease ended",
        "false statement",
        "aided twice for the same month",
    ]
    assert "Notice sent to the tenant on" in payer.text


def test_an_approver_refuses_with_a_reason() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, file, OPENED_ON)
    approver = Visitor(world.approver2).open(settle_page(request))
    approver.press("Refuse the request", {"reason": "no"})
    assert any("at least 20 characters" in reason for reason in approver.reasons)
    approver.press("Refuse the request", {"reason": REASON})
    assert ReversalRequest.objects.get().state == RequestState.REFUSED
    assert f"The request on {file.reference} is refused: €1,500.00 stays as it was." in words(approver.page)
    assert "Settled by" in approver.open(settle_page(request)).text


def test_what_can_be_asked_of_no_line_says_why() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    assert "can't be done while the application is" in Visitor(world.payer).open(ask_page(file)).text
    credited = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, credited, OPENED_ON)
    text = Visitor(world.payer).open(ask_page(credited)).text
    assert "03/2020 is already in an open request." in text
    assert "Requests" in text


def test_a_strangers_request_is_not_there() -> None:
    world, other = world_of_today(), world_of_today()
    request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED), OPENED_ON)
    assert Visitor(other.approver).client.get(settle_page(request)).status_code == 404
