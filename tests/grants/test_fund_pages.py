"""The list of funds, a fund's dashboard and the tenants to call: what each reader sees, in words."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants import ledger
from grants.enums import FundAction, Reading, Role, Side, State
from grants.models import Commitment, LedgerCheck, ReadLog
from grants.views.funds import level_warnings
from landlords.models import Contact, TenantBusiness
from tests import factories_landlords
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, open_fund, prepared_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.actions.proposals import proposed
from tests.grants.api.caller import world_of_today
from tests.grants.page_text import links, parsed, table, text_of

pytestmark = pytest.mark.django_db

ADVISOR = (Side.CHAMBER, Role.ADVISOR)


def client_of(person: User) -> Client:
    return log_in(Client(), person)


def read(world: World, name: str, role: str = "landlord_manager") -> Any:
    return client_of(world.people[role]).get(reverse(f"grants:{name}", args=[world.fund.code]))


class TestFunds:
    def test_the_own_funds_with_their_money(self) -> None:
        world, other = open_fund(), open_fund()
        walk.walk_to(world, State.CREDITED)
        page = client_of(world.auditor).get(reverse("grants:funds"))
        assert "Disponible 38 500,00 €" in text_of(page)
        assert reverse("grants:fund", args=[world.fund.code]) in links(page)
        assert reverse("grants:fund", args=[other.fund.code]) not in links(page)
        assert reverse("grants:report_all") not in links(page)
        assert reverse("grants:report_all") in links(client_of(world.advisor).get(reverse("grants:funds")))

    def test_who_has_none_is_told_what_to_do(self) -> None:
        assert "gestionnaire du fonds" in text_of(client_of(user()).get(reverse("grants:funds")))

    def test_a_fund_in_preparation_waits_for_its_landlord_only(self) -> None:
        world = prepared_fund()
        page = client_of(world.landlord_manager).get(reverse("grants:funds"))
        assert reverse("grants:fund_actions", args=[world.fund.code]) in links(page)
        assert reverse("grants:fund", args=[world.fund.code]) not in links(page)
        assert "en préparation" in text_of(page)
        assert world.fund.code not in text_of(client_of(world.advisor).get(reverse("grants:funds")))

    def test_what_waits_for_a_second_person_is_the_landlords_to_know(self) -> None:
        world = open_fund()
        proposed(world, FundAction.SUSPEND)
        assert "1 acte du fonds en attente" in text_of(client_of(world.approver).get(reverse("grants:funds")))
        assert "en attente" not in text_of(client_of(world.advisor).get(reverse("grants:funds")))

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for _n in range(count - 1):
            walk.join(open_fund(), "reader", *ADVISOR, user=world.advisor)
        client = client_of(world.advisor)
        with django_assert_num_queries(7):
            client.get(reverse("grants:funds"))


class TestDashboard:
    def test_the_money_as_a_picture_and_as_a_table(self) -> None:
        world = open_fund(ceiling_cents=50_000_00)
        walk.walk_to(world, State.CREDITED)
        walk.walk_to(world, State.APPROVED)
        walk.walk_to(world, State.ELIGIBLE)
        page = read(world, "fund")
        assert [row[1:] for row in table(page, "Situation du fonds, aujourd'hui")] == [
            ["1 500,00 €", "3 %"],
            ["1 500,00 €", "3 %"],
            ["1 500,00 €", "3 %"],
            ["35 500,00 €", "71 %"],
            ["10 000,00 €", "20 %"],
            ["40 000,00 €", "80 %"],
            ["50 000,00 €", ""],
        ]
        (bar,) = (svg for svg in parsed(page).iter("svg") if svg.get("class") == "bar")
        widths = {rect.get("class"): rect.get("width") for rect in bar.iter("rect")}
        assert widths == {
            "bar-ground": "1000",
            "bar-credited": "30",
            "bar-committed": "30",
            "bar-reserved": "30",
            "bar-available": "710",
            "bar-unendowed": "200",
        }
        assert "sur un plafond de 50\u202f000,00\u00a0€" in str(bar.get("aria-label"))

    def test_whom_it_helped_how_much_and_how_soon(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.CREDITED)
        file = walk.walk_to(world, State.APPROVED)
        walk.credit(world, file, OPENED_ON + timedelta(days=4))
        tenant_with_lease(world)
        text = text_of(read(world, "fund"))
        for said in (
            "Entreprises bénéficiaires 2",
            "Locataires pouvant déposer 3",
            "N'ont jamais déposé 1",
            "Allègement moyen 1 500,00 €",
            "jusqu'à l'imputation 2",
            "Imputé 2",
        ):
            assert said in text

    def test_small_groups_are_hidden_from_who_is_of_neither_side(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.CREDITED)
        assert table(read(world, "fund"), "Par activité") == [
            ["Restauration et débits de boissons 56.10A", "1", "1 500,00 €", "3"]
        ]
        page = read(world, "fund", "auditor")
        assert table(page, "Par activité") == [["Trop peu d'entreprises pour un tableau."]]
        assert table(page, "Par EPCI et commune") == [["Trop peu d'entreprises pour un tableau."]]

    def test_a_new_fund_says_what_is_not_there_yet(self) -> None:
        world = open_fund(endowment_cents=None)
        text = text_of(read(world, "fund"))
        for said in ("Aucune entreprise bénéficiaire", "Aucun mouvement", "Pas assez de données", "Aucun dossier"):
            assert said in text

    def test_each_warning_is_a_sentence(self) -> None:
        world = world_of_today(warning_levels=[80, 95])
        lease = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=33_000_00)
        walk.walk_to(world, State.ELIGIBLE, lease=lease, on=timezone.localdate())
        late = tenant_with_lease(world, months=[date(2020, 3, 1)], rent_cents=9_000_00)
        walk.walk_to(world, State.SUBMITTED, lease=late, on=timezone.localdate())
        Commitment.objects.create(charter=world.charter, text="Une mesure", due_on=date(2020, 12, 31))
        proposed(world, FundAction.SUSPEND, on=timezone.localdate())
        LedgerCheck.objects.create(
            fund=world.fund,
            at=timezone.now(),
            faults=2,
            last_number=1,
            last_digest="",
            details_kept=0,
            details_erased=0,
        )
        text = text_of(read(world, "fund"))
        for said in (
            "vérification du journal a trouvé des anomalies : 2",
            "Le seuil d'alerte de 80 % du plafond est atteint : 82,5 %",
            "Les dossiers sans réservation demandent plus que le disponible",
            "Mesures d'accompagnement du bailleur en retard : 1",
            "Actes du fonds proposés, en attente d'une seconde personne : 1",
        ):
            assert said in text
        assert "en attente d'une seconde personne" not in text_of(read(world, "fund", "advisor"))

    def test_nothing_available_is_told(self) -> None:
        world = open_fund(endowment_cents=1_500_00)
        walk.walk_to(world, State.ELIGIBLE)
        text = text_of(read(world, "fund"))
        assert "Plus rien n'est disponible : les avis favorables vont en liste d'attente." in text
        assert "Plus rien n'est disponible depuis le 05/05/2020." in text

    def test_no_level_without_a_charter(self) -> None:
        world = prepared_fund()
        assert level_warnings(None, ledger.position(world.fund.pk)) == []

    def test_the_forecast_and_its_method_are_told(self) -> None:
        world = world_of_today()
        today = timezone.localdate()
        for n in range(5):
            walk.walk_to(world, State.ELIGIBLE, on=today - timedelta(days=20 - 4 * n))
        page = read(world, "fund")
        assert "À ce rythme, plus rien ne sera disponible vers le" in text_of(page)
        assert "soit 2 500,00 € par semaine" in text_of(page)
        classes = [found.get("class") for found in parsed(page).iter("polyline")]
        assert classes == ["chart-line", "chart-forecast"]

    def test_an_auditors_read_is_logged(self) -> None:
        world = open_fund()
        for name in ("fund", "to_call"):
            read(world, name, "landlord_manager")
        read(world, "fund", "auditor")
        assert [(row.what, row.object_uuid) for row in ReadLog.objects.all()] == [(Reading.FUND, world.fund.uuid)]

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for n in range(count):
            walk.walk_to(world, State.CREDITED)
            Commitment.objects.create(charter=world.charter, text=f"Mesure {n}")
        client = client_of(world.auditor)
        with django_assert_num_queries(28):
            client.get(reverse("grants:fund", args=[world.fund.code]))


class TestToCall:
    def test_each_tenant_with_where_it_is_and_its_trade(self) -> None:
        world = open_fund()
        premises = factories_landlords.premises(landlord=world.landlord, address="3 rue Neuve", commune="Creil")
        tenant = factories_landlords.tenant(landlord=world.landlord, legal_name="Coiffure Zoé", naf_rev2="96.02A")
        lease = tenant_with_lease(world, tenant=tenant, premises=premises)
        walk.walk_to(world, State.SUBMITTED)
        (row,) = table(read(world, "to_call", "advisor"), "Locataires à appeler")
        assert "Coiffure Zoé" in row[0]
        assert "Services à la personne" in row[1]
        assert row[2:4] == ["3 rue Neuve, 60000 Creil", lease.reference]

    def test_contacts_are_the_landlords_until_there_is_a_mandate(self) -> None:
        world = open_fund()
        lease = tenant_with_lease(world)
        Contact.objects.create(tenant=lease.tenant, name="Zoé", phone="0102030405", email="zoe@exemple.invalid")
        Contact.objects.create(tenant=lease.tenant, name="Léa")
        page = read(world, "to_call")
        assert "Zoé" in text_of(page)
        assert "tel:0102030405" in links(page)
        assert "Zoé" not in text_of(read(world, "to_call", "advisor"))
        sibling = open_fund(landlord=world.landlord)
        walk.join(sibling, "both", *ADVISOR, user=world.advisor)
        walk.walk_to(sibling, State.SUBMITTED, lease=lease)
        assert "Zoé" in text_of(read(world, "to_call", "advisor"))

    def test_an_advisor_files_for_a_tenant_from_here(self) -> None:
        world = world_of_today()
        tenant = tenant_with_lease(world).tenant
        address = f"{reverse('grants:file', args=[world.fund.code])}?q={tenant.siret}"
        assert address in links(read(world, "to_call", "advisor"))
        assert address not in links(read(world, "to_call"))
        assert reverse("grants:file", args=[world.fund.code]) in links(read(world, "fund", "advisor"))
        assert reverse("grants:file", args=[world.fund.code]) not in links(read(world, "fund"))

    def test_a_draft_begun_is_the_chambers_to_know(self) -> None:
        world = open_fund()
        draft = walk.draft(world)
        address = reverse("grants:application", args=[draft.uuid])
        assert address in links(read(world, "to_call", "advisor2"))
        assert address not in links(read(world, "to_call"))

    def test_an_auditor_from_outside_sees_no_tenant_that_did_not_file(self) -> None:
        assert read(open_fund(), "to_call", "auditor").status_code == 404

    def test_after_the_deadline_it_says_that_it_is_too_late(self) -> None:
        assert "appeler maintenant vient trop tard" in text_of(read(open_fund(), "to_call"))
        assert "trop tard" not in text_of(read(world_of_today(), "to_call"))

    def test_when_all_applied_it_says_so(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.SUBMITTED)
        assert "Tous les locataires pouvant déposer l'ont fait" in text_of(read(world, "to_call"))

    def test_fifty_at_a_time_and_nobody_twice_nor_left_out(self) -> None:
        world = open_fund()
        leases = {lease.reference: lease for lease in (tenant_with_lease(world) for _n in range(55))}
        client = client_of(world.advisor)
        address = reverse("grants:to_call", args=[world.fund.code])

        def names(query: str) -> list[str]:
            return [row[3] for row in table(client.get(address + query), "Locataires à appeler")]

        def way(query: str, name: str) -> list[str]:
            return [link for link in links(client.get(address + query)) if link.startswith(f"?{name}=")]

        (following,) = way("", "after")
        first, second = names(""), names(following)
        assert (len(first), len(second), {*first, *second}) == (50, 5, set(leases))
        assert not way("", "before")
        assert not way(following, "after")
        (back,) = way(following, "before")
        assert names(back) == first
        # Whoever stood at the end of the page may have applied since.
        walk.walk_to(world, State.SUBMITTED, lease=leases[first[-1]])
        assert names(following) == second
        assert names(f"?after={leases[second[-1]].tenant.uuid}")[-1] == second[-1]
        assert names("?after=quelque-chose")[0] == first[0]

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for _n in range(count):
            tenant_with_lease(world)
        client = client_of(world.advisor)
        with django_assert_num_queries(15):
            client.get(reverse("grants:to_call", args=[world.fund.code]))
        assert TenantBusiness.objects.count() == count
