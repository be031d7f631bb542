"""Each answer of each criterion, with the sentence its reader sees."""

from collections.abc import Mapping
from datetime import date

import pytest
from django.utils import translation

from grants.de_minimis import PriorAid
from grants.eligibility import (
    AidStatus,
    Closure,
    Evidence,
    Facts,
    LeaseFact,
    Month,
    OtherAid,
    Proceedings,
    parse_criterion,
)
from grants.eligibility.texts import TEXTS
from grants.enums import AidRegime, Outcome
from landlords.enums import NafNomenclature

ON = date(2020, 6, 15)
YES, NO, TO_VERIFY = Outcome.YES, Outcome.NO, Outcome.TO_VERIFY


def turnover(**months: int) -> Facts:
    """Facts with turnover in euros: `turnover(m2020_03=700)`."""
    by_month = {Month(name[1:].replace("_", "-")): euros * 100 for name, euros in months.items()}
    return Facts(turnover_by_month=by_month, started_on=date(2019, 11, 15))


def closed(text: str = "Arrêté du  14 mars 2020", activity: str = "Restaurant", **more: object) -> Facts:
    given = {"starts_on": date(2020, 3, 15), "ends_on": date(2020, 6, 1), **more}
    return Facts(closures=(Closure(text, activity, **given),))


def leased(**more: date) -> Facts:
    given = {"starts_on": date(2019, 4, 10), **more}
    return Facts(leases=(LeaseFact("B-1", date(2015, 1, 1)), LeaseFact("B-2", **given)))


def aided(cents: int, requested: int, on: date = date(2020, 1, 1)) -> Facts:
    aid = PriorAid(on, cents, AidRegime.DE_MINIMIS_2013)
    return Facts(de_minimis_aids=(aid,), requested_cents=requested)


CLOSED = {
    "text": "arrêté du 14 mars 2020",
    "starts_on": "2020-03-15",
    "ends_on": "2020-05-31",
    "activities": ["salon", "restaurant"],
}
LOSS = {"months": ["2020-03"], "reference": "same_month_last_year", "op": ">", "threshold_bp": 3000}
YOUNG = {**LOSS, "young_if_started_after": "2019-03-01"}
FEWER = {"op": "<", "n": 10}
SMALL = {"op": "<=", "cents": 100_000_000}
NAF = {"nomenclature": "rev2", "codes": ["56.10A", "96.02A"]}
EXTRACT = {"proof_max_age_days": 90}
LEASE = {"months": ["2019-04", "2020-03"]}
PROCEEDINGS = {"at": "2020-03-01", "allowed": ["safeguard", "recovery"]}
ARREARS = {"before": "2020-03-01", "max_cents": 10_000}
DE_MINIMIS = {"regime": "de_minimis_1407_2013"}

CASES: list[tuple[str, Mapping[str, object], Facts, Outcome, str, str]] = [
    ("closed_by_order", CLOSED, closed(), YES, "met",
     "Closed to the public from 03/15/2020 to 06/01/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", CLOSED, closed(ends_on=None), YES, "met_until_further_notice",
     "Closed to the public since 03/15/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", {**CLOSED, "activities": []}, closed(activity="other"), YES, "met",
     "Closed to the public from 03/15/2020 to 06/01/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", {**CLOSED, "partial_opening_allowed": True}, closed(partial_opening=True), YES, "met",
     "Closed to the public from 03/15/2020 to 06/01/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", CLOSED, closed(starts_on=date(2020, 3, 1), ends_on=date(2020, 3, 15)), YES, "met",
     "Closed to the public from 03/01/2020 to 03/15/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", CLOSED, closed(starts_on=date(2020, 5, 31)), YES, "met",
     "Closed to the public from 05/31/2020 to 06/01/2020 by order (Arrêté du  14 mars 2020)."),
    ("closed_by_order", CLOSED, Facts(closures=()), NO, "never_closed",
     "No closure order is declared; the charter asks for this one: arrêté du 14 mars 2020."),
    ("closed_by_order", CLOSED, closed("décret 2020-1310"), NO, "other_order",
     "Closed by another order (décret 2020-1310); the charter asks for this one: arrêté du 14 mars 2020."),
    ("closed_by_order", CLOSED, closed(activity="baker"), NO, "other_activity",
     "The activity closed is “baker”; the charter lists: salon, restaurant."),
    ("closed_by_order", CLOSED, closed(starts_on=date(2020, 6, 1)), NO, "other_period",
     "Closed from 06/01/2020: not on any day from 03/15/2020 to 05/31/2020."),
    ("closed_by_order", CLOSED, closed(starts_on=date(2020, 3, 1), ends_on=date(2020, 3, 14)), NO, "other_period",
     "Closed from 03/01/2020: not on any day from 03/15/2020 to 05/31/2020."),
    ("closed_by_order", CLOSED, closed(partial_opening=True), NO, "partly_open",
     "The premises stayed partly open (delivery, take-away); the charter asks for full closure."),

    ("turnover_loss", LOSS, turnover(m2020_03=0, m2019_03=1000), YES, "met",
     "Turnover fell by 100%; more than 30% is needed."),
    ("turnover_loss", LOSS, turnover(m2020_03=726, m2019_03=1000), NO, "short",
     "Turnover fell by 27.4%, more than 30% is needed: 2.6 points missing."),
    ("turnover_loss", LOSS, turnover(m2020_03=700, m2019_03=1000), NO, "exactly",
     "Turnover fell by exactly 30%, more than 30% is needed."),
    ("turnover_loss", {**LOSS, "op": ">="}, turnover(m2020_03=700, m2019_03=1000), YES, "met",
     "Turnover fell by 30%; at least 30% is needed."),
    ("turnover_loss", LOSS, turnover(m2020_03=1200, m2019_03=1000), NO, "rose",
     "Turnover rose by 20%; a loss of more than 30% is needed."),
    ("turnover_loss", {**LOSS, "months": ["2020-03", "2020-04"]}, turnover(m2020_03=0, m2019_04=1), TO_VERIFY,
     "months_unknown", "The turnover of these months is not known yet: March 2019, April 2020."),
    ("turnover_loss", LOSS, turnover(m2020_03=0, m2019_03=0), TO_VERIFY, "no_reference",
     "The turnover to compare with (March 2019) is 0: no loss can be measured."),
    ("turnover_loss", {**YOUNG, "mean_until": "2019-11"}, turnover(m2020_03=0), TO_VERIFY, "no_whole_month",
     "The activity started on 11/15/2019: there is no whole month before to compare with."),
    # Started in the middle of November: the mean of December to February, 300 / 3.
    ("turnover_loss", YOUNG, turnover(m2020_03=60, m2019_12=50, m2020_01=100, m2020_02=150), YES, "met",
     "Turnover fell by 40%; more than 30% is needed."),
    ("turnover_loss", {**LOSS, "young_if_started_after": "2019-11-15"}, turnover(m2020_03=0, m2019_03=1), YES, "met",
     "Turnover fell by 100%; more than 30% is needed."),
    ("turnover_loss", {**LOSS, "reference": "monthly_mean_since_start", "mean_until": "2019-12"},
     turnover(m2020_03=50, m2019_12=100), YES, "met", "Turnover fell by 50%; more than 30% is needed."),
    ("turnover_loss", {**LOSS, "reference": "mean_of_months", "reference_months": ["2020-01", "2020-02"]},
     turnover(m2020_03=60, m2020_01=50, m2020_02=150), YES, "met", "Turnover fell by 40%; more than 30% is needed."),
    ("turnover_loss", YOUNG, Facts(turnover_by_month={}), TO_VERIFY, "unknown",
     "Not known yet: start of activity (the Sirene register)."),
    ("turnover_loss", LOSS, Facts(), TO_VERIFY, "unknown", "Not known yet: turnover by month (the tenant)."),

    ("headcount", FEWER, Facts(headcount=9), YES, "met", "The headcount is 9; less than 10 is needed."),
    ("headcount", FEWER, Facts(headcount=10), NO, "too_many",
     "The headcount is 10, less than 10 is needed: 1 too many."),
    ("headcount", {"op": ">=", "n": 1}, Facts(headcount=0), NO, "too_few",
     "The headcount is 0, at least 1 is needed: 1 missing."),

    ("annual_turnover", SMALL, Facts(annual_turnover_cents=100_000_000), YES, "met",
     "Annual turnover is €1,000,000.00; at most €1,000,000.00 is needed."),
    ("annual_turnover", SMALL, Facts(annual_turnover_cents=100_000_001), NO, "too_high",
     "Annual turnover is €1,000,000.01, at most €1,000,000.00 is needed: €0.01 too much."),
    ("annual_turnover", {"op": ">", "cents": 100}, Facts(annual_turnover_cents=100), NO, "too_low",
     "Annual turnover is €1.00, more than €1.00 is needed: €0.01 missing."),

    ("naf_in", NAF, Facts(naf_codes={NafNomenclature.REV2: "56.10A", NafNomenclature.NAF2025: "56.11G"}), YES, "met",
     "The activity code 56.10A (NAF rev. 2) is on the charter's list."),
    ("naf_in", NAF, Facts(naf_codes={NafNomenclature.REV2: "85.53Z"}), NO, "not_listed",
     "The activity code 85.53Z (NAF rev. 2) is not on the charter's list: 56.10A, 96.02A."),
    ("naf_in", NAF, Facts(naf_codes={NafNomenclature.NAF2025: "56.11G"}), TO_VERIFY, "other_nomenclature",
     ("Only the code 56.11G of NAF 2025 is known; the charter lists codes of NAF rev. 2, and one is never deduced"
      " from the other.")),
    ("naf_in", NAF, Facts(naf_codes={}), TO_VERIFY, "unknown",
     "Not known yet: activity code (NAF) (the Sirene register)."),

    ("craft_registration", {}, Facts(craft_registered=True), YES, "met",
     "The business is registered as a craft business."),
    ("craft_registration", {}, Facts(craft_registered=False), NO, "not_registered",
     "The business is not registered as a craft business."),
    ("craft_registration", EXTRACT, Facts(craft_registered=True, craft_proof_on=date(2020, 3, 17)), YES,
     "met_by_extract", "The business is registered as a craft business, by an extract of 03/17/2020."),
    ("craft_registration", EXTRACT, Facts(craft_registered=True, craft_proof_on=date(2020, 3, 16)), TO_VERIFY,
     "stale_extract", "The extract is dated 03/16/2020; the charter asks for one at most 90 days old."),
    ("craft_registration", EXTRACT, Facts(craft_registered=True, craft_proof_on=date(2020, 6, 16)), TO_VERIFY,
     "stale_extract", "The extract is dated 06/16/2020; the charter asks for one at most 90 days old."),
    ("craft_registration", EXTRACT, Facts(craft_registered=True), TO_VERIFY, "unknown",
     "Not known yet: date of the RNE extract (the chamber)."),

    ("lease_covers", LEASE, leased(), YES, "met", "The lease runs on 06/15/2020 and no notice is given (B-1, B-2)."),
    ("lease_covers", LEASE, leased(notice_given_on=date(2020, 6, 16), ends_on=ON), YES, "met",
     "The lease runs on 06/15/2020 and no notice is given (B-1, B-2)."),
    ("lease_covers", LEASE, leased(notice_given_on=ON), NO, "notice_given",
     "Notice was given on 06/15/2020 for the lease B-2."),
    ("lease_covers", LEASE, Facts(leases=()), NO, "no_lease", "No lease is known for this application."),
    ("lease_covers", LEASE, leased(starts_on=date(2020, 6, 16)), NO, "not_started",
     "The lease B-2 starts on 06/16/2020 only, after 06/15/2020."),
    ("lease_covers", LEASE, leased(ends_on=date(2020, 6, 14)), NO, "ended",
     "The lease B-2 ended on 06/14/2020, before 06/15/2020."),
    ("lease_covers", LEASE, leased(starts_on=date(2019, 5, 1)), NO, "months_not_covered",
     "The lease B-2 did not run in: April 2019."),
    ("lease_covers", {"months": ["2020-07"]}, leased(ends_on=date(2020, 6, 30)), NO, "months_not_covered",
     "The lease B-2 did not run in: July 2020."),

    ("started_before", {"before": "2020-02-01"}, Facts(started_on=date(2020, 1, 31)), YES, "met",
     "The activity started on 01/31/2020, before 02/01/2020."),
    ("started_before", {"before": "2020-02-01"}, Facts(started_on=date(2020, 2, 1)), NO, "too_late",
     "The activity started on 02/01/2020; a start before 02/01/2020 is needed."),

    ("not_in_proceedings", PROCEEDINGS, Facts(proceedings=Proceedings.NONE), YES, "met",
     "No insolvency proceedings on 03/01/2020."),
    ("not_in_proceedings", {}, Facts(proceedings=Proceedings.NONE), YES, "met",
     "No insolvency proceedings on 06/15/2020."),
    ("not_in_proceedings", PROCEEDINGS, Facts(proceedings=Proceedings.RECOVERY), YES, "allowed",
     "In recovery proceedings, which the charter allows."),
    ("not_in_proceedings", PROCEEDINGS,
     Facts(proceedings=Proceedings.LIQUIDATION, proceedings_opened_on=date(2020, 3, 2)), YES, "opened_later",
     "Not in insolvency proceedings on 03/01/2020: liquidation opened on 03/02/2020."),
    ("not_in_proceedings", PROCEEDINGS,
     Facts(proceedings=Proceedings.LIQUIDATION, proceedings_opened_on=date(2020, 3, 1)), NO, "in_proceedings",
     "In liquidation since 03/01/2020; the charter asks for none on 03/01/2020."),
    ("not_in_proceedings", PROCEEDINGS, Facts(proceedings=Proceedings.LIQUIDATION), TO_VERIFY, "unknown",
     "Not known yet: opening of the proceedings (the tenant)."),

    ("arrears_before", ARREARS, Facts(arrears_cents=10_000, arrears_on=date(2020, 2, 29)), YES, "met",
     "€100.00 was owed on 02/29/2020; at most €100.00 is allowed on 02/29/2020."),
    ("arrears_before", ARREARS, Facts(arrears_cents=0, arrears_on=date(2020, 5, 1)), YES, "met",
     "€0.00 was owed on 05/01/2020; at most €100.00 is allowed on 02/29/2020."),
    ("arrears_before", ARREARS, Facts(arrears_cents=10_001, arrears_on=date(2020, 2, 29)), NO, "too_much",
     "€100.01 was owed on 02/29/2020, at most €100.00 is allowed: €0.01 too much."),
    ("arrears_before", ARREARS, Facts(arrears_cents=10_001, arrears_on=date(2020, 3, 1)), TO_VERIFY,
     "statement_too_late",
     "€100.01 was owed on 03/01/2020; the charter asks how much of it was owed on 02/29/2020."),
    ("arrears_before", ARREARS, Facts(arrears_cents=0, arrears_on=date(2020, 2, 28)), TO_VERIFY,
     "statement_too_early",
     "The arrears are stated on 02/28/2020; the charter asks how much was owed on 02/29/2020."),
    ("arrears_before", ARREARS, Facts(arrears_cents=0), TO_VERIFY, "unknown",
     "Not known yet: date of the arrears (the landlord)."),

    ("other_aid_declared", {}, Facts(other_aid=()), YES, "none", "The tenant declared no other aid."),
    ("other_aid_declared", {}, Facts(other_aid=(
        OtherAid("solidarity fund", "2020-03", AidStatus.GRANTED, 150_000),
        OtherAid("solidarity fund", "2020-04", AidStatus.GRANTED),
        OtherAid("region", "2020-03", AidStatus.ASKED, 50_000),
    )), YES, "met", "Other aid declared: 3, of which granted: €1,500.00."),

    ("de_minimis", DE_MINIMIS, aided(19_900_000, 100_000), YES, "met",
     ("de minimis, Regulation (EU) 1407/2013: €199,000.00 granted since 01/01/2018; €1,000.00 more stays within the"
      " cap of €200,000.00.")),
    ("de_minimis", DE_MINIMIS, aided(19_900_000, 100_001), NO, "over",
     ("de minimis, Regulation (EU) 1407/2013: €199,000.00 granted since 01/01/2018; €1,000.01 more goes over the cap"
      " of €200,000.00 by €0.01, and none of it can be granted.")),
    ("de_minimis", {"regime": "encadrement_covid_3_1"}, Facts(de_minimis_aids=(), requested_cents=1), YES, "met",
     ("COVID temporary framework, section 3.1: €0.00 granted since 03/19/2020; €0.01 more stays within the cap of"
      " €800,000.00.")),
    ("de_minimis", {"regime": "de_minimis_2023_2831"}, aided(0, 1), NO, "not_in_force",
     "de minimis, Regulation (EU) 2023/2831: not in force on 06/15/2020."),
    ("de_minimis", DE_MINIMIS, Facts(requested_cents=1), TO_VERIFY, "unknown",
     "Not known yet: earlier de minimis aid (the tenant)."),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row[0]}-{row[4]}")
def test_each_answer_says_what_was_seen_and_what_is_needed(
    row: tuple[str, Mapping[str, object], Facts, Outcome, str, str],
) -> None:
    code, parameters, facts, outcome, case, sentence = row
    finding = parse_criterion(code, parameters).judge(facts, ON)
    assert (finding.outcome, finding.case) == (outcome, case)
    with translation.override("en"):
        assert finding.sentence() == sentence


def test_every_sentence_is_tried() -> None:
    """A sentence that no criterion uses any more is found here, and a case that has none."""
    assert {(code, case) for code, _, _, _, case, _ in CASES if case != "unknown"} == {
        (code, case) for code, case in TEXTS if case not in ("unknown", "met_but_for_the_edge")
    }


def test_aid_on_the_edge_of_the_window_passes_with_a_warning() -> None:
    on = date(2025, 6, 15)
    facts = Facts(
        de_minimis_aids=(PriorAid(date(2022, 6, 15), 20_000_000, AidRegime.DE_MINIMIS_2013),),
        requested_cents=10_000_001,
    )
    finding = parse_criterion("de_minimis", {"regime": "de_minimis_2023_2831"}).judge(facts, on)
    assert (finding.outcome, finding.case) == (YES, "met_but_for_the_edge")
    with translation.override("en"):
        assert finding.sentence() == (
            "€200,000.00 was granted on 06/15/2022, the very day the period counted starts from. It isn't counted here;"
            " if it were, the cap of €300,000.00 would be passed."
        )


REMEDIES = [
    ("turnover_loss", LOSS, turnover(m2020_03=726, m2019_03=1000),
     "A turnover of at most €699.99 over March 2020 would pass: €26.01 less."),
    ("turnover_loss", {**LOSS, "op": ">="}, turnover(m2020_03=726, m2019_03=1000),
     "A turnover of at most €700.00 over March 2020 would pass: €26.00 less."),
    ("turnover_loss", LOSS, turnover(m2020_03=0), "To be supplied: turnover by month (the tenant)."),
    ("headcount", FEWER, Facts(headcount=12), "A headcount of at most 9 would pass."),
    ("naf_in", NAF, Facts(naf_codes={NafNomenclature.NAF2025: "56.11G"}),
     "To be supplied: the code of NAF rev. 2."),
    ("craft_registration", EXTRACT, Facts(craft_registered=True, craft_proof_on=date(2020, 3, 1)),
     "An extract dated from 03/17/2020 to 06/15/2020 would pass."),
    ("arrears_before", ARREARS, Facts(arrears_cents=30_000, arrears_on=date(2020, 2, 29)),
     "It would pass if €200.00 of it had been paid by 02/29/2020."),
    ("de_minimis", DE_MINIMIS, aided(19_900_000, 100_001), "An amount of at most €1,000.00 would pass."),
    ("de_minimis", DE_MINIMIS, Facts(), ""),  # its sentence names who supplies what
    ("started_before", {"before": "2020-02-01"}, Facts(started_on=date(2020, 2, 1)), ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "parameters", "facts", "remedy"), REMEDIES)
def test_what_would_make_it_pass(code: str, parameters: Mapping[str, object], facts: Facts, remedy: str) -> None:
    with translation.override("en"):
        assert parse_criterion(code, parameters).judge(facts, ON).remedy() == remedy


def test_figures_read_the_french_way() -> None:
    finding = parse_criterion("turnover_loss", LOSS).judge(turnover(m2020_03=726, m2019_03=1000), ON)
    with translation.override("fr"):
        assert "27,4\u00a0%" in finding.sentence()
        assert "2,6 points" in finding.sentence()
        assert "mars 2020" in finding.remedy()
        assert "699,99\u00a0€" in finding.remedy()


def test_a_verdict_tells_no_figure() -> None:
    finding = parse_criterion("turnover_loss", LOSS).judge(turnover(m2020_03=726, m2019_03=1000), ON)
    with translation.override("en"):
        assert finding.verdict() == "turnover loss: not met"


def test_a_finding_quotes_the_article_and_the_evidence_of_its_own_facts() -> None:
    facts = Facts(headcount=3, evidence={"headcount": Evidence.SWORN_STATEMENT, "leases": Evidence.RENT_ROLL})
    finding = parse_criterion("headcount", FEWER, "art. 3").judge(facts, ON)
    assert finding.article == "art. 3"
    assert finding.evidence == {"headcount": Evidence.SWORN_STATEMENT}


@pytest.mark.parametrize(
    ("turnover_cents", "op", "outcome"),
    [
        (70_000, ">", NO),
        (69_999, ">", YES),
        (70_000, ">=", YES),
        (70_001, ">=", NO),
    ],
)
def test_the_boundary_is_exact_to_the_cent(turnover_cents: int, op: str, outcome: Outcome) -> None:
    facts = Facts(turnover_by_month={Month("2020-03"): turnover_cents, Month("2019-03"): 100_000})
    assert parse_criterion("turnover_loss", {**LOSS, "op": op}).judge(facts, ON).outcome == outcome


def test_a_mean_that_is_no_whole_number_of_cents_is_not_rounded() -> None:
    """The mean of 1.00 and 1.01 EUR is 100.5 cents; a loss of half leaves 50.25 cents, so 50 passes and 51 doesn't."""
    half = {**LOSS, "reference": "mean_of_months", "reference_months": ["2020-01", "2020-02"], "threshold_bp": 5000}
    criterion = parse_criterion("turnover_loss", half)
    for cents, outcome in ((50, YES), (51, NO)):
        by_month = {Month("2020-03"): cents, Month("2020-01"): 100, Month("2020-02"): 101}
        assert criterion.judge(Facts(turnover_by_month=by_month), ON).outcome == outcome
