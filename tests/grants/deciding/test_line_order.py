"""Lines stand in one order wherever people read them: month by month, and rent first, as a rent call has it."""

import io
import re
from itertools import groupby

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from grants.enums import State
from grants.models import Application
from landlords.enums import Component
from tests import factories_landlords
from tests.factories import MONTHS, World, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor

pytestmark = pytest.mark.django_db

READ = ["501.00", "52.11", "13.07"] * 2


def file_in(world: World, state: State) -> Application:
    """Two months of rent, charges and taxes."""
    lease = tenant_with_lease(world, months=MONTHS[:2], rent_cents=501_00, charges_cents=52_11)
    for month in MONTHS[:2]:
        factories_landlords.rent_call(lease=lease, month=month, component=Component.RECHARGED_TAXES, net_cents=13_07)
    file = walk.draft(world, lease=lease, on=timezone.localdate())
    path = {State.DRAFT: 0, State.SUBMITTED: 1, State.ELIGIBLE: 2, State.APPROVED: 3, State.CREDITED: 4}[state]
    for step in (walk.submit, walk.favourable, walk.approve, walk.credit)[:path]:
        file = step(world, file, timezone.localdate())
    return file


def order(text: str) -> list[str]:
    """The amounts of lines as they are read, an amount repeated in one line once."""
    found = re.findall(r"(?<![\d.,])(?:501\.00|52\.11|13\.07)", text)
    return [amount for amount, _same in groupby(found)]


@pytest.mark.parametrize(
    ("state", "who", "page"),
    [
        (State.DRAFT, "advisor", "submit_draft"),
        (State.DRAFT, "advisor", "mandate_paper"),
        (State.SUBMITTED, "advisor", "receipt"),
        (State.SUBMITTED, "advisor", "receipt_paper"),
        (State.SUBMITTED, "assessor", "assess"),
        (State.ELIGIBLE, "approver", "approve"),
        (State.APPROVED, "payer", "credit"),
        (State.APPROVED, "payer", "ask_reverse"),
    ],
)
def test_rent_before_charges_before_taxes(state: State, who: str, page: str) -> None:
    world = world_of_today(components=list(Component))
    address = reverse(f"grants:{page}", args=[file_in(world, state).uuid])
    visitor = Visitor(getattr(world, who))
    if page.endswith("_paper"):
        paper = io.BytesIO(visitor.client.get(address).content)
        text = " ".join(leaf.extract_text() for leaf in PdfReader(paper).pages)
    else:
        text = visitor.open(address).text
    assert order(text)[: len(READ)] == READ


def test_a_request_names_its_lines_in_this_order() -> None:
    world = world_of_today(components=list(Component))
    request = walk.ask_undo(world, file_in(world, State.CREDITED), timezone.localdate())
    visitor = Visitor(world.approver).open(reverse("grants:settle_request", args=[request.uuid]))
    assert order(visitor.text) == READ
