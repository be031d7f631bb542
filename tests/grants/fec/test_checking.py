"""Our strict check of a FEC: each bad file is refused for its own reason, and rubbish is no reason to fall over."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grants.fec import Fault, check_file, file_name
from grants.fec.checking import LONGEST_LINE
from grants.fec.faults import SENTENCES
from grants.fec.line import cents_of
from grants.fec.values import first_day, passes_luhn
from tests.grants.fec.files import CREDIT, DEBIT, NAME, NAMES, PLACE, checked, content, good_lines, line

Lines = list[list[str]]


def told(folder: Path, data: bytes, name: str = NAME) -> list[tuple[str, int, str]]:
    return [(fault.code, fault.line, fault.column) for fault in checked(folder, data, name).faults]


def test_a_good_file_is_in_order_and_its_totals_are_told(tmp_path: Path) -> None:
    report = checked(tmp_path, content(good_lines()))
    assert report.in_order
    assert (report.lines, report.entries) == (7, 3)
    assert report.debit_cents == report.credit_cents == 540_00 + 1200_50 * 2
    assert report.by_account == {"411": (1200_50, 1740_50), "44571": (90_00, 0), "709": (1650_50, 1200_50)}


def test_lines_that_end_with_lf_alone_are_allowed(tmp_path: Path) -> None:
    assert checked(tmp_path, content(good_lines()).replace(b"\r\n", b"\n")).in_order


def test_a_second_part_of_a_year_has_a_number_in_its_name(tmp_path: Path) -> None:
    assert checked(tmp_path, content(good_lines()), "732829320FEC20201231_2.txt").in_order


def put(row: int, **values: str) -> Callable[[Lines], None]:
    """Change fields of one line."""

    def change(lines: Lines) -> None:
        for name, value in values.items():
            lines[row][PLACE[name]] = value

    return change


def all_of(number: int, **values: str) -> Callable[[Lines], None]:
    """Change fields of every line of an entry."""

    def change(lines: Lines) -> None:
        for fields in lines:
            if fields[PLACE["EcritureNum"]] == str(number):
                for name, value in values.items():
                    fields[PLACE[name]] = value

    return change


SPOILT: dict[str, tuple[Callable[[Lines], object], list[tuple[str, int, str]]]] = {
    # What the tax office's tool refuses too.
    "a decimal dot": (put(0, Debit="450.00"), [("amount", 2, "Debit")]),
    "a thousands separator": (put(3, Debit="1 200,50"), [("amount", 5, "Debit")]),
    "17 fields in a row": (lambda lines: lines[1].pop(), [("fields", 3, "")]),
    "a separator inside a text": (lambda lines: lines[1].insert(5, "x"), [("fields", 3, "")]),
    "a day that doesn't exist": (
        all_of(2, EcritureDate="20200631"),
        [("date", 5, "EcritureDate")],
    ),
    **{f"no {name}": (put(0, **{name: ""}), [("missing", 2, name)]) for name in ("CompteLib", "EcritureLib")},
    **{
        f"no {name}": (all_of(2, **{name: ""}), [("missing", 5, name), ("missing", 6, name)])
        for name in ("PieceRef", "PieceDate", "ValidDate", "JournalCode", "JournalLib", "EcritureDate")
    },
    "no number": (
        all_of(3, EcritureNum=""),
        [("missing", 7, "EcritureNum"), ("number", 7, "EcritureNum"), ("missing", 8, "EcritureNum")],
    ),
    # What it lets through.
    "an unbalanced entry": (put(0, Debit="449,99"), [("unbalanced", 2, "EcritureNum"), ("file_unbalanced", 0, "")]),
    "two faults that balance": (
        lambda lines: (put(0, Debit="449,99")(lines), put(3, Debit="1200,51")(lines)),
        [("unbalanced", 2, "EcritureNum"), ("unbalanced", 5, "EcritureNum")],
    ),
    "a gap in the numbers": (all_of(3, EcritureNum="4"), [("number", 7, "EcritureNum")]),
    "a number that comes back": (all_of(3, EcritureNum="1"), [("number", 7, "EcritureNum")]),
    "numbers that begin at 2": (
        lambda lines: [all_of(number, EcritureNum=str(number + 1))(lines) for number in (3, 2, 1)],
        [("number", 2, "EcritureNum")],
    ),
    "a number with a zero in front": (all_of(2, EcritureNum="02"), [("number", 5, "EcritureNum")]),
    "a number that is a word": (all_of(2, EcritureNum="deux"), [("number", 5, "EcritureNum")]),
    "both debit and credit": (
        lambda lines: (put(3, Credit="1,00")(lines), put(4, Credit="1199,50")(lines)),
        [("both_sides", 5, "Credit")],
    ),
    "neither debit nor credit": (
        lambda lines: lines.insert(2, line(1, "709")),
        [("no_side", 4, "Debit")],
    ),
    "an empty debit": (put(2, Debit=""), [("amount", 4, "Debit")]),
    "an account that begins with a letter": (put(0, CompteNum="A09"), [("account", 2, "CompteNum")]),
    "an account of two digits": (put(0, CompteNum="70"), [("account", 2, "CompteNum")]),
    "an account with an accent": (put(0, CompteNum="709é"), [("account", 2, "CompteNum")]),
    "a negative amount": (put(0, Debit="-450,00"), [("amount", 2, "Debit")]),
    "one decimal": (put(0, Debit="450,0"), [("amount", 2, "Debit")]),
    "an amount beyond all sense": (put(0, Debit="9" * 5000 + ",00"), [("amount", 2, "Debit")]),
    "dates with dashes": (
        all_of(2, EcritureDate="2020-06-02"),
        [("date", 5, "EcritureDate"), ("date", 6, "EcritureDate")],
    ),
    "dates with slashes": (all_of(2, PieceDate="02/06/2020"), [("date", 5, "PieceDate"), ("date", 6, "PieceDate")]),
    "dates day first": (all_of(2, EcritureDate="02062020"), [("date", 5, "EcritureDate")]),
    "a bar inside a text": (put(0, EcritureLib="loyer | avril"), [("control", 2, "EcritureLib")]),
    "a control character": (put(0, EcritureLib="loyer\x85avril"), [("control", 2, "EcritureLib")]),
    "a text of spaces": (put(0, EcritureLib=" \xa0"), [("missing", 2, "EcritureLib")]),
    "out of the order of validation": (all_of(2, ValidDate="20200605"), [("order", 7, "ValidDate")]),
    "validated before its date": (all_of(3, EcritureDate="20200610"), [("validated_before", 7, "ValidDate")]),
    "a date of the year before": (all_of(1, EcritureDate="20191231"), [("outside_year", 2, "EcritureDate")]),
    "a date of the year after": (
        all_of(3, EcritureDate="20210101", ValidDate="20210101"),
        [("outside_year", 7, "EcritureDate")],
    ),
    "two dates in an entry": (put(1, EcritureDate="20200602"), [("entry_differs", 3, "EcritureDate")]),
    "two journals in an entry": (put(1, JournalCode="VTE"), [("entry_differs", 3, "JournalCode")]),
    "two vouchers in an entry": (put(1, PieceRef="AV-9"), [("entry_differs", 3, "PieceRef")]),
    "two dates of the voucher": (put(1, PieceDate="20200602"), [("entry_differs", 3, "PieceDate")]),
    "two dates of validation": (put(1, ValidDate="20200602"), [("entry_differs", 3, "ValidDate")]),
    "an auxiliary account without a name": (put(2, CompAuxLib=""), [("pair", 4, "CompAuxLib")]),
    "a name without an auxiliary account": (put(2, CompAuxNum=""), [("pair", 4, "CompAuxNum")]),
    "a letter without its date": (put(0, EcritureLet="A"), [("pair", 2, "DateLet")]),
    "a date of a letter that is none": (put(0, EcritureLet="A", DateLet="hier"), [("date", 2, "DateLet")]),
    "a currency without an amount": (put(0, Idevise="USD"), [("pair", 2, "Montantdevise")]),
    "a currency in words": (put(0, Montantdevise="-5,00", Idevise="euro"), [("currency", 2, "Idevise")]),
    "an amount in currency with a dot": (put(0, Montantdevise="5.00", Idevise="USD"), [("amount", 2, "Montantdevise")]),
    "an empty line": (lambda lines: lines.insert(3, []), [("blank_line", 5, "")]),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_bad_file_is_refused_for_its_own_reason(spoilt: str, tmp_path: Path) -> None:
    spoil, expected = SPOILT[spoilt]
    lines = good_lines()
    spoil(lines)
    found = told(tmp_path, content(lines))
    assert found == expected


def test_a_letter_and_a_currency_as_they_have_to_be(tmp_path: Path) -> None:
    lines = good_lines()
    put(0, EcritureLet="A", DateLet="20200630", Montantdevise="-5,00", Idevise="USD")(lines)
    assert told(tmp_path, content(lines)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fec.txt", "file_name"),
        ("732829320FEC20201231.csv", "file_name"),
        ("732829320fec20201231.txt", "file_name"),
        ("732829321FEC20201231.txt", "file_siren"),
        ("732829320FEC20201331.txt", "file_closing"),
        ("732829320FEC00010101.txt", "file_closing"),
        ("732829320FEC99991231.txt", "file_closing"),
    ],
)
def test_a_bad_name(name: str, expected: str, tmp_path: Path) -> None:
    assert told(tmp_path, content(good_lines()), name)[0][0] == expected


def test_columns_in_another_order(tmp_path: Path) -> None:
    order = [1, 0, *range(2, len(NAMES))]
    data = content([[fields[i] for i in order] for fields in good_lines()], [NAMES[i] for i in order])
    assert told(tmp_path, data) == [("header", 1, "JournalCode")]


def test_a_missing_column(tmp_path: Path) -> None:
    data = content([fields[:-1] for fields in good_lines()], NAMES[:-1])
    assert told(tmp_path, data)[:2] == [("header", 1, "Idevise"), ("fields", 2, "")]


def test_a_column_too_many(tmp_path: Path) -> None:
    data = content([[*fields, ""] for fields in good_lines()], [*NAMES, "Commentaire"])
    assert told(tmp_path, data)[:2] == [("header", 1, "Idevise"), ("fields", 2, "")]


@pytest.mark.parametrize("separator", [b";", b"|"])
def test_another_separator(separator: bytes, tmp_path: Path) -> None:
    report = checked(tmp_path, content(good_lines()).replace(b"\t", separator))
    assert report.faults[0].code == "separator"
    assert separator.decode() in report.faults[0].sentence()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_told_once_and_not_as_faults_of_its_letters(encoding: str, tmp_path: Path) -> None:
    assert {code for code, _line, _column in told(tmp_path, content(good_lines(), encoding=encoding))} == {"utf8"}


def test_one_name_that_was_garbled_before_doesn_t_make_the_file_utf_8(tmp_path: Path) -> None:
    lines = good_lines()
    put(2, CompAuxLib="CafÃ© du coin")(lines)
    assert told(tmp_path, content(lines)) == []


def test_line_ends_of_two_kinds_are_told_once(tmp_path: Path) -> None:
    data = content(good_lines()).replace(b"\r\n", b"\n", 3)
    assert [code for code, _line, _column in told(tmp_path, data)] == ["mixed_line_ends"]


def test_a_file_cut_short(tmp_path: Path) -> None:
    assert ("cut", 8, "") in told(tmp_path, content(good_lines())[:-2])
    assert told(tmp_path, content(good_lines())[:-30])[0] == ("cut", 8, "")


def test_nothing_in_it(tmp_path: Path) -> None:
    assert told(tmp_path, b"") == [("empty", 0, "")]
    assert told(tmp_path, content([])) == [("no_entry", 0, "")]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    report = check_file(tmp_path / NAME, description=None)
    assert [fault.code for fault in report.faults] == ["unreadable", "description_missing"]


def test_one_line_without_end_is_read_in_pieces(tmp_path: Path) -> None:
    endless = b"x" * (LONGEST_LINE * 3)
    assert told(tmp_path, endless)[0] == ("line_too_long", 1, "")
    data = content(good_lines()[:3]) + endless + b"\r\n" + content(good_lines()[3:]).split(b"\r\n", 1)[1]
    assert told(tmp_path, data) == [("line_too_long", 5, "")]


def test_faults_are_counted_and_only_the_first_are_told(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(content([["x"]] * 500))
    report = check_file(path, limit=10)
    assert len(report.faults) == 10
    assert report.count == 501, "500 lines and the missing notice"


def test_the_notice_goes_with_the_file(tmp_path: Path) -> None:
    data = content(good_lines())
    assert [fault.code for fault in checked(tmp_path, data, notice=b"rien").faults[:1]] == ["description_silent"]
    latin = "JournalCode… allègements".encode("cp1252")
    assert {fault.code for fault in checked(tmp_path, data, notice=latin).faults} == {"description_silent"}
    report = checked(tmp_path, data, notice="journal des allègements €".encode())
    assert [fault.code for fault in report.faults][:1] == ["description_utf8"]
    assert "journal des allègements" not in {fault.details.get("about") for fault in report.faults}
    other = tmp_path / "notice.txt"
    other.write_bytes((tmp_path / NAME.replace(".txt", "_description.txt")).read_bytes())
    assert check_file(tmp_path / NAME, description=other).faults[0].code == "description_name"


def test_an_earlier_file_is_where_this_one_begins(tmp_path: Path) -> None:
    earlier = tmp_path / "before.txt"
    earlier.write_bytes(content(good_lines()[:3]))
    checked(tmp_path, content(good_lines()))
    notice = tmp_path / NAME.replace(".txt", "_description.txt")
    assert check_file(tmp_path / NAME, description=notice, earlier=earlier).in_order
    changed = good_lines()
    all_of(1, EcritureLib="Autre libellé")(changed)
    checked(tmp_path, content(changed))
    (fault,) = check_file(tmp_path / NAME, description=notice, earlier=earlier).faults
    assert (fault.code, fault.line) == ("rewritten", 2)


@pytest.mark.parametrize("code", SENTENCES)
def test_every_fault_is_said_in_both_languages(code: str) -> None:
    names = ("expected", "found", "limit", "other", "entry", "debit", "credit", "gap", "first", "last", "date", "name")
    fault = Fault(code, 3, "Debit", "450.00\t" + "9" * 100, dict.fromkeys((*names, "about"), "X"))
    french, english = fault.told("fr"), fault.told("en")
    assert french.startswith("ligne 3, Debit, «\xa0450.00·999")
    assert english.startswith("line 3, Debit, “450.00·999")
    assert "{" not in french + english
    assert "'" not in french, "the typographic apostrophe"


def test_a_fault_of_the_whole_file_has_no_place() -> None:
    assert Fault("empty").told("en") == "The file is empty: make it again."


LATIN = st.text(st.sampled_from(bytes(range(256)).decode("iso-8859-15")), max_size=12)
FREE = ("CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "EcritureLib")
"""Another account or label is another sale: one file alone can't know. What can't be one at all is found."""
BINDING = tuple(name for name in NAMES if name not in FREE)
ODD = st.sampled_from(["", " ", "\t", "\n", "a\x00b", "a|b", "\x9f"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(row=st.integers(0, 6), name=st.sampled_from(BINDING), value=LATIN | ODD | st.dates().map("{:%Y%m%d}".format))
def test_any_other_value_of_a_date_an_amount_a_number_or_a_voucher_is_found(
    row: int, name: str, value: str, tmp_path: Path
) -> None:
    lines = good_lines()
    before = lines[row][PLACE[name]]
    assume(value != before)
    assume(name not in {"Debit", "Credit"} or cents_of(value) != cents_of(before))
    lines[row][PLACE[name]] = value
    assert told(tmp_path, content(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(row=st.integers(0, 6), name=st.sampled_from(FREE), value=ODD)
def test_a_text_that_can_t_be_one_is_found(row: int, name: str, value: str, tmp_path: Path) -> None:
    lines = good_lines()
    assume(value.strip() or lines[row][PLACE[name]])
    lines[row][PLACE[name]] = value
    assert told(tmp_path, content(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rubbish=st.binary(max_size=300), at=st.integers(0, 900), inside=st.booleans())
def test_rubbish_is_told_and_never_a_traceback(rubbish: bytes, at: int, inside: bool, tmp_path: Path) -> None:
    good = content(good_lines())
    report = checked(tmp_path, good[:at] + rubbish + good[at:] if inside else rubbish, notice=rubbish)
    for fault in report.faults:
        assert fault.told("fr")
        assert fault.told("en")


def test_a_year_may_end_on_any_day() -> None:
    assert first_day(date(2020, 12, 31)) == date(2020, 1, 1)
    assert first_day(date(2021, 6, 30)) == date(2020, 7, 1)
    assert first_day(date(2024, 2, 28)) == date(2023, 2, 28), "the 29th follows, which 2023 hasn't"
    assert first_day(date(2024, 2, 29)) == date(2023, 3, 1)


def test_a_file_is_called_by_siren_and_last_day() -> None:
    assert file_name("732829320", date(2020, 12, 31)) == NAME


def test_a_siren_has_its_check_digit() -> None:
    assert passes_luhn("732829320")
    assert not passes_luhn("732829321")


def test_debit_and_credit_lie_beside_each_other() -> None:
    assert (DEBIT, CREDIT) == (11, 12)
