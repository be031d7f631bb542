"""The four-eyes report as a file: one row for each application filed, those with a fault first."""

from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from grants.control.four_eyes import PART_LABELS, FileEyes, FourEyes, Part, four_eyes
from grants.exports.ageing import FORMAT, XLSX
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.sheets import Column, Kind, Sheet, write_csv, write_xlsx


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """As it stands: events are never changed, and each stays in the report."""
    found = four_eyes(wanted.fund)
    path = folder / f"quatre-yeux-{wanted.fund.code}.{wanted.option('format', XLSX)}"
    if path.suffix == ".csv":
        write_csv(path, files_sheet(found))
    else:
        title = " - ".join((_("Four eyes, file by file"), wanted.fund.code))
        write_xlsx(path, [summary_sheet(found), files_sheet(found)], title=title)
    told(len(found.files), len(found.files))
    return Written(files=(path.name,), rows=len(found.files))


def summary_sheet(found: FourEyes) -> Sheet:
    rows = [
        (found.headline(), None),
        (found.verdict(), None),
        (_("Files"), len(found.files)),
        (_("Files with a fault"), found.faulty),
    ]
    return Sheet(
        _("Summary"), [Column(_("Four eyes"), width=70), Column(pgettext("how many", "Number"), Kind.WHOLE, 10)], rows
    )


def files_sheet(found: FourEyes) -> Sheet:
    columns = [
        Column(_("Application"), width=22),
        Column(_("Tenant business"), width=32),
        Column(_("State"), width=20),
        *(Column(str(label).capitalize(), width=28) for label in PART_LABELS.values()),
        Column(_("Faults"), Kind.WHOLE, 8),
        Column(_("What is wrong"), width=60),
    ]
    return Sheet(_("Files"), columns, (row_of(one, found) for one in found.files))


def row_of(one: FileEyes, found: FourEyes) -> tuple[object, ...]:
    people = (", ".join(found.named(one.parts[part])) for part in Part)
    wrong = " ".join(fault.sentence(found.names) for fault in one.faults)
    return (one.reference, one.tenant, str(one.state.label), *people, len(one.faults), wrong)


FOUR_EYES: Final = ExportKind(
    code="four-eyes",
    label=gettext_lazy("Four eyes, file by file"),
    what=gettext_lazy(
        "Who filed, assessed, signed and credited each application, derived anew from its events, and every breach of"
        " the four-eyes rule: for the auditor's file."
    ),
    write=write,
    options=(FORMAT,),
    dates=frozenset(),
)
