"""What surrounds every answer of the API."""

import pytest
from django.test import Client

from grants.enums import State
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def test_an_answer_is_one_persons() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED)
    for answer in (Caller(world, world.payer).get(f"applications/{file.uuid}/"), Client().get("/api/v1/applications/")):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Cookie", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


def test_a_page_is_not_concerned() -> None:
    assert "Authorization" not in Client().get("/connexion/").headers["Vary"]
