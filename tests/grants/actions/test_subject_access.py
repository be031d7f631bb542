"""The copy of all that is held on a tenant, and the erasure it may ask for."""

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps

from fundadmin.models import User
from grants.actions import holds
from grants.actions.documents import Upload, attach
from grants.actions.letters import issue
from grants.actions.subject_access import duties_of, erase_on_request, export, safe_name
from grants.enums import Action, State
from grants.exceptions import NotAllowed, RuleRefused
from grants.exports.subject_access import FORMAT, held_on
from grants.letters.subject_access import Page, facts_of, shown
from grants.models import Application, Document, Event
from landlords.models import Contact, TenantBusiness
from tests import factories_landlords
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.letters.looks import told_of

pytestmark = pytest.mark.django_db


def system() -> User:
    return User.objects.system()


def opened(packed: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.testzip() is None
    return archive


def data_of(packed: bytes) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(opened(packed).read("donnees.json"))
    return data


def full(world: World, state: State = State.CREDITED) -> Application:
    file = walk.draft(world, facts={"headcount": 4, "turnover_by_month": {"2020-03": 1000_00}})
    Contact.objects.create(tenant=file.tenant, name="Une personne inventée", email="elle@exemple.invalid")
    for name in ("../../déclaration TVA.pdf", "a.pdf"):
        file = attach(
            application=file,
            upload=Upload(kind="turnover", name=name, content=f"%PDF-1.4 {name} %%EOF".encode()),
            by=world.advisor,
            key=key(),
            on=OPENED_ON,
        )
    for step in walk.PATHS[state]:
        file = step(world, file, OPENED_ON)
    return file


def test_all_that_is_held_is_in_it() -> None:
    world = open_fund()
    file = full(world)
    other = full(world)
    packed = export(tenant=file.tenant, by=system(), key=key())
    archive = opened(packed)
    paths = [f"documents/{file.reference}/01-déclaration_TVA.pdf", f"documents/{file.reference}/02-a.pdf"]
    assert archive.namelist() == [*paths, "donnees.json", "donnees.pdf"]
    assert archive.read(paths[0]).decode() == "%PDF-1.4 ../../déclaration TVA.pdf %%EOF"
    assert told_of(archive.read("donnees.pdf")) == ("fr", True, set())
    data = data_of(packed)
    assert data["format"] == FORMAT
    assert data["business"]["siret"] == file.tenant.siret
    assert data["contacts"][0]["email"] == "elle@exemple.invalid"
    assert [lease["reference"] for lease in data["leases"]] == [line.lease.reference for line in file.lines.all()[:1]]
    assert len(data["leases"][0]["rent_calls"]) == 3
    (shown_file,) = data["applications"]
    assert shown_file["facts"]["headcount"] == 4
    assert [document["path"] for document in shown_file["documents"]] == paths
    assert len(shown_file["lines"]) == 3
    assert len(shown_file["movements"]) == 9
    assert shown_file["opinions"][0]["opinion"] == "favourable"
    assert shown_file["former_versions"]
    assert [event["action"] for event in shown_file["events"]][:2] == ["create", "edit"]
    assert any(event["detail"] for event in shown_file["events"])
    whole = json.dumps(data, ensure_ascii=False)
    assert other.reference not in whole
    assert str(other.tenant.siret) not in whole
    for person in world.people.values():
        assert f'"{person.full_name}"' not in whole
        assert person.email not in whole


def test_letters_are_in_it_as_they_were_issued() -> None:
    world = open_fund()
    file = full(world, State.APPROVED)
    letter = issue(event=file.timeline.get(action=Action.APPROVE), by=world.payer, key=key(), on=OPENED_ON)
    packed = export(tenant=file.tenant, by=system(), key=key())
    path = f"courriers/{file.reference}/00001-{letter.kind}.pdf"
    assert hashlib.sha256(opened(packed).read(path)).hexdigest() == letter.sha256
    (told,) = data_of(packed)["applications"][0]["letters"]
    assert (told["number"], told["path"], told["sent_on"]) == (1, path, None)
    letter.file.storage.delete(str(letter.file.name))
    (told,) = data_of(export(tenant=file.tenant, by=system(), key=key()))["applications"][0]["letters"]
    assert told["path"] is None


def test_no_column_of_a_tenants_file_is_forgotten() -> None:
    """A new field has to be shown, or named here with its reason."""
    ours = {
        # Keys, and what only orders work: the house's people and dates of theirs, the workflow's own.
        "Application": {
            *("id", "uuid", "fund", "charter", "tenant", "siren", "version", "advisor", "acted_on", "reminded_on"),
            *("submitted_by", "assessed_by", "decided_by", "expiry_warned_on"),
        },
        "TenantBusiness": {"id", "uuid", "landlord"},
        "Contact": {"id", "uuid", "tenant", "created_at"},
        "Lease": {"id", "uuid", "landlord", "premises", "tenant", "created_at"},
        "RentCall": {"id", "uuid", "lease", "created_at", "vat_rate_bp", "regime"},
        "ReliefLine": {"id", "uuid", "application", "lease", "premises", "vat_rate_bp"},
    }
    world = open_fund()
    data = held_on(full(world).tenant)
    (file,) = data["applications"]
    parts = {
        "Application": file,
        "TenantBusiness": data["business"],
        "Contact": data["contacts"][0],
        "Lease": data["leases"][0],
        "RentCall": data["leases"][0]["rent_calls"][0],
        "ReliefLine": file["lines"][0],
    }
    for name, part in parts.items():
        (model,) = (model for model in apps.get_models() if model.__name__ == name)
        columns = {field.name for field in model._meta.concrete_fields}
        assert columns - ours[name] <= set(part), name


def test_it_is_recorded_in_each_fund() -> None:
    world = open_fund()
    file = full(world, State.SUBMITTED)
    same = key()
    packed = [export(tenant=file.tenant, by=world.chamber_manager, key=same) for _ in range(2)]
    event = Event.objects.get(action="subject_access")
    assert (event.fund, event.user, event.application) == (world.fund, world.chamber_manager, None)
    assert event.data["tenant"] == file.tenant.pk
    assert all(data_of(one)["applications"] for one in packed)


@pytest.mark.parametrize("person", ["landlord_manager", "approver", "advisor", "auditor"])
def test_only_a_chambers_manager_may_ask(person: str) -> None:
    """The landlord would read its tenant's turnover."""
    world = open_fund()
    file = full(world, State.SUBMITTED)
    with pytest.raises(NotAllowed):
        export(tenant=file.tenant, by=world.people[person], key=key())
    assert not Event.objects.filter(action="subject_access").exists()


def test_a_tenant_without_a_file() -> None:
    tenant = factories_landlords.tenant()
    with pytest.raises(NotAllowed):
        export(tenant=tenant, by=open_fund().chamber_manager, key=key())
    packed = export(tenant=tenant, by=system(), key=key())
    assert data_of(packed)["applications"] == []


def test_a_document_whose_content_is_gone_is_said_to_be_missing() -> None:
    world = open_fund()
    file = full(world, State.SUBMITTED)
    document = Document.objects.filter(application=file).order_by("pk")[0]
    document.file.storage.delete(str(document.file.name))
    paths = [
        one["path"]
        for one in data_of(export(tenant=file.tenant, by=system(), key=key()))["applications"][0]["documents"]
    ]
    assert paths == [None, f"documents/{file.reference}/02-a.pdf"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a b.pdf", "a_b.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".htaccess", "htaccess"),
        ("..", "document"),
        ("\u202efdp.exe", "_fdp.exe"),
        ("", "document"),
    ],
)
def test_names_in_the_archive_lead_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "oui"),
        (False, "non"),
        (date(2020, 5, 5), "05/05/2020"),
        ({"a": [1, "b"]}, "a: 1, b"),
        (0, "0"),
        ({"granted_cents": 1200_00, "name": "x"}, "granted: 1\u202f200,00\u00a0€; name: x"),
    ],
)
def test_values_on_paper(value: object, text: str) -> None:
    assert shown(value) == text


def test_figures_are_amounts_on_paper() -> None:
    facts = {"turnover_by_month": {"2020-03": 1000_00}, "annual_turnover_cents": 9_00, "unknown": 1}
    (months, year, unknown) = facts_of(facts)
    assert shown(months[1]) == "2020-03: 1\u202f000,00\u00a0€"
    assert year[1] == "9,00\u00a0€"
    assert unknown == ("unknown", 1)


def test_a_name_from_anywhere_is_on_the_paper_and_nothing_is_markup() -> None:
    page = Page()
    page.text("Łódź & <b>Şahin</b> 1\u202f000 €")
    assert page.story[0].getPlainText() == "Łódź & <b>Şahin</b> 1\u00a0000 €"


class TestErasure:
    def test_a_running_duty_refuses_it_and_says_which(self) -> None:
        world = open_fund()
        file = full(world, State.CREDITED)
        with pytest.raises(RuleRefused) as refusal:
            erase_on_request(tenant=file.tenant, by=system(), key=key())
        (sentence,) = (str(breach) for breach in refusal.value.breaches)
        assert file.reference in sentence
        assert "31/12/2030" in sentence
        assert "L123-22" in sentence

    def test_a_pending_file_refuses_it(self) -> None:
        world = open_fund()
        file = full(world, State.SUBMITTED)
        assert [breach.code for breach in duties_of(file.tenant, OPENED_ON)] == ["pending"]

    def test_a_hold_refuses_it(self) -> None:
        world = open_fund()
        file = full(world, State.DRAFT)
        holds.hold(fund=world.fund, reason="Litige", by=world.chamber_manager, key=key(), on=OPENED_ON)
        with pytest.raises(RuleRefused) as refusal:
            erase_on_request(tenant=file.tenant, by=system(), key=key(), on=OPENED_ON)
        assert refusal.value.codes == ["held"]

    def test_a_draft_goes_at_once_and_a_file_whose_time_is_over_with_it(self) -> None:
        world = open_fund()
        refused = full(world, State.REJECTED)
        tenant: TenantBusiness = refused.tenant
        lease = tenant.leases.get()
        day = OPENED_ON + timedelta(days=731)
        draft = walk.draft(world, lease=lease, on=day)
        events = erase_on_request(tenant=tenant, by=system(), key=key(), on=day)
        assert [event.action for event in events] == ["erase", "discard"]
        assert not Application.objects.filter(pk=draft.pk).exists()
        assert not tenant.contacts.exists()
        assert not Application.objects.filter(tenant=tenant).exists()


def test_a_transfer_names_nobody_of_the_house() -> None:
    from grants.actions.lifecycle import transfer

    world = open_fund()
    file = full(world, State.DRAFT)
    transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key(), on=OPENED_ON)
    events = held_on(file.tenant)["applications"][0]["events"]
    assert [event["data"] for event in events if event["action"] == "transfer"] == [{}]
