"""A run in mode `each` is the same actions, one by one: whatever is asked, by whomever, of files in any state.

Each example starts from `small_team`, takes the two ways, each undone, and compares all that they leave behind.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundadmin.models import User
from grants import queries
from grants.actions import assessment, bulk, crediting, decision, lifecycle
from grants.actions.bulk import Mode, Row
from grants.actions.crediting import Voucher
from grants.enums import Action, LineState, RejectionReason, ReliefForm
from grants.exceptions import ActionRefused, BadInput
from grants.models import Application, Event, LedgerEntry, ReliefLine, Visa
from tests.factories import OPENED_ON, World, key
from tests.grants import walk
from tests.grants.small_team import TEAM, small_team
from tests.grants.test_properties import PROFILE

PAIR = tuple[dict[str, Any], dict[str, Any]]
"""What a row asks, as JSON has it, and what the action's own function takes."""


@dataclass(frozen=True)
class Ask:
    action: Action
    who: int
    picks: list[int]


FUNCTIONS: dict[Action, Any] = {
    Action.REQUEST_INFO: assessment.request_info,
    Action.REMIND: assessment.remind,
    Action.LAPSE: assessment.lapse,
    Action.ASSESS_FAVOURABLE: assessment.assess_favourable,
    Action.APPROVE: decision.approve,
    Action.SEND_BACK: decision.send_back,
    Action.REJECT: decision.reject,
    Action.CREDIT: crediting.credit,
    Action.TRANSFER: lifecycle.transfer,
    Action.APPLY_NEW_VERSION: lifecycle.apply_new_version,
}


def amounts_of(file: Application, action: Action, pick: int) -> PAIR:
    """By default, or a part of each claimed line; a file's own amounts are the row's own."""
    field = "asked_cents" if action == Action.ASSESS_FAVOURABLE else "proposed_cents"
    lines = {line.pk: (getattr(line, field) or 0) * pick // 4 for line in file.lines.filter(state=LineState.CLAIMED)}
    reason = {"reason": walk.REASON} if action == Action.APPROVE else {}
    common: dict[str, Any] = {"no_conflict": pick != 3} | reason
    if pick == 0 or not lines:
        return common, common
    return common | {"amounts": {str(pk): cents for pk, cents in lines.items()}}, common | {"amounts": lines}


def request_for(world: World, file: Application, action: Action, pick: int) -> PAIR:
    if action in (Action.ASSESS_FAVOURABLE, Action.APPROVE):
        return amounts_of(file, action, pick)
    if action == Action.CREDIT:
        approved = walk.line_ids(file, LineState.APPROVED)
        lines = approved[pick % 2 :] if len(approved) > 1 else approved
        voucher = Voucher(ReliefForm.CREDIT_NOTE, f"AV-{file.pk}", OPENED_ON)
        as_json = {"form": "credit_note", "ref": f"AV-{file.pk}", "on": "2020-05-05"}
        return {"lines": lines, "voucher": as_json}, {"lines": lines, "voucher": voucher}
    if action == Action.TRANSFER:
        to = world.people[("ada", "ben", "cleo", "gus")[pick]]
        return {"to": to.pk}, {"to": to}
    if action == Action.REJECT:
        motive = (RejectionReason.CRITERIA_NOT_MET, RejectionReason.OTHER)[pick % 2]
        return {"motive": str(motive), "reason": "?"}, {"motive": motive, "reason": "?"}
    own: dict[str, Any] = {
        Action.REQUEST_INFO: {"wanted": [["headcount"], []][pick % 2], "message": "?"},
        Action.SEND_BACK: {"reason": ["?", walk.REASON][pick % 2]},
    }.get(action, {})
    return own, own


def left_behind(world: World) -> dict[str, list[Any]]:
    """All that actions write, but for what differs from one time to the next: ids, moments, keys, digests."""
    fund = world.fund.pk
    files = Application.objects.filter(fund=fund).order_by("pk")
    lines = ReliefLine.objects.filter(application__fund=fund).order_by("pk")
    visas = Visa.objects.filter(application__fund=fund).order_by("pk")
    entries = LedgerEntry.objects.filter(fund=fund).order_by("number")
    events = Event.objects.filter(fund=fund).order_by("pk")
    # The id of an opinion differs; what it proposes is in the lines.
    said = [
        (*fixed, {name: value for name, value in data.items() if name != "assessment"})
        for *fixed, data in events.values_list(
            "application", "user", "action", "from_state", "to_state", "reason", "on", "data"
        )
    ]
    return {
        "files": list(files.values()),
        "lines": list(lines.values()),
        "visas": list(visas.values_list("application", "by", "amounts", "living")),
        "entries": list(
            entries.values_list(
                "number", "kind", "amount_cents", "relief_line", "value_date", "available_after", "credited_after"
            )
        ),
        "events": said,
    }


def one_by_one(files: list[Application], by: User, asked: dict[int, PAIR], action: Action) -> list[list[str]]:
    """By the action itself, in rank order, on those of the files that this person can see."""
    answers = []
    for file in files:
        try:
            FUNCTIONS[action](application=file, **asked[file.pk][1], by=by, key=key(), on=OPENED_ON)
            answers.append([])
        except ActionRefused as refusal:
            answers.append(refusal.codes)
    return answers


def in_bulk(files: list[Application], by: User, asked: dict[int, PAIR], action: Action) -> list[list[str]]:
    rows = [Row(file.pk, asked[file.pk][0]) for file in files]
    told = bulk.preflight(action=action, rows=rows, common={}, by=by, on=OPENED_ON)
    ran = bulk.run(plan=told.plan, mode=Mode.EACH, by=by, key=key(), on=OPENED_ON)
    assert [row.refusal for row in ran.rows] == [None] * len(ran.rows)
    return [[breach.code for breach in row.breaches] for row in told.rows]


asks = st.builds(
    Ask,
    st.sampled_from(sorted(bulk.BULK)),
    st.integers(0, len(TEAM) - 1),
    st.lists(st.integers(0, 3), min_size=12, max_size=12),
)


@pytest.mark.slow
@pytest.mark.django_db
def test_in_bulk_each_is_one_by_one() -> None:
    world = small_team()
    people = [world.people[name] for name in TEAM]
    passed = []

    @settings(
        max_examples=PROFILE.max_examples * 4,
        derandomize=PROFILE.derandomize,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(asks)
    def same(ask: Ask) -> None:
        by = people[ask.who]
        visible = queries.applications_visible_to(by).filter(fund=world.fund)
        files = sorted(visible, key=lambda file: (file.rank is None, file.rank, file.pk))
        asked = {
            file.pk: request_for(world, file, ask.action, pick) for file, pick in zip(files, ask.picks, strict=False)
        }
        results = []
        for way in (one_by_one, in_bulk):
            with transaction.atomic():
                answers = way(files, by, asked, ask.action)
                results.append((answers, left_behind(world)))
                transaction.set_rollback(True)
        assert results[0] == results[1]
        passed.append(results[0][0].count([]))

    same()
    assert sum(passed) > 0


def test_every_action_in_bulk_is_compared() -> None:
    assert set(FUNCTIONS) == set(bulk.BULK)
    with pytest.raises(BadInput):
        bulk.requests.as_json({1: 1, "1": 1})
