"""A file that a payer confirms: its exact matches are credited by the real action, each voucher on its application."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from grants.actions import work
from grants.actions.confirmations.contents import Kind
from grants.actions.confirmations.handing_in import PRIORITY, QUEUE, check_may
from grants.actions.confirmations.judging import Judgement, State, judge
from grants.actions.crediting import Voucher, credit
from grants.enums import LineState
from grants.exceptions import ActionRefused, Breach, RuleRefused
from grants.models import Application, BookedCredit, LandlordFile, LandlordFileRow, ReliefLine
from grants.reconciling.amounts import split_of

if TYPE_CHECKING:
    from fundadmin.models import User

TASK = "grants.tasks.carry_out_landlord_file"
"""The job, by name: this module is below the tasks."""
AT_ONCE: Final = 50
"""So many rows are credited while the person waits; more are a job."""
ROWS_AT_ONCE: Final = 1_000


def confirm(*, file: LandlordFile, digest: str, by: "User") -> LandlordFile:
    """Record who confirms, and carry the file out: at once, or as a job where it is long. Twice does it once.

    `digest`: of the file that the person read the report of.
    """
    check_may(by, file.fund)
    with transaction.atomic():
        locked = LandlordFile.objects.select_for_update().filter(pk=file.pk).first()
        if locked is None:
            raise RuleRefused([FORGOTTEN])
        if digest != locked.sha256:
            raise RuleRefused([OTHER_FILE])
        if locked.read_at is None:
            raise RuleRefused([NOT_READ])
        if locked.confirmed_at is not None:
            return locked
        ready = locked.rows.filter(state=State.READY).count()
        if not ready and not locked.rows.filter(state=State.KNOWN).exists():
            raise RuleRefused([NOTHING])
        locked.confirmed_by, locked.confirmed_at = by, timezone.now()
        locked.save(update_fields=["confirmed_by", "confirmed_at"])
        if ready > AT_ONCE and locked.kind == Kind.CREDIT_NOTES:
            app.configure_task(TASK, queue=QUEUE, priority=PRIORITY).defer(file=locked.pk)
            return locked
    return carry_out(locked.pk)


def carry_out(file_id: int) -> LandlordFile:
    """Do what a confirmed file says. A finished one is left as it is, and one that somebody is at."""
    with work.held(work.Lock.LANDLORD_FILE, file_id) as is_ours:
        return _carry_out(file_id) if is_ours else LandlordFile.objects.get(pk=file_id)


def _carry_out(file_id: int) -> LandlordFile:
    file = LandlordFile.objects.select_related("fund", "confirmed_by").get(pk=file_id)
    if file.confirmed_by is None or file.finished_at is not None:
        return file
    LandlordFile.objects.filter(pk=file_id).update(told_at=timezone.now(), attempts=F("attempts") + 1)
    with translation.override(settings.LANGUAGE_CODE):
        if file.kind == Kind.CREDIT_NOTES:
            _credit_all(file, file.confirmed_by)
        else:
            _book_account(file)
    LandlordFile.objects.filter(pk=file_id).update(finished_at=timezone.now())
    return LandlordFile.objects.get(pk=file_id)


def left_behind() -> list[int]:
    """The confirmed files whose worker died, or whose job was lost: to be carried out again."""
    confirmed = LandlordFile.objects.filter(confirmed_at__isnull=False, finished_at=None)
    return work.left_behind(confirmed, asked="confirmed_at")


@dataclass(slots=True)
class Batch:
    """The rows of one voucher on one application."""

    application_id: int
    voucher: Voucher
    lines: list[int] = field(default_factory=list)
    rows: list[Judgement] = field(default_factory=list)

    @property
    def name(self) -> str:
        text = "\n".join(
            [str(self.voucher.form), self.voucher.ref, str(self.voucher.on), self.voucher.applied_to_notice]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _credit_all(file: LandlordFile, by: "User") -> None:
    """Judge the rows anew, as things are by now, and credit what still matches the same lines."""
    stored = {row.line: row for row in file.rows.filter(state__in=[State.READY, State.KNOWN])}
    told = [(row.line, row.told) for row in stored.values()]
    judged = judge(file.fund, told, file.form, by, timezone.localdate())
    proposed = {row.line for row in stored.values() if row.state == State.READY}
    batches, settled = _sorted(judged, proposed, stored)
    _book(file, [one for one in judged if one.state == State.KNOWN and one.lines])
    _tell(file, settled)
    for batch in batches:
        _credit(file, batch, by)


def _sorted(
    judged: Sequence[Judgement], proposed: set[int], stored: Mapping[int, LandlordFileRow]
) -> tuple[list[Batch], list[Judgement]]:
    """What is to be credited, by application and voucher; and the rows that are settled without."""
    batches: dict[tuple[int, str], Batch] = {}
    settled = []
    owners = dict(
        ReliefLine.objects.filter(pk__in=[pk for one in judged for pk in one.lines]).values_list("pk", "application_id")
    )
    for one in judged:
        is_same = one.row in proposed and sorted(stored[one.row].lines) == sorted(one.lines)
        if one.state != State.READY or one.voucher is None or not is_same:
            if one.row in proposed:
                settled.append(one)
            continue
        for pk in one.lines:
            batch = Batch(owners[pk], one.voucher)
            kept = batches.setdefault((owners[pk], batch.name), batch)
            kept.lines.append(pk)
            if not kept.rows or kept.rows[-1] is not one:
                kept.rows.append(one)
    return list(batches.values()), settled


def _credit(file: LandlordFile, batch: Batch, by: "User") -> None:
    """One voucher on one application, all its lines or none, with what the books say of it."""
    application = Application.objects.get(pk=batch.application_id)
    state, breaches = State.DONE, tuple[Breach, ...]()
    try:
        with transaction.atomic():
            credit(
                application=application,
                lines=batch.lines,
                voucher=batch.voucher,
                by=by,
                key=f"file {file.uuid} {batch.application_id} {batch.name}",
            )
            _book(file, batch.rows, only=set(batch.lines))
    except ActionRefused as refusal:
        rest = _settle_credited(file, batch)
        if rest is not None:
            if rest.lines:
                _credit(file, rest, by)
            return
        state, breaches = State.REFUSED, refusal.breaches
    for row in batch.rows:
        row.state, row.breaches = state, breaches
    _tell(file, batch.rows)


def _settle_credited(file: LandlordFile, batch: Batch) -> Batch | None:
    """Tell the rows that somebody else credited just so a moment ago; what is left, or None if there was none."""
    lines = ReliefLine.objects.filter(pk__in=batch.lines, state=LineState.CREDITED, voucher_ref=batch.voucher.ref)
    credited = set(lines.values_list("pk", flat=True))
    rows = [row for row in batch.rows if credited.issuperset(row.lines)]
    if not rows:
        return None
    for row in rows:
        row.state, row.breaches = State.KNOWN, (MEANWHILE,)
    _tell(file, rows)
    settled = {pk for row in rows for pk in row.lines}
    left = [pk for pk in batch.lines if pk not in settled]
    return Batch(batch.application_id, batch.voucher, left, [row for row in batch.rows if row not in rows])


def _tell(file: LandlordFile, rows: Iterable[Judgement]) -> None:
    """Keep what became of rows that were proposed."""
    for one in rows:
        state = State.REFUSED if one.state in (State.FAULT, State.READY) else one.state
        LandlordFileRow.objects.filter(file=file, line=one.row).update(
            state=state,
            codes=[breach.code for breach in one.breaches],
            sentences=[str(breach) for breach in one.breaches],
        )
    LandlordFile.objects.filter(pk=file.pk).update(told_at=timezone.now())


def _book(file: LandlordFile, rows: Sequence[Judgement], only: set[int] | None = None) -> None:
    """Keep that the landlord's file has these lines with their vouchers, of all or `only` some."""
    wanted = {pk: one for one in rows for pk in one.lines if only is None or pk in only}
    lines = ReliefLine.objects.filter(pk__in=wanted).select_related("application__charter")
    BookedCredit.objects.bulk_create(
        [_booked(file, line, wanted[line.pk]) for line in lines], ignore_conflicts=True, batch_size=ROWS_AT_ONCE
    )


def _booked(file: LandlordFile, line: ReliefLine, one: Judgement) -> BookedCredit:
    ref = str(one.told["ref"])
    return BookedCredit(
        fund_id=file.fund_id,
        file=file,
        lease_id=line.lease_id,
        relief_line=line,
        voucher_ref=ref,
        booked_on=date.fromisoformat(one.told["on"]) if "on" in one.told else cast("date", line.voucher_date),
        gross_cents=split_of(line, line.application).gross_cents,
        digest=hashlib.sha256(f"note\n{line.uuid}\n{ref}".encode()).hexdigest(),
    )


def _book_account(file: LandlordFile) -> None:
    rows = file.rows.filter(state=State.READY)
    with transaction.atomic():
        BookedCredit.objects.bulk_create(
            (
                BookedCredit(
                    fund_id=file.fund_id,
                    file=file,
                    lease_id=row.told["lease_id"],
                    voucher_ref=row.told["ref"],
                    booked_on=date.fromisoformat(row.told["on"]),
                    gross_cents=row.told["cents"],
                    digest=row.told["digest"],
                )
                for row in rows.iterator()
            ),
            ignore_conflicts=True,
            batch_size=ROWS_AT_ONCE,
        )
        rows.update(state=State.DONE)


FORGOTTEN: Final = Breach("forgotten", _("This file was deleted, as nobody confirmed it for a week: hand it in again."))
OTHER_FILE: Final = Breach("other_file", _("This is not the file whose report you read: hand it in again."))
NOT_READ: Final = Breach("not_read", _("This file is still being read: come back in a moment."))
MEANWHILE: Final = Breach("already", _("Credited with this voucher by another person meanwhile: nothing to do."))
NOTHING: Final = Breach(
    "nothing", _("Nothing in this file can be recorded: settle what is wrong, then hand it in again.")
)
