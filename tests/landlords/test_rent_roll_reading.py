"""Files as landlords' programs write them."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart

from landlords.enums import Component, VatRegime
from landlords.rent_roll.columns import FACT_BY_HEADING, find_columns, header_score, heading_words
from landlords.rent_roll.findings import SHOWN_AT_MOST, Finding, Findings
from landlords.rent_roll.lines import Call
from landlords.rent_roll.reading import Unreadable, open_table
from tests.factories_landlords import valid_siret
from tests.landlords.rolls import SIMPLE, Parsed, csv_bytes, csv_file, rows_of, xlsx_file

APRIL, END_OF_APRIL = datetime.date(2020, 4, 1), datetime.date(2020, 4, 30)
MANGLED = "7,3E+13"
# A workbook knows no time zone.
APRIL_AS_READ = datetime.datetime(2020, 4, 1)  # noqa: DTZ001


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes(rows_of({"Raison sociale": "L'Œuf, brûlé; 5 €"}), delimiter, encoding))
    roll = Parsed(path)
    assert roll.codes == []
    (line,) = roll.lines
    assert line.tenant["legal_name"] == "L'Œuf, brûlé; 5 €"
    assert line.calls == [Call(Component.RENT, APRIL, END_OF_APRIL, None, 500_00, 0, 0, None)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes(rows_of({}, {"Réf. bail": "B2"}), newline=newline))
    assert [line.number for line in Parsed(path).lines] == [2, 3]


def test_titles_above_the_header_blank_lines_totals_and_page_breaks(tmp_path: Path) -> None:
    header, first, second = rows_of({}, {"Réf. bail": "B2"})
    rows = [["État locatif au 30/04/2020"], [], ["SA d'HLM inventée", "", "loyer"], header, first, []]
    rows += [header, second, ["Sous-total", *[""] * 7, "1 000,00"], ["", "TOTAL GÉNÉRAL", *[""] * 6, "1 000,00"]]
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes(rows))
    roll = Parsed(path)
    assert roll.codes == []
    assert [(line.number, line.lease_reference) for line in roll.lines] == [(5, "B1"), (8, "B2")]
    assert roll.warning_codes == ["total_skipped", "total_skipped"]


def test_line_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    lines = [
        {"Raison sociale": "Deux\nlignes"},
        {"Réf. bail": "B2", "Loyer HT": "cinq"},
        {"Réf. bail": "B3", "Effectif": "x y"},
    ]
    roll = Parsed(csv_file(tmp_path, *lines))
    faults = [(finding.line, finding.column, finding.value) for finding in roll.errors]
    assert faults == [(4, "Loyer HT", "cinq"), (5, "Effectif", "x y")]
    assert roll.lines[0].tenant["legal_name"] == "Deux lignes"


def test_headings_in_any_wording(tmp_path: Path) -> None:
    wordings = {
        "N° DE BAIL": "lease",
        "Référence du contrat": "lease",
        "Code lot": "premises",
        "Preneur": "legal_name",
        "Nom du locataire": "legal_name",
        "n° siret ": "siret",
        "Code APE": "naf",
        "Nombre de salariés": "headcount",
        "Date de prise d'effet du bail": "starts_on",
        "Échéance du": "period_start",
        "AU": "period_end",
        "Echéance": "period",
        "Date d\N{RIGHT SINGLE QUOTATION MARK}échéance": "due_on",
        "Impayés au printemps": None,
        "Loyer HT (€)": "rent",
        "LOYER MENSUEL H.T.": None,
        "Loyer mensuel HT": "rent",
        "Provisions sur charges": "charges",
        "Impôts et taxes refacturés": "recharged_taxes",
        "TVA %": "vat_rate",
        "Taux de T.V.A": None,
        "Congé donné le": "notice_given_on",
        "Impayés au 30/04/2020": "arrears",
        "Impayés au": "arrears_on",
        "Immatriculation artisan (RM/RNE)": "craft_registered",
        "E-mail": "contact_email",
        "Tél.": "contact_phone",
        "Loyer annuel HT": None,
    }
    for heading, fact in wordings.items():
        columns = find_columns([(1, [heading, "Commune", "EPCI", "Enseigne"])])
        assert columns is not None
        assert columns.places.get(fact or "", -1) == (0 if fact else -1), heading
        assert columns.ignored == ([] if fact else [heading])


def test_each_known_heading_is_reached() -> None:
    assert all(heading_words(heading) == heading for heading in FACT_BY_HEADING)


def test_header_that_is_missing_incomplete_or_ambiguous() -> None:
    assert find_columns([]) is None
    assert find_columns([(1, ["B1", "Café Zoé", None, 3]), (2, ["Loyer", "SIRET"])]) is None
    columns = find_columns([(3, ["SIRET", "Effectif", "Commune", "TVA", "Au", "N° SIRET"])])
    assert columns is not None
    assert [(finding.code, finding.column) for finding in columns.errors] == [
        ("vat_column_ambiguous", "TVA"),
        ("column_ambiguous", "N° SIRET"),
        *[("column_missing", None)] * 5,
    ]
    assert "“SIRET”" in columns.errors[1].message
    assert "Loyer HT" in columns.errors[5].remedy
    assert all(finding.line == 3 for finding in columns.errors)
    assert header_score(["SIRET", "Siret", None, 5, "x"]) == 1


def test_quotation_marks_that_do_not_match(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    header, *lines = csv_bytes(rows_of({}, {"Réf. bail": "B2"}, {"Réf. bail": "B3"})).decode().splitlines()
    lines[1] = lines[1].replace("Café Zoé", '"Chez "Zoé"')
    path.write_text("\n".join([header, *lines]))
    roll = Parsed(path)
    assert [(finding.code, finding.line) for finding in roll.errors] == [("quotes_broken", 3)]
    assert [line.lease_reference for line in roll.lines] == ["B1", "B3"]


def test_a_cell_too_many(tmp_path: Path) -> None:
    header, line = rows_of({})
    path = tmp_path / "roll.csv"
    path.write_bytes(csv_bytes([header, [*line, "", "surplus"], [*line, ""]]))
    roll = Parsed(path)
    assert [(finding.code, finding.line, finding.value) for finding in roll.errors] == [("cells_shifted", 2, "surplus")]
    assert len(roll.lines) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xd0\xcf\x11\xe0 an old Excel file", "file_is_xls"),
        (b"PK\x03\x04 no archive at all", "file_damaged"),
        (b"R\xe9f;Loyer\r\nligne\x81\r\n", "encoding_unknown"),
        ("R\u010af;Loyer\nligne\ud800\n".encode("utf-16-le", "surrogatepass"), "encoding_unknown"),
        (b"\xfe\xff" + "Ref;Loyer\nligne\ud800\n".encode("utf-16-be", "surrogatepass"), "encoding_unknown"),
        ("Ref;Loyer\nligne".encode("utf-16") + b"x", "encoding_unknown"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused, open_table(path, header_score):
        pass
    assert refused.value.finding.code == code
    assert refused.value.finding.line == (2 if code == "encoding_unknown" else None)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused, open_table(tmp_path / "none.csv", header_score):
        pass
    assert "No such file" in refused.value.finding.message


def test_undecodable_byte_far_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "roll.csv"
    path.write_bytes(b"a;\xe9\r\n" * 300_000 + b"\x81\r\n")
    with pytest.raises(Unreadable) as refused, open_table(path, header_score):
        pass
    assert refused.value.finding.line == 300_001


def test_workbook_with_what_spreadsheets_do_to_values(tmp_path: Path) -> None:
    siret = valid_siret(1)
    header = [*SIMPLE, "TVA %", "Régime de TVA", None, "Fin de bail", "Code postal", "Tél", " "]
    as_numbers = {
        "Réf. bail": 2.0,
        "Réf. local": 101,
        "SIRET": int(siret),
        "Code NAF": "5610A",
        "Effectif": 3,
        "Date de début du bail": datetime.date(2018, 1, 1),
        "Période": APRIL_AS_READ,
        "Loyer HT": 500.1,
        "TVA %": 0.2,
        "Régime de TVA": "débits",
        "Code postal": 2100,
        "Tél": 344123456,
    }
    as_texts = {
        "Réf. bail": "B1",
        "Réf. local": "102",
        "SIRET": siret,
        "Effectif": "3",
        "Date de début du bail": 43101,
        "Période": "avril 2020",
        "Loyer HT": "500,10",
        "TVA %": "20",
        "Régime de TVA": "Débits",
        "Fin de bail": "30/06/2020",
        "Code postal": "02100",
        "Tél": "03 44 12 34 56",
        " ": "a note that has no heading",
    }
    lines = [[(SIMPLE | line).get(heading or "") for heading in header] for line in (as_numbers, as_texts)]
    rows: list[list[Any]] = [["État locatif", None], header, *lines, [None] * 5]
    roll = Parsed(xlsx_file(tmp_path, *rows))
    assert roll.codes == []
    first, second = roll.lines
    assert (first.number, second.number) == (3, 4)
    assert (first.lease_reference, first.premises_reference, second.lease_reference) == ("2", "101", "B1")
    assert first.siret == second.siret == siret
    assert first.lease["starts_on"] == second.lease["starts_on"] == datetime.date(2018, 1, 1)
    assert second.lease["ends_on"] == datetime.date(2020, 6, 30)
    assert first.premises == second.premises == {"postcode": "02100"}
    assert first.contact == {"phone": "0344123456"}
    expected = [Call(Component.RENT, APRIL, END_OF_APRIL, None, 500_10, 2000, 100_02, VatRegime.DEBITS)]
    assert first.calls == second.calls == expected


@pytest.mark.parametrize("cell", [MANGLED, 7.3e13])
def test_mangled_siret_is_named_in_a_workbook(tmp_path: Path, cell: Any) -> None:
    header, line = rows_of({"SIRET": cell})
    assert Parsed(xlsx_file(tmp_path, header, line)).codes == ["siret_mangled"]


def test_mangled_siret_is_named_in_a_csv_file(tmp_path: Path) -> None:
    (finding,) = Parsed(csv_file(tmp_path, {"SIRET": MANGLED})).errors
    assert (finding.code, finding.line, finding.column, finding.value) == ("siret_mangled", 2, "SIRET", MANGLED)
    assert "text" in finding.remedy


def test_workbook_that_counts_days_from_1904(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
    sheet = workbook.active
    assert sheet is not None
    for row in rows_of({"Date de début du bail": 41639}):
        sheet.append(row)
    path = tmp_path / "mac.xlsx"
    workbook.save(path)
    assert Parsed(path).lines[0].lease["starts_on"] == datetime.date(2018, 1, 1)


def test_workbook_without_a_sheet(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.create_chartsheet("Graphique").add_chart(BarChart())
    assert workbook.active is not None
    workbook.remove(workbook.active)
    path = tmp_path / "roll.xlsx"
    workbook.save(path)
    with pytest.raises(Unreadable, match="file_damaged"), open_table(path, header_score):
        pass


def test_workbook_whose_sheet_breaks_off(tmp_path: Path) -> None:
    whole = xlsx_file(tmp_path, *rows_of(*({"Réf. bail": f"B{n}"} for n in range(100))))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    with pytest.raises(Unreadable) as refused:
        Parsed(broken)
    assert refused.value.finding.code == "file_damaged"
    assert 1 < (refused.value.finding.line or 0) < 100


def test_the_sheet_with_the_header_is_read_and_its_like_is_named(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.append(["Notes"])
    for title in ("Avril", "Copie"):
        sheet = workbook.create_sheet(title)
        for row in rows_of({"Réf. bail": title}):
            sheet.append(row)
    path = tmp_path / "roll.xlsx"
    workbook.save(path)
    assert [line.lease_reference for line in Parsed(path).lines] == ["Avril"]
    with open_table(path, header_score) as table:
        assert table.ignored_sheets == ("Copie",)


def test_findings_beyond_the_limit_are_counted() -> None:
    findings = Findings()
    for line in range(SHOWN_AT_MOST + 2):
        findings.add(Finding("total_skipped", line))
    assert (findings.total, findings.not_shown, len(list(findings))) == (SHOWN_AT_MOST + 2, 2, SHOWN_AT_MOST)
