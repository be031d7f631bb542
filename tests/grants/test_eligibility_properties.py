"""What holds of every criterion, whatever the facts."""

import dataclasses
import json
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from grants.de_minimis import PriorAid
from grants.eligibility import (
    CRITERIA,
    FACTS,
    LABELS,
    Criterion,
    CriterionSpec,
    Facts,
    Finding,
    evaluate,
    facts_from_json,
    facts_to_json,
    finding_from_json,
    parse_criteria,
    record,
    replay,
)
from grants.eligibility.business import Headcount
from grants.eligibility.tenancy import ArrearsBefore, DeMinimis
from grants.eligibility.turnover import AnnualTurnover, TurnoverLoss
from grants.enums import AidRegime, Outcome
from tests.grants import eligibility_strategies as some


def through_json(data: object) -> object:
    return json.loads(json.dumps(data))


@given(some.facts)
def test_facts_come_back_from_json_as_they_were(facts: Facts) -> None:
    assert facts_from_json(through_json(facts_to_json(facts))) == facts


@given(some.criteria)
def test_a_criterion_comes_back_from_its_spec_as_it_was(criterion: Criterion) -> None:
    spec = CriterionSpec.of(criterion)
    stored = through_json(dict(spec.parameters))
    assert parse_criteria([CriterionSpec(spec.code, stored, "art. 3")]) == [
        dataclasses.replace(criterion, article="art. 3")
    ]


@given(some.criteria, some.days)
def test_no_criterion_passes_on_nothing(criterion: Criterion, on: date) -> None:
    finding = criterion.judge(Facts(), on)
    assert finding.outcome == Outcome.TO_VERIFY
    assert criterion.needs[0] in finding.what_would_make_it_pass["facts"]  # type: ignore[operator]


@given(some.criteria, some.facts, some.days, st.sampled_from(sorted(FACTS)))
def test_forgetting_a_fact_never_makes_a_criterion_met(criterion: Criterion, facts: Facts, on: date, name: str) -> None:
    forgotten = dataclasses.replace(facts, **{name: None})
    if criterion.judge(forgotten, on).outcome == Outcome.YES:
        assert criterion.judge(facts, on).outcome == Outcome.YES


@given(some.criteria, some.facts, some.days)
def test_without_its_principal_fact_a_criterion_is_to_verify(criterion: Criterion, facts: Facts, on: date) -> None:
    finding = criterion.judge(dataclasses.replace(facts, **{criterion.needs[0]: None}), on)
    assert finding.outcome == Outcome.TO_VERIFY


@given(some.criteria, some.facts, some.days)
def test_a_criterion_looks_only_at_the_facts_it_names(criterion: Criterion, facts: Facts, on: date) -> None:
    others = {name: None for name in FACTS if name not in criterion.needs}
    assert criterion.judge(dataclasses.replace(facts, **others), on) == criterion.judge(facts, on)


@given(st.lists(some.criteria, max_size=4), some.facts, some.days)
def test_a_stored_assessment_replays_the_same(criteria: list[Criterion], facts: Facts, on: date) -> None:
    findings = evaluate(criteria, facts, on)
    assert replay(through_json(record(criteria, facts, on, findings))) == []
    assert [finding_from_json(through_json(finding.to_json())) for finding in findings] == findings


@pytest.mark.parametrize("language", ["fr", "en"])
@given(some.criteria, some.facts, some.days)
def test_every_finding_can_be_read(language: str, criterion: Criterion, facts: Facts, on: date) -> None:
    with translation.override(language):
        finding = criterion.judge(facts, on)
        assert finding.sentence()
        assert str(LABELS[criterion.code]) in finding.verdict()
        assert (finding.remedy() == "") or finding.outcome != Outcome.YES


def spent(facts: Facts, criterion: TurnoverLoss, less_cents: int) -> Facts:
    """The same facts with that much less turnover in the months the criterion looks at."""
    assert facts.turnover_by_month is not None
    by_month = dict(facts.turnover_by_month)
    for month in criterion.months:
        taken = min(by_month[month], less_cents)
        by_month[month] -= taken
        less_cents -= taken
    assert less_cents == 0
    return dataclasses.replace(facts, turnover_by_month=by_month)


def months_apart(criterion: TurnoverLoss, facts: Facts) -> bool:
    """Whether no month is both looked at and compared with (then less turnover is a greater loss)."""
    reference = criterion._reference_months(facts.started_on)
    return not set(reference) & set(criterion.months)


def judged_turnover(draw: st.DrawFn, outcomes: tuple[Outcome, ...]) -> tuple[TurnoverLoss, Facts, Finding]:
    criterion = draw(some.turnover_losses)
    facts = Facts(turnover_by_month=draw(some.full_turnover), started_on=date(2019, 1, 1))
    assume(months_apart(criterion, facts))
    finding = criterion.judge(facts, date(2020, 6, 1))
    assume(finding.outcome in outcomes)
    return criterion, facts, finding


@given(st.data())
def test_a_greater_loss_never_undoes_a_yes(data: st.DataObject) -> None:
    criterion, facts, _ = data.draw(st.composite(judged_turnover)((Outcome.YES,)))
    assert facts.turnover_by_month is not None
    left = sum(facts.turnover_by_month[month] for month in criterion.months)
    less = data.draw(st.integers(0, left))
    assert criterion.judge(spent(facts, criterion, less), date(2020, 6, 1)).outcome == Outcome.YES


@given(st.data())
def test_the_missing_turnover_loss_is_exactly_what_makes_it_pass(data: st.DataObject) -> None:
    criterion, facts, finding = data.draw(st.composite(judged_turnover)((Outcome.NO,)))
    gap = finding.what_would_make_it_pass["gap_cents"]
    assert isinstance(gap, int)
    assert criterion.judge(spent(facts, criterion, gap), date(2020, 6, 1)).outcome == Outcome.YES
    assert criterion.judge(spent(facts, criterion, gap - 1), date(2020, 6, 1)).outcome == Outcome.NO


@given(st.data())
def test_a_loss_shown_is_never_more_than_it_is(data: st.DataObject) -> None:
    criterion, _, finding = data.draw(st.composite(judged_turnover)((Outcome.YES, Outcome.NO)))
    loss_bp = finding.seen["loss_bp"]
    assert isinstance(loss_bp, int)
    if finding.outcome == Outcome.YES:
        assert loss_bp >= criterion.threshold_bp
    else:
        assert loss_bp < criterion.threshold_bp or finding.case == "exactly"


@pytest.mark.parametrize(
    ("criteria", "fact", "limit"),
    [(some.headcounts, "headcount", "limit"), (some.annual_turnovers, "annual_turnover_cents", "limit_cents")],
)
@given(st.data())
def test_the_limit_is_the_last_figure_that_passes(
    criteria: st.SearchStrategy[Headcount | AnnualTurnover], fact: str, limit: str, data: st.DataObject
) -> None:
    criterion = data.draw(criteria)
    finding = criterion.judge(Facts(**{fact: data.draw(some.cents)}), date(2020, 6, 1))
    assume(finding.outcome == Outcome.NO)
    last = finding.what_would_make_it_pass[limit]
    assert isinstance(last, int)
    beyond = last + 1 if criterion.op.asks_for_less else last - 1
    assert criterion.judge(Facts(**{fact: last}), date(2020, 6, 1)).outcome == Outcome.YES
    assert criterion.judge(Facts(**{fact: beyond}), date(2020, 6, 1)).outcome == Outcome.NO


@given(some.arrears, st.integers(1, 1_000_000))
def test_paying_the_arrears_too_much_makes_it_pass(criterion: ArrearsBefore, excess: int) -> None:
    eve = criterion.before - timedelta(days=1)
    owed = criterion.max_cents + excess
    finding = criterion.judge(Facts(arrears_cents=owed, arrears_on=eve), eve)
    gap = finding.what_would_make_it_pass["gap_cents"]
    assert isinstance(gap, int)
    assert criterion.judge(Facts(arrears_cents=owed - gap, arrears_on=eve), eve).outcome == Outcome.YES
    assert criterion.judge(Facts(arrears_cents=owed - gap + 1, arrears_on=eve), eve).outcome == Outcome.NO


MORE_THAN_ANY_CAP = 300_000_000


@pytest.mark.parametrize("regime", [AidRegime.DE_MINIMIS_2013, AidRegime.COVID_FRAMEWORK])
@given(st.lists(some.prior_aids, max_size=4), st.dates(date(2020, 3, 19), date(2022, 6, 30)))
def test_the_headroom_is_the_most_that_passes(regime: AidRegime, aids: list[PriorAid], on: date) -> None:
    criterion = DeMinimis(regime=regime)
    facts = Facts(de_minimis_aids=tuple(aids), requested_cents=MORE_THAN_ANY_CAP)
    headroom = criterion.judge(facts, on).what_would_make_it_pass["headroom_cents"]
    assert isinstance(headroom, int)
    for amount, outcome in ((headroom, Outcome.YES), (headroom + 1, Outcome.NO)):
        again = criterion.judge(dataclasses.replace(facts, requested_cents=amount), on)
        # Where earlier aid alone is over the cap, even 0 more doesn't pass.
        assert again.outcome == outcome or (headroom == 0 and again.outcome == Outcome.NO)


def test_every_criterion_names_known_facts() -> None:
    assert set(CRITERIA) == set(LABELS)
    for code, kind in CRITERIA.items():
        assert kind.code == code
        assert set(kind.needs) <= set(FACTS)
        assert kind.evidence() == FACTS[kind.needs[0]].evidence
