"""Verifies a fund's ledger and the details of its events, keeps the result, and raises the alarm."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from grants import ledger, notifications
from grants.actions.turn import detail_digest
from grants.agreement import agreement_faults
from grants.enums import Action, FundStep
from grants.ledger import Fault
from grants.models import Application, Erasure, Event, Fund, LedgerCheck

if TYPE_CHECKING:
    from fundadmin.models import User

FIRST_SENTENCES = 5

DETAIL_DIFFERS = _("The detail of event %(event)s isn't what its digest says.")
DETAIL_MISSING = _("The detail of event %(event)s is gone, and nothing says that it was erased.")


@dataclass(slots=True)
class Details:
    """What became of the details that a fund's events keep a digest of."""

    kept: int = 0
    erased: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_ledger(*, fund: Fund, by: "User") -> LedgerCheck:
    """Verify a fund and keep the result; what is wrong is told to its managers and auditors."""
    with ledger.snapshot():
        head = ledger.head(fund.pk)
        details = details_of(fund)
        faults = [*ledger.verify(fund.pk), *agreement_faults(fund), *details.faults]
    with translation.override(settings.LANGUAGE_CODE):
        sentences = [fault.sentence() for fault in faults[:FIRST_SENTENCES]]
    with transaction.atomic():
        check = LedgerCheck.objects.create(
            fund=fund,
            at=timezone.now(),
            faults=len(faults),
            sentences=sentences,
            last_number=head.number,
            last_digest=head.digest,
            details_kept=details.kept,
            details_erased=details.erased,
        )
        if faults:
            alarm(check, by)
    return check


def alarm(check: LedgerCheck, by: "User") -> Event:
    """An event that people are told of. It doesn't take the fund's turn: that relies on books that may be broken."""
    event = Event.objects.create(
        fund=check.fund,
        user=by,
        action=FundStep.LEDGER_FAULTS,
        on=timezone.localdate(check.at),
        at=check.at,
        key=f"check:{check.pk}",
        request_hash="",
        data={"faults": check.faults, "last_number": check.last_number},
    )
    notifications.notify(event, None)
    return event


def details_of(fund: Fund) -> Details:
    """Compare each detail that is kept with its event's digest, and account for each that is not."""
    found = Details()
    for pk, digest, salt, detail, let_go in digested(fund):
        if salt is not None:
            if detail_digest(salt, detail) == digest:
                found.kept += 1
            else:
                found.faults.append(Fault("detail_differs", None, DETAIL_DIFFERS, {"event": pk}))
        elif let_go:
            found.erased += 1
        else:
            found.faults.append(Fault("detail_missing", None, DETAIL_MISSING, {"event": pk}))
    return found


def digested(fund: Fund) -> Iterator[tuple[int, str, str | None, dict[str, object], bool]]:
    """(event, digest, salt, detail, whether its file was erased or deleted as a draft) of each event with a detail."""
    of_file = OuterRef("application")
    rows = Event.objects.filter(fund=fund).exclude(detail_digest="")
    rows = rows.annotate(
        erased=Exists(Erasure.objects.filter(application=of_file)),
        there=Exists(Application.objects.filter(pk=of_file)),
        discarded=Exists(Event.objects.filter(application=of_file, action=Action.DISCARD)),
    )
    columns = ("pk", "detail_digest", "detail__salt", "detail__detail", "erased", "there", "discarded")
    for pk, digest, salt, detail, erased, there, discarded in (
        rows.order_by("pk").values_list(*columns).iterator(chunk_size=1000)
    ):
        yield pk, digest, salt, detail, erased or (discarded and not there)
