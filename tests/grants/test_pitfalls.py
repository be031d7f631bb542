"""What went wrong in comparable systems, one test each, named after where it was seen."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import Error, IntegrityError, connection, models, transaction
from django_fsm import FSMField

from fundadmin.models import User
from grants import ledger, queries
from grants.actions import filing, funding
from grants.actions.filing import Ask
from grants.enums import FundAction, FundState, LineState, Role, Side, State
from grants.exceptions import ActionRefused
from grants.models import (
    Application,
    Charter,
    Event,
    Fund,
    FundMember,
    LedgerEntry,
    Notification,
    Position,
    ReliefLine,
    ReversalRequest,
    Visa,
)
from landlords.enums import Component
from landlords.models import Lease, RentCall
from landlords.rent_roll import import_rent_roll
from tests import factories_landlords
from tests.factories import OPENED_ON, PDF, World, key, membership, open_fund, tenant_with_lease, user
from tests.grants import judge, walk

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = (date(2020, month, 1) for month in (3, 4, 5))


@pytest.fixture
def world() -> World:
    return open_fund()


def codes_of(refusal: pytest.ExceptionInfo[ActionRefused]) -> list[str]:
    return refusal.value.codes


def test_harbor_a_bulk_beyond_the_ceiling_moves_no_money_it_does_not_have() -> None:
    """There is no bulk path of its own: rows assessed in a row meet the same ceiling, one by one."""
    world = open_fund(endowment_cents=2_000_00)
    leases = [tenant_with_lease(world, months=[MARCH], rent_cents=800_00) for _ in range(4)]
    files = [walk.walk_to(world, State.SUBMITTED, lease=lease) for lease in leases]
    assessed = [walk.favourable(world, file) for file in files]
    assert [file.state for file in assessed] == [State.ELIGIBLE] * 2 + [State.WAITLISTED] * 2
    assert [walk.outcome(file).data["shortfall_cents"] for file in assessed] == [0, 0, 400_00, 400_00]
    assert [walk.movements(file) for file in assessed] == [[("reserve", 800_00)]] * 2 + [[]] * 2
    assert judge.faults(world.fund) == []


def test_harbor_a_bulk_update_or_insert_does_not_bypass_the_workflow(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    with pytest.raises(Error, match="application_moves"), transaction.atomic():
        Application.objects.filter(pk=file.pk).update(state=State.APPROVED)
    made = Application(
        fund=world.fund,
        charter=world.charter,
        reference="en-gros-1",
        tenant=file.tenant,
        advisor=world.advisor,
        state=State.SUBMITTED,
        rank=99,
        submitted_on=OPENED_ON,
    )
    with pytest.raises(Error, match="application_moves"), transaction.atomic():
        Application.objects.bulk_create([made])
    assert judge.faults(world.fund) == []


@pytest.mark.parametrize("model", [Application, Fund])
def test_turgot_a_transition_lists_its_sources(model: type[models.Model]) -> None:
    field = model._meta.get_field("state")
    assert isinstance(field, FSMField)
    assert field.protected
    transitions = list(field.get_all_transitions(model))
    assert transitions
    known = set(State) | set(FundState)
    assert {transition.source for transition in transitions} <= known


def test_turgot_the_envelope_is_checked(world: World) -> None:
    with pytest.raises(ActionRefused) as refusal:
        funding.propose(
            fund=world.fund,
            action=FundAction.ENDOW,
            amount_cents=1,
            signed_pdf=PDF,
            by=world.landlord_manager,
            key=key(),
            on=OPENED_ON,
        )
    assert codes_of(refusal) == ["over_ceiling"]
    with pytest.raises(Error), transaction.atomic():
        Position.objects.filter(fund=world.fund).update(available_cents=1_000_000_00)


def test_hope_one_person_at_three_levels_is_denied_at_each_later_one() -> None:
    everywhere, other = user(), user()
    roles = [(Side.CHAMBER, Role.ADVISOR), (Side.CHAMBER, Role.ASSESSOR), (Side.LANDLORD, Role.MANAGER)]
    roles += [(Side.LANDLORD, Role.APPROVER), (Side.LANDLORD, Role.PAYER)]
    rest = [user() for _ in range(4)]
    world = open_fund(
        memberships=[membership(everywhere, *role) for role in roles]
        + [membership(person, *role) for person, role in zip([other, *rest], roles, strict=True)],
        proposer=everywhere,
        confirmer=rest[2],
    )
    assessor, _manager, approver, payer = rest
    names = {"assessor": assessor, "approver": approver, "payer": payer}
    file = walk.walk_to(
        World(world.fund, world.landlord, world.admin, names | {"advisor": everywhere}), State.SUBMITTED
    )
    for state, step in (
        (State.ELIGIBLE, walk.favourable),
        (State.APPROVED, walk.first_visa),
        (State.CREDITED, walk.credit),
    ):
        alone = World(world.fund, world.landlord, world.admin, dict.fromkeys(names, everywhere))
        with pytest.raises(ActionRefused) as refusal:
            step(alone, file)
        assert codes_of(refusal) == ["four_eyes_filed"]
        file = step(World(world.fund, world.landlord, world.admin, names), file)
        assert file.state == state


def test_hope_no_setting_turns_the_four_eyes_off() -> None:
    """Nothing of the fund, its charter or its members is a switch; nor is any setting named like one."""
    switches = [
        field.name
        for model in (Fund, Charter, FundMember)
        for field in model._meta.fields
        if isinstance(field, models.BooleanField)
    ]
    # One pair of eyes more before an erasure, the public archives'; and a page for the public: none less anywhere.
    assert sorted(switches) == ["archives_visa", "is_public"]
    named = [name for name in dir(settings) if any(word in name for word in ("EYES", "SELF_", "SEPARATION", "VISA"))]
    assert named == []


def test_hypha_no_more_is_granted_than_was_asked_and_called(world: World) -> None:
    lease = tenant_with_lease(world, months=[MARCH])
    too_much = walk.draft(world, lease=lease, lines=walk.asks_of(lease, asked_cents=500_01))
    with pytest.raises(ActionRefused) as refusal:
        walk.submit(world, too_much)
    assert codes_of(refusal) == ["more_than_rent_call"]
    submitted = walk.walk_to(world, State.SUBMITTED)
    line = walk.line_ids(submitted)[0]
    with pytest.raises(ActionRefused) as refusal:
        walk.favourable(world, submitted, amounts={line: 500_01})
    assert codes_of(refusal) == ["amount_outside"]
    eligible = walk.favourable(world, submitted, amounts={line: 400_00})
    with pytest.raises(ActionRefused) as refusal:
        walk.first_visa(world, eligible, amounts={line: 400_01})
    assert codes_of(refusal) == ["amount_outside"]
    approved = walk.first_visa(world, eligible)
    credited = walk.credit(world, approved)
    with pytest.raises(ActionRefused) as refusal:
        walk.credit(world, credited, lines=[line])
    assert codes_of(refusal) == ["wrong_state"]
    with pytest.raises(IntegrityError, match="approved_within_proposed"), transaction.atomic():
        ReliefLine.objects.filter(pk=line).update(approved_cents=400_01)
    assert ledger.position(world.fund.pk).credited_cents == 1_400_00


def test_helsinki_whoever_acts_is_an_account() -> None:
    """Never a name in a text field: who did what points to an account that can't be deleted."""
    acting = {"by", "user", "advisor", "recipient"}
    fields = [
        field
        for model in apps.get_app_config("grants").get_models()
        for field in model._meta.fields
        if "pgh_" not in " ".join(f.name for f in model._meta.fields)
        and (field.name in acting or field.name.endswith("_by"))
        and field.name != "reversed_by"
    ]
    assert len(fields) > 10
    for field in fields:
        assert isinstance(field, models.ForeignKey), field
        assert field.related_model is User, field
        assert field.remote_field.on_delete is models.PROTECT, field


def test_helsinki_inspector_and_checker_are_distinct_accounts(world: World) -> None:
    file = walk.walk_to(world, State.APPROVED)
    visa = Visa.objects.get(application=file)
    again = {"application": file, "assessment": visa.assessment, "by": visa.by, "on": OPENED_ON, "amounts": {}}
    with pytest.raises(IntegrityError, match="two_visas_are_by_two_people"), transaction.atomic():
        Visa.objects.bulk_create([Visa(**again), Visa(**again)])
    request = walk.ask_cancel(world, file)
    with pytest.raises(IntegrityError, match="request_needs_two_people"), transaction.atomic():
        ReversalRequest.objects.filter(pk=request.pk).update(settled_by=request.asked_by)


def test_helsinki_the_last_month_of_a_quarter_takes_the_rounding(world: World) -> None:
    lease = tenant_with_lease(world, months=[])
    factories_landlords.rent_call(
        lease=lease, month=APRIL, period_end=date(2020, 6, 30), net_cents=1_000_01, gross_cents=1_000_01
    )
    months = [date(2020, month, 1) for month in (4, 5, 6)]
    shares = [333_33, 333_33, 333_35]
    asks = [Ask(lease.pk, month, Component.RENT, cents) for month, cents in zip(months, shares, strict=True)]
    for place, ask in enumerate(asks):
        one_more = [*asks[:place], Ask(ask.lease_id, ask.month, ask.component, ask.asked_cents + 1), *asks[place + 1 :]]
        with pytest.raises(ActionRefused) as refusal:
            walk.submit(world, walk.draft(world, lease=lease, lines=one_more))
        assert codes_of(refusal) == ["more_than_rent_call"]
    file = walk.draft(world, lease=lease, lines=asks)
    for step in (walk.submit, walk.favourable, walk.first_visa, walk.credit):
        file = step(world, file)
    assert [line.approved_cents for line in file.lines.all()] == shares
    assert ledger.position(world.fund.pk).credited_cents == 1_000_01


def test_apilos_tenants_without_siret_are_not_each_others_duplicates() -> None:
    world = open_fund(max_months=1, cap_per_siren_cents=500_00)
    drafts = []
    for month in (MARCH, APRIL):
        tenant = factories_landlords.tenant(landlord=world.landlord, siret=None)
        lease = tenant_with_lease(world, tenant=tenant, months=[month])
        drafts.append(walk.draft(world, lease=lease))
    for draft in drafts:
        assert queries.held_elsewhere(draft).months == frozenset()
        with pytest.raises(ActionRefused) as refusal:
            walk.submit(world, draft)
        assert codes_of(refusal) == ["tenant_siret"]  # named as missing, and nothing said of the other's month


def test_aides_territoires_nobody_is_told_twice(world: World) -> None:
    walk.join(world, "approver", Side.LANDLORD, Role.ASSESSOR, user=world.approver)
    draft = walk.draft(world)
    sent = {"application": draft, "by": world.advisor, "key": "one key", "on": OPENED_ON}
    filing.submit(**sent)
    filing.submit(**sent)
    told = Notification.objects.filter(event__action="submit")
    assert sorted(told.values_list("recipient", flat=True)) == sorted([world.assessor.pk, world.approver.pk])
    first = told.earliest("pk")
    with pytest.raises(IntegrityError, match="notified_once"), transaction.atomic():
        Notification.objects.create(event=first.event, recipient=first.recipient)


@pytest.mark.parametrize(("newer", "credited"), [("700,00", True), ("300,00", False)])
def test_pass_culture_a_newer_rent_roll_leaves_what_was_approved(
    world: World, tmp_path: Path, newer: str, credited: bool
) -> None:
    """The approval keeps its amounts; one that the rent no longer bears is named when it is to be credited."""

    def roll(rent: str) -> Path:
        lines = [
            {
                "Référence local": "L1",
                "Référence bail": "B1",
                "Locataire": "Le Fournil d'essai",
                "SIRET": factories_landlords.valid_siret(7),
                "Code NAF": "10.71C",
                "Effectif": "3",
                "Début": "01/01/2018",
                "Période": month,
                "Loyer": rent,
            }
            for month in ("03/2020", "04/2020")
        ]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(lines[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(lines)
        path = tmp_path / "etat-locatif.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    first = import_rent_roll(roll("500,00"), world.landlord)
    assert not first.errors, list(first.as_text())
    lease = Lease.objects.get(landlord=world.landlord)
    approved = walk.walk_to(world, State.APPROVED, lease=lease)
    before = list(approved.lines.values()), ledger.head(world.fund.pk)

    second = import_rent_roll(roll(newer), world.landlord)
    assert not second.errors, list(second.as_text())
    assert set(RentCall.objects.filter(lease=lease).values_list("net_cents", flat=True)) != {500_00}
    assert (list(approved.lines.values()), ledger.head(world.fund.pk)) == before
    if credited:
        assert walk.movements(walk.credit(world, approved))[-2:] == [("credit", 500_00)] * 2
    else:
        with pytest.raises(ActionRefused) as refusal:
            walk.credit(world, approved)
        assert set(codes_of(refusal)) == {"more_than_rent_call"}
    assert judge.faults(world.fund) == []


@pytest.mark.parametrize("model", [LedgerEntry, Event])
def test_submittable_rows_of_the_ledger_and_events_are_neither_changed_nor_deleted(
    world: World, model: type[LedgerEntry | Event]
) -> None:
    walk.walk_to(world, State.CREDITED)
    rows = model._default_manager.order_by("pk")
    before = list(rows.values())
    with connection.cursor() as cursor:
        for statement in ("UPDATE {} SET fund_id = fund_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(Error, match="permission denied"), transaction.atomic():
                cursor.execute(statement.format(model._meta.db_table))
    with pytest.raises(Error), transaction.atomic():
        rows.delete()
    assert list(rows.values()) == before


def test_a_credit_is_never_edited_only_undone_by_another_row(world: World) -> None:
    """The line keeps its voucher; raw SQL can't take it back to approved behind the ledger's back unnoticed."""
    credited = walk.walk_to(world, State.CREDITED)
    line = credited.lines.earliest("pk")
    with transaction.atomic():
        ReliefLine.objects.filter(pk=line.pk).update(state=LineState.APPROVED)
        assert any(f"Line {line.pk}" in fault or str(line.pk) in fault for fault in judge.faults(world.fund))
        transaction.set_rollback(True)
    assert judge.faults(world.fund) == []
