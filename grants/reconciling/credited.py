"""What was credited at the end of a day, and by which voucher: from the ledger's rows and the credits' own events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from grants.enums import LedgerKind
from grants.exceptions import Breach, RuleRefused
from grants.ledger import LedgerEntry, PositionAt
from grants.models import Fund, ReliefLine
from grants.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One line as one voucher credited it; `cents` in its charter's basis, as in the ledger.

    The voucher is what the credit's event says, as in the relief journal: the line itself shows the last one.
    """

    line: ReliefLine
    on: date
    cents: int
    ref: str
    dated: date
    form: str
    is_reversed: bool


def credits_at(fund: Fund, day: date | None) -> list[Credit]:
    """The credits up to the end of `day` and those reversed by then; a credit entered by mistake is none once undone.

    Two queries, whatever their number.
    """
    rows = LedgerEntry.objects.filter(fund=fund, kind=LedgerKind.CREDIT)
    if day is not None:
        rows = rows.filter(value_date__lte=day)
    said = list(
        rows.annotate(
            ref=KeyTextTransform("voucher", "event__data"),
            dated=KeyTextTransform("voucher_date", "event__data"),
            form=KeyTextTransform("form", "event__data"),
            undone=F("reversed_by__kind"),
            undone_on=F("reversed_by__value_date"),
        )
        .order_by("number")
        .values("relief_line_id", "value_date", "amount_cents", "ref", "dated", "form", "undone", "undone_on")
    )
    lines = (
        # Not by their keys: a statement takes 65,535 parameters.
        ReliefLine.objects.filter(pk__in=rows.order_by().values("relief_line"))
        .select_related("application__charter", "application__tenant", "application__erasure", "lease")
        .in_bulk()
    )
    found = []
    for one in said:
        is_undone = one["undone"] is not None and (day is None or one["undone_on"] <= day)
        if is_undone and one["undone"] != LedgerKind.REVERSE:
            continue
        credit = Credit(
            line=lines[one["relief_line_id"]],
            on=one["value_date"],
            cents=one["amount_cents"],
            ref=voucher_of(lines[one["relief_line_id"]], one["ref"]),
            dated=date.fromisoformat(one["dated"]) if one["dated"] else one["value_date"],
            form=one["form"],
            is_reversed=is_undone,
        )
        found.append(credit)
    return found


def voucher_of(line: ReliefLine, said: str) -> str:
    """The number that the credit's event tells; of an erased application, that by which it is still known."""
    return line.voucher_ref if getattr(line.application, "erasure", None) else said


def check_agrees(credits_: Iterable[Credit], position: PositionAt) -> None:
    """Raise RuleRefused where the credits don't add up to what the fund's position says is credited."""
    total_cents = sum(one.cents for one in credits_ if not one.is_reversed)
    if total_cents != position.credited_cents:
        message = _(
            "The vouchers add up to %(vouchers)s and the fund's position as at %(day)s says %(position)s: this"
            " reconciliation can't be made. Run verify_ledger and tell the administrator."
        )
        params = {
            "vouchers": Cents(total_cents),
            "day": position.as_at,
            "position": Cents(position.credited_cents),
        }
        raise RuleRefused([Breach("not_as_position", message, params)])
