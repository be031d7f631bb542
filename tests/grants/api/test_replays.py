"""The same request again, under the same key, is answered word for word as the first time, whatever happened since."""

import pytest
from django.utils import timezone

from grants.enums import State
from grants.models import Application, Event
from tests.factories import key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def test_a_repetition_is_answered_as_the_first_time_after_the_file_moved_on() -> None:
    world = world_of_today()
    file, name = walk.walk_to(world, State.ELIGIBLE), key()
    line = file.lines.all()[0]
    body = {"amounts": {str(line.uuid): 100_00}, "reason": walk.REASON, "no_conflict": True}
    approver = Caller(world, world.approver)
    first = approver.act(file, "approve", body, key=name)
    assert first.status_code == 200, first.content
    walk.credit(world, Application.objects.get(pk=file.pk), timezone.localdate())
    events = Event.objects.count()

    # The version it was read at is long gone: what was done is told all the same.
    again = approver.act(file, "approve", body, key=name, if_match='"1"')

    assert again.status_code == 200, again.content
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
    assert Event.objects.count() == events
    assert Application.objects.get(pk=file.pk).state == State.CREDITED


def test_the_answer_repeated_is_in_no_language() -> None:
    world = world_of_today()
    file, name, advisor = walk.draft(world), key(), Caller(world, world.advisor)
    first = advisor.act(file, "submit", key=name, accept_language="fr")
    assert advisor.act(file, "submit", key=name, accept_language="en").content == first.content


def test_filing_twice_makes_one_draft() -> None:
    world = world_of_today()
    lease, name, advisor = tenant_with_lease(world), key(), Caller(world, world.advisor)
    body = {"fund": world.fund.code, "tenant": str(lease.tenant.uuid)}
    first, again = (advisor.post("applications/", body, key=name) for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert Application.objects.count() == 1


def test_filing_says_all_that_is_unknown() -> None:
    world, other = world_of_today(), world_of_today()
    lease, advisor = tenant_with_lease(other), Caller(world, world.advisor)
    body = {"fund": other.fund.code, "tenant": str(lease.tenant.uuid)}
    answer = advisor.post("applications/", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/fund", "/tenant"]


def test_a_discarded_draft_is_discarded_once_and_told_again() -> None:
    world = world_of_today()
    file, name, advisor = walk.draft(world), key(), Caller(world, world.advisor)
    first = advisor.act(file, "discard", key=name)
    assert first.status_code == 200, first.content
    assert (first.json()["application"], first.json()["reference"]) == (str(file.uuid), file.reference)
    path = f"applications/{file.uuid}/"
    again = advisor.post(f"{path}discard/", key=name, if_match="*")
    assert again.content == first.content

    assert advisor.get(path).status_code == 404
    # Neither under another key, nor for somebody else, nor for another action.
    assert advisor.post(f"{path}discard/", if_match="*").status_code == 404
    assert Caller(world, world.advisor2).post(f"{path}discard/", key=name, if_match="*").status_code == 404
    assert advisor.post(f"{path}submit/", key=name, if_match="*").status_code == 404


def test_two_people_may_use_the_same_key() -> None:
    world = world_of_today()
    file, name = walk.walk_to(world, State.SUBMITTED), key()
    assert (
        Caller(world, world.assessor).act(file, "assess_favourable", {"no_conflict": True}, key=name).status_code == 200
    )
    assert Caller(world, world.approver).act(file, "approve", {"no_conflict": True}, key=name).status_code == 200
