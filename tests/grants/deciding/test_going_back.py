"""What the browser may keep, so that Back shows it: the pages that answer a form, and nothing that does not."""

import pytest
from django.urls import reverse

from grants.enums import State
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor

pytestmark = pytest.mark.django_db


def kept(visitor: Visitor) -> set[str]:
    return set(visitor.answer.headers["Cache-Control"].split(", "))


def test_the_page_to_confirm_and_the_one_to_mend_are_kept_by_the_browser_alone() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    visitor = Visitor(world.approver).open(reverse("grants:approve", args=[file.uuid]))
    assert "no-store" in kept(visitor)

    visitor.press("Check, then confirm", {"no_conflict": None})
    assert visitor.status == 422
    assert kept(visitor) == {"private", "max-age=0"}

    visitor.press("Check, then confirm", {"no_conflict": "on"})
    assert visitor.status == 200
    assert kept(visitor) == {"private", "max-age=0"}

    # What was done leads to a page that is asked for anew.
    visitor.press("Approve")
    assert visitor.answer.redirect_chain
    assert "no-store" in kept(visitor)


def test_a_short_step_that_is_refused_is_kept_too() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.SUBMITTED)
    page = reverse("grants:act", args=[file.uuid, "request_info"])
    visitor = Visitor(world.assessor).open(page)
    assert "no-store" in kept(visitor)
    visitor.press("Request information", {})
    assert visitor.status == 422
    assert kept(visitor) == {"private", "max-age=0"}
