"""manage.py verify_ledger [FUND] [--head NUMBER:DIGEST] [--json]."""

import argparse
import json
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants import ledger
from grants.agreement import agreement_faults
from grants.ledger import Fault, Head
from grants.management.arguments import fund_named
from grants.models import Fund


def chain_head(text: str) -> Head:
    """`NUMBER:DIGEST`, as printed by an earlier run and by exports, as an argparse type."""
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text)
    if found is None:
        raise argparse.ArgumentTypeError(
            _("“%(text)s” isn't a chain head like 312:9f86d0… (64 digits).") % {"text": text}
        )
    return Head(int(found[1]), found[2])


class Command(BaseCommand):
    help = "Recompute a fund's ledger, or all, and compare it with the applications. Exit code 1 if a fault is found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", nargs="?", metavar="FUND", help="the fund's code; without it, every fund")
        parser.add_argument(
            "--head", type=chain_head, metavar="NUMBER:DIGEST", help="a chain head issued earlier that must still hold"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="report as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["head"] and not options["fund"]:
            raise CommandError(_("Name the fund that the chain head is of."))
        funds = [fund_named(options["fund"])] if options["fund"] else list(Fund.objects.order_by("code"))
        reports = [self._report(fund, options["head"]) for fund in funds]
        if options["as_json"]:
            self.stdout.write(json.dumps(reports, ensure_ascii=False, indent=2))
        else:
            for report in reports:
                self._show(report)
        count = sum(len(report["faults"]) for report in reports)
        if count:
            message = ngettext("%(count)s fault found.", "%(count)s faults found.", count)
            raise CommandError(message % {"count": count}, returncode=1)

    def _report(self, fund: Fund, issued: Head | None) -> dict[str, Any]:
        """Everything about one fund, read at one instant, as plain data."""
        with ledger.snapshot():
            faults: list[Fault] = [*ledger.verify(fund.pk), *agreement_faults(fund)]
            if issued:
                faults += ledger.verify_extends(fund.pk, *issued)
            last = fund.ledger_entries.order_by("-number").values_list("number", "digest").first()
        return {
            "fund": fund.code,
            "last_number": last[0] if last else 0,
            "last_digest": last[1] if last else None,
            "faults": [{"code": fault.code, "number": fault.number, "detail": fault.sentence()} for fault in faults],
        }

    def _show(self, report: dict[str, Any]) -> None:
        faults = report["faults"]
        summary = (
            ngettext("%(fund)s: %(count)s fault.", "%(fund)s: %(count)s faults.", len(faults))
            if faults
            else _("%(fund)s: no fault.")
        )
        self.stdout.write(summary % {"fund": report["fund"], "count": len(faults)})
        if report["last_digest"]:
            self.stdout.write(
                "  "
                + _("Chain head: %(number)s:%(digest)s")
                % {
                    "number": report["last_number"],
                    "digest": report["last_digest"],
                }
            )
        for fault in faults:
            self.stdout.write(f"  {fault['code']}: {fault['detail']}")
