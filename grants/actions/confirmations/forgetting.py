"""What the landlord's files told and its books have is forgotten: with the application, or when it is of no use."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.enums import Action, State
from grants.exceptions import Breach, NotAllowed, RuleRefused
from grants.models import Application, Event, LandlordFile, LandlordFileRow, ReliefLine
from grants.models.landlord_file import KEPT_DAYS
from grants.reconciling.matching import loose
from landlords.models import Lease

if TYPE_CHECKING:
    from fundadmin.models import User

UNMATCHED_KEPT_DAYS: Final = 90
"""What matched nothing in a confirmed one: time enough to settle it."""
ROW_STATE = LandlordFileRow.State


def forget_old() -> None:
    """Delete what was handed in and never confirmed, from the day on that its page says (`forgotten_on`)."""
    last = timezone.localdate() - timedelta(days=KEPT_DAYS)
    LandlordFile.objects.filter(confirmed_at__isnull=True, at__date__lte=last).delete()


def take_back(*, file: LandlordFile, by: "User") -> None:
    """Delete a file that nobody confirmed, for whoever handed it in. Twice does it once."""
    with transaction.atomic():
        locked = LandlordFile.objects.select_for_update().filter(pk=file.pk).first()
        if locked is None:
            return
        if found := take_back_breaches(locked, by):
            raise (RuleRefused if locked.confirmed_at else NotAllowed)(found)
        locked.delete()


def take_back_breaches(file: LandlordFile, by: "User") -> list[Breach]:
    """Why this person can't take the file back."""
    if file.confirmed_at is not None:
        return [CONFIRMED]
    return [] if file.by_id == by.pk else [NOT_YOURS]


def forget_unmatched() -> None:
    """Empty what matched no line: it quotes the file's cells, and nobody could tell whose they are."""
    old = LandlordFile.objects.filter(at__lt=timezone.now() - timedelta(days=UNMATCHED_KEPT_DAYS))
    old.exclude(faults=[], warnings=[]).update(faults=[], warnings=[])
    rows = LandlordFileRow.objects.filter(file__in=old, lines=[]).exclude(told__has_key="lease_id")
    _empty(rows.exclude(told={}, sentences=[]))


def forget_booked(file: Application, leases: dict[int, int]) -> None:
    """Take the tenant out of what the landlord's files told and its books have (migration 0029). Amounts stay there.

    `leases`: real -> anonymous, while the lines are on the real ones.
    """
    vouchers = {line.voucher_ref for line in file.lines.all()} | set(
        Event.objects.filter(application=file, action=Action.CREDIT).values_list("data__voucher", flat=True)
    )
    names = set(Lease.objects.filter(pk__in=leases).values_list("reference", flat=True))
    of_lease = Q(told__lease_id__in=list(leases)) | Q(told__lease__in=written_as(file, names))
    mine = Q(lines__overlap=[line.pk for line in file.lines.all()])
    mine |= of_lease & Q(lines=[], told__ref__in=list(vouchers - {""}))
    # A lease that another application has is still told of.
    alone = set(leases) - set(_others(file).values_list("lease", flat=True))
    alone_names = set(Lease.objects.filter(pk__in=alone).values_list("reference", flat=True))
    mine |= Q(lines=[]) & (Q(told__lease_id__in=list(alone)) | Q(told__lease__in=written_as(file, alone_names)))
    rows = LandlordFileRow.objects.filter(file__fund=file.fund_id).filter(mine)
    # What nobody confirmed yet can't be any more.
    rows.filter(state=ROW_STATE.READY).update(state=ROW_STATE.ASIDE)
    _empty(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT grants_forget_booked(%s, %s)", [file.pk, json.dumps(leases)])


def written_as(file: Application, names: set[str]) -> list[str]:
    """The ways in which the fund's files write these references: as people do, with other capitals and spaces."""
    wanted = {loose(name) for name in names}
    told = LandlordFileRow.objects.filter(file__fund=file.fund_id, told__has_key="lease").order_by()
    written = told.values_list("told__lease", flat=True).distinct()
    return [name for name in written.iterator() if loose(name) in wanted]


def _others(file: Application) -> "QuerySet[ReliefLine]":
    """The lines of the fund's other applications, drafts aside; those of erased ones are on no real lease."""
    lines = ReliefLine.objects.filter(application__fund=file.fund_id).exclude(application=file)
    return lines.exclude(application__state=State.DRAFT)


def _empty(rows: "QuerySet[LandlordFileRow]") -> None:
    rows.update(told={}, lines=[], codes=[], sentences=[])


CONFIRMED: Final = Breach("confirmed", _("This file was confirmed: what it recorded stays."))
NOT_YOURS: Final = Breach("not_yours", _("Only the person who handed the file in can remove it."))
