"""What managers do about what is kept and erased: suspensions, the archives' visa, a tenant's data."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions import holds, retention
from grants.enums import FundStep, Reading, State
from grants.models import Application, EliminationList, Event, LegalHold, ReadLog
from tests.accounts import log_in
from tests.factories import World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.page_text import links, table, text_of

pytestmark = pytest.mark.django_db
REASON = "Contrôle de l'ANCOLS 2026-3"


def is_dangerous(page: Any) -> bool:
    """Whether the step's own button is the one of what can't be had back."""
    return '<button class="btn btn-outline-danger">' in page.content.decode()


def client_of(person: User) -> Client:
    return log_in(Client(), person)


def address(world: World, name: str = "retention", *more: Any) -> str:
    return reverse(f"grants:{name}", args=[world.fund.code, *more])


def send(world: World, where: str, by: User | None = None, **sent: str) -> Any:
    return client_of(by or world.landlord_manager).post(where, {"key": key()} | sent, follow=True)


def listed(world: World, file: Application) -> EliminationList:
    row = {
        "application": file.pk,
        "reference": file.reference,
        "rule": "refused",
        "closed_on": "2020-05-05",
        "kept_until": "2022-05-05",
        "documents": 2,
    }
    return EliminationList.objects.create(
        fund=world.fund, prepared_on=date(2022, 5, 6), rules_version="essai", rows=[row], digest="0" * 64
    )


class TestSuspending:
    def test_a_file_is_suspended_and_resumed(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.REJECTED)
        reference = f" {file.reference.lower()} "
        page = send(world, address(world, "suspend_erasure"), reference=reference, reason=REASON)
        held = LegalHold.objects.get()
        assert (held.application, held.reason, held.set_by) == (file, REASON, world.landlord_manager)
        assert "La purge est suspendue" in text_of(page)
        ((what, reason, since, _todo),) = table(page, "En vigueur")
        assert (file.reference in what, reason) == (True, REASON)
        assert str(world.landlord_manager) in since
        lift = address(world, "resume_erasure", held.pk)
        assert lift in links(page)
        # Managers of either side do, whoever suspended it.
        assert REASON in text_of(client_of(world.chamber_manager).get(lift))
        page = send(world, lift, by=world.chamber_manager)
        assert LegalHold.objects.get().lifted_by == world.chamber_manager
        assert "1 suspension levée" in text_of(page)
        again = send(world, lift)
        assert again.status_code == 422
        assert "n'est plus suspendue" in text_of(again)

    def test_the_whole_fund(self) -> None:
        world = open_fund()
        page = send(world, address(world, "suspend_erasure"), reason=REASON)
        assert LegalHold.objects.get().application is None
        assert "Tout le fonds est conservé" in text_of(page)
        again = send(world, address(world, "suspend_erasure"), reason=REASON)
        assert "déjà suspendue" in text_of(again)
        page = send(world, address(world, "resume_erasure", LegalHold.objects.get().pk))
        assert "tout le fonds" in text_of(page)

    def test_all_that_is_wrong_is_said_and_what_was_typed_stays(self) -> None:
        world, other = open_fund(), open_fund()
        file = walk.walk_to(other, State.REJECTED)
        answer = send(world, address(world, "suspend_erasure"), reference=file.reference, reason="")
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'href="#id_reference"' in page
        assert 'href="#id_reason"' in page
        assert file.reference in page
        assert not LegalHold.objects.exists()

    def test_pressed_twice_it_is_suspended_once(self) -> None:
        world = open_fund()
        same = key()
        for _twice in range(2):
            assert send(world, address(world, "suspend_erasure"), reason=REASON, key=same).status_code == 200
        assert LegalHold.objects.count() == 1

    def test_another_funds_suspension_is_not_there(self) -> None:
        world, other = open_fund(), open_fund()
        held = holds.hold(fund=other.fund, reason=REASON, by=other.landlord_manager, key=key())
        assert send(world, address(world, "resume_erasure", held.pk)).status_code == 404


class TestArchives:
    def test_their_visa_is_asked_for_and_no_longer(self) -> None:
        world = open_fund()
        where = address(world, "archives")
        first = client_of(world.landlord_manager).get(where)
        assert "inscrits sur un bordereau" in text_of(first)
        assert not is_dangerous(first)
        page = send(world, where)
        assert world.refresh().archives_visa
        assert "qu'après le visa du bordereau d'élimination" in text_of(page)
        again = client_of(world.landlord_manager).get(where)
        assert "sans visa" in text_of(again)
        assert is_dangerous(again)
        send(world, where)
        assert not world.refresh().archives_visa

    def test_a_list_is_downloaded_signed_and_recorded(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.REJECTED)
        one = listed(world, file)
        page = client_of(world.landlord_manager).get(address(world))
        assert "en attente" in table(page, "Bordereaux d'élimination")[0][3]
        paper = client_of(world.landlord_manager).get(address(world, "elimination_list", one.pk, "txt"))
        assert file.reference in paper.content.decode()
        assert paper.headers["Content-Disposition"] == f'attachment; filename="bordereau-elimination-{one.pk}.txt"'
        sheet = client_of(world.landlord_manager).get(address(world, "elimination_list", one.pk, "csv"))
        assert sheet.content.startswith(b"\xef\xbb\xbf")
        logged = ReadLog.objects.filter(user=world.landlord_manager, what=Reading.EXPORT)
        assert [row.filter_text for row in logged.order_by("pk")] == [
            f"elimination_list {one.pk} txt",
            f"elimination_list {one.pk} csv",
        ]
        odd = client_of(world.landlord_manager).get(address(world, "elimination_list", one.pk, "pdf"))
        assert odd.status_code == 404

        visa = address(world, "archives_visa", one.pk)
        asked = client_of(world.landlord_manager).get(visa)
        assert f"{file.reference}, clos le" in text_of(asked)
        assert "définitivement" in text_of(asked)
        assert is_dangerous(asked)
        assert send(world, visa, reference="").status_code == 422
        page = send(world, visa, reference="AD60 2026/118")
        assert "AD60 2026/118" in table(page, "Bordereaux d'élimination")[0][3]
        one.refresh_from_db()
        assert (one.visa_ref, one.visa_by) == ("AD60 2026/118", world.landlord_manager)
        assert retention.listed_files(world.fund) == ({file.pk}, {file.pk})
        assert "déjà son visa" in text_of(send(world, visa, reference="AD60 2026/119"))


class TestTenantsData:
    def test_found_read_and_downloaded_by_the_chambers_manager(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        page = client_of(world.chamber_manager).get(address(world))
        search = address(world, "subject_access_tenants")
        assert search in links(page)
        found = client_of(world.chamber_manager).get(search, {"q": file.tenant.legal_name})
        where = address(world, "subject_access", file.tenant.uuid)
        assert where in links(found)
        nobody = client_of(world.chamber_manager).get(search, {"q": "introuvable"})
        assert "Aucune entreprise" in text_of(nobody)
        assert where in links(client_of(world.chamber_manager).get(search, {"q": "x" * 201}))

        page = client_of(world.chamber_manager).get(where)
        assert file.reference in text_of(page)
        assert "est conservé jusqu'au" in text_of(page)
        same = key()
        for _twice in range(2):
            answer = client_of(world.chamber_manager).post(where, {"key": same})
            assert answer.headers["Content-Type"] == "application/zip"
            assert "no-store" in answer.headers["Cache-Control"]
            assert "donnees.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert Event.objects.filter(action=FundStep.SUBJECT_ACCESS).count() == 1
        logged = ReadLog.objects.filter(user=world.chamber_manager, filter_text="subject_access")
        assert {row.object_uuid for row in logged} == {file.tenant.uuid}

    def test_a_tenant_with_a_file_in_a_fund_of_somebody_else_is_refused_in_words(self) -> None:
        world = open_fund()
        other = open_fund(landlord=world.landlord)
        file = walk.walk_to(world, State.REJECTED)
        walk.draft(other, lease=tenant_with_lease(other, tenant=file.tenant))
        answer = client_of(world.chamber_manager).post(
            address(world, "subject_access", file.tenant.uuid), {"key": key()}
        )
        assert answer.status_code == 422
        assert "gestionnaire du fonds (CMA)" in text_of(answer)

    def test_what_is_held_without_any_duty_says_who_erases_it(self) -> None:
        world = open_fund()
        file = walk.draft(world)
        page = client_of(world.chamber_manager).get(address(world, "subject_access", file.tenant.uuid))
        assert "l'administrateur" in text_of(page)

    def test_the_landlords_manager_is_told_whose_it_is(self) -> None:
        world = open_fund()
        page = client_of(world.landlord_manager).get(address(world))
        assert "que le bailleur ne lit pas" in text_of(page)
        assert address(world, "subject_access_tenants") not in links(page)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_as_much_for_one_as_for_three(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund()
    for _each in range(count):
        file = walk.walk_to(world, State.REJECTED)
        listed(world, file)
        held = holds.hold(fund=world.fund, application=file, reason=REASON, by=world.landlord_manager, key=key())
        holds.lift_hold(held=held, by=world.landlord_manager, key=key())
        holds.hold(fund=world.fund, application=file, reason=REASON, by=world.landlord_manager, key=key())
    client = client_of(world.chamber_manager)
    client.get(address(world))
    with django_assert_num_queries(9):
        client.get(address(world))
    client.get(address(world, "subject_access_tenants"))
    with django_assert_num_queries(7):
        client.get(address(world, "subject_access_tenants"))


def test_for_others_there_are_no_such_pages() -> None:
    world = open_fund()
    assert client_of(world.payer).get(address(world)).status_code == 404
    assert client_of(world.landlord_manager).get(address(world, "subject_access_tenants")).status_code == 404
