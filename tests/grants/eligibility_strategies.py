"""Any facts and any criteria, for the property tests of eligibility."""

from datetime import date

from hypothesis import strategies as st

from grants.de_minimis import COUNTERS, AidSource, PriorAid
from grants.eligibility import (
    FACTS,
    AidStatus,
    Closure,
    Criterion,
    Evidence,
    Facts,
    LeaseFact,
    Month,
    Operator,
    OtherAid,
    Proceedings,
    Reference,
)
from grants.eligibility.business import (
    ClosedByOrder,
    CraftRegistration,
    Headcount,
    NafIn,
    NotInProceedings,
    StartedBefore,
)
from grants.eligibility.tenancy import ArrearsBefore, DeMinimis, LeaseCovers, OtherAidDeclared
from grants.eligibility.turnover import AnnualTurnover, TurnoverLoss, add_months
from grants.enums import AidRegime
from landlords.enums import NafNomenclature

# Few values each, so that facts and criteria meet and boundaries are hit.
days = st.dates(date(2019, 11, 1), date(2021, 2, 28))
months = st.integers(0, 14).map(lambda offset: add_months(Month("2019-11"), offset))
cents = st.one_of(st.integers(0, 20), st.integers(0, 100_000_000))
counts = st.integers(0, 12)
ORDER = "arrêté du 14 mars 2020"
words = st.sampled_from([ORDER, "Arrêté  du 14 mars 2020", "décret 2020-1310", "restaurant", "salon"])
codes = {
    NafNomenclature.REV2: st.sampled_from(["56.10A", "96.02A", "85.53Z"]),
    NafNomenclature.NAF2025: st.sampled_from(["56.11G", "96.21H", "85.53Y"]),
}


def _between(start: date, end: date | None) -> bool:
    return end is None or end >= start


closures = st.builds(
    Closure, text=words, activity=words, starts_on=days, ends_on=st.none() | days, partial_opening=st.booleans()
).filter(lambda closure: _between(closure.starts_on, closure.ends_on))
leases = st.builds(
    LeaseFact, reference=st.text(), starts_on=days, ends_on=st.none() | days, notice_given_on=st.none() | days
).filter(lambda lease: _between(lease.starts_on, lease.ends_on))
other_aids = st.builds(
    OtherAid, name=st.text(), period=st.text(), status=st.sampled_from(AidStatus), amount_cents=st.none() | cents
)
prior_aids = st.builds(
    PriorAid,
    granted_on=st.dates(date(2018, 1, 1), date(2021, 2, 28)),
    gross_cents=cents,
    regime=st.sampled_from(AidRegime),
    source=st.sampled_from(AidSource),
    siren=st.just("732829320"),
    reference=st.sampled_from(["", "A1", "A2"]),
)
naf_codes = st.fixed_dictionaries({}, optional=codes)


EVERY_MONTH = [add_months(Month("2018-11"), offset) for offset in range(27)]
full_turnover = st.lists(cents, min_size=27, max_size=27).map(
    lambda figures: dict(zip(EVERY_MONTH, figures, strict=True))
)


facts = st.builds(
    Facts,
    closures=st.none() | st.lists(closures, max_size=3).map(tuple),
    turnover_by_month=st.none() | st.dictionaries(months, cents),
    annual_turnover_cents=st.none() | cents,
    headcount=st.none() | counts,
    naf_codes=st.none() | naf_codes,
    craft_registered=st.none() | st.booleans(),
    craft_proof_on=st.none() | days,
    leases=st.none() | st.lists(leases, max_size=3).map(tuple),
    started_on=st.none() | days,
    proceedings=st.none() | st.sampled_from(Proceedings),
    proceedings_opened_on=st.none() | days,
    arrears_cents=st.none() | cents,
    arrears_on=st.none() | days,
    other_aid=st.none() | st.lists(other_aids, max_size=3).map(tuple),
    de_minimis_aids=st.none() | st.lists(prior_aids, max_size=4).map(tuple),
    requested_cents=st.none() | cents,
    evidence=st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from(Evidence)),
)

turnover_losses = st.builds(
    TurnoverLoss,
    months=st.lists(months, min_size=1, max_size=3, unique=True).map(tuple),
    reference=st.sampled_from([Reference.SAME_MONTH_LAST_YEAR, Reference.MEAN_SINCE_START]),
    op=st.sampled_from([Operator.MORE, Operator.AT_LEAST]),
    threshold_bp=st.one_of(st.sampled_from([1, 3000, 5000, 9999]), st.integers(1, 9999)),
    young_if_started_after=st.none() | days,
    mean_until=st.none() | months,
) | st.builds(
    TurnoverLoss,
    months=st.lists(months, min_size=1, max_size=3, unique=True).map(tuple),
    reference=st.just(Reference.MEAN_OF_MONTHS),
    op=st.sampled_from([Operator.MORE, Operator.AT_LEAST]),
    threshold_bp=st.integers(1, 9999),
    reference_months=st.lists(months, min_size=1, max_size=4).map(tuple),
)
headcounts = st.builds(Headcount, op=st.sampled_from(Operator), n=st.integers(1, 11))
annual_turnovers = st.builds(AnnualTurnover, op=st.sampled_from(Operator), cents=st.integers(1, 100_000_000))
arrears = st.builds(ArrearsBefore, before=days, max_cents=cents)
de_minimis_caps = st.builds(DeMinimis, regime=st.sampled_from(sorted(COUNTERS)))

criteria: st.SearchStrategy[Criterion] = st.one_of(
    turnover_losses,
    headcounts,
    annual_turnovers,
    arrears,
    de_minimis_caps,
    st.builds(ClosedByOrder, text=words, starts_on=days, ends_on=days, partial_opening_allowed=st.booleans()).filter(
        lambda criterion: _between(criterion.starts_on, criterion.ends_on)
    ),
    st.builds(
        NafIn,
        nomenclature=st.just(NafNomenclature.REV2),
        codes=st.lists(codes[NafNomenclature.REV2], min_size=1).map(tuple),
    ),
    st.builds(CraftRegistration, proof_max_age_days=st.none() | st.integers(0, 400)),
    st.builds(LeaseCovers, months=st.lists(months, max_size=2).map(tuple)),
    st.builds(StartedBefore, before=days),
    st.builds(
        NotInProceedings,
        at=st.none() | days,
        allowed=st.lists(st.sampled_from([Proceedings.SAFEGUARD, Proceedings.RECOVERY])).map(tuple),
    ),
    st.just(OtherAidDeclared()),
)
