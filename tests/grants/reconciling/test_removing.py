"""A file that nobody confirmed is deleted on the day that its page says, or before by whoever handed it in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants.actions.confirmations import take_back
from grants.enums import Role, Side
from grants.exceptions import NotAllowed, RuleRefused
from grants.models import FundMember, LandlordFile
from grants.tasks import forget_landlord_files
from tests.factories import OPENED_ON, World, user
from tests.grants.page_text import links, text_of
from tests.grants.reconciling.papers import as_csv, confirmed, notes
from tests.grants.reconciling.test_confirmations import row, world_with_lines
from tests.grants.reconciling.test_pages import address, client_of

pytestmark = pytest.mark.django_db


def removal(world: World, file: LandlordFile) -> str:
    return address(world, file, name="landlord_file_remove")


def test_it_is_kept_until_the_day_that_its_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row()]))
    day = timezone.localdate() + timedelta(days=7)
    for page in (address(world), address(world, file, name="landlord_file")):
        assert f"sera supprimé le {day:%d/%m/%Y}" in text_of(client_of(world.payer).get(page))
    at = timezone.now()
    for days, is_there in ((6, True), (7, False)):
        monkeypatch.setattr(timezone, "now", lambda days=days: at + timedelta(days=days))
        forget_landlord_files(0)
        assert LandlordFile.objects.exists() is is_there


def test_who_handed_it_in_removes_it_after_being_asked() -> None:
    world = world_with_lines()
    client, file = client_of(world.payer), notes(world, as_csv([row(), row()]))
    where = removal(world, file)
    for page in (address(world), address(world, file, name="landlord_file")):
        assert where in links(client.get(page))
    asked = text_of(client.get(where))
    assert "avoirs.csv" in asked
    assert "2 lignes" in asked
    assert LandlordFile.objects.exists()
    done, again = (client.post(where, follow=True) for _twice in range(2))
    assert done.redirect_chain == again.redirect_chain == [(address(world), 302)]
    assert "avoirs.csv » est supprimé" in done.content.decode().replace("\u00a0", " ")
    assert not LandlordFile.objects.exists()
    assert client.get(where).status_code == 404
    assert client_of(world.payer).post(where).status_code == 404


def test_another_payer_and_a_confirmed_file_are_refused_on_the_page_as_by_the_action() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row()]))
    other = user("other payer")
    FundMember.objects.create(
        fund=world.fund,
        user=other,
        role=Role.PAYER,
        side=Side.LANDLORD,
        starts_on=OPENED_ON,
        confirmed_on=OPENED_ON,
        proposed_by=world.landlord_manager,
    )
    client = client_of(other)
    assert removal(world, file) not in links(client.get(address(world))) + links(
        client.get(address(world, file, name="landlord_file"))
    )
    for answer, status in ((client.get(removal(world, file)), 200), (client.post(removal(world, file)), 403)):
        assert answer.status_code == status
        assert "Seule la personne qui a déposé le fichier" in text_of(answer)
        assert " disabled" in answer.content.decode()
    with pytest.raises(NotAllowed):
        take_back(file=file, by=other)
    confirmed(file, world.payer)
    answer = client_of(world.payer).post(removal(world, file))
    assert (answer.status_code, "Ce fichier a été confirmé" in text_of(answer)) == (422, True)
    with pytest.raises(RuleRefused):
        take_back(file=file, by=world.payer)
    assert LandlordFile.objects.get() == file


def test_removed_meanwhile_is_removed() -> None:
    world = world_with_lines()
    file = notes(world, as_csv([row()]))
    for _twice in range(2):
        take_back(file=file, by=world.payer)
    assert not LandlordFile.objects.exists()
