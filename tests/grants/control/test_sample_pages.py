"""The pages of samples: what is there before a draw, the draw, each sheet with its finding, the sign-off, the list."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from grants.control.draw import Stratum
from grants.enums import Found, Reading, Role, SampleMethod, SampleState, Side, State
from grants.models import ReadLog, Sample
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.control.samples import SEED, a_sample, find, find_all, signed
from tests.grants.page_text import links, table, text_of

pytestmark = pytest.mark.django_db

MARCH = date(2020, 3, 1)
LIST, UNITS, STRATA = "Sondages, du plus récent au plus ancien", "Unités tirées", "Strate par strate"
ASKED = {
    "unit": "file",
    "scope": "credited",
    "since": OPENED_ON.isoformat(),
    "until": OPENED_ON.isoformat(),
    "method": "random",
    "size": "2",
    "seed": SEED,
}
BY_AMOUNT = {"method": "stratified", "size": "", "upto_1": "500,00", "size_1": "1"}

BAD_INPUT: list[tuple[dict[str, str], list[str]]] = [
    ({"size": ""}, ["Indiquez combien d'unités tirer."]),
    ({"size": "301"}, ["inférieure ou égale à 300"]),
    ({"method": "stratified", "size": ""}, ["Indiquez au moins une borne"]),
    (BY_AMOUNT | {"size_1": ""}, ["Indiquez combien d'unités tirer dans cette strate"]),
    (BY_AMOUNT | {"upto_1": "", "size_2": "2"}, ["Indiquez la borne de cette strate"]),
    (BY_AMOUNT | {"upto_2": "400", "size_2": "1"}, ["Chaque borne dépasse la précédente (500,00 €)."]),
    ({"since": "2020-06-01", "seed": "x"}, ["La période finit avant de commencer", "Une graine compte de 8"]),
    ({"until": "2099-01-01"}, ["Ce jour est à venir"]),
    ({"since": "0001-01-01"}, ["Aucun fonds n'est antérieur à l'euro"]),
    ({"since": "2020-05-01", "until": "2020-05-02"}, ["il n'y a rien à tirer"]),
]


@pytest.fixture
def world() -> World:
    made = open_fund()
    for amount in (100, 200, 2_000):
        lease = tenant_with_lease(made, months=[MARCH], rent_cents=amount * 100)
        walk.walk_to(made, State.CREDITED, lease=lease)
    return made


def visitor(world: World, role: str = "auditor") -> Client:
    return log_in(Client(), world.people[role])


def plan_page(world: World, client: Client, **asked: str) -> Any:
    return client.get(reverse("grants:new_sample", args=[world.fund.code]), ASKED | asked)


def hidden(page: Any) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))


def at(name: str, sample: Sample, *args: Any) -> str:
    return reverse(f"grants:{name}", args=[sample.uuid, *args])


class TestDrawing:
    def test_a_blank_form_proposes_what_is_usual(self, world: World) -> None:
        page = visitor(world).get(reverse("grants:new_sample", args=[world.fund.code])).content.decode()
        assert f'name="since" value="{OPENED_ON}"' in page
        assert 'name="size" value="25"' in page
        assert STRATA not in page

    def test_what_there_is_is_shown_before_anything_is_drawn(self, world: World) -> None:
        page = plan_page(world, visitor(world), **BY_AMOUNT)
        assert table(page, STRATA) == [
            ["jusqu'à 500,00 €", "2", "300,00 €", "1"],
            ["plus de 500,00 € – examinée en totalité", "1", "2 000,00 €", "1"],
            ["Total", "3", "2 300,00 €", "2"],
        ]
        assert "le compte a varié de 2 300,00 € sur la période" in text_of(page)
        assert not Sample.objects.exists()

    def test_it_ties_to_the_positions_also_where_something_was_undone(self, world: World) -> None:
        walk.walk_to(world, State.REVERSED)
        walk.walk_to(world, State.APPROVED)
        walk.walk_to(world, State.CANCELLED)
        for scope in ("credited", "approved"):
            assert "Concorde avec le journal" in text_of(plan_page(world, visitor(world), scope=scope))

    def test_undone_of_an_earlier_period(self, world: World) -> None:
        later = date(2020, 5, 20)
        walk.walk_to(world, State.CREDITED, on=later)
        walk.reverse(world, world.fund.applications.order_by("pk")[0], later)
        page = plan_page(world, visitor(world), since=later.isoformat(), until=later.isoformat())
        assert "100,00 € de périodes antérieures ont été annulés" in text_of(page)
        assert "Concorde avec le journal : le compte a varié de 1 400,00 €" in text_of(page)

    def test_drawn_by_a_second_press(self, world: World) -> None:
        client = visitor(world)
        fields = hidden(plan_page(world, client, **BY_AMOUNT))
        address = reverse("grants:new_sample", args=[world.fund.code])
        answers = [client.post(address, fields) for _ in range(2)]
        sample = Sample.objects.get()
        assert {answer.headers["Location"] for answer in answers} == {at("sample", sample)}
        assert (sample.method, sample.item_count, sample.seed) == (SampleMethod.STRATIFIED, 2, SEED)
        assert "Tirage fait et figé : 2 unités." in client.get(at("sample", sample)).content.decode().replace(
            "\xa0", " "
        )

    def test_a_population_that_moved_is_shown_again(self, world: World) -> None:
        client = visitor(world)
        fields = hidden(plan_page(world, client))
        walk.walk_to(world, State.CREDITED)
        page = client.post(reverse("grants:new_sample", args=[world.fund.code]), fields)
        assert page.status_code == 422
        assert "La population a changé" in text_of(page)
        assert not Sample.objects.exists()

    def test_bad_input_is_told_and_kept(self, world: World) -> None:
        client = visitor(world)
        for asked, sentences in BAD_INPUT:
            page = plan_page(world, client, **asked)
            assert page.status_code == 422
            for sentence in sentences:
                assert sentence in text_of(page)
            assert f'value="{(ASKED | asked)["seed"]}"' in page.content.decode()

    def test_only_auditors_come_here(self, world: World) -> None:
        for role, status in (("landlord_manager", 404), ("payer", 404), ("auditor", 200)):
            assert plan_page(world, visitor(world, role)).status_code == status


class TestSheet:
    def test_all_that_an_auditor_looks_at(self, world: World) -> None:
        sample = a_sample(world)
        item = sample.items.get(position=1)
        page = visitor(world).get(at("sample_sheet", sample, 1))
        told = text_of(page)
        assert f"Fiche 1 sur 2 : {item.application.tenant}" in told
        for part in ("Imputation enregistrée", "Avis : favorable", "AV-2020-001", "pas encore examinée"):
            assert part in told
        assert [row[2] for row in table(page, "Du plus ancien au plus récent")] == [
            "Réservation",
            "Engagement",
            "Imputation",
        ]
        log = ReadLog.objects.get(what=Reading.APPLICATION)
        assert (log.user, log.object_uuid, log.filter_text) == (world.auditor, item.application.uuid, "sample 1")

    def test_of_a_line_only_that_line(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        sample = a_sample(world, unit="line")
        page = visitor(world).get(at("sample_sheet", sample, 1))
        assert len(table(page, "Mois par mois")) == 1
        assert len(table(page, "Du plus ancien au plus récent")) == 3
        line = sample.items.get(position=1).line
        assert line is not None
        assert line.application == file
        assert f"{line.month:%m/%Y}, loyer" in text_of(visitor(world).get(at("sample", sample)))

    def test_what_a_landlords_auditor_may_not_read_is_not_there(self) -> None:
        world = open_fund()
        months = {"2019-03": 6_000_00, "2020-03": 1_234_00}
        walk.walk_to(world, State.CREDITED, facts={"turnover_by_month": months, "headcount": 4})
        mine = walk.join(world, "insider", Side.LANDLORD, Role.AUDITOR)
        inside, outside = a_sample(world, mine, strata=(Stratum(None, 1),)), a_sample(world, strata=(Stratum(None, 1),))
        assert "1 234,00 €" in text_of(visitor(world).get(at("sample_sheet", outside, 1)))
        told = text_of(visitor(world, "insider").get(at("sample_sheet", inside, 1)))
        assert "1 234,00" not in told
        assert "Effectif salarié 4" in told
        assert visitor(world, "insider").get(at("sample_sheet", outside, 1)).status_code == 404

    def test_typing_a_finding_leads_to_the_next_sheet_and_then_to_the_end(self, world: World) -> None:
        sample, client = a_sample(world), visitor(world)
        given = {"key": key(), "seen": "", "outcome": "at_risk", "at_risk": "12,50", "note": "Avoir sans avis."}
        answer = client.post(at("sample_sheet", sample, 2), given)
        assert answer.headers["Location"] == at("sample_sheet", sample, 1)
        assert sample.items.get(position=2).at_risk_cents == 12_50
        page = client.get(at("sample_sheet", sample, 1))
        assert "L'observation de la fiche 2 est enregistrée." in page.content.decode().replace("’", "'").replace(
            "&#x27;", "'"
        )
        answer = client.post(at("sample_sheet", sample, 1), {"key": key(), "seen": "", "outcome": "none"})
        assert answer.headers["Location"] == at("sample", sample)
        again = client.get(at("sample_sheet", sample, 2)).content.decode()
        assert 'name="at_risk" value="12,50"' in again
        assert "Avoir sans avis." in again

    def test_a_bad_finding_is_told_at_its_place_and_kept(self, world: World) -> None:
        sample, client = a_sample(world), visitor(world)
        given = {"key": key(), "seen": "", "outcome": "at_risk", "at_risk": "99999", "note": "Trop."}
        page = client.post(at("sample_sheet", sample, 1), given)
        assert page.status_code == 422
        assert "Indiquez un montant en cause compris entre 0,01 €" in text_of(page)
        assert 'value="99999"' in page.content.decode()
        page = client.post(at("sample_sheet", sample, 1), {"key": key(), "outcome": "parfait"})
        assert page.status_code == 422

    def test_what_another_auditor_typed_meanwhile_is_shown(self, world: World) -> None:
        sample, client = a_sample(world), visitor(world)
        find(
            sample.items.get(position=1),
            walk.join(world, "other", Side.EXTERNAL, Role.AUDITOR),
            Found.MINOR,
            note="Vu.",
        )
        for seen in ("", "hier"):
            given = {"key": key(), "seen": seen, "outcome": "none", "note": "Le mien."}
            page = client.post(at("sample_sheet", sample, 1), given)
            assert page.status_code == 422
            for part in ("other a saisi entre-temps", "Vu.", "Le mien."):
                assert part in text_of(page)

    def test_after_the_sign_off_it_is_read_only(self, world: World) -> None:
        sample, client = signed(world), visitor(world)
        page = client.get(at("sample_sheet", sample, 1))
        assert "plus rien n'y change" in text_of(page)
        assert "<textarea" not in page.content.decode()
        refused = client.post(
            at("sample_sheet", sample, 1), {"key": key(), "seen": "", "outcome": "minor", "note": "x"}
        )
        assert refused.status_code == 422
        assert sample.items.get(position=1).outcome == Found.NOTHING

    def test_no_such_sheet(self, world: World) -> None:
        assert visitor(world).get(at("sample_sheet", a_sample(world), 3)).status_code == 404


class TestSample:
    def test_result_strata_and_every_unit(self, world: World) -> None:
        sample = a_sample(world, method=SampleMethod.STRATIFIED, strata=(Stratum(500_00, 1), Stratum(None, None)))
        item = sample.items.get(position=1)
        find(item, world.auditor, Found.AT_RISK, at_risk_cents=item.cents, note="Sans avis d'échéance.")
        page = visitor(world).get(at("sample", sample))
        assert "Erreur extrapolée : 300,00 € sur 2 300,00 €, soit 13,04 %." in text_of(page)
        assert "1 fiche n'a pas encore d'observation" in text_of(page)
        assert "Fiches sans observation : 1 (n° 2)." in text_of(page)
        assert table(page, STRATA)[-1][-2:] == [table(page, STRATA)[0][-2], "300,00 €"]
        assert [row[2].split(" par")[0].split(" auditor")[0] for row in table(page, UNITS)] == [
            "montant en cause",
            "pas encore examinée",
        ]
        assert "même population, mêmes unités" in text_of(page)

    def test_managers_read_the_result_of_a_signed_one_and_no_note(self, world: World) -> None:
        sample = a_sample(world)
        find(sample.items.get(position=1), world.auditor, Found.MINOR, note="CA de 12 000 €.")
        assert visitor(world, "landlord_manager").get(at("sample", sample)).status_code == 404
        find_all(sample, world.auditor)
        client = visitor(world)
        client.post(at("sign_sample", sample), {"key": key(), "conclusion": "Une anomalie mineure."})
        page = visitor(world, "landlord_manager").get(at("sample", sample))
        assert "Une anomalie mineure." in text_of(page)
        assert "anomalie mineure, sans montant" in text_of(page)
        assert "CA de 12 000" not in text_of(page)
        assert at("sample_pdf", sample) not in links(page)
        for name in ("sample_pdf", "sample_xlsx", "sign_sample", "abandon_sample"):
            assert visitor(world, "landlord_manager").get(at(name, sample)).status_code == 404
        assert [row[1] for row in table(visitor(world, "chamber_manager").get(listed(world)), LIST)] == ["aléatoire"]

    @pytest.mark.parametrize("drawn", [1, 3])
    def test_the_same_queries_however_many_units(
        self, world: World, drawn: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        sample, client = a_sample(world, strata=(Stratum(None, drawn),)), visitor(world)
        with django_assert_num_queries(10):
            client.get(at("sample", sample))
        with django_assert_num_queries(14):
            client.get(at("sample_pdf", sample))


def listed(world: World) -> str:
    return reverse("grants:samples", args=[world.fund.code])


class TestClosing:
    def test_signed_off_with_a_conclusion(self, world: World) -> None:
        sample, client = a_sample(world), visitor(world)
        assert "Fiches sans observation : 2 (n° 1, 2)." in text_of(client.get(at("sign_sample", sample)))
        find_all(sample, world.auditor)
        assert "Le visa de contrôle fige tout" in text_of(client.get(at("sign_sample", sample)))
        refused = client.post(at("sign_sample", sample), {"key": key(), "conclusion": "  "})
        assert refused.status_code == 422
        given = {"key": key(), "conclusion": "Fonds tenu régulièrement."}
        answers = [client.post(at("sign_sample", sample), given) for _ in range(2)]
        assert {answer.headers.get("Location") for answer in answers} == {at("sample", sample)}
        assert Sample.objects.get(pk=sample.pk).state == SampleState.SIGNED
        other = client.post(at("sign_sample", sample), {"key": key(), "conclusion": "Autre."})
        assert "plus rien n'y change" in text_of(other)

    def test_given_up_with_a_reason(self, world: World) -> None:
        sample, client = a_sample(world), visitor(world)
        assert client.get(at("abandon_sample", sample)).status_code == 200
        assert client.post(at("abandon_sample", sample), {"key": key()}).status_code == 422
        answer = client.post(at("abandon_sample", sample), {"key": key(), "reason": "Mauvaise période."})
        assert answer.headers["Location"] == listed(world)
        assert table(client.get(listed(world)), LIST)[0][2] == "Abandonné"
        assert "Mauvaise période." in text_of(client.get(at("sample", sample)))
        assert "plus rien n'y change" in text_of(client.get(at("abandon_sample", sample)))
        assert client.post(at("abandon_sample", sample), {"key": key(), "reason": "Encore."}).status_code == 422


class TestList:
    def test_how_far_each_one_is(self, world: World) -> None:
        sample = a_sample(world)
        find(sample.items.get(position=1), world.auditor)
        (row,) = table(visitor(world).get(listed(world)), LIST)
        assert row[0].startswith("Sondage n° 1 dossiers imputés du 01/01/2020")
        assert row[2:4] == ["En cours", f"auditor {row[3].split()[-1]}"]
        assert row[4:] == ["2", "1", "2 300,00 € 3 unités"]

    def test_none_yet(self, world: World) -> None:
        assert "Tirer un sondage" in text_of(visitor(world).get(listed(world)))
        manager = text_of(visitor(world, "landlord_manager").get(listed(world)))
        assert "dès qu'un contrôleur lui a donné son visa" in manager
        assert "Tirer un sondage" not in manager
        assert visitor(world, "payer").get(listed(world)).status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_same_queries_however_many(
        self, world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(count):
            a_sample(world)
        client = visitor(world)
        with django_assert_num_queries(8):
            client.get(listed(world))
