"""Takes a landlord's rent roll in: read, check every line, report, apply.

One line is one lease over one period. The file is read once, in batches of BATCH_LINES lines, inside one
transaction that is rolled back at the first error and after a trial run: a trial run tells exactly what the import
would do. Rules a landlord can rely on:

- every fault is told at once; with one error nothing is written;
- a blank cell says nothing, so it never erases anything, and what is absent from a file is listed, never deleted;
- within a file the first line that tells a fact governs, so importing the same file again changes nothing.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import Q

from fundadmin.models import User
from landlords.history import attach_reason
from landlords.models import Landlord, Lease, RentRollImport
from landlords.rent_roll.applying import Applier
from landlords.rent_roll.calls import Months
from landlords.rent_roll.changes import Outcome
from landlords.rent_roll.checking import Checker
from landlords.rent_roll.columns import Columns, Layout, expected_header, find_columns, header_score
from landlords.rent_roll.findings import Finding
from landlords.rent_roll.lines import Progress
from landlords.rent_roll.notes import Notes
from landlords.rent_roll.preview import Preview, preview
from landlords.rent_roll.reading import HEADER_WITHIN, Row, Table, Unreadable, open_table
from landlords.rent_roll.report import Report, absent_lease

__all__ = [
    "BATCH_LINES",
    "Layout",
    "Months",
    "Preview",
    "Progress",
    "Report",
    "Unreadable",
    "import_rent_roll",
    "preview",
]

BATCH_LINES: Final = 2_000


def import_rent_roll(
    path: Path,
    landlord: Landlord,
    *,
    months: Months | None = None,
    layout: Layout | None = None,
    dry_run: bool = False,
    user: User | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import the file at `path` for `landlord` and return what happened; `report.errors` says why it didn't.

    `months` (first day of the first and of the last one) are those that the amounts are called for when the file has
    no period column. `layout` says which column holds what, where that isn't to be guessed. `progress` is called with
    the number of lines read so far.
    """
    report = Report(path.name, dry_run=dry_run)
    job = _Import(path, landlord, months, layout, user, progress, report)
    try:
        with open_table(path, header_score) as table:
            job.take(table)
    except Unreadable as unreadable:
        report.errors.add(unreadable.finding)
    return report


@dataclass
class _Import:
    path: Path
    landlord: Landlord
    months: Months | None
    layout: Layout | None
    user: User | None
    progress: Progress | None
    report: Report

    def take(self, table: Table) -> None:
        report = self.report
        head = list(itertools.islice(table.rows, HEADER_WITHIN))
        columns = find_columns([row for row in head if not isinstance(row, Finding)], self.layout)
        for title in table.ignored_sheets:
            report.warnings.add(Finding("sheet_ignored", value=title))
        _check_header(columns, self.months, report)
        if columns is None or report.errors:
            return
        checker = Checker(
            columns,
            table.epoch,
            months=None if columns.tell_periods else self.months,
            is_csv=table.delimiter is not None,
            errors=report.errors,
            warnings=report.warnings,
        )
        self._apply(checker, itertools.chain(_below(columns, head), table.rows))

    def _apply(self, checker: Checker, rows: Iterator[Row | Finding]) -> None:
        report = self.report
        lines = checker.checked(rows)
        with transaction.atomic():
            attach_reason(source="rent roll", file=report.file)
            # One import at a time per landlord: two would each create what the other one does.
            Landlord.objects.select_for_update(no_key=True).get(pk=self.landlord.pk)
            applier = Applier(self.landlord, Notes(checker.columns, report.errors, report.warnings))
            while batch := list(itertools.islice(lines, BATCH_LINES)):
                applier.apply(batch)
                if self.progress:
                    self.progress(checker.lines)
            _conclude(report, self.landlord, checker, applier)
            if report.errors or report.dry_run:
                transaction.set_rollback(True)
            else:
                self._record()

    def _record(self) -> None:
        report = self.report
        with self.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        said = report.as_dict()
        RentRollImport.objects.create(
            landlord=self.landlord,
            user=self.user,
            file_name=report.file[:255],
            sha256=sha256,
            lines=report.lines,
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged,
            report={key: said[key] for key in ("rows", "absent_leases", "warnings", "not_shown")},
        )
        report.written = True


def _check_header(columns: Columns | None, months: Months | None, report: Report) -> None:
    if columns is None:
        report.errors.add(Finding("header_missing", params={"expected": expected_header()}))
        return
    for finding in columns.errors:
        report.errors.add(finding)
    for header in columns.ignored:
        report.warnings.add(Finding("column_ignored", columns.line, header))
    if "premises" not in columns.places:
        report.warnings.add(Finding("premises_by_lease", columns.line))
    if months and months[1] < months[0]:
        report.errors.add(Finding("months_disordered"))
    if columns.tell_periods and months:
        report.warnings.add(Finding("months_needless"))
    if not columns.tell_periods and not months:
        report.errors.add(Finding("period_missing", columns.line))


def _below(columns: Columns, head: list[Row | Finding]) -> Iterator[Row | Finding]:
    for row in head:
        number = row.line if isinstance(row, Finding) else row[0]
        if number is not None and number > columns.line:
            yield row


def _conclude(report: Report, landlord: Landlord, checker: Checker, applier: Applier) -> None:
    """Fill in the counts, what concerns the file as a whole, and the leases that it doesn't name."""
    if not checker.lines:
        report.errors.add(Finding("no_lines", checker.columns.line))
    for fact, count in applier.notes.without_column.items():
        report.warnings.add(Finding(f"no_column_{fact}", params={"count": count}))
    report.lines = checker.lines
    if not report.errors:
        report.created = applier.tally.lines[Outcome.CREATED]
        report.updated = applier.tally.lines[Outcome.UPDATED]
        report.unchanged = applier.tally.lines[Outcome.UNCHANGED]
        report.rows = applier.tally.rows
    leases = Lease.objects.filter(landlord=landlord)
    if checker.earliest:
        # A lease that ended before the first day called for isn't expected in the file.
        leases = leases.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=checker.earliest))
    recorded = leases.order_by("reference").values_list("reference", "tenant__legal_name", "ends_on")
    report.absent_leases = [absent_lease(*lease) for lease in recorded if lease[0] not in checker.references]
