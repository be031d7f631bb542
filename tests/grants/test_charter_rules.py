"""What a charter's terms allow: every breach at once, each with its place."""

import dataclasses
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grants.charter_rules import (
    LineAsk,
    Terms,
    amendment_breaches,
    cap_breaches,
    ceiling_breaches,
    filing_breaches,
    in_force_breaches,
    info_due,
    line_breaches,
    needs_second_visa,
    offer_end,
    reexamination_end,
    reply_end,
    reservation_end,
    shortfall,
    terms_breaches,
    warning_reached,
)
from grants.enums import CapsBasis
from grants.exceptions import Breach

TERMS = Terms(
    version=1,
    starts_on=date(2020, 5, 5),
    ends_on=date(2020, 12, 31),
    filing_deadline=date(2020, 10, 31),
    ceiling_cents=40_000_00,
    cap_per_siren_cents=3_000_00,
    cap_per_lease_cents=2_000_00,
    max_months=3,
    first_month=date(2020, 3, 1),
    last_month=date(2020, 6, 1),
    components=frozenset({"rent", "charges"}),
    rent_call_rate_bp=5000,
    caps_basis=CapsBasis.NET,
    second_visa_threshold_cents=1_500_00,
    reservation_days=60,
    offer_days=15,
    info_days=15,
    reply_days=30,
    reexamination_days=60,
    warning_levels=(70, 90, 100),
)
LINE = LineAsk(
    lease_id=1,
    lease_reference="B-12",
    month=date(2020, 3, 1),
    component="rent",
    asked_cents=500_00,
    due_cents=1_000_00,
    lease_covers=True,
)


def found(breaches: list[Breach]) -> list[tuple[str, str]]:
    """Code and pointer of each breach, once its sentence was read."""
    with translation.override("en"):
        assert all(str(breach) for breach in breaches)
    return [(breach.code, breach.pointer) for breach in breaches]


def sentence(breach: Breach) -> str:
    with translation.override("en"):
        return str(breach)


def terms(**changes: object) -> Terms:
    return dataclasses.replace(TERMS, **changes)


def line(**changes: object) -> LineAsk:
    return dataclasses.replace(LINE, **changes)


def test_coherent_terms() -> None:
    assert terms_breaches(TERMS) == []
    no_limits = terms(
        cap_per_siren_cents=None,
        cap_per_lease_cents=None,
        max_months=None,
        second_visa_threshold_cents=None,
        warning_levels=(),
    )
    assert terms_breaches(no_limits) == []
    assert terms_breaches(terms(cap_per_siren_cents=40_000_00, second_visa_threshold_cents=0)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"ends_on": date(2020, 5, 4)},
            [("ends_before_start", "ends_on"), ("deadline_outside", "filing_deadline")],
        ),
        ({"filing_deadline": date(2021, 1, 1)}, [("deadline_outside", "filing_deadline")]),
        ({"filing_deadline": date(2020, 5, 4)}, [("deadline_outside", "filing_deadline")]),
        ({"first_month": date(2020, 3, 2)}, [("not_a_month", "first_month")]),
        (
            {"last_month": date(2020, 2, 29)},
            [("not_a_month", "last_month"), ("months_out_of_order", "last_month")],
        ),
        (
            {"ceiling_cents": 0, "cap_per_siren_cents": None, "cap_per_lease_cents": None},
            [("ceiling_not_positive", "ceiling_cents")],
        ),
        ({"cap_per_siren_cents": 40_000_01}, [("cap_out_of_range", "cap_per_siren_cents")]),
        ({"cap_per_lease_cents": 0}, [("cap_out_of_range", "cap_per_lease_cents")]),
        ({"second_visa_threshold_cents": -1}, [("threshold_negative", "second_visa_threshold_cents")]),
        ({"rent_call_rate_bp": 0}, [("rate_out_of_range", "rent_call_rate_bp")]),
        ({"rent_call_rate_bp": 10_001}, [("rate_out_of_range", "rent_call_rate_bp")]),
        ({"max_months": 0}, [("no_months", "max_months")]),
        ({"components": frozenset()}, [("no_components", "components")]),
        ({"components": frozenset({"rent", "parking"})}, [("unknown_component", "components")]),
        ({"reservation_days": 0, "reply_days": 0}, [("no_days", "reservation_days"), ("no_days", "reply_days")]),
        ({"warning_levels": (90, 70)}, [("warning_levels", "warning_levels")]),
        ({"warning_levels": (70, 70)}, [("warning_levels", "warning_levels")]),
        ({"warning_levels": (0, 70)}, [("warning_levels", "warning_levels")]),
        ({"warning_levels": (70, 101)}, [("warning_levels", "warning_levels")]),
    ],
)
def test_terms_that_contradict_themselves(changes: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert found(terms_breaches(terms(**changes))) == expected


def test_every_contradiction_is_told_at_once() -> None:
    breaches = terms_breaches(terms(ceiling_cents=-1, components=frozenset(), rent_call_rate_bp=0, max_months=0))
    assert len(breaches) == 6


@pytest.mark.parametrize(
    ("on", "in_force", "filing"),
    [
        (date(2020, 5, 4), ["charter_not_started"], ["charter_not_started"]),
        (date(2020, 5, 5), [], []),
        (date(2020, 10, 31), [], []),
        (date(2020, 11, 1), [], ["deadline_passed"]),
        (date(2020, 12, 31), [], ["deadline_passed"]),
        (date(2021, 1, 1), ["charter_ended"], ["charter_ended", "deadline_passed"]),
    ],
)
def test_filing_in_time(on: date, in_force: list[str], filing: list[str]) -> None:
    assert [code for code, _ in found(in_force_breaches(TERMS, on))] == in_force
    assert [code for code, _ in found(filing_breaches(TERMS, on))] == filing


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"month": date(2020, 6, 1)}, []),
        ({"month": date(2020, 3, 15)}, [("not_a_month", "lines/0/month")]),
        ({"month": date(2020, 2, 1)}, [("month_outside", "lines/0/month")]),
        ({"month": date(2020, 7, 1)}, [("month_outside", "lines/0/month")]),
        ({"lease_covers": False}, [("lease_not_running", "lines/0/month")]),
        ({"component": "recharged_taxes"}, [("component_not_allowed", "lines/0/component")]),
        ({"component": "parking"}, [("component_not_allowed", "lines/0/component")]),
        ({"asked_cents": 0}, [("amount_not_positive", "lines/0/asked_cents")]),
        ({"due_cents": None}, [("no_rent_call", "lines/0/asked_cents")]),
        ({"asked_cents": 500_01}, [("more_than_rent_call", "lines/0/asked_cents")]),
    ],
)
def test_one_line(changes: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert found(line_breaches(TERMS, [line(**changes)])) == expected


def test_a_request_has_a_line() -> None:
    assert found(line_breaches(TERMS, [])) == [("no_lines", "lines")]


def test_every_fault_of_every_line_is_told_at_once() -> None:
    wrong = line(month=date(2020, 8, 1), component="parking", asked_cents=0, due_cents=None, lease_covers=False)
    assert found(line_breaches(TERMS, [LINE, wrong])) == [
        ("month_outside", "lines/1/month"),
        ("lease_not_running", "lines/1/month"),
        ("component_not_allowed", "lines/1/component"),
        ("amount_not_positive", "lines/1/asked_cents"),
        ("no_rent_call", "lines/1/asked_cents"),
    ]


def test_a_month_of_a_component_of_a_lease_is_asked_for_once() -> None:
    assert found(line_breaches(TERMS, [LINE, line(asked_cents=1)])) == [
        ("asked_twice", "lines/0"),
        ("asked_twice", "lines/1"),
    ]
    assert line_breaches(TERMS, [LINE, line(component="charges"), line(lease_id=2)]) == []


def test_months_are_counted_over_the_businesss_applications() -> None:
    months = [date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1), date(2020, 6, 1)]
    assert line_breaches(TERMS, [line(month=month) for month in months[:3]]) == []
    assert found(line_breaches(TERMS, [line(month=month) for month in months])) == [("too_many_months", "lines")]
    assert line_breaches(terms(max_months=None), [line(month=month) for month in months]) == []
    assert line_breaches(TERMS, [LINE], frozenset(months[:3])) == []
    assert found(line_breaches(TERMS, [LINE], frozenset(months[1:]))) == [("too_many_months", "lines")]


def test_a_line_too_high_says_by_how_much() -> None:
    (breach,) = line_breaches(TERMS, [line(asked_cents=812_50)])
    assert sentence(breach) == (
        "B-12, March 2020, rent: €812.50 is asked for, at most €500.00 can be (50% of a rent call of €1,000.00):"
        " €312.50 too much."
    )


@given(st.integers(1, 10_000), st.integers(0, 10_000_000))
def test_the_share_of_a_rent_call_is_never_rounded_up(rate_bp: int, due_cents: int) -> None:
    most_cents = due_cents * rate_bp // 10_000
    whole = terms(rent_call_rate_bp=rate_bp)
    assert "more_than_rent_call" not in dict(
        found(line_breaches(whole, [line(due_cents=due_cents, asked_cents=most_cents)]))
    )
    assert found(line_breaches(whole, [line(due_cents=due_cents, asked_cents=most_cents + 1)])) == [
        ("more_than_rent_call", "lines/0/asked_cents")
    ]


def test_caps_may_be_reached_and_not_passed() -> None:
    assert cap_breaches(TERMS, 1_000_00, 2_000_00, {"B-12": (500_00, 1_500_00)}) == []
    siren, lease = cap_breaches(TERMS, 1_000_00, 2_312_50, {"B-12": (500_00, 1_500_01), "B-13": (0, 1)})
    assert sentence(siren) == (
        "The cap per business is €3,000.00: with €1,000.00 already and €2,312.50 now, €312.50 too much."
    )
    assert sentence(lease) == (
        "The cap per lease is €2,000.00: for B-12, with €500.00 already and €1,500.01 now, €0.01 too much."
    )
    no_caps = terms(cap_per_siren_cents=None, cap_per_lease_cents=None)
    assert cap_breaches(no_caps, 1_000_00, 99_000_00, {"B-12": (0, 99_000_00)}) == []


def test_a_second_visa_is_needed_above_the_threshold() -> None:
    assert not needs_second_visa(TERMS, 1_500_00)
    assert needs_second_visa(TERMS, 1_500_01)
    assert needs_second_visa(terms(second_visa_threshold_cents=0), 1)
    assert not needs_second_visa(terms(second_visa_threshold_cents=None), 99_000_00)


def test_what_is_missing_in_the_fund() -> None:
    assert shortfall(free_cents=1_000, needed_cents=1_000) == 0
    assert shortfall(free_cents=1_000, needed_cents=900) == 0
    assert shortfall(free_cents=1_000, needed_cents=1_001) == 1


@pytest.mark.parametrize(
    ("used_cents", "level"), [(27_999_99, None), (28_000_00, 70), (36_000_00, 90), (40_000_00, 100)]
)
def test_the_highest_warning_level_reached(used_cents: int, level: int | None) -> None:
    assert warning_reached(TERMS, used_cents, 40_000_00) == level


def test_the_ceiling_may_be_reached_and_not_passed() -> None:
    assert ceiling_breaches(40_000_00, 30_000_00, 10_000_00) == []
    (breach,) = ceiling_breaches(40_000_00, 30_000_00, 10_000_01)
    assert sentence(breach) == (
        "The ceiling is €40,000.00: with €30,000.00 already endowed and €10,000.01 more, €0.01 too much."
        " Amend the charter first."
    )
    assert found(ceiling_breaches(40_000_00, 0, 0)) == [("amount_not_positive", "amount_cents")]


def test_an_amendment_follows_its_charter() -> None:
    amended = terms(version=2, starts_on=date(2020, 7, 1), ceiling_cents=40_000_00)
    assert amendment_breaches(TERMS, amended, 40_000_00) == []
    assert found(amendment_breaches(TERMS, dataclasses.replace(amended, version=3), 0)) == [
        ("wrong_version", "version")
    ]
    early = dataclasses.replace(amended, starts_on=date(2020, 5, 4))
    assert found(amendment_breaches(TERMS, early, 0)) == [("starts_too_early", "starts_on")]
    (breach,) = amendment_breaches(TERMS, amended, 40_000_01)
    assert sentence(breach) == (
        "The ceiling can't be lowered to €40,000.00: €40,000.01 is endowed. Withdraw €0.01 of it first."
    )
    assert breach.pointer == "ceiling_cents"
    assert found(amendment_breaches(TERMS, dataclasses.replace(amended, max_months=0), 0)) == [
        ("no_months", "max_months")
    ]


def test_the_last_day_of_each_period() -> None:
    day = date(2020, 12, 20)
    assert reservation_end(TERMS, day) == date(2021, 2, 18)
    assert offer_end(TERMS, day) == date(2021, 1, 4)
    assert info_due(TERMS, day) == date(2021, 1, 4)
    assert reply_end(TERMS, day) == date(2021, 1, 19)
    assert reexamination_end(TERMS, day) == date(2021, 2, 18)


def test_a_rule_names_the_article_that_sets_it() -> None:
    articles = {"cap_per_siren": "art. 4", "max_months": "3.2", "first_month": "article 2", "last_month": "article 5"}
    told = terms(articles=articles, max_months=1)
    assert sentence(cap_breaches(told, 3_000_00, 1, {})[0]).endswith("too much (charter, art. 4).")
    late = line(month=date(2020, 7, 1))
    early = line(month=date(2020, 2, 1))
    found_by_code = {breach.article: breach.code for breach in line_breaches(told, [early, late])}
    assert found_by_code == {"article 2": "month_outside", "article 5": "month_outside", "3.2": "too_many_months"}
    assert sentence(line_breaches(told, [early, late])[-1]).endswith("1 at most (charter, art. 3.2).")
    assert "charter, " not in sentence(in_force_breaches(told, date(2021, 1, 1))[0])


def test_what_needs_a_term_that_could_not_be_read_is_not_judged() -> None:
    wrong = terms(ends_on=date(2020, 1, 1), cap_per_siren_cents=50_000_00, reservation_days=0)
    everything = {"ends_on", "filing_deadline", "cap_per_siren_cents", "reservation_days"}
    assert {breach.pointer for breach in terms_breaches(wrong)} == everything
    left = {breach.pointer for breach in terms_breaches(wrong, {"ends_on", "ceiling_cents"})}
    assert left == {"reservation_days"}
