"""What a hostile reviewer found, each once more: ways to read, to enter or to be misread."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fundadmin.models import User
from grants.actions import documents
from grants.actions.documents import FIGURES, Upload
from grants.eligibility import CriterionSpec
from grants.enums import Role, Side, State, Visibility
from grants.exceptions import BadInput
from grants.models import FundMember
from tests import accounts, factories
from tests.factories import OPENED_ON, PDF, World, key
from tests.grants import walk
from tests.grants.actions.refusal import refused
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db

SURROGATE = "\\ud800"


def also(world: World, person: User, role: Role, side: Side) -> None:
    FundMember.objects.create(
        fund=world.fund,
        user=person,
        role=role,
        side=side,
        starts_on=OPENED_ON,
        proposed_by=world.admin,
        confirmed_by=world.admin,
        confirmed_on=OPENED_ON,
    )


def file_with_figures(world: World) -> Any:
    file = walk.draft(world, facts={"annual_turnover_cents": 123_456_789_00})
    upload = Upload("vat_return", "ca3.pdf", PDF[1])
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    return walk.submit(world, file)


@pytest.mark.parametrize(("role", "side"), [(Role.AUDITOR, Side.EXTERNAL), (Role.ASSESSOR, Side.CHAMBER)])
def test_a_token_makes_nobody_of_the_landlord_somebody_else(role: Role, side: Side) -> None:
    world = world_of_today()
    file = file_with_figures(world)
    also(world, world.payer, role, side)
    for roles in (None, [role]):
        caller = Caller(world, world.payer, roles)
        assert caller.get(f"applications/{file.uuid}/").json()["facts"] == {"evidence": {}} or (
            caller.get(f"applications/{file.uuid}/").json()["facts"] == {}
        )
        assert caller.get("documents/", {"application": str(file.uuid)}).json()["items"] == []
        document = file.documents.get()
        assert caller.get(f"documents/{document.uuid}/content/").status_code == 404


def test_a_refusal_tells_no_figure_to_somebody_of_the_landlord() -> None:
    world = world_of_today(criteria=[CriterionSpec("annual_turnover", {"op": "<", "cents": 1_000_00})])
    file = file_with_figures(world)
    also(world, world.payer, Role.ASSESSOR, Side.CHAMBER)
    ask = {"no_conflict": True}
    told = Caller(world, world.assessor).act(file, "assess_favourable", ask)
    assert (told.status_code, "123" in told.json()["detail"]) == (409, True)
    for roles in (None, [Role.ASSESSOR]):
        hidden = Caller(world, world.payer, roles).act(file, "assess_favourable", ask)
        assert (hidden.status_code, "123" in hidden.content.decode()) == (409, False)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"{SURROGATE}": 1}}',
        f'{{"{SURROGATE}": 1, "{SURROGATE}": 2}}',
        f'{{"fund": "{SURROGATE}", "tenant": "x"}}',
    ],
)
def test_half_of_a_character_is_refused_and_not_said_back(body: str) -> None:
    caller = Caller(world := world_of_today(), world.advisor)
    answer = caller.client.post(
        "/api/v1/applications/", body, content_type="application/json", headers={"Idempotency-Key": key()}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fundadmin:problem:malformed")


def test_a_line_given_twice_is_refused_however_it_is_written() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    line = str(file.lines.earliest("pk").uuid)
    spelt_twice = {line: 500_00, line.upper(): 1}
    assert line != line.upper()
    answer = Caller(world, world.approver).act(
        file, "approve", {"amounts": spelt_twice, "reason": walk.REASON, "no_conflict": True}
    )
    assert answer.status_code == 422
    rows = [{"id": str(file.uuid), "request": {"amounts": spelt_twice, "reason": walk.REASON, "no_conflict": True}}]
    dry = Caller(world, world.approver).post("applications/bulk/approve/", {"dry_run": True, "applications": rows})
    assert (dry.status_code, dry.json()["passing"]) == (200, 0)


def test_evidence_of_figures_is_the_chambers_only() -> None:
    assert {"vat_return", "urssaf_declaration", "till_journal"} <= FIGURES
    world = world_of_today()
    file = walk.draft(world)
    for visibility in (Visibility.BOTH, Visibility.LANDLORD):
        with refused(BadInput, "document_visibility"):
            documents.attach(
                application=file,
                upload=Upload("vat_return", "ca3.pdf", PDF[1], visibility),
                by=world.advisor,
                key=key(),
                on=OPENED_ON,
            )


def test_a_token_ends_with_its_holders_account() -> None:
    world = world_of_today()
    caller = Caller(world, world.payer)
    assert caller.get("funds/").status_code == 200
    for active in (False, True):
        payer = User.objects.get(pk=world.payer.pk)
        payer.is_active = active
        payer.save()
        assert caller.get("funds/").status_code == 401


@pytest.mark.parametrize("page", ["mfa_index", "mfa_add_webauthn", "mfa_activate_totp", "account_reauthenticate"])
def test_a_session_from_before_the_second_factor_adds_no_other(page: str) -> None:
    person = factories.open_fund().approver
    client = Client()
    client.force_login(person)
    assert client.get(reverse(page)).status_code == 200 or page != "mfa_index"
    accounts.enrol(person)
    assert client.get(reverse(page)).headers["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session
