"""The payer's step: record that lines were credited on the tenant's rent account, each with its voucher."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.assessment import moves, unknown_lines
from grants.actions.turn import action, begin_on, refuse_if
from grants.crediting_rules import REFERENCE_LIMIT, form_breaches, line_breaches, rent_call_breaches
from grants.enums import Action, LedgerKind, LineState, ReliefForm
from grants.exceptions import BadInput, Breach
from grants.models import Application, ReliefLine
from grants.permissions import asking_for, check
from grants.workflow import state_after

if TYPE_CHECKING:
    from fundadmin.models import User


VOUCHER_LOCKS = 1938  # the first key of our advisory locks on landlords whose vouchers are being numbered


@dataclass(frozen=True, slots=True)
class Voucher:
    """The landlord's accounting document for a credit; one may cover several lines."""

    form: ReliefForm
    ref: str
    on: date
    applied_to_notice: str = ""


@action
def credit(
    *,
    application: Application,
    lines: Sequence[int],
    voucher: Voucher,
    by: "User",
    key: str,
    on: date | None = None,
) -> Application:
    """Record that approved lines were credited by one voucher. `lines`: line ids."""
    turn = begin_on(
        Action.CREDIT,
        application,
        by=by,
        key=key,
        on=on,
        lines=sorted(lines),
        voucher=[voucher.form, voucher.ref, voucher.on, voucher.applied_to_notice],
    )
    if turn.replay:
        return turn.application
    credited = turn.application
    check(asking_for(Action.CREDIT, by, credited, turn.on))
    refuse_if(turn.breaches())
    everything = list(credited.lines.select_related("lease"))
    chosen = chosen_lines(everything, lines, LineState.APPROVED)
    blocked = queries.lines_in_open_requests(credited)
    lock_vouchers(turn.fund.landlord_id)
    refuse_if(
        voucher_breaches(voucher, credited, turn.on)
        + taken_breaches(voucher, credited)
        + [b for line in chosen for b in line_breaches(line, blocked) + form_breaches(line, voucher.form, voucher.on)]
        + rent_call_breaches(turn.terms, chosen, queries.dues_of(chosen, turn.terms.caps_basis))
    )
    for line in chosen:
        line.state = LineState.CREDITED
        line.form, line.voucher_ref, line.voucher_date = voucher.form, voucher.ref.strip(), voucher.on
        line.applied_to_notice = voucher.applied_to_notice
    credited.credit(state_after=state_after(line.state for line in everything), on=turn.on)
    return turn.finish(
        lines=chosen,
        # What the accounts are told of this credit, even once the line has another voucher or the call another regime.
        data={
            "lines": [line.pk for line in chosen],
            "voucher": voucher.ref.strip(),
            "voucher_date": voucher.on.isoformat(),
            "form": voucher.form,
            "regimes": queries.regimes_of(chosen),
        },
        movements=moves(LedgerKind.CREDIT, credited, {line.pk: line.approved_cents or 0 for line in chosen}),
    )


def chosen_lines(lines: Sequence[ReliefLine], ids: Sequence[int], state: LineState) -> list[ReliefLine]:
    """The lines named, all in `state`. Raises BadInput naming those that are not."""
    wanted = set(ids)
    chosen = [line for line in lines if line.pk in wanted and line.state == state]
    bad = unknown_lines(sorted(wanted - {line.pk for line in chosen}))
    if not wanted:
        bad.append(Breach("no_lines", _("Choose at least one line."), pointer="lines"))
    if bad:
        raise BadInput(bad)
    return chosen


def voucher_breaches(voucher: Voucher, application: Application, on: date) -> list[Breach]:
    found = []
    if not 0 < len(voucher.ref.strip()) <= REFERENCE_LIMIT:
        message = _("Give the reference of the accounting document, in at most %(limit)s characters.")
        found.append(Breach("voucher_ref", message, {"limit": REFERENCE_LIMIT}, "voucher/ref"))
    if len(voucher.applied_to_notice) > REFERENCE_LIMIT:
        message = _("Name the rent call it is deducted on in at most %(limit)s characters.")
        found.append(Breach("applied_to_notice", message, {"limit": REFERENCE_LIMIT}, "voucher/applied_to_notice"))
    if voucher.on > on:
        found.append(Breach("voucher_date", _("The voucher can't be dated in the future."), pointer="voucher/on"))
    if voucher.on < application.charter.signed_on:
        message = _("The voucher can't be dated before the charter was signed (%(signed)s).")
        found.append(Breach("voucher_date", message, {"signed": application.charter.signed_on}, "voucher/on"))
    return found


def lock_vouchers(landlord_id: int) -> None:
    """Hold the landlord's numbers to the end of the transaction: its funds credit one after the other.

    Not number by number: two batches would take the same ones in opposite orders. It comes last, after the fund's
    position and the SIRENs, and whoever holds it waits for nothing more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [VOUCHER_LOCKS, landlord_id])


def taken_breaches(voucher: Voucher, application: Application) -> list[Breach]:
    """A voucher is one tenant's: its number may cover several of their lines, and nobody else's that year."""
    number, year = voucher.ref.strip(), voucher.on.year
    if not queries.voucher_is_anothers(number, year, application):
        return []
    message = _(
        "The voucher %(number)s of %(year)s already credits another business: check it,"
        " and give the number of this tenant's own voucher."
    )
    return [Breach("voucher_taken", message, {"number": number, "year": str(year)}, "voucher/ref")]
