from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import translation

from landlords.enums import NafNomenclature, VatRegime
from landlords.models import Contact, Lease, Premises, RentCall, RentRollImport, TenantBusiness
from tests.factories_landlords import landlord, lease, premises, rent_call, tenant, valid_siren, valid_siret

pytestmark = pytest.mark.django_db

APRIL = datetime.date(2020, 4, 1)


def test_tenant_names_the_facts_it_misses() -> None:
    assert tenant().missing_facts() == []
    incomplete = tenant(siret=None, naf_rev2="", headcount=None)
    assert incomplete.missing_facts() == ["siret", "naf", "headcount"]
    # Nobody employed is a known headcount; a code of either list will do.
    assert tenant(headcount=0, naf_rev2="", naf_2025="56.11G").missing_facts() == []


def test_naf_codes_are_kept_by_nomenclature() -> None:
    assert tenant(naf_2025="56.11G").naf_codes == {NafNomenclature.REV2: "56.10A", NafNomenclature.NAF2025: "56.11G"}
    assert tenant(naf_rev2="").naf_codes == {}


def test_siren_follows_the_siret() -> None:
    row = tenant(siret=valid_siret(7))
    row.refresh_from_db()
    assert row.siren == valid_siren(7)
    row.siret = None
    row.save()
    row.refresh_from_db()
    assert row.siren is None


def test_unknown_sirets_are_not_duplicates() -> None:
    owner = landlord()
    assert tenant(landlord=owner, siret=None) != tenant(landlord=owner, siret=None)
    tenant(landlord=owner, siret=valid_siret(3))
    tenant(siret=valid_siret(3))
    with pytest.raises(IntegrityError, match="tenant_siret_unique"):
        tenant(landlord=owner, siret=valid_siret(3))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "covered"),
    [
        (datetime.date(2020, 4, 30), None, True),
        (datetime.date(2020, 5, 1), None, False),
        (datetime.date(2010, 1, 1), APRIL, True),
        (datetime.date(2010, 1, 1), datetime.date(2020, 3, 31), False),
        (datetime.date(2020, 4, 10), datetime.date(2020, 4, 12), True),
    ],
)
def test_lease_covers_a_month_of_which_it_runs_one_day(
    starts_on: datetime.date, ends_on: datetime.date | None, covered: bool
) -> None:
    assert Lease(starts_on=starts_on, ends_on=ends_on).covers(APRIL) is covered
    assert Lease(starts_on=starts_on, ends_on=ends_on).covers(datetime.date(2020, 4, 15)) is covered


@pytest.mark.parametrize(
    ("make", "values", "constraint"),
    [
        (landlord, {"siren": "73282932"}, "landlord_siren_digits"),
        (tenant, {"siret": "7328293200007"}, "tenant_siret_digits"),
        (tenant, {"naf_rev2": "56.11G"}, "tenant_naf_rev2_shape"),
        (tenant, {"naf_2025": "56.10A"}, "tenant_naf_2025_shape"),
        (lease, {"ends_on": datetime.date(2017, 12, 31)}, "lease_ends_after_start"),
        (lease, {"vat_regime": "?"}, "lease_vat_regime_known"),
        (lease, {"periodicity": "yearly"}, "lease_periodicity_known"),
        (lease, {"arrears_cents": 1}, "lease_arrears_dated"),
        (lease, {"arrears_on": APRIL}, "lease_arrears_dated"),
        (lease, {"moratorium_until": APRIL}, "lease_moratorium_dates"),
        (
            lease,
            {"moratorium_from": APRIL, "moratorium_until": datetime.date(2020, 3, 31)},
            "lease_moratorium_dates",
        ),
        (rent_call, {"period_end": datetime.date(2020, 3, 31)}, "rentcall_period_order"),
        (rent_call, {"gross_cents": 1}, "rentcall_gross_is_sum"),
        (rent_call, {"vat_rate_bp": 10_001, "regime": VatRegime.DEBITS}, "rentcall_vat_rate_range"),
        (rent_call, {"vat_cents": 10}, "rentcall_exempt_without_vat"),
        (rent_call, {"component": "penalties"}, "rentcall_component_known"),
        (rent_call, {"regime": "?"}, "rentcall_regime_known"),
    ],
)
def test_database_refuses_what_must_never_be(make: Any, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make(**values)


def test_open_moratorium_and_dated_arrears_are_accepted() -> None:
    row = lease(moratorium_from=APRIL, arrears_cents=0, arrears_on=APRIL)
    row.full_clean(exclude=["moratorium_note"])


def test_contact_says_something() -> None:
    with pytest.raises(IntegrityError, match="contact_not_empty"):
        Contact.objects.create(tenant=tenant())


def test_constraints_speak_to_people() -> None:
    known = premises()
    twin = Premises(landlord=known.landlord, reference=known.reference)
    with translation.override("en"), pytest.raises(ValidationError, match="already has premises with this reference"):
        twin.full_clean()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_constraint_has_a_sentence_that_can_be_shown(language: str) -> None:
    """Django puts the constraint's name into its message: a single % would be an error instead of a sentence."""
    with translation.override(language):
        for model in apps.get_app_config("landlords").get_models():
            for constraint in model._meta.constraints:
                assert constraint.get_violation_error_message()


def test_calls_of_one_component_never_overlap() -> None:
    call = rent_call()
    rent_call(lease=call.lease, component="charges")
    rent_call(lease=call.lease, month=datetime.date(2020, 5, 1))
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        rent_call(lease=call.lease, period_start=datetime.date(2020, 4, 30), period_end=datetime.date(2020, 4, 30))
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        RentCall.objects.filter(pk=call.pk).update(period_end=datetime.date(2020, 5, 1))
    with pytest.raises(IntegrityError, match="rentcall_period_unique"), transaction.atomic():
        rent_call(lease=call.lease)


def test_landlords_never_meet() -> None:
    stranger = tenant()
    with pytest.raises(IntegrityError, match="same landlord"), transaction.atomic():
        lease(premises=premises(), tenant=stranger)
    held = lease()
    with pytest.raises(IntegrityError, match="same landlord"), transaction.atomic():
        Lease.objects.filter(pk=held.pk).update(tenant=stranger)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        TenantBusiness.objects.filter(pk=stranger.pk).update(landlord=held.landlord)


def test_former_versions_are_kept() -> None:
    row = tenant(legal_name="Avant")
    row.legal_name = "Après"
    row.save()
    row.save()
    assert [event.legal_name for event in row.events.all()] == ["Avant"]  # type: ignore[attr-defined]


def test_rows_name_themselves() -> None:
    owner = landlord(name="SA Long Nom", short_name="")
    assert str(owner) == "SA Long Nom"
    owner.short_name = "SALN"
    assert str(owner) == "SALN"
    call = rent_call(lease=lease(landlord=owner, reference="B7", premises=premises(landlord=owner, reference="L7")))
    assert str(call.lease) == "B7"
    assert str(call.lease.premises) == "L7"
    assert str(call) == f"{call.lease_id} rent 2020-04-01"
    assert str(tenant(legal_name="SARL Zoé")) == "SARL Zoé"
    assert str(tenant(legal_name="SARL Zoé", trade_name="Chez Zoé")) == "Chez Zoé"
    assert str(Contact(email="a@exemple.fr")) == "a@exemple.fr"
    taken = RentRollImport(file_name="roll.csv", created_at=datetime.datetime(2020, 5, 5, 9, 30, tzinfo=datetime.UTC))
    assert str(taken) == "roll.csv (2020-05-05 09:30)"


def test_a_place_has_a_comma_before_its_town() -> None:
    place = Premises(address="45 rue Inventée", postcode="60100", commune="Creil")
    assert place.place == "45 rue Inventée, 60100 Creil"
    assert Premises(address="45 rue Inventée").place == "45 rue Inventée"
    assert Premises(commune="Creil").place == "Creil"
    assert Premises().place == ""
