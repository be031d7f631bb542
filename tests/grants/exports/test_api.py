"""Exports for programs: what there is, ask, look, download."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from grants.actions import exporting
from grants.exports.every import EXPORTS
from grants.models import Export, FundMember
from tests.factories import World, open_fund
from tests.grants.api.caller import Caller
from tests.grants.exports.kinds import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return open_fund()


@pytest.fixture
def auditor(world: World) -> Caller:
    return Caller(world, world.auditor)


def ask(caller: Caller, **asked: Any) -> Any:
    return caller.post(f"funds/{caller.token.fund.code}/exports/", {"kind": "ledger-csv"} | asked)


def test_from_the_kinds_to_the_file(world: World, auditor: Caller) -> None:
    kinds = auditor.get(f"funds/{world.fund.code}/export-kinds/").json()
    assert {kind["code"] for kind in kinds} <= set(EXPORTS)
    csv = next(kind for kind in kinds if kind["code"] == "ledger-csv")
    assert csv["dates"] == ["since", "until", "as_at"]
    assert {"value": "comma", "label": "comma"} in csv["options"][0]["choices"]
    answer = ask(auditor, as_at="2020-05-31", options={"decimal": "point"})
    told = answer.json()
    assert answer.status_code == 201
    assert (told["state"], told["as_at"], told["options"]["decimal"]) == ("done", "2020-05-31", "point")
    assert answer["Location"].endswith(f"/funds/{world.fund.code}/exports/{told['id']}/")
    assert auditor.get(f"funds/{world.fund.code}/exports/{told['id']}/").json() == told
    assert [item["id"] for item in auditor.get(f"funds/{world.fund.code}/exports/").json()["items"]] == [told["id"]]
    content = auditor.get(f"funds/{world.fund.code}/exports/{told['id']}/content/")
    assert b"".join(content.streaming_content) == Export.objects.get().path.read_bytes()
    assert content["Content-Type"] == "text/csv; charset=utf-8"
    assert content["Cache-Control"] == "no-store"


def test_a_program_that_hangs_up_leaves_nothing_open(world: World, auditor: Caller) -> None:
    told = ask(auditor).json()
    path = Export.objects.get().path
    path.write_bytes(b"x" * 100_000)
    content = auditor.get(f"funds/{world.fund.code}/exports/{told['id']}/content/")
    assert len(next(iter(content))) < path.stat().st_size
    assert path in opened()
    content.close()
    assert path not in opened()


def opened() -> set[Path]:
    """The files that this process holds open."""
    return {Path(link).resolve() for link in Path("/proc/self/fd").iterdir()}


def test_the_same_key_answers_the_same(auditor: Caller) -> None:
    address = f"funds/{auditor.token.fund.code}/exports/"
    first, second = (auditor.post(address, {"kind": "ledger-csv"}, key="une-fois") for _n in range(2))
    assert first.json() == second.json()
    other = auditor.post(address, {"kind": "ledger-jsonl"}, key="une-fois")
    assert (other.status_code, other.json()["type"]) == (422, "urn:fundadmin:problem:key-reused")


def test_all_that_can_t_be_asked_has_its_pointer(auditor: Caller) -> None:
    answer = ask(auditor, since="2020-06-02", until="2020-06-01", options={"size": "1", "decimal": "dot"})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/until",
        "/options/size",
        "/options/decimal",
    }
    assert ask(auditor, when="now").status_code == 422


def test_who_may_not_is_told(world: World) -> None:
    answer = ask(Caller(world, world.payer))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "role_missing")


def test_what_is_not_ready_or_no_more_is_a_conflict(
    world: World, auditor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(monkeypatch)
    monkeypatch.setattr(exporting, "SMALL", 0)
    told = ask(auditor, kind="essai").json()
    content = f"funds/{world.fund.code}/exports/{told['id']}/content/"
    assert (told["state"], told["file_name"], told["sha256"], told["manifest"]) == ("waiting", None, None, None)
    assert auditor.get(content).json()["errors"][0]["code"] == "not_ready"
    exporting.carry_out(Export.objects.get().pk)
    assert b"".join(auditor.get(content).streaming_content).startswith(world.fund.code.encode())
    now = timezone.now()
    Export.objects.update(expires_at=now, finished_at=now - timedelta(days=exporting.KEPT_DAYS))
    answer = auditor.get(content)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "expired")


def test_a_refusal_says_every_reason(world: World, auditor: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch)
    monkeypatch.setattr(exporting, "SMALL", 0)
    told = ask(auditor, kind="essai").json()
    monkeypatch.undo()
    exporting.carry_out(Export.objects.get().pk)
    found = auditor.get(f"funds/{world.fund.code}/exports/{told['id']}/").json()
    assert found["state"] == "failed"
    assert [error["code"] for error in found["errors"]] == ["unknown_kind"]


def test_a_file_made_for_other_eyes_is_not_there(world: World, auditor: Caller) -> None:
    told = ask(auditor).json()
    address = f"funds/{world.fund.code}/exports/"
    assert auditor.get(f"{address}{told['id']}/").json()["manifest"]["rows"] == told["manifest"]["rows"]
    FundMember.objects.filter(user=world.auditor).update(side="chamber")
    assert auditor.get(f"{address}{told['id']}/").json()["manifest"] is None
    assert [item["manifest"] for item in auditor.get(address).json()["items"]] == [None]
    assert auditor.get(f"funds/{world.fund.code}/exports/{told['id']}/content/").status_code == 404
