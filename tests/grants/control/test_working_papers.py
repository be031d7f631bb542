"""The working papers on paper and as a workbook: everything the pages say, nothing the reader may not read."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from grants.actions.documents import Upload, attach
from grants.actions.letters import issue, mark_sent, set_aside
from grants.actions.sampling import sign_sample
from grants.control.draw import Stratum, Unit, draw, population_digest
from grants.control.words import stratum_words
from grants.enums import Action, Delivery, Found, Reading, Role, SampleMethod, Side, State, Visibility
from grants.letters.working_papers import as_pdf, criteria
from grants.models import Event, ReadLog, Sample
from grants.views.control.working import working_papers
from grants.visibility import reader_of
from landlords.models import TenantBusiness
from tests.accounts import log_in
from tests.factories import PDF, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.control.samples import SEED, a_sample, find, find_all
from tests.grants.letters.looks import told_of
from tests.grants.page_text import text_of

pytestmark = pytest.mark.django_db

MARCH = date(2020, 3, 1)
STRATA = (Stratum(500_00, 1), Stratum(None, None))


@pytest.fixture
def world() -> World:
    """Two small files and a big one, which has a turnover and its document; long and odd names."""
    made = open_fund()
    for amount, name in ((100, "Zoé & Fils <SARL>"), (200, "x" * 120), (2_000, "=1+1 😀 Łódź")):
        lease = tenant_with_lease(made, months=[MARCH], rent_cents=amount * 100)
        TenantBusiness.objects.filter(pk=lease.tenant_id).update(legal_name=name, trade_name="")
        facts = {"turnover_by_month": {"2020-03": 1_234_00}, "evidence": {"turnover_by_month": "vat_return"}}
        file = walk.draft(made, lease=lease, facts=facts if amount == 2_000 else None)
        upload = Upload("bail", *PDF, visibility=Visibility.BOTH)
        file = attach(application=file, upload=upload, by=made.advisor, key=key(), on=date(2020, 5, 5))
        for step in walk.PATHS[State.CREDITED]:
            file = step(made, file, date(2020, 5, 5))
    return made


def drawn(world: World) -> Sample:
    return a_sample(world, method=SampleMethod.STRATIFIED, strata=STRATA)


def fetched(world: World, name: str, sample: Sample, role: str = "auditor", **more: Any) -> Any:
    address = reverse(f"grants:{name}", kwargs={"uuid": sample.uuid} | more)
    return log_in(Client(), world.people[role]).get(address)


def pages(answer: Any) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages]


class TestPaper:
    def test_a_cover_then_a_sheet_per_file(self, world: World) -> None:
        sample = drawn(world)
        find(sample.items.get(position=2), world.auditor, Found.AT_RISK, at_risk_cents=12_50, note="Avis d'avril faux.")
        answer = fetched(world, "sample_pdf", sample)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="sondage-{world.fund.code}-1.pdf"'
        cover, *sheets = pages(answer)
        for part in ("Erreur extrapolée : 12,50 € sur 2 300,00 €", SEED, sample.population_digest[:40], "page 1 sur"):
            assert part in cover.replace("\xa0", " ")
        assert "Nom, date, signature :" in cover.replace("\xa0", " ")
        big = " ".join(page for page in sheets if "Fiche 2 sur 2" in page).replace("\xa0", " ")
        told = (
            "Observation : montant en cause",
            "12,50 € en cause sur 2 000,00 €",
            "mars 2020 : 1 234,00 €",
            "SHA-256",
        )
        for part in (*told, "Avis d'avril faux.", "AV-2020-001", "Imputation enregistrée", "=1+1 Łódź"):
            assert part in big
        assert all("Fiche" in page for page in sheets)

    def test_title_language_and_the_same_bytes_again(self, world: World) -> None:
        sample = drawn(world)
        reader = reader_of(world.auditor, world.fund.pk)
        with translation.override("fr"):
            first, second = (as_pdf(working_papers(sample, world.auditor, reader)) for _ in range(2))
        assert first == second
        found = PdfReader(io.BytesIO(first))
        assert found.metadata is not None
        assert found.metadata.title == "Dossier de travail - Sondage n° 1 - Fonds d'essai"
        assert told_of(first) == ("fr", True, set())

    def test_an_opinion_is_told_criterion_by_criterion(self, world: World) -> None:
        sample = drawn(world)
        leaf = working_papers(sample, world.auditor, reader_of(world.auditor, world.fund.pk)).leaves[0]
        finding = {"label": "Effectif", "outcome_label": "rempli", "sentence": "4 salariés, 10 au plus.", "note": ""}
        opinion = {"opinion_label": "favourable", "by": "assessor", "on": date(2020, 5, 5), "findings": [finding]}
        with_one = list(criteria(replace(leaf, assessment=opinion)))
        assert len(with_one) == len(list(criteria(replace(leaf, assessment=opinion | {"findings": []})))) + 1
        assert "4 salariés, 10 au plus." in with_one[-1].getPlainText()
        assert list(criteria(replace(leaf, assessment=None))) == []

    def test_signed_it_says_by_whom_and_the_conclusion(self, world: World) -> None:
        sample = drawn(world)
        find_all(sample, world.auditor)
        sign_sample(sample=sample, conclusion="Fonds tenu\nrégulièrement.", by=world.auditor)
        cover = pages(fetched(world, "sample_pdf", sample))[0]
        assert "Visa de contrôle donné par auditor" in cover
        assert "Fonds tenu régulièrement." in cover
        assert "Nom, date, signature" not in cover

    def test_letters_and_how_they_left(self, world: World) -> None:
        file = world.fund.applications.order_by("pk")[0]
        event = Event.objects.get(application=file, action=Action.CREDIT)
        on = date(2020, 5, 5)
        letter = issue(event=event, by=world.payer, key=key(), on=on)
        sample = a_sample(world, strata=(Stratum(None, None),))
        number = sample.items.get(application=file).position
        page = text_of(fetched(world, "sample_sheet", sample, position=number))
        assert f"n° {letter.number} du 05/05/2020, à envoyer" in page
        set_aside(letter=letter, by=world.payer, key=key(), on=on)
        again = issue(event=event, by=world.payer, key=key(), on=on)
        mark_sent(letter=again, channel=Delivery.POST, sent_on=on, by=world.payer, key=key(), on=on)
        paper = " ".join(pages(fetched(world, "sample_pdf", sample)))
        assert f"n° {letter.number} du 05/05/2020, écarté le 05/05/2020, jamais envoyé" in paper
        assert f"n° {again.number} du 05/05/2020, envoyé le 05/05/2020" in paper
        assert letter.sha256[:40] in paper

    def test_english_too(self, world: World) -> None:
        client = log_in(Client(headers={"Accept-Language": "en"}), world.auditor)
        cover = pages(client.get(reverse("grants:sample_pdf", args=[drawn(world).uuid])))[0]
        assert "Projected error: €0.00 of €2,300.00, that is 0%." in cover

    def test_a_landlords_auditor_reads_no_turnover(self, world: World) -> None:
        mine = walk.join(world, "insider", Side.LANDLORD, Role.AUDITOR)
        sample = a_sample(world, mine, strata=(Stratum(None, None),))
        text = " ".join(pages(fetched(world, "sample_pdf", sample, "insider")))
        assert "1 234,00" not in text.replace("\xa0", " ").replace("\u202f", " ")
        assert "Fiche 3 sur 3" in text

    def test_what_was_undone_of_earlier_periods_is_told(self, world: World) -> None:
        later = date(2020, 5, 9)
        walk.walk_to(world, State.CREDITED, on=later)
        walk.reverse(world, world.fund.applications.order_by("pk")[0], later)
        cover = pages(fetched(world, "sample_pdf", a_sample(world, since=later)))[0]
        assert "100,00 € annulés, de périodes antérieures" in cover.replace("\xa0", " ")

    def test_fetching_it_is_logged(self, world: World) -> None:
        sample = drawn(world)
        for name in ("sample_pdf", "sample_xlsx"):
            fetched(world, name, sample)
        logged = ReadLog.objects.filter(what=Reading.EXPORT).order_by("pk")
        assert [(one.object_uuid, one.filter_text) for one in logged] == [
            (sample.uuid, "working papers pdf"),
            (sample.uuid, "working papers xlsx"),
        ]


class TestWorkbook:
    def book(self, world: World, sample: Sample, tmp_path: Path) -> Any:
        path = tmp_path / "papers.xlsx"
        path.write_bytes(fetched(world, "sample_xlsx", sample).content)
        return openpyxl.load_workbook(path)

    def test_the_draw_is_done_again_from_it_alone(self, world: World, tmp_path: Path) -> None:
        """What an auditor does on their own machine: the population, the seed, the strata, and SHA-256."""
        sample = drawn(world)
        rows = list(self.book(world, sample, tmp_path)["Population"].iter_rows(min_row=2, values_only=True))
        units = [Unit(key_, round(euros * 100)) for key_, euros, *_rest in rows]
        assert population_digest(units) == sample.population_digest
        again = draw(units, STRATA, SEED)
        assert [one.digest for one in again] == list(sample.items.values_list("digest", flat=True))
        assert {row[0] for row in rows if row[4] == "oui"} == {one.unit.key for one in again}
        assert {row[2] for row in rows} == {"jusqu’à 500,00\xa0€", "plus de 500,00\xa0€"}

    def test_sheets_findings_and_totals(self, world: World, tmp_path: Path) -> None:
        sample = drawn(world)
        find(sample.items.get(position=2), world.auditor, Found.AT_RISK, at_risk_cents=12_50, note="=1+1")
        book = self.book(world, sample, tmp_path)
        assert book.sheetnames == [
            "Couverture",
            "Strates",
            "Dossiers",
            "Historique du dossier",
            "Mouvements",
            "Population",
        ]
        total = [cell.value for cell in book["Strates"][4]]
        assert total[1:] == [3, 2300, 2, sum(item.cents for item in sample.items.all()) / 100, 0, 1, 12.5, 12.5]
        first, second = list(book["Dossiers"].iter_rows(min_row=2, values_only=True))
        assert (first[6], first[7], first[8]) == ("pas encore examinée", None, None)
        assert (second[2], second[5:10]) == ("=1+1 😀 Łódź", (2000, "montant en cause", 12.5, "=1+1", "auditor"))
        assert "1\u202f234,00\xa0€" in second[10]
        assert second[12].startswith("bail signé: charte-signee.pdf (SHA-256 ")
        entries = list(book["Mouvements"].iter_rows(min_row=2, values_only=True))
        assert [row[4] for row in entries if row[0] == 2] == ["Réservation", "Engagement", "Imputation"]
        assert sum(row[8] for row in entries if row[4] == "Imputation") * 100 == sum(
            item.cents for item in sample.items.all()
        )
        assert "Imputation enregistrée" in [row[3] for row in book["Historique du dossier"].iter_rows(values_only=True)]


@pytest.mark.parametrize(
    ("stratum", "said"),
    [
        ({"above_cents": 0, "upto_cents": None}, "tous les montants"),
        ({"above_cents": 0, "upto_cents": 500_00}, "jusqu’à 500,00\xa0€"),
        ({"above_cents": 500_00, "upto_cents": 900_00}, "de plus de 500,00\xa0€ à 900,00\xa0€"),
        ({"above_cents": 500_00, "upto_cents": None}, "plus de 500,00\xa0€"),
    ],
)
def test_a_stratum_in_words(stratum: dict[str, int | None], said: str) -> None:
    with translation.override("fr"):
        assert stratum_words(stratum) == said
