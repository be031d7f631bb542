"""Many files at once through the API: a preflight, its plan, the run."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grants.actions.bulk.plans import PLAN_SECONDS
from grants.enums import LineState, State
from grants.models import Application, Event, LedgerEntry
from tests.factories import World, key, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def eligible(world: World, count: int) -> list[Application]:
    return [walk.walk_to(world, State.ELIGIBLE, lease=tenant_with_lease(world)) for _ in range(count)]


def rows(files: list[Application], **more: Any) -> list[dict[str, Any]]:
    return [{"id": str(file.uuid), **more} for file in files]


COMMON = {"no_conflict": True}


def test_what_would_happen_is_told_and_nothing_is_done() -> None:
    world = world_of_today()
    files = [*eligible(world, 2), walk.walk_to(world, State.SUBMITTED)]
    before = Event.objects.count(), LedgerEntry.objects.count()

    answer = Caller(world, world.approver).post(
        "applications/bulk/approve/", {"dry_run": True, "applications": rows(files), "common": COMMON}
    )

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["passing"] == 2
    assert [(group["code"], group["references"]) for group in told["blocked"]] == [
        ("wrong_state", [files[2].reference]),
        ("nothing_proposed", [files[2].reference]),
    ]
    assert told["before"]["reserved_cents"] == 3_000_00
    assert (told["after"]["reserved_cents"], told["after"]["committed_cents"]) == (0, 3_000_00)
    assert told["after"]["left_cents"] == 37_000_00
    assert [row["passes"] for row in told["rows"]] == [True, True, False]
    assert (Event.objects.count(), LedgerEntry.objects.count()) == before


def planned(caller: Caller, action: str, files: list[Application], common: Any) -> str:
    answer = caller.post(
        f"applications/bulk/{action}/", {"dry_run": True, "applications": rows(files), "common": common}
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["plan"])


def test_the_run_does_what_the_plan_says_once() -> None:
    world = world_of_today()
    files, caller, name = eligible(world, 3), Caller(world, world.approver), key()
    plan = planned(caller, "approve", files, COMMON)
    ask = {"dry_run": False, "plan": plan, "mode": "each"}

    first = caller.post("applications/bulk/approve/", ask, key=name)
    again = caller.post("applications/bulk/approve/", ask, key=name)

    assert first.status_code == 200, first.content
    assert first.content == again.content
    assert (first.json()["done"], [row["outcome"]["state"] for row in first.json()["rows"]]) == (3, ["approved"] * 3)
    assert set(Application.objects.values_list("state", flat=True)) == {State.APPROVED}


def test_after_the_plans_hour_the_run_is_answered_as_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of_today()
    files, caller, name = eligible(world, 2), Caller(world, world.approver), key()
    ask = {"dry_run": False, "plan": planned(caller, "approve", files, COMMON), "mode": "each"}
    unused = {**ask, "plan": planned(caller, "approve", files[:1], COMMON)}
    first = caller.post("applications/bulk/approve/", ask, key=name)
    clock = timezone.now() + timedelta(seconds=PLAN_SECONDS + 60)
    with monkeypatch.context() as patch:
        patch.setattr("time.time", clock.timestamp)
        again = caller.post("applications/bulk/approve/", ask, key=name)
        too_late = caller.post("applications/bulk/approve/", unused)

    assert (again.status_code, again.content) == (200, first.content)
    assert (too_late.status_code, [error["code"] for error in too_late.json()["errors"]]) == (422, ["plan_expired"])


def test_a_key_is_for_one_plan_and_one_mode() -> None:
    world = world_of_today()
    (one, two), caller, name = eligible(world, 2), Caller(world, world.approver), key()
    path = "applications/bulk/approve/"
    ask = {"dry_run": False, "plan": planned(caller, "approve", [one], COMMON), "mode": "each"}
    other_plan = {**ask, "plan": planned(caller, "approve", [two], COMMON)}
    assert caller.post(path, ask, key=name).status_code == 200

    for wrong in (other_plan, {**ask, "mode": "all"}):
        answer = caller.post(path, wrong, key=name)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:fundadmin:problem:key-reused"), answer.content
    assert Application.objects.get(pk=two.pk).state == State.ELIGIBLE


def test_one_refusal_undoes_all_where_all_is_asked() -> None:
    world = world_of_today()
    files, caller = eligible(world, 2), Caller(world, world.approver)
    plan = planned(caller, "approve", files, COMMON)
    walk.send_back(world, files[1])

    answer = caller.post("applications/bulk/approve/", {"dry_run": False, "plan": plan, "mode": "all"})

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert [bool(row["problem"]) for row in told["rows"]] == [False, True]
    assert [row["outcome"] for row in told["rows"]] == [None, None]
    assert told["rows"][1]["problem"]["type"] == "urn:fundadmin:problem:stale-version"
    assert Application.objects.get(pk=files[0].pk).state == State.ELIGIBLE


def test_lines_and_amounts_are_named_by_their_identifiers() -> None:
    world = world_of_today()
    (file,) = eligible(world, 1)
    caller = Caller(world, world.approver)
    march, april, may = (str(line.uuid) for line in file.lines.all())
    request = {"amounts": {march: 0, april: 600_00, may: 500_00}, "reason": walk.REASON}

    answer = caller.post(
        "applications/bulk/approve/",
        {"dry_run": True, "applications": rows([file], request=request), "common": COMMON},
    )

    (row,) = answer.json()["rows"]
    assert [error["pointer"] for error in row["errors"]] == [f"/amounts/{april}"]


def test_a_batch_is_credited_by_one_voucher_each() -> None:
    world = world_of_today()
    files = [walk.walk_to(world, State.APPROVED, lease=tenant_with_lease(world)) for _ in range(2)]
    caller = Caller(world, world.payer)
    applications = [
        {
            "id": str(file.uuid),
            "request": {"lines": [str(line.uuid) for line in file.lines.all()], "voucher": {"ref": f"AV-{n}"}},
        }
        for n, file in enumerate(files)
    ]
    common = {"voucher": {"form": "credit_note", "on": "2020-05-05"}}
    dry = caller.post(
        "applications/bulk/credit/", {"dry_run": True, "applications": applications, "common": common}
    ).json()
    done = caller.post("applications/bulk/credit/", {"dry_run": False, "plan": dry["plan"], "mode": "all"})

    assert done.status_code == 200, done.content
    assert [row["outcome"]["data"]["voucher"] for row in done.json()["rows"]] == ["AV-0", "AV-1"]
    assert {line.state for file in files for line in file.lines.all()} == {LineState.CREDITED}


def test_all_that_is_wrong_with_a_bulk_request_is_told() -> None:
    world, other = world_of_today(), world_of_today()
    (mine,), (theirs,) = eligible(world, 1), eligible(other, 1)
    caller = Caller(world, world.approver)
    path = "applications/bulk/approve/"
    plan = planned(caller, "approve", [mine], COMMON)

    def pointers(body: Any, status: int = 422, at: str = path) -> list[str]:
        answer = caller.post(at, body)
        assert answer.status_code == status, answer.content
        return [error.get("pointer", "") for error in answer.json()["errors"]]

    assert pointers({"dry_run": True, "plan": plan, "mode": "all"}) == ["/applications", "/plan", "/mode"]
    assert pointers({"dry_run": False, "applications": []}) == ["/plan", "/mode", "/applications"]
    assert pointers({"dry_run": True, "applications": rows([mine, theirs])}) == ["/applications/1/id"]
    assert pointers({"dry_run": True, "applications": []}) == ["/rows"]
    assert pointers({"dry_run": False, "plan": plan + "x", "mode": "all"}) == ["/plan"]
    assert pointers({"dry_run": False, "plan": plan, "mode": "all"}, at="applications/bulk/reject/") == ["/plan"]
    assert caller.post(path, {"dry_run": False, "plan": plan, "mode": "all"}, key="").status_code == 400


def test_an_advisor_takes_over_by_identifier() -> None:
    world = world_of_today()
    files = [walk.walk_to(world, State.SUBMITTED, lease=tenant_with_lease(world)) for _ in range(2)]
    caller = Caller(world, world.chamber_manager)
    plan = planned(caller, "transfer", files, {"to": str(world.advisor2.uuid)})
    caller.post("applications/bulk/transfer/", {"dry_run": False, "plan": plan, "mode": "each"})
    assert {file.advisor for file in Application.objects.all()} == {world.advisor2}

    for to in (str(other_uuid()), "nobody", 12):
        answer = caller.post(
            "applications/bulk/transfer/", {"dry_run": True, "applications": rows(files), "common": {"to": to}}
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["passing"] == 0


def other_uuid() -> Any:
    return world_of_today().advisor.uuid
