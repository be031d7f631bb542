"""manage.py backup --output FOLDER."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fundadmin.backups import BackupRefusedError, make
from fundadmin.postgres_clients import ProgramError

MEBIBYTE = 1024 * 1024


class Command(BaseCommand):
    help = "Write the database, the documents and a manifest of both into a new folder, all of one instant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="which must not exist yet")

    def handle(self, *_args: Any, output: Path, **_options: Any) -> None:
        try:
            backup = make(output)
        except (BackupRefusedError, ProgramError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(folder)s: %(parts)s parts, %(size).1f MiB.")
            % {"folder": backup.folder, "parts": backup.parts, "size": backup.size / MEBIBYTE}
        )
        self.stdout.write(
            _("Manifest: %(digest)s. Note it somewhere else: restore_check --manifest-sha256 compares it.")
            % {"digest": backup.manifest_sha256}
        )
        for name in backup.missing:
            self.stderr.write(_("The database names %(name)s, which is not in the storage.") % {"name": name})
        if backup.missing:
            count = len(backup.missing)
            message = ngettext(
                "The backup is kept, but %(count)s document is missing.",
                "The backup is kept, but %(count)s documents are missing.",
                count,
            )
            raise CommandError(message % {"count": count})
