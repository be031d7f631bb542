"""manage.py import_rent_roll FILE --landlord SIREN [--from YYYY-MM --until YYYY-MM] [--dry-run] [--json]."""

from __future__ import annotations

import argparse
import datetime
import gc
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from landlords.models import Landlord
from landlords.rent_roll import Months, Report, import_rent_roll
from landlords.rent_roll.findings import Finding


def month(value: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        raise argparse.ArgumentTypeError(_("“%(value)s” isn't a month like 2020-04.") % {"value": value}) from None


class Command(BaseCommand):
    help = "Import a landlord's rent roll (CSV or XLSX). With one error nothing is written and the exit code is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--landlord", required=True, metavar="SIREN")
        parser.add_argument("--from", type=month, dest="first", metavar="YYYY-MM", help="first month called for")
        parser.add_argument("--until", type=month, dest="last", metavar="YYYY-MM", help="last month called for")
        parser.add_argument("--dry-run", action="store_true", help="tell what the import would do, write nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="report as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if (first is None) != (last is None):
            raise CommandError(_("Give both --from and --until, or neither."))
        siren = "".join(options["landlord"].split())
        landlord = Landlord.objects.filter(siren=siren).first()
        if landlord is None:
            report = Report(options["file"].name, dry_run=options["dry_run"])
            report.errors.add(Finding("landlord_unknown", value=siren))
        else:
            report = self._import(landlord, options, (first, last) if first else None)
            if report.lines:
                self.stderr.write("", style_func=str)
        if options["as_json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        else:
            for line in report.as_text():
                self.stdout.write(line)
            if any(finding.code == "period_missing" for finding in report.errors):
                self.stdout.write(_("Here the first and last month are given by --from and --until (YYYY-MM)."))
        if report.errors:
            raise CommandError(_("The rent roll was not imported."), returncode=1)

    def _import(self, landlord: Landlord, options: dict[str, Any], months: Months | None) -> Report:
        # What is loaded by now stays: without this the garbage collector would walk through all of it again and again,
        # which takes two fifths of the time.
        gc.freeze()
        try:
            return import_rent_roll(
                options["file"], landlord, months=months, dry_run=options["dry_run"], progress=self._progress
            )
        finally:
            gc.unfreeze()

    def _progress(self, lines: int) -> None:
        self.stderr.write("\r" + _("%(count)d lines read") % {"count": lines}, style_func=str, ending="")
        self.stderr.flush()
