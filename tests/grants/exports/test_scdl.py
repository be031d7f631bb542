"""The essential data of grants: the official schema kept, natural persons left out, tied to the ledger."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grants import ledger
from grants.enums import AidRegime, ScdlNature, State
from grants.exceptions import RuleRefused
from grants.exports.every import EXPORTS
from grants.exports.scdl import COLUMNS, SCDL, line_breaches, months_told
from grants.models import ExportSettings
from landlords.models import TenantBusiness
from tests import factories_landlords
from tests.factories import World, open_fund, tenant_with_lease
from tests.grants.exports.asking import read_csv, write
from tests.grants.kept import clock, run
from tests.grants.walk import approve, cancel, favourable, reopen, reverse, walk_to, withdraw

pytestmark = pytest.mark.django_db
MARCH = date(2020, 3, 1)
ERASED_ON = date(2037, 6, 1)
GRANTOR = "73282932000074"


def publishing_fund(regime: AidRegime = AidRegime.OUTSIDE_STATE_AID, **settings: Any) -> World:
    world = open_fund(aid_regime=regime)
    given = {"scdl_on": True, "scdl_siret": GRANTOR, "scdl_minimum_cents": 0} | settings
    ExportSettings.objects.create(fund=world.fund, **given)
    return world


def lines(world: World, folder: Path, **asked: Any) -> list[dict[str, str]]:
    return read_csv(folder / write(SCDL, world, folder, **asked).files[0], ",")


def refused(world: World, folder: Path, **asked: Any) -> RuleRefused:
    with pytest.raises(RuleRefused) as refusal:
        write(SCDL, world, folder, **asked)
    assert list(folder.iterdir()) == []
    assert "%(" not in str(refusal.value)
    return refusal.value


def test_one_line_per_decision_as_the_schema_has_it(tmp_path: Path) -> None:
    world = publishing_fund()
    file = walk_to(world, State.APPROVED)
    assert EXPORTS["scdl"] is SCDL
    assert lines(world, tmp_path) == [
        {
            "nomAttribuant": world.landlord.name,
            "idAttribuant": GRANTOR,
            "dateConvention": "2020-05-05",
            "referenceDecision": file.reference,
            "nomBeneficiaire": file.tenant.legal_name,
            "idBeneficiaire": file.tenant.siret,
            "rnaBeneficiaire": "",
            "objet": "Allègement de loyer et de charges d'un local d'activité, mars 2020 à mai 2020",
            "montant": "1500.00",
            "nature": "aide en nature",
            "conditionsVersement": "échelonné",
            "datesPeriodeVersement": "2020-03-01/2020-05-31",
            "idRAE": "",
            "notificationUE": "non",
            "pourcentageSubvention": "1.00",
            "dispositifAide": world.fund.name,
        }
    ]
    content = (tmp_path / f"scdl-subventions-{world.fund.code}.csv").read_bytes()
    assert content.startswith(b"nomAttribuant,idAttribuant,")
    assert tuple(content.split(b"\r\n")[0].decode().split(",")) == COLUMNS


def test_settings_and_regime_say_the_nature_and_the_notification(tmp_path: Path) -> None:
    world = publishing_fund(AidRegime.DE_MINIMIS_2013, scdl_nature=ScdlNature.BOTH)
    walk_to(world, State.SUBMITTED, lease=tenant_with_lease(world, months=[MARCH]), facts={"de_minimis_aids": []})
    file = world.fund.applications.get()
    approve(world, favourable(world, file))
    (line,) = lines(world, tmp_path)
    assert (line["nature"], line["notificationUE"]) == ("aide en numéraire;aide en nature", "oui")
    assert (line["conditionsVersement"], line["datesPeriodeVersement"]) == ("unique", "2020-03-01/2020-03-31")


def test_what_was_taken_back_is_no_longer_published_and_the_sums_are_the_ledgers(tmp_path: Path) -> None:
    world = publishing_fund()
    reverse(world, walk_to(world, State.CREDITED))
    cancel(world, walk_to(world, State.APPROVED))
    kept = walk_to(world, State.CREDITED)
    written = write(SCDL, world, tmp_path)
    assert [line["referenceDecision"] for line in read_csv(tmp_path / written.files[0], ",")] == [kept.reference]
    position = ledger.position(world.fund.pk)
    assert sum(written.sums_cents.values()) == position.committed_cents + position.credited_cents == 1500_00


def test_approved_withdrawn_and_approved_again_is_one_decision_the_last(tmp_path: Path) -> None:
    world = publishing_fund()
    walk_to(world, State.WITHDRAWN)
    file = walk_to(world, State.APPROVED)
    later = date(2020, 6, 2)
    file = reopen(world, withdraw(world, file), on=later)
    approve(world, favourable(world, file, on=later), on=later)
    (line,) = lines(world, tmp_path)
    assert (line["dateConvention"], line["montant"]) == ("2020-06-02", "1500.00")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    assert refused(world, nothing, since=date(2020, 6, 3)).codes == ["nothing_to_publish"]


def test_decisions_are_chosen_by_their_day_and_the_ledger_as_it_stood(tmp_path: Path) -> None:
    world = publishing_fund()
    first = walk_to(world, State.APPROVED)
    second = walk_to(world, State.APPROVED, on=date(2020, 7, 1))
    chosen = {
        name: [line["referenceDecision"] for line in lines(world, tmp_path / name, **asked)]
        for name, asked in {
            "since": {"since": date(2020, 6, 1)},
            "until": {"until": date(2020, 6, 1)},
            "as_at": {"as_at": date(2020, 6, 1)},
            "all": {},
        }.items()
    }
    assert chosen == {
        "since": [second.reference],
        "until": [first.reference],
        "as_at": [first.reference],
        "all": [first.reference, second.reference],
    }


def test_small_decisions_of_one_business_count_together(tmp_path: Path) -> None:
    world = publishing_fund(scdl_minimum_cents=2_000_00)
    tenant = factories_landlords.tenant(landlord=world.landlord)
    for _ in range(2):
        walk_to(world, State.APPROVED, lease=tenant_with_lease(world, tenant=tenant))
    walk_to(world, State.APPROVED)
    written = write(SCDL, world, tmp_path)
    assert written.rows == 2
    assert written.sums_cents == {
        "published": 3_000_00,
        "under_the_minimum": 1_500_00,
        "natural_persons": 0,
        "erased": 0,
    }


def test_a_sole_trader_is_left_out_and_counted_unless_a_law_says_otherwise(tmp_path: Path) -> None:
    world = publishing_fund()
    person = factories_landlords.tenant(landlord=world.landlord, legal_name="Durand Léa", is_natural_person=True)
    walk_to(world, State.APPROVED, lease=tenant_with_lease(world, tenant=person))
    assert refused(world, tmp_path).codes == ["nothing_to_publish"]
    walk_to(world, State.APPROVED)
    written = write(SCDL, world, tmp_path)
    assert written.sums_cents == {
        "published": 1_500_00,
        "under_the_minimum": 0,
        "natural_persons": 1_500_00,
        "erased": 0,
    }
    assert "Durand" not in (tmp_path / written.files[0]).read_text()
    ExportSettings.objects.filter(fund=world.fund).update(scdl_legal_duty="Art. 10 de la loi 2000-321 (essai)")
    assert {line["nomBeneficiaire"] for line in lines(world, tmp_path)} > {"Durand Léa"}


def test_an_erased_application_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = publishing_fund()
    walk_to(world, State.CREDITED)
    clock(monkeypatch, ERASED_ON)
    assert run(ERASED_ON).erased
    refusal = refused(world, tmp_path)
    assert refusal.codes == ["nothing_to_publish"]
    kept = walk_to(world, State.APPROVED)
    written = write(SCDL, world, tmp_path)
    assert [line["referenceDecision"] for line in read_csv(tmp_path / written.files[0], ",")] == [kept.reference]
    assert written.sums_cents["published"] == written.sums_cents["erased"] == 1_500_00


def test_a_fund_that_publishes_nothing_says_who_switches_it_on(tmp_path: Path) -> None:
    assert refused(open_fund(), tmp_path).codes == ["scdl_off"]
    assert refused(publishing_fund(), tmp_path).codes == ["nothing_to_publish"]


def test_a_name_that_a_spreadsheet_would_calculate_is_made_safe(tmp_path: Path) -> None:
    world = publishing_fund()
    file = walk_to(world, State.APPROVED)
    TenantBusiness.objects.filter(pk=file.tenant_id).update(legal_name='=1+1\n"a", b')
    assert lines(world, tmp_path)[0]["nomBeneficiaire"] == '\'=1+1 "a", b'


def test_a_line_that_breaks_the_schema_refuses_the_whole_with_every_reason(tmp_path: Path) -> None:
    world = publishing_fund()
    file = walk_to(world, State.APPROVED)
    TenantBusiness.objects.filter(pk=file.tenant_id).update(siret=None, legal_name=" ")
    ExportSettings.objects.filter(fund=world.fund).update(scdl_siret="73282932000075")
    refusal = refused(world, tmp_path)
    assert [(breach.code, breach.pointer.split("/")[-1]) for breach in refusal.breaches] == [
        ("scdl_field", "nomBeneficiaire"),
        ("scdl_siret", "idAttribuant"),
        ("scdl_one_of", "idBeneficiaire"),
    ]


GOOD = {
    "nomAttribuant": "OPH inventé",
    "idAttribuant": GRANTOR,
    "dateConvention": "2020-05-05",
    "referenceDecision": "essai-1-0001",
    "nomBeneficiaire": "Salon Léa",
    "idBeneficiaire": GRANTOR,
    "rnaBeneficiaire": "",
    "objet": "Allègement",
    "montant": "450.00",
    "nature": "aide en nature",
    "conditionsVersement": "unique",
    "datesPeriodeVersement": "2020-04-01/2020-04-30",
    "idRAE": "",
    "notificationUE": "non",
    "pourcentageSubvention": "1.00",
    "dispositifAide": "",
}


def test_an_association_may_have_its_own_number_instead() -> None:
    assert list(line_breaches(GOOD)) == []
    assert list(line_breaches(GOOD | {"idBeneficiaire": "", "rnaBeneficiaire": "W380475558"})) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("idAttribuant", "7328293200007"),
        ("idAttribuant", "35600000000049"),
        ("dateConvention", "05/05/2020"),
        ("idBeneficiaire", ""),
        ("idBeneficiaire", "73282932000075"),
        ("rnaBeneficiaire", "380475558"),
        ("objet", "x" * 257),
        ("objet", " "),
        ("montant", "450,00"),
        ("montant", "-450.00"),
        ("nature", "remise de loyer"),
        ("conditionsVersement", ""),
        ("datesPeriodeVersement", "2020-04-01_2020-04-30"),
        ("idRAE", "123456"),
        ("notificationUE", "true"),
        ("pourcentageSubvention", "100"),
        ("pourcentageSubvention", "0.00"),
    ],
)
def test_what_the_schema_refuses_we_refuse_before(column: str, value: str) -> None:
    assert {breach.pointer for breach in line_breaches(GOOD | {column: value})} == {f"essai-1-0001/{column}"}


def test_months_in_words() -> None:
    assert months_told(MARCH, MARCH) == "mars 2020"
    assert months_told(MARCH, date(2021, 8, 1)) == "mars 2020 à août 2021"


def test_a_point_and_two_decimals(tmp_path: Path) -> None:
    world = publishing_fund()
    lease = tenant_with_lease(world, months=[MARCH], rent_cents=123_05)
    walk_to(world, State.SUBMITTED, lease=lease)
    approve(world, favourable(world, world.fund.applications.get()))
    assert lines(world, tmp_path)[0]["montant"] == "123.05"
