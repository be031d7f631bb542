"""Facts, criteria and assessments read from JSON: everything wrong is told at once, with its place."""

import json
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from grants.eligibility import (
    CriterionSpec,
    Facts,
    evaluate,
    facts_from_json,
    facts_to_json,
    finding_from_json,
    parse_criteria,
    parse_criterion,
    record,
    replay,
)
from grants.exceptions import BadInput

ON = date(2020, 6, 15)
LOSS = {"months": ["2020-03"], "reference": "same_month_last_year", "op": ">", "threshold_bp": 3000}


def problems(refused: pytest.ExceptionInfo[BadInput]) -> list[tuple[str, str]]:
    return [(breach.pointer, breach.code) for breach in refused.value.breaches]


def test_nothing_known_is_stored_as_nothing() -> None:
    assert facts_to_json(Facts()) == {"evidence": {}}
    assert facts_from_json({}) == Facts()
    assert facts_from_json({"headcount": None}) == Facts()


def test_a_declared_none_is_not_unknown() -> None:
    assert facts_from_json({"other_aid": []}).other_aid == ()


def test_zero_turnover_is_a_figure() -> None:
    assert facts_from_json({"turnover_by_month": {"2020-04": 0}}).turnover_by_month == {"2020-04": 0}


WRONG_FACTS: dict[str, Any] = {
    "headcount": True,
    "annual_turnover_cents": 12.5,
    "requested_cents": -1,
    "craft_registered": "yes",
    "started_on": "2020-02-30",
    "craft_proof_on": "20200301",
    "arrears_on": 20200301,
    "proceedings": "bankrupt",
    "turnover_by_month": {"2020-13": 1, "2020-04": "1000"},
    "naf_codes": [],
    "closures": [
        {"text": "arrêté", "activity": "bar", "starts_on": "2020-03-15", "ends_on": "2020-03-14"},
        {"text": "arrêté", "start": "2020-03-15"},
        "closed",
    ],
    "leases": [{"reference": "B-1", "starts_on": "2020-03-15", "ends_on": "2020-03-14"}],
    "other_aid": {"name": "fund"},
    "colour": "red",
}


def test_all_that_is_wrong_with_facts_is_told_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        facts_from_json(WRONG_FACTS)
    assert sorted(problems(refused)) == [
        ("annual_turnover_cents", "unreadable"),
        ("arrears_on", "unreadable"),
        ("closures/0/ends_on", "ends_before_start"),
        ("closures/1/activity", "missing"),
        ("closures/1/start", "unknown_field"),
        ("closures/1/starts_on", "missing"),
        ("closures/2", "unreadable"),
        ("colour", "unknown_field"),
        ("craft_proof_on", "unreadable"),
        ("craft_registered", "unreadable"),
        ("headcount", "unreadable"),
        ("leases/0/ends_on", "ends_before_start"),
        ("naf_codes", "unreadable"),
        ("other_aid", "unreadable"),
        ("proceedings", "unknown_choice"),
        ("requested_cents", "unreadable"),
        ("started_on", "unreadable"),
        ("turnover_by_month/2020-04", "unreadable"),
        ("turnover_by_month/2020-13", "unreadable"),
    ]


@pytest.mark.parametrize(
    ("fact", "value", "pointer"),
    [
        *(
            ("turnover_by_month", {month: 1}, f"turnover_by_month/{month}")
            for month in ("0000-01", "0001-01", "1899-12", "2200-01", "9999-12", "2020-00")
        ),
        *(("started_on", day, "started_on") for day in ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")),
        ("headcount", 2**63, "headcount"),
        pytest.param("headcount", -(10**5000), "headcount", id="headcount-long"),
        pytest.param("started_on", 10**5000, "started_on", id="started_on-long"),
        ("turnover_by_month", {"2020-03": 10**400}, "turnover_by_month/2020-03"),
    ],
)
def test_what_no_arithmetic_could_follow_is_unreadable(fact: str, value: object, pointer: str) -> None:
    with pytest.raises(BadInput) as refused:
        facts_from_json({fact: value})
    assert problems(refused) == [(pointer, "unreadable")]
    assert all(str(breach) for breach in refused.value.breaches)


@pytest.mark.parametrize("reference", ["same_month_last_year", "monthly_mean_since_start"])
@pytest.mark.parametrize("month", ["1900-01", "2199-12"])
@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_first_and_last_days_can_be_judged_and_told(reference: str, month: str, day: str) -> None:
    criteria = parse_criteria(
        [
            CriterionSpec("turnover_loss", LOSS | {"months": [month], "reference": reference}),
            CriterionSpec("craft_registration", {"proof_max_age_days": 36_500}),
            CriterionSpec("arrears_before", {"before": day}),
            CriterionSpec("started_before", {"before": day}),
            CriterionSpec("lease_covers", {"months": [month]}),
        ]
    )
    facts = facts_from_json(
        {
            "turnover_by_month": {month: 2**63 - 1},
            "started_on": day,
            "craft_registered": True,
            "craft_proof_on": day,
            "arrears_cents": 2**63 - 1,
            "arrears_on": day,
            "leases": [{"reference": "B-1", "starts_on": day, "ends_on": day}],
        }
    )
    for on in (ON, date(1900, 1, 1), date(2199, 12, 31)):
        findings = evaluate(criteria, facts, on)
        assert len(findings) == len(criteria)
        assert all(finding.sentence() and finding.verdict() for finding in findings)


def test_a_problem_says_what_is_expected() -> None:
    with pytest.raises(BadInput) as refused:
        facts_from_json({"started_on": "1/2/2020", "proceedings": "x", "closures": [{"txt": 1}]})
    with translation.override("en"):
        sentences = [str(breach) for breach in refused.value.breaches]
    assert "“1/2/2020” can't be read here: a date written YYYY-MM-DD, between 1900 and 2199 is expected." in sentences
    assert "“x” is not one of: none, safeguard, recovery, liquidation." in sentences
    assert (
        "“txt” is not a field here; the fields are: text, activity, starts_on, ends_on, partial_opening." in sentences
    )


def test_a_naf_code_belongs_to_its_nomenclature() -> None:
    assert facts_from_json({"naf_codes": {"rev2": "56.10A", "2025": "56.11G"}}).naf_codes is not None
    with pytest.raises(BadInput) as refused:
        facts_from_json({"naf_codes": {"rev2": "56.11G", "2025": "56.10A"}})
    assert problems(refused) == [("naf_codes/rev2", "not_a_naf_code"), ("naf_codes/2025", "not_a_naf_code")]


def test_evidence_is_of_a_known_fact() -> None:
    with pytest.raises(BadInput) as refused:
        facts_from_json({"evidence": {"weather": "rent_roll", "headcount": "gossip"}})
    assert problems(refused) == [("evidence/headcount", "unknown_choice")]
    with pytest.raises(BadInput) as refused:
        facts_from_json({"evidence": {"weather": "rent_roll"}})
    assert problems(refused) == [("evidence/weather", "unknown_fact")]


@pytest.mark.parametrize(
    ("code", "parameters", "expected"),
    [
        ("weather", {}, [("code", "unknown_criterion")]),
        ("headcount", [], [("parameters", "unreadable")]),
        ("headcount", {"op": "<", "n": 0}, [("parameters/n", "never_met")]),
        ("headcount", {"op": "=", "n": 3, "article": "3"}, [("parameters/op", "unknown_choice"),
                                                            ("parameters/article", "unknown_field")]),
        ("annual_turnover", {"op": "<", "cents": 0}, [("parameters/cents", "never_met")]),
        ("turnover_loss", {**LOSS, "months": []}, [("parameters/months", "empty_list")]),
        ("turnover_loss", {**LOSS, "months": ["2020-03", "2020-03"], "op": "<", "threshold_bp": 0},
         [("parameters/months", "month_twice"), ("parameters/op", "wrong_operator"),
          ("parameters/threshold_bp", "threshold_out_of_range")]),
        ("turnover_loss", {**LOSS, "threshold_bp": 10_000}, [("parameters/threshold_bp", "threshold_out_of_range")]),
        ("turnover_loss", {**LOSS, "reference_months": ["2020-01"]},
         [("parameters/reference_months", "reference_months")]),
        ("turnover_loss", {**LOSS, "reference": "mean_of_months"},
         [("parameters/reference_months", "reference_months")]),
        ("naf_in", {"nomenclature": "rev2", "codes": []}, [("parameters/codes", "empty_list")]),
        ("naf_in", {"nomenclature": "rev2", "codes": ["56.10A", "56.11G"]},
         [("parameters/codes/1", "not_a_naf_code")]),
        ("closed_by_order", {"text": " ", "starts_on": "2020-03-15", "ends_on": "2020-03-14"},
         [("parameters/text", "missing"), ("parameters/ends_on", "ends_before_start")]),
        ("not_in_proceedings", {"allowed": ["safeguard", "liquidation"]},
         [("parameters/allowed/1", "not_allowable")]),
        ("turnover_loss", {**LOSS, "months": ["0000-01"]}, [("parameters/months/0", "unreadable")]),
        ("lease_covers", {"months": ["2020-03", "9999-12"]}, [("parameters/months/1", "unreadable")]),
        ("started_before", {"before": "0001-01-01"}, [("parameters/before", "unreadable")]),
        ("craft_registration", {"proof_max_age_days": 36_501}, [("parameters/proof_max_age_days", "too_many_days")]),
        ("headcount", {"op": "<", "n": 2**63}, [("parameters/n", "unreadable")]),
        ("de_minimis", {"regime": "hors_aide_etat"}, [("parameters/regime", "no_counter")]),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused(code: str, parameters: object, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInput) as refused:
        parse_criterion(code, parameters)
    assert problems(refused) == expected
    with translation.override("en"):
        assert all(str(breach) for breach in refused.value.breaches)


def test_a_loss_of_everything_can_be_asked_for_with_at_least() -> None:
    assert parse_criterion("turnover_loss", {**LOSS, "op": ">=", "threshold_bp": 10_000}).code == "turnover_loss"


def test_a_charters_criteria_are_refused_together() -> None:
    specs = [CriterionSpec("headcount", {"op": "<"}), CriterionSpec("other_aid_declared", {}), CriterionSpec("x", {})]
    with pytest.raises(BadInput) as refused:
        parse_criteria(specs)
    assert problems(refused) == [("criteria/0/parameters/n", "missing"), ("criteria/2/code", "unknown_criterion")]


def stored_assessment() -> dict[str, Any]:
    criteria = parse_criteria(
        [CriterionSpec("headcount", {"op": "<", "n": 10}, "art. 2"), CriterionSpec("turnover_loss", LOSS, "art. 3")]
    )
    facts = facts_from_json({"headcount": 3, "turnover_by_month": {"2020-03": 50, "2019-03": 100}})
    stored: dict[str, Any] = json.loads(json.dumps(record(criteria, facts, ON, evaluate(criteria, facts, ON))))
    return stored


def test_a_replay_tells_what_answers_otherwise_today() -> None:
    stored = stored_assessment()
    assert replay(stored) == []
    stored["findings"][1]["outcome"] = "no"
    stored["findings"][1]["rule_version"] = 0
    outcome, rule_version = replay(stored)
    assert (outcome.code, outcome.field, outcome.then, outcome.now) == ("turnover_loss", "outcome", "no", "yes")
    assert (rule_version.field, rule_version.then, rule_version.now) == ("rule_version", 0, 1)
    with translation.override("en"):
        assert str(outcome) == "turnover_loss: outcome was no, today's rules say yes."


def test_a_replay_tells_of_a_criterion_that_today_refuses() -> None:
    stored = stored_assessment()
    stored["specs"][0]["code"] = "weather"
    (difference,) = replay(stored)
    assert (difference.code, difference.field) == ("weather", "criterion")


def test_what_is_no_record_is_refused() -> None:
    stored = stored_assessment()
    del stored["findings"][0]
    with pytest.raises(BadInput) as refused:
        replay(stored)
    assert problems(refused) == [("findings", "findings_missing")]
    with pytest.raises(BadInput):
        replay([])


def test_a_stored_finding_holds_no_float() -> None:
    finding = stored_assessment()["findings"][0]
    assert finding_from_json(finding).to_json() == finding
    finding["seen"] = {"headcount": [3, {"share": 0.5}]}
    with pytest.raises(BadInput) as refused:
        finding_from_json(finding)
    assert problems(refused) == [("seen/headcount/1/share", "unreadable")]
