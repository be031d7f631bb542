"""The journal as a workbook: a sheet of totals that ties the movements to the position, then every movement."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.enums import LEDGER_ROUTES, Account, LedgerKind
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.ledger_files import NAMES, name_of, with_names, written_of
from grants.exports.ledger_table import HELD, Totals, ledger_table, totals
from grants.exports.tables import Table
from grants.exports.workbooks import Formats, Opened, on_one_page, sheet_names, workbook, write_heading, write_sheets

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

CENT: Final = Decimal("0.01")
KIND_LINE: Final = 5
"""The line above the first kind of movement, from 0."""


def ledger_xlsx(wanted: Wanted, folder: Path, told: Told) -> Written:
    found = totals(wanted)
    table = ledger_table(wanted, names=with_names(wanted))
    name = name_of(wanted, "journal", ".xlsx")
    with workbook(folder / name, _("Journal of the fund")) as opened:
        write_totals(opened, wanted, found, table)
        write_sheets(opened, table, _("Movements"), told, found.rows)
    return written_of(name, found)


def write_totals(opened: Opened, wanted: Wanted, found: Totals, table: Table) -> None:
    """The totals as formulas over the movements, so that a reader sees where each figure comes from."""
    book, formats = opened
    sheet = book.add_worksheet(_("Totals"))
    on_one_page(sheet, 34, 18, 20, 24, 18)
    sheet.write_string(0, 0, f"{_('Journal of the fund')} – {wanted.fund.name} ({wanted.fund.code})", formats.title)
    sheet.write_string(1, 0, period(wanted, found))
    sheet.write_string(2, 0, _("Entries %(first)s to %(last)s, last digest %(digest)s") % numbers(found))
    line = write_kinds(sheet, formats, found, table)
    write_accounts(sheet, formats, found, line + 2)


def period(wanted: Wanted, found: Totals) -> str:
    days = {"since": wanted.since, "until": found.last_day}
    shown = {name: date_format(day, "SHORT_DATE_FORMAT") for name, day in days.items() if day}
    if found.last_day is None:
        return _("No movement yet")
    if wanted.since:
        return _("Value dates from %(since)s to %(until)s") % shown
    return _("Value dates up to %(until)s") % shown


def numbers(found: Totals) -> dict[str, object]:
    return {"first": found.first_number or 0, "last": found.last_number or 0, "digest": found.head[1]}


def write_kinds(sheet: "Worksheet", formats: Formats, found: Totals, table: Table) -> int:
    """One line per kind of movement; the line after the last."""
    write_heading(sheet, formats, KIND_LINE - 1, [_("Movement"), _("Entries"), _("Total (EUR)")])
    names = sheet_names(_("Movements"), found.rows)
    columns = [column.name for column in table.columns]
    kinds, amounts = (letter(columns.index(name)) for name in ("kind", "amount"))
    for line, total in enumerate(found.by_kind, KIND_LINE):
        sheet.write_string(line, 0, str(total.kind.label))
        counted = "+".join(f"COUNTIF('{name}'!{kinds}:{kinds},\"{total.kind}\")" for name in names)
        summed = "+".join(
            f"SUMIF('{name}'!{kinds}:{kinds},\"{total.kind}\",'{name}'!{amounts}:{amounts})" for name in names
        )
        sheet.write_formula(line, 1, f"={counted}", None, total.rows)
        sheet.write_formula(line, 2, f"={summed}", formats.euros, total.cents * CENT)
    return KIND_LINE + len(found.by_kind)


def write_accounts(sheet: "Worksheet", formats: Formats, found: Totals, line: int) -> None:
    """What each account held before, what the movements did to it, what it holds by the position: no difference."""
    day = date_format(found.last_day, "SHORT_DATE_FORMAT") if found.last_day else "-"
    titles = [_("Account"), _("Before (EUR)"), _("Movements (EUR)")]
    titles += [_("Position as at %(day)s (EUR)") % {"day": day}, _("Difference (EUR)")]
    write_heading(sheet, formats, line, titles)
    for at, account in enumerate(HELD, line + 1):
        sheet.write_string(at, 0, str(account.label))
        sheet.write_number(at, 1, found.before_cents(account) * CENT, formats.euros)
        sheet.write_formula(at, 2, moved(found, account), formats.euros, found.moved_cents(account) * CENT)
        sheet.write_number(at, 3, found.held_cents(account) * CENT, formats.euros)
        sheet.write_formula(at, 4, f"=ROUND(B{at + 1}+C{at + 1}-D{at + 1},2)", formats.euros, 0)
    end = line + len(HELD) + 1
    sheet.write_string(end, 0, _("Total, what is endowed"), formats.bold)
    sums = {
        1: sum(map(found.before_cents, HELD)),
        2: sum(map(found.moved_cents, HELD)),
        3: found.held.endowed_cents,
        4: 0,
    }
    for place, cents in sums.items():
        column = letter(place)
        formula = f"=SUM({column}{line + 2}:{column}{end})"
        sheet.write_formula(end, place, formula, formats.total, cents * CENT)


def moved(found: Totals, account: Account) -> str:
    """What came into an account less what left it, from the totals by kind above."""
    places = {total.kind: f"C{line + 1}" for line, total in enumerate(found.by_kind, KIND_LINE)}
    parts = [sign_of(kind, account) + place for kind, place in places.items() if sign_of(kind, account)]
    return "=" + ("".join(parts).removeprefix("+") or "0")


def sign_of(kind: LedgerKind, account: Account) -> str:
    source, target = LEDGER_ROUTES[kind]
    return "+" if target == account else "-" if source == account else ""


def letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(place))


LEDGER_XLSX: Final = ExportKind(
    code="ledger-xlsx",
    label=gettext_lazy("Journal of the fund (Excel)"),
    what=gettext_lazy("Every movement, with a sheet of totals that ties them to the position: to read, filter, print."),
    write=ledger_xlsx,
    options=(NAMES,),
)
