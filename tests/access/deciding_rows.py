"""The rows of the pages of who assesses, decides and credits."""

from collections.abc import Callable, Mapping
from typing import Final

from django.urls import reverse

from grants.enums import Action, Role, State
from grants.models import BulkRun, FundMember
from tests.access.rows import Row, code, listed, one, page
from tests.access.scene import Scene

APPROVERS: Final = frozenset({"approver", "chamber approver"})


def in_state(state: State) -> Callable[[Scene], object]:
    return lambda scene: scene.files[state].uuid


def request(scene: Scene) -> object:
    return scene.files[State.APPROVED].requests.latest("pk").uuid


def run(scene: Scene) -> object:
    """The payer's run, where the one who asks is of this fund; only who pressed it sees it."""
    payers = FundMember.objects.filter(fund=scene.world.fund, role=Role.PAYER, user__full_name="payer")
    payer = payers.latest("pk").user
    kept = {"fund": scene.world.fund, "action": Action.CREDIT, "mode": "each", "plan_digest": ""}
    return BulkRun.objects.get_or_create(by=payer, key="access", defaults=kept)[0].uuid


def reference(state: State) -> Callable[[Scene], str]:
    return lambda scene: str(scene.files[state].reference)


def here(name: str, *args: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(name, args=args, query={"fonds": scene.world.fund.code})


DECIDING: Final[Mapping[str, Row]] = {
    "grants:assess": one(page("grants:assess", in_state(State.SUBMITTED))),
    "grants:approve": one(page("grants:approve", in_state(State.ELIGIBLE))),
    "grants:credit": one(page("grants:credit", in_state(State.APPROVED))),
    "grants:ask_reverse": one(page("grants:ask_reverse", in_state(State.CREDITED))),
    "grants:settle_request": one(page("grants:settle_request", request)),
    "grants:decide": listed(here("grants:decide"), reference(State.ELIGIBLE), own=APPROVERS),
    "grants:crediting": listed(here("grants:crediting"), reference(State.APPROVED), own={"payer"}),
    "grants:bulk": listed(here("grants:bulk", "reject"), reference(State.SUBMITTED), own=APPROVERS),
    # Without a plan that was sealed for this person it does nothing, for anybody.
    "grants:bulk_launch": Row(
        ask=lambda client, _scene: client.post(reverse("grants:bulk_launch")),
        reached={422},
        refused={422},
        writes=True,
    ),
    "grants:bulk_run": one(page("grants:bulk_run", run), own={"payer"}),
    "grants:decision_lists": one(page("grants:decision_lists", code)),
}
