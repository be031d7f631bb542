"""What is said of each line, and of lines that disagree."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from landlords.enums import Component, Periodicity, VatRegime
from landlords.rent_roll.calls import Months
from landlords.rent_roll.consistency import CallsSeen, FirstTold
from landlords.rent_roll.dates import Period
from tests.factories_landlords import valid_siret
from tests.landlords.rolls import Parsed, csv_file, rows_of, xlsx_file

APRIL, MAY, JUNE = (datetime.date(2020, month, 1) for month in (4, 5, 6))
END_OF_JUNE = datetime.date(2020, 6, 30)
NO_PERIOD = {"Période": ""}


def parse(folder: Path, *lines: dict[str, Any], months: Months | None = None) -> Parsed:
    return Parsed(csv_file(folder, *lines), months)


def without(column: str, folder: Path, *lines: dict[str, Any], months: Months | None = None) -> Parsed:
    """Parse a workbook of which a column was taken out."""
    rows = rows_of(*lines)
    place = rows[0].index(column)
    return Parsed(xlsx_file(folder, *[[*row[:place], *row[place + 1 :]] for row in rows]), months)


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ({"Réf. bail": ""}, "value_missing", "Réf. bail"),
        ({"Réf. local": ""}, "value_missing", "Réf. local"),
        ({"Raison sociale": " "}, "value_missing", "Raison sociale"),
        ({"Date de début du bail": ""}, "value_missing", "Date de début du bail"),
        ({"Période": ""}, "value_missing", "Période"),
        ({"Loyer HT": ""}, "nothing_called", "Loyer HT"),
        ({"Fin de bail": "31/12/2017"}, "lease_ends_before_start", "Fin de bail"),
        ({"Période": "30/04/2020 - 01/04/2020"}, "period_ends_before_start", "Période"),
        ({"Période": "01/01/2018 - 30/06/2020"}, "period_too_long", "Période"),
        ({"Échéance du": "30/04/2020", "Au": "01/04/2020"}, "period_ends_before_start", "Au"),
        ({"Échéance du": "01/04/2020", "Au": ""}, "period_half_given", "Au"),
        ({"Échéance du": "", "Au": "30/04/2020"}, "period_half_given", "Échéance du"),
        ({"Impayés": "100"}, "arrears_undated", "Impayés"),
        ({"Taux TVA": "20", "Régime TVA": "exonéré"}, "vat_on_exempt", "Régime TVA"),
        ({"Montant TVA": "100", "Régime TVA": "exonéré"}, "vat_on_exempt", "Régime TVA"),
        ({"Régime TVA": "débits"}, "vat_rate_missing", None),
        ({"Montant TVA": "123"}, "vat_rate_missing", None),
        ({"Taux TVA": "20", "Montant TVA": "90"}, "vat_disagrees", "Montant TVA"),
        ({"Taux TVA": "20", "Total TTC": "590"}, "vat_disagrees", "Total TTC"),
        ({"Taux TVA": "0", "Montant TVA": "1"}, "vat_disagrees", "Montant TVA"),
        ({"Total TTC": "400"}, "gross_disagrees", "Total TTC"),
        ({"Taux TVA": "20", "Montant TVA": "100", "Total TTC": "610"}, "gross_disagrees", "Total TTC"),
        ({"NAF 2025": "56.10A"}, "naf_other_list", "NAF 2025"),
        ({"NAF rév. 2": "56.11G"}, "naf_other_list", "NAF rév. 2"),
        ({"Loyer HT": "x", "Taux TVA": "20"}, "amount_unreadable", "Loyer HT"),
        ({"Période": "x"}, "period_unreadable", "Période"),
        ({"SIRET": "73282932000075"}, "siret_wrong", "SIRET"),
    ],
)
def test_one_fault_is_told_once(tmp_path: Path, line: dict[str, Any], code: str, column: str | None) -> None:
    roll = parse(tmp_path, line)
    (finding,) = roll.errors
    assert (finding.code, finding.line, finding.column) == (code, 2, column)
    assert finding.message
    assert finding.remedy
    assert roll.lines == []


def test_every_fault_of_every_line_is_told(tmp_path: Path) -> None:
    roll = parse(
        tmp_path,
        {"SIRET": "1", "Effectif": "?x", "Fin de bail": "01/01/2017"},
        {"Loyer HT": "x", "Code NAF": "1", "Période": "13/2020"},
        {"Réf. bail": "B1", "Fin de bail": "32/01/2020"},
    )
    assert [(finding.line, finding.code) for finding in roll.errors] == [
        (2, "siret_wrong"),
        (2, "number_unreadable"),
        (2, "lease_ends_before_start"),
        (3, "naf_unreadable"),
        (3, "period_unreadable"),
        (3, "amount_unreadable"),
        (4, "date_unreadable"),
        (4, "call_duplicate"),
    ]


def test_components_and_due_date(tmp_path: Path) -> None:
    line = {"Provisions sur charges": "100", "Taxe foncière": "10", "Taux TVA": "20", "Régime TVA": "encaissements"}
    (read,) = parse(tmp_path, line | {"Date d'échéance": "05/04/2020"}).lines
    assert [(call.component, call.net_cents, call.vat_cents, call.vat_rate_bp) for call in read.calls] == [
        (Component.RENT, 500_00, 100_00, 2000),
        (Component.CHARGES, 100_00, 20_00, 2000),
        (Component.RECHARGED_TAXES, 10_00, 2_00, 2000),
    ]
    assert {call.due_on for call in read.calls} == {datetime.date(2020, 4, 5)}
    assert {call.regime for call in read.calls} == {VatRegime.RECEIPTS}


@pytest.mark.parametrize(
    ("line", "vats"),
    [
        # Charges or taxes without VAT show in the total only.
        ({"Taux TVA": "20", "Montant TVA": "120"}, [100_00, 20_00, 0]),
        ({"Taux TVA": "20", "Montant TVA": "100"}, [100_00, 0, 0]),
        ({"Taux TVA": "20", "Total TTC": "710"}, [100_00, 0, 0]),
        # The rate follows from the amount.
        ({"Montant TVA": "122"}, [100_00, 20_00, 2_00]),
        ({"Total TTC": "732"}, [100_00, 20_00, 2_00]),
        ({"Total TTC": "610"}, [0, 0, 0]),
        ({"Montant TVA": "61"}, [50_00, 10_00, 1_00]),
        ({"Régime TVA": "débits", "Montant TVA": "0"}, [0, 0, 0]),
        # The landlord rounded otherwise: one cent each at most, on the rent.
        ({"Taux TVA": "20", "Montant TVA": "122,02"}, [100_02, 20_00, 2_00]),
        ({"Taux TVA": "20", "Montant TVA": "121,97", "Total TTC": "731,98"}, [99_97, 20_00, 2_00]),
    ],
)
def test_vat_follows_what_the_landlord_called(tmp_path: Path, line: dict[str, Any], vats: list[int]) -> None:
    roll = parse(tmp_path, {"Provisions sur charges": "100", "Taxe foncière": "10"} | line)
    assert roll.codes == []
    assert [call.vat_cents for call in roll.lines[0].calls] == vats


def test_lease_without_regime_is_exempt_or_on_receipts(tmp_path: Path) -> None:
    lines = [{"Réf. bail": f"B{n}", "Taux TVA": rate} for n, rate in enumerate(("", "20", "20", "0"))]
    roll = parse(tmp_path, *lines)
    assert [line.lease.get("vat_regime") for line in roll.lines] == [None, VatRegime.RECEIPTS, VatRegime.RECEIPTS, None]
    assert [line.regime_is_assumed for line in roll.lines] == [False, True, True, False]
    assert roll.lines[0].assumed["vat_regime"] == VatRegime.EXEMPT
    # Said once for the file.
    assert roll.warning_codes == ["vat_regime_assumed"]


def test_periods_and_periodicity(tmp_path: Path) -> None:
    lines = [
        {"Réf. bail": "B1", "Périodicité": "", "Période": "T2 2020"},
        {"Réf. bail": "B2", "Périodicité": "trimestriel", "Période": "04/2020"},
        {"Réf. bail": "B3", "Périodicité": "mensuel", "Période": "04/2020"},
        {"Réf. bail": "B4", "Période": "15/04/2020 au 30/04/2020", "Date de début du bail": "15/04/2020"},
    ]
    roll = parse(tmp_path, *lines)
    calls = [line.calls[0] for line in roll.lines]
    assert [(call.period_start, call.period_end) for call in calls] == [
        (APRIL, END_OF_JUNE),
        (APRIL, END_OF_JUNE),
        (APRIL, datetime.date(2020, 4, 30)),
        (datetime.date(2020, 4, 15), datetime.date(2020, 4, 30)),
    ]
    assert [line.lease.get("periodicity") for line in roll.lines] == [None, "quarterly", "monthly", None]
    assert [line.assumed["periodicity"] for line in roll.lines] == ["quarterly", "quarterly", "monthly", "monthly"]


def test_heading_may_tell_the_periodicity(tmp_path: Path) -> None:
    header, line = rows_of({"Périodicité": ""})
    renamed = ["Loyer trimestriel HT" if heading == "Loyer HT" else heading for heading in header]
    (read,) = Parsed(xlsx_file(tmp_path, renamed, line)).lines
    assert read.calls[0].period_end == END_OF_JUNE
    assert read.lease["periodicity"] == Periodicity.QUARTERLY
    renamed[renamed.index("Loyer trimestriel HT")] = "Loyer mensuel HT"
    line[-1] = "trimestriel"
    (finding,) = Parsed(xlsx_file(tmp_path, renamed, line)).errors
    assert (finding.code, finding.column) == ("periodicity_conflict", "Périodicité")
    assert "“Loyer mensuel HT”" in finding.message


def test_period_in_two_columns(tmp_path: Path) -> None:
    line = {"Échéance du": "10/04/2020", "Échéance au": "20/04/2020"}
    (read,) = without("Période", tmp_path, line).lines
    assert read.calls[0][1:3] == (datetime.date(2020, 4, 10), datetime.date(2020, 4, 20))
    (finding,) = without("Période", tmp_path, {"Échéance du": "", "Échéance au": ""}).errors
    assert (finding.code, finding.column) == ("value_missing", "Échéance du")


def test_months_of_the_command_make_the_calls(tmp_path: Path) -> None:
    lines = [
        {"Réf. bail": "whole"},
        {"Réf. bail": "gone", "Fin de bail": "31/03/2020"},
        {"Réf. bail": "broken", "Fin de bail": "15/05/2020"},
        {"Réf. bail": "quarter", "Périodicité": "trimestriel"},
        {"Réf. bail": "later", "Date de début du bail": "01/06/2020", "Taux TVA": "20"},
    ]
    roll = without("Période", tmp_path, *lines, months=(APRIL, JUNE))
    assert roll.codes == []
    called = {line.lease_reference: [call.period_start.month for call in line.calls] for line in roll.lines}
    assert called == {"whole": [4, 5, 6], "gone": [], "broken": [4], "quarter": [4], "later": [6]}
    (partly,) = [finding for finding in roll.warnings if finding.code == "month_partly_covered"]
    assert (partly.line, partly.params["month"]) == (4, "05/2020")


def test_months_of_the_command_make_whole_quarters(tmp_path: Path) -> None:
    roll = without("Période", tmp_path, {"Périodicité": "T"}, months=(APRIL, MAY))
    assert roll.codes == ["months_not_quarters"]


def test_arrears_at_the_date_of_the_heading_or_of_a_column(tmp_path: Path) -> None:
    (line,) = parse(tmp_path, {"Impayés au 30/04/2020": "1 234,50"}).lines
    assert line.lease["arrears_cents"] == 1234_50
    assert line.lease["arrears_on"] == datetime.date(2020, 4, 30)
    (line,) = parse(tmp_path, {"Impayés": "0", "Date impayés": "01/05/2020"}).lines
    assert (line.lease["arrears_cents"], line.lease["arrears_on"]) == (0, MAY)
    (line,) = parse(tmp_path, {"Impayés": "", "Date impayés": "01/05/2020"}).lines
    assert "arrears_on" not in line.lease


def test_optional_facts_go_where_they_belong(tmp_path: Path) -> None:
    facts = {
        "Adresse": "1 rue des Essais",
        "Commune": "Beauvais",
        "EPCI": "CA du Beauvaisis",
        "Enseigne": "Chez Zoé",
        "Entreprise individuelle": "oui",
        "NAF 2025": "56.11G",
        "Date de création": "01/02/2015",
        "Immatriculation artisan (RM/RNE)": "RM 60",
        "Extrait RNE du": "01/03/2020",
        "Contact": "Zoé Essai",
        "E-mail": "zoe@exemple.fr",
        "Tél.": "03 44 00 00 00",
        "Congé donné le": "01/03/2020",
    }
    (line,) = parse(tmp_path, facts).lines
    assert line.premises == {"address": "1 rue des Essais", "commune": "Beauvais", "epci": "CA du Beauvaisis"}
    assert line.tenant == {
        "legal_name": "Café Zoé",
        "trade_name": "Chez Zoé",
        "is_natural_person": True,
        "headcount": 3,
        "started_on": datetime.date(2015, 2, 1),
        "craft_registered": True,
        "rne_extract_on": datetime.date(2020, 3, 1),
        "naf_rev2": "56.10A",
        "naf_2025": "56.11G",
    }
    assert line.contact == {"name": "Zoé Essai", "email": "zoe@exemple.fr", "phone": "03 44 00 00 00"}
    assert line.lease["notice_given_on"] == datetime.date(2020, 3, 1)


def test_two_lines_of_one_lease(tmp_path: Path) -> None:
    lines = [
        {},
        {},
        {"Période": "15/04/2020 - 15/05/2020"},
        {"Période": "06/2020", "Date de début du bail": "01/02/2018"},
        {"Période": "07/2020", "SIRET": valid_siret(2)},
        {"Période": "08/2020", "Réf. local": "L2"},
        {"Période": "09/2020", "SIRET": "", "Raison sociale": "CAFÉ ZOÉ"},
    ]
    roll = parse(tmp_path, *lines)
    assert [(finding.line, finding.code, finding.column, finding.params["other"]) for finding in roll.errors] == [
        (3, "call_duplicate", "Réf. bail", 2),
        (4, "call_overlap", "Réf. bail", 2),
        (5, "lease_conflict", "Date de début du bail", 2),
        (6, "lease_conflict", "SIRET", 2),
        (7, "lease_conflict", "Réf. local", 2),
    ]
    assert [line.number for line in roll.lines] == [2, 8]


def test_successive_tenants_have_a_lease_each(tmp_path: Path) -> None:
    lines = [
        {"Réf. bail": "B1", "Fin de bail": "31/05/2020"},
        {"Réf. bail": "B2", "Date de début du bail": "01/06/2020", "SIRET": valid_siret(2), "Période": "06/2020"},
    ]
    roll = parse(tmp_path, *lines)
    assert roll.codes == []
    assert {line.premises_reference for line in roll.lines} == {"L1"}


def test_period_outside_the_lease_is_only_a_warning(tmp_path: Path) -> None:
    lines = [
        {"Réf. bail": "B1", "Fin de bail": "31/03/2020"},
        {"Réf. bail": "B2", "Date de début du bail": "01/05/2020"},
        {"Réf. bail": "B3", "Fin de bail": "01/04/2020"},
    ]
    roll = parse(tmp_path, *lines)
    assert [(finding.code, finding.line) for finding in roll.warnings] == [
        ("period_outside_lease", 2),
        ("period_outside_lease", 3),
    ]
    assert len(roll.lines) == 3
    roll = without("Période", tmp_path, {"Du": "01/04/2017", "Au": "30/04/2017"})
    assert [finding.column for finding in roll.warnings] == ["Du"]


def test_premises_are_those_of_the_lease_without_a_column(tmp_path: Path) -> None:
    assert without("Réf. local", tmp_path, {}).lines[0].premises_reference == "B1"


def test_first_told_governs_and_capitals_make_no_difference() -> None:
    told = FirstTold(["name", "rent"])
    assert told.sift("a", 2, {"name": "Zoé"}) == ({"name": "Zoé"}, {})
    assert told.sift("a", 3, {"name": "ZOÉ", "rent": 0}) == ({"rent": 0}, {})
    assert told.sift("a", 4, {"name": "Ali", "rent": 1}) == ({}, {"name": 2, "rent": 3})
    assert told.sift("a", 5, {"name": "Ali", "rent": 1}) == ({}, {"name": 2, "rent": 3})
    assert told.sift("a", 6, {"name": "Zoé"}) == told.sift("a", 7, {"name": "Zoé"}) == ({}, {})
    assert "a" in told
    assert "b" not in told


def test_clashes_are_found_on_both_sides() -> None:
    seen = CallsSeen()
    day = datetime.date(2020, 4, 10)

    def clash(line: int, first: int, last: int) -> tuple[str, int] | None:
        period = Period(day + datetime.timedelta(days=first), day + datetime.timedelta(days=last))
        return seen.clash("B1", line, period)

    assert clash(2, 0, 9) is None
    assert clash(3, 20, 29) is None
    assert clash(4, 10, 19) is None
    assert clash(5, 0, 9) == ("call_duplicate", 2)
    assert clash(6, -5, 0) == ("call_overlap", 2)
    assert clash(7, 29, 40) == ("call_overlap", 3)
    assert clash(8, 12, 12) == ("call_overlap", 4)
    assert clash(9, -10, -1) is None
    assert clash(10, 0, 30) == ("call_overlap", 2)
