"""manage.py restore_check FOLDER [--manifest-sha256 DIGEST]."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fundadmin.restoring import check, times


class Command(BaseCommand):
    help = "Restore a backup into a scratch database and prove that it is whole. Exit code 1 if anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="a backup of `manage.py backup`")
        parser.add_argument(
            "--manifest-sha256", default="", metavar="DIGEST", help="the manifest's digest, as you noted it elsewhere"
        )

    def handle(self, *_args: Any, folder: Path, manifest_sha256: str, **_options: Any) -> None:
        report = check(folder, manifest_sha256)
        for fault in report.faults:
            self.stderr.write(fault)
        if report.faults:
            count = len(report.faults)
            message = ngettext("%(count)s fault found (%(times)s).", "%(count)s faults found (%(times)s).", count)
            raise CommandError(message % {"count": count, "times": times(report)})
        held = {"at": report.manifest["at"], "funds": len(report.manifest["funds"]), "times": times(report)}
        self.stdout.write(_("Backup of %(at)s: whole. Funds: %(funds)s. Times: %(times)s.") % held)
