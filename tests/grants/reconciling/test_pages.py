"""The payer's pages: take the schedule, hand the vouchers in, read what they would do, confirm once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions import work
from grants.actions.confirmations import confirming
from grants.enums import LineState, State
from grants.models import LandlordFile, LandlordFileRow, ReadLog, ReliefLine
from grants.reconciling.vouchers import reconcile
from grants.views import reconciliation
from landlords.models import Lease, RentCall
from tests.accounts import log_in
from tests.factories import World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.page_text import links, table, text_of
from tests.grants.reconciling.papers import account, as_csv, confirmed, notes, states
from tests.grants.reconciling.test_accounts import credited_world
from tests.grants.reconciling.test_accounts import row as booked
from tests.grants.reconciling.test_confirmations import row, world_with_lines

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    return log_in(Client(), user)


def address(world: World, *file: LandlordFile, name: str = "reconciliation") -> str:
    return reverse(f"grants:{name}", args=[world.fund.code, *(one.uuid for one in file)])


def hand_in(client: Client, world: World, content: bytes, kind: str = "credit_notes", **more: Any) -> Any:
    sent = {"kind": kind, "file": SimpleUploadedFile("avoirs.csv", content), "form": "credit_note", "key": key()}
    return client.post(address(world), sent | more)


def press(client: Client, world: World, file: LandlordFile, digest: str = "") -> Any:
    where = address(world, file, name="landlord_file_confirm")
    return client.post(where, {"digest": digest or file.sha256}, follow=True)


def test_hand_in_read_confirm() -> None:
    world = world_with_lines()
    client = client_of(world.payer)
    page = client.get(address(world))
    assert "À imputer 1 500,00 € 3 lignes" in text_of(page).replace("\u202f", " ").replace("\u00a0", " ")
    assert reverse("grants:ask_export", args=[world.fund.code, "credit-schedule"]) in links(page)
    answer = hand_in(client, world, as_csv([row(), row(**{"Mois concerné": "05/2020", "Montant": "-501"})]))
    file = LandlordFile.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, address(world, file, name="landlord_file"))
    report = client.get(address(world, file, name="landlord_file"))
    said = text_of(report).replace("\u202f", " ").replace("\u00a0", " ")
    assert "Rien n'est encore imputé" in said
    assert "Imputer 1 ligne : 500,00 €" in said
    assert "Engagé 1 500,00 € 1 000,00 €" in said
    (fault,) = table(report, "À régler")
    assert fault[0] == "Ligne 3"
    assert "un écart de 1,00" in fault[-1]
    ready = client.get(address(world, file, name="landlord_file") + "?rows=ready")
    tenant = ReliefLine.objects.all()[0].application.tenant
    assert table(ready, "Concorde exactement")[0][1] == f"B1 {tenant}"
    done = press(client, world, file)
    assert "1 ligne est enregistrée" in done.content.decode()
    assert f"Confirmé par {world.payer}" in text_of(done)
    again = press(client, world, file)
    assert again.status_code == 200
    assert ReliefLine.objects.filter(state=LineState.CREDITED).count() == 1
    history = table(client.get(address(world)), "Fichiers déposés")
    assert history[0][0] == "avoirs.csv"
    assert str(world.payer) in history[0][3]


def test_the_same_form_sent_twice_is_one_file() -> None:
    world = world_with_lines()
    client = client_of(world.payer)
    one_key = key()
    for _ in range(2):
        hand_in(client, world, as_csv([row()]), key=one_key)
    assert LandlordFile.objects.count() == 1


def test_what_is_refused_says_so_at_its_field_and_at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with_lines()
    client = client_of(world.payer)
    answer = hand_in(client, world, b"PK\x03\x04 x")
    assert answer.status_code == 422
    assert "ni un classeur Excel" in text_of(answer)
    assert "#id_credit_notes_file" in links(answer)
    missing = client.post(address(world), {"kind": "account", "key": key()})
    assert missing.status_code == 422
    assert "#id_account_file" in links(missing)
    assert client.post(address(world), {"kind": "x"}).status_code == 404
    refused = press(client, world, notes(world, as_csv([row()])), digest="other")
    assert refused.status_code == 422
    assert "pas le fichier dont vous avez lu" in text_of(refused)


def test_others_of_the_landlord_read_and_the_chamber_does_not() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row()]))
    for user in (world.landlord_manager, world.approver, world.auditor):
        client = client_of(user)
        page = client.get(address(world))
        assert '<form method="post" enctype' not in page.content.decode()
        assert "comptable" in text_of(page)
        report = client.get(address(world, file, name="landlord_file"))
        assert "Imputer" not in text_of(report)
        assert press(client, world, file).status_code == 403
    assert ReadLog.objects.filter(user=world.auditor).count() >= 2
    chambers = client_of(world.chamber_manager)
    for name, args in (("reconciliation", ()), ("landlord_file", (file,)), ("landlord_file_report", (file,))):
        assert chambers.get(address(world, *args, name=name)).status_code == 404
    assert address(world) not in links(chambers.get(reverse("grants:fund", args=[world.fund.code])))
    landlords = client_of(world.payer).get(reverse("grants:fund", args=[world.fund.code]))
    assert address(world) in links(landlords)


def test_a_long_file_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "AT_ONCE", 0)
    world = world_with_lines()
    client = client_of(world.payer)
    file = notes(world, as_csv([row()]))
    waiting = press(client, world, file)
    assert "En cours. Vous pouvez quitter cette page." in text_of(waiting)
    LandlordFile.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))
    late = client.get(address(world, file, name="landlord_file"))
    assert "n'a pas encore commencé" in text_of(late)
    LandlordFile.objects.update(attempts=work.MOST_ATTEMPTS)
    failed = client.get(address(world, file, name="landlord_file"))
    assert "Arrêté par une erreur" in text_of(failed)
    LandlordFile.objects.update(attempts=0)
    confirming.carry_out(file.pk)
    assert "Confirmé par" in text_of(client.get(address(world, file, name="landlord_file")))


def test_the_report_as_text_says_all_that_is_to_be_settled() -> None:
    world = world_with_lines()
    client = client_of(world.payer)
    file = notes(world, as_csv([row(Contrat="B9"), row()]))
    text = client.get(address(world, file, name="landlord_file_report")).content.decode()
    assert "ligne 2 - Le bailleur n’a aucun bail" in text
    assert "ligne 3" not in text
    broken = notes(world, b'Contrat;Mois;Montant;N\xc2\xb0 avoir;Date\r\n"B1;x\r\n')
    report = client.get(address(world, broken, name="landlord_file"))
    assert "Le fichier dans son ensemble" in text_of(report)
    said = client.get(address(world, broken, name="landlord_file_report")).content.decode()
    assert "ligne 2 - " in said
    empty = notes(world, b"")
    assert "Le fichier est vide" in client.get(address(world, empty, name="landlord_file_report")).content.decode()


def test_the_account_is_read_beside_the_vouchers() -> None:
    world = credited_world("B1", "B2")
    client = client_of(world.payer)
    answer = hand_in(
        client, world, as_csv([booked(), booked(Pièce="AV-77"), booked(**{"Réf. bail": "B2"})]), kind="account"
    )
    file = LandlordFile.objects.get()
    assert answer.status_code == 302
    report = client.get(address(world, file, name="landlord_file"))
    assert "Enregistrer 1 imputation vue et 2 lignes inconnues" in text_of(report)
    assert "Inconnu du fonds (2)" in text_of(report)
    shown = client.get(address(world, file, name="landlord_file") + "?rows=unknown")
    unknown, other_lease = table(shown, "Inconnu du fonds")
    assert any("AV-77" in cell for cell in unknown)
    names = dict(Lease.objects.values_list("reference", "tenant__legal_name"))
    assert (unknown[1], other_lease[1]) == (f"B1 {names['B1']}", f"B2 {names['B2']}"), (
        "known on another lease is none of the fund's on this one"
    )
    shown = client.get(address(world, file, name="landlord_file") + "?rows=ready")
    assert len(table(shown, "Imputations vues")) == 1
    press(client, world, file)
    page = client.get(address(world))
    vouchers = table(page, "Par pièce, ce qui est à examiner en premier")
    assert [found[0].split()[0] for found in vouchers] == ["AV-2", "AV-1", "Total"][: len(vouchers)]
    assert "vu sur le compte du locataire le 20/05/2020" in vouchers[1][-1]
    theirs = table(page, "Sur les comptes locataires, et pas dans le fonds")
    assert [found[2] for found in theirs] == ["AV-77", "AV-1"]
    assert theirs[0][1] == f"B1 {names['B1']}"
    assert "B1" in theirs[1][-1]
    assert [found[1] for found in table(page, "Par jours depuis l'imputation")] == ["0", "0", "1"]
    seen = client.get(address(world, file, name="landlord_file") + "?rows=done")
    assert len(table(seen, "Enregistrée")) == 3


def test_many_lines_of_accounts_are_counted_and_the_first_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    world = credited_world()
    confirmed(account(world, as_csv([booked(Pièce=f"AV-{n}", Crédit="1,00") for n in range(71, 74)])), world.payer)
    client, caption = client_of(world.payer), "Sur les comptes locataires, et pas dans le fonds"
    page = client.get(address(world))
    assert len(table(page, caption)) == 3
    assert "dans l'export" not in text_of(page)
    monkeypatch.setattr(reconciliation, "THEIRS_SHOWN", 2)
    page = client.get(address(world))
    assert [found[2] for found in table(page, caption)] == ["AV-71", "AV-72"]
    assert "Les 2 premières sur 3, 3,00 € au total. Elles sont toutes dans l'export" in text_of(page).replace(
        "\u00a0", " "
    )


def test_when_all_agrees_it_says_so() -> None:
    world = credited_world()
    confirmed(account(world, as_csv([booked()])), world.payer)
    page = client_of(world.payer).get(address(world))
    assert "Les livres du bailleur et le fonds concordent" in text_of(page)
    again = account(world, as_csv([booked()]))
    assert "Rien de nouveau" in text_of(client_of(world.payer).get(address(world, again, name="landlord_file")))


def test_a_voucher_typed_here_is_confirmed_by_the_landlords_list() -> None:
    world = credited_world()
    client = client_of(world.payer)
    posted = [row(**{"Mois concerné": month, "N° avoir": "AV-1"}) for month in ("03/2020", "04/2020")]
    file = notes(world, as_csv(posted))
    assert states(file) == ["known", "known"]
    report = client.get(address(world, file, name="landlord_file"))
    assert "Enregistrer que 2 lignes sont dans les livres" in text_of(report)
    press(client, world, file)
    (voucher,) = reconcile(world.fund).vouchers
    assert (voucher.noted, voucher.difference_cents) == (2, 500_00)
    again = client.get(address(world, notes(world, as_csv(posted)), name="landlord_file"))
    assert "Rien de nouveau" in text_of(again)


def test_nothing_yet() -> None:
    world = open_fund()
    page = text_of(client_of(world.payer).get(address(world)))
    assert "Rien n'est encore imputé" in page
    assert "Rien à imputer." in page
    walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world, reference="B1"))
    assert "Rien à imputer" not in text_of(client_of(world.payer).get(address(world)))
    RentCall.objects.all().delete()
    held = text_of(client_of(world.payer).get(address(world)))
    assert "Rien à imputer. 3 lignes accordées sont à régler d'abord" in held


def test_as_many_queries_for_three_as_for_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for references in (("B1",), ("B1", "B2", "B3")):
        world = credited_world(*references)
        for _ in references:
            walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world))
            file = notes(world, as_csv([booked(**{"Réf. bail": one}) | {"Mois": "04/2020"} for one in references]))
        client = client_of(world.payer)
        for where in (address(world), address(world, file, name="landlord_file")):
            client.get(where)
        with django_assert_num_queries(15):
            client.get(address(world))
        with django_assert_num_queries(14):
            client.get(address(world, file, name="landlord_file"))


def test_long_lists_come_in_pages() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row(Contrat=f"X{n}") for n in range(120)]))
    client = client_of(world.payer)
    where = address(world, file, name="landlord_file")
    assert "?rows=fault&page=2" in links(client.get(where))
    second = client.get(where + "?rows=fault&page=2")
    assert len(table(second, "À régler")) == 50
    assert {"?rows=fault&page=1", "?rows=fault&page=3"} <= set(links(second))
    assert LandlordFileRow.objects.filter(state="fault").count() == 120


def test_vouchers_come_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "PAGE", 1)
    world = credited_world("B1", "B2", "B3")
    second = client_of(world.payer).get(address(world) + "?page=2")
    assert {"?page=1", "?page=3"} <= set(links(second))


def test_the_command_reports_and_records(tmp_path: Path, capsys: Any) -> None:
    world = world_with_lines()
    path = tmp_path / "avoirs.csv"
    path.write_bytes(as_csv([row(), row(Contrat="B9")]))
    asked = ["landlord_file", world.fund.code, str(path), "--by", world.payer.email]
    call_command(*asked)
    said = capsys.readouterr().out
    assert "ligne 3 - Le bailleur n’a aucun bail" in said
    assert "concorde exactement: 1, à régler: 1" in said
    assert not ReliefLine.objects.filter(state=LineState.CREDITED).exists()
    call_command(*asked, "--confirm")
    assert "à régler: 1, enregistrée: 1" in capsys.readouterr().out
    path.write_bytes(b"")
    call_command(*asked)
    assert "Le fichier est vide" in capsys.readouterr().out
    path.write_bytes(as_csv([booked()]))
    call_command(*asked, "--account")
    assert "concorde exactement" in capsys.readouterr().out
    for wrong in (
        [*asked[:4], "personne@exemple.invalid"],
        [*asked[:4], world.approver.email],
        [*asked[:2], str(tmp_path / "none.csv"), *asked[3:]],
    ):
        with pytest.raises(CommandError):
            call_command(*wrong)
    assert states(LandlordFile.objects.earliest("pk")) == ["ready", "fault"]
