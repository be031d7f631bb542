"""manage.py check_fec FILE [--description FILE] [--earlier FILE] [--limit N]."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants.fec import Language, Report, check_file, description_name
from grants.fec.checking import MOST_FAULTS
from grants.fec.faults import euros


class Command(BaseCommand):
    help = "Check a file in the FEC format, its name and its notice, more strictly than the tax office's tool."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--description", "--descriptor", type=Path, help="the notice, where it isn't beside the file under its name"
        )
        parser.add_argument(
            "--earlier", type=Path, help="the same year's file made before, which this one goes on from"
        )
        parser.add_argument("--limit", type=int, default=MOST_FAULTS, help="how many faults to tell (default: 100)")

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        notice = options["description"] or file.parent / description_name(file.name)
        report = check_file(file, description=notice, earlier=options["earlier"], limit=options["limit"])
        language: Language = "fr" if (get_language() or "fr").startswith("fr") else "en"
        for fault in report.faults:
            self.stdout.write(fault.told(language))
        self.stdout.write(summary(report))
        if not report.in_order:
            told = ngettext("%(count)s fault found.", "%(count)s faults found.", report.count)
            raise CommandError(told % {"count": report.count})
        self.stdout.write(_("In order."))


def summary(report: Report) -> str:
    return _("Lines: %(lines)s, entries: %(entries)s, debit %(debit)s, credit %(credit)s") % {
        "lines": report.lines,
        "entries": report.entries,
        "debit": euros(report.debit_cents),
        "credit": euros(report.credit_cents),
    }
