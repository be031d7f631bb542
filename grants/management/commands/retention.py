"""manage.py retention [--dry-run] [--fund CODE]: erase what is due, or say what would be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.actions.retention import Report, run
from grants.management.arguments import fund_named
from grants.retention import RULES

HELP = "Erase drafts, closed files and logs whose time is over; print counts and the certificate."


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")
        parser.add_argument("--fund", metavar="CODE", help="one fund only; without it every fund and the logs")

    def handle(self, *_args: Any, **options: Any) -> None:
        fund = fund_named(options["fund"]) if options["fund"] else None
        for rule in RULES:
            self.stdout.write(f"{rule.code:<12} {rule.shown():<10} {rule.legal}")
        report = run(by=User.objects.system(), dry=options["dry_run"], fund=fund)
        self.show(report)

    def show(self, report: Report) -> None:
        self.stdout.write(_("Would be erased:") if report.dry else _("Erased:"))
        for code, counts in report.by_fund.items():
            for name, count in sorted(counts.items()):
                self.stdout.write(f"  {code}  {name}: {count}")
        for name, count in sorted(report.logs.items()):
            self.stdout.write(f"  {name}: {count}")
        if not report.counts():
            self.stdout.write(_("  nothing"))
        for number in report.lists:
            self.stdout.write(_("Elimination list %(number)s awaits its visa.") % {"number": number})
        if report.certificate:
            self.stdout.write(_("Certificate: %(digest)s") % {"digest": report.certificate.digest})
