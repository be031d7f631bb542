"""The races of `test_races.py` and `test_exactly_once.py` again, over HTTP and several processes of the server."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from fundadmin.models import User
from grants import ledger
from grants.enums import LedgerKind, LineState, State
from grants.models import Application, Event, LedgerEntry
from tests.conftest import child_environment
from tests.factories import World, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.api.program import Program, secret_of, together
from tests.grants.api.stream import NO_CONFLICT, voucher
from tests.grants.parallel import faults
from tests.server import Answer, Site, running_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FILES, TIMES = 50, 20
MARCH = [date(2020, 3, 1)]
K = LedgerKind


@pytest.fixture(scope="module")
def site(django_db_setup: None) -> Iterator[Site]:
    """Three processes, with threads enough for all that is asked at once."""
    with running_server(child_environment(), workers=3, WEB_THREADS="17", API_REQUESTS_PER_MINUTE="100000") as running:
        yield running


@dataclass(frozen=True)
class Drill:
    world: World
    site: Site

    def program(self, person: User) -> Program:
        return Program(self.site, secret_of(self.world, person))

    def file(self, state: State, months: list[date] = MARCH) -> Application:
        """A file of 1,000 EUR a month, which came to its state today."""
        lease = tenant_with_lease(self.world, months=months, rent_cents=1_000_00)
        return walk.walk_to(self.world, state, lease=lease, on=timezone.localdate())

    def states(self) -> Counter[str]:
        return Counter(Application.objects.filter(fund=self.world.fund).values_list("state", flat=True))


@pytest.fixture
def drill(site: Site) -> Drill:
    return Drill(world_of_today(endowment_cents=10_000_00), site)


def told(answer: Answer) -> Any:
    return json.loads(answer.body)


def version(file: Application) -> str:
    return f'"{file.version}"'


def test_the_ceiling_holds_under_fifty_assessments_at_once(drill: Drill) -> None:
    files = [drill.file(State.SUBMITTED) for _ in range(FILES)]
    assessor = drill.program(drill.world.assessor)

    answers = together(
        [
            partial(assessor.act, file.uuid, "assess_favourable", NO_CONFLICT, key=f"a{n}", if_match=version(file))
            for n, file in enumerate(files)
        ]
    )

    assert [answer.status for answer in answers] == [200] * FILES
    assert Counter((told(answer)["state"], told(answer)["data"]["shortfall_cents"]) for answer in answers) == {
        ("eligible", 0): 10,
        ("waitlisted", 1_000_00): 40,
    }
    assert drill.states() == {State.ELIGIBLE: 10, State.WAITLISTED: 40}
    position = ledger.position(drill.world.fund.pk)
    assert (position.available_cents, position.reserved_cents) == (0, 10_000_00)
    assert faults(drill.world.fund) == []


Send = Callable[[], Answer]


def create(drill: Drill) -> Send:
    asked = {"fund": drill.world.fund.code, "tenant": str(tenant_with_lease(drill.world).tenant.uuid)}
    return partial(drill.program(drill.world.advisor).post, "applications/", asked, key="the-same")


def assess(drill: Drill) -> Send:
    return action(drill, drill.world.assessor, drill.file(State.SUBMITTED), "assess_favourable", NO_CONFLICT)


def approve(drill: Drill) -> Send:
    return action(drill, drill.world.approver, drill.file(State.ELIGIBLE), "approve", NO_CONFLICT)


def credit(drill: Drill) -> Send:
    file = drill.file(State.APPROVED)
    asked = {"lines": [str(file.lines.get().uuid)], "voucher": voucher("AV-1")}
    return action(drill, drill.world.payer, file, "credit", asked)


def action(drill: Drill, person: User, file: Application, name: str, body: Any) -> Send:
    return partial(drill.program(person).act, file.uuid, name, body, key="the-same", if_match=version(file))


@pytest.mark.parametrize(
    ("prepare", "posted"),
    [
        pytest.param(create, [], id="create"),
        pytest.param(assess, [K.RESERVE], id="assess"),
        pytest.param(approve, [K.COMMIT], id="approve"),
        pytest.param(credit, [K.CREDIT], id="credit"),
    ],
)
def test_the_same_request_counts_once(drill: Drill, prepare: Callable[[Drill], Send], posted: list[LedgerKind]) -> None:
    send = prepare(drill)
    before = Event.objects.count(), LedgerEntry.objects.count(), Application.objects.count()
    patient = Program(drill.site, "")

    answers = together([partial(patient.until_answered, send)] * TIMES)

    assert {answer.status for answer in answers} == {201 if prepare is create else 200}
    assert len({answer.body for answer in answers}) == 1
    assert len({(answer.headers["etag"], answer.headers.get("location")) for answer in answers}) == 1
    event = Event.objects.get(key="the-same")
    assert told(answers[0])["event"] == str(event.uuid)
    assert [*LedgerEntry.objects.filter(event=event).values_list("kind", flat=True)] == posted
    created = int(prepare is create)
    assert (Event.objects.count(), LedgerEntry.objects.count(), Application.objects.count()) == (
        before[0] + 1,
        before[1] + len(posted),
        before[2] + created,
    )
    assert set(patient.tally.seen) <= {"200", "201", "409"}
    assert patient.tally.unclean == []
    assert faults(drill.world.fund) == []


def test_of_two_who_read_the_same_version_one_writes(drill: Drill) -> None:
    files = [drill.file(State.ELIGIBLE) for _ in range(5)]
    givers = [drill.program(drill.world.approver), drill.program(drill.world.approver2)]

    answers = together(
        [
            partial(giver.act, file.uuid, "approve", NO_CONFLICT, key=f"v{file.pk}", if_match=version(file))
            for file in files
            for giver in givers
        ]
    )

    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert [sorted(answer.status for answer in pair) for pair in pairs] == [[200, 412]] * len(files)
    late = [told(answer) for answer in answers if answer.status == 412]
    assert {problem["type"] for problem in late} == {"urn:fundadmin:problem:stale-version"}
    assert Event.objects.filter(action="approve").count() == len(files)
    assert drill.states() == {State.APPROVED: len(files)}
    assert faults(drill.world.fund) == []


def test_a_withdrawal_meets_an_approval(drill: Drill) -> None:
    """Whoever wins, the other one learns that the file is no longer what it read."""
    files = [drill.file(State.ELIGIBLE) for _ in range(6)]
    approver, advisor = drill.program(drill.world.approver), drill.program(drill.world.advisor)
    asked = {"requested_on": str(timezone.localdate()), "channel": "phone"}
    steps = [
        (partial(approver.act, file.uuid, "approve", NO_CONFLICT), partial(advisor.act, file.uuid, "withdraw", asked))
        for file in files
    ]

    answers = together(
        [
            partial(step, key=f"{n}", if_match=version(file))
            for n, (file, pair) in enumerate(zip(files, steps, strict=True))
            for step in pair
        ]
    )

    approvals, withdrawals = answers[::2], answers[1::2]
    outcomes = [(a.status, w.status) for a, w in zip(approvals, withdrawals, strict=True)]
    assert set(outcomes) <= {(200, 412), (412, 200)}
    approved = outcomes.count((200, 412))
    assert drill.states() == Counter({State.APPROVED: approved, State.WITHDRAWN: len(files) - approved}) + Counter()
    lines = Counter(line for file in files for line in file.lines.values_list("state", flat=True))
    assert lines == Counter({LineState.APPROVED: approved, LineState.CANCELLED: len(files) - approved}) + Counter()
    position = ledger.position(drill.world.fund.pk)
    assert (position.reserved_cents, position.committed_cents) == (0, approved * 1_000_00)
    assert faults(drill.world.fund) == []
