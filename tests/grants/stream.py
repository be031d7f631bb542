"""Clients that work on one file after the other, in a process of their own, until they are killed.

The fork server imports this module once, so that each new client is there at once.
"""

from multiprocessing.connection import Connection

import django

django.setup()

from django.db import connection  # noqa: E402 - models come after the set-up

from fundadmin.models import User  # noqa: E402
from grants.actions import bulk, confirmations  # noqa: E402
from grants.actions.crediting import Voucher, credit  # noqa: E402
from grants.actions.decision import approve  # noqa: E402
from grants.enums import FINAL_STATES, ReliefForm  # noqa: E402
from grants.models import Application  # noqa: E402
from tests.factories import OPENED_ON  # noqa: E402


def stream(database: str, fund_id: int, approver_id: int, payer_id: int, progress: Connection) -> None:
    """Take each file that isn't final to credited, and say so after each action.

    Keys are the same in every life of the client: one that was killed doesn't know what became of its last request.
    """
    connection.settings_dict["NAME"] = database
    approver, payer = User.objects.get(pk=approver_id), User.objects.get(pk=payer_id)
    for file in Application.objects.filter(fund=fund_id).exclude(state__in=FINAL_STATES).order_by("pk"):
        approve(application=file, by=approver, key=f"approve {file.pk}", no_conflict=True, on=OPENED_ON)
        progress.send("approved")
        for line in file.lines.all():
            voucher = Voucher(ReliefForm.CREDIT_NOTE, f"AV-{line.pk}", OPENED_ON)
            credit(application=file, lines=[line.pk], voucher=voucher, by=payer, key=f"credit {line.pk}", on=OPENED_ON)
            progress.send("credited")
    progress.close()


def run_plan(database: str, plan: str, approver_id: int, key: str) -> None:
    """Run a sealed plan, row by row."""
    connection.settings_dict["NAME"] = database
    approver = User.objects.get(pk=approver_id)
    plan_of_approver = bulk.Plan.unseal(plan, by=approver)
    bulk.run(plan=plan_of_approver, mode=bulk.Mode.EACH, by=approver, key=key, on=OPENED_ON)


def carry_out_file(database: str, file_id: int) -> None:
    """Credit what a landlord's file says, as the worker does."""
    connection.settings_dict["NAME"] = database
    confirmations.carry_out(file_id)


def carry_out_run(database: str, run_id: int) -> None:
    """Carry out a run of many files, as the worker does."""
    connection.settings_dict["NAME"] = database
    bulk.carry_out(run_id)
