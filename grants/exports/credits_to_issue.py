"""The credits to be issued as at a day (état des avoirs à établir): what a landlord books at the end of its year."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.exports.accountant import ACCOUNTANTS, FORMAT, check_accountant, rate_of, write_sheets
from grants.exports.kinds import ExportKind, Told, Wanted, Written
from grants.exports.sheets import Column, Kind, Sheet
from grants.reconciling.owed import ACCOUNT, Owed, OwedAt, OwedOnLease, owed_at
from landlords.enums import Component


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """A row for each lease, then each line, then what it ties to. Refused where it doesn't."""
    check_accountant(wanted)
    found = owed_at(wanted.fund, wanted.as_at)
    day = found.position.as_at
    sheets = [by_lease(found), by_line(found.lines), control(found)]
    title = f"{title_of(day)} - {wanted.fund.landlord} - {wanted.fund.name}"
    word = _("credits-to-issue")
    files = write_sheets(folder, f"{word}-{wanted.fund.code}-{day}", sheets, wanted, title=title)
    told(len(found.lines), len(found.lines))
    net, vat, gross = found.amount
    return Written(
        files=files,
        rows=len(found.leases),
        sums_cents={"net": net, "vat": vat, "gross": gross, "committed": found.position.committed_cents},
        head=(found.position.last_number, found.position.last_digest),
    )


def title_of(day: date) -> str:
    return _("Credits to be issued as at %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}


def by_lease(found: OwedAt) -> Sheet:
    columns = [
        Column(_("Lease reference"), width=14),
        Column(_("Tenant"), width=30),
        Column(_("SIRET"), width=18),
        Column(_("Premises reference"), width=14),
        Column(_("Lines"), Kind.WHOLE, 8),
        Column(_("VAT regime of the call"), width=20),
        Column(_("Net amount"), Kind.EUROS, 14),
        Column(_("VAT amount"), Kind.EUROS, 12),
        Column(_("Gross amount"), Kind.EUROS, 14),
        Column(_("Account"), width=12),
    ]
    net, vat, gross = found.amount
    sums: list[Any] = [_("Total"), None, None, None, len(found.lines), None, net, vat, gross, ACCOUNT]
    return Sheet(_("By lease"), columns, (lease_row(one) for one in found.leases), sums)


def lease_row(one: OwedOnLease) -> tuple[object, ...]:
    lease, amount = one.lease, one.amount
    return (
        lease.reference,
        str(one.tenant),
        one.tenant.siret or "",
        lease.premises.reference,
        len(one.lines),
        ", ".join(str(regime.label) for regime in one.regimes),
        amount.net_cents,
        amount.vat_cents,
        amount.gross_cents,
        ACCOUNT,
    )


def by_line(lines: Sequence[Owed]) -> Sheet:
    columns = [
        Column(_("Application reference"), width=20),
        Column(_("Lease reference"), width=14),
        Column(_("Tenant"), width=30),
        Column(_("Month"), width=10),
        Column(_("Component"), width=22),
        Column(_("Net amount"), Kind.EUROS, 14),
        Column(_("VAT rate"), width=10),
        Column(_("VAT amount"), Kind.EUROS, 12),
        Column(_("Gross amount"), Kind.EUROS, 14),
        Column(_("As in the journal of the fund"), Kind.EUROS, 16),
    ]
    sums: list[Any] = [None] * len(columns)
    sums[0], sums[-1] = _("Total"), sum(one.cents for one in lines)
    return Sheet(_("By line"), columns, (line_row(one) for one in lines), sums)


def line_row(one: Owed) -> tuple[object, ...]:
    line, amount = one.line, one.amount
    return (
        line.application.reference,
        line.lease.reference,
        str(line.application.tenant),
        f"{line.month:%m/%Y}",
        str(Component(line.component).label),
        amount.net_cents,
        rate_of(line.vat_rate_bp),
        amount.vat_cents,
        amount.gross_cents,
        one.cents,
    )


def control(found: OwedAt) -> Sheet:
    """What an auditor ties the total to: the position of that day, by the number and digest of its last entry."""
    position = found.position
    lines = sum(one.cents for one in found.lines)
    columns = [Column(_("Control"), width=60), Column(_("Amount"), Kind.EUROS, 16), Column(_("Reference"), width=70)]
    day = {"day": date_format(position.as_at, "SHORT_DATE_FORMAT")}
    last = _("journal entry no. %(number)s, digest %(digest)s")
    rows = [
        (_("Lines of this statement, as in the journal"), lines, None),
        (
            _("Committed in the position as at %(day)s") % day,
            position.committed_cents,
            last % {"number": position.last_number, "digest": position.last_digest},
        ),
        (_("Left to explain"), lines - position.committed_cents, None),
    ]
    return Sheet(_("Control"), columns, rows)


CREDITS_TO_ISSUE: Final = ExportKind(
    code="credits-to-issue",
    label=gettext_lazy("Credits to be issued"),
    what=gettext_lazy(
        "What was granted and not credited at the end of a day, lease by lease: for the closing entries (account 4198),"
        " and for whoever audits them."
    ),
    write=write,
    roles=ACCOUNTANTS,
    options=(FORMAT,),
    dates=frozenset({"as_at"}),
    is_of_a_day=True,
)
