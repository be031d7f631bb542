"""By what an import knows a tenant and its people again, and when two become one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grants.actions import filing
from landlords.models import Contact, Landlord, TenantBusiness
from tests.factories import OPENED_ON, open_fund
from tests.factories_landlords import lease, premises, tenant, valid_siret
from tests.landlords.imports import everything, refuse, take

pytestmark = pytest.mark.django_db


def test_tenant_without_siret_is_known_again_by_its_lease_and_completed(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"SIRET": ""})
    before = TenantBusiness.objects.get()
    report = take(tmp_path, owner, {"Raison sociale": "SARL Café Zoé"})
    after = TenantBusiness.objects.get()
    assert (after.uuid, after.siret, after.legal_name) == (before.uuid, valid_siret(1), "SARL Café Zoé")
    assert report.updated == 1


@pytest.mark.parametrize("in_one_file", [True, False])
def test_tenants_without_siret_turn_out_to_be_one(tmp_path: Path, owner: Landlord, in_one_file: bool) -> None:
    bare = {"SIRET": "", "Effectif": ""}
    take(tmp_path, owner, bare | {"Réf. bail": "B1"}, bare | {"Réf. bail": "B2", "Effectif": "9", "Contact": "Zoé"})
    assert TenantBusiness.objects.count() == 2
    named = [{"Réf. bail": "B1", "Effectif": ""}, {"Réf. bail": "B2", "Effectif": ""}]
    for lines in [named] if in_one_file else [named[:1], named[1:]]:
        take(tmp_path, owner, *lines)
    merged = TenantBusiness.objects.get()
    assert (merged.siret, merged.headcount) == (valid_siret(1), 9)
    assert {row.reference for row in merged.leases.all()} == {"B1", "B2"}
    assert merged.contacts.get().name == "Zoé"
    assert take(tmp_path, owner, *named).unchanged == 2


def test_merging_makes_one_of_the_same_person(tmp_path: Path, owner: Landlord) -> None:
    zoe = {"Contact": "Zoé Essai"}
    lines = [{}, zoe | {"E-mail": "z@exemple.fr"}, zoe | {"SIRET": "", "Tél": "1"}, {"SIRET": "", "Contact": "Ali"}]
    take(tmp_path, owner, *(line | {"Réf. bail": f"B{n}"} for n, line in enumerate(lines)))
    assert Contact.objects.count() == 3
    take(tmp_path, owner, *({"Réf. bail": f"B{n}"} for n in range(4)))
    merged = TenantBusiness.objects.get()
    people = merged.contacts.values_list("name", "email", "phone")
    assert set(people) == {("Zoé Essai", "z@exemple.fr", "1"), ("Ali", "", "")}


def test_merging_takes_leases_that_the_file_does_not_name(tmp_path: Path, owner: Landlord) -> None:
    known = tenant(landlord=owner, siret=valid_siret(1), legal_name="Café Zoé")
    nameless = tenant(landlord=owner, siret=None, legal_name="CAFÉ ZOÉ")
    place = premises(landlord=owner, reference="L1")
    lease(premises=place, tenant=nameless, reference="B1")
    lease(premises=place, tenant=nameless, reference="B9")
    take(tmp_path, owner, {})
    assert {row.reference for row in known.leases.all()} == {"B1", "B9"}
    assert not TenantBusiness.objects.filter(pk=nameless.pk).exists()


def test_a_new_tenant_without_siret_is_merged_before_it_is_written(tmp_path: Path, owner: Landlord) -> None:
    tenant(landlord=owner, siret=valid_siret(1), legal_name="Café Zoé")
    take(tmp_path, owner, {"SIRET": ""}, {"Période": "05/2020"})
    assert TenantBusiness.objects.get().leases.get().rent_calls.count() == 2


def test_a_tenant_that_an_application_names_is_not_merged(tmp_path: Path) -> None:
    world = open_fund()
    nameless = tenant(landlord=world.landlord, siret=None, legal_name="Café Zoé")
    tenant(landlord=world.landlord, siret=valid_siret(1), legal_name="Café Zoé")
    lease(premises=premises(landlord=world.landlord, reference="L1"), tenant=nameless, reference="B1")
    filing.create(fund=world.fund, tenant=nameless, by=world.advisor, key="draft", on=OPENED_ON)
    before = everything(world.landlord)
    assert refuse(tmp_path, world.landlord, {}) == [(2, "tenant_in_use")]
    assert everything(world.landlord) == before


def test_siret_of_another_business_is_refused(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {"SIRET": ""}, {"Réf. bail": "B2", "Raison sociale": "Chez Ali", "SIRET": valid_siret(2)})
    before = everything(owner)
    assert refuse(tmp_path, owner, {"SIRET": valid_siret(2)}) == [(2, "siret_of_another")]
    assert refuse(tmp_path, owner, {"Réf. bail": "B2"}) == [(2, "lease_other_tenant")]
    assert everything(owner) == before


def test_name_stays_when_only_the_lease_tells_the_tenant(tmp_path: Path, owner: Landlord) -> None:
    take(tmp_path, owner, {})
    report = take(tmp_path, owner, {"SIRET": "", "Raison sociale": "Chez Ali", "Effectif": "8"})
    assert [finding.code for finding in report.warnings] == ["name_not_changed"]
    assert report.unchanged == 1


def test_a_name_that_the_file_itself_gives_holds_for_the_lines_before_too(tmp_path: Path, owner: Landlord) -> None:
    """Otherwise they would be of another business today, and of this one when the file comes again."""
    take(tmp_path, owner, {"Raison sociale": "Chez Ali"})
    lines: list[dict[str, Any]] = [
        {"SIRET": "", "Effectif": "4"},
        {"SIRET": "", "Période": "05/2020", "Raison sociale": "Chez Ali", "Effectif": "8"},
        {"Réf. bail": "B2", "Effectif": "", "Période": "05/2020"},
    ]
    report = take(tmp_path, owner, *lines)
    assert [(finding.line, finding.code) for finding in report.warnings] == [(3, "name_not_changed")]
    assert TenantBusiness.objects.get().headcount == 4
    again = take(tmp_path, owner, *lines)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)


def test_one_siret_with_two_names_is_a_warning(tmp_path: Path, owner: Landlord) -> None:
    lines = [{}, {"Réf. bail": "B2", "Raison sociale": "Chez Ali", "Effectif": "4", "Code NAF": "56.30Z"}]
    report = take(tmp_path, owner, *lines)
    assert [(finding.line, finding.code, finding.column) for finding in report.warnings] == [
        (3, "names_differ", "Raison sociale"),
        (3, "tenant_facts_differ", "Effectif"),
        (3, "tenant_facts_differ", "Code NAF"),
    ]
    assert TenantBusiness.objects.get().legal_name == "Café Zoé"


def test_people_are_known_again(tmp_path: Path, owner: Landlord) -> None:
    """By name; those without a name by their address, else by their number."""
    for name, email, phone in (
        ("Zoé Essai", "zoe@exemple.fr", ""),
        ("ZOE ESSAI", "autre@exemple.fr", "1"),
        ("", "accueil@exemple.fr", ""),
        ("", "Accueil@exemple.fr", "2"),
        ("", "", "3"),
        ("Ali", "", "3"),
        ("", "", "3"),
    ):
        take(tmp_path, owner, {"Contact": name, "E-mail": email, "Tél": phone})
    assert list(Contact.objects.order_by("pk").values_list("name", "email", "phone")) == [
        ("Zoé Essai", "autre@exemple.fr", "1"),
        ("", "Accueil@exemple.fr", "2"),
        ("", "", "3"),
        ("Ali", "", "3"),
    ]
