"""A file that the landlord's accountant hands in: read, matched, and kept with what it would do.

A long one is kept as it came until the worker has read it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from grants.actions import work
from grants.actions.confirmations.contents import Sent
from grants.actions.confirmations.forgetting import forget_old
from grants.actions.confirmations.reports import look
from grants.actions.documents import SIZE_LIMIT
from grants.actions.scanning import Infected, keep_apart, scan
from grants.actions.turn import KEY_REUSED
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed
from grants.file_checks import clean_name, examine
from grants.models import Fund, LandlordFile
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import PAYER

if TYPE_CHECKING:
    from fundadmin.models import User

QUEUE, READ_TASK = "bulk", "grants.tasks.read_landlord_file"
"""The job, by name: this module is below the tasks."""
PRIORITY: Final = 10
"""Somebody watches it: it goes before mails (0)."""
BEGINNING: Final = 1_024  # bytes
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEGABYTE: Final = 1024 * 1024


def may_confirm(user: "User", fund: Fund) -> bool:
    return holds(memberships(user, fund.pk, timezone.localdate()), [PAYER])


def check_may(user: "User", fund: Fund) -> None:
    if not may_confirm(user, fund):
        raise NotAllowed([role_missing_in_fund((PAYER,))])


def hand_in(*, fund: Fund, sent: Sent, by: "User", key: str, at_once: bool = False) -> LandlordFile:
    """Keep what a file tells and what it would do. A large one is left to the worker, but `at_once`.

    Raises NotAllowed, BadInput for what is no such file at all, KeyReused for another file.
    """
    check_may(by, fund)
    earlier = LandlordFile.objects.filter(fund=fund, by=by, key=key).first()
    if earlier is not None:
        if (earlier.kind, earlier.sha256, earlier.form) != (sent.kind, sent.sha256, sent.form_asked):
            raise KeyReused([KEY_REUSED])
        return earlier
    if found := _file_breaches(sent):
        raise BadInput(found)
    try:
        scan(sent.name, sent.content, fund=fund, by=by, action="landlord_file", key=key)
    except Infected as refusal:
        keep_apart(refusal.found)
        raise
    forget_old()
    stored = {"kind": sent.kind, "file_name": sent.kept_name, "sha256": sent.sha256, "form": sent.form_asked}
    if work.is_large(sent.content) and not at_once:
        return _left_to_the_worker(sent, stored, fund=fund, by=by, key=key)
    report = look(fund, sent, by)
    with transaction.atomic():
        defaults = stored | report.told()
        made, is_new = LandlordFile.objects.get_or_create(fund=fund, by=by, key=key, defaults=defaults)
        if is_new:
            report.keep_rows(made)
    return made


def _left_to_the_worker(sent: Sent, stored: dict[str, Any], **asked: Any) -> LandlordFile:
    defaults = stored | {"content": sent.content, "lines_expected": work.lines_in(sent.content)}
    with transaction.atomic():
        made, is_new = LandlordFile.objects.get_or_create(**asked, defaults=defaults)
        if is_new:
            app.configure_task(READ_TASK, queue=QUEUE, priority=PRIORITY).defer(file=made.pk)
    return made


def read_in(file_id: int) -> None:
    """Read a file that was left to the worker, unless somebody did or is at it. Kept whole or not at all."""
    with work.held(work.Lock.LANDLORD_FILE, file_id) as is_ours:
        file = LandlordFile.objects.filter(pk=file_id, read_at=None).select_related("fund__landlord", "by").first()
        if file is not None and is_ours:
            LandlordFile.objects.filter(pk=file_id).update(told_at=timezone.now(), attempts=F("attempts") + 1)
            with translation.override(settings.LANGUAGE_CODE):
                _read_in(file)


def _read_in(file: LandlordFile) -> None:
    sent = Sent(file.kind, file.file_name, bytes(file.content), file.form)

    def tell(rows: int) -> None:
        LandlordFile.objects.filter(pk=file.pk).update(lines_done=rows, told_at=timezone.now())

    report = look(file.fund, sent, file.by, tell)
    with transaction.atomic():
        waiting = LandlordFile.objects.select_for_update().filter(pk=file.pk, read_at=None)
        # Taken back meanwhile: then there is none.
        for locked in waiting:
            report.keep_rows(locked)
            # From here on these tell of its being carried out.
            anew = {"content": b"", "attempts": 0, "told_at": None}
            LandlordFile.objects.filter(pk=locked.pk).update(**report.told(), **anew)


def left_unread() -> list[int]:
    """The files whose worker died, or whose job was lost, before they were read: to be read again."""
    return work.left_behind(LandlordFile.objects.filter(read_at=None), asked="at")


def _file_breaches(sent: Sent) -> list[Breach]:
    """What keeps a file from being looked at; what is wrong inside is the report's to say."""
    named = {"name": clean_name(sent.name), "limit": SIZE_LIMIT // MEGABYTE}
    if len(sent.content) > SIZE_LIMIT:
        return [Breach("too_large", TOO_LARGE, named, "file")]
    if sent.content[:BEGINNING].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return [Breach("web_page", WEB_PAGE, named, "file")]
    examined = examine(sent.name, sent.content)
    if examined.media_type == WORKBOOK:
        found = [breach for breach in examined.breaches if breach.code != "document_extension"]
        return [
            replace(breach, message=IN_A_TABLE.get(breach.code, breach.message), pointer="file") for breach in found
        ]
    is_of_another_kind = examined.media_type and not examined.media_type.startswith("text/")
    if is_of_another_kind or work.is_workbook(sent.content):
        return [Breach("not_a_table", NOT_A_TABLE, named, "file")]
    return []


TOO_LARGE: Final = _("“%(name)s” is too large: %(limit)s MB at most. Leave out the sheets nobody needs.")
NOT_A_TABLE: Final = _("“%(name)s” is neither an Excel workbook (XLSX) nor a CSV file: save it as one of these.")
WEB_PAGE: Final = _(
    "“%(name)s” is a web page, which some programs call an Excel file: open it in Excel or LibreOffice and save it as"
    " an Excel workbook (XLSX) or as CSV."
)
IN_A_TABLE: Final = {
    "document_bomb": _(
        "“%(name)s” would take far more room unpacked than a list does: copy its rows into a new workbook, or save the"
        " sheet as CSV."
    ),
    "document_damaged": _("“%(name)s” is damaged or holds something beside the workbook: save it again, or as CSV."),
    "document_macros": _("“%(name)s” holds macros or embedded programs: save it as .xlsx without them, or as CSV."),
    "document_locked": _("“%(name)s” is protected by a password: save it without one, or as CSV."),
    "document_two_kinds": _("“%(name)s” can be read as two types of file at once: save it again, or as CSV."),
}
"""What `examine` finds in a workbook, with the remedies of a list instead of those of a document."""
