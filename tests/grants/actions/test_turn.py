"""What every action has in common: exactly once by its key, its value date, what the event keeps, what is told."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from grants import ledger
from grants.actions import assessment, crediting, decision, documents, filing, funding, lifecycle, reversal, turn
from grants.actions.documents import Upload
from grants.actions.readable import KEY_LIMIT
from grants.enums import Action, Channel, FundState, RejectionReason, RequestKind, ReversalReason, State
from grants.exceptions import BadInput, KeyReused, RuleRefused
from grants.models import Application, Event, EventDetail, Fund, ReliefLine
from tests.factories import OPENED_ON, PDF, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import everything, refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Given = dict[str, Any]


def request_on(kind: RequestKind) -> Callable[[World, Application], Given]:
    """The argument of a step that settles a request, which is made first."""

    def make(world: World, file: Application) -> Given:
        request = walk.ask_cancel(world, file) if kind == RequestKind.CANCEL else walk.ask_undo(world, file, kind=kind)
        return {"request": request}

    return make


def lines(_world: World, file: Application) -> Given:
    return {"lines": walk.line_ids(file)}


def amended(world: World, _file: Application) -> Given:
    """An amended charter to apply; the step itself has no arguments."""
    walk.amend(world)
    return {}


def reminded(world: World, file: Application) -> Given:
    """The first day on which silence closes a file that was reminded."""
    assessment.remind(application=file, by=world.assessor, key=key(), on=OPENED_ON)
    return {"on": OPENED_ON + walk.PAST_DUE_DAYS * DAY}


ELSEWHERE = {Action.CREATE, Action.DISCARD, Action.WARN_EXPIRY, Action.EXPIRE, Action.OFFER, Action.LAPSE_OFFER}
"""Done once, too: see test_filing and test_waiting."""

# Action -> (function, state, who, its own arguments, what makes it another request).
CALLS: dict[Action, tuple[Callable[..., Application], State, str, Any, Given]] = {
    Action.EDIT: (filing.edit, State.DRAFT, "advisor", {"facts": {"headcount": 1}}, {"facts": {"headcount": 2}}),
    Action.SUBMIT: (filing.submit, State.DRAFT, "advisor", {}, {}),
    Action.ATTACH: (
        documents.attach,
        State.DRAFT,
        "advisor",
        {"upload": Upload("other", "a.pdf", PDF[1])},
        {"upload": Upload("other", "a.txt", b"b")},
    ),
    Action.SUPPLY: (
        lifecycle.supply,
        State.SUBMITTED,
        "payer",
        {"facts": {"arrears_cents": 0, "arrears_on": "2020-02-29"}},
        {"facts": {"arrears_cents": 1, "arrears_on": "2020-02-29"}},
    ),
    Action.REQUEST_INFO: (
        assessment.request_info,
        State.SUBMITTED,
        "assessor",
        {"wanted": ["headcount"], "message": "a"},
        {"message": "b"},
    ),
    Action.ANSWER: (filing.answer, State.INFO_REQUESTED, "advisor", {"facts": {"headcount": 1}}, {"facts": {}}),
    Action.REMIND: (assessment.remind, State.INFO_REQUESTED, "assessor", {}, {}),
    Action.LAPSE: (assessment.lapse, State.INFO_REQUESTED, "assessor", reminded, {}),
    Action.ASSESS_FAVOURABLE: (
        assessment.assess_favourable,
        State.SUBMITTED,
        "assessor",
        {"no_conflict": True},
        {"amounts": {0: 0}},
    ),
    Action.ASSESS_UNFAVOURABLE: (
        assessment.assess_unfavourable,
        State.SUBMITTED,
        "assessor",
        {"reason": walk.REASON, "no_conflict": True},
        {"reason": walk.REASON + "!"},
    ),
    Action.APPROVE: (decision.approve, State.ELIGIBLE, "approver", {"no_conflict": True}, {"amounts": {0: 0}}),
    Action.SEND_BACK: (
        decision.send_back,
        State.ELIGIBLE,
        "approver",
        {"reason": walk.REASON},
        {"reason": walk.REASON + "!"},
    ),
    Action.REJECT: (
        decision.reject,
        State.ELIGIBLE,
        "approver",
        {"motive": RejectionReason.FUND_EXHAUSTED},
        {"motive": RejectionReason.EVIDENCE_MISSING},
    ),
    Action.CREDIT: (
        crediting.credit,
        State.APPROVED,
        "payer",
        lambda world, file: {**lines(world, file), "voucher": walk.voucher()},
        {"voucher": walk.voucher(ref="AV-2")},
    ),
    Action.ASK_CANCEL_LINES: (
        reversal.ask_cancel_lines,
        State.APPROVED,
        "payer",
        lambda world, file: {**lines(world, file), "reason": ReversalReason.NOT_NEEDED},
        {"reason": ReversalReason.LEASE_ENDED},
    ),
    Action.ASK_REVERSE: (
        reversal.ask_reverse,
        State.CREDITED,
        "payer",
        lambda world, file: {
            **lines(world, file),
            "kind": RequestKind.REVERSE,
            "reason": ReversalReason.LEASE_ENDED,
        },
        {"notice_sent_on": OPENED_ON},
    ),
    Action.CANCEL_LINES: (reversal.cancel_lines, State.APPROVED, "approver", request_on(RequestKind.CANCEL), {}),
    Action.REVERSE: (reversal.reverse, State.CREDITED, "approver", request_on(RequestKind.UNCREDIT), {}),
    Action.REFUSE_REQUEST: (
        reversal.refuse_request,
        State.CREDITED,
        "approver",
        lambda world, file: {**request_on(RequestKind.REVERSE)(world, file), "reason": walk.REASON},
        {"reason": walk.REASON + "!"},
    ),
    Action.WITHDRAW: (
        lifecycle.withdraw,
        State.APPROVED,
        "advisor",
        {"requested_on": OPENED_ON, "channel": Channel.EMAIL},
        {"channel": Channel.PHONE},
    ),
    Action.TRANSFER: (lifecycle.transfer, State.DRAFT, "chamber_manager", lambda world, _: {"to": world.advisor2}, {}),
    Action.APPLY_NEW_VERSION: (
        lifecycle.apply_new_version,
        State.SUBMITTED,
        "landlord_manager",
        amended,
        {},
    ),
    Action.REOPEN: (
        lifecycle.reopen,
        State.REJECTED,
        "chamber_manager",
        {"reason": walk.REASON},
        {"reason": walk.REASON + "!"},
    ),
}


def test_every_action_is_here_or_elsewhere() -> None:
    assert set(CALLS) | ELSEWHERE == set(Action)


@pytest.mark.parametrize("action", CALLS)
def test_an_action_is_done_once_by_its_key(action: Action) -> None:
    world = open_fund()
    function, state, name, own, other = CALLS[action]
    file = walk.walk_to(world, state)
    given = dict(own(world, file) if callable(own) else own)
    if "request" not in given:
        given["application"] = file
    same = {"by": getattr(world, name), "key": key(), "on": given.pop("on", OPENED_ON)}
    first = function(**given, **same)
    event = walk.outcome(first)
    assert (event.action, event.user, event.on, event.key) == (action, *(same[name] for name in ("by", "on", "key")))
    before = everything()
    again = function(**given, **same)
    # The first outcome, also when it is asked for on a later day or once the fund has moved on.
    later = function(**given, **{**same, "on": same["on"] + DAY})
    assert again.outcome == later.outcome == event
    assert (again.pk, again.state, again.version) == (first.pk, first.state, first.version)
    assert everything() == before
    if other:
        with refused(KeyReused, "key_reused"):
            function(**{**given, **other}, **same)


def test_a_key_is_of_one_person_and_one_action() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.INFO_REQUESTED)
    same = key()
    assessment.remind(application=file, by=world.assessor, key=same, on=OPENED_ON)
    filing.answer(application=file, facts={"headcount": 1}, by=world.advisor, key=same, on=OPENED_ON)
    eligible = assessment.assess_favourable(
        application=file, no_conflict=True, by=world.assessor, key=same, on=OPENED_ON
    )
    assert eligible.state == State.ELIGIBLE


def test_a_key_tells_two_files_apart() -> None:
    world = open_fund()
    first, second = (walk.draft(world) for _ in range(2))
    same = key()
    filing.submit(application=first, by=world.advisor, key=same, on=OPENED_ON)
    with refused(KeyReused, "key_reused"):
        filing.submit(application=second, by=world.advisor, key=same, on=OPENED_ON)


@pytest.mark.parametrize("unusable", ["", "x" * (KEY_LIMIT + 1)])
def test_a_key_is_needed_and_has_a_limit(unusable: str) -> None:
    world = open_fund()
    draft = walk.draft(world)
    with refused(BadInput, "key"):
        filing.submit(application=draft, by=world.advisor, key=unusable, on=OPENED_ON)
    longest = "x" * KEY_LIMIT
    assert filing.submit(application=draft, by=world.advisor, key=longest, on=OPENED_ON).state == State.SUBMITTED


def test_a_refusal_is_not_remembered() -> None:
    world = open_fund()
    draft = walk.draft(world)
    filing.edit(application=draft, lines=[], by=world.advisor, key=key(), on=OPENED_ON)
    same: Given = {"application": draft, "by": world.advisor, "key": key(), "on": OPENED_ON}
    with refused(RuleRefused, "no_lines"):
        filing.submit(**same)
    filing.edit(
        application=draft,
        lines=walk.asks_of(tenant_with_lease(world, tenant=draft.tenant)),
        by=world.advisor,
        key=key(),
        on=OPENED_ON,
    )
    assert filing.submit(**same).state == State.SUBMITTED


# The value date.


def test_a_value_date_is_neither_to_come_nor_before_the_last_movement_nor_in_closed_books() -> None:
    world = open_fund()
    draft = walk.draft(world)
    walk.walk_to(world, State.ELIGIBLE, on=OPENED_ON + 2 * DAY)
    with refused(RuleRefused, "earlier_date"):
        walk.submit(world, draft, OPENED_ON + DAY)
    tomorrow = timezone.localdate() + DAY
    with refused(RuleRefused, "future_date"):
        walk.submit(world, draft, tomorrow)
    funding.close_books(
        fund=world.fund, until=OPENED_ON + 9 * DAY, by=world.landlord_manager, key=key(), on=OPENED_ON + 10 * DAY
    )
    with refused(RuleRefused, "earlier_date", "books_closed"):
        walk.submit(world, draft, OPENED_ON + DAY)
    with refused(RuleRefused, "books_closed"):
        walk.submit(world, draft, OPENED_ON + 9 * DAY)
    assert walk.submit(world, draft, OPENED_ON + 10 * DAY).submitted_on == OPENED_ON + 10 * DAY


def test_without_a_value_date_an_action_is_of_today_in_paris() -> None:
    world = open_fund(filing_deadline=date(2199, 12, 31), ends_on=date(2199, 12, 31))
    submitted = filing.submit(application=walk.draft(world), by=world.advisor, key=key())
    assert submitted.submitted_on == ledger.today() == walk.outcome(submitted).on


def test_ledger_rows_bear_the_events_value_date_and_time() -> None:
    world = open_fund()
    eligible = walk.walk_to(world, State.ELIGIBLE, on=OPENED_ON + DAY)
    event = walk.outcome(eligible)
    rows = list(ledger.journal(world.fund.pk))[-3:]
    assert {(row.event_id, row.value_date, row.posted_at) for row in rows} == {(event.pk, OPENED_ON + DAY, event.at)}
    assert {row.charter_id for row in rows} == {eligible.charter_id}
    assert [row.relief_line_id for row in rows] == walk.line_ids(eligible)


# The event.


def test_words_are_kept_apart_and_the_event_keeps_their_digest() -> None:
    world = open_fund()
    event = walk.outcome(walk.walk_to(world, State.INELIGIBLE))
    detail = event.detail
    text = json.dumps(detail.detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert event.detail_digest == hashlib.sha256(f"{detail.salt}\n{text}".encode()).hexdigest()
    assert walk.REASON not in json.dumps(event.data)
    # Retention may erase the words; what they said can't be guessed from the digest without the salt.
    other = walk.outcome(walk.walk_to(world, State.INELIGIBLE))
    assert other.detail.detail == detail.detail
    assert other.detail_digest != event.detail_digest
    EventDetail.objects.filter(event=event).delete()
    assert Event.objects.get(pk=event.pk).detail_digest == event.detail_digest


def test_every_change_of_a_file_is_numbered() -> None:
    world = open_fund()
    draft = walk.draft(world)
    assert draft.version == 2
    assert walk.submit(world, draft).version == 3


# What only the database could see.


@turn.action
def claim_past_the_rules(line: ReliefLine) -> None:
    """Claims a line as an action of another fund would that ran at the same time."""
    ReliefLine.objects.filter(pk=line.pk).update(state="claimed")


@turn.action
def post_past_the_rules(world: World) -> None:
    """Repeats the fund's last ledger row with an amount that is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO grants_ledgerentry
            SELECT (jsonb_populate_record(entry, '{"amount_cents": 0}')).* FROM grants_ledgerentry entry
            WHERE fund_id = %s
            """,
            [world.fund.pk],
        )


@turn.action
def fail_otherwise(world: World) -> None:
    Fund.objects.create(code=world.fund.code, name="", landlord=world.landlord)


def test_a_month_that_was_taken_at_the_same_time_is_a_refusal() -> None:
    world = open_fund()
    lease = tenant_with_lease(world)
    walk.walk_to(world, State.SUBMITTED, lease=lease)
    late = walk.draft(world, lease=lease)
    with refused(RuleRefused, "month_taken"):
        claim_past_the_rules(late.lines.all()[0])


def test_what_the_ledger_refuses_is_a_refusal_and_the_rest_is_an_error() -> None:
    world = open_fund()
    with refused(RuleRefused, "amount"):
        post_past_the_rules(world)
    with pytest.raises(IntegrityError):
        fail_otherwise(world)


def test_a_fund_in_preparation_takes_no_step() -> None:
    fund = Fund(code="essai", state=FundState.DRAFT)
    assert [breach.code for breach in turn.fund_breaches(fund, Action.CREATE)] == ["fund_draft"]
