"""What a hostile review broke once, and must not break again."""

from datetime import date, timedelta

import pytest
from stdnum.fr import siret as siret_rules

from grants import ledger
from grants.actions import crediting, filing, lifecycle, reversal
from grants.actions.filing import Mandate
from grants.advice import filing_advice
from grants.agreement import agreement_faults
from grants.enums import (
    LineState,
    MandateKind,
    RequestKind,
    ReversalReason,
    State,
)
from grants.exceptions import RuleRefused
from grants.models import Application, ReliefLine
from landlords.models import Lease, RentCall, TenantBusiness
from tests.factories import MONTHS, OPENED_ON, SIGNED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.refusal import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return open_fund()


def test_rents_are_not_read_before_the_mandate_not_even_in_a_refusal(world: World) -> None:
    lease = tenant_with_lease(world, rent_cents=512_34)
    draft = filing.create(fund=world.fund, tenant=lease.tenant, by=world.advisor, key=key(), on=OPENED_ON)
    asks = walk.asks_of(lease, asked_cents=9_000_000_00)
    draft = filing.edit(application=draft, lines=asks, by=world.advisor, key=key(), on=OPENED_ON)
    with refused(RuleRefused, "mandate") as refusal:
        walk.submit(world, draft)
    assert "512" not in str(refusal.value)
    assert filing_advice(draft) == []
    mandate = Mandate(OPENED_ON, MandateKind.SIGNED)
    draft = filing.edit(application=draft, mandate=mandate, by=world.advisor, key=key(), on=OPENED_ON)
    with refused(RuleRefused, "more_than_rent_call", "more_than_rent_call", "more_than_rent_call"):
        walk.submit(world, draft)


def test_a_line_that_fell_away_is_proposed_at_zero_and_the_others_go_on(world: World) -> None:
    lease = tenant_with_lease(world)
    file = walk.walk_to(world, State.SUBMITTED, lease=lease)
    Lease.objects.filter(pk=lease.pk).update(ends_on=date(2020, 4, 30))
    with refused(RuleRefused, "lease_not_running"):
        walk.favourable(world, file)
    may = file.lines.get(month=date(2020, 5, 1))
    approved = walk.approve(world, walk.favourable(world, file, amounts={may.pk: 0}))
    assert sorted(line.state for line in approved.lines.all()) == [
        LineState.APPROVED,
        LineState.APPROVED,
        LineState.DECLINED,
    ]


def test_a_rent_call_lowered_since_is_judged_at_each_step(world: World) -> None:
    lease = tenant_with_lease(world, months=MONTHS[:1])
    calls = RentCall.objects.filter(lease=lease)
    file = walk.walk_to(world, State.SUBMITTED, lease=lease)
    calls.update(net_cents=400_00, gross_cents=400_00)
    with refused(RuleRefused, "more_than_rent_call"):
        walk.favourable(world, file)
    [line] = walk.line_ids(file)
    eligible = walk.favourable(world, file, amounts={line: 400_00})
    calls.update(net_cents=300_00, gross_cents=300_00)
    with refused(RuleRefused, "more_than_rent_call"):
        walk.approve(world, eligible)
    calls.update(net_cents=400_00, gross_cents=400_00)
    approved = walk.approve(world, eligible)
    calls.update(net_cents=399_99, gross_cents=399_99)
    with refused(RuleRefused, "more_than_rent_call"):
        walk.credit(world, approved)
    calls.update(net_cents=400_00, gross_cents=400_00)
    assert walk.credit(world, approved).state == State.CREDITED


def test_a_corrected_siret_leaves_the_caps_where_they_were() -> None:
    world = open_fund(cap_per_siren_cents=1_500_00)
    first, second = tenant_with_lease(world), tenant_with_lease(world)
    walk.walk_to(world, State.ELIGIBLE, lease=first)
    siren = (second.tenant.siret or "")[:9]
    twin = next(siret for n in range(10_000) if (siret := f"{siren}{n:05d}") and _passes(siret, second.tenant.siret))
    TenantBusiness.objects.filter(pk=first.tenant_id).update(siret=twin)
    file = walk.walk_to(world, State.SUBMITTED, lease=second)
    with refused(RuleRefused, "cap_per_siren"):
        walk.favourable(world, file)


def _passes(siret: str, other: str | None) -> bool:
    return siret != other and bool(siret_rules.is_valid(siret))


def test_the_days_of_a_file_never_go_back(world: World) -> None:
    august = date(2020, 8, 13)
    file = walk.walk_to(world, State.SUBMITTED, on=august)
    with refused(RuleRefused, "earlier_date"):
        walk.favourable(world, file, OPENED_ON)
    assert walk.favourable(world, file, august).state == State.ELIGIBLE


def test_a_notice_is_sent_after_the_credit_it_is_about(world: World) -> None:
    file = walk.walk_to(world, State.CREDITED)
    asked = {"kind": RequestKind.REVERSE, "lines": walk.line_ids(file), "reason": ReversalReason.FALSE_STATEMENT}
    early = OPENED_ON - timedelta(days=1)
    with refused(RuleRefused, "notice_date"):
        reversal.ask_reverse(application=file, notice_sent_on=early, by=world.payer, key=key(), on=OPENED_ON, **asked)
    reversal.ask_reverse(application=file, notice_sent_on=OPENED_ON, by=world.payer, key=key(), on=OPENED_ON, **asked)
    days = file.charter.reply_days
    assert file.requests.get().reply_until == OPENED_ON + timedelta(days=days)


def test_a_voucher_is_not_older_than_the_charter(world: World) -> None:
    file = walk.walk_to(world, State.APPROVED)
    old = walk.voucher(SIGNED_ON - timedelta(days=1))
    with refused(RuleRefused, "voucher_date"):
        crediting.credit(
            application=file, lines=walk.line_ids(file), voucher=old, by=world.payer, key=key(), on=OPENED_ON
        )


def test_a_final_file_that_still_holds_a_month_is_a_fault(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    Application.objects.filter(pk=file.pk).update(state=State.REJECTED)
    assert {fault.code for fault in agreement_faults(world.fund)} == {"line_state"}
    ReliefLine.objects.filter(application=file).update(state=LineState.DECLINED)
    assert agreement_faults(world.fund) == []
    assert ledger.verify(world.fund.pk) == []


def test_a_reopened_file_is_under_the_version_it_was_first_filed_under(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    walk.amend(world, max_months=1)
    file = lifecycle.apply_new_version(application=file, by=world.landlord_manager, key=key(), on=OPENED_ON)
    assert file.charter.version == 2
    reopened = walk.reopen(world, walk.reject(world, file))
    assert reopened.charter.version == 1


def test_a_month_taken_in_another_fund_is_told_without_its_reference(world: World) -> None:
    other = open_fund(landlord=world.landlord)
    lease = tenant_with_lease(world, months=MONTHS[:1])
    filed = walk.walk_to(other, State.SUBMITTED, lease=lease)
    draft = walk.draft(world, lease=lease)
    with refused(RuleRefused, "month_taken") as refusal:
        walk.submit(world, draft)
    assert filed.reference not in str(refusal.value)


def test_nothing_is_not_an_answer(world: World) -> None:
    asked = walk.walk_to(world, State.INFO_REQUESTED)
    with refused(RuleRefused, "still_missing"):
        walk.answer(world, asked, facts={"headcount": None})
