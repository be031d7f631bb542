"""Nobody waits for somebody who waits for them, whatever the order people come in.

PostgreSQL would end such a wait by an error, which `at_once` doesn't swallow: these tests are red then.
"""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from django.db import connection, transaction

from grants.actions.turn import SIREN_LOCKS, lock_sirens_of
from grants.enums import FundAction, State
from grants.exceptions import ActionRefused
from grants.models import Application, Event
from landlords.models import TenantBusiness
from tests.factories import World, fund_action, open_fund, tenant_with_lease
from tests.factories_landlords import tenant, valid_siren, valid_siret
from tests.grants import walk
from tests.grants.parallel import at_once, done, faults, refused

pytestmark = pytest.mark.django_db(transaction=True)

RUNS = 1_000
THREADS = 4
TENANTS = 5


@pytest.fixture
def two_funds() -> tuple[World, World]:
    """Two funds of one landlord, so that they share tenants and SIRENs."""
    world = open_fund()
    return world, open_fund(landlord=world.landlord)


def test_sirens_are_locked_in_one_order(two_funds: tuple[World, World]) -> None:
    files = [walk.draft(two_funds[0]).pk for _ in range(TENANTS)]

    def lock_some(order: Random) -> int:
        for _ in range(RUNS // THREADS):
            with transaction.atomic():
                lock_sirens_of(order.sample(files, k=3))
        return 1

    assert at_once([partial(lock_some, Random(n)) for n in range(THREADS)]) == [1] * THREADS


def test_a_step_locks_the_siren_that_its_tenant_has_by_now(two_funds: tuple[World, World]) -> None:
    """The caller's object may be old: the SIRET was completed since."""
    world, _ = two_funds
    unknown = tenant(landlord=world.landlord, siret=None)
    old = walk.draft(world, lease=tenant_with_lease(world, tenant=unknown))
    TenantBusiness.objects.filter(pk=unknown.pk).update(siret=valid_siret(1))

    with transaction.atomic():
        walk.submit(world, old)
        assert sirens_locked() == {valid_siren(1)}
    with transaction.atomic():
        walk.favourable(world, old)
        assert sirens_locked() == {valid_siren(1)}


def sirens_locked() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND pid = pg_backend_pid()",
            [SIREN_LOCKS],
        )
        return {str(siren) for (siren,) in cursor.fetchall()}


def test_the_same_months_are_filed_in_opposite_orders(two_funds: tuple[World, World]) -> None:
    """One application wins each time; the other is told which months are taken."""
    leases = [tenant_with_lease(two_funds[0]) for _ in range(TENANTS)]
    drafts: list[tuple[World, Application]] = []
    for lease in leases:
        asked = walk.asks_of(lease)
        drafts += [
            (two_funds[0], walk.draft(two_funds[0], lease=lease, lines=asked)),
            (two_funds[1], walk.draft(two_funds[1], lease=lease, lines=asked[::-1])),
        ]

    outcomes = at_once([partial(walk.submit, world, draft) for world, draft in drafts])

    pairs = list(zip(outcomes[::2], outcomes[1::2], strict=True))
    assert [len(done(pair)) for pair in pairs] == [1] * TENANTS
    assert [refused(pair)[0].codes for pair in pairs] == [["month_taken"] * 3] * TENANTS


def test_two_funds_close_over_the_same_tenants_in_opposite_orders(two_funds: tuple[World, World]) -> None:
    """Closing rejects and discards many files in one action: it locks all their SIRENs at once."""
    leases = [tenant_with_lease(two_funds[0]) for _ in range(TENANTS)]
    for world, order in zip(two_funds, (leases, leases[::-1]), strict=True):
        for lease in order:
            walk.draft(world, lease=lease)

    closed = at_once([partial(fund_action, world, FundAction.CLOSE) for world in two_funds])

    assert len(done(closed)) == 2
    assert not Application.objects.exists()
    assert Event.objects.filter(action="discard").count() == 2 * TENANTS
    assert faults(*(world.fund for world in two_funds)) == []


@pytest.mark.slow
def test_a_thousand_random_steps_in_two_funds_at_once(two_funds: tuple[World, World]) -> None:
    """Four people on ten files that compete for the same months: each step is done or refused, and none is stuck."""
    leases = [tenant_with_lease(two_funds[0]) for _ in range(TENANTS)]
    files = [(world, walk.draft(world, lease=lease).pk) for lease in leases for world in two_funds]

    def take_steps(choice: Random) -> list[str]:
        taken = []
        for _ in range(RUNS // THREADS):
            world, pk = choice.choice(files)
            file = Application.objects.get(pk=pk)
            step = choice.choice(STEPS[State(file.state)])
            try:
                taken.append(step(world, file).state)
            except ActionRefused as refusal:
                taken.append(refusal.codes[0])
        return taken

    outcomes = done(at_once([partial(take_steps, Random(n)) for n in range(THREADS)]))

    seen = {outcome for taken in outcomes for outcome in taken}
    assert {State.SUBMITTED, State.ELIGIBLE, State.APPROVED, State.WITHDRAWN, "month_taken", "wrong_state"} <= seen
    assert faults(*(world.fund for world in two_funds)) == []


Step = Callable[[World, Application], Application]
STEPS: dict[State, list[Step]] = {
    State.DRAFT: [walk.submit],
    State.SUBMITTED: [walk.favourable, walk.favourable, walk.withdraw],
    State.ELIGIBLE: [walk.approve, walk.send_back, walk.withdraw],
    State.APPROVED: [walk.withdraw],
    State.WITHDRAWN: [walk.reopen],
}
"""Steps that lead round and round, so that the months change hands all the time."""
