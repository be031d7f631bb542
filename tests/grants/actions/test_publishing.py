"""The public page is switched by the landlord's manager, with an event each time."""

import pytest

from grants.actions.publishing import publish, unpublish
from grants.enums import FundStep
from grants.exceptions import NotAllowed, RuleRefused
from grants.models import Event
from tests.factories import OPENED_ON, ROLES, key, open_fund, prepared_fund

pytestmark = pytest.mark.django_db


def test_it_is_off_until_it_is_switched_on() -> None:
    world = open_fund()
    assert world.fund.is_public is False
    given = {"fund": world.fund, "by": world.landlord_manager, "on": OPENED_ON}
    assert publish(key="a", **given).is_public
    assert publish(key="a", **given).is_public
    assert world.refresh().is_public
    assert not unpublish(key="b", **given).is_public
    events = Event.objects.filter(action__in=[FundStep.PUBLISH, FundStep.UNPUBLISH]).order_by("pk")
    assert [(event.action, event.data) for event in events] == [
        ("publish", {"public": True}),
        ("unpublish", {"public": False}),
    ]


def test_switching_twice_the_same_way_is_told() -> None:
    world = open_fund()
    given = {"fund": world.fund, "by": world.landlord_manager, "on": OPENED_ON}
    with pytest.raises(RuleRefused) as off:
        unpublish(key=key(), **given)
    publish(key=key(), **given)
    with pytest.raises(RuleRefused) as on:
        publish(key=key(), **given)
    assert (off.value.codes, on.value.codes) == (["unpublished"], ["published"])


def test_nobody_else_switches_it() -> None:
    world = open_fund()
    for role in set(ROLES) - {"landlord_manager"}:
        with pytest.raises(NotAllowed):
            publish(fund=world.fund, by=world.people[role], key=key(), on=OPENED_ON)
    assert not world.refresh().is_public


def test_a_fund_in_preparation_has_no_page() -> None:
    world = prepared_fund()
    with pytest.raises(RuleRefused) as refused:
        publish(fund=world.fund, by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert refused.value.codes == ["fund_draft"]
