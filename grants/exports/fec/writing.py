"""The export itself: rows to a file, the notice beside it, both checked before anybody gets them."""

from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from grants.enums import Role, Side
from grants.exceptions import Breach, RuleRefused
from grants.exports.fec.description import description
from grants.exports.fec.latin import harmless, latin
from grants.exports.fec.statement import BOOKED_KINDS, COPY, Journal, ledger_sums
from grants.exports.kinds import READERS, ExportKind, Option, Told, Wanted, Written
from grants.fec import COLUMNS, Fault, Language, Report, check_entries, description_faults, description_name, file_name
from grants.fec.values import first_day
from grants.models import ExportSettings, LedgerEntry

BLOCK: Final = 5_000  # rows


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """Write the journal of a financial year and its notice. Raises RuleRefused where nothing is left of them."""
    closing = closing_of(wanted)
    last = min(filter(None, (closing, wanted.as_at)))
    entries = LedgerEntry.objects.filter(fund=wanted.fund, value_date__lte=last)
    head = entries.order_by("-number").values_list("number", "digest").first()
    journal = Journal(
        fund=wanted.fund,
        first=first_day(closing),
        last=last,
        upto_number=head[0] if head else 0,
        names_people=Side.LANDLORD in wanted.reader.sides,
    )
    sums = ledger_sums(journal)
    file = folder / file_name(wanted.fund.landlord.siren, closing)
    notice = folder / description_name(file.name)
    try:
        journals = write_rows(file, journal, sums["movements"], told)
        report = check_entries(file)
        notice.write_bytes(
            latin(
                description(
                    fund=wanted.fund,
                    closing=closing,
                    first=journal.first,
                    mode=ExportSettings.of(wanted.fund).fec_mode,
                    journals=journals,
                    report=report,
                    sums=sums,
                )
            ).replace(b"\n", b"\r\n")
        )
        refuse(report, [*report.faults, *description_faults(file.name, notice)], closing, sums)
    except BaseException:
        file.unlink(missing_ok=True)
        notice.unlink(missing_ok=True)
        raise
    return Written(
        files=(file.name, notice.name),
        rows=report.lines,
        sums_cents={"debit": report.debit_cents, "credit": report.credit_cents}
        | {name: sums[name] for name in ("credited", "undone", "not_booked")},
        first_number=1,
        last_number=report.entries,
        head=head,
    )


def closing_of(wanted: Wanted) -> date:
    """The last day of the financial year: as asked, or the end of the calendar year of the last movement booked."""
    asked = wanted.option("year_end")
    if asked:
        closing = day_named(asked)
        if closing.year in (date.min.year, date.max.year):
            message = _("“%(value)s” isn't the last day of a financial year: write it like 31/12/2020.")
            raise RuleRefused([Breach("year_end", message, {"value": asked[:40]}, "options/year_end")])
        return closing
    booked = LedgerEntry.objects.filter(fund=wanted.fund, kind__in=BOOKED_KINDS)
    if wanted.as_at:
        booked = booked.filter(value_date__lte=wanted.as_at)
    latest: date | None = booked.aggregate(latest=Max("value_date"))["latest"]
    if latest is None:
        raise RuleRefused([Breach("nothing_booked", _("Nothing is credited yet: there is no entry to export."))])
    return date(latest.year, 12, 31)


def day_named(text: str) -> date:
    """A day as programs write it or as people do; the calendar's first where it is none."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 # a day has no time zone
        except ValueError:
            continue
    return date.min


def write_rows(path: Path, journal: Journal, movements: int, told: Told) -> list[tuple[str, str]]:
    """Stream the rows: what is in memory is a block of them. Returns the codes and labels of the journals in them."""
    named: dict[tuple[bytes, bytes], None] = {}
    with path.open("wb") as out, connection.cursor() as cursor:
        out.write(("\t".join(column.name for column in COLUMNS) + "\r\n").encode("ascii"))
        written = 0
        with cursor.cursor.copy(COPY, journal.parameters()) as rows:
            lines = map(bytes, rows)
            while block := list(islice(lines, BLOCK)):
                out.write(harmless(latin(b"".join(block).decode())).replace(b"\n", b"\r\n"))
                written += len(block)
                for row in block:
                    code, label, _rest = row.split(b"\t", 2)
                    named[code, label] = None
                # Two or three lines per movement: how many there will be isn't known beforehand.
                told(min(written // 2, movements), movements)
    told(movements, movements)
    return [(code.decode(), label.decode()) for code, label in named]


def refuse(report: Report, faults: list[Fault], closing: date, sums: dict[str, int]) -> None:
    """Hand out nothing that our own check refuses, and no empty file."""
    if not report.lines:
        message = _("Nothing is booked in the financial year that ends on %(closing)s.")
        if sums["movements"]:
            message = _("Nothing of what was credited in the financial year that ends on %(closing)s has to be booked.")
        raise RuleRefused([Breach("nothing_booked", message, {"closing": closing}, "options/year_end")])
    language: Language = "fr" if (get_language() or "fr").startswith("fr") else "en"
    if faults:
        raise RuleRefused(Breach(f"fec_{fault.code}", "%(fault)s", {"fault": fault.told(language)}) for fault in faults)


YEAR_END: Final = _("Empty: 31 December of the year of the last credit.")

FEC: Final = ExportKind(
    code="fec",
    label=_("Export in the FEC format (relief journal)"),
    what=_(
        "For the landlord's accountant and whoever audits the accounts: one journal, never the landlord's whole FEC."
    ),
    write=write,
    roles=READERS | {Role.PAYER},
    options=(Option(name="year_end", label=_("Last day of the financial year"), help_text=YEAR_END, is_day=True),),
    dates=frozenset({"as_at"}),
)
