"""The admin opens every page and changes nothing of grants: a change is an action, with its rules and its event."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fundadmin.models import User
from grants.actions.checking import check_ledger
from grants.actions.reading import log_read
from grants.actions.scanning import Found, keep_apart
from grants.eligibility import CriterionSpec
from grants.enums import Reading, State
from grants.models import EliminationList, EventDetail, RetentionRun
from landlords.models import Landlord, Lease, Premises, RentRollImport, TenantBusiness
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, open_fund
from tests.grants import walk
from tests.grants.actions.refusal import everything

pytestmark = pytest.mark.django_db

ADMINS = [
    model
    for app in ("grants", "landlords")
    for model in apps.get_app_config(app).get_models()
    if admin.site.is_registered(model)
]
# A landlord's own records are corrected by hand too; what comes from its rent roll by another rent roll.
EDITABLE = {Landlord, Premises, TenantBusiness, Lease}
READ_ONLY = [model for model in ADMINS if model not in EDITABLE]


@pytest.fixture
def world() -> World:
    """A fund with at least one row of every model in the admin."""
    world = open_fund(criteria=[CriterionSpec("headcount", {"op": "<", "n": 10})])
    application = walk.walk_to(world, State.CREDITED)
    walk.ask_undo(world, application)
    log_read(by=world.auditor, fund=world.fund, what=Reading.APPLICATION, uuid=application.uuid)
    keep_apart(Found(world.fund, world.advisor, "facture.pdf", b"what a test holds for a virus", "Test-Signature"))
    check_ledger(fund=world.fund, by=User.objects.system())
    RetentionRun.objects.create(
        at=timezone.now(), on=OPENED_ON, rules={}, rules_version="0", counts={"draft": 1}, digest="0" * 64
    )
    EliminationList.objects.create(fund=world.fund, prepared_on=OPENED_ON, rules_version="0", rows=[], digest="0" * 64)
    RentRollImport.objects.create(
        landlord=world.landlord, file_name="etat.csv", sha256="0" * 64, lines=1, created=1, updated=0, unchanged=0
    )
    return world


@pytest.fixture
def client(world: World) -> Client:
    admin = User.objects.create_superuser("admin@exemple.invalid", "a password of the tests", full_name="A")
    return log_in(Client(), admin)


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def one(model: type[Model]) -> Model:
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    return row


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_every_page_opens(client: Client, model: type[Model]) -> None:
    row = one(model)
    for page in (address(model, "changelist"), address(model, "change", row.pk), address(model, "history", row.pk)):
        assert client.get(page).status_code == 200
    search = client.get(address(model, "changelist"), {"q": "A"} if admin.site._registry[model].search_fields else {})
    assert search.status_code == 200
    assert client.get(address(model, "add")).status_code == (200 if model in EDITABLE else 403)


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_nothing_is_added_changed_or_deleted(client: Client, model: type[Model]) -> None:
    row = one(model)
    sent: dict[str, Any] = {field.name: "1" for field in model._meta.fields}
    before = everything()
    for page in (address(model, "add"), address(model, "change", row.pk), address(model, "delete", row.pk)):
        assert client.post(page, {**sent, "post": "yes", "_save": "Enregistrer"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    assert client.post(address(model, "changelist"), chosen).status_code in (200, 302, 403)
    assert everything() == before
    assert one(model) == row


def test_every_model_that_holds_money_or_decisions_is_there() -> None:
    registered = {model.__name__ for model in READ_ONLY}
    assert registered >= {"Fund", "Charter", "Application", "ReliefLine", "LedgerEntry", "Position", "Event", "Visa"}
    # Words about people are for those with a role in the fund.
    assert not admin.site.is_registered(EventDetail)


def test_a_lease_under_a_file_is_not_deleted(client: Client, world: World) -> None:
    """Deleting says what stands in the way instead of failing."""
    lease = Lease.objects.get()
    answer = client.post(address(Lease, "delete", lease.pk), {"post": "yes"})
    assert answer.status_code in (200, 403)
    assert Lease.objects.get() == lease


def test_who_is_no_staff_stays_outside(world: World) -> None:
    outsider = Client()
    log_in(outsider, world.approver)
    assert outsider.get(reverse("admin:index")).status_code == 302
