"""What is done with a rent roll: a trial run, an import; a small one at once, a large one by the worker.

A piece of work is one transaction with its outcome: a worker that dies leaves the file as it was, still to be worked
on, and `carry_out` may be called again at any time, beside itself too. How far it is, is told by another connection,
since nobody else reads what an open transaction writes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from grants.actions import work
from grants.actions.work import lines_in
from grants.models import Fund, RentRollCheck
from grants.permissions import holds, memberships
from grants.workflow import LANDLORD_MANAGER
from landlords.models import RentRollImport
from landlords.rent_roll import Layout, Report, Unreadable, import_rent_roll, preview

if TYPE_CHECKING:
    from fundadmin.models import User

QUEUE, TASK = "bulk", "grants.tasks.work_on_rent_roll"
"""The job, by name: this module is below the tasks. Somebody waits for it, as for a bulk run."""
PRIORITY: Final = 10


def may_import(user: "User", fund: Fund) -> bool:
    return holds(memberships(user, fund.pk, timezone.localdate()), [LANDLORD_MANAGER])


def have_done(check: RentRollCheck, work: RentRollCheck.Work, *, by: "User") -> None:
    """Leave a file to the worker, in the transaction of whoever asks."""
    check.work, check.asked_by, check.asked_at, check.told_at = work, by, timezone.now(), None
    check.attempts = check.lines_done = 0
    check.lines_expected = check.report.get("lines") or lines_in(check.content)
    check.refused = ""
    check.save(update_fields=WORK_FIELDS)
    app.configure_task(TASK, queue=QUEUE, priority=PRIORITY).defer(check=check.pk)


WORK_FIELDS: Final = (
    *("work", "asked_by", "asked_at", "told_at", "attempts", "lines_done", "lines_expected", "refused"),
)


def carry_out(check_id: int) -> None:
    """Do what is to be done with a file, unless it is done already or somebody is at it."""
    waiting = RentRollCheck.objects.filter(pk=check_id).exclude(work=RentRollCheck.Work.NONE)
    with _told_beside(check_id) as tell, transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        if not _is_ours(check_id):
            return
        check = waiting.select_related("fund__landlord", "asked_by").first()
        if check is None:
            return
        tell(0)
        _work(check, tell)
        check.work = RentRollCheck.Work.NONE
        check.save(update_fields=["work", "columns", "report", "imported", "content", "refused"])


def _work(check: RentRollCheck, tell: Callable[[int], None]) -> None:
    by = check.asked_by
    if by is None or not may_import(by, check.fund):
        check.refused = _("Whoever asked for it has no right to import rent rolls any more.")
    elif check.work == RentRollCheck.Work.IMPORT:
        take_in(check, by=by, tell=tell)
    else:
        look(check, tell=tell)


def _is_ours(check_id: int) -> bool:
    """Whether nobody else works on this file; until the transaction ends nobody does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [work.Lock.RENT_ROLL, check_id])
        ((is_ours,),) = cursor.fetchall()
    return bool(is_ours)


@contextmanager
def _told_beside(check_id: int) -> Iterator[Callable[[int], None]]:
    """Tell how many lines are read; the first time, that somebody tries."""
    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as beside:

        def tell(lines: int) -> None:
            with beside.cursor() as cursor:
                cursor.execute(
                    "UPDATE grants_rentrollcheck SET lines_done = %s, told_at = now(),"
                    " attempts = attempts + (%s = 0)::int WHERE id = %s",
                    [lines, lines, check_id],
                )

        yield tell


def left_behind() -> list[int]:
    """The files whose worker died, and those whose job was lost: to be worked on again."""
    return work.left_behind(RentRollCheck.objects.exclude(work=RentRollCheck.Work.NONE), asked="asked_at")


def take_in(check: RentRollCheck, *, by: "User", tell: Callable[[int], None] | None = None) -> None:
    """Import the file, whole or not at all. To be called in a transaction, which keeps `check` too."""
    report = _run(check, dry_run=False, user=by, tell=tell)
    check.report = report.as_dict()
    if report.written:
        made = RentRollImport.objects.filter(landlord=check.fund.landlord, sha256=check.sha256, user=by)
        check.imported, check.content = made.latest("pk"), b""


def look(check: RentRollCheck, *, tell: Callable[[int], None] | None = None) -> None:
    """The columns and what a trial run says of them."""
    if not check.columns:
        check.columns = _columns(check)
    check.report = _run(check, dry_run=True, tell=tell).as_dict()


def _columns(check: RentRollCheck) -> dict[str, Any]:
    with _written(check) as path:
        try:
            seen = preview(path)
        except Unreadable:
            return {}  # the trial run says it
    return {
        "line": seen.line,
        "columns": [
            {"place": c.place, "header": c.header, "fact": c.fact, "samples": list(c.samples)} for c in seen.columns
        ],
    }


def _run(
    check: RentRollCheck, *, dry_run: bool, user: "User | None" = None, tell: Callable[[int], None] | None = None
) -> Report:
    facts = {int(place): fact for place, fact in check.layout.get("facts", {}).items()}
    layout = Layout(check.layout["line"], facts) if check.layout.get("line") else None
    months = (check.first_month, check.last_month) if check.first_month and check.last_month else None
    with _written(check) as path:
        return import_rent_roll(
            path, check.fund.landlord, months=months, layout=layout, dry_run=dry_run, user=user, progress=tell
        )


@contextmanager
def _written(check: RentRollCheck) -> Iterator[Path]:
    """The file as a path, which is what reads it takes, for as long as it is read."""
    with TemporaryDirectory(prefix="fundadmin-rent-roll-") as folder:
        path = Path(folder) / check.file_name
        path.write_bytes(check.content)
        yield path
