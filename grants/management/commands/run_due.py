"""manage.py run_due: what is due in every fund. A scheduler runs it each night; running it twice changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.actions.waiting import run_due
from grants.enums import Action, FundState
from grants.models import Fund


class Command(BaseCommand):
    help = "Expire reservations, end offers nobody took up, offer freed money; print what moved."

    def handle(self, **_options: Any) -> None:
        system = User.objects.system()
        moved = [
            application
            for fund in Fund.objects.filter(state__in=[FundState.OPEN, FundState.SUSPENDED]).order_by("code")
            for application in run_due(fund=fund, by=system)
        ]
        for application in moved:
            done = Action(application.outcome.action).label if application.outcome else ""
            self.stdout.write(f"{application.fund.code}  {application.reference}  {done}")
        if not moved:
            self.stdout.write(_("Nothing is due."))
