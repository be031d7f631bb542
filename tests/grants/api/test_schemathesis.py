"""Schemathesis asks the real server everything its description allows, and what it doesn't, as everybody.

No answer is a 5xx, and every answer is one that the description has: status, type, headers, fields. What doesn't fit is
refused, and nothing is answered without saying who asks.

FUZZ_EXAMPLES=100 goes deeper: so many examples of every operation, in all phases, for one person after the other
(`--log-cli-level=INFO` shows the counts); FUZZ_AS=payer,auditor only for these.
"""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fundadmin.models import User
from grants.actions import documents
from grants.actions.documents import Upload
from grants.enums import Action, Role, Side, State
from grants.models import Application, Document, Event, ReliefLine, ReversalRequest
from grants.workflow import WORKFLOW
from landlords.models import Lease, Premises, RentCall, TenantBusiness
from tests import factories
from tests.accounts import log_in
from tests.factories import PDF, World, key
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today
from tests.grants.api.fuzzing.run import Ids, Person, fuzz
from tests.grants.parallel import faults
from tests.server import running_server

log = logging.getLogger(__name__)

DEEPER = int(os.environ.get("FUZZ_EXAMPLES", "0"))
ONLY = os.environ.get("FUZZ_AS", "")
EXAMPLES = 6
CSRF = "a" * 32
BY_TOKEN = (
    "advisor",
    "assessor",
    "approver",
    "payer",
    "landlord_manager",
    "chamber_manager",
    "chamber_approver",
    "auditor",
    "landlord_auditor",
)

STEPS = {action: f"files_to_{action}" for action in WORKFLOW if WORKFLOW[action].actors and action != Action.CREATE}


def world_in_every_state() -> World:
    world = world_of_today()
    walk.join(world, "landlord_auditor", Side.LANDLORD, Role.AUDITOR)
    for state in State:
        if state != State.WAITLISTED:
            walk.walk_to(world, state)
    walk.ask_cancel(world, walk.walk_to(world, State.APPROVED))
    walk.ask_undo(world, walk.walk_to(world, State.CREDITED))
    draft = walk.walk_to(world, State.DRAFT)
    documents.attach(application=draft, upload=Upload("bail", *PDF), by=world.advisor, key=key())
    # The last, because it takes all the money there is left.
    walk.walk_to(world, State.WAITLISTED)
    return world


def everybody(world: World, site: str) -> dict[str, Person]:
    found = {
        name: Person({"Authorization": f"Bearer {Caller(world, world.people[name]).secret}"}, {}) for name in BY_TOKEN
    }
    safe = {"X-CSRFToken": CSRF, "Referer": site.replace("http://", "https://") + "/"}
    found["manager_by_session"] = Person(safe, session(world.landlord_manager))
    found["stranger_by_session"] = Person(safe, session(factories.user("stranger")))
    found["nobody"] = Person({}, {})
    return found


def session(user: User) -> dict[str, str]:
    client = log_in(Client(), user)
    return {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}


def uuids(model: Any, **where: object) -> list[str]:
    return [str(uuid) for uuid in model.objects.filter(**where).values_list("uuid", flat=True)]


def files_for(world: World) -> dict[str, list[str]]:
    """For each step the files in a state from which it is taken: of all files together, hardly one would be."""
    return {
        name: uuids(Application, fund=world.fund, state__in=WORKFLOW[action].sources) for action, name in STEPS.items()
    }


def ids_of(world: World) -> Ids:
    fund, landlord = world.fund, world.landlord
    return Ids(
        values={
            "application": uuids(Application, fund=fund),
            "line": uuids(ReliefLine, application__fund=fund),
            "request": uuids(ReversalRequest, application__fund=fund),
            "document": uuids(Document, fund=fund),
            "charter": [str(world.charter.uuid)],
            "fund": [fund.code],
            "landlord": [str(landlord.uuid)],
            "premises": uuids(Premises, landlord=landlord),
            "tenant": uuids(TenantBusiness, landlord=landlord),
            "lease": uuids(Lease, landlord=landlord),
            "rent_call": uuids(RentCall, lease__landlord=landlord),
            "person": [str(person.uuid) for person in world.people.values()],
            "any_version": ["*"],
            **files_for(world),
        },
        paths={
            **{rf"^/api/v1/applications/\{{id\}}/{action}/$": name for action, name in STEPS.items()},
            rf"^/api/v1/applications/\{{id\}}/(?!({'|'.join(STEPS)})/)": "application",
            r"^/api/v1/lines/\{id\}": "line",
            r"^/api/v1/documents/\{id\}": "document",
            r"^/api/v1/charters/\{id\}": "charter",
            r"^/api/v1/funds/\{code\}": "fund",
            r"^/api/v1/landlords/\{id\}": "landlord",
            r"^/api/v1/premises/\{id\}": "premises",
            r"^/api/v1/tenants/\{id\}": "tenant",
            r"^/api/v1/leases/\{id\}": "lease",
            r"^/api/v1/rent-calls/\{id\}": "rent_call",
        },
        bodies={
            "fund": "fund",
            "tenant": "tenant",
            "lines[*]": "line",
            "lines[*].lease": "lease",
            "request": "request",
            "to": "person",
            "applications[*].id": "application",
        },
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_answer_is_as_described_whoever_asks(database_environment: dict[str, str], tmp_path: Path) -> None:
    world = world_in_every_state()
    ids, before = ids_of(world), Event.objects.count()
    with running_server(database_environment, API_REQUESTS_PER_MINUTE="1000000") as site:
        people = {n: person for n, person in everybody(world, site.url).items() if not ONLY or n in ONLY.split(",")}
        rounds = [{name: person} for name, person in people.items()] if DEEPER else [people]
        for number, asking in enumerate(rounds):
            folder = tmp_path / str(number)
            folder.mkdir()
            phases = "examples,coverage,fuzzing,stateful" if DEEPER else "examples,coverage,fuzzing"
            report = fuzz(site.url, asking, ids, folder=folder, phases=phases, examples=DEEPER or EXAMPLES)
            assert report.passed, report.text
            log.info("%s operations, %s cases: %s", report.operations, report.cases, dict(report.by_person()))
            log.info("acted: %s", dict(report.acted))
            # Nobody was left out anywhere.
            operations = {operation for operation, _name in report.asked}
            assert len(operations) == report.operations
            assert set(report.asked) == {(operation, name) for operation in operations for name in asking}
    # It wasn't all refused: files were really acted on, and the money is right.
    assert Event.objects.count() > before
    assert faults(world.fund) == []
