"""Several people at the same time on one fund: whoever comes second meets what the first one did."""

from datetime import date, timedelta
from functools import partial

import pytest

from fundadmin.models import User
from grants import ledger
from grants.actions.crediting import credit
from grants.actions.decision import approve
from grants.actions.waiting import expire, warn_expiry
from grants.enums import LineState, State
from grants.exceptions import ActionRefused
from grants.models import Application, Visa
from tests.factories import OPENED_ON, ROLES, World, key, membership, open_fund, tenant_with_lease, user
from tests.grants import walk
from tests.grants.parallel import at_once, done, faults, refused

pytestmark = pytest.mark.django_db(transaction=True)

FILES = 50
MARCH = [date(2020, 3, 1)]


def filed(world: World, state: State, files: int) -> list[Application]:
    """Files of 1,000 EUR each."""
    leases = [tenant_with_lease(world, months=MARCH, rent_cents=1_000_00) for _ in range(files)]
    return [walk.walk_to(world, state, lease=lease) for lease in leases]


def states(world: World) -> list[str]:
    return sorted(Application.objects.filter(fund=world.fund).values_list("state", flat=True))


def codes(outcomes: list[Application | ActionRefused]) -> list[list[str]]:
    return [refusal.codes for refusal in refused(outcomes)]


@pytest.mark.slow
def test_the_ceiling_holds_under_fifty_assessments_at_once() -> None:
    world = open_fund(endowment_cents=10_000_00)
    files = filed(world, State.SUBMITTED, FILES)

    outcomes = done(at_once([partial(walk.favourable, world, file) for file in files]))

    assert len(outcomes) == FILES
    assert states(world) == [State.ELIGIBLE] * 10 + [State.WAITLISTED] * 40
    told = [file.outcome.data["shortfall_cents"] for file in outcomes if file.outcome]
    assert sorted(told) == [0] * 10 + [1_000_00] * 40
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents) == (0, 10_000_00)
    assert faults(world.fund) == []


@pytest.mark.slow
def test_fifty_files_are_each_approved_once_by_two_approvers_who_race() -> None:
    world = open_fund(endowment_cents=50_000_00, ceiling_cents=50_000_00, second_visa_threshold_cents=0)
    files = filed(world, State.ELIGIBLE, FILES)

    def give_visas(n: int) -> list[Application]:
        """Every file gets a visa from this thread's approver and, in the thread before, from the other one."""
        by = (world.approver, world.approver2)[n % 2]
        mine, next_ones = files[n], files[(n + 1) % FILES]
        return [
            approve(application=file, by=by, key=key(), no_conflict=True, on=OPENED_ON) for file in (mine, next_ones)
        ]

    outcomes = done(at_once([partial(give_visas, n) for n in range(FILES)]))

    assert len(outcomes) == FILES
    assert states(world) == [State.APPROVED] * FILES
    givers = Visa.objects.values_list("application", "by").distinct()
    assert len(givers) == Visa.objects.count() == 2 * FILES
    position = ledger.position(world.fund.pk)
    assert (position.reserved_cents, position.committed_cents) == (0, 50_000_00)
    assert position.last_number == 1 + 2 * FILES  # the endowment, then a reservation and a commitment of each
    assert faults(world.fund) == []


def test_a_file_needing_one_visa_takes_one() -> None:
    world = open_fund()
    (file,) = filed(world, State.ELIGIBLE, 1)
    givers = [world.approver, world.approver2] * 2

    outcomes = at_once(
        [partial(approve, application=file, by=by, key=key(), no_conflict=True, on=OPENED_ON) for by in givers]
    )

    assert len(done(outcomes)) == 1
    assert [found[0] for found in codes(outcomes)] == ["wrong_state"] * 3
    assert Visa.objects.get().application == file
    assert faults(world.fund) == []


def test_a_month_is_claimed_once_in_one_fund() -> None:
    world = open_fund()
    lease = tenant_with_lease(world)
    drafts = [walk.draft(world, lease=lease) for _ in range(8)]

    outcomes = at_once([partial(walk.submit, world, draft) for draft in drafts])

    assert len(done(outcomes)) == 1
    assert codes(outcomes) == [["month_taken"] * 3] * 7
    assert faults(world.fund) == []


def test_a_month_is_claimed_once_across_two_funds_of_a_landlord() -> None:
    world = open_fund()
    other = open_fund(landlord=world.landlord)
    leases = [tenant_with_lease(world) for _ in range(4)]
    drafts = [(place, walk.draft(place, lease=lease)) for lease in leases for place in (world, other)]

    outcomes = at_once([partial(walk.submit, place, draft) for place, draft in drafts])

    assert len(done(outcomes)) == 4
    assert codes(outcomes) == [["month_taken"] * 3] * 4
    taken = Application.objects.filter(state=State.SUBMITTED)
    assert sorted(taken.values_list("tenant", flat=True)) == sorted(lease.tenant_id for lease in leases)
    assert faults(world.fund, other.fund) == []


def test_two_payers_credit_a_line_once() -> None:
    people = {name: user(name) for name in (*ROLES, "payer2")}
    roles = {**ROLES, "payer2": ROLES["payer"]}
    world = open_fund(
        memberships=[membership(people[name], side, role) for name, (side, role) in roles.items()],
        proposer=people["landlord_manager"],
        confirmer=people["approver"],
    )
    world.people = people
    file = walk.walk_to(world, State.APPROVED)
    march, april, may = walk.line_ids(file)

    def pay(by: User, lines: list[int]) -> Application:
        return credit(application=file, lines=lines, voucher=walk.voucher(), by=by, key=key(), on=OPENED_ON)

    outcomes = at_once([partial(pay, world.payer, [march, april]), partial(pay, world.payer2, [april, may])])

    assert len(done(outcomes)) == 1
    assert codes(outcomes) == [["unknown_line"]]
    assert sorted(file.lines.values_list("state", flat=True)) == [LineState.APPROVED, *[LineState.CREDITED] * 2]
    assert ledger.position(world.fund.pk).credited_cents == 1_000_00
    assert faults(world.fund) == []


def test_a_vouchers_number_is_one_tenants_across_two_funds_of_a_landlord() -> None:
    world = open_fund()
    places = [world, open_fund(landlord=world.landlord)] * 4
    files = [walk.walk_to(place, State.APPROVED) for place in places]

    def pay(place: World, file: Application) -> Application:
        return credit(
            application=file, lines=walk.line_ids(file), voucher=walk.voucher(), by=place.payer, key=key(), on=OPENED_ON
        )

    outcomes = at_once([partial(pay, place, file) for place, file in zip(places, files, strict=True)])

    assert len(done(outcomes)) == 1
    assert codes(outcomes) == [["voucher_taken"]] * 7


def test_a_withdrawal_meets_an_approval() -> None:
    """Whichever comes first, the tenant has withdrawn at the end and no money is left behind."""
    world = open_fund()
    files = filed(world, State.ELIGIBLE, 8)
    steps = [partial(step, world, file) for file in files for step in (walk.first_visa, walk.withdraw)]

    outcomes = at_once(steps)

    assert all(found[0] == "wrong_state" for found in codes(outcomes))
    assert states(world) == [State.WITHDRAWN] * 8
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents, position.committed_cents) == (40_000_00, 0, 0)
    assert faults(world.fund) == []


def test_an_expiry_meets_an_approval() -> None:
    world = open_fund()
    files = filed(world, State.ELIGIBLE, 8)
    system = User.objects.system()
    late = OPENED_ON + timedelta(days=world.charter.reservation_days + 1)
    for file in files:
        warn_expiry(application=file, by=system, key=f"warn:{file.pk}", on=late - timedelta(days=1))
    approvals = [partial(walk.first_visa, world, file, late) for file in files]
    expiries = [partial(expire, application=file, by=system, key=f"expire:{file.pk}", on=late) for file in files]

    outcomes = at_once([step for pair in zip(approvals, expiries, strict=True) for step in pair])

    pairs = list(zip(outcomes[::2], outcomes[1::2], strict=True))
    assert [len(done(pair)) for pair in pairs] == [1] * 8
    assert [refused(pair)[0].codes[0] for pair in pairs] == ["wrong_state"] * 8
    approved = states(world).count(State.APPROVED)
    assert ledger.position(world.fund.pk).committed_cents == approved * 1_000_00
    assert ledger.position(world.fund.pk).reserved_cents == 0
    assert faults(world.fund) == []
