"""The ageing of what was approved and not yet credited, as a file for the landlord's accountant and the auditor."""

from pathlib import Path
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import ledger
from grants.control.ageing import Ageing, Waiting, ageing
from grants.enums import Role
from grants.exports.kinds import ExportKind, Option, Told, Wanted, Written
from grants.exports.sheets import Column, Kind, Sheet, write_csv, write_xlsx

CSV, XLSX = "csv", "xlsx"
FORMATS: Final = ((CSV, "CSV"), (XLSX, "XLSX (Excel, LibreOffice)"))
FORMAT: Final = Option(name="format", label=gettext_lazy("Format"), choices=FORMATS, default=XLSX)


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """One row for each line that waits; its total is the position's “committed” of the day."""
    found = ageing(wanted.fund, wanted.as_at or ledger.today())
    path = folder / f"balance-agee-{wanted.fund.code}-{found.as_at}.{wanted.option('format', XLSX)}"
    if path.suffix == ".csv":
        write_csv(path, lines_sheet(found, total=False))
    else:
        write_xlsx(path, [sums_sheet(found), lines_sheet(found)], title=title_of(found, wanted))
    told(len(found.lines), len(found.lines))
    return Written(
        files=(path.name,),
        rows=len(found.lines),
        sums_cents={"waiting": found.cents, "committed": found.committed_cents}
        | {one.bracket.code: one.cents for one in found.sums()},
        head=(found.last_number, found.last_digest),
    )


def title_of(found: Ageing, wanted: Wanted) -> str:
    day = date_format(found.as_at, "SHORT_DATE_FORMAT")
    return " - ".join((_("Ageing of the approvals to be credited"), day, wanted.fund.code))


def sums_sheet(found: Ageing) -> Sheet:
    """The brackets, their total, and the position it ties to."""
    columns = [
        Column(_("Since the approval"), width=44),
        Column(_("Lines"), Kind.WHOLE, 10),
        Column(_("Leases"), Kind.WHOLE, 10),
        Column(_("To be credited"), Kind.EUROS, 18),
    ]
    day = date_format(found.as_at, "SHORT_DATE_FORMAT")
    rows: list[tuple[object, ...]] = [
        (str(one.bracket.label), one.lines, one.leases, one.cents) for one in found.sums()
    ]
    rows += [
        (_("Total"), len(found.lines), found.leases, found.cents),
        (_("Committed in the position as at %(day)s") % {"day": day}, None, None, found.committed_cents),
        (_("Difference to the position"), None, None, found.difference_cents),
    ]
    return Sheet(_("Totals"), columns, rows)


def lines_sheet(found: Ageing, *, total: bool = True) -> Sheet:
    columns = [
        Column(_("Lease")),
        Column(_("Tenant business"), width=32),
        Column(_("Application"), width=22),
        Column(_("Month"), Kind.DAY, 12),
        Column(_("Component"), width=22),
        Column(_("To be credited"), Kind.EUROS),
        Column(_("Approved on"), Kind.DAY, 12),
        Column(_("Days"), Kind.WHOLE, 8),
        Column(_("Since the approval"), width=16),
        Column(_("Cut-off of the rent calls"), Kind.DAY, 14),
        Column(_("Cut-off missed"), width=12),
    ]
    rows = (row_of(found, line) for line in found.lines)
    sum_row = (_("Total"), None, None, None, None, found.cents, None, None, None, None, None)
    return Sheet(_("To be credited"), columns, rows, sum_row if total else ())


def row_of(found: Ageing, line: Waiting) -> tuple[object, ...]:
    missed = "" if line.cutoff is None else _("yes") if found.is_missed(line) else _("no")
    return (
        line.lease,
        line.tenant,
        line.file,
        line.month,
        str(line.component.label),
        line.cents,
        line.approved_on,
        line.days,
        str(line.bracket.label),
        line.cutoff,
        missed,
    )


AGEING: Final = ExportKind(
    code="ageing",
    label=gettext_lazy("Ageing of the approvals to be credited"),
    what=gettext_lazy(
        "What was approved and is not credited yet, by the days since its approval: for the accountant who credits it,"
        " and for whoever asks why a tenant still waits."
    ),
    write=write,
    roles=frozenset({Role.AUDITOR, Role.MANAGER, Role.PAYER}),
    options=(FORMAT,),
    dates=frozenset({"as_at"}),
    is_of_a_day=True,
)
