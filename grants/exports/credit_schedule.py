"""The credit schedule (bordereau d'imputation): what is to be credited, with columns for the vouchers.

The accountant posts the credit notes in the landlord's own system, fills in their numbers and dates, and hands the
file back as it is: `grants.actions.confirmations` reads its headings and finds each line by its identifier.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.accounts import Accounts, Booked, read
from grants.enums import ReliefForm
from grants.exports.accountant import (
    ACCOUNTANTS,
    FORMAT,
    check_accountant,
    period_of,
    rate_of,
    write_sheets,
)
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.sheets import Column, Kind, Sheet
from grants.models import Charter
from grants.reconciling.amounts import total
from grants.reconciling.to_credit import Due, lines_due, schedule_number
from landlords.enums import Component

PROPOSED: Final = ReliefForm.CREDIT_NOTE
"""The accountant writes another form over it."""


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """One row for each line to credit; those that can't be credited as things are stand apart, with the reason."""
    check_accountant(wanted)
    found = lines_due(wanted.fund, wanted.until)
    rows = [due for due in found if not due.against]
    held = [due for due in found if due.against]
    number = schedule_number(rows)
    sheets = [schedule_sheet(rows, number, accounts_of(rows))]
    if held:
        sheets.append(held_sheet(held))
    word, title = _("credit-schedule"), _("Credit schedule")
    files = write_sheets(
        folder,
        f"{word}-{wanted.fund.code}-{number}",
        sheets,
        wanted,
        title=f"{title} {number} - {wanted.fund.landlord} - {wanted.fund.name}",
    )
    told(len(found), len(found))
    net, vat, gross = total(due.amount for due in rows)
    sums = {"net": net, "vat": vat, "gross": gross, "held_gross": total(due.amount for due in held).gross_cents}
    return Written(files=files, rows=len(rows), sums_cents=sums)


def accounts_of(rows: Sequence[Due]) -> dict[int, Accounts]:
    """Charter id -> its accounts, each read once."""
    charters: dict[int, Charter] = {due.line.application.charter_id: due.line.application.charter for due in rows}
    return {pk: read(charter.accounts) for pk, charter in charters.items()}


PRINTED: Final = 13
"""The first columns, with those to fill in, are on paper, large enough to be read; the others are for the way back."""


def schedule_sheet(rows: Sequence[Due], number: str, accounts: Mapping[int, Accounts]) -> Sheet:
    columns = [
        Column(_("Application reference"), width=18),
        Column(_("Lease reference"), width=13),
        Column(_("Tenant"), width=26),
        Column(_("Month"), width=9),
        Column(_("Component"), width=15),
        Column(_("Net amount"), Kind.EUROS, 13),
        Column(_("VAT amount"), Kind.EUROS, 12),
        Column(_("Gross amount"), Kind.EUROS, 13),
        Column(_("Account"), width=11),
        Column(_("VAT account"), width=11),
        Column(_("Voucher number"), width=18, to_fill=True),
        Column(_("Voucher date"), Kind.DAY, 12, to_fill=True),
        Column(_("Applied to notice"), width=16, to_fill=True),
        Column(_("Form of the relief"), width=20),
        Column(_("Period called"), width=24),
        Column(_("VAT rate"), width=10),
        Column(_("VAT regime of the call"), width=20),
        Column(_("Premises reference"), width=14),
        Column(_("Fund"), width=14),
        Column(_("Schedule"), width=14),
        Column(_("Line identifier (don't change)"), width=38),
    ]
    net, vat, gross = total(due.amount for due in rows)
    sums: list[Any] = [None] * len(columns)
    sums[0], sums[5], sums[6], sums[7] = _("Total"), net, vat, gross
    return Sheet(
        _("Credit schedule"),
        columns,
        (row_of(due, number, accounts[due.line.application.charter_id]) for due in rows),
        sums,
        printed=PRINTED,
        empty=_("Nothing to credit"),
    )


def row_of(due: Due, number: str, accounts: Accounts) -> tuple[object, ...]:
    line, file = due.line, due.line.application
    component = Component(line.component)
    vat = accounts.of_vat(due.regime).account if due.amount.vat_cents else ""
    return (
        file.reference,
        line.lease.reference,
        str(file.tenant),
        f"{line.month:%m/%Y}",
        str(component.label),
        due.amount.net_cents,
        due.amount.vat_cents,
        due.amount.gross_cents,
        account_of(accounts.of_relief(PROPOSED, component, due.regime)),
        vat,
        None,
        None,
        None,
        str(PROPOSED.label),
        period_of(due.called),
        rate_of(line.vat_rate_bp),
        str(due.regime.label),
        line.premises.reference,
        file.fund.code,
        number,
        str(line.uuid),
    )


def account_of(booked: Booked | None) -> str:
    return booked.account if booked else ""


def held_sheet(rows: Sequence[Due]) -> Sheet:
    """What is approved and is not to be posted yet: it would be refused when it comes back."""
    columns = [
        Column(_("Application reference"), width=20),
        Column(_("Lease reference"), width=14),
        Column(_("Tenant"), width=30),
        Column(_("Month"), width=10),
        Column(_("Component"), width=22),
        Column(_("Gross amount"), Kind.EUROS, 14),
        Column(_("Not to be posted before this is settled"), width=80),
    ]
    return Sheet(_("To settle first"), columns, (held_row(due) for due in rows))


def held_row(due: Due) -> tuple[object, ...]:
    line = due.line
    return (
        line.application.reference,
        line.lease.reference,
        str(line.application.tenant),
        f"{line.month:%m/%Y}",
        str(Component(line.component).label),
        due.amount.gross_cents,
        " ".join(str(breach) for breach in due.against),
    )


CREDIT_SCHEDULE: Final = ExportKind(
    code="credit-schedule",
    label=gettext_lazy("Credit schedule"),
    what=gettext_lazy(
        "What is approved and is to be credited, line by line with its account: for the landlord's accountant, who"
        " fills in the vouchers and hands the file back."
    ),
    then=gettext_lazy(
        "Fill in number and date of the vouchers, a few rows or all of them, and hand the file back under:"
    ),
    write=write,
    roles=ACCOUNTANTS,
    options=(FORMAT,),
    dates=frozenset({"until"}),
    days={
        "until": (
            gettext_lazy("Granted until"),
            gettext_lazy("The last day on which lines were granted. Empty: all that are to be credited."),
        )
    },
)
