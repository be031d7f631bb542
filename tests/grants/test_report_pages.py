"""The report for officials on screen and paper, and the page that anybody may read: totals, and nobody."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from reportlab.pdfgen.canvas import Canvas

from grants.actions.publishing import publish, unpublish
from grants.enums import FundAction, Reading, Role, Side, State
from grants.letters.officials_report import as_pdf, fitting, sentences
from grants.models import Application, Commitment, Fund, ReadLog
from grants.statistics import Delays, Figures, Published, Report, Roll
from grants.statistics.figures import Business
from grants.views import reports
from landlords.models import TenantBusiness
from tests import factories_landlords
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, prepared_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.letters.looks import told_of
from tests.grants.letters.looks import words as printed_words
from tests.grants.page_text import links, parsed, table, text_of, words

pytestmark = pytest.mark.django_db

CHAMBER_ADVISOR = (Side.CHAMBER, Role.ADVISOR)


def show(world: World, name: str = "report", role: str = "landlord_manager", **query: str) -> Any:
    client = log_in(Client(), world.people[role])
    args = [] if name.startswith("report_all") else [world.fund.code]
    return client.get(reverse(f"grants:{name}", args=args), query)


def helped(world: World, count: int, *, naf: str = "56.10A", commune: str = "Creil", epci: str = "CA Creil") -> None:
    for _n in range(count):
        premises = factories_landlords.premises(landlord=world.landlord, commune=commune, epci=epci)
        tenant = factories_landlords.tenant(landlord=world.landlord, naf_rev2=naf)
        months = [date(2020, 3, 1)]
        lease = tenant_with_lease(world, tenant=tenant, premises=premises, months=months)
        walk.walk_to(world, State.CREDITED, lease=lease)


@pytest.fixture
def world() -> World:
    """Seven restaurants in Creil, one bookshop in Beauvais; two tenants that never applied."""
    made = open_fund()
    helped(made, 7)
    helped(made, 1, naf="47.61Z", commune="Beauvais", epci="CA du Beauvaisis")
    for _n in range(2):
        tenant_with_lease(made)
    Commitment.objects.create(charter=made.charter, text="Aucune pénalité", due_on=date(2020, 12, 31))
    return made


class TestReport:
    def test_says_who_was_helped_and_hides_who_is_alone(self, world: World) -> None:
        page = show(world)
        text = text_of(page)
        for said in (
            "Entreprises bénéficiaires 8",
            "Allègements accordés 4 000,00 €",
            "Effectif salarié de ces entreprises 24",
            "Locataires pouvant déposer 10",
            "N'ont jamais déposé 2",
            "Une entreprise a reçu 500,00 € en moyenne",
            "la moitié des avis ont été rendus en 0 jour au plus",
            "En retard de",
        ):
            assert said in text
        assert table(page, "Par activité") == [["Autres (2, réunis)", "8", "4 000,00 €", "24"]]
        assert table(page, "Par EPCI et commune") == [["Autres (2, réunis)", "8", "4 000,00 €", "24"]]
        names = TenantBusiness.objects.values_list("legal_name", flat=True)
        assert not [name for name in names if name in text]
        assert "Beauvais" not in text

    def test_as_at_an_earlier_day(self, world: World) -> None:
        later = OPENED_ON + timedelta(days=3)
        walk.walk_to(world, State.CREDITED, on=later)
        assert "Entreprises bénéficiaires 9" in text_of(show(world))
        text = text_of(show(world, as_at=OPENED_ON.isoformat()))
        assert "Entreprises bénéficiaires 8" in text
        assert "Situation arrêtée au 05/05/2020" in text
        tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
        wrong = show(world, as_at=tomorrow)
        assert wrong.status_code == 422
        assert "Ce jour est à venir." in text_of(wrong)
        assert show(world, "report_pdf", as_at=tomorrow).status_code == 404

    def test_of_fewer_than_five_no_amount_is_told(self) -> None:
        world = open_fund()
        helped(world, 4)
        text = text_of(show(world))
        assert "Entreprises bénéficiaires moins de 5" in text
        assert "2 000,00 €" not in text
        assert "Trop peu d'entreprises pour un tableau." in text
        assert "2 000,00 €" not in printed_words(show(world, "report_pdf").content)

    def test_of_nobody_it_says_so(self) -> None:
        text = text_of(show(open_fund()))
        assert "Entreprises bénéficiaires 0" in text
        assert "La charte n'en prévoit pas." in text

    def test_what_is_not_known_is_said(self) -> None:
        world = open_fund()
        helped(world, 5, epci="")
        files = Application.objects.filter(fund=world.fund)
        TenantBusiness.objects.filter(pk=files[0].tenant_id).update(headcount=None)
        text = text_of(show(world))
        assert "L'effectif salarié n'est pas connu pour 1 des entreprises" in text
        assert "L'état locatif n'indique pas l'EPCI des locaux." in text

    def test_all_the_chambers_funds_together(self, world: World) -> None:
        sibling = open_fund()
        helped(sibling, 5)
        walk.join(sibling, "both", *CHAMBER_ADVISOR, user=world.advisor)
        Commitment.objects.create(charter=sibling.charter, text="Report des loyers")
        page = show(world, "report_all", "advisor")
        text = text_of(page)
        assert "Entreprises bénéficiaires 13" in text
        assert "Allègements accordés 6 500,00 €" in text
        assert f"{sibling.fund.name} : Report des loyers" in text
        assert reverse("grants:report", args=[sibling.fund.code]) in links(page)
        assert "Entreprises bénéficiaires 8" in text_of(show(world, "report_all", "assessor"))
        for role in ("landlord_manager", "auditor"):
            assert show(world, "report_all", role).status_code == 404
        assert log_in(Client(), user()).get(reverse("grants:report_all_pdf")).status_code == 404
        paper = printed_words(show(world, "report_all_pdf", "advisor").content)
        assert "Tous les fonds de la CMA" in paper
        assert "Report des loyers" in paper

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_and_three(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first = open_fund()
        for n in range(count):
            made = first if n == 0 else open_fund()
            helped(made, 1)
            if n:
                walk.join(made, "both", *CHAMBER_ADVISOR, user=first.advisor)
        client = log_in(Client(), first.advisor)
        with django_assert_num_queries(14):
            client.get(reverse("grants:report_all"))


@pytest.mark.parametrize(
    ("granted", "said"),
    [
        ([123_45] * 9, "Une entreprise a reçu 123,45 € en moyenne."),
        ([123_45] * 10, "la moitié a reçu environ 120,00 € ou plus."),
        ([100_00] * 5 + [987_65] + [3_000_00] * 5, "la moitié a reçu environ 990,00 € ou plus."),
    ],
)
def test_no_business_finds_its_own_grant_as_the_median(granted: list[int], said: str) -> None:
    businesses = [Business("56.10A", 1, "Creil", "CA Creil", cents, 0) for cents in granted]
    found = Figures(OPENED_ON, businesses, Delays(None, None, None, 0))
    made = Report(OPENED_ON, found, Published([], []), [], 0, 0, Roll(0, 0, [], frozenset(), frozenset()), [])
    text = " ".join(" ".join(sentences(made)).split())
    assert said in text
    assert "987,65" not in text
    assert ("la moitié" in text) == (len(granted) >= 10)


class TestPaper:
    def test_one_page_with_the_same_figures(self, world: World) -> None:
        answer = show(world, "report_pdf")
        assert answer.headers["Content-Type"] == "application/pdf"
        today = timezone.localdate()
        assert f'filename="bilan-{world.fund.code}-{today}.pdf"' in answer.headers["Content-Disposition"]
        assert answer.content.count(b"/Type /Page\n") == 1
        text = printed_words(answer.content)
        for said in ("Bilan pour les élus", "4 000,00 €", "Autres (2, réunis)", "Aucune pénalité", "En retard de"):
            assert said in text

    def test_however_much_there_is_it_stays_one_page(self, world: World) -> None:
        for n in range(40):
            Commitment.objects.create(charter=world.charter, text=f"Mesure {n} " + "assez longue " * 20)
        content = show(world, "report_pdf").content
        assert content.count(b"/Type /Page\n") == 1
        assert told_of(content) == ("fr", True, set())
        assert "Mesure 39" in printed_words(content)

    def test_a_long_title_is_set_smaller_and_communes_below_their_epci(self) -> None:
        made = open_fund()
        helped(made, 5, commune="Creil")
        helped(made, 6, commune="Nogent-sur-Oise")
        found = reports.report_of(made.fund, OPENED_ON)
        text = printed_words(as_pdf(found, "Un fonds au nom interminable " * 6))
        assert text.index("CA Creil") < text.index("Nogent-sur-Oise")
        assert fitting(Canvas("essai.pdf"), "x" * 1000, "Helvetica", 20, 100) == 5

    def test_every_export_is_logged_whoever_makes_it(self, world: World) -> None:
        show(world, "report_pdf", "payer", as_at=OPENED_ON.isoformat())
        show(world, "report_all_pdf", "advisor")
        logged = [(row.what, row.user, row.fund, row.filter_text) for row in ReadLog.objects.order_by("pk")]
        assert logged == [
            (Reading.EXPORT, world.payer, world.fund, "report as_at=2020-05-05"),
            (Reading.EXPORT, world.advisor, None, f"report as_at={timezone.localdate()}, all funds"),
        ]


class TestPublicPage:
    def published(self, world: World) -> Any:
        publish(fund=world.fund, by=world.landlord_manager, key=key())
        return Client().get(reverse("grants:public", args=[world.fund.code]))

    def test_is_a_404_until_it_is_switched_on(self) -> None:
        world = open_fund()
        address = reverse("grants:public", args=[world.fund.code])
        assert Client().get(address).status_code == 404
        assert self.published(world).status_code == 200
        Fund.objects.filter(pk=prepared_fund().fund.pk).update(is_public=True)
        assert Client().get(reverse("grants:public", args=[Fund.objects.latest("pk").code])).status_code == 404

    def test_says_what_it_is_who_may_apply_and_the_totals_and_names_nobody(self, world: World) -> None:
        text = text_of(self.published(world))
        for said in (
            world.landlord.name,
            "loyer, provisions sur charges, mars 2020 à août 2020",
            "Plafond du fonds 40 000,00 €",
            "Entreprises bénéficiaires 8",
            "Allègements accordés 4 000,00 €",
            "Le dépôt des dossiers est terminé.",
            "Toute entreprise qui loue un local à",
        ):
            assert said in text
        for person in world.people.values():
            assert str(person) not in text
        assert not [name for name in TenantBusiness.objects.values_list("legal_name", flat=True) if name in text]

    def test_of_fewer_than_five_it_tells_no_amount(self) -> None:
        world = open_fund()
        helped(world, 4)
        text = text_of(self.published(world))
        assert "Entreprises bénéficiaires moins de 5" in text
        assert "2 000,00 €" not in text
        assert "Par activité" not in text

    def test_any_cache_may_keep_it_and_it_reads_nobody(self) -> None:
        world = open_fund()
        answer = self.published(world)
        member = log_in(Client(), world.landlord_manager)
        assert member.get(reverse("grants:public", args=[world.fund.code])).content == answer.content
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert not answer.cookies
        assert [words(found) for found in parsed(answer).iter("h1")] == ["Fonds d'essai"]

    def test_figures_are_those_of_the_last_whole_month(self) -> None:
        world = world_of_today()
        today = timezone.localdate()
        walk.walk_to(world, State.CREDITED, on=today)
        assert "Entreprises bénéficiaires 0" in text_of(self.published(world))

    def test_says_whether_somebody_could_file_today(self) -> None:
        world = world_of_today()
        publish(fund=world.fund, by=world.landlord_manager, key=key())
        address = reverse("grants:public", args=[world.fund.code])
        assert "Les dossiers peuvent être déposés jusqu'au 30/06/2100." in text_of(Client().get(address))
        fund_action(world, FundAction.SUSPEND, on=timezone.localdate())
        assert "Le fonds est suspendu" in text_of(Client().get(address))
        later = open_fund(starts_on=date(2100, 1, 1), ends_on=date(2100, 12, 31), filing_deadline=date(2100, 6, 30))
        assert "à partir du 01/01/2100" in text_of(self.published(later))

    def test_nobodys_rent_roll_is_judged_for_it(self, world: World) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert "Entreprises bénéficiaires" in text_of(self.published(world))
        assert not [one["sql"] for one in asked if 'FROM "landlords_' in one["sql"]]

    def test_an_hour_long_it_costs_two_queries_beside_the_caches(self, world: World) -> None:
        first = self.published(world)
        address = reverse("grants:public", args=[world.fund.code])
        with CaptureQueriesContext(connection) as asked:
            again = Client().get(address)
        assert again.content == first.content
        queries = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
        assert len([sql for sql in queries if "fundadmin_cache" not in sql]) == 2
        english = Client().get(address, headers={"Accept-Language": "en"})
        assert "Businesses helped" in text_of(english)
        unpublish(fund=world.fund, by=world.landlord_manager, key=key())
        assert Client().get(address).status_code == 404

    def test_who_floods_it_is_asked_to_wait_and_no_cache_keeps_that(self) -> None:
        world = open_fund()
        self.published(world)
        address = reverse("grants:public", args=[world.fund.code])
        client = Client(REMOTE_ADDR="203.0.113.79")
        assert {client.get(address).status_code for _n in range(60)} == {200}
        refused = client.get(address)
        assert refused.status_code == 429
        assert "public" not in refused.headers.get("Cache-Control", "")
        assert Client(REMOTE_ADDR="203.0.113.80").get(address).status_code == 200


class TestSwitch:
    def test_on_and_off_by_the_landlords_manager(self) -> None:
        world = open_fund()
        client = log_in(Client(), world.landlord_manager)
        address = reverse("grants:public_page", args=[world.fund.code])
        assert "La page est fermée" in text_of(client.get(address))
        for _twice in range(2):
            page = client.post(address, {"key": "une-fois", "public": "1"}, follow=True)
            assert "La page publique est ouverte." in text_of(page)
        assert reverse("grants:public", args=[world.fund.code]) in links(client.get(address))
        page = client.post(address, {"key": key(), "public": "0"}, follow=True)
        assert "La page publique est fermée." in text_of(page)
        refused = client.post(address, {"key": key(), "public": "0"})
        assert refused.status_code == 422
        assert "La page publique est déjà fermée." in text_of(refused)

    def test_others_see_what_it_shows_and_are_told_whose_it_is(self) -> None:
        world = open_fund()
        page = show(world, "public_page", "chamber_manager")
        assert "gestionnaire du fonds (bailleur)" in text_of(page)
        assert "Qui peut déposer" in text_of(page)
        client = log_in(Client(), world.advisor)
        refused = client.post(reverse("grants:public_page", args=[world.fund.code]), {"key": key(), "public": "1"})
        assert refused.status_code == 422
        assert not Fund.objects.get(pk=world.fund.pk).is_public
        assert client.post(reverse("grants:public_page", args=[world.fund.code]), {"public": "1"}).status_code == 422


def test_a_fund_without_a_charter_says_no_term() -> None:
    world = prepared_fund()
    shown = reports.public_context(world.fund)
    assert (shown["charter"], shown["components"], shown["criteria"], shown["is_open"]) == (None, [], [], False)
