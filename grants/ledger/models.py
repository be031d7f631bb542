"""The ledger's two tables: its rows, which only ever grow, and each fund's position, which follows the last row.

Migration 0002 adds what a CHECK can't say: the chain, the balances after each row, who may change what.
"""

from __future__ import annotations

import datetime
from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grants.enums import LEDGER_ROUTES, Account, LedgerKind

KINDS_WITHOUT_LINE = (LedgerKind.ENDOW.value, LedgerKind.WITHDRAW_ENDOWMENT.value)
KINDS_THAT_REVERSE = (LedgerKind.UNCREDIT.value, LedgerKind.REVERSE.value)

# From the euro's first day to where Python's calendar ends, so that every verifier reads every date alike.
FIRST_DAY = datetime.date(1999, 1, 1)
FIRST_INSTANT = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
LAST_INSTANT = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)

KNOWN_ROUTE = reduce(
    or_,
    (Q(kind=kind.value, source=source.value, target=target.value) for kind, (source, target) in LEDGER_ROUTES.items()),
)
LINE_NAMED = Q(kind__in=KINDS_WITHOUT_LINE, application__isnull=True, relief_line__isnull=True) | (
    ~Q(kind__in=KINDS_WITHOUT_LINE) & Q(application__isnull=False, relief_line__isnull=False)
)
REVERSES_NAMED = Q(kind__in=KINDS_THAT_REVERSE, reverses__isnull=False) | (
    ~Q(kind__in=KINDS_THAT_REVERSE) & Q(reverses__isnull=True)
)
DATES_IN_RANGE = Q(value_date__gte=FIRST_DAY, posted_at__gte=FIRST_INSTANT, posted_at__lt=LAST_INSTANT)


class LedgerEntry(models.Model):
    """One positive amount moved from one account to another, and what every account holds afterwards."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    fund = models.ForeignKey(
        "grants.Fund",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="ledger_entries",
        verbose_name=_("fund"),
    )
    number = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=LedgerKind.choices)
    source = models.CharField(_("from account"), max_length=10, choices=Account.choices)
    target = models.CharField(_("to account"), max_length=10, choices=Account.choices)
    amount_cents = models.BigIntegerField(_("amount (cents)"))
    event = models.ForeignKey(
        "grants.Event",
        on_delete=models.PROTECT,
        related_name="ledger_entries",
        verbose_name=_("event"),
    )
    application = models.ForeignKey(
        "grants.Application",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_entries",
        verbose_name=_("application"),
    )
    relief_line = models.ForeignKey(
        "grants.ReliefLine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_entries",
        verbose_name=_("relief line"),
    )
    charter = models.ForeignKey(
        "grants.Charter",
        on_delete=models.PROTECT,
        db_index=False,
        related_name="ledger_entries",
        verbose_name=_("charter version"),
    )
    value_date = models.DateField(_("value date"))
    posted_at = models.DateTimeField(_("posted at"))
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("undoes the credit"),
    )
    available_after = models.BigIntegerField(_("available afterwards (cents)"))
    reserved_after = models.BigIntegerField(_("reserved afterwards (cents)"))
    committed_after = models.BigIntegerField(_("committed afterwards (cents)"))
    credited_after = models.BigIntegerField(_("credited afterwards (cents)"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["fund_id", "number"]
        indexes = [
            # The position as at a day is the last row of this index up to that day.
            models.Index(fields=["fund", "value_date", "number"], name="ledger_fund_as_at"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["fund", "number"], name="ledger_number_unique"),
            models.CheckConstraint(condition=Q(number__gt=0), name="ledger_number_from_one"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(condition=KNOWN_ROUTE, name="ledger_route"),
            models.CheckConstraint(condition=LINE_NAMED, name="ledger_line_named"),
            models.CheckConstraint(condition=REVERSES_NAMED, name="ledger_reverses_named"),
            models.CheckConstraint(condition=DATES_IN_RANGE, name="ledger_dates_in_range"),
            models.CheckConstraint(condition=Q(available_after__gte=0), name="ledger_available_not_negative"),
            models.CheckConstraint(condition=Q(reserved_after__gte=0), name="ledger_reserved_not_negative"),
            models.CheckConstraint(condition=Q(committed_after__gte=0), name="ledger_committed_not_negative"),
            models.CheckConstraint(condition=Q(credited_after__gte=0), name="ledger_credited_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id}/{self.number} {self.kind} {self.amount_cents}"


class Position(models.Model):
    """What each account of a fund holds now. Only the ledger's and the charter's triggers move it.

    The app role may update `fund_id` and nothing else: PostgreSQL asks for that much to lock the row, and a
    trigger refuses any value the ledger doesn't say.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "UPDATE (fund_id)")

    fund = models.OneToOneField(
        "grants.Fund",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="position",
        verbose_name=_("fund"),
    )
    last_number = models.BigIntegerField(_("last number"))
    last_digest = models.CharField(_("last digest"), max_length=64)
    last_value_date = models.DateField(_("last value date"), null=True)
    endowed_cents = models.BigIntegerField(_("endowed (cents)"))
    available_cents = models.BigIntegerField(_("available (cents)"))
    reserved_cents = models.BigIntegerField(_("reserved (cents)"))
    committed_cents = models.BigIntegerField(_("committed (cents)"))
    credited_cents = models.BigIntegerField(_("credited (cents)"))
    ceiling_cents = models.BigIntegerField(_("ceiling (cents)"))

    class Meta:
        verbose_name = _("fund position")
        verbose_name_plural = _("fund positions")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    last_number__gte=0,
                    available_cents__gte=0,
                    reserved_cents__gte=0,
                    committed_cents__gte=0,
                    credited_cents__gte=0,
                ),
                name="position_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    endowed_cents=F("available_cents")
                    + F("reserved_cents")
                    + F("committed_cents")
                    + F("credited_cents")
                ),
                name="position_balanced",
            ),
            models.CheckConstraint(
                condition=Q(endowed_cents__lte=F("ceiling_cents")),
                name="position_within_ceiling",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} #{self.last_number}"

    @property
    def used_cents(self) -> int:
        """What is reserved, committed or credited."""
        return self.reserved_cents + self.committed_cents + self.credited_cents
