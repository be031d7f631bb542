"""Which actions somebody may take, through the API: the same sentences as the refusals."""

import pytest
from pytest_django import DjangoAssertNumQueries

from grants.enums import Action, State
from tests.factories import MONTHS, World, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def test_what_is_told_is_what_the_action_answers() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    approver = Caller(world, world.approver)
    told = {one["action"]: one for one in approver.get(f"applications/{file.uuid}/available-actions/").json()}

    assert set(told) == set(Action.values) - {"create", "warn_expiry", "expire", "offer", "lapse_offer"}
    assert [name for name, one in told.items() if one["allowed"]] == ["approve", "send_back", "reject"]
    refused = approver.act(file, "submit").json()
    assert told["submit"]["errors"] == refused["errors"]


def test_a_strangers_file_is_not_there() -> None:
    world, other = world_of_today(), world_of_today()
    file = walk.walk_to(other, State.ELIGIBLE)
    assert Caller(world, world.approver).get(f"applications/{file.uuid}/available-actions/").status_code == 404


@pytest.mark.parametrize("lines", [1, 3])
def test_the_answer_takes_a_fixed_number_of_queries(
    lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world: World = world_of_today()
    months = list(MONTHS[:lines])
    file = walk.walk_to(world, State.ELIGIBLE, lease=tenant_with_lease(world, months=months))
    approver = Caller(world, world.approver)
    approver.get(f"applications/{file.uuid}/available-actions/")
    with django_assert_num_queries(17):
        approver.get(f"applications/{file.uuid}/available-actions/")
