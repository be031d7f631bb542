"""An advisor's files handed over at once: chosen, looked at beforehand, done once."""

import pytest
from django.urls import reverse

from grants.actions.lifecycle import transfer
from grants.enums import State
from grants.models import Application, Event
from grants.views import portfolio
from tests.factories import World, key, open_fund
from tests.grants import walk
from tests.grants.views.reading import fields, reader, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return open_fund()


def address(world: World) -> str:
    return reverse("grants:portfolio", args=[world.fund.code])


def picked(*files: Application) -> list[str]:
    return [f"{file.uuid}:{Application.objects.get(pk=file.pk).version}" for file in files]


def test_only_the_chambers_manager_hands_files_over(world: World) -> None:
    for person in ("advisor", "landlord_manager", "auditor"):
        assert reader(world.people[person]).get(address(world)).status_code == 404
    assert reader(open_fund().chamber_manager).get(address(world)).status_code == 404


def test_files_are_chosen_looked_at_and_handed_over_once(world: World) -> None:
    draft, filed, stays = walk.draft(world), walk.walk_to(world, State.SUBMITTED), walk.walk_to(world, State.ELIGIBLE)
    done = walk.walk_to(world, State.CREDITED)
    client = reader(world.chamber_manager)
    page = client.get(address(world), {"from": world.advisor.uuid})
    assert {file for file, _ticked in page.context["files"]} == {draft, filed, stays}
    assert done.reference not in text(page)
    asked = {"from": world.advisor.uuid, "to": world.advisor2.uuid, "file": picked(draft, filed)}
    check = client.post(address(world), asked)
    assert "2 dossiers changeront de conseiller" in text(check)
    assert not Event.objects.filter(action="transfer").exists()
    sent = fields(check) | {"file": picked(draft, filed)}
    answer = client.post(address(world), sent, follow=True)
    assert "2 dossiers sont désormais confiés à advisor2" in text(answer)
    in_charge = dict(Application.objects.values_list("pk", "advisor"))
    assert (in_charge[draft.pk], in_charge[filed.pk]) == (world.advisor2.pk, world.advisor2.pk)
    assert in_charge[stays.pk] == world.advisor.pk
    twice = client.post(address(world), sent, follow=True)
    assert "2 dossiers sont désormais confiés à advisor2" in text(twice)
    assert Event.objects.filter(action="transfer").count() == 2


def test_what_cannot_be_handed_over_is_told_with_its_reason(world: World) -> None:
    file, other = walk.walk_to(world, State.SUBMITTED), walk.draft(world)
    client = reader(world.chamber_manager)
    asked = {"from": world.advisor.uuid, "to": world.advisor2.uuid, "file": picked(file, other)}
    transfer(application=file, to=world.advisor2, by=world.chamber_manager, key=key())
    check = client.post(address(world), asked)
    assert "1 dossier changera de conseiller" in text(check)
    assert "1 dossier reste où il est" in text(check)
    assert file.reference in text(check)
    transfer(application=other, to=world.advisor2, by=world.chamber_manager, key=key())
    answer = client.post(address(world), fields(check), follow=True)
    assert "0 dossier est désormais confié" in text(answer)
    assert other.reference in text(answer)
    nothing = client.post(address(world), asked | {"file": picked(file)})
    assert "reste où il est" in text(nothing)


def test_what_is_missing_is_said_and_the_choice_is_kept(world: World) -> None:
    file, other = walk.walk_to(world, State.SUBMITTED), walk.draft(world)
    client = reader(world.chamber_manager)
    nobody = client.post(address(world), {"from": world.advisor.uuid, "file": picked(file)})
    assert nobody.status_code == 422
    assert "Choisissez le conseiller" in text(nobody)
    assert dict(nobody.context["files"]) == {file: True, other: False}
    none = client.post(address(world), {"from": world.advisor.uuid, "to": world.advisor2.uuid})
    assert "Choisissez au moins un dossier" in text(none)
    bad = {"from": "x", "to": world.advisor2.uuid, "file": ["x:1", f"{file.uuid}:x"]}
    assert "dont les dossiers" in text(client.post(address(world), bad))
    odd = bad | {"from": world.advisor.uuid}
    assert "1 dossier changera de conseiller" in text(client.post(address(world), odd))
    reused = {"from": world.advisor.uuid, "to": world.advisor2.uuid, "file": picked(file), "key": ""}
    assert client.post(address(world), reused).status_code == 422


def test_who_has_nothing_says_so_and_long_portfolios_come_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = reader(world.chamber_manager)
    assert client.get(address(world)).status_code == 200
    assert "Rien à transférer" in text(client.get(address(world), {"from": world.advisor.uuid}))
    monkeypatch.setattr(portfolio, "ROW_LIMIT", 1)
    walk.draft(world)
    walk.draft(world)
    page = client.get(address(world), {"from": world.advisor.uuid})
    assert len(page.context["files"]) == 1
    assert "premiers sont affichés" in text(page)
