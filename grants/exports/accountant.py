"""What the exports for the landlord's accountant share: their format, who may have them, how a figure is written."""

from pathlib import Path
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from grants.enums import Role, Visibility
from grants.exceptions import Breach, NotAllowed
from grants.exports.kinds import Option, Wanted
from grants.exports.sheets import Sheet, write_csv, write_xlsx
from grants.money import percent
from grants.reconciling.amounts import Called

CSV, XLSX = "csv", "xlsx"
FORMAT: Final = Option(
    name="format",
    label=_("Format"),
    choices=((XLSX, _("XLSX (Excel, LibreOffice)")), (CSV, _("CSV (semicolons, decimal comma)"))),
    default=XLSX,
)
ACCOUNTANTS: Final = frozenset({Role.PAYER, Role.MANAGER, Role.AUDITOR})
"""The landlord's own, and external auditors: `check_accountant`."""

NOT_THE_LANDLORDS: Final = Breach(
    "not_landlords", _("This file is for the landlord's accountants and managers, and for auditors.")
)


def check_accountant(wanted: Wanted) -> None:
    """Raise NotAllowed for the chamber's managers: the tenant's account is the landlord's."""
    reader = wanted.reader
    if not (reader.reads(Visibility.LANDLORD) and reader.roles & ACCOUNTANTS):
        raise NotAllowed([NOT_THE_LANDLORDS])


def write_sheets(folder: Path, name: str, sheets: list[Sheet], wanted: Wanted, *, title: str) -> tuple[str, ...]:
    """One workbook with all the sheets, or a CSV file for each; the names of the files, the main one first."""
    if wanted.option("format", XLSX) == XLSX:
        write_xlsx(folder / f"{name}.xlsx", sheets, title=title)
        return (f"{name}.xlsx",)
    names = [f"{name}.csv", *(f"{name}-{n}.csv" for n in range(2, len(sheets) + 1))]
    for file, sheet in zip(names, sheets, strict=True):
        write_csv(folder / file, sheet)
    return tuple(names)


def period_of(called: Called | None) -> str:
    if called is None:
        return ""
    return f"{date_format(called.start, 'SHORT_DATE_FORMAT')} - {date_format(called.end, 'SHORT_DATE_FORMAT')}"


def rate_of(basis_points: int) -> str:
    """Without the no-break space that other programs don't read as one."""
    return percent(basis_points).replace("\u00a0", " ")
