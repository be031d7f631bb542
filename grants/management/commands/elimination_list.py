"""manage.py elimination_list FUND [--csv]: the last elimination list of a fund, to be printed and signed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from grants.exports.elimination import as_csv, as_text
from grants.management.arguments import fund_named
from grants.models import EliminationList


class Command(BaseCommand):
    help = "Print a fund's last elimination list (bordereau d'élimination), made by `retention`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", metavar="FUND", help="the fund's code")
        parser.add_argument("--csv", action="store_true", dest="as_csv", help="one file per line, for a spreadsheet")

    def handle(self, *_args: Any, **options: Any) -> None:
        fund = fund_named(options["fund"])
        listed = EliminationList.objects.filter(fund=fund).select_related("fund__landlord").order_by("-pk").first()
        if listed is None:
            message = _("There is no elimination list of %(fund)s: `retention` makes one when files are due.")
            raise CommandError(message % {"fund": fund.code})
        self.stdout.write(as_csv(listed) if options["as_csv"] else as_text(listed), ending="")
