"""manage.py auditor_pack FUND [--as-at DATE] [--people names] --output pack.zip."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from grants.exports.pack.kind import PACK
from grants.management.arguments import day
from grants.management.commands.export_ledger import Command as ExportCommand


class Command(ExportCommand):
    help = "Write a fund's auditor's pack, which verify_pack.py recomputes anywhere (docs/auditor_pack.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", metavar="FUND", help="the fund's code")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE_OR_FOLDER", help="such as pack.zip")
        parser.add_argument("--as-at", type=day, metavar="DATE", help="as the fund stood at the end of this day")
        parser.add_argument(
            "--people", choices=("pseudonyms", "names"), default="pseudonyms", help="default: pseudonyms"
        )
        parser.add_argument("--overwrite", action="store_true", help="replace the files that are there")

    def handle(self, *_args: Any, **options: Any) -> None:
        asked = {"format": PACK.code, "since": None, "until": None, "option": [("people", options["people"])]}
        super().handle(**options | asked)
