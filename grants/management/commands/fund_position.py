"""manage.py fund_position FUND [--as-at DATE] [--json]."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants import ledger
from grants.management.arguments import day, fund_named
from grants.money import euros


class Command(BaseCommand):
    help = "Show what a fund's accounts hold, now or at the end of a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", metavar="FUND", help="the fund's code")
        parser.add_argument("--as-at", type=day, metavar="DATE", help="by value date, such as 2020-05-05")
        parser.add_argument("--json", action="store_true", dest="as_json", help="amounts in cents, as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        fund = fund_named(options["fund"])
        as_at = options["as_at"]
        position = ledger.position_as_at(fund.pk, as_at) if as_at else ledger.position(fund.pk)
        if options["as_json"]:
            self.stdout.write(json.dumps(asdict(position) | {"as_at": position.as_at.isoformat()}, indent=2))
            return
        title = _("Position of %(fund)s as at %(day)s") % {
            "fund": fund.code,
            "day": date_format(position.as_at, "SHORT_DATE_FORMAT"),
        }
        accounts = (
            (_("Endowed"), position.endowed_cents),
            (_("Available"), position.available_cents),
            (_("Reserved"), position.reserved_cents),
            (_("Committed"), position.committed_cents),
            (_("Credited"), position.credited_cents),
            (_("Ceiling"), position.ceiling_cents),
        )
        self.stdout.write(title)
        for label, cents in accounts:
            self.stdout.write(f"{label:<12}{euros(cents):>18}")
        self.stdout.write(
            _("Last entry: %(number)s, digest %(digest)s")
            % {
                "number": position.last_number,
                "digest": position.last_digest,
            }
        )
