"""The reconciliation by voucher (état de rapprochement par pièce): fundadmin beside the landlord's books."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import ledger
from grants.enums import ReliefForm
from grants.exports.accountant import ACCOUNTANTS, FORMAT, check_accountant, write_sheets
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.sheets import Column, Kind, Sheet
from grants.reconciling.credited import check_agrees
from grants.reconciling.vouchers import Bracket, Reconciled, Unmatched, Voucher, reconcile


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """Each voucher, then what one side has and the other hasn't, by age at the day asked for or of the last entry."""
    check_accountant(wanted)
    with ledger.snapshot():
        position = wanted.fund.position
        day = wanted.as_at or position.last_value_date or ledger.today()
        head = ledger.position_as_at(wanted.fund.pk, day)
        found = reconcile(wanted.fund, wanted.as_at)
    check_agrees(found.credits, head)
    sheets = [by_voucher(found), ageing(found, day), unmatched(found.theirs)]
    word, title = _("reconciliation"), _("Reconciliation by voucher")
    title = f"{title} - {wanted.fund.landlord} - {wanted.fund.name}"
    files = write_sheets(folder, f"{word}-{wanted.fund.code}-{day}", sheets, wanted, title=title)
    told(len(found.vouchers), len(found.vouchers))
    sums = {
        "credited_gross": found.gross_cents,
        "confirmed_gross": found.confirmed_cents,
        "difference": found.difference_cents,
        "theirs_without_ours": found.theirs_cents,
    }
    return Written(files=files, rows=len(found.vouchers), sums_cents=sums, head=(head.last_number, head.last_digest))


def by_voucher(found: Reconciled) -> Sheet:
    columns = [
        Column(_("Voucher number"), width=20),
        Column(_("Voucher date"), Kind.DAY, 14),
        Column(_("Form of the relief"), width=20),
        Column(_("Tenant"), width=30),
        Column(_("Leases"), width=20),
        Column(_("Lines"), Kind.WHOLE, 8),
        Column(_("Credited on"), Kind.DAY, 14),
        Column(_("Credited in fundadmin, VAT included"), Kind.EUROS, 18),
        Column(_("In the file of credit notes"), Kind.EUROS, 18),
        Column(_("On the tenant's account"), Kind.EUROS, 18),
        Column(_("Seen on"), Kind.DAY, 14),
        Column(_("Left to explain"), Kind.EUROS, 14),
        Column(_("Standing"), width=38),
    ]
    sums: list[Any] = [None] * len(columns)
    sums[0], sums[5], sums[7] = _("Total"), sum(one.lines for one in found.vouchers), found.gross_cents
    sums[8] = sum(one.noted_cents for one in found.vouchers)
    sums[9] = sum(one.seen_cents or 0 for one in found.vouchers)
    sums[11] = found.difference_cents
    return Sheet(_("By voucher"), columns, (voucher_row(one) for one in found.vouchers), sums)


def voucher_row(one: Voucher) -> tuple[object, ...]:
    return (
        one.ref,
        one.on,
        str(ReliefForm(one.form).label),
        str(one.tenant),
        ", ".join(sorted(one.leases.values())),
        one.lines,
        one.credited_on,
        one.gross_cents,
        one.noted_cents if one.noted else None,
        one.seen_cents,
        one.seen_on,
        one.difference_cents,
        one.standing.label,
    )


def ageing(found: Reconciled, day: date) -> Sheet:
    """What the tenants' accounts have not shown, by the days since the credit."""
    columns = [
        Column(_("Days since the credit"), width=24),
        Column(_("Voucher number"), width=20),
        Column(_("Tenant"), width=30),
        Column(_("Credited on"), Kind.DAY, 14),
        Column(_("Days"), Kind.WHOLE, 8),
        Column(_("Left to explain"), Kind.EUROS, 14),
        Column(_("Standing"), width=38),
    ]
    rows = [
        (
            bracket_name(bracket),
            one.ref,
            str(one.tenant),
            one.credited_on,
            one.age(day),
            one.difference_cents,
            one.standing.label,
        )
        for bracket in found.ageing(day)
        for one in bracket.vouchers
    ]
    return Sheet(_("Not seen on the account"), columns, rows)


def bracket_name(bracket: Bracket) -> str:
    if bracket.until is None:
        return _("%(since)s days and more") % {"since": bracket.since}
    return _("%(since)s to %(until)s days") % {"since": bracket.since, "until": bracket.until}


def unmatched(theirs: Sequence[Unmatched]) -> Sheet:
    columns = [
        Column(_("Date"), Kind.DAY, 14),
        Column(_("Lease reference"), width=14),
        Column(_("Voucher number"), width=20),
        Column(_("Amount"), Kind.EUROS, 14),
        Column(_("What fundadmin has under this number"), width=50),
    ]
    rows = [(one.booked_on, one.lease.reference, one.ref, one.cents, why(one)) for one in theirs]
    return Sheet(_("In the books only"), columns, rows)


def why(one: Unmatched) -> str:
    if one.other_lease:
        return _("a credit on lease %(lease)s") % {"lease": one.other_lease}
    return _("nothing")


RECONCILIATION: Final = ExportKind(
    code="reconciliation",
    label=gettext_lazy("Reconciliation by voucher"),
    what=gettext_lazy(
        "Each voucher with what is credited here, what the landlord's books have of it, and the difference: for the"
        " accountant who closes a month, and for auditors."
    ),
    write=write,
    roles=ACCOUNTANTS,
    options=(FORMAT,),
    dates=frozenset({"as_at"}),
    is_of_a_day=True,
)
