"""Who could have applied, as far as the rent roll tells, and who never did: so that an advisor can call them.

A tenant may apply when one of its leases runs in the months of the charter and no criterion is refused by what the rent
roll says of it. Most criteria rest on what only the tenant can declare: those rule nobody out. Arrears are left out,
since whether somebody is listed would tell them to who may not read them.

The database judges (ruled_out.py), and of each tenant there is a short row here: a rent roll may have thousands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.db.models.fields import BooleanField, IntegerField

from grants.eligibility import parse_criteria
from grants.enums import State
from grants.models import Application, Charter, Fund
from grants.queries import criteria_of
from grants.statistics.ruled_out import after, ruled_out, running
from landlords.models import Lease, TenantBusiness

TURNED_DOWN: Final = frozenset({State.REJECTED, State.INELIGIBLE, State.LAPSED, State.WITHDRAWN})


class Candidate(NamedTuple):
    """A tenant that may apply. `naf`: its code, of the older list where both are known."""

    pk: int
    legal_name: str
    undertaking: str
    naf: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The tenants on the rent roll in the charter's months. `tenants`: all of them; `ruled_out`: by a criterion.

    `applied`: the candidates that have an application. `promising`: the NAF codes of applications not turned down.
    """

    tenants: int
    ruled_out: int
    candidates: list[Candidate]
    applied: frozenset[str]
    promising: frozenset[str]

    @property
    def eligible(self) -> int:
        return len({one.undertaking for one in self.candidates})

    @property
    def filed(self) -> int:
        return len(self.applied)

    @property
    def never_applied(self) -> int:
        return self.eligible - self.filed

    def to_call(self) -> list[Candidate]:
        """Those that never applied; first the trades in which others did, since they likely meet the criteria."""
        return sorted((one for one in self.candidates if one.undertaking not in self.applied), key=self.rank)

    def rank(self, candidate: Candidate) -> tuple[bool, str, int]:
        """Where it stands among those to call."""
        return not self.is_close(candidate), candidate.legal_name, candidate.pk

    def is_close(self, candidate: Candidate) -> bool:
        """Whether a business of exactly the same trade applied and was not turned down."""
        return candidate.naf in self.promising

    @property
    def close(self) -> int:
        never = (one for one in self.candidates if one.undertaking not in self.applied)
        return len({one.undertaking for one in never if self.is_close(one)})


def roll(funds: Sequence[Fund], on: date) -> Roll:
    """Of these funds together, in four queries. A fund without a confirmed charter has nobody."""
    charters = current_charters(funds)
    files = Application.objects.filter(fund__in=funds).exclude(state=State.DRAFT)
    states = list(files.values_list("fund", "tenant", "state"))
    filed = {(fund, tenant) for fund, tenant, _state in states}
    hopeful = {tenant for _fund, tenant, state in states if state not in TURNED_DOWN}
    judged = [rows_of(fund, charters[fund.pk], on) for fund in funds if fund.pk in charters]
    found: dict[int, Candidate] = {}
    known, kept_out, applied = set(), set(), set()
    for fund, pk, legal_name, siren, naf, refused in judged[0].union(*judged[1:], all=True) if judged else ():
        known.add(pk)
        has_filed = (fund, pk) in filed
        if refused and not has_filed:
            kept_out.add(pk)
            continue
        found[pk] = candidate = Candidate(pk, legal_name, siren or f"tenant {pk}", naf)
        if has_filed:
            applied.add(candidate.undertaking)
    promising = frozenset(one.naf for one in found.values() if one.pk in hopeful and one.naf)
    return Roll(len(known), len(kept_out - found.keys()), list(found.values()), frozenset(applied), promising)


def rows_of(fund: Fund, charter: Charter, on: date) -> QuerySet[TenantBusiness, tuple[Any, ...]]:
    """(fund, tenant, legal name, SIREN, NAF code, refused) of each tenant of the months that the charter covers."""
    leases = running(charter.first_month, charter.last_month)
    # After the deadline, who may apply is who could on its last day.
    day = max(charter.starts_on, min(on, charter.filing_deadline))
    refused = ruled_out(parse_criteria(criteria_of(charter)), leases, day)
    # Erased files are those of a tenant who is nobody.
    nobody = Application.objects.filter(tenant=OuterRef("pk"), erasure__isnull=False)
    tenants = TenantBusiness.objects.filter(~Exists(nobody), Exists(leases), landlord=fund.landlord_id)
    return tenants.order_by().values_list(
        Value(fund.pk, output_field=IntegerField()),
        "pk",
        "legal_name",
        "siren",
        Case(When(naf_rev2="", then=F("naf_2025")), default=F("naf_rev2")),
        Case(When(refused, then=True), default=False, output_field=BooleanField()),
    )


def current_charters(funds: Iterable[Fund]) -> dict[int, Charter]:
    rows = Charter.objects.filter(fund__in=[fund.pk for fund in funds], confirmed_at__isnull=False)
    return {charter.fund_id: charter for charter in rows.order_by("version").prefetch_related("criteria")}


def tenants_of(candidates: Sequence[Candidate], charter: Charter) -> list[TenantBusiness]:
    """Their records in that order, each with its `leases` of the charter's months, in two queries."""
    in_months = Q(ends_on=None) | Q(ends_on__gte=charter.first_month)
    leases = Lease.objects.filter(in_months, starts_on__lt=after(charter.last_month)).select_related("premises")
    rows = TenantBusiness.objects.prefetch_related(Prefetch("leases", leases.order_by("reference", "pk")))
    by_pk = rows.in_bulk([one.pk for one in candidates])
    return [by_pk[one.pk] for one in candidates]
