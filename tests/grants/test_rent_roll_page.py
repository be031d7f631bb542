"""A landlord's rent roll through the site: handed in, checked, its columns corrected, imported whole or not at all."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions import rent_rolls
from grants.actions.documents import SIZE_LIMIT
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.models import QuarantinedFile, RentRollCheck
from landlords.models import Lease, RentCall, RentRollImport, TenantBusiness
from tests.accounts import log_in
from tests.factories import World, key, open_fund
from tests.grants.fake_clamd import fake_clamd
from tests.grants.made_files import EICAR
from tests.landlords.rolls import csv_bytes, rows_of, xlsx_file

pytestmark = pytest.mark.django_db
GOOD = csv_bytes(rows_of({}, {"Réf. bail": "B2", "Réf. local": "L2", "Période": "05/2020"}))


def manager(world: World) -> Client:
    return log_in(Client(), world.landlord_manager)


def address(world: World, *check: RentRollCheck, name: str = "rent_roll") -> str:
    return reverse(f"grants:{name}", args=[world.fund.code, *(one.uuid for one in check)])


def hand_in(client: Client, world: World, content: bytes = GOOD, name: str = "etat.csv", **more: Any) -> Any:
    sent = {"file": SimpleUploadedFile(name, content), "key": key(), **more}
    return client.post(address(world), sent)


def checked(client: Client, world: World, content: bytes = GOOD, **more: Any) -> RentRollCheck:
    answer = hand_in(client, world, content, **more)
    check = RentRollCheck.objects.latest("pk")
    assert (answer.status_code, answer.headers["Location"]) == (302, address(world, check, name="rent_roll_check"))
    return check


def page(client: Client, world: World, check: RentRollCheck) -> str:
    return " ".join(client.get(address(world, check, name="rent_roll_check")).content.decode().split())


def import_it(client: Client, world: World, check: RentRollCheck, digest: str = "") -> Any:
    where = address(world, check, name="rent_roll_import")
    return client.post(where, {"digest": digest or check.sha256}, follow=True)


def test_a_file_is_checked_without_writing_and_then_imported() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    said = page(client, world, check)
    assert "Aucune erreur" in said
    assert check.sha256 in said
    assert not Lease.objects.exists()
    assert not RentRollImport.objects.exists()

    done = import_it(client, world, check).content.decode()

    assert "L\u2019état locatif est importé" in done
    assert Lease.objects.filter(landlord=world.landlord).count() == 2
    made = RentRollImport.objects.get()
    assert (made.user, made.sha256, made.lines, made.created) == (world.landlord_manager, check.sha256, 2, 2)
    check.refresh_from_db()
    assert (check.imported, bytes(check.content)) == (made, b"")
    history = client.get(address(world)).content.decode()
    assert "etat.csv" in history
    assert str(world.landlord_manager) in history
    assert check.sha256[:16] in history


def test_importing_twice_imports_once() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    import_it(client, world, check)
    assert import_it(client, world, check).status_code == 200
    assert RentRollImport.objects.count() == 1


def test_sending_the_form_twice_keeps_one_file() -> None:
    world = open_fund()
    client = manager(world)
    same = key()
    first = hand_in(client, world, key=same)
    second = hand_in(client, world, key=same)
    assert first.headers["Location"] == second.headers["Location"]
    assert RentRollCheck.objects.count() == 1


def test_another_file_from_the_same_page_is_another_one() -> None:
    """Somebody goes back and chooses the mended file: what they read then is of that one."""
    world = open_fund()
    client = manager(world)
    same = key()
    first = hand_in(client, world, key=same)
    second = hand_in(client, world, GOOD + b"\n", key=same)
    assert first.headers["Location"] != second.headers["Location"]
    assert RentRollCheck.objects.count() == 2
    one, other = (rent_rolls.Roll("etat.csv", content) for content in (GOOD, GOOD + b"\n"))
    rent_rolls.check_roll(fund=world.fund, roll=one, by=world.landlord_manager, key=same)
    with pytest.raises(KeyReused):
        rent_rolls.check_roll(fund=world.fund, roll=other, by=world.landlord_manager, key=same)


def test_every_error_is_told_with_its_line_and_nothing_is_written() -> None:
    world = open_fund()
    client = manager(world)
    wrong = csv_bytes(rows_of({"SIRET": "123"}, {"Réf. bail": "B2", "Loyer HT": "beaucoup"}, {"Réf. bail": ""}))
    check = checked(client, world, wrong)
    said = page(client, world, check)
    assert "3 erreurs" in said
    rows = re.findall(r'class="line-word">Ligne </span>(\d+)</th><td[^>]*>(.*?)</td>', said)
    assert rows == [("2", "SIRET"), ("3", "Loyer HT"), ("4", "Réf. bail")]
    assert "Importer cet état locatif" not in said
    assert import_it(client, world, check).status_code == 200
    assert not RentRollImport.objects.exists()
    assert not Lease.objects.exists()
    report = client.get(address(world, check, name="rent_roll_report"))
    assert report.headers["Content-Disposition"].startswith("attachment")
    text = report.content.decode()
    assert "ligne 2, SIRET, “123” - " in text
    assert text.count("\nligne ") >= 3


def test_columns_that_were_misread_are_corrected() -> None:
    world = open_fund()
    client = manager(world)
    rows = rows_of({})
    rows[0] = ["Bail" if title == "Réf. bail" else f"Colonne {n}" for n, title in enumerate(rows[0])]
    check = checked(client, world, csv_bytes(rows))
    assert "Café Zoé" in page(client, world, check)  # a sample
    facts = ("lease", "premises", "legal_name", "siret", "naf", "headcount", "starts_on", "period", "rent")
    chosen = {f"column_{place}": fact for place, fact in enumerate(facts)}
    answer = client.post(address(world, check, name="rent_roll_check"), chosen)
    assert answer.status_code == 302
    assert "Aucune erreur" in page(client, world, check)
    import_it(client, world, check)
    assert TenantBusiness.objects.get().legal_name == "Café Zoé"
    assert RentCall.objects.get().net_cents == 500_00


def test_a_column_can_be_left_out() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, csv_bytes(rows_of({"Effectif": "douze"})))
    assert "Une erreur" in page(client, world, check)
    columns = {f"column_{c['place']}": c["fact"] for c in check.columns["columns"] if c["fact"] != "headcount"}
    client.post(address(world, check, name="rent_roll_check"), columns)
    assert "Aucune erreur" in page(client, world, check)


def test_two_columns_can_not_hold_the_same() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    answer = client.post(address(world, check, name="rent_roll_check"), {"column_0": "lease", "column_1": "lease"})
    assert answer.status_code == 422
    assert "Réf. bail\u00a0» est déjà indiquée comme contenant cela" in answer.content.decode()


def test_a_column_that_the_file_does_not_have_is_refused() -> None:
    world = open_fund()
    check = checked(manager(world), world)
    with pytest.raises(BadInput):
        rent_rolls.map_roll(check=check, facts={98: "lease"}, by=world.landlord_manager)


def test_months_are_given_where_the_file_has_none() -> None:
    world = open_fund()
    client = manager(world)
    rows = [row[:7] + row[8:] for row in rows_of({})]
    check = checked(client, world, csv_bytes(rows))
    assert "Une erreur" in page(client, world, check)
    columns = {f"column_{c['place']}": c["fact"] for c in check.columns["columns"]}
    where = address(world, check, name="rent_roll_check")
    client.post(where, {**columns, "first_month": "2020-04", "last_month": "2020-06"})
    assert "Aucune erreur" in page(client, world, check)
    import_it(client, world, check)
    assert RentCall.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2020-06", "2020-04", "avant le premier"),
        ("2020-06", "", "les deux mois"),
        ("", "2020-06", "les deux mois"),
        ("juin", "2020-06", "2020-04"),
    ],
)
def test_months_that_are_none(first: str, last: str, said: str) -> None:
    world = open_fund()
    answer = hand_in(manager(world), world, first_month=first, last_month=last)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not RentRollCheck.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("grand.csv", b"x" * (SIZE_LIMIT + 1), "20 Mo"),
        ("lettre.docx", b"PK\x03\x04 rien", "ni un classeur"),
    ],
)
def test_what_is_no_rent_roll_is_not_kept(name: str, content: bytes, said: str) -> None:
    world = open_fund()
    answer = hand_in(manager(world), world, content, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not RentRollCheck.objects.exists()


@pytest.mark.parametrize(("name", "content"), [("vide.csv", b""), ("ancien.xls", b"\xd0\xcf\x11\xe0 old")])
def test_what_can_not_be_read_is_said_in_the_report(name: str, content: bytes) -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, content, name=name)
    said = page(client, world, check)
    assert "Une erreur" in said
    assert "Ce que contiennent les colonnes" not in said


def test_a_workbook(tmp_path: Path) -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world, xlsx_file(tmp_path, *rows_of({})).read_bytes(), name="etat.xlsx")
    assert "Aucune erreur" in page(client, world, check)


def test_only_the_file_that_was_checked_is_imported() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    answer = import_it(client, world, check, digest="0" * 64)
    assert answer.status_code == 422
    assert "Ce n\u2019est pas le fichier" in answer.content.decode()
    # Whoever changed what is kept is found out too.
    RentRollCheck.objects.filter(pk=check.pk).update(content=b"autre chose")
    assert import_it(client, world, check).status_code == 422
    assert not RentRollImport.objects.exists()


def test_what_changed_since_the_check_refuses_the_import_whole() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    other = checked(client, world, csv_bytes(rows_of({"SIRET": "40483304800022", "Raison sociale": "Autre"})))
    import_it(client, world, other)
    before = Lease.objects.count()
    answer = import_it(client, world, check).content.decode()
    assert "rien n\u2019a été écrit" in answer
    assert (Lease.objects.count(), RentRollImport.objects.count()) == (before, 1)
    check.refresh_from_db()
    assert check.imported is None
    assert check.report["errors"]


def test_an_imported_file_is_not_corrected_any_more() -> None:
    world = open_fund()
    client = manager(world)
    check = checked(client, world)
    import_it(client, world, check)
    answer = client.post(address(world, check, name="rent_roll_check"), {"column_0": "lease"})
    assert answer.status_code == 422
    assert "déjà importé" in answer.content.decode()


@pytest.mark.parametrize("name", ["advisor", "chamber_manager", "approver", "payer", "auditor"])
def test_for_others_there_is_no_such_page(name: str) -> None:
    world = open_fund()
    check = checked(manager(world), world)
    client = log_in(Client(), world.people[name])
    places = [address(world), *(address(world, check, name=f"rent_roll_{of}") for of in ("check", "report"))]
    assert [client.get(place).status_code for place in places] == [404, 404, 404]
    assert import_it(client, world, check).status_code == 404
    with pytest.raises(NotAllowed):
        rent_rolls.import_roll(check=check, digest=check.sha256, by=world.people[name])


def test_a_file_of_another_fund_is_not_there() -> None:
    world, other = open_fund(), open_fund()
    check = checked(manager(other), other)
    where = reverse("grants:rent_roll_check", args=[world.fund.code, check.uuid])
    assert manager(world).get(where).status_code == 404


def test_what_nobody_imported_is_forgotten_after_a_week() -> None:
    world = open_fund()
    client = manager(world)
    old, done = checked(client, world), checked(client, world, name="autre.csv")
    import_it(client, world, done)
    RentRollCheck.objects.update(at=timezone.now() - timedelta(days=8))
    checked(client, world)
    assert not RentRollCheck.objects.filter(pk=old.pk).exists()
    assert RentRollCheck.objects.filter(pk=done.pk).exists()
    with pytest.raises(RuleRefused):
        rent_rolls.import_roll(check=old, digest=old.sha256, by=world.landlord_manager)


def test_what_the_scanner_finds_is_kept_apart(settings: Any, tmp_path: Path) -> None:
    world = open_fund()
    settings.CLAMAV_SOCKET = str(tmp_path / "clamd")
    with fake_clamd(tmp_path / "clamd"):
        answer = hand_in(manager(world), world, GOOD + EICAR)
    assert answer.status_code == 422
    assert QuarantinedFile.objects.get().user == world.landlord_manager
    assert not RentRollCheck.objects.exists()


def test_a_long_report_is_cut_on_the_page_and_whole_in_the_file() -> None:
    world = open_fund()
    client = manager(world)
    lines = [{"Réf. bail": f"B{n}", "Loyer HT": "x"} for n in range(130)]
    check = checked(client, world, csv_bytes(rows_of(*lines)))
    said = page(client, world, check)
    assert "130 erreurs" in said
    assert said.count("<strong>« x »") <= 100
    text = client.get(address(world, check, name="rent_roll_report")).content.decode()
    assert text.count("Loyer HT") == 130


@pytest.mark.parametrize("count", [1, 3])
def test_the_history_costs_the_same_however_long(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_fund()
    client = manager(world)
    for n in range(count):
        import_it(client, world, checked(client, world, csv_bytes(rows_of({"Effectif": str(n)}))))
        checked(client, world, csv_bytes(rows_of({"Effectif": str(n + 50)})))
    # session, person, fund, own roles, imports, what waits; the navigation's two
    with django_assert_num_queries(8):
        client.get(address(world))


def test_a_check_is_named_by_its_file() -> None:
    world = open_fund()
    check = checked(manager(world), world)
    assert str(check) == f"etat.csv ({check.sha256[:8]})"
