"""What no row could keep is refused with its place, whichever action is asked: never a traceback, nothing changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from grants.actions import assessment, crediting, decision, documents, filing, funding, lifecycle, members, reversal
from grants.actions.charters import create_fund, draft_charter
from grants.actions.documents import Upload
from grants.actions.filing import Ask, Mandate
from grants.actions.members import Membership
from grants.actions.readable import LOST, unreadable
from grants.actions.turn import action
from grants.actions.version_rules import Promise
from grants.eligibility import CriterionSpec
from grants.enums import (
    Channel,
    DocumentTiming,
    FundAction,
    MandateKind,
    RejectionReason,
    Role,
    Side,
    State,
    Visibility,
)
from grants.exceptions import ActionRefused, BadInput, KeyReused
from grants.models import Application, Fund
from tests.factories import MONTHS, OPENED_ON, PDF, World, charter_terms, key, open_fund, prepared_fund, user
from tests.grants import walk
from tests.grants.actions.refusal import refused

pytestmark = pytest.mark.django_db

Action = Callable[[], Any]
Asking = Callable[[World], Action]
"""Prepares what an action is about, and returns the action: asked by somebody who may, for something odd."""

NUL, HALF_A_PAIR = "Un motif d'essai assez long\0", "Un motif d'essai assez long\ud800"
LONG = "x" * 10_000
TOO_LARGE = 2**63


def ask(function: Callable[..., Any], who: str, about: State | None = None, **given: Any) -> Asking:
    """`about`: an application in this state; else the fund, unless `given` names what it is about."""

    def prepare(world: World) -> Action:
        subject = {"application": walk.walk_to(world, about)} if about else {"fund": world.fund}
        asked = {"by": getattr(world, who), "key": key(), "on": OPENED_ON, **subject, **given}
        return partial(function, **asked)

    return prepare


def edit(**given: Any) -> Asking:
    return ask(filing.edit, "advisor", State.DRAFT, **given)


def edit_line(**changes: Any) -> Asking:
    def prepare(world: World) -> Action:
        draft = walk.draft(world)
        line = Ask(draft.lines.all()[0].lease_id, MONTHS[0], "rent", 500_00)
        asked = {"application": draft, "lines": [replace(line, **changes)]}
        return partial(filing.edit, by=world.advisor, key=key(), on=OPENED_ON, **asked)

    return prepare


def attach(**changes: Any) -> Asking:
    upload = Upload(**{"kind": "bail", "name": "bail.pdf", "content": PDF[1]} | changes)
    return ask(documents.attach, "advisor", State.DRAFT, upload=upload)


def judge(function: Callable[..., Any], who: str, about: State, cents: object) -> Asking:
    """An opinion or a visa, with this amount for the first line."""

    def prepare(world: World) -> Action:
        file = walk.walk_to(world, about)
        asked = {"application": file, "amounts": {walk.line_ids(file)[0]: cents}, "no_conflict": True}
        return partial(function, by=getattr(world, who), key=key(), on=OPENED_ON, **asked)

    return prepare


def credit(**changes: Any) -> Asking:
    def prepare(world: World) -> Action:
        file = walk.walk_to(world, State.APPROVED)
        asked = {"application": file, "lines": walk.line_ids(file), "voucher": walk.voucher(**changes)}
        return partial(crediting.credit, by=world.payer, key=key(), on=OPENED_ON, **asked)

    return prepare


def refuse_request(reason: str) -> Asking:
    def prepare(world: World) -> Action:
        request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED))
        return partial(
            reversal.refuse_request, request=request, reason=reason, by=world.approver, key=key(), on=OPENED_ON
        )

    return prepare


def create(**changes: Any) -> Asking:
    def prepare(world: World) -> Action:
        asked = {"code": "nouveau", "name": "Fonds inventé", "landlord": world.landlord, "key": key()} | changes
        return partial(create_fund, by=world.admin, on=OPENED_ON, **asked)

    return prepare


def propose(step: FundAction, **given: Any) -> Asking:
    return ask(funding.propose, "landlord_manager", action=step, **given)


def refuse(reason: str) -> Asking:
    def prepare(_world: World) -> Action:
        world = open_fund()  # One proposal of a kind is open at a time.
        proposal = propose(FundAction.SUSPEND)(world)()
        return partial(funding.refuse, proposal=proposal, reason=reason, by=world.approver, key=key(), on=OPENED_ON)

    return prepare


APPROVER = {"side": Side.LANDLORD, "role": Role.APPROVER, "starts_on": OPENED_ON, "authority_ref": "délégation"}


def name(**changes: Any) -> Asking:
    def prepare(world: World) -> Action:
        return ask(members.propose_member, "landlord_manager", user=user(), **APPROVER | changes)(world)

    return prepare


def record(**changes: Any) -> Asking:
    def prepare(_world: World) -> Action:
        world = prepared_fund()
        first = Membership(user=user(), **APPROVER | changes)
        return partial(
            members.record_first_members, fund=world.fund, members=[first], by=world.admin, key=key(), on=OPENED_ON
        )

    return prepare


def draft(criteria: Any = (), commitments: Any = (), **terms: Any) -> Asking:
    given = {"criteria": criteria, "commitments": commitments, **charter_terms(**terms)}
    return ask(draft_charter, "landlord_manager", **given)


def order(text: str) -> CriterionSpec:
    return CriterionSpec("closed_by_order", {"text": text, "starts_on": "2020-03-15", "ends_on": "2020-05-11"})


def headcount(article: str) -> CriterionSpec:
    return CriterionSpec("headcount", {"op": "<=", "n": 10}, article)


def required(kind: object) -> dict[str, Any]:
    return {"required_documents": [{"kind": kind, "timing": "at_filing"}]}


AID: dict[str, Any] = {"period": "2020-03", "status": "asked"}
SUBMITTED, ELIGIBLE = State.SUBMITTED, State.ELIGIBLE

# Where a text goes -> the action asked with it, and the pointer to it.
TEXTS: Mapping[str, tuple[Callable[[str], Asking], str]] = {
    "key": (lambda text: ask(filing.submit, "advisor", State.DRAFT, key=text), "key"),
    "edit, contact": (lambda text: edit(contact=(text, Channel.EMAIL)), "contact/0"),
    "edit, fact": (lambda text: edit(facts={"other_aid": [{"name": text, **AID}]}), "facts/other_aid/0/name"),
    "edit, component": (lambda text: edit_line(component=text), "lines/0/component"),
    "attach, kind": (lambda text: attach(kind=text), "kind"),
    "attach, name": (lambda text: attach(name=text), "name"),
    "supply": (
        lambda text: ask(lifecycle.supply, "payer", SUBMITTED, facts={"arrears_on": text}),
        "facts/arrears_on",
    ),
    "request_info, wanted": (
        lambda text: ask(assessment.request_info, "assessor", SUBMITTED, wanted=["headcount", text], message=""),
        "wanted/1",
    ),
    "request_info, message": (
        lambda text: ask(assessment.request_info, "assessor", SUBMITTED, wanted=["headcount"], message=text),
        "message",
    ),
    "answer": (
        lambda text: ask(filing.answer, "advisor", State.INFO_REQUESTED, facts={"headcount": text}),
        "facts/headcount",
    ),
    "assess_favourable": (
        lambda text: ask(
            assessment.assess_favourable, "assessor", SUBMITTED, no_conflict=True, resolved={"headcount": text}
        ),
        "resolved/headcount",
    ),
    "assess_unfavourable": (
        lambda text: ask(assessment.assess_unfavourable, "assessor", SUBMITTED, no_conflict=True, reason=text),
        "reason",
    ),
    "approve": (
        lambda text: ask(decision.approve, "approver", ELIGIBLE, no_conflict=True, reason=text),
        "reason",
    ),
    "send_back": (lambda text: ask(decision.send_back, "approver", ELIGIBLE, reason=text), "reason"),
    "reject": (
        lambda text: ask(decision.reject, "approver", SUBMITTED, motive=RejectionReason.OTHER, reason=text),
        "reason",
    ),
    "credit, reference": (lambda text: credit(ref=text), "voucher/1"),
    "credit, notice": (lambda text: credit(applied_to_notice=text), "voucher/3"),
    "refuse_request": (refuse_request, "reason"),
    "reopen": (lambda text: ask(lifecycle.reopen, "chamber_manager", State.REJECTED, reason=text), "reason"),
    "create_fund, key": (lambda text: create(key=text), "key"),
    "create_fund, code": (lambda text: create(code=text), "code"),
    "create_fund, name": (lambda text: create(name=text), "name"),
    "propose, reason": (lambda text: propose(FundAction.SUSPEND, reason=text), "reason"),
    "propose, paper": (lambda text: propose(FundAction.CLOSE, signed_pdf=(text, PDF[1])), "signed_pdf/0"),
    "refuse": (refuse, "reason"),
    "propose_member, authority": (lambda text: name(authority_ref=text), "authority_ref"),
    "propose_member, paper": (lambda text: name(signed_delegation=(text, PDF[1])), "signed_delegation/0"),
    "record_first_members": (lambda text: record(authority_ref=text), "members/0/authority_ref"),
    "draft_charter, justification": (
        lambda text: draft(aid_regime_justification=text),
        "terms/aid_regime_justification",
    ),
    "draft_charter, document": (lambda text: draft(**required(text)), "terms/required_documents/0/kind"),
    "draft_charter, article": (lambda text: draft([headcount(text)]), "criteria/0/2"),
    "draft_charter, criterion": (lambda text: draft([order(text)]), "criteria/0/1/text"),
    "draft_charter, commitment": (lambda text: draft((), [Promise(text)]), "commitments/0/text"),
}


@pytest.fixture
def world() -> World:
    return open_fund()


@pytest.mark.parametrize("place", TEXTS)
def test_a_text_that_cannot_be_kept_is_refused(world: World, place: str) -> None:
    asking, pointer = TEXTS[place]
    for text in (NUL, HALF_A_PAIR):
        odd = asking(text)(world)
        with refused(BadInput, "unreadable") as refusal:
            odd()
        assert refusal.value.breaches[0].pointer == pointer


# Where an amount goes -> the action asked with it.
AMOUNTS: Mapping[str, Callable[[Any], Asking]] = {
    "edit": lambda cents: edit_line(asked_cents=cents),
    "assess_favourable": partial(judge, assessment.assess_favourable, "assessor", SUBMITTED),
    "approve": partial(judge, decision.approve, "approver", ELIGIBLE),
    "propose": lambda cents: propose(FundAction.WITHDRAW_ENDOWMENT, amount_cents=cents, signed_pdf=PDF),
    "propose_member": lambda cents: name(limit_cents=cents),
    "record_first_members": lambda cents: record(limit_cents=cents),
    "draft_charter, ceiling": lambda cents: draft(ceiling_cents=cents),
    "draft_charter, cap": lambda cents: draft(cap_per_siren_cents=cents),
}
NEEDED = ("edit", "assess_favourable", "approve", "propose", "draft_charter, ceiling")
"""Where an amount can't be left out."""


@pytest.mark.parametrize("place", AMOUNTS)
def test_an_amount_is_a_whole_number_of_cents(world: World, place: str) -> None:
    for cents in (True, 1.5, Decimal(5), "5", TOO_LARGE, -TOO_LARGE, 10**5000, [5]):
        odd = AMOUNTS[place](cents)(world)
        with refused(BadInput, "unreadable"):
            odd()


@pytest.mark.parametrize("place", AMOUNTS)
def test_an_amount_is_neither_negative_nor_left_out(world: World, place: str) -> None:
    for cents in (-1, None) if place in NEEDED else (-1,):
        odd = AMOUNTS[place](cents)(world)
        with pytest.raises(BadInput) as refusal:
            odd()
        assert len(refusal.value.breaches) == 1
        assert str(refusal.value)


@pytest.mark.parametrize(
    ("asking", "code", "pointer"),
    [
        (draft(reservation_days=True), "field", "reservation_days"),
        (draft(reservation_days="5"), "field", "reservation_days"),
        (draft(signed_on="2020-05-05"), "field", "signed_on"),
        (draft(reservation_days=1.5), "unreadable", "terms/reservation_days"),
        (draft(signed_on=date(1, 1, 1)), "unreadable", "terms/signed_on"),
        (edit(facts={"headcount": 1.5}), "unreadable", "facts/headcount"),
        (edit(facts={"headcount": TOO_LARGE}), "unreadable", "facts/headcount"),
        (edit(facts={"\ud800": 1}), "unreadable", "facts/\\ud800"),
        (edit(facts={5: 1}), "unreadable", "facts/5"),
        (edit(mandate=Mandate(date(1, 1, 1), MandateKind.SIGNED)), "unreadable", "mandate/on"),
        (edit_line(lease_id=TOO_LARGE), "unreadable", "lines/0/lease_id"),
        (credit(on=date(1, 1, 1)), "unreadable", "voucher/2"),
        (edit(on=datetime(2020, 5, 5, tzinfo=UTC)), "unreadable", "on"),
        (edit(key=5), "key", "key"),
        (name(authority_ref="x" * 201), "too_long", "authority_ref"),
        (record(authority_ref="x" * 201), "too_long", "members/0/authority_ref"),
        (create(name="x" * 201), "too_long", "name"),
        (draft([headcount(""), headcount("x" * 101)]), "too_long", "criteria/1/article"),
        (draft(**required("x" * 61)), "required_document", "required_documents/0"),
        (attach(kind="x" * 61), "document_kind", "kind"),
        (edit(contact=("x" * 201, Channel.EMAIL)), "contact", "contact"),
    ],
)
def test_other_oddities_are_refused(world: World, asking: Asking, code: str, pointer: str) -> None:
    odd = asking(world)
    with refused(BadInput, code) as refusal:
        odd()
    assert refusal.value.breaches[0].pointer == pointer


@pytest.mark.parametrize("asking", [credit(ref=LONG), credit(applied_to_notice=LONG)])
def test_a_voucher_is_named_in_few_characters(world: World, asking: Asking) -> None:
    odd = asking(world)
    with pytest.raises(ActionRefused) as refusal:
        odd()
    assert len(refusal.value.breaches) == 1


def test_a_required_document_is_a_kind_and_a_timing(world: World) -> None:
    for wanted in (
        ["a"],
        {"a": 1},
        "kbis",
        5,
        [{"kind": 5, "timing": "at_filing"}],
        [{"kind": ["x"], "timing": "at_filing"}],
        [{"kind": " ", "timing": "at_filing"}],
        [{"kind": "a", "timing": ["x"]}],
        [{"kind": "a", "timing": "later"}],
    ):
        odd = draft(required_documents=wanted)(world)
        with refused(BadInput, "required_document"):
            odd()


def test_the_longest_texts_are_kept(world: World) -> None:
    assert name(authority_ref="x" * 200)(world)().authority_ref == "x" * 200
    assert create(name="x" * 200)(world)().name == "x" * 200
    drafted = draft([headcount("x" * 100)], **required("x" * 60))(world)()
    assert drafted.criteria.get().article == "x" * 100
    assert drafted.required_documents[0]["kind"] == "x" * 60


def test_all_that_cannot_be_kept_is_said_at_once(world: World) -> None:
    odd = edit(facts={"headcount": 0.5, "craft_registered": NUL}, contact=(HALF_A_PAIR, Channel.EMAIL), key="")(world)
    with refused(BadInput, "key", "unreadable", "unreadable", "unreadable"):
        odd()


def test_what_can_be_kept() -> None:
    request = {
        "text": "Émile, 😀, \u2028", "flag": True, "largest": 2**63 - 1, "day": date(1900, 1, 1), "side": Side.CHAMBER,
        "none": None, "x_cents": None, "amounts": {"1": 0}, "list": [(1, "a"), {"b_cents": -5}],
    }  # fmt: skip
    assert unreadable(request) == []


@pytest.mark.parametrize("value", [b"x", {1}, ..., 0.5, date(2200, 1, 1), {None: 1}, {"a": [{"\0": 1}]}], ids=repr)
def test_what_cannot_be_kept(value: object) -> None:
    (breach,) = unreadable({"list": [value]})
    assert breach.code == "unreadable"
    assert breach.pointer.startswith("list/0")
    assert str(breach)


@action
def write_past_the_rules(fund: Fund) -> None:
    """Writes what only the database finds too long."""
    Fund.objects.filter(pk=fund.pk).update(name=LONG)


def test_what_only_the_database_noticed_is_a_refusal_too(world: World) -> None:
    with refused(BadInput, LOST.code):
        write_past_the_rules(world.fund)


# What is asked is hashed, all of it: the same key for anything else is refused.

PAPER = Upload("bail", "bail.pdf", PDF[1], Visibility.CHAMBER, DocumentTiming.AT_FILING)
DECLARED: dict[str, Any] = {"no_conflict": True, "reason": walk.REASON}
REPLAYS: Mapping[str, tuple[Callable[..., Any], str, State, dict[str, Any], dict[str, Any]]] = {
    "attach, name": (
        documents.attach, "advisor", State.DRAFT, {"upload": PAPER}, {"upload": replace(PAPER, name="b.pdf")}
    ),
    "attach, visibility": (
        documents.attach, "advisor", State.DRAFT, {"upload": PAPER},
        {"upload": replace(PAPER, visibility=Visibility.BOTH)},
    ),
    "attach, timing": (
        documents.attach, "advisor", State.DRAFT, {"upload": PAPER}, {"upload": replace(PAPER, timing=None)}
    ),
    "approve": (decision.approve, "approver", ELIGIBLE, DECLARED, {"no_conflict": False}),
    "assess_unfavourable": (
        assessment.assess_unfavourable, "assessor", SUBMITTED, DECLARED, {"no_conflict": False}
    ),
    "assess_favourable": (
        assessment.assess_favourable, "assessor", SUBMITTED, {"no_conflict": True}, {"no_conflict": False}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REPLAYS)
def test_another_request_under_the_same_key_is_told_apart(world: World, case: str) -> None:
    function, who, about, given, other = REPLAYS[case]
    file = walk.walk_to(world, about)
    same = {"application": file, "by": getattr(world, who), "key": key(), "on": OPENED_ON}
    first: Application = function(**same, **given)
    assert function(**same, **given).outcome == first.outcome
    with refused(KeyReused, "key_reused"):
        function(**same, **given | other)


def test_another_paper_name_under_the_same_key_is_told_apart(world: World) -> None:
    asked = propose(FundAction.CLOSE, signed_pdf=PDF)(world)
    assert asked() == asked()
    with refused(KeyReused, "key_reused"):
        asked(signed_pdf=("autre.pdf", PDF[1]))  # type: ignore[call-arg]
