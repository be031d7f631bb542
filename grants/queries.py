"""What actions, pages and the API read. Nothing here writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from grants import quick
from grants.charter_rules import shortfall
from grants.de_minimis import AidSource, PriorAid
from grants.eligibility import CriterionSpec, Facts, LeaseFact, facts_from_json
from grants.enums import (
    ALIVE_LINE_STATES,
    Action,
    AidRegime,
    CapsBasis,
    LedgerKind,
    LineState,
    RequestState,
    Role,
    Side,
    State,
)
from grants.models import (
    Application,
    Charter,
    Event,
    Fund,
    FundMember,
    FundProposal,
    LedgerEntry,
    ReliefLine,
    ReversalRequest,
    Visa,
)
from landlords.models import Lease, RentCall, TenantBusiness
from landlords.queries import MonthlyDue, dues

if TYPE_CHECKING:
    from fundadmin.models import User

OVERSEERS = (Role.MANAGER, Role.AUDITOR)
GRANTED = (LineState.APPROVED, LineState.CREDITED)
LineKey = tuple[int, date, str]


def current_charter(fund_id: int) -> Charter | None:
    """The last confirmed version: its ceiling governs."""
    return Charter.objects.filter(fund=fund_id, confirmed_at__isnull=False).order_by("-version").first()


def charter_in_force(fund_id: int, on: date) -> Charter | None:
    """The version that governs what is filed on a day: the last one confirmed and started by then, or else the last."""
    return charters_in_force([fund_id], on).get(fund_id)


def charters_in_force(fund_ids: Iterable[int], on: date) -> dict[int, Charter]:
    """Fund id -> the version that governs what is filed on a day; a fund without a confirmed version has none."""
    governing: dict[int, Charter] = {}
    last: dict[int, Charter] = {}
    for charter in Charter.objects.filter(fund__in=list(fund_ids), confirmed_at__isnull=False).order_by("version"):
        last[charter.fund_id] = charter
        if charter.confirmed_on is not None and charter.confirmed_on <= on and charter.starts_on <= on:
            governing[charter.fund_id] = charter
    return last | governing


def first_charter(application: Application) -> Charter:
    """The version under which an application was first filed."""
    return first_charters([application])[application.pk]


def first_charters(applications: Sequence[Application]) -> dict[int, Charter]:
    """Application id -> the version it was first filed under, in two queries; the one it is under if it never was."""
    first = Event.objects.filter(application__in=applications, action=Action.SUBMIT)
    filed = dict(first.order_by("application", "pk").distinct("application").values_list("application_id", "data"))
    versions = {
        file.pk: int(filed[file.pk]["charter"]) if file.pk in filed else file.charter.version for file in applications
    }
    astray = [file for file in applications if versions[file.pk] != file.charter.version]
    earlier = Charter.objects.filter(
        fund__in={file.fund_id for file in astray}, version__in={versions[file.pk] for file in astray}
    )
    found = {(charter.fund_id, charter.version): charter for charter in earlier}
    return {file.pk: found.get((file.fund_id, versions[file.pk]), file.charter) for file in applications}


def next_rank(fund_id: int) -> int:
    """The rank after the last; called with the fund's position locked."""
    last: int | None = Application.objects.filter(fund=fund_id).aggregate(last=Max("rank"))["last"]
    return (last or 0) + 1


def vat_rates(lease_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """(lease, component) -> VAT rate in basis points, as last called."""
    rows = RentCall.objects.filter(lease__in=list(lease_ids)).order_by("period_start")
    return {
        (lease, component): rate for lease, component, rate in rows.values_list("lease_id", "component", "vat_rate_bp")
    }


def dues_of(lines: Sequence[ReliefLine], basis: str) -> dict[LineKey, int]:
    """What the landlord calls for each line's lease, month and component, in cents of the caps basis."""
    return in_basis(dues({line.lease_id for line in lines}, {line.month for line in lines}), basis)


def regimes_of(lines: Sequence[ReliefLine]) -> dict[int, str]:
    """Line id -> VAT regime of the call that covers its month, in one query; of its lease, where there is none."""
    called = RentCall.objects.filter(lease__in={line.lease_id for line in lines}).order_by("-period_start")
    periods = list(called.values_list("lease_id", "component", "period_start", "period_end", "regime"))
    found = {line.pk: line.lease.vat_regime for line in lines}
    for line in lines:
        for lease, component, start, end, regime in periods:
            if (lease, component) == (line.lease_id, line.component) and start.replace(day=1) <= line.month <= end:
                found[line.pk] = regime
    return found


def in_basis(called: Mapping[LineKey, MonthlyDue], basis: str) -> dict[LineKey, int]:
    return {key: due.net_cents if basis == CapsBasis.NET else due.gross_cents for key, due in called.items()}


def months_taken(lines: Sequence[ReliefLine]) -> dict[int, str]:
    """Line id -> reference of the application that already has its month; a line's own application aside.

    The reference is empty where that application is in another fund: its number is not this fund's to read.
    """
    alive = ReliefLine.objects.filter(
        lease__in={line.lease_id for line in lines},
        month__in={line.month for line in lines},
        state__in=ALIVE_LINE_STATES,
    )
    holders = {
        (lease, month, component): (application, reference, fund)
        for lease, month, component, application, reference, fund in alive.values_list(
            "lease_id", "month", "component", "application", "application__reference", "application__fund"
        )
    }
    taken: dict[int, str] = {}
    for line in lines:
        application, reference, fund = holders.get((line.lease_id, line.month, line.component), (None, "", None))
        if application not in (None, line.application_id):
            taken[line.pk] = reference if fund == line.application.fund_id else ""
    return taken


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """What the other applications of an undertaking have in the same fund: its months, and cents of the fund's money.

    Held is what is reserved or granted; granted, what is approved or credited.
    """

    months: frozenset[date]
    held_cents: int
    granted_cents: int
    held_by_lease: Mapping[int, int]


def held_elsewhere(application: Application) -> HeldElsewhere:
    """All of it, in two queries. An undertaking is a SIREN, or a tenant whose SIREN was corrected since."""
    return held_elsewhere_of([application])[application.pk]


def held_elsewhere_of(applications: Sequence[Application]) -> dict[int, HeldElsewhere]:
    """Application id -> what its undertaking has elsewhere, in two queries for however many."""
    sirens = {file.pk: {file.siren, file.tenant.siren} - {"", None} for file in applications}
    known = set().union(*sirens.values())
    siren_of = dict(quick.rows_of(quick.TENANTS, [list(known)]))
    tenants = {file.tenant_id for file in applications} | set(siren_of)
    funds = {file.fund_id for file in applications}
    rows = quick.rows_of(quick.HELD, [list(funds), list(known), list(tenants), quick.ALIVE])
    return {
        file.pk: _held(
            held
            for pk, fund, siren, tenant, *held in rows
            if pk != file.pk
            and fund == file.fund_id
            and (siren in sirens[file.pk] or tenant == file.tenant_id or siren_of.get(tenant) in sirens[file.pk])
        )
        for file in applications
    }


def _held(rows: Iterable[Sequence[Any]]) -> HeldElsewhere:
    months, held_cents, granted_cents = set(), 0, 0
    held_by_lease: dict[int, int] = {}
    for state, line_state, lease, month, proposed_cents, approved_cents in rows:
        months.add(month)
        granted = (approved_cents or 0) if line_state in GRANTED else 0
        held = granted or ((proposed_cents or 0) if state == State.ELIGIBLE else 0)
        held_cents, granted_cents = held_cents + held, granted_cents + granted
        held_by_lease[lease] = held_by_lease.get(lease, 0) + held
    return HeldElsewhere(frozenset(months), held_cents, granted_cents, held_by_lease)


def _same_undertaking(application: Application, prefix: str = "") -> Q:
    """Applications of the same undertaking: by their SIREN, by their tenant's of today, or the same tenant."""
    sirens = {application.siren, application.tenant.siren} - {"", None}
    tenants = [application.tenant_id, *TenantBusiness.objects.filter(siren__in=sirens).values_list("pk", flat=True)]
    return Q(**{f"{prefix}siren__in": sirens}) | Q(**{f"{prefix}tenant__in": tenants})


def requested_at(application: Application) -> datetime:
    """When the information now asked for was requested."""
    asked: datetime = Event.objects.filter(application=application, action=Action.REQUEST_INFO).latest("id").at
    return asked


def criteria_of(charter: Charter) -> list[CriterionSpec]:
    return [CriterionSpec(row.code, row.parameters, row.article) for row in charter.criteria.all()]


def facts_of(application: Application) -> Facts:
    """All that is known of the tenant: the rent roll's facts, completed by those declared in the file."""
    tenant = application.tenant
    leases = list(Lease.objects.filter(relief_lines__application=application).distinct().order_by("reference"))
    arrears_cents, arrears_on = _arrears_of(leases)
    facts = replace(
        rent_roll_facts(tenant, leases),
        arrears_cents=arrears_cents,
        arrears_on=arrears_on,
        requested_cents=sum(line.asked_cents for line in application.lines.all()),
    )
    declared = facts_from_json(application.facts)
    known = {name: getattr(declared, name) for name in application.facts}
    facts = replace(facts, **known)
    if application.charter.aid_regime != AidRegime.OUTSIDE_STATE_AID:
        facts = replace(facts, de_minimis_aids=prior_aids(application, declared.de_minimis_aids))
    return facts


def rent_roll_facts(tenant: TenantBusiness, leases: Iterable[Lease]) -> Facts:
    """What the rent roll says of a tenant and some of its leases, less the arrears."""
    return Facts(
        headcount=tenant.headcount,
        naf_codes=tenant.naf_codes or None,
        craft_registered=tenant.craft_registered,
        craft_proof_on=tenant.rne_extract_on,
        started_on=tenant.started_on,
        leases=tuple(LeaseFact(x.reference, x.starts_on, x.ends_on, x.notice_given_on) for x in leases),
    )


def _arrears_of(leases: Sequence[Lease]) -> tuple[int | None, date | None]:
    """What the leases owe together and on which day; unknown unless all have a statement of the same day."""
    days = {lease.arrears_on for lease in leases}
    day = days.pop() if len(days) == 1 else None
    return (None, None) if day is None else (sum(lease.arrears_cents or 0 for lease in leases), day)


def prior_aids(application: Application, declared: tuple[PriorAid, ...] | None) -> tuple[PriorAid, ...] | None:
    """The aids of the same undertaking that we granted ourselves, in any fund, and those it declared.

    Unknown (None) until the tenant has declared, be it that there are none.
    """
    if declared is None:
        return None
    named = {aid.reference for aid in declared}
    granted = (
        ReliefLine.objects.filter(_same_undertaking(application, "application__"), state__in=GRANTED)
        .exclude(application=application.pk)
        .exclude(application__charter__aid_regime=AidRegime.OUTSIDE_STATE_AID)
        .values(
            "application__reference",
            "application__fund",
            "application__charter__aid_regime",
            granted_on=F("application__decided_on"),
        )
        .annotate(total=Sum("approved_cents"))
    )
    own = tuple(
        PriorAid(
            granted_on=row["granted_on"],
            gross_cents=row["total"],
            regime=AidRegime(row["application__charter__aid_regime"]),
            source=AidSource.LEDGER,
            siren=application.siren,
            # Another fund's reference is not this one's to read, unless the tenant named it: then it is one aid.
            reference=row["application__reference"]
            if row["application__fund"] == application.fund_id or row["application__reference"] in named
            else "",
        )
        for row in granted
    )
    return own + declared


def living_visas(application: Application) -> list[Visa]:
    """Plain SQL, as the fund is locked. Mostly there are none."""
    return list(Visa.objects.raw(quick.LIVING_VISAS, [application.pk]))


def lines_in_open_requests(application: Application) -> set[int]:
    """The lines somebody asked to cancel, uncredit or reverse, and nobody has settled yet."""
    open_requests = ReversalRequest.objects.filter(application=application, state=RequestState.OPEN)
    return set(open_requests.values_list("lines", flat=True))


def open_credits(line_ids: Sequence[int]) -> dict[int, int]:
    """Line id -> the ledger row of its credit that was not undone."""
    rows = LedgerEntry.objects.filter(kind=LedgerKind.CREDIT, relief_line__in=line_ids, reversed_by__isnull=True)
    return dict(rows.values_list("relief_line_id", "pk"))


def voucher_is_anothers(number: str, year: int, application: Application) -> bool:
    """Whether this number of this year credited another tenant of the landlord; a reversed credit keeps its own."""
    lines = ReliefLine.objects.filter(
        voucher_ref=number,
        voucher_date__range=(date(year, 1, 1), date(year, 12, 31)),
        state__in=(LineState.CREDITED, LineState.REVERSED),
        application__fund__landlord=application.fund.landlord_id,
    )
    return lines.exclude(application__tenant=application.tenant_id).exists()


def last_credit_on(lines: Sequence[ReliefLine]) -> date | None:
    """The value date of the latest credit of these lines."""
    rows = LedgerEntry.objects.filter(kind=LedgerKind.CREDIT, relief_line__in=[line.pk for line in lines])
    last: date | None = rows.aggregate(last=Max("value_date"))["last"]
    return last


def waiting_needs(fund_id: int) -> list[tuple[int, int, int, int | None]]:
    """(rank, application id, cents needed, cents offered) of each waitlisted application, in rank order."""
    rows = (
        Application.objects.filter(fund=fund_id, state=State.WAITLISTED)
        .annotate(needed=Sum("lines__proposed_cents", filter=Q(lines__state=LineState.CLAIMED)))
        .order_by("rank")
    )
    return [(row.rank or 0, row.pk, row.needed or 0, row.offered_cents) for row in rows]


def free_for(application: Application, available_cents: int) -> int:
    """What an application may reserve: the available money less what those waiting before it are owed.

    Owed are the open offers of others, and, in rank order, the needs of those waiting before it that still fit:
    money just freed is not taken by a newer file because the offers were not written yet. What is offered to the
    application itself is owed to nobody else.
    """
    waiting = waiting_needs(application.fund_id)
    free = available_cents - sum(offered or 0 for _rank, _pk, _needed, offered in waiting)
    for rank, _pk, needed, offered in waiting:
        if offered is None and rank < (application.rank or 0) and shortfall(free, needed) == 0:
            free -= needed
    return free + (application.offered_cents or 0)


def funds_visible_to(user: "User") -> QuerySet[Fund]:
    """The funds in which a person has a role that counts today; a stranger's fund is not there."""
    member = FundMember.objects.filter(held_by(user, timezone.localdate()), fund=OuterRef("pk"))
    return Fund.objects.filter(Exists(member)).select_related("landlord", "position").order_by("code")


def applications_visible_to(user: "User") -> QuerySet[Application]:
    """The applications of those funds; drafts are the chamber's own."""
    return with_totals(_visible(user).select_related("fund", "tenant", "advisor"))


def roles_by_fund(user: "User") -> list[Fund]:
    """A person's funds, each with `roles_held`: the (value, label) of the roles that count for them today."""
    held = FundMember.objects.filter(held_by(user, timezone.localdate())).select_related("fund")
    funds: dict[int, tuple[Fund, dict[str, str]]] = {}
    for member in held.order_by("fund__code", "pk"):
        funds.setdefault(member.fund_id, (member.fund, {}))[1][member.role] = member.get_role_display()
    for fund, roles in funds.values():
        fund.roles_held = list(roles.items())
    return [fund for fund, _roles in funds.values()]


def charters_visible_to(user: "User") -> QuerySet[Charter]:
    """The confirmed versions of a person's funds; a version not confirmed yet is the landlord's own."""
    member = FundMember.objects.filter(held_by(user, timezone.localdate()), fund=OuterRef("fund"))
    rows = Charter.objects.filter(Exists(member))
    rows = rows.exclude(~Exists(member.filter(side=Side.LANDLORD)), confirmed_at__isnull=True)
    return rows.select_related("fund").prefetch_related("criteria")


def events_visible_to(user: "User") -> QuerySet[Event]:
    """The events of the applications that a person sees, and of their funds themselves.

    `was_confirmed` says of the proposal of a fund action whether another person confirmed it.
    """
    member = FundMember.objects.filter(held_by(user, timezone.localdate()), fund=OuterRef("fund"))
    seen = _visible(user).filter(pk=OuterRef("application_id"))
    rows = Event.objects.filter(Exists(member)).filter(Q(application_id__isnull=True) | Exists(seen))
    proposal = Cast(KT("data__proposal"), BigIntegerField())
    settled = FundProposal.objects.filter(pk=OuterRef("proposal"), state=RequestState.CONFIRMED)
    return rows.alias(proposal=proposal).annotate(was_confirmed=Exists(settled))


def files_open_to(user: "User") -> QuerySet[Application]:
    """The applications of `applications_visible_to` without their sums, as an action takes one."""
    return _visible(user).select_related("fund", "charter", "tenant")


def _visible(user: "User") -> QuerySet[Application]:
    member = FundMember.objects.filter(held_by(user, timezone.localdate()), fund=OuterRef("fund"))
    drafter = member.filter(side=Side.CHAMBER)
    return Application.objects.filter(Exists(member)).exclude(~Exists(drafter), state=State.DRAFT)


def funds_of(user: "User") -> list[int]:
    """The ids of the funds of `funds_visible_to`."""
    held = FundMember.objects.filter(held_by(user, timezone.localdate()))
    return list(held.values_list("fund", flat=True).order_by("fund").distinct())


def with_totals(rows: QuerySet[Application]) -> QuerySet[Application]:
    """What each application asks and was granted, in cents: added up for the rows shown and no others."""
    lines = ReliefLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    granted = lines.filter(state__in=GRANTED)
    return rows.annotate(
        asked_cents=Subquery(lines.annotate(sum=Sum("asked_cents")).values("sum")),
        granted_cents=Subquery(granted.annotate(sum=Sum("approved_cents")).values("sum")),
    )


def last_entries(fund_id: int, count: int = 20) -> list[LedgerEntry]:
    """The last movements, newest first."""
    rows = LedgerEntry.objects.filter(fund=fund_id).select_related("application").order_by("-number")
    return list(rows[:count])


def counting_on(on: date) -> Q:
    """Memberships that are confirmed and within their dates, of people whose account is not disabled."""
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    return lasting & Q(user__is_active=True, confirmed_on__lte=on, starts_on__lte=on)


def is_landlords(user: "User", fund_id: int, on: date) -> bool:
    """Whether a person holds any role of the landlord's in a fund, whatever a token gives of it."""
    return FundMember.objects.filter(counting_on(on), user=user, fund=fund_id, side=Side.LANDLORD).exists()


def held_by(user: "User", on: date) -> Q:
    """The memberships that count for a person on a day: those of its token only, where it acts by one."""
    scope = user.scope
    within = Q(fund=scope.fund_id, role__in=scope.roles) if scope else Q()
    return counting_on(on) & within & Q(user=user)


def oversees(user: "User", fund: Fund, on: date) -> bool:
    """Whether a person is a manager or an auditor of the fund on a day."""
    return FundMember.objects.filter(held_by(user, on), fund=fund, role__in=OVERSEERS).exists()
