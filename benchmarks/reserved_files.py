"""A fund with many files that await one visa, made in bulk: the rows that the real actions would have left."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from fundadmin.models import User
from grants import ledger
from grants.enums import Action, FundState, LedgerKind, LineState, Opinion, Role, Side, State
from grants.ledger import Movement
from grants.models import Application, Assessment, Charter, Event, Fund, FundMember, ReliefLine
from landlords.enums import Component, Periodicity, VatRegime
from landlords.models import Lease, Premises, RentCall, TenantBusiness
from tests.factories import confirm_directly
from tests.factories_landlords import landlord, valid_siret

MONTHS = (date(2020, 4, 1), date(2020, 5, 1))
LINE_CENTS = 500_00


@dataclass(frozen=True, slots=True)
class HotFund:
    """A fund, its approver and its eligible files."""

    fund: Fund
    approver: User
    files: list[Application]


def make_hot_fund(files: int, code: str = "bench", first: int = 0) -> HotFund:
    """An open fund with `files` eligible files of two lines each, their money reserved in the ledger.

    `first`: the number of its first tenant, so that no two funds' are one undertaking.
    """
    today = timezone.localdate()
    fund, charter = _open_fund(code, 2 * LINE_CENTS * files, today)
    people = {role: _member(fund, role, side, today) for role, side in TEAM}
    Fund.objects.filter(pk=fund.pk).update(state=FundState.OPEN)
    leases = _leases(fund, range(first, first + files))
    applications = _file(fund, charter, leases, people[Role.ADVISOR], today)
    _assess(fund, charter, applications, people[Role.ASSESSOR], today)
    return HotFund(fund, people[Role.APPROVER], applications)


TEAM = (
    (Role.ADVISOR, Side.CHAMBER),
    (Role.ASSESSOR, Side.CHAMBER),
    (Role.APPROVER, Side.LANDLORD),
    (Role.PAYER, Side.LANDLORD),
)


def _open_fund(code: str, cents: int, today: date) -> tuple[Fund, Charter]:
    fund = Fund.objects.create(code=code, name="Bench", landlord=landlord())
    charter = Charter.objects.create(
        fund=fund,
        version=1,
        signed_on=today,
        starts_on=today,
        ends_on=today,
        filing_deadline=today,
        first_month=MONTHS[0],
        last_month=MONTHS[-1],
        ceiling_cents=cents,
        cap_per_siren_cents=10_000_00,
        cap_per_lease_cents=10_000_00,
        second_visa_threshold_cents=5_000_00,
        components=[Component.RENT],
    )
    return fund, confirm_directly(charter, today, timezone.now())


def _member(fund: Fund, role: Role, side: Side, today: date) -> User:
    user = User.objects.create_user(f"{role}@{fund.code}.invalid", full_name=str(role))
    FundMember.objects.create(
        fund=fund, user=user, role=role, side=side, starts_on=today, confirmed_on=today, proposed_by=user
    )
    return user


def _leases(fund: Fund, numbers: range) -> list[Lease]:
    """Leases whose rent is called for the months, each of a tenant of its own."""
    owner = fund.landlord
    tenants = TenantBusiness.objects.bulk_create(
        TenantBusiness(landlord=owner, siret=valid_siret(n), legal_name=f"Tenant {n}", naf_rev2="56.10A", headcount=3)
        for n in numbers
    )
    premises = Premises.objects.bulk_create(
        Premises(landlord=owner, reference=f"LOC-{n}", address="1 rue", postcode="60000", commune="Beauvais")
        for n in numbers
    )
    leases = Lease.objects.bulk_create(
        Lease(
            landlord=owner,
            premises=where,
            tenant=who,
            reference=f"BAIL-{n}",
            starts_on=date(2018, 1, 1),
            vat_regime=VatRegime.EXEMPT,
            periodicity=Periodicity.MONTHLY,
        )
        for n, where, who in zip(numbers, premises, tenants, strict=True)
    )
    RentCall.objects.bulk_create(
        RentCall(
            lease=lease,
            component=Component.RENT,
            period_start=month,
            period_end=month + timedelta(days=29),
            due_on=month,
            net_cents=LINE_CENTS,
            gross_cents=LINE_CENTS,
            regime=VatRegime.EXEMPT,
        )
        for lease in leases
        for month in MONTHS
    )
    return leases


def _file(fund: Fund, charter: Charter, leases: list[Lease], advisor: User, today: date) -> list[Application]:
    applications = Application.objects.bulk_create(
        Application(
            fund=fund,
            charter=charter,
            reference=f"{fund.code}-{n}",
            tenant_id=lease.tenant_id,
            siren=(lease.tenant.siret or "")[:9],
            advisor=advisor,
            rank=n + 1,
            submitted_on=today,
            submitted_by=advisor,
        )
        for n, lease in enumerate(leases)
    )
    ReliefLine.objects.bulk_create(
        ReliefLine(
            application=application,
            lease=lease,
            premises_id=lease.premises_id,
            month=month,
            component=Component.RENT,
            asked_cents=LINE_CENTS,
        )
        for application, lease in zip(applications, leases, strict=True)
        for month in MONTHS
    )
    for action in (Action.CREATE, Action.EDIT, Action.SUBMIT):
        _events(action, applications, advisor, today)
    return applications


def _assess(fund: Fund, charter: Charter, applications: list[Application], assessor: User, today: date) -> None:
    """Reserve each line's money and make the files eligible, as a favourable opinion does."""
    lines = ReliefLine.objects.filter(application__fund=fund)
    lines.update(state=LineState.CLAIMED, proposed_cents=LINE_CENTS)
    Assessment.objects.bulk_create(
        Assessment(
            application=application, charter=charter, opinion=Opinion.FAVOURABLE, by=assessor, on=today, record={}
        )
        for application in applications
    )
    events = _events(Action.ASSESS_FAVOURABLE, applications, assessor, today)
    reservations = [
        Movement(LedgerKind.RESERVE, LINE_CENTS, line, application)
        for line, application in lines.values_list("pk", "application_id").order_by("pk")
    ]
    with transaction.atomic():
        locked = ledger.lock(fund.pk)
        endowment = [Movement(LedgerKind.ENDOW, 2 * LINE_CENTS * len(applications))]
        for batch in (endowment, *(reservations[i : i + 1000] for i in range(0, len(reservations), 1000))):
            ledger.post(
                locked,
                batch,
                event_id=events[0].pk,
                charter_id=charter.pk,
                charter_version=charter.version,
                value_date=today,
                posted_at=timezone.now(),
            )
    files = Application.objects.filter(fund=fund)
    files.update(state=State.SUBMITTED)
    files.update(state=State.ELIGIBLE, reserved_until=today, assessed_on=today, assessed_by=assessor, version=4)


def _events(action: Action, applications: list[Application], user: User, today: date) -> list[Event]:
    return Event.objects.bulk_create(
        Event(
            fund_id=application.fund_id,
            application=application,
            user=user,
            action=action,
            on=today,
            at=timezone.now(),
            key=f"{action}-{application.pk}",
            request_hash="0" * 64,
        )
        for application in applications
    )
