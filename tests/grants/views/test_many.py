"""The pages that list things ask as many queries for fifty as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grants.actions.letters import issue
from grants.enums import Action, State
from grants.models import Application, Event
from tests.factories import World, key
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.views.reading import reader

pytestmark = pytest.mark.django_db
Counted = dict[str, int]


@pytest.mark.slow
def test_fifty_ask_what_one_asks() -> None:
    assert counted(50) == counted(1)


def counted(files: int) -> Counted:
    """The queries of each page, the files in the state in which it lists them all."""
    world = world_of_today(endowment_cents=100_000_00, ceiling_cents=100_000_00)
    on = timezone.localdate()
    looking = Looking(world)
    drafts = [walk.draft(world, on=on) for _n in range(files)]
    looking.at("home", "applications", by="advisor")
    made = [walk.submit(world, file, on) for file in drafts]
    looking.at("home", "applications", by="assessor")
    looking.at("to_call", by="chamber_manager")
    made = [walk.favourable(world, file, on) for file in made]
    looking.at("home", "decide", by="approver")
    made = [walk.approve(world, file, on) for file in made]
    looking.at("home", "crediting", "ageing", by="payer")
    looking.at("letters", by="payer", etat="a-etablir")
    for file in made:
        issue(event=event_of(file, Action.APPROVE), by=world.payer, key=key())
    looking.at("letters", by="payer", etat="a-envoyer")
    for file in made:
        walk.credit(world, file, on)
    looking.at("applications", "ledger", "four_eyes", "reconciliation", "report", by="landlord_manager")
    looking.at("notifications", "applications", by="advisor")
    looking.at("ledger", "four_eyes", "reconciliation", by="auditor")
    assert Application.objects.filter(fund=world.fund, state=State.CREDITED).count() == files
    return looking.found


def event_of(file: Application, action: Action) -> Event:
    return Event.objects.get(application=file, action=action)


class Looking:
    def __init__(self, world: World) -> None:
        self.world, self.found = world, Counted()

    def at(self, *names: str, by: str, **query: str) -> None:
        client = reader(self.world.people[by])
        for name in names:
            needs_fund = name not in ("home", "applications", "decide", "crediting", "notifications")
            address = reverse(f"grants:{name}", args=[self.world.fund.code] if needs_fund else [])
            with CaptureQueriesContext(connection) as asked:
                page = client.get(address, query)
            assert page.status_code == 200, name
            self.found[f"{len(self.found)}: {name}, {by}"] = len(asked)
