"""What each side reads through the API: what is not its own is not there, or is null."""

from datetime import date
from typing import Any

import pytest

from grants.actions import documents
from grants.actions.charters import draft_charter
from grants.actions.documents import Upload
from grants.actions.funding import confirm, refuse
from grants.eligibility import CriterionSpec
from grants.enums import FundAction, State, Visibility
from grants.models import Application
from landlords.models import RentCall
from tests.factories import PDF, World, charter_terms, key, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.proposals import proposed
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db

SIDES = ("assessor", "payer", "auditor")
"""One person of the chamber, of the landlord, and an external auditor."""
SMALL = CriterionSpec("annual_turnover", {"op": "<=", "cents": 500_00})


def by_side(world: World, path: str, **query: Any) -> list[Any]:
    answers = [Caller(world, world.people[name]).get(path, query) for name in SIDES]
    assert [answer.status_code for answer in answers] == [200] * len(SIDES), [answer.content for answer in answers]
    return [answer.json() for answer in answers]


def test_facts_of_the_chamber_are_not_the_landlords() -> None:
    world = world_of_today()
    file = walk.draft(world, facts={"annual_turnover_cents": 1_000_00, "headcount": 3})
    walk.submit(world, file)
    chamber, landlord, auditor = by_side(world, f"applications/{file.uuid}/")
    assert chamber["facts"]["annual_turnover_cents"] == auditor["facts"]["annual_turnover_cents"] == 1_000_00
    assert "annual_turnover_cents" not in str(landlord)
    assert (chamber["contact_name"], landlord["contact_name"]) == ("Une personne inventée", None)


def test_documents_follow_their_visibility() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED)
    for visibility in Visibility:
        upload = Upload(str(visibility), *PDF, visibility=visibility)
        documents.attach(application=file, upload=upload, by=world.advisor, key=key())
    kinds = [
        {item["kind"] for item in told["items"]} for told in by_side(world, "documents/", application=str(file.uuid))
    ]
    assert kinds == [{"chamber", "both"}, {"landlord", "both"}, {"chamber", "landlord", "both"}]
    feeds = by_side(world, "events/", fund=world.fund.code, application=str(file.uuid))
    attached = [[event["data"] for event in told["items"] if event["action"] == "attach"] for told in feeds]
    assert [{data["kind"] for data in told if "kind" in data} for told in attached] == kinds
    assert [[data["visibility"] for data in told] for told in attached] == [list(Visibility)] * len(SIDES)
    hidden = file.documents.get(visibility=Visibility.CHAMBER)
    assert Caller(world, world.payer).get(f"documents/{hidden.uuid}/").status_code == 404
    assert Caller(world, world.assessor).get(f"documents/{hidden.uuid}/").status_code == 200


def test_a_draft_is_the_chambers_own() -> None:
    world = world_of_today()
    draft = walk.draft(world)
    statuses = [Caller(world, world.people[name]).get(f"applications/{draft.uuid}/").status_code for name in SIDES]
    assert statuses == [200, 404, 404]
    counted = [len(told["items"]) for told in by_side(world, "lines/")]
    assert counted == [draft.lines.count(), 0, 0]


def test_a_draft_tells_no_rate_of_the_rent_calls_before_the_mandate() -> None:
    world = world_of_today()
    lease = tenant_with_lease(world)
    lease.rent_calls.update(vat_rate_bp=2000, vat_cents=100_00, gross_cents=600_00, regime="receipts")
    draft = walk.draft(world, lease=lease)
    advisor = Caller(world, world.advisor)

    def rates() -> set[int | None]:
        shown = advisor.get(f"applications/{draft.uuid}/").json()["lines"]
        listed = advisor.get("lines/").json()["items"]
        return {line["vat_rate_bp"] for line in shown + listed}

    assert rates() == {2000}
    Application.objects.filter(pk=draft.pk).update(mandate_on=None, mandate_kind="")
    assert rates() == {None}


def test_rents_are_read_with_the_tenants_mandate() -> None:
    world = world_of_today()
    silent, filed = tenant_with_lease(world), walk.walk_to(world, State.SUBMITTED)
    mine = str(filed.lines.all()[0].lease.uuid)
    counted = [len(told["items"]) for told in by_side(world, "rent-calls/", lease=mine)]
    assert counted == [3, 3, 3]
    assert [len(told["items"]) for told in by_side(world, "rent-calls/", lease=str(silent.uuid))] == [0, 3, 0]
    call = RentCall.objects.filter(lease=silent)[0]
    assert Caller(world, world.assessor).get(f"rent-calls/{call.uuid}/").status_code == 404
    assert [len(told["items"]) for told in by_side(world, "tenants/")] == [2, 2, 1]


def test_findings_show_the_landlord_their_outcome_only() -> None:
    world = world_of_today(criteria=[SMALL])
    facts = {"annual_turnover_cents": 600_00}
    file = walk.draft(world, facts=facts)
    walk.submit(world, file)
    walk.unfavourable(world, file)
    chamber, landlord, auditor = (
        told[0]["findings"][0] for told in by_side(world, f"applications/{file.uuid}/findings/")
    )
    assert (chamber["hidden"], landlord["hidden"], auditor["hidden"]) == (False, True, False)
    assert chamber["outcome"] == landlord["outcome"] == auditor["outcome"]
    assert (landlord["seen"], landlord["remedy"], landlord["what_would_make_it_pass"]) == ({}, "", {})
    assert chamber["required"]


def test_the_words_of_events_are_read_by_who_may() -> None:
    world = world_of_today()
    file = walk.draft(world)
    walk.submit(world, file)
    walk.request_info(world, file, wanted=("annual_turnover_cents",))
    walk.answer(world, Application.objects.get(pk=file.pk), facts={"annual_turnover_cents": 1_234_00})
    feeds = by_side(world, "events/", fund=world.fund.code, application=str(file.uuid))
    chamber, landlord, auditor = ({event["action"]: event for event in told["items"]} for told in feeds)
    assert chamber["request_info"]["detail"]["message"] == walk.MESSAGE
    assert landlord["request_info"]["detail"] == {}
    assert "123400" in str(chamber["answer"])
    assert "123400" not in str(landlord)
    assert "123400" in str(auditor["answer"])
    assert {event["application"] for event in landlord.values()} == {str(file.uuid)}


def test_an_event_names_lines_by_their_identifiers() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.CREDITED)
    caller = Caller(world, world.auditor)
    told = {event["action"]: event for event in caller.get("events/", {"fund": world.fund.code}).json()["items"]}
    lines = [str(line.uuid) for line in file.lines.all()]
    assert sorted(told["credit"]["data"]["lines"]) == sorted(lines)
    assert set(told["approve"]["data"].get("amounts", {})) <= set(lines)
    assert told["open"]["application"] is None


def test_an_unconfirmed_charter_is_the_landlords_own() -> None:
    world = world_of_today()
    terms = charter_terms(ends_on=date(2100, 1, 1))
    draft_charter(fund=world.fund, criteria=[], by=world.landlord_manager, key=key(), **terms)
    assert [[charter["version"] for charter in told["items"]] for told in by_side(world, "charters/")] == [
        [1],
        [2, 1],
        [1],
    ]


PROPOSED = "Au conseil du 4 mai, avant tout accord de la chambre."
REFUSED = "Le conseil demande un autre plafond."


def of_proposals(world: World) -> list[tuple[list[str], set[str]]]:
    """What each side reads of the fund's proposals: the kinds of papers signed for them, and the words."""
    papers = by_side(world, "documents/", fund=world.fund.code)
    feeds = by_side(world, "events/", fund=world.fund.code)
    return [
        (
            [paper["kind"] for paper in told["items"] if paper["kind"] != "signed_open"],
            {event["detail"]["reason"] for event in feed["items"] if "reason" in event["detail"]},
        )
        for told, feed in zip(papers, feeds, strict=True)
    ]


def test_a_proposal_is_the_landlords_own_until_another_person_confirms_it() -> None:
    world = world_of_today(endowment_cents=None)
    terms = charter_terms(ends_on=date(2100, 1, 1))
    version = draft_charter(fund=world.fund, criteria=[], by=world.landlord_manager, key=key(), **terms)
    proposal = proposed(world, FundAction.AMEND, charter=version, reason=PROPOSED, on=None)
    theirs = ["signed_amend"], {PROPOSED}
    assert of_proposals(world) == [([], set()), theirs, theirs]

    confirm(proposal=proposal, by=world.approver, key=key())
    assert of_proposals(world) == [theirs, theirs, theirs]


def test_a_refused_proposal_stays_the_landlords_own() -> None:
    world = world_of_today(endowment_cents=None)
    proposal = proposed(world, reason=PROPOSED, on=None)
    refuse(proposal=proposal, by=world.approver, reason=REFUSED, key=key())
    theirs = ["signed_endow"], {PROPOSED, REFUSED}
    assert of_proposals(world) == [([], set()), theirs, theirs]
