"""An export from the asking to its end: kept with its key, made at once or as a job, handed out for a week.

`ask` keeps it, logs it and, in the same transaction, defers its job; a small one is made before it returns.
`carry_out` may be called again at any time, beside itself too: one makes the export, whole or not at all.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from grants import ledger
from grants.actions import work
from grants.actions.readable import check_readable
from grants.actions.reading import log_read
from grants.actions.turn import KEY_REUSED
from grants.enums import Action, FundStep, Reading, Role, Side
from grants.exceptions import ActionRefused, Breach, KeyReused, RuleRefused
from grants.exports.asking import check_may, complete, days_of, kind_named
from grants.exports.every import EXPORTS
from grants.exports.kinds import READERS, ExportKind, Told, Wanted
from grants.exports.making import Made, make
from grants.models import Event, Export, Fund, ReliefLine
from grants.models.export import MADE, exports_root
from grants.queries import funds_visible_to
from grants.visibility import Reader, reader_of

if TYPE_CHECKING:
    from fundadmin.models import User

logger = logging.getLogger(__name__)

QUEUE, TASK = "exports", "grants.tasks.carry_out_export"
"""The job, by name: this module is below the tasks."""
PRIORITY: Final = 5
"""Somebody waits for it: it goes before mails (0), after what changes files (10)."""
SMALL: Final = 2_000
"""A fund of so many ledger entries and relief lines is exported while its reader waits: within a second or two."""
KEPT_DAYS: Final = 7
TELL_SECONDS: Final = 1
DAY_SECONDS: Final = 86_400

GIVEN_UP = _("This export could not be made, after %(attempts)s attempts. Tell the administrator.")
EXPIRED = _("This link expired on %(day)s and its file was deleted: ask for the export again.")
WITHDRAWN = _(
    "A file of this fund was erased on %(day)s, and with it the exports that may name it: ask for the export again."
)
NOT_READY = Breach("not_ready", _("This export is still being made: come back in a moment."))


def ask(
    *,
    fund: Fund,
    kind: str,
    by: "User",
    key: str,
    since: date | None = None,
    until: date | None = None,
    as_at: date | None = None,
    options: Mapping[str, str] | None = None,
) -> Export:
    """Ask for an export; the same key again returns the same one. A small one is done when this returns.

    Raises NotAllowed, BadInput with all that can't be asked of this kind, KeyReused for another request.
    """
    chosen, reader = kind_named(kind), reader_of(by, fund.pk)
    check_readable(key, None, {"options": options or {}})
    check_may(chosen, reader)
    days = {"since": since, "until": until, "as_at": as_at}
    wanted = complete(chosen, Wanted(fund=fund, reader=reader, options=options or {}, **days))
    asked = {"fund_id": fund.pk, "kind": kind, "options": dict(wanted.options), **days, "as_at": wanted.as_at}
    # A day filled in is none of what was given: the same key is the same request on the next day too.
    given = asked if as_at == wanted.as_at else {name: asked[name] for name in asked if name != "as_at"}
    with transaction.atomic():
        export, is_new = Export.objects.get_or_create(by=by, key=key, defaults={**asked, "reader": as_json(reader)})
        if any(getattr(export, name) != value for name, value in given.items()):
            raise KeyReused([KEY_REUSED])
        at_once = is_small(chosen, fund)
        if is_new:
            log_read(by=by, fund=fund, what=Reading.EXPORT, uuid=export.uuid, filter=filter_of(chosen, wanted))
        if is_new and not at_once:
            app.configure_task(TASK, queue=QUEUE, priority=PRIORITY).defer(export=export.pk)
    if is_new and at_once:
        try:
            carry_out(export.pk)
        except Exception:
            # What has been asked for stays: a worker tries again, and says so when it gives up.
            logger.exception("export %s failed at once", export.uuid)
    return Export.objects.select_related("fund__landlord", "by").get(pk=export.pk)


def is_small(kind: ExportKind, fund: Fund) -> bool:
    """Whether it is made while its reader waits, by what a fund holds: its last number, and its lines up to a bound."""
    if kind.is_slow or fund.position.last_number > SMALL:
        return False
    lines = ReliefLine.objects.filter(application__fund=fund).order_by()[: SMALL + 1]
    return lines.count() <= SMALL


def filter_of(kind: ExportKind, wanted: Wanted) -> str:
    """What was asked for, in the words of the log."""
    parts = {name: day.isoformat() for name, day in days_of(wanted).items()} | dict(sorted(wanted.options.items()))
    return " ".join([kind.code, *(f"{name}={value}" for name, value in parts.items())])


def carry_out(export_id: int) -> Export:
    """Make an export that is waiting. One that somebody is at, that is done or refused, is left as it is."""
    with at_work(export_id) as told:
        export = Export.objects.select_related("fund__landlord", "by").get(pk=export_id)
        if told is None or export.state != Export.State.WAITING:
            return export
        Export.objects.filter(pk=export_id).update(told_at=timezone.now(), attempts=F("attempts") + 1)
        try:
            while not made_whole(export, told):
                pass
        except ActionRefused as refusal:
            fail(Export.objects.filter(pk=export_id), refusal)
    return Export.objects.get(pk=export_id)


def made_whole(export: Export, told: Told) -> bool:
    """Make it once. False: what it read was erased meanwhile, so it is to be made again."""
    erased, kind = erasures_in(export.fund_id), kind_named(export.kind)
    wanted = wanted_again(kind, export)
    with unfinished(str(export.uuid)) as folder:
        made = make(kind, wanted, folder, told, by=signed(export.by, export.made_at.isoformat()))
        return finish(export, made, erased)


def erasures_in(fund_id: int) -> int:
    """How many files and drafts of a fund were erased up to now."""
    return Event.objects.filter(fund=fund_id, action__in=(FundStep.ERASE, Action.DISCARD)).count()


def signed(by: "User", at: str) -> dict[str, str]:
    """Who asked and when, for the manifest."""
    return {"by": by.full_name or by.email, "user": str(by.uuid), "at": at}


def wanted_again(kind: ExportKind, export: Export) -> Wanted:
    """What was asked for, read as whoever asked reads today, and with no more than they had when they asked."""
    today, then = reader_of(export.by, export.fund_id), export.reader
    reader = Reader(
        today.user_id,
        today.fund_id,
        today.sides & {Side(side) for side in then["sides"]},
        today.roles & {Role(role) for role in then["roles"]},
        is_landlords=today.is_landlords,
    )
    check_may(kind, reader)
    days = {"since": export.since, "until": export.until, "as_at": export.as_at}
    return Wanted(fund=export.fund, reader=reader, options=export.options, **days)


def as_json(reader: Reader) -> dict[str, Any]:
    sides, roles = sorted(map(str, reader.sides)), sorted(map(str, reader.roles))
    return {"sides": sides, "roles": roles, "is_landlords": reader.is_landlords}


def finish(export: Export, made: Made, erased: int) -> bool:
    """Put the whole file where it is handed out, in one step. That of a worker who lost its hold is dropped.

    False, and nothing was put there: since `erased` files were, others are. Erasing holds the fund's position to its
    end, and then lets no export of the fund be handed out (`erasing.withdraw_exports`): none is between the two.
    """
    with transaction.atomic():
        ledger.lock(export.fund_id)
        locked = Export.objects.select_for_update().get(pk=export.pk)
        if locked.state != Export.State.WAITING:
            return True
        if erasures_in(export.fund_id) != erased:
            return False
        # Of an attempt that ended between the two steps below.
        shutil.rmtree(export.folder, ignore_errors=True)
        made.path.parent.rename(export.folder)
        locked.state, locked.file_name, locked.size = Export.State.DONE, made.path.name, made.size
        locked.sha256, locked.manifest = made.sha256, made.manifest
        locked.finished_at = timezone.now()
        locked.expires_at = locked.finished_at + timedelta(days=KEPT_DAYS)
        locked.done_rows = locked.all_rows = made.manifest["rows"]
        locked.save(update_fields=["state", "finished_at", "expires_at", "done_rows", "all_rows", *MADE])
    return True


def fail(waiting: QuerySet[Export], refusal: ActionRefused) -> None:
    """Keep every reason, in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        sentences = [str(breach) for breach in refusal.breaches]
    waiting.filter(state=Export.State.WAITING).update(
        state=Export.State.FAILED, finished_at=timezone.now(), codes=refusal.codes, sentences=sentences
    )


@contextmanager
def unfinished(name: str) -> Iterator[Path]:
    """A folder to work in, which nobody is shown; it is gone afterwards, with all that was not put elsewhere."""
    exports_root().mkdir(mode=0o700, parents=True, exist_ok=True)
    work = exports_root() / f"{name}.{secrets.token_hex(8)}.part"
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def at_work(export_id: int) -> Iterator[Told | None]:
    """Hold an export while it is made, and keep how far it is, at most once a second. None: somebody else holds it.

    How far, on a connection of its own: what is read can't write.
    """
    beside, last = connection.copy(), monotonic()

    def told(done: int, of_all: int) -> None:
        nonlocal last
        if monotonic() - last < TELL_SECONDS:
            return
        last = monotonic()
        with beside.cursor() as cursor:
            cursor.execute(PROGRESS, [done, of_all, export_id])

    with closing(beside), work.held(work.Lock.EXPORT, export_id) as is_ours:
        yield told if is_ours else None


PROGRESS: Final = "UPDATE grants_export SET done_rows = %s, all_rows = %s, told_at = now() WHERE id = %s"


def exports_of(user: "User", fund: Fund) -> QuerySet[Export]:
    """A person's own, in a fund that is still theirs to read."""
    return Export.objects.filter(by=user, fund=fund, fund__in=funds_visible_to(user)).select_related("fund", "by")


def may_have(export: Export, user: "User") -> bool:
    """Whether the file, and what its manifest says, is still a person's."""
    return is_theirs(export, reader_of(user, export.fund_id))


def is_theirs(export: Export, reader: Reader) -> bool:
    """Whether a reader may still ask for it by a role they asked by, and reads at least what it was made to show."""
    then, kind = export.reader, EXPORTS.get(export.kind)
    by_role = {*then["roles"]} & {*reader.roles} & {*(kind.roles if kind else READERS)}
    is_as_wide = {*then["sides"]} <= {*reader.sides} and (then["is_landlords"] or not reader.is_landlords)
    return bool(by_role) and bool(is_as_wide)


def hand_out(export: Export, by: "User") -> Path:
    """The file to send; that it leaves is logged first. Raises RuleRefused while and when there is none."""
    if export.state == Export.State.FAILED:
        raise RuleRefused(Breach(code, text) for code, text in zip(export.codes, export.sentences, strict=True))
    if export.state != Export.State.DONE or export.expires_at is None:
        raise RuleRefused([NOT_READY])
    if not export.is_there:
        early = export.finished_at is not None and export.expires_at < export.finished_at + timedelta(days=KEPT_DAYS)
        code, message = ("withdrawn", WITHDRAWN) if early else ("expired", EXPIRED)
        raise RuleRefused([Breach(code, message, {"day": timezone.localdate(export.expires_at)})])
    log_read(by=by, fund=export.fund, what=Reading.EXPORT, uuid=export.uuid, filter=f"download {export.file_name}")
    return export.path


def carry_on() -> None:
    """Make those whose worker died or whose job was lost; those that were tried too often are given up."""
    left = work.silent(Export.objects.filter(state=Export.State.WAITING))
    for export in list(left.filter(attempts__gte=work.MOST_ATTEMPTS).values_list("pk", flat=True)):
        give_up(export)
    for export in list(left.filter(attempts__lt=work.MOST_ATTEMPTS).values_list("pk", flat=True)):
        carry_out(export)


def give_up(export_id: int) -> None:
    """Say that it could not be made, unless somebody is at it yet: a slow one is no dead one."""
    with at_work(export_id) as told:
        if told is not None:
            refusal = RuleRefused([Breach("given_up", GIVEN_UP, {"attempts": work.MOST_ATTEMPTS})])
            fail(Export.objects.filter(pk=export_id), refusal)


def forget_expired() -> int:
    """Delete the files of expired exports, and what dead workers left; the rows stay. How many folders went."""
    if not exports_root().is_dir():
        return 0
    kept = {str(uuid) for uuid in Export.objects.filter(expires_at__gt=timezone.now()).values_list("uuid", flat=True)}
    yesterday = time() - DAY_SECONDS
    old = [
        folder.path
        for folder in os.scandir(exports_root())
        # What is younger may be in the making.
        if folder.name not in kept and folder.stat().st_mtime < yesterday
    ]
    for path in old:
        shutil.rmtree(path)
    return len(old)
