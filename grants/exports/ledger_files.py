"""The journal of a fund as CSV, JSON lines and a workbook."""

from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.exports.kinds import ExportKind, Option, Told, Wanted, Written
from grants.exports.ledger_table import Totals, ledger_table, totals
from grants.exports.tables import Dialect, write_csv, write_jsonl

NAMES: Final = Option(
    name="names",
    label=_("Names of tenants and people"),
    choices=(("yes", _("with their names")), ("no", _("without names: references only"))),
    default="yes",
)
CSV_OPTIONS: Final = (
    Option(
        name="separator",
        label=_("Separator"),
        choices=(("semicolon", _("semicolon (French spreadsheets)")), ("comma", _("comma"))),
        default="semicolon",
    ),
    Option(
        name="decimal",
        label=_("Decimal sign of amounts"),
        choices=(("comma", _("comma: 1234,50")), ("point", _("point: 1234.50"))),
        default="comma",
    ),
    Option(
        name="bom",
        label=_("Byte-order mark"),
        choices=(("yes", _("with (Excel shows accents)")), ("no", _("without (programs)"))),
        default="yes",
    ),
    Option(
        name="headings",
        label=_("Headings"),
        choices=(("labels", _("in French, for people")), ("names", _("technical names, for programs"))),
        default="labels",
    ),
)
SIGNS: Final = {"semicolon": ";", "comma": ",", "point": "."}


def dialect_of(wanted: Wanted) -> Dialect:
    """How the CSV was asked for."""
    return Dialect(
        separator=SIGNS[wanted.option("separator", "semicolon")],
        decimal=SIGNS[wanted.option("decimal", "comma")],
        has_bom=wanted.option("bom", "yes") == "yes",
        labels=wanted.option("headings", "labels") == "labels",
    )


def name_of(wanted: Wanted, what: str, suffix: str) -> str:
    """A file name that says what is in it: fund, what, until when."""
    last = wanted.as_at or wanted.until
    parts = [wanted.fund.code, what, *([wanted.since.isoformat()] if wanted.since else [])]
    return "-".join([*parts, *([last.isoformat()] if last else [])]) + suffix


def written_of(name: str, told: Totals) -> Written:
    """What the manifest tells of a file with these entries."""
    return Written(
        files=(name,),
        rows=told.rows,
        sums_cents=told.sums_cents(),
        first_number=told.first_number,
        last_number=told.last_number,
        head=told.head,
    )


def with_names(wanted: Wanted) -> bool:
    return wanted.option("names", "yes") == "yes"


def ledger_csv(wanted: Wanted, folder: Path, told: Told) -> Written:
    found, name = totals(wanted), name_of(wanted, "journal", ".csv")
    write_csv(ledger_table(wanted, names=with_names(wanted)), folder / name, dialect_of(wanted), told, found.rows)
    return written_of(name, found)


def ledger_jsonl(wanted: Wanted, folder: Path, told: Told) -> Written:
    found, name = totals(wanted), name_of(wanted, "journal", ".jsonl")
    write_jsonl(ledger_table(wanted, names=with_names(wanted)), folder / name, told, found.rows)
    return written_of(name, found)


LEDGER_CSV: Final = ExportKind(
    code="ledger-csv",
    label=_("Journal of the fund (CSV)"),
    what=_("Every movement with what each account holds afterwards, for the accountant's spreadsheet or software."),
    write=ledger_csv,
    options=(*CSV_OPTIONS, NAMES),
)
LEDGER_JSONL: Final = ExportKind(
    code="ledger-jsonl",
    label=_("Journal of the fund (JSON lines)"),
    what=_("The same movements in integer cents, one object a line, for programs and for verifying the chain."),
    write=ledger_jsonl,
    options=(NAMES,),
)
