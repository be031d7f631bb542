"""A plan travels to whoever confirms it and back, and comes back as it left or not at all."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from fundadmin.models import User
from grants.actions.bulk import Move, Plan, PlannedRow
from grants.actions.bulk.plans import PLAN_SECONDS, SALT
from grants.enums import Action
from grants.exceptions import BadInput
from grants.models import Fund

ROW = PlannedRow(7, 3, {"amounts": {"12": 500}, "reason": "é"}, "approved", (Move("commit", 12, 500),))
PLAN = Plan(1, Action.APPROVE, 5, (ROW,))


def refused(data: object) -> list[str]:
    with pytest.raises(BadInput) as refusal:
        Plan.from_json(data)
    return refusal.value.codes


def test_a_plan_is_read_as_it_was_written() -> None:
    assert Plan.from_json(json.loads(json.dumps(PLAN.to_json()))) == PLAN
    assert Plan.unseal(PLAN.seal(), by=User(pk=5)) == PLAN
    assert PLAN.digest == Plan.from_json(PLAN.to_json()).digest


@pytest.mark.parametrize(
    "change",
    [
        {"fund": "1"},
        {"fund": True},
        {"action": "explode"},
        {"more": 1},
        {"rows": None},
        {"rows": [1]},
        {"rows": [ROW.to_json() | {"version": "3"}]},
        {"rows": [ROW.to_json() | {"moves": [["commit", 12]]}]},
        {"rows": [ROW.to_json() | {"request": "all"}]},
        {"rows": [ROW.to_json() | {"more": 1}]},
    ],
)
def test_nothing_else_is_read(change: dict[str, Any]) -> None:
    assert refused(PLAN.to_json() | change) == ["plan"]


@pytest.mark.parametrize("data", [None, [], "plan", {}, 3])
def test_what_is_no_plan_is_refused(data: object) -> None:
    assert refused(data) == ["plan"]


def test_an_altered_seal_is_refused() -> None:
    text = PLAN.seal()
    middle = len(text) // 2
    altered = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    for wrong in (
        altered,
        "",
        "x",
        signing.dumps(PLAN.to_json(), salt="another purpose"),
        signing.dumps([], salt=SALT),
    ):
        with pytest.raises(BadInput) as refusal:
            Plan.unseal(wrong, by=User(pk=5))
        assert refusal.value.codes == ["plan"]


def test_a_plan_is_its_makers() -> None:
    with pytest.raises(BadInput) as refusal:
        Plan.unseal(PLAN.seal(), by=User(pk=6))
    assert refusal.value.codes == ["plan_of_another"]


def test_a_plan_lasts_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    made = timezone.now()
    text = PLAN.seal()
    clock = made + timedelta(seconds=PLAN_SECONDS + 1)
    with monkeypatch.context() as patch:
        patch.setattr("time.time", clock.timestamp)
        late = Plan.unseal(text, by=User(pk=5))
    assert late == replace(PLAN, expired=True)
    assert late.digest == PLAN.digest


def test_no_fund_is_asked_to_read_a_plan() -> None:
    """Reading needs no database: what it says is judged by the actions."""
    assert Plan.from_json(PLAN.to_json()).fund_id == Fund(pk=1).pk
