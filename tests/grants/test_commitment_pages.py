"""The landlord's commitments by page: where each stands, recorded as kept and taken back, by whom and why."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.models import Commitment
from tests.accounts import log_in
from tests.factories import World, key, open_fund
from tests.grants.api.caller import world_of_today
from tests.grants.page_text import links, parsed, table, text_of

pytestmark = pytest.mark.django_db

CAPTION = "Mesures de la charte en vigueur"
NOTE = "Courrier du 4 mai aux locataires."


def commitment(world: World, text: str = "Aucune pénalité de retard", **values: Any) -> Commitment:
    return Commitment.objects.create(charter=world.charter, text=text, **values)


def show(world: World, role: str = "landlord_manager", name: str = "commitments", *args: Any) -> Any:
    return log_in(Client(), world.people[role]).get(reverse(f"grants:{name}", args=[world.fund.code, *args]))


def send(world: World, name: str, pk: int, role: str = "landlord_manager", **sent: Any) -> Any:
    address = reverse(f"grants:{name}", args=[world.fund.code, pk])
    return log_in(Client(), world.people[role]).post(address, {"key": key(), **sent}, follow=True)


def test_where_each_stands_the_overdue_first() -> None:
    world = world_of_today()
    today = timezone.localdate()
    commitment(world, "Report des échéances")
    commitment(world, "Aucune révision", due_on=today - timedelta(days=3))
    page = show(world)
    assert [row[0::2] for row in table(page, CAPTION)] == [
        ["Aucune révision", "En retard de 3 jours"],
        ["Report des échéances", "Pas encore tenue ; la charte ne fixe pas de date"],
    ]
    assert "1 mesure est en retard." in text_of(page)


def test_kept_with_its_note_then_not_kept_after_all() -> None:
    world = world_of_today()
    promise = commitment(world)
    assert reverse("grants:keep_commitment", args=[world.fund.code, promise.pk]) in links(show(world))
    form = show(world, "landlord_manager", "keep_commitment", promise.pk)
    today = timezone.localdate().isoformat()
    assert [found.get("value") for found in parsed(form).iter("input") if found.get("name") == "kept_on"] == [today]
    page = send(world, "keep_commitment", promise.pk, kept_on="2020-05-04", note=NOTE)
    assert "Enregistré : la mesure est tenue." in text_of(page)
    assert table(page, CAPTION)[0][2] == "Tenue le 04/05/2020"
    read = text_of(show(world, "advisor"))
    assert NOTE in read
    assert str(world.landlord_manager) in read
    other = commitment(world, "Report des échéances")
    assert table(send(world, "keep_commitment", other.pk, kept_on="2020-05-04"), CAPTION)[1][2] == "Tenue le 04/05/2020"
    page = send(world, "reopen_commitment", promise.pk, note="Une pénalité a été réclamée.")
    assert "Enregistré : la mesure n'est pas tenue." in text_of(page)
    assert "Une pénalité a été réclamée." in text_of(show(world, "auditor"))
    assert Commitment.objects.get(pk=promise.pk).kept_on is None


def test_what_is_wrong_is_said_and_what_was_typed_is_kept() -> None:
    world = world_of_today()
    promise = commitment(world)
    future = (timezone.localdate() + timedelta(days=1)).isoformat()
    page = send(world, "keep_commitment", promise.pk, kept_on=future, note=NOTE)
    assert page.status_code == 422
    assert "est à venir" in text_of(page)
    assert NOTE in text_of(page)
    assert send(world, "reopen_commitment", promise.pk).status_code == 422
    assert Commitment.objects.get(pk=promise.pk).kept_on is None


@pytest.mark.parametrize("role", ["approver", "chamber_manager", "auditor"])
def test_others_read_and_are_told_whose_it_is(role: str) -> None:
    world = world_of_today()
    promise = commitment(world)
    page = show(world, role)
    assert "gestionnaire du fonds (bailleur)" in text_of(page)
    assert reverse("grants:keep_commitment", args=[world.fund.code, promise.pk]) not in links(page)
    form = show(world, role, "keep_commitment", promise.pk)
    assert "gestionnaire du fonds (bailleur)" in text_of(form)
    refused = send(world, "keep_commitment", promise.pk, role, kept_on="2020-05-04")
    assert refused.status_code == 422
    assert "gestionnaire du fonds (bailleur)" in text_of(refused)


def test_a_strangers_commitment_and_a_version_in_preparation_are_not_there() -> None:
    world, other = open_fund(), open_fund()
    promise = commitment(other)
    assert show(world, "landlord_manager", "keep_commitment", promise.pk).status_code == 404
    assert send(world, "keep_commitment", promise.pk, kept_on="2020-05-04").status_code == 404


def test_a_charter_without_any_says_so() -> None:
    assert "La charte ne prévoit pas de mesure" in text_of(show(open_fund()))


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_queries_for_one_and_three(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = world_of_today()
    for n in range(count):
        promise = commitment(world, f"Mesure {n}")
        send(world, "keep_commitment", promise.pk, kept_on="2020-05-04", note=NOTE)
    client = log_in(Client(), world.auditor)
    with django_assert_num_queries(11):
        client.get(reverse("grants:commitments", args=[world.fund.code]))
