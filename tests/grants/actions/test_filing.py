"""The advisor's steps: a draft claims nothing; submitting it claims its months and gives it a rank."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from grants.actions import documents, filing
from grants.actions.contents import content_digest
from grants.actions.documents import Upload
from grants.actions.filing import Ask, Mandate
from grants.enums import Channel, DocumentTiming, FundAction, LineState, MandateKind, State
from grants.exceptions import BadInput, KeyReused, RuleRefused
from grants.models import Application, Event, EventDetail
from landlords.enums import Component
from tests.factories import MONTHS, OPENED_ON, PDF, World, fund_action, key, open_fund, tenant_with_lease
from tests.factories_landlords import lease as lease_of_another
from tests.factories_landlords import tenant as new_tenant
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
TOMORROW = OPENED_ON + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return open_fund()


def edit(world: World, draft: Application, **given: Any) -> Application:
    return filing.edit(**{"application": draft, "by": world.advisor, "key": key(), "on": OPENED_ON} | given)


# A draft.


def test_a_draft_has_a_reference_and_claims_nothing(world: World) -> None:
    tenant = tenant_with_lease(world).tenant
    first, second = (
        filing.create(fund=world.fund, tenant=tenant, by=world.advisor, key=key(), on=OPENED_ON) for _ in range(2)
    )
    assert (first.reference, second.reference) == (f"{world.fund.code}-0001", f"{world.fund.code}-0002")
    assert (first.state, first.rank, first.advisor, first.siren) == (State.DRAFT, None, world.advisor, tenant.siren)
    assert first.charter == world.charter
    event = walk.outcome(first)
    assert (event.action, event.from_state, event.to_state, event.data) == (
        "create",
        "",
        "draft",
        {"tenant": tenant.pk},
    )
    assert (event.user, event.on, event.detail_digest) == (world.advisor, OPENED_ON, "")


def test_a_draft_is_for_a_tenant_of_the_funds_landlord(world: World) -> None:
    with refused(RuleRefused, "other_landlord"):
        filing.create(fund=world.fund, tenant=new_tenant(), by=world.advisor, key=key(), on=OPENED_ON)


def test_a_draft_is_opened_once_by_its_key(world: World) -> None:
    asked: dict[str, Any] = {"fund": world.fund, "by": world.advisor, "key": key(), "on": OPENED_ON}
    tenant = tenant_with_lease(world).tenant
    first = filing.create(**asked, tenant=tenant)
    again = filing.create(**asked, tenant=tenant)
    assert (again, again.outcome) == (first, first.outcome)
    with refused(KeyReused, "key_reused"):
        filing.create(**asked, tenant=tenant_with_lease(world).tenant)
    assert Application.objects.count() == 1


@pytest.mark.parametrize("name", ["assessor", "approver", "payer", "chamber_manager", "auditor", "admin"])
def test_only_an_advisor_opens_a_draft(world: World, name: str) -> None:
    tenant = tenant_with_lease(world).tenant
    with not_allowed():
        filing.create(fund=world.fund, tenant=tenant, by=getattr(world, name), key=key(), on=OPENED_ON)


def test_no_draft_in_a_closed_fund_but_one_in_a_suspended_fund(world: World) -> None:
    tenant = tenant_with_lease(world).tenant
    fund_action(world, FundAction.SUSPEND)
    assert filing.create(fund=world.fund, tenant=tenant, by=world.advisor, key=key(), on=OPENED_ON).pk
    fund_action(world, FundAction.CLOSE)
    with refused(RuleRefused, "fund_closed"):
        filing.create(fund=world.fund, tenant=tenant, by=world.advisor, key=key(), on=OPENED_ON)


def test_editing_replaces_what_is_given_and_leaves_the_rest(world: World) -> None:
    lease = tenant_with_lease(world, charges_cents=80_00)
    draft = walk.draft(world, lease=lease, facts={"headcount": 2})
    assert [(line.month, line.component, line.asked_cents, line.state) for line in draft.lines.all()] == [
        (month, component, cents, LineState.DRAFT)
        for month in MONTHS
        for component, cents in (("charges", 80_00), ("rent", 500_00))
    ]
    assert {line.premises_id for line in draft.lines.all()} == {lease.premises_id}
    one = [Ask(lease.pk, MONTHS[0], Component.RENT, 100_00)]
    edited = edit(world, draft, lines=one)
    assert [line.asked_cents for line in edited.lines.all()] == [100_00]
    assert (edited.facts, edited.mandate_on, edited.contact_name) == ({"headcount": 2}, OPENED_ON, draft.contact_name)
    assert walk.outcome(edited).data == {"changed": ["lines"]}
    edited = edit(world, draft, mandate=Mandate(OPENED_ON, MandateKind.ORAL), contact=("Autre", Channel.PHONE))
    assert (edited.mandate_kind, edited.contact_name, edited.contact_channel) == ("oral", "Autre", "phone")
    assert walk.outcome(edited).data == {"changed": ["mandate", "contact"]}
    assert not EventDetail.objects.filter(event=walk.outcome(edited)).exists()


def test_a_line_takes_the_vat_rate_last_called(world: World) -> None:
    lease = tenant_with_lease(world, vat_regime="debits")
    for call in lease.rent_calls.all():
        call.vat_rate_bp, call.vat_cents, call.gross_cents = 2000, call.net_cents // 5, call.net_cents * 6 // 5
        call.save()
    assert {line.vat_rate_bp for line in walk.draft(world, lease=lease).lines.all()} == {2000}


def test_what_facts_were_before_and_after_is_kept_apart_from_the_event(world: World) -> None:
    draft = walk.draft(world, facts={"headcount": 2})
    edited = edit(world, draft, facts={"headcount": 3, "other_aid": []})
    assert walk.outcome(edited).data == {"changed": ["facts"]}
    assert walk.outcome(edited).detail.detail == {
        "facts": {"before": {"headcount": 2}, "after": {"headcount": 3, "other_aid": []}}
    }


def test_all_that_a_draft_cannot_hold_is_said_at_once(world: World) -> None:
    lease = tenant_with_lease(world)
    draft = walk.draft(world, lease=lease)
    lines = [
        Ask(lease_of_another().pk, MONTHS[0], Component.RENT, 1_00),
        Ask(lease.pk, date(2020, 3, 2), Component.RENT, 1_00),
        Ask(lease.pk, MONTHS[1], Component.RENT, 0),
        Ask(lease.pk, MONTHS[1], Component.RENT, 1_00),
        Ask(lease.pk, MONTHS[1], "parking", 1_00),
    ]
    with refused(
        BadInput, "lease", "month", "amount", "twice", "component", "fact_supplier", "mandate_date", "contact"
    ) as caught:
        edit(
            world,
            draft,
            lines=lines,
            facts={"arrears_cents": 0},
            mandate=Mandate(TOMORROW, MandateKind.SIGNED),
            contact=("x" * 201, Channel.EMAIL),
        )
    assert [breach.pointer for breach in caught.value.breaches] == [
        "lines/0/lease",
        "lines/1/month",
        "lines/2/asked_cents",
        "lines/3",
        "lines/4/component",
        "facts/arrears_cents",
        "mandate/on",
        "contact",
    ]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"requested_cents": 1}, "fact_supplier"),
        ({"leases": []}, "fact_supplier"),
        ({"shoe_size": 43}, "unknown_field"),
        ({"headcount": "many"}, "unreadable"),
    ],
)
def test_facts_that_cannot_be_read_or_are_not_the_tenants_are_refused(world: World, facts: Any, code: str) -> None:
    draft = walk.draft(world)
    with refused(BadInput, code):
        edit(world, draft, facts=facts)


def test_only_the_advisor_in_charge_edits_and_only_a_draft(world: World) -> None:
    draft = walk.draft(world)
    with not_allowed("not_in_charge"):
        edit(world, draft, by=world.advisor2, facts={})
    with not_allowed():
        edit(world, draft, by=world.assessor, facts={})
    walk.submit(world, draft)
    with refused(RuleRefused, "wrong_state"):
        edit(world, draft, facts={})


# Discarding.


def test_discarding_deletes_the_draft_with_its_files_and_keeps_its_events(world: World) -> None:
    asked = {"fund": world.fund, "tenant": tenant_with_lease(world).tenant, "by": world.advisor, "key": key()}
    draft = filing.create(**asked, on=OPENED_ON)
    upload = Upload("sworn_statement", "attestation.pdf", PDF[1])
    documents.attach(application=draft, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    (document,) = draft.documents.all()
    assert default_storage.exists(str(document.file.name))
    discarding: dict[str, Any] = {"application": draft, "by": world.advisor, "key": key(), "on": OPENED_ON}
    event = filing.discard(**discarding)
    assert (event.action, event.from_state, event.to_state) == ("discard", "draft", "")
    assert event.data == {"reference": draft.reference, "application": str(draft.uuid)}
    assert not Application.objects.exists()
    assert not default_storage.exists(str(document.file.name))
    actions = Event.objects.filter(application_id=draft.pk).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["create", "attach", "discard"]
    assert filing.discard(**discarding) == event
    with refused(RuleRefused, "discarded"):
        filing.create(**asked, on=OPENED_ON)
    with refused(RuleRefused, "discarded"):
        walk.submit(world, draft)


def test_a_filed_application_is_not_discarded(world: World) -> None:
    application = walk.walk_to(world, State.SUBMITTED)
    with refused(RuleRefused, "wrong_state"):
        filing.discard(application=application, by=world.advisor, key=key(), on=OPENED_ON)
    with not_allowed("not_in_charge"):
        filing.discard(application=application, by=world.advisor2, key=key(), on=OPENED_ON)


# Submitting.


def test_submitting_claims_the_months_and_gives_the_rank(world: World) -> None:
    submitted = [walk.walk_to(world, State.SUBMITTED) for _ in range(2)]
    assert [application.rank for application in submitted] == [1, 2]
    first = submitted[0]
    assert (first.submitted_on, first.submitted_by) == (OPENED_ON, world.advisor)
    assert {line.state for line in first.lines.all()} == {LineState.CLAIMED}
    assert (walk.outcome(first).from_state, walk.outcome(first).to_state) == (State.DRAFT, State.SUBMITTED)
    data = dict(walk.outcome(first).data)
    assert data.pop("content") == content_digest(first, list(first.lines.select_related("lease")))
    assert data == {"rank": 1, "charter": 1, "asked_cents": 1500_00, "advice": [], "gaps": []}
    assert walk.movements(first) == []


def test_all_that_is_missing_is_said_at_once() -> None:
    world = open_fund(required_documents=[{"kind": "sworn_statement", "timing": DocumentTiming.AT_FILING}])
    tenant = new_tenant(landlord=world.landlord, siret=None, naf_rev2="", headcount=None)
    draft = filing.create(fund=world.fund, tenant=tenant, by=world.advisor, key=key(), on=OPENED_ON)
    with refused(
        RuleRefused,
        "tenant_siret",
        "tenant_naf",
        "tenant_headcount",
        "mandate",
        "document",
        "no_lines",
        "deadline_passed",
    ):
        walk.submit(world, draft, world.charter.filing_deadline + timedelta(days=1))


def test_each_line_is_judged_by_the_charter(world: World) -> None:
    lease = tenant_with_lease(world, starts_on=date(2020, 4, 1))
    lines = [
        Ask(lease.pk, date(2020, 3, 1), Component.RENT, 500_01),
        Ask(lease.pk, date(2020, 4, 1), Component.RECHARGED_TAXES, 1_00),
        Ask(lease.pk, date(2020, 9, 1), Component.RENT, 1_00),
    ]
    draft = walk.draft(world, lease=lease, lines=lines)
    with refused(
        RuleRefused,
        "lease_not_running",
        "more_than_rent_call",
        "component_not_allowed",
        "no_rent_call",
        "month_outside",
        "no_rent_call",
    ):
        walk.submit(world, draft)


def test_a_month_is_relieved_once(world: World) -> None:
    lease = tenant_with_lease(world)
    early, late = (walk.draft(world, lease=lease) for _ in range(2))
    walk.submit(world, early)
    with refused(RuleRefused, "month_taken", "month_taken", "month_taken") as caught:
        walk.submit(world, late)
    assert early.reference in str(caught.value)
    walk.reject(world, early)
    assert walk.submit(world, late).state == State.SUBMITTED


def test_the_months_of_all_the_undertakings_files_count() -> None:
    world = open_fund(max_months=3)
    first = tenant_with_lease(world)
    walk.walk_to(world, State.SUBMITTED, lease=first)
    second = tenant_with_lease(world, tenant=first.tenant, months=[date(2020, 5, 1), date(2020, 6, 1)])
    draft = walk.draft(world, lease=second)
    with refused(RuleRefused, "too_many_months"):
        walk.submit(world, draft)
    edit(world, draft, lines=walk.asks_of(second)[:1])
    assert walk.submit(world, draft).state == State.SUBMITTED


def test_a_siret_that_came_after_the_draft_counts() -> None:
    world = open_fund(max_months=3)
    known = tenant_with_lease(world)
    walk.walk_to(world, State.SUBMITTED, lease=known)
    unknown = new_tenant(landlord=world.landlord, siret=None)
    draft = walk.draft(world, lease=tenant_with_lease(world, tenant=unknown, months=[date(2020, 6, 1)]))
    assert draft.siren == ""
    unknown.siret = f"{known.tenant.siren}99999"  # an establishment of its own, whatever the factory gave the other
    unknown.save()
    with refused(RuleRefused, "too_many_months"):
        walk.submit(world, draft)


def test_no_filing_once_the_fund_is_suspended_and_from_another_day_on(world: World) -> None:
    draft = walk.draft(world)
    fund_action(world, FundAction.SUSPEND)
    with refused(RuleRefused, "fund_suspended"):
        walk.submit(world, draft)
    fund_action(world, FundAction.RESUME)
    last = world.charter.filing_deadline
    assert walk.submit(world, draft, last).submitted_on == last
    with refused(RuleRefused, "wrong_state"):
        walk.submit(world, draft, last)


def test_a_deputy_files_under_their_own_name(world: World) -> None:
    draft = walk.draft(world)
    row = world.member("advisor2")
    row.deputy_for = world.member("advisor")
    row.save()
    submitted = filing.submit(application=draft, by=world.advisor2, key=key(), on=OPENED_ON)
    assert submitted.submitted_by == world.advisor2


def test_a_draft_is_filed_under_the_charter_in_force(world: World) -> None:
    draft = walk.draft(world)
    old = world.charter
    new = walk.amend(world, TOMORROW, max_months=2)
    assert draft.charter == old
    with refused(RuleRefused, "too_many_months"):
        walk.submit(world, draft, TOMORROW)
    edit(world, draft, lines=walk.asks_of(draft.lines.all()[0].lease)[:2], on=TOMORROW)
    assert walk.submit(world, draft, TOMORROW).charter == new


# Answering.


def test_an_answer_brings_the_facts_and_the_documents_asked_for() -> None:
    world = open_fund(required_documents=[{"kind": "vat_return", "timing": DocumentTiming.BEFORE_DECISION}])
    asked = walk.request_info(
        world, walk.walk_to(world, State.SUBMITTED, facts={"headcount": 9}), wanted=["headcount", "vat_return"]
    )
    with refused(RuleRefused, "still_missing", "still_missing"):
        walk.answer(world, asked, facts={})
    upload = Upload("vat_return", "ca3.pdf", PDF[1])
    documents.attach(application=asked, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    answered = walk.answer(world, asked, TOMORROW, {"headcount": 4, "evidence": {"headcount": "sworn_statement"}})
    assert (answered.state, answered.rank) == (State.SUBMITTED, 1)
    assert answered.facts == {"headcount": 4, "evidence": {"headcount": "sworn_statement"}}
    assert (answered.info_requested, answered.info_due_on, answered.reminded_on) == ([], None, None)
    assert walk.outcome(answered).data == {"facts": ["evidence", "headcount"], "documents": ["vat_return"]}
    assert walk.outcome(answered).detail.detail["facts"]["before"] == {"headcount": 9, "evidence": None}


def test_a_document_of_before_the_request_does_not_answer_it() -> None:
    world = open_fund(required_documents=[{"kind": "vat_return", "timing": DocumentTiming.BEFORE_DECISION}])
    submitted = walk.walk_to(world, State.SUBMITTED)
    upload = Upload("vat_return", "illisible.pdf", PDF[1] + b" ")
    documents.attach(application=submitted, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    asked = walk.request_info(world, submitted, wanted=["vat_return"])
    with refused(RuleRefused, "still_missing"):
        walk.answer(world, asked, facts={})
    better = Upload("vat_return", "lisible.pdf", PDF[1] + b"  ")
    documents.attach(application=asked, upload=better, by=world.advisor, key=key(), on=OPENED_ON)
    answered = walk.answer(world, asked, facts={})
    assert walk.outcome(answered).detail_digest == ""


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"headcount": 4, "started_on": "2015-01-01"}, ["not_asked"]),
        ({"headcount": "many"}, ["unreadable"]),
        ({"headcount": 4, "evidence": {"started_on": "sworn_statement"}}, ["not_asked"]),
        ({"headcount": 4, "evidence": "a letter"}, ["not_asked", "unreadable"]),
        ({"arrears_cents": 0}, ["not_asked", "fact_supplier"]),
    ],
)
def test_only_what_was_asked_is_answered(world: World, facts: dict[str, Any], codes: list[str]) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    with refused(BadInput, *codes):
        walk.answer(world, asked, facts=facts)


def test_only_the_advisor_in_charge_answers_and_only_when_asked(world: World) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    with not_allowed("not_in_charge"):
        filing.answer(application=asked, facts={"headcount": 1}, by=world.advisor2, key=key(), on=OPENED_ON)
    answered = walk.answer(world, asked)
    with refused(RuleRefused, "wrong_state"):
        walk.answer(world, answered)
