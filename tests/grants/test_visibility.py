"""Who sees what: a row per fact, per visibility of a document and per kind of row, for each side, both ways."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import Scope, User
from grants import visibility
from grants.actions import assessment, documents, filing, lifecycle
from grants.actions.documents import Upload
from grants.eligibility import CRITERIA, FACTS, CriterionSpec
from grants.enums import Action, Role, Side, State, Visibility
from grants.models import Application, Document, Event
from grants.visibility import (
    Reader,
    reader_of,
    readers_of,
    visible_data,
    visible_detail,
    visible_facts,
    visible_findings,
)
from landlords.models import Contact, Lease, Premises, RentCall, TenantBusiness
from tests.factories import OPENED_ON, PDF, World, key, open_fund, tenant_with_lease, user
from tests.grants import walk

pytestmark = pytest.mark.django_db

C, L, X, A = "chamber", "landlord", "external", "all"
SECRET = 123_456_789
"""A figure that nothing else shows."""

# Fact -> who reads it of a filed application, and of one without a mandate.
FACT_ROWS: dict[str, tuple[set[str], set[str]]] = {
    "closures": ({C, L, X}, {C, L, X}),
    "turnover_by_month": ({C, X}, {C, X}),
    "annual_turnover_cents": ({C, X}, {C, X}),
    "headcount": ({C, L, X}, {C, L, X}),
    "naf_codes": ({C, L, X}, {C, L, X}),
    "craft_registered": ({C, L, X}, {C, L, X}),
    "craft_proof_on": ({C, L, X}, {C, L, X}),
    "leases": ({C, L, X}, {C, L, X}),
    "started_on": ({C, L, X}, {C, L, X}),
    "proceedings": ({C, X}, {C, X}),
    "proceedings_opened_on": ({C, X}, {C, X}),
    "arrears_cents": ({C, L, X}, {L}),
    "arrears_on": ({C, L, X}, {L}),
    "other_aid": ({C, X}, {C, X}),
    "de_minimis_aids": ({C, L, X}, {C, L, X}),
    "requested_cents": ({C, L, X}, {C, L, X}),
}
# Criterion -> who reads its figures.
CRITERION_ROWS: dict[str, set[str]] = {
    **{code: {C, L, X} for code in CRITERIA},
    **{code: {C, X} for code in ("turnover_loss", "annual_turnover", "not_in_proceedings", "other_aid_declared")},
}
DOCUMENT_ROWS: dict[Visibility, set[str]] = {
    Visibility.CHAMBER: {C, X},
    Visibility.LANDLORD: {L, X},
    Visibility.BOTH: {C, L, X},
}


def reader(side: str, role: Role = Role.ASSESSOR) -> Reader:
    return Reader(1, 1, frozenset({Side(side)}), frozenset({role}))


@pytest.fixture
def world() -> World:
    """Two criteria: one whose evidence only the chamber reads, one that both sides read."""
    return open_fund(
        criteria=[
            CriterionSpec("annual_turnover", {"op": "<", "cents": 10_000_000_00}),
            CriterionSpec("headcount", {"op": "<", "n": 10}),
        ]
    )


FACTS_GIVEN = {"annual_turnover_cents": SECRET, "headcount": 4, "evidence": {"annual_turnover_cents": "vat_return"}}


def people(world: World) -> dict[str, User]:
    return {C: world.assessor, L: world.approver, X: world.auditor}


# Facts.


def test_every_fact_criterion_and_visibility_has_a_row() -> None:
    assert set(FACT_ROWS) == set(FACTS)
    assert set(CRITERION_ROWS) == set(CRITERIA)
    assert set(DOCUMENT_ROWS) == set(Visibility)
    hidden = {code for code, criterion in CRITERIA.items() if not all(L in FACT_ROWS[f][0] for f in criterion.needs)}
    assert hidden == {code for code, readers in CRITERION_ROWS.items() if L not in readers}


@pytest.mark.parametrize("side", [C, L, X])
@pytest.mark.parametrize("fact", FACT_ROWS)
def test_a_fact_and_its_evidence_are_read_by_whose_they_are(fact: str, side: str) -> None:
    facts = {fact: "known", "evidence": {fact: "sworn_statement"}}
    for mandate, readers in zip((True, False), FACT_ROWS[fact], strict=True):
        shown = visible_facts(facts, reader(side), mandate=mandate)
        assert (fact in shown, fact in shown["evidence"]) == (side in readers, side in readers)


def test_a_stranger_and_an_unknown_fact_show_nothing() -> None:
    stranger = Reader(1, 1)
    assert visible_facts(FACTS_GIVEN, stranger) == {"evidence": {}}
    assert visible_facts({"renamed_since": 1}, reader(C)) == {}
    assert not any(stranger.reads(which) for which in Visibility)
    assert not stranger.reads_rents(mandate=True)


def test_who_is_of_the_landlord_too_never_reads_what_only_the_chamber_sees() -> None:
    both = Reader(1, 1, frozenset({Side.LANDLORD, Side.CHAMBER}), frozenset({Role.ASSESSOR}))
    assert "annual_turnover_cents" not in visible_facts(FACTS_GIVEN, both)
    assert (both.reads(Visibility.LANDLORD), both.reads(Visibility.BOTH)) == (True, True)


# Readers.


def test_a_reader_is_who_they_are_in_that_fund_today(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = open_fund()
    with django_assert_num_queries(1):
        readers = readers_of(world.assessor, [world.fund.pk, other.fund.pk])
    assert readers[world.fund.pk].sides == {Side.CHAMBER}
    assert readers[world.fund.pk].roles == {Role.ASSESSOR}
    assert readers[other.fund.pk] == Reader(world.assessor.pk, other.fund.pk)
    assert not reader_of(world.assessor, world.fund.pk, OPENED_ON - timedelta(days=900)).sides
    assert reader_of(world.auditor, world.fund.pk).is_auditor
    assert not readers[world.fund.pk].is_auditor


def test_a_token_narrows_what_is_read(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    person = world.assessor
    person.scope = Scope(world.fund.pk, frozenset({Role.ASSESSOR}))
    assert visibility.rent_calls_visible_to(person).exists()
    person.scope = Scope(world.fund.pk, frozenset({Role.ADVISOR}))
    assert not reader_of(person, world.fund.pk).sides
    for rows in ROWS.values():
        assert not rows(person).exists()
    assert file.documents.count() == 0


# Findings.


def judged(world: World) -> Application:
    return walk.walk_to(world, State.ELIGIBLE, facts=FACTS_GIVEN)


@pytest.mark.parametrize("side", [C, L, X])
def test_a_finding_tells_its_figures_to_whose_they_are(world: World, side: str) -> None:
    opinion = judged(world).assessments.get()
    shown = visibility.visible_assessment(opinion, reader(side))
    for finding in shown["findings"]:
        seen = side in CRITERION_ROWS[finding["code"]]
        assert finding["hidden"] is not seen
        assert bool(finding["seen"]) is seen
        assert bool(finding["evidence"]) is (seen and finding["code"] == "annual_turnover")
        assert finding["outcome"] == "yes"
        assert finding["sentence"]
    assert (shown["by"], shown["on"]) == (world.assessor, OPENED_ON)
    assert ("annual_turnover_cents" in shown["facts"]) is (side != L)
    if side == L:
        assert str(SECRET) not in str(shown)
        assert "vat_return" not in str(shown)


def test_a_note_that_settles_what_only_the_chamber_sees_is_the_chambers(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED, facts={"headcount": 4})
    notes = {"annual_turnover": "Vu la CA3 : 12 000 euros."}
    eligible = walk.favourable(world, submitted, resolved=notes)
    opinion, event = eligible.assessments.get(), walk.outcome(eligible)
    by_side = {side: visibility.visible_assessment(opinion, reader(side)) for side in (C, L)}
    found = {
        side: next(f for f in shown["findings"] if f["code"] == "annual_turnover") for side, shown in by_side.items()
    }
    assert (found[C]["note"], found[L]["note"]) == (notes["annual_turnover"], "")
    assert (found[C]["settled"], found[L]["settled"]) == (True, True)
    # The sentence says what is missing and who supplies it; the landlord reads the verdict alone.
    assert found[C]["sentence"].startswith("Pas encore connu")
    assert "Pas encore connu" not in found[L]["sentence"]
    assert found[L]["sentence"].endswith("à vérifier")
    assert found[C]["what_would_make_it_pass"]
    assert found[L]["what_would_make_it_pass"] == {}
    assert visible_detail(event, event.detail.detail, reader(C)) == {"resolved": notes}
    assert visible_detail(event, event.detail.detail, reader(L)) == {"resolved": {}}


def test_arrears_in_a_finding_wait_for_the_mandate_and_strangers_get_none(world: World) -> None:
    stored = {
        "findings": [
            {
                "code": "arrears_before",
                "outcome": "yes",
                "case": "met",
                "seen": {"arrears_cents": 5, "statement_on": "2020-02-29"},
                "required": {"max_cents": 10, "eve_on": "2020-02-29"},
                "what_would_make_it_pass": {},
                "article": "",
                "rule_version": 1,
                "evidence": {},
            }
        ]
    }
    assert visible_findings(stored, reader(C))[0]["seen"]
    assert not visible_findings(stored, reader(C), mandate=False)[0]["seen"]
    assert visible_findings(stored, reader(L), mandate=False)[0]["seen"]
    assert visible_findings(stored, Reader(1, 1)) == []
    assert visible_findings({}, reader(C)) == []


# What people wrote.


def told(event: Event, side: str) -> dict[str, Any]:
    return visible_detail(event, event.detail.detail, reader(side))


def test_facts_before_and_after_a_change_are_filtered(world: World) -> None:
    draft = walk.draft(world, facts=FACTS_GIVEN)
    event = draft.timeline.filter(action=Action.EDIT).latest("pk")
    assert told(event, C)["facts"]["after"] == FACTS_GIVEN
    assert told(event, L)["facts"] == {"before": {}, "after": {"headcount": 4, "evidence": {}}}
    assert visible_detail(event, event.detail.detail, Reader(1, 1)) == {}


@pytest.mark.parametrize(
    ("wanted", "readers"), [(("headcount",), {C, L, X}), (("annual_turnover_cents",), {C, X}), (("ca3",), {C, X})]
)
def test_a_question_is_read_where_what_it_asks_for_is(wanted: tuple[str, ...], readers: set[str]) -> None:
    world = open_fund(required_documents=[{"kind": "ca3", "timing": "before_decision"}])
    event = walk.outcome(walk.request_info(world, walk.walk_to(world, State.SUBMITTED), wanted=wanted))
    assert {side for side in (C, L, X) if "message" in told(event, side)} == readers


@pytest.mark.parametrize(("cents", "readers"), [(SECRET * 10, {C, X}), (5, {C, L, X})])
def test_an_unfavourable_opinion_is_read_where_what_it_rests_on_is(world: World, cents: int, readers: set[str]) -> None:
    given = {"annual_turnover_cents": cents, "headcount": 40}
    event = walk.outcome(walk.unfavourable(world, walk.walk_to(world, State.SUBMITTED, facts=given)))
    assert {side for side in (C, L, X) if "reason" in told(event, side)} == readers
    event.data.pop("unmet")
    assert {side for side in (C, L, X) if "reason" in told(event, side)} == {C, X}


def test_who_wrote_something_reads_it_and_other_reasons_are_for_both_sides(world: World) -> None:
    sent_back = walk.outcome(walk.send_back(world, judged(world)))
    assert all(told(sent_back, side) == {"reason": walk.REASON} for side in (C, L, X))
    asked = walk.request_info(world, walk.walk_to(world, State.SUBMITTED), wanted=["annual_turnover_cents"])
    event = walk.outcome(asked)
    landlords = Reader(event.user_id, 1, frozenset({Side.LANDLORD}), frozenset({Role.ASSESSOR}))
    assert visible_detail(event, event.detail.detail, landlords) == {"message": walk.MESSAGE}
    assert visible_detail(event, {"new": "part"}, reader(C)) == {}


@pytest.mark.parametrize("which", list(Visibility))
def test_what_was_attached_is_told_to_who_reads_it(world: World, which: Visibility) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    document = attach(world, file, which)
    event = file.timeline.latest("pk")
    told = {"kind": document.kind, "sha256": document.sha256, "size": document.size, "visibility": str(which)}
    for side in (C, L, X):
        shown = told if side in DOCUMENT_ROWS[which] else {"visibility": str(which)}
        assert visible_data(event, reader(side)) == shown, side
    landlords = Reader(event.user_id, 1, frozenset({Side.LANDLORD}), frozenset({Role.ASSESSOR}))
    assert visible_data(event, landlords) == told, "who attached it knows"
    assert visible_data(event, Reader(1, 1)) == {}
    del event.data["visibility"]
    assert [bool(visible_data(event, reader(side))) for side in (C, L, X)] == [False, False, True]


def test_what_an_answer_brought_is_the_chambers(world: World) -> None:
    file = walk.request_info(world, walk.walk_to(world, State.SUBMITTED), wanted=["headcount"])
    attach(world, file, Visibility.CHAMBER)
    event = walk.outcome(walk.answer(world, Application.objects.get(pk=file.pk), facts={"headcount": 3}))
    told = {side: visible_data(event, reader(side)) for side in (C, L, X)}
    assert told[C] == told[X] == {"facts": ["headcount"], "documents": ["paper_chamber"]}
    assert told[L] == {"facts": ["headcount"]}


def test_every_part_of_a_detail_that_actions_write_is_known_here() -> None:
    """A part that `visible_detail` doesn't know is nobody's: whoever adds one decides who reads it."""
    assert {"facts", "resolved", "message", "reason"} == DETAILS


def _details() -> set[str]:
    import ast
    from pathlib import Path

    found: set[str] = set()
    for path in Path("grants/actions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "detail":
                found |= {k.value for d in ast.walk(node.value) if isinstance(d, ast.Dict) for k in d.keys}  # type: ignore[union-attr]
            named = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "detail"
            if named and isinstance(node.slice, ast.Constant):  # type: ignore[attr-defined]
                found.add(node.slice.value)  # type: ignore[attr-defined]
    return found


DETAILS = _details()


# History.


def test_former_versions_are_filtered_as_rows_are(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED, facts=FACTS_GIVEN)
    lease = Lease.objects.get(relief_lines__application=file, relief_lines__month=date(2020, 3, 1))
    Lease.objects.filter(pk=lease.pk).update(arrears_cents=SECRET, arrears_on=OPENED_ON)
    Lease.objects.filter(pk=lease.pk).update(arrears_cents=1)
    former_file, former_lease = file.events.latest("pk"), lease.events.latest("pk")  # type: ignore[attr-defined]
    call = RentCall.objects.filter(lease=lease).latest("pk")
    for mandate in (True, False):
        by_chamber = visibility.visible_version(former_lease, reader(C), mandate=mandate)
        assert (by_chamber.get("arrears_cents") == SECRET) is mandate
        assert by_chamber["reference"] == lease.reference
        assert visibility.visible_version(former_lease, reader(L), mandate=mandate)["arrears_cents"] == SECRET
        assert ("net_cents" in visibility.visible_version(call, reader(C), mandate=mandate)) is mandate
    assert "annual_turnover_cents" in visibility.visible_version(former_file, reader(C), mandate=True)["facts"]
    assert "annual_turnover_cents" not in visibility.visible_version(former_file, reader(L), mandate=True)["facts"]
    assert visibility.visible_version(former_file, Reader(1, 1), mandate=True) == {}


# Rows.

ROWS: dict[str, Callable[[User], QuerySet[Any]]] = {
    "documents": visibility.documents_visible_to,
    "landlords": visibility.landlords_visible_to,
    "premises": visibility.premises_visible_to,
    "tenants": visibility.tenants_visible_to,
    "leases": visibility.leases_visible_to,
    "rent_calls": visibility.rent_calls_visible_to,
    "contacts": visibility.contacts_visible_to,
}


def attach(world: World, file: Application, which: Visibility) -> Document:
    upload = Upload(f"paper_{which}", f"{which}.pdf", PDF[1], which)
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    return file.documents.latest("pk")


@pytest.mark.parametrize("filed", [True, False])
@pytest.mark.parametrize("which", list(Visibility))
def test_a_document_is_there_for_whose_it_is(world: World, which: Visibility, filed: bool) -> None:
    file = walk.walk_to(world, State.SUBMITTED) if filed else walk.draft(world)
    document = attach(world, file, which)
    fund_paper = Document.objects.create(
        fund=world.fund, kind="x", visibility=which, name="x.pdf", size=1, sha256="0" * 64, added_by=world.admin
    )
    for side, person in people(world).items():
        seen = visibility.documents_visible_to(person)
        allowed = side in DOCUMENT_ROWS[which]
        assert seen.filter(pk=document.pk).exists() is (allowed and (filed or side == C)), side
        assert seen.filter(pk=fund_paper.pk).exists() is allowed, side
    for stranger in (user(), open_fund().approver):
        assert not visibility.documents_visible_to(stranger).filter(fund=world.fund).exists()


def test_the_documents_of_who_is_on_both_sides_are_the_landlords(world: World) -> None:
    walk.join(world, "double", Side.LANDLORD, Role.ASSESSOR, user=world.assessor)
    file = walk.walk_to(world, State.SUBMITTED)
    kept = {which: attach(world, file, which).pk for which in Visibility}
    seen = set(visibility.documents_visible_to(world.assessor).values_list("pk", flat=True))
    assert {which for which, pk in kept.items() if pk in seen} == {Visibility.LANDLORD, Visibility.BOTH}


def known(world: World) -> dict[str, Lease]:
    """Three tenants of one landlord: without a file, with a draft without a mandate, with one that has it."""
    leases = {name: tenant_with_lease(world) for name in ("none", "draft", "mandate", "filed")}
    for lease in leases.values():
        Contact.objects.create(tenant=lease.tenant, name="Une personne", phone="0102030405")
        Lease.objects.filter(pk=lease.pk).update(arrears_cents=SECRET, arrears_on=OPENED_ON)
    filing.create(fund=world.fund, tenant=leases["draft"].tenant, by=world.advisor, key=key(), on=OPENED_ON)
    walk.draft(world, lease=leases["mandate"])
    walk.walk_to(world, State.SUBMITTED, lease=leases["filed"])
    return leases


EVERY = {"none", "draft", "mandate", "filed"}
RENT_ROWS: dict[str, tuple[set[str], set[str]]] = {
    L: (EVERY, EVERY),
    C: (EVERY, {"mandate", "filed"}),
    X: ({"filed"}, {"filed"}),
}
"""Side -> the tenants whose names, places and leases it reads; those whose rents and contacts."""


@pytest.mark.parametrize("side", RENT_ROWS)
def test_rents_are_read_once_the_tenant_gave_a_mandate(world: World, side: str) -> None:
    leases, person = known(world), people(world)[side]
    names, rents = RENT_ROWS[side]
    by_tenant = {lease.tenant_id: name for name, lease in leases.items()}

    def tenants(rows: QuerySet[Any], column: str) -> set[str]:
        return {by_tenant[tenant] for tenant in rows.values_list(column, flat=True)}

    assert tenants(visibility.tenants_visible_to(person), "pk") == names
    assert tenants(visibility.leases_visible_to(person), "tenant") == names
    assert tenants(visibility.premises_visible_to(person), "leases__tenant") == names
    assert tenants(visibility.rent_calls_visible_to(person), "lease__tenant") == rents
    assert tenants(visibility.contacts_visible_to(person), "tenant") == rents
    known_rents: QuerySet[Any] = visibility.tenants_visible_to(person)
    assert tenants(known_rents.filter(rents_shown=True), "pk") == rents
    for lease in visibility.leases_visible_to(person):
        shown = visibility.visible_rents(lease)["arrears_cents"]
        assert shown == (SECRET if by_tenant[lease.tenant_id] in rents else None)
    assert list(visibility.landlords_visible_to(person)) == [world.landlord]


def test_another_fund_and_a_stranger_read_nothing_of_a_landlord(world: World) -> None:
    known(world)
    other = open_fund()
    for person in (*people(other).values(), user(), world.admin):
        for name, rows in ROWS.items():
            seen = rows(person)
            if name == "documents":
                assert not seen.filter(fund=world.fund).exists()
            elif name == "landlords":
                assert world.landlord not in seen
            else:
                assert not seen.exists(), name


def test_a_mandate_given_to_another_chamber_opens_nothing(world: World) -> None:
    """Two funds of one landlord, with two chambers: each reads the rents of those who came to it."""
    other = open_fund(landlord=world.landlord)
    walk.walk_to(other, State.SUBMITTED)
    assert visibility.rent_calls_visible_to(other.assessor).exists()
    assert not visibility.rent_calls_visible_to(world.assessor).exists()
    assert TenantBusiness.objects.count() == visibility.tenants_visible_to(world.assessor).count() == 1
    assert Premises.objects.count() == visibility.premises_visible_to(world.assessor).count() == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("rows", ROWS)
def test_rows_are_one_query_however_many(
    world: World, rows: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(count):
        walk.walk_to(world, State.SUBMITTED)
    with django_assert_num_queries(1):
        list(ROWS[rows](world.assessor))


def test_supplied_arrears_are_read_by_both_sides(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    facts = {"arrears_cents": SECRET, "arrears_on": "2020-02-29"}
    lifecycle.supply(application=file, facts=facts, by=world.payer, key=key(), on=OPENED_ON)
    event = file.timeline.latest("pk")
    assert told(event, C)["facts"]["after"] == told(event, L)["facts"]["after"] == facts


def test_an_assessor_of_the_landlord_still_hears_the_verdict_only(world: World) -> None:
    """The refusal's sentence and the finding say the same to the landlord: no figure."""
    findings, _record = assessment.judge(walk.walk_to(world, State.SUBMITTED, facts=FACTS_GIVEN), OPENED_ON)
    said = [str(breach) for breach in assessment.finding_breaches(findings, {}, figures=False)]
    assert str(SECRET) not in "".join(said)
