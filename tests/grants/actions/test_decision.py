"""The approver's steps: visas that bind amounts, one or two of them; sending back; the only refusal there is."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from grants import ledger
from grants.actions import decision, lifecycle
from grants.enums import (
    AidRegime,
    FundAction,
    LineState,
    RejectionReason,
    Role,
    SecondVisaSide,
    Side,
    State,
)
from grants.exceptions import BadInput, RuleRefused
from grants.models import Application, Assessment, FundMember, Visa
from landlords.models import Lease
from tests.factories import OPENED_ON, World, fund_action, key, open_fund, tenant_with_lease
from tests.factories_landlords import tenant as new_tenant
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
ONE_MONTH = [date(2020, 3, 1)]


@pytest.fixture
def world() -> World:
    return open_fund()


@pytest.fixture
def two_visas() -> World:
    return open_fund(second_visa_threshold_cents=1_000_00)


def approve(world: World, application: Application, **given: Any) -> Application:
    asked = {"application": application, "by": world.approver, "key": key(), "no_conflict": True, "on": OPENED_ON}
    return decision.approve(**asked | given)


# One visa.


def test_a_visa_commits_what_was_reserved(world: World) -> None:
    approved = approve(world, walk.walk_to(world, State.ELIGIBLE))
    assert (approved.state, approved.decided_by, approved.decided_on) == (State.APPROVED, world.approver, OPENED_ON)
    assert approved.reserved_until is None
    assert {(line.state, line.approved_cents) for line in approved.lines.all()} == {(LineState.APPROVED, 500_00)}
    assert walk.movements(approved) == [("reserve", 500_00)] * 3 + [("commit", 500_00)] * 3
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents, position.committed_cents) == (38_500_00, 0, 1_500_00)
    visa = Visa.objects.get()
    assert (visa.by, visa.on, visa.living, visa.assessment) == (
        world.approver,
        OPENED_ON,
        False,
        Assessment.objects.get(),
    )
    event = walk.outcome(approved)
    assert (event.from_state, event.to_state) == ("eligible", "approved")
    assert event.data == {
        "approved_cents": 1_500_00,
        "visas": 1,
        "assessment": visa.assessment_id,
        "amounts": visa.amounts,
        "no_conflict": True,
    }
    assert visa.amounts == {str(pk): 500_00 for pk in walk.line_ids(approved)}
    assert event.detail_digest == ""


def test_granting_less_needs_a_reason_and_frees_the_rest(world: World) -> None:
    lease = tenant_with_lease(world)
    eligible = walk.walk_to(world, State.ELIGIBLE, lease=lease)
    first, second, _third = walk.line_ids(eligible)
    with refused(RuleRefused, "reason"):
        approve(world, eligible, amounts={first: 499_99}, reason="trop peu")
    approved = approve(world, eligible, amounts={first: 300_00, second: 0}, reason=walk.REASON)
    assert [(line.state, line.approved_cents) for line in approved.lines.all()] == [
        (LineState.APPROVED, 300_00),
        (LineState.DECLINED, 0),
        (LineState.APPROVED, 500_00),
    ]
    assert walk.movements(approved)[3:] == [
        ("release", 200_00),
        ("release", 500_00),
        ("commit", 300_00),
        ("commit", 500_00),
    ]
    position = ledger.position(world.fund.pk)
    assert (position.available_cents, position.reserved_cents, position.committed_cents) == (39_200_00, 0, 800_00)
    assert walk.outcome(approved).detail.detail == {"reason": walk.REASON}
    # The declined month may be asked for again, the others not.
    again = walk.draft(world, lease=lease)
    with refused(RuleRefused, "month_taken", "month_taken"):
        walk.submit(world, again)
    only = walk.draft(world, lease=lease, lines=walk.asks_of(lease)[1:2])
    assert walk.submit(world, only).state == State.SUBMITTED


@pytest.mark.parametrize(
    ("amounts", "kind", "codes"),
    [
        ([500_01, -1, 500_00], BadInput, ["amount_outside", "amount_outside"]),
        ([0, 0, 0], RuleRefused, ["nothing_proposed"]),
    ],
)
def test_an_amount_lies_between_zero_and_what_is_proposed(
    world: World, amounts: list[int], kind: type[BadInput], codes: list[str]
) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    chosen = dict(zip(walk.line_ids(eligible), amounts, strict=True))
    with refused(kind, *codes):
        approve(world, eligible, amounts=chosen, reason=walk.REASON)


def test_a_line_of_another_file_is_unknown_and_who_asks_is_told_first(world: World) -> None:
    eligible, other = (walk.walk_to(world, State.ELIGIBLE) for _ in range(2))
    wrong = {walk.line_ids(other)[0]: 1_00}
    with refused(BadInput, "unknown_line"):
        approve(world, eligible, amounts=wrong)
    with not_allowed():
        approve(world, eligible, amounts=wrong, by=world.payer)


def test_that_the_file_went_on_is_said_before_its_lines_are_called_unknown() -> None:
    """A page from before the credit still names the lines."""
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    with refused(RuleRefused, "wrong_state"):
        approve(world, file, amounts=dict.fromkeys(walk.line_ids(file), 100_00))


def test_all_reasons_are_said_at_once(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    fund_action(world, FundAction.SUSPEND)
    amounts = dict.fromkeys(walk.line_ids(eligible), 0)
    with refused(RuleRefused, "fund_suspended", "conflict_of_interest", "reason", "nothing_proposed"):
        approve(world, eligible, amounts=amounts, no_conflict=False)


def test_caps_are_judged_again(world: World) -> None:
    """A charter that was amended in between does not govern the file; a cap that another file used up does."""
    world = open_fund(cap_per_siren_cents=1_000_00, cap_per_lease_cents=900_00)
    lease = tenant_with_lease(world, months=ONE_MONTH, rent_cents=600_00, charges_cents=300_00)
    rent, charges = sorted(walk.asks_of(lease), key=lambda ask: -ask.asked_cents)
    other = tenant_with_lease(world, months=ONE_MONTH, rent_cents=200_00, tenant=lease.tenant)
    first = walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=[rent])
    assert approve(world, first).state == State.APPROVED
    second = walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=[charges])
    assert approve(world, second).state == State.APPROVED
    third = walk.walk_to(world, State.SUBMITTED, lease=other)
    with refused(RuleRefused, "cap_per_siren"):
        walk.favourable(world, third)


# De minimis.


def prior(cents: int, on: str = "2024-06-01", reference: str = "") -> dict[str, Any]:
    return {"granted_on": on, "gross_cents": cents, "regime": AidRegime.DE_MINIMIS_2023, "reference": reference}


DE_MINIMIS: dict[str, Any] = {
    "aid_regime": AidRegime.DE_MINIMIS_2023,
    "signed_on": date(2025, 1, 2),
    "starts_on": date(2025, 1, 2),
    "ends_on": date(2025, 12, 31),
    "filing_deadline": date(2025, 12, 31),
    "on": date(2025, 1, 2),
}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"de_minimis_aids": [prior(298_500_00)]}, ""),
        ({"de_minimis_aids": []}, ""),
        ({"de_minimis_aids": [prior(298_500_01)]}, "de_minimis"),
        ({"de_minimis_aids": [prior(298_500_01, on="2022-01-01")]}, ""),
        ({}, "de_minimis_undeclared"),
    ],
)
def test_de_minimis_is_judged_on_the_day_of_the_grant(facts: dict[str, Any], code: str) -> None:
    world = open_fund(**DE_MINIMIS)
    day = DE_MINIMIS["on"]
    eligible = walk.walk_to(world, State.ELIGIBLE, facts=facts, on=day)
    if code:
        with refused(RuleRefused, code):
            approve(world, eligible, on=day)
    else:
        assert approve(world, eligible, on=day).state == State.APPROVED


def test_what_we_granted_ourselves_counts_in_every_fund_and_once() -> None:
    here, there, elsewhere = (open_fund(**DE_MINIMIS) for _ in range(3))
    day = DE_MINIMIS["on"]
    lease = tenant_with_lease(here)
    declared: dict[str, Any] = {"de_minimis_aids": [prior(297_000_00)]}
    granted = walk.walk_to(here, State.APPROVED, lease=lease, facts=declared, on=day)
    same = {"siret": lease.tenant.siret}
    known = {"de_minimis_aids": [prior(297_000_00), prior(1_500_00, "2025-01-02", granted.reference)]}
    second = walk.walk_to(there, State.APPROVED, lease=lease_for(there, same), facts=known, on=day)
    assert second.siren == granted.siren
    third = walk.walk_to(elsewhere, State.ELIGIBLE, lease=lease_for(elsewhere, same), facts=declared, on=day)
    with refused(RuleRefused, "de_minimis") as caught:
        approve(elsewhere, third, on=day)
    with translation.override("en"):
        assert "€300,000.00" in str(caught.value)
    # A fund of the landlord's own money doesn't count.
    own = open_fund(**{**DE_MINIMIS, "aid_regime": AidRegime.OUTSIDE_STATE_AID})
    assert walk.walk_to(own, State.APPROVED, lease=lease_for(own, same), on=day).state == State.APPROVED


def lease_for(world: World, tenant: dict[str, Any]) -> Lease:
    """A lease of the same undertaking, as this world's landlord knows it."""
    return tenant_with_lease(world, tenant=new_tenant(landlord=world.landlord, **tenant))


# Two visas.


def test_above_the_threshold_two_people_give_a_visa(two_visas: World) -> None:
    world = two_visas
    eligible = walk.walk_to(world, State.ELIGIBLE)
    first = approve(world, eligible)
    assert (first.state, first.decided_by, first.reserved_until) == (
        State.ELIGIBLE,
        None,
        OPENED_ON + timedelta(days=60),
    )
    assert (walk.outcome(first).to_state, walk.outcome(first).data["visas"]) == ("eligible", 1)
    assert {(line.state, line.approved_cents) for line in first.lines.all()} == {(LineState.CLAIMED, None)}
    assert walk.movements(first) == [("reserve", 500_00)] * 3
    with refused(RuleRefused, "same_person"):
        approve(world, first)
    second = approve(world, first, by=world.approver2)
    assert (second.state, second.decided_by) == (State.APPROVED, world.approver2)
    assert (walk.outcome(second).to_state, walk.outcome(second).data["visas"]) == ("approved", 2)
    assert ledger.position(world.fund.pk).committed_cents == 1_500_00
    assert list(Visa.objects.order_by("pk").values_list("by", "living")) == [
        (world.approver.pk, False),
        (world.approver2.pk, False),
    ]


def test_the_second_visa_is_for_the_amounts_of_the_first(two_visas: World) -> None:
    world = two_visas
    eligible = walk.walk_to(world, State.ELIGIBLE)
    first, *_ = walk.line_ids(eligible)
    seen = approve(world, eligible, amounts={first: 450_00}, reason=walk.REASON)
    with refused(RuleRefused, "other_amounts"):
        approve(world, seen, by=world.approver2, amounts={first: 500_00})
    approved = approve(world, seen, by=world.approver2)
    assert [line.approved_cents for line in approved.lines.all()] == [450_00, 500_00, 500_00]


def test_the_threshold_is_on_the_sirens_total_so_splitting_does_not_dodge_it(two_visas: World) -> None:
    world = two_visas
    lease = tenant_with_lease(world, months=[date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1)])
    march, april, may = walk.asks_of(lease)
    # Exactly the threshold needs one visa.
    assert approve(world, walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=[march])).state == State.APPROVED
    assert approve(world, walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=[april])).state == State.APPROVED
    third = walk.walk_to(world, State.ELIGIBLE, lease=lease, lines=[may])
    assert approve(world, third).state == State.ELIGIBLE
    assert approve(world, third, by=world.approver2).state == State.APPROVED


@pytest.mark.parametrize(
    ("side", "landlords", "chambers"),
    [
        (SecondVisaSide.LANDLORD, True, False),
        (SecondVisaSide.CHAMBER, False, True),
        (SecondVisaSide.EITHER, True, True),
    ],
)
def test_the_second_visa_is_given_by_the_side_that_the_charter_names(
    side: SecondVisaSide, landlords: bool, chambers: bool
) -> None:
    world = open_fund(second_visa_threshold_cents=1_000_00, second_visa_side=side)
    for person, may in ((world.approver2, landlords), (world.chamber_approver, chambers)):
        eligible = walk.walk_to(world, State.ELIGIBLE)
        with not_allowed():
            approve(world, eligible, by=world.chamber_approver)
        seen = approve(world, eligible)
        if may:
            assert approve(world, seen, by=person).state == State.APPROVED
        else:
            with not_allowed():
                approve(world, seen, by=person)


def test_visas_die_when_the_file_leaves_eligible(two_visas: World) -> None:
    world = two_visas
    seen = approve(world, walk.walk_to(world, State.ELIGIBLE))
    back = walk.send_back(world, seen)
    assert not Visa.objects.filter(living=True).exists()
    assert {line.approved_cents for line in back.lines.all()} == {None}
    again = walk.favourable(world, back)
    # Who gave the visa that died may give either again.
    assert approve(world, again, by=world.approver2).state == State.ELIGIBLE
    approved = approve(world, again)
    assert approved.state == State.APPROVED
    assert Visa.objects.latest("pk").assessment == Assessment.objects.latest("pk")


# Who.


@pytest.mark.parametrize(("limit_cents", "may"), [(1_499_99, False), (1_500_00, True), (None, True)])
def test_a_delegation_of_powers_has_its_limit(world: World, limit_cents: int | None, may: bool) -> None:
    FundMember.objects.filter(user=world.approver).update(limit_cents=limit_cents)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    if may:
        assert approve(world, eligible).state == State.APPROVED
    else:
        with not_allowed("beyond_delegation"):
            approve(world, eligible)
        assert approve(world, eligible, by=world.approver2).state == State.APPROVED


def test_a_delegation_counts_for_the_role_it_goes_with() -> None:
    """The first visa is the landlord's: what the same person may sign for the chamber is another delegation."""
    world = open_fund(second_visa_threshold_cents=1_000_00, second_visa_side=SecondVisaSide.CHAMBER)
    FundMember.objects.filter(user=world.approver).update(limit_cents=1_000_00)
    walk.join(world, "approver", Side.CHAMBER, Role.APPROVER, user=world.approver)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    with not_allowed("beyond_delegation"):
        approve(world, eligible)
    seen = approve(world, eligible, by=world.approver2)
    assert approve(world, seen).state == State.APPROVED


def test_a_visa_that_leaves_no_payer_is_refused(world: World) -> None:
    walk.join(world, "payer", Side.LANDLORD, Role.APPROVER, user=world.payer)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    with refused(RuleRefused, "no_payer_left"):
        approve(world, eligible, by=world.payer)
    assert approve(world, eligible).state == State.APPROVED


@pytest.mark.parametrize(("name", "code"), [("advisor", "four_eyes_filed"), ("assessor", "four_eyes_assessed")])
def test_who_filed_or_assessed_does_not_decide(world: World, name: str, code: str) -> None:
    person = getattr(world, name)
    walk.join(world, name, Side.LANDLORD, Role.APPROVER, user=person)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    with not_allowed(code):
        approve(world, eligible, by=person)
    with not_allowed(code):
        decision.reject(application=eligible, motive=RejectionReason.FUND_EXHAUSTED, by=person, key=key(), on=OPENED_ON)


# Sending back, rejecting.


def test_sending_back_releases_the_money_and_keeps_the_rank(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    back = walk.send_back(world, eligible)
    assert (back.state, back.rank, back.reserved_until) == (State.SUBMITTED, 1, None)
    assert walk.movements(back) == [("reserve", 500_00)] * 3 + [("release", 500_00)] * 3
    assert {line.state for line in back.lines.all()} == {LineState.CLAIMED}
    event = walk.outcome(back)
    assert (event.from_state, event.to_state, event.data) == ("eligible", "submitted", {})
    assert event.detail.detail == {"reason": walk.REASON}


def test_sending_back_has_a_reason_and_is_the_approvers(world: World) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    given: dict[str, Any] = {"application": eligible, "key": key(), "on": OPENED_ON}
    with refused(RuleRefused, "reason"):
        decision.send_back(**given, by=world.approver, reason="Non.")
    for name in ("assessor", "payer", "chamber_approver", "chamber_manager"):
        with not_allowed():
            decision.send_back(**given, by=getattr(world, name), reason=walk.REASON)


def test_the_second_visas_side_may_send_back_too() -> None:
    world = open_fund(second_visa_side=SecondVisaSide.CHAMBER)
    eligible = walk.walk_to(world, State.ELIGIBLE)
    back = decision.send_back(
        application=eligible, reason=walk.REASON, by=world.chamber_approver, key=key(), on=OPENED_ON
    )
    assert back.state == State.SUBMITTED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.WAITLISTED, State.ELIGIBLE, State.INELIGIBLE])
def test_a_refusal_releases_the_money_and_the_months(world: World, state: State) -> None:
    rejected = walk.reject(world, walk.walk_to(world, state))
    assert (rejected.state, rejected.decided_by, rejected.decided_on) == (State.REJECTED, world.approver, OPENED_ON)
    assert (rejected.closed_on, rejected.reserved_until) == (OPENED_ON, None)
    assert {line.state for line in rejected.lines.all()} == {LineState.DECLINED}
    assert ledger.position(world.fund.pk).available_cents == 40_000_00
    event = walk.outcome(rejected)
    assert (event.from_state, event.to_state, event.reason) == (state, "rejected", "criteria_not_met")
    assert event.detail_digest == ""


def test_a_refusal_kills_a_first_visa(two_visas: World) -> None:
    seen = approve(two_visas, walk.walk_to(two_visas, State.ELIGIBLE))
    walk.reject(two_visas, seen)
    assert not Visa.objects.filter(living=True).exists()


def test_a_motive_of_ones_own_is_written_out(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    given: dict[str, Any] = {"application": submitted, "motive": RejectionReason.OTHER, "by": world.approver}
    with refused(RuleRefused, "reason"):
        decision.reject(**given, reason="Trop court.", key=key(), on=OPENED_ON)
    rejected = decision.reject(**given, reason=walk.REASON, key=key(), on=OPENED_ON)
    assert walk.outcome(rejected).reason == "other"
    assert walk.outcome(rejected).detail.detail == {"reason": walk.REASON}


def test_who_may_still_answer_is_not_refused(world: World) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    due = OPENED_ON + timedelta(days=15)
    with refused(RuleRefused, "not_overdue"):
        walk.reject(world, asked, due)
    rejected = walk.reject(world, asked, due + timedelta(days=1))
    assert (rejected.state, rejected.info_due_on, rejected.info_requested) == (State.REJECTED, None, [])


def test_only_a_landlord_approver_refuses(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    for name in ("assessor", "payer", "chamber_approver", "landlord_manager", "auditor"):
        with not_allowed():
            decision.reject(
                application=submitted,
                motive=RejectionReason.CRITERIA_NOT_MET,
                by=getattr(world, name),
                key=key(),
                on=OPENED_ON,
            )


STEPS: dict[str, Callable[[World, Application], Application]] = {
    "approve": approve,
    "send_back": walk.send_back,
    "reject": walk.reject,
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("state", [State.DRAFT, State.APPROVED, State.WITHDRAWN])
def test_nothing_is_decided_outside_its_states(world: World, name: str, state: State) -> None:
    application = walk.walk_to(world, state)
    also = ["nothing_proposed"] if name == "approve" else []
    with refused(RuleRefused, "wrong_state", *also):
        STEPS[name](world, application)


def test_supplying_a_fact_does_not_keep_an_approver_from_deciding(world: World) -> None:
    submitted = walk.walk_to(world, State.SUBMITTED)
    facts = {"arrears_cents": 0, "arrears_on": "2020-02-29"}
    lifecycle.supply(application=submitted, facts=facts, by=world.approver, key=key(), on=OPENED_ON)
    assert approve(world, walk.favourable(world, submitted)).state == State.APPROVED
