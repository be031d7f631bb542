"""What the database itself holds to, whoever writes: moves of states, one relief per month, what never changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import translation
from django_fsm import TransitionNotAllowed

from grants.eligibility import CriterionSpec
from grants.enums import AidRegime, CapsBasis, FundState, LineState, State
from grants.models import (
    Application,
    BookedCredit,
    BulkRow,
    BulkRun,
    Charter,
    CharterCriterion,
    Comment,
    Commitment,
    DecisionList,
    Document,
    Event,
    EventDetail,
    Fund,
    FundMember,
    FundProposal,
    LandlordFile,
    LandlordFileRow,
    ListedDecision,
    Notification,
    ReliefLine,
    ReversalRequest,
    SampleItem,
    Visa,
)
from grants.workflow import APPLICATION_MOVES, FUND_MOVES, LINE_MOVES, WORKFLOW, state_after
from landlords.enums import Component
from landlords.models import Letterhead, TenantWords
from tests.factories import OPENED_ON, World, open_fund, prepared_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """The database refuses by that constraint or trigger."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert constraint_in(caught.value) == constraint


def constraint_in(error: IntegrityError) -> str:
    assert isinstance(error.__cause__, psycopg.Error)
    return str(error.__cause__.diag.constraint_name)


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def world() -> World:
    return open_fund(criteria=[CriterionSpec("headcount", {"op": "<", "n": 10})])


# Moves.


def constraint_of(rows: QuerySet[Any], **values: Any) -> str:
    """The constraint that refuses an update, tried and undone; empty when it passes."""
    try:
        with transaction.atomic():
            rows.update(**values)
            transaction.set_rollback(True)
    except IntegrityError as error:
        return constraint_in(error)
    return ""


def test_a_file_moves_along_the_workflow_and_no_other_way(world: World) -> None:
    """Each of the 13 x 13 moves, tried from SQL's side: `QuerySet.update` runs no Python of ours."""
    refusals = set()
    for source in State:
        file = Application.objects.filter(pk=walk.walk_to(world, source).pk)
        refusals |= {(source, target) for target in State if constraint_of(file, state=target) == "application_moves"}
    moves = {(source, target) for source in State for target in State if source != target}
    assert moves - refusals == set(APPLICATION_MOVES)


LINE_IN = {
    LineState.DRAFT: State.DRAFT,
    LineState.CLAIMED: State.SUBMITTED,
    LineState.APPROVED: State.APPROVED,
    LineState.DECLINED: State.REJECTED,
    LineState.CREDITED: State.CREDITED,
    LineState.REVERSED: State.REVERSED,
    LineState.CANCELLED: State.CANCELLED,
}


def test_a_line_moves_along_its_table_and_no_other_way(world: World) -> None:
    refusals = set()
    for source, state in LINE_IN.items():
        line = ReliefLine.objects.filter(pk=walk.line_ids(walk.walk_to(world, state))[0])
        assert line.get().state == source
        refusals |= {(source, target) for target in LineState if constraint_of(line, state=target) == "line_moves"}
    moves = {(source, target) for source in LineState for target in LineState if source != target}
    assert moves - refusals == set(LINE_MOVES)


def test_a_fund_moves_along_its_table_and_no_other_way(world: World) -> None:
    fund = Fund.objects.filter(pk=world.fund.pk)
    allowed = {target for target in FundState if constraint_of(fund, state=target) == ""}
    assert allowed == {FundState.OPEN} | {target for source, target in FUND_MOVES if source == FundState.OPEN}
    with refused("fund_moves"):
        Fund.objects.create(code="neuf", name="", landlord=world.landlord, state=FundState.OPEN)


def test_rows_begin_at_the_beginning(world: World) -> None:
    draft = walk.draft(world)
    with refused("application_moves"):
        Application.objects.create(
            fund=world.fund,
            charter=world.charter,
            reference="neuf",
            tenant=draft.tenant,
            advisor=world.advisor,
            state=State.SUBMITTED,
            rank=9,
            submitted_on=OPENED_ON,
        )
    line = draft.lines.all()[0]
    with refused("line_moves"):
        ReliefLine.objects.create(
            application=draft,
            lease=line.lease,
            premises=line.premises,
            month=date(2020, 7, 1),
            component=Component.RENT,
            asked_cents=1,
            state=LineState.CLAIMED,
        )


def test_python_refuses_it_first(world: World) -> None:
    draft = walk.draft(world)
    with pytest.raises(AttributeError):
        draft.state = State.APPROVED
    with pytest.raises(TransitionNotAllowed):
        draft.send_back()
    with pytest.raises(TransitionNotAllowed):
        world.fund.resume()


def test_the_models_transitions_are_the_workflows(world: World) -> None:
    """One method per step that changes a state, from the sources of the table."""
    draft = walk.draft(world)
    found = {
        (str(transition.name), str(transition.source))
        for transition in draft.get_all_state_transitions()  # type: ignore[attr-defined]
    }
    expected = {
        (str(action), str(source)) for action, step in WORKFLOW.items() if step.targets for source in step.sources
    }
    assert found == expected


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([LineState.APPROVED, LineState.CREDITED, LineState.REVERSED], State.APPROVED),
        ([LineState.CREDITED, LineState.REVERSED, LineState.CANCELLED], State.CREDITED),
        ([LineState.REVERSED, LineState.CANCELLED, LineState.DECLINED], State.REVERSED),
        ([LineState.CANCELLED, LineState.DECLINED], State.CANCELLED),
        ([], State.CANCELLED),
    ],
)
def test_the_state_of_a_granted_file_follows_from_its_lines(lines: list[LineState], state: State) -> None:
    assert state_after(lines) == state


# Constraints.


def test_a_month_is_relieved_once(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    lease = submitted.lines.all()[0].lease
    other = walk.draft(world, lease=lease)
    with refused("month_relieved_once"):
        other.lines.update(state=LineState.CLAIMED)
    with refused("line_once_per_application"):
        first, *_rest = other.lines.all()
        first.pk, first.uuid = None, "6f1a3c2e-0000-4000-8000-000000000000"
        first.save(force_insert=True)


APPLICATION_RULES: list[tuple[State, dict[str, Any], str]] = [
    (State.SUBMITTED, {"rank": None}, "filed_has_a_rank"),
    (State.SUBMITTED, {"submitted_on": None}, "filed_has_a_rank"),
    (State.SUBMITTED, {"reserved_until": OPENED_ON}, "reserved_only_while_eligible"),
    (State.ELIGIBLE, {"reserved_until": None}, "reserved_only_while_eligible"),
    (State.SUBMITTED, {"offered_cents": 1, "offered_until": OPENED_ON}, "offer_only_to_the_waitlisted"),
    (State.WAITLISTED, {"offered_cents": 1}, "offer_only_to_the_waitlisted"),
    (State.WAITLISTED, {"offered_cents": 0, "offered_until": OPENED_ON}, "offer_only_to_the_waitlisted"),
]
LINE_RULES: list[tuple[State, dict[str, Any], str]] = [
    (State.DRAFT, {"asked_cents": 0}, "line_asks_for_something"),
    (State.DRAFT, {"month": date(2020, 3, 2)}, "line_month_is_a_first"),
    (State.ELIGIBLE, {"proposed_cents": 500_01}, "proposed_within_asked"),
    (State.ELIGIBLE, {"proposed_cents": -1}, "proposed_within_asked"),
    (State.APPROVED, {"approved_cents": 500_01}, "approved_within_proposed"),
    (State.APPROVED, {"approved_cents": 0}, "granted_line_has_an_amount"),
    (State.CREDITED, {"voucher_ref": ""}, "credited_line_has_a_voucher"),
    (State.CREDITED, {"voucher_date": None}, "credited_line_has_a_voucher"),
    (State.CREDITED, {"form": ""}, "credited_line_has_a_voucher"),
]


@pytest.mark.parametrize(("state", "values", "constraint"), APPLICATION_RULES)
def test_a_file_keeps_its_dates_and_its_rank(
    world: World, state: State, values: dict[str, Any], constraint: str
) -> None:
    file = walk.walk_to(world, state)
    with refused(constraint):
        Application.objects.filter(pk=file.pk).update(**values)


@pytest.mark.parametrize(("state", "values", "constraint"), LINE_RULES)
def test_a_line_keeps_its_amounts_in_order(world: World, state: State, values: dict[str, Any], constraint: str) -> None:
    file = walk.walk_to(world, state)
    with refused(constraint):
        ReliefLine.objects.filter(pk=walk.line_ids(file)[0]).update(**values)


def test_a_rank_is_one_files(world: World) -> None:
    first, second = (walk.walk_to(world, State.SUBMITTED) for _ in range(2))
    with refused("rank_once_per_fund"):
        Application.objects.filter(pk=second.pk).update(rank=first.rank)


def test_two_people_decide(world: World) -> None:
    request = walk.ask_undo(world, walk.walk_to(world, State.CREDITED))
    with refused("request_needs_two_people"):
        ReversalRequest.objects.filter(pk=request.pk).update(settled_by=request.asked_by)
    visa = Visa.objects.get()
    with refused("two_visas_are_by_two_people"):
        for _ in range(2):
            Visa.objects.create(
                application=visa.application, assessment=visa.assessment, by=visa.by, on=visa.on, amounts={}
            )
    proposal = FundProposal.objects.get()
    with refused("proposal_needs_two_people"):
        FundProposal.objects.filter(pk=proposal.pk).update(settled_by=proposal.proposed_by)


# What never changes again.


ONE_MORE_CRITERION = """
INSERT INTO grants_chartercriterion (charter_id, position, code, parameters, article)
SELECT id, 9, 'headcount', '{}', '' FROM grants_charter
"""


@pytest.mark.parametrize("table", ["grants_event", "grants_ledgerentry", "grants_eventdetail"])
def test_events_and_the_ledger_are_added_to_and_not_rewritten(world: World, table: str) -> None:
    walk.walk_to(world, State.INELIGIBLE)
    # Retention erases an event's words, and those alone.
    changes = ["UPDATE {} SET {key} = {key}"] + ["DELETE FROM {}"] * (table != "grants_eventdetail")
    for change in changes:
        statement = change.format(table, key="event_id" if table == "grants_eventdetail" else "id")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement)
    assert EventDetail.objects.all().delete()[0] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants_assessment SET opinion = 'favourable'",
        "DELETE FROM grants_assessment",
        "DELETE FROM grants_fundproposal",
    ],
)
def test_what_was_decided_is_kept(world: World, statement: str) -> None:
    walk.walk_to(world, State.INELIGIBLE)
    refusal = (ProgrammingError, IntegrityError)  # an assessment may be emptied by retention, so its trigger is ours
    with pytest.raises(refusal, match=r"pgtrigger: Cannot|an assessment never changes"), transaction.atomic():
        run(statement)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE grants_charter SET ceiling_cents = 1", "charter_frozen"),
        ("DELETE FROM grants_charter", "charter_frozen"),
        ("UPDATE grants_chartercriterion SET parameters = '{}'", "criterion_frozen"),
        ("DELETE FROM grants_chartercriterion", "criterion_frozen"),
        (ONE_MORE_CRITERION, "criterion_frozen"),
    ],
)
def test_a_confirmed_charter_is_final(world: World, statement: str, constraint: str) -> None:
    with refused(constraint):
        run(statement)


def test_a_version_that_nobody_confirmed_may_change() -> None:
    world = prepared_fund(criteria=[CriterionSpec("headcount", {"op": "<", "n": 10})])
    charter = Charter.objects.get(fund=world.fund)
    CharterCriterion.objects.filter(charter=charter).update(article="art. 9")
    CharterCriterion.objects.filter(charter=charter).delete()
    charter.max_months = 1
    charter.save()
    charter.delete()


def test_what_others_refer_to_is_not_deleted(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    for row in (file.lines.all()[0].lease, file.tenant, world.advisor, file):
        with pytest.raises(ProtectedError):
            row.delete()


def test_former_versions_are_kept(world: World) -> None:
    draft = walk.draft(world, facts={"headcount": 1})
    walk.submit(world, draft)
    versions = draft.events.order_by("pgh_id").values_list("state", "version")  # type: ignore[attr-defined]
    assert list(versions) == [("draft", 1), ("draft", 2)]


# Words.


def test_every_row_has_a_name(world: World) -> None:
    """What the admin lists and what a log line says."""
    file = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, file)
    walk.walk_to(world, State.INELIGIBLE)
    Commitment.objects.create(charter=world.charter, text="Pas de pénalité")
    for model in apps.get_app_config("grants").get_models():
        if model.__module__.startswith("grants."):
            for row in model._default_manager.all()[:3]:
                assert str(row)
    for model in (Document, EventDetail, FundMember, Notification):
        assert model._default_manager.exists()


def test_rows_that_only_pages_make_have_a_name_too() -> None:
    run = BulkRun(pk=7, action="approve")
    assert str(run) == f"approve {run.uuid}"
    assert str(BulkRow(run=run, position=2)) == "7.2 waiting"
    assert str(Comment(application_id=5, visibility="both")) == "5 both"
    assert str(DecisionList(fund_id=3, number=4)) == "3 n° 4"
    assert str(ListedDecision(decision_list_id=4, event_id=9)) == "4: 9"
    assert str(TenantWords(tenant_id=6)) == "words of 6"
    assert str(SampleItem(sample_id=2, position=3, outcome="none")) == "2.3 none"
    assert str(LandlordFile(file_name="avoirs.csv", sha256="a" * 64)) == "avoirs.csv (aaaaaaaa)"
    assert str(Letterhead(landlord_id=8)) == "letterhead of 8"
    assert str(LandlordFileRow(file_id=4, line=12, state="ready")) == "4.12 ready"
    assert str(BookedCredit(voucher_ref="AV-1", booked_on=OPENED_ON, gross_cents=5)) == f"AV-1 {OPENED_ON} 5"


def test_an_event_is_labelled_by_what_was_done() -> None:
    with translation.override("en"):
        assert Event(action="approve").label() == "Approve"
        assert Event(action="open").label() == "Open the fund"
        assert Event(action="propose").label() == "Propose a fund action"
        assert Event(action="unheard of").label() == "unheard of"


def test_a_charters_terms_are_its_columns(world: World) -> None:
    charter = world.charter
    terms = charter.terms()
    assert (terms.version, terms.ceiling_cents, terms.caps_basis) == (1, 40_000_00, CapsBasis.NET)
    assert terms.components == {"rent", "charges"}
    assert charter.aid_regime == AidRegime.OUTSIDE_STATE_AID


def test_a_fund_in_the_database_has_a_position_from_the_start(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT endowed_cents, last_number FROM grants_position WHERE fund_id = %s", [world.fund.pk])
        assert cursor.fetchall() == [(40_000_00, 1)]
