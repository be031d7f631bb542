"""Who could have applied, as far as the rent roll tells, and who never did: so that an advisor can call them.

A tenant may apply when one of its leases runs in the months of the charter and no criterion is refused by what the rent
roll says of it. Most criteria rest on what only the tenant can declare: those rule nobody out. Arrears are left out,
since whether somebody is listed would tell them to who may not read them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef, Prefetch

from grants.eligibility import evaluate, parse_criteria
from grants.enums import Outcome, State
from grants.models import Application, Charter, Fund
from grants.queries import criteria_of, rent_roll_facts
from grants.statistics.trades import naf_of
from landlords.models import Lease, TenantBusiness

TURNED_DOWN: Final = frozenset({State.REJECTED, State.INELIGIBLE, State.LAPSED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tenant that may apply. `filed`: it has an application."""

    tenant: TenantBusiness
    leases: tuple[Lease, ...]
    filed: bool

    @property
    def naf(self) -> str:
        return naf_of(self.tenant)

    @property
    def undertaking(self) -> str:
        return self.tenant.siren or f"tenant {self.tenant.pk}"


@dataclass(frozen=True, slots=True)
class Roll:
    """The tenants on the rent roll in the charter's months. `tenants`: all of them; `ruled_out`: by a criterion.

    `promising`: the NAF codes of applications that were not turned down.
    """

    tenants: int
    ruled_out: int
    candidates: list[Candidate]
    promising: frozenset[str]

    @property
    def eligible(self) -> int:
        return len({one.undertaking for one in self.candidates})

    @property
    def filed(self) -> int:
        return len({one.undertaking for one in self.candidates if one.filed})

    @property
    def never_applied(self) -> int:
        return self.eligible - self.filed

    def to_call(self) -> list[Candidate]:
        """Those that never applied; first the trades in which others did, since they likely meet the criteria."""
        filed = {one.undertaking for one in self.candidates if one.filed}
        never = [one for one in self.candidates if one.undertaking not in filed]
        return sorted(never, key=self.rank)

    def rank(self, candidate: Candidate) -> tuple[bool, str, int]:
        """Where it stands among those to call."""
        return not self.is_close(candidate), candidate.tenant.legal_name, candidate.tenant.pk

    def is_close(self, candidate: Candidate) -> bool:
        """Whether a business of exactly the same trade applied and was not turned down."""
        return candidate.naf in self.promising

    @property
    def close(self) -> int:
        return len({one.undertaking for one in self.to_call() if self.is_close(one)})


def roll(funds: Sequence[Fund], on: date) -> Roll:
    """Of these funds together, in five queries. A fund without a confirmed charter has nobody."""
    charters = current_charters(funds)
    landlords = {fund.landlord_id for fund in funds if fund.pk in charters}
    files = Application.objects.filter(fund__in=funds).exclude(state=State.DRAFT)
    states = list(files.values_list("fund", "tenant", "state"))
    filed = {(fund, tenant) for fund, tenant, _state in states}
    hopeful = {tenant for _fund, tenant, state in states if state not in TURNED_DOWN}
    leases = Lease.objects.select_related("premises").order_by("reference", "pk")
    # Erased files are those of a tenant who is nobody.
    nobody = Application.objects.filter(tenant=OuterRef("pk"), erasure__isnull=False)
    tenants = TenantBusiness.objects.filter(~Exists(nobody), landlord__in=landlords)
    tenants = tenants.prefetch_related(Prefetch("leases", leases))
    by_landlord: dict[int, list[TenantBusiness]] = {}
    for tenant in tenants.order_by("legal_name", "pk"):
        by_landlord.setdefault(tenant.landlord_id, []).append(tenant)
    found: dict[int, Candidate] = {}
    known, kept_out = set(), set()
    for fund in funds:
        for tenant, running, passes in judged(charters.get(fund.pk), by_landlord.get(fund.landlord_id, []), on):
            known.add(tenant.pk)
            has_filed = (fund.pk, tenant.pk) in filed
            if not passes and not has_filed:
                kept_out.add(tenant.pk)
                continue
            before = found.get(tenant.pk)
            has_filed = has_filed or (before is not None and before.filed)
            found[tenant.pk] = Candidate(tenant, running, has_filed)
    candidates = list(found.values())
    promising = frozenset(one.naf for one in candidates if one.tenant.pk in hopeful and one.naf)
    return Roll(len(known), len(kept_out - set(found)), candidates, promising)


def current_charters(funds: Iterable[Fund]) -> dict[int, Charter]:
    rows = Charter.objects.filter(fund__in=[fund.pk for fund in funds], confirmed_at__isnull=False)
    return {charter.fund_id: charter for charter in rows.order_by("version").prefetch_related("criteria")}


def judged(
    charter: Charter | None, tenants: Iterable[TenantBusiness], on: date
) -> Iterable[tuple[TenantBusiness, tuple[Lease, ...], bool]]:
    """Each tenant of the months that the charter covers, its leases then, and whether no criterion is refused."""
    if charter is None:
        return
    criteria = parse_criteria(criteria_of(charter))
    # After the deadline, who may apply is who could on its last day.
    day = max(charter.starts_on, min(on, charter.filing_deadline))
    last = charter.last_month
    for tenant in tenants:
        running = tuple([lease for lease in tenant.leases.all() if runs(lease, charter.first_month, last)])
        if running:
            findings = evaluate(criteria, rent_roll_facts(tenant, running), day)
            yield tenant, running, all(finding.outcome != Outcome.NO for finding in findings)


def runs(lease: Lease, first_month: date, last_month: date) -> bool:
    """Whether a lease runs in one of the months."""
    return lease.starts_on.replace(day=1) <= last_month and (lease.ends_on is None or lease.ends_on >= first_month)
