"""A tenant is found by what an advisor types while somebody is on the telephone."""

import psycopg
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from landlords.models import TenantBusiness
from landlords.search import LIMIT, ids_of_tenants, tenants_matching, typed
from tests import factories_landlords as make

MATCHES_ITSELF = "SELECT array_to_tsvector(words) @@ landlords_query(%s), words FROM landlords_words(%s) words"


def found(text: str) -> list[str]:
    return [tenant.legal_name for tenant in tenants_matching(TenantBusiness.objects.all(), text)]


@pytest.fixture
def hairdresser(db: None) -> TenantBusiness:
    tenant = make.tenant(
        legal_name="Société Évelyne Cœur",
        trade_name="L\u2019Atelier d\u2019Évelyne",
        siret=make.valid_siret(4_000_001),
        commune="Noyon",
    )
    premises = make.premises(landlord=tenant.landlord, reference="LOC-0042", address="12 bis rue du Général-Leclerc")
    make.lease(tenant=tenant, premises=premises, reference="BX/2017-113")
    make.tenant(legal_name="Auto-école du Marché")
    return tenant


@pytest.mark.parametrize(
    "text",
    [
        "évelyne",
        "EVELYNE",
        "e\u0301velyne",  # as a Mac types it
        "coeur",
        "cœur",
        "evel coe",
        "coe  evel",
        "atelier",
        "l'atelier d'évelyne",
        "noyon",
        "leclerc",
        "12 bis",
        "general-leclerc",
        "LOC-0042",
        "loc 0042",
        "BX/2017-113",
        "2017-113",
        "beauvais",
    ],
)
def test_it_is_found_by(hairdresser: TenantBusiness, text: str) -> None:
    assert found(text) == ["Société Évelyne Cœur"]


@pytest.mark.parametrize("text", ["", " ", "'", "velyne", "evelyne marché", "% & | ! :*", "\0", "\ud800", "loc-00421"])
def test_it_is_not_found_by(hairdresser: TenantBusiness, text: str) -> None:
    assert found(text) == []


def test_a_number_is_found_however_it_is_written(hairdresser: TenantBusiness) -> None:
    siret = str(hairdresser.siret)
    spaced = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    for text in (
        siret,
        spaced,
        spaced.replace(" ", "."),
        siret[:9],
        spaced[:11],
        siret[:6],
        spaced[:7],
        f"noy {spaced}",
    ):
        assert found(text) == ["Société Évelyne Cœur"], text


def test_what_changes_is_found_at_once(hairdresser: TenantBusiness) -> None:
    lease = hairdresser.leases.get()
    hairdresser.trade_name = "Chez Basile"
    hairdresser.save()
    lease.reference = "CX-9"
    lease.save()
    lease.premises.commune = "Senlis"
    lease.premises.save()
    assert found("evelyne atelier") == found("113") == found("beauvais") == []
    assert found("basile") == found("cx-9") == found("senlis") == ["Société Évelyne Cœur"]
    other = make.premises(landlord=hairdresser.landlord, commune="Creil")
    lease.premises = other
    lease.save()
    assert (found("creil"), found("senlis")) == (["Société Évelyne Cœur"], [])
    lease.delete()
    assert found("creil") == []


def test_a_lease_that_changes_hands_takes_its_words_along(hairdresser: TenantBusiness) -> None:
    heir = make.tenant(legal_name="Reprise", landlord=hairdresser.landlord)
    hairdresser.leases.update(tenant=heir)
    assert found("2017-113") == ["Reprise"]


def test_a_deleted_tenant_leaves_no_words(db: None) -> None:
    tenant = make.tenant(legal_name="Éphémère")
    tenant.delete()
    assert list(ids_of_tenants("ephemere")) == []


def test_the_order_is_a_french_dictionarys(db: None) -> None:
    for name in ("Zoé Ville", "Écoville", "eaux ville", "Édith Ville"):
        make.tenant(legal_name=name, commune="Ville")
    assert found("ville") == ["eaux ville", "Écoville", "Édith Ville", "Zoé Ville"]


def test_a_long_text_is_cut() -> None:
    assert len(typed("a" * 10_000)) == LIMIT


class AnyText(TestCase):
    @given(st.text(max_size=60))
    def test_no_text_breaks_it(self, text: str) -> None:
        list(ids_of_tenants(text))

    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
    def test_a_name_finds_itself(self, name: str) -> None:
        """Whatever a name holds, its own text finds it, but for one that has neither a Latin letter nor a digit."""
        with connection.cursor() as cursor:
            cursor.execute(MATCHES_ITSELF, [name, name])
            ((matched, words),) = cursor.fetchall()
        assert matched == bool(words)


@pytest.mark.django_db
def test_the_application_writes_no_words(hairdresser: TenantBusiness) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.cursor() as cursor:
        cursor.connection.execute("UPDATE landlords_tenantwords SET words = ''")
