"""manage.py landlord_file FUND FILE --by E-MAIL [--account] [--form FORM] [--confirm]: what an accountant hands in."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.actions.confirmations import Sent, carry_out, confirm, hand_in
from grants.enums import ReliefForm
from grants.exceptions import ActionRefused
from grants.management.arguments import fund_named
from grants.models import LandlordFile, LandlordFileRow

State = LandlordFileRow.State
TOLD = (State.FAULT, State.REFUSED)


class Command(BaseCommand):
    help = "Check a landlord's file of posted credit notes (or an account extract) and, with --confirm, record it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", metavar="FUND", help="the fund's code")
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV or XLSX")
        parser.add_argument("--by", required=True, metavar="E-MAIL", help="the payer in whose name it is done")
        parser.add_argument("--account", action="store_true", help="an extract of tenants' accounts")
        parser.add_argument("--form", choices=ReliefForm.values, default=ReliefForm.CREDIT_NOTE.value)
        parser.add_argument("--confirm", action="store_true", help="record what matches exactly")

    def handle(self, *_args: Any, **options: Any) -> None:
        fund, path = fund_named(options["fund"]), options["file"]
        by = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(_("Nobody has the e-mail address %(email)s.") % {"email": options["by"]})
        kind = LandlordFile.Kind.ACCOUNT if options["account"] else LandlordFile.Kind.CREDIT_NOTES
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(_("%(path)s can't be read: %(why)s.") % {"path": path, "why": error.strerror}) from error
        try:
            sent = Sent(kind, path.name, content, options["form"])
            file = hand_in(fund=fund, sent=sent, by=by, key=f"command {uuid4()}", at_once=True)
            if options["confirm"]:
                file = carry_out(confirm(file=file, digest=file.sha256, by=by).pk)
        except ActionRefused as refusal:
            raise CommandError("\n".join(str(breach) for breach in refusal.breaches)) from refusal
        self.report(file)

    def report(self, file: LandlordFile) -> None:
        """What is to be settled, then how many rows are in each state."""
        for fault in file.faults:
            self.stdout.write(f"{fault['message']} {fault['remedy']}")
        for row in file.rows.filter(state__in=TOLD):
            self.stdout.write(_("line %(line)s") % {"line": row.line} + " - " + " ".join(row.sentences))
        states = list(file.rows.values_list("state", flat=True))
        counts = [f"{state.label}: {states.count(state)}" for state in State if state in states]
        self.stdout.write(", ".join(counts))
