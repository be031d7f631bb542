"""A landlord's rent roll through the site: handed in, checked by a trial run, imported exactly as it was checked.

It changes the landlord's leases and no fund, so no position is locked; `landlords.rent_roll` takes one import at a
time for each landlord.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.documents import SIZE_LIMIT
from grants.actions.rent_roll_work import have_done, look, may_import, take_in
from grants.actions.scanning import Infected, keep_apart, scan
from grants.actions.turn import KEY_REUSED
from grants.actions.work import is_large
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed, RuleRefused
from grants.file_checks import clean_name, examine
from grants.models import Fund, RentRollCheck
from grants.permissions import role_missing_in_fund
from grants.workflow import LANDLORD_MANAGER
from landlords.rent_roll import Months
from landlords.rent_roll.labels import LABELS

if TYPE_CHECKING:
    from fundadmin.models import User

KEPT_DAYS: Final = 7
NAME_LENGTH: Final = 100  # characters: a folder takes 255 bytes
ZIP_START: Final = b"PK\x03\x04"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Roll:
    """A file as somebody hands it in; `months` (first days of the first and the last) where it has no period column."""

    name: str
    content: bytes
    months: Months | None = None

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def check_roll(*, fund: Fund, roll: Roll, by: "User", key: str) -> RentRollCheck:
    """Keep a file and say what its import would do.

    Raises NotAllowed, BadInput for what is no rent roll at all, KeyReused for another file.
    """
    _check_may(by, fund)
    earlier = RentRollCheck.objects.filter(fund=fund, by=by, key=key).first()
    first, last = roll.months or (None, None)
    if earlier is not None:
        if (earlier.sha256, earlier.first_month, earlier.last_month) != (roll.sha256, first, last):
            raise KeyReused([KEY_REUSED])
        return earlier
    if found := _file_breaches(roll):
        raise BadInput(found)
    try:
        scan(roll.name, roll.content, fund=fund, by=by, action="rent_roll", key=key)
    except Infected as refusal:
        keep_apart(refusal.found)
        raise
    forget_old()
    check = RentRollCheck(
        fund=fund,
        file_name=clean_name(roll.name)[:NAME_LENGTH],
        sha256=roll.sha256,
        content=roll.content,
        first_month=first,
        last_month=last,
    )
    if not is_large(roll.content):
        look(check)
    with transaction.atomic():
        kept, is_new = RentRollCheck.objects.get_or_create(
            fund=fund, by=by, key=key, defaults={n: getattr(check, n) for n in STORED}
        )
        if is_new and is_large(roll.content):
            have_done(kept, RentRollCheck.Work.CHECK, by=by)
    return kept


STORED: Final = ("file_name", "sha256", "content", "first_month", "last_month", "columns", "report")


def map_roll(
    *, check: RentRollCheck, facts: Mapping[int, str], by: "User", months: Months | None = None
) -> RentRollCheck:
    """Say what each column holds (by its place, from 0), and let the file be checked again."""
    _check_may(by, check.fund)
    places = {column["place"] for column in check.columns.get("columns", [])}
    if astray := [place for place, fact in facts.items() if place not in places or fact not in LABELS]:
        raise BadInput([Breach("column", UNKNOWN_COLUMN, {"place": astray[0] + 1}, f"column_{astray[0]}")])
    with transaction.atomic():
        locked = _lock(check)
        if locked.imported_id is not None:
            raise RuleRefused([IMPORTED])
        if locked.work:
            raise RuleRefused([AT_WORK])
        locked.layout = {"line": check.columns.get("line", 0), "facts": {str(p): fact for p, fact in facts.items()}}
        locked.first_month, locked.last_month = months or (None, None)
        if is_large(locked.content):
            have_done(locked, RentRollCheck.Work.CHECK, by=by)
        else:
            look(locked)
        locked.save(update_fields=["layout", "first_month", "last_month", "report"])
    return locked


def import_roll(*, check: RentRollCheck, digest: str, by: "User") -> RentRollCheck:
    """Import the file that was checked, whole or not at all; a second time returns the first outcome.

    `digest`: of the file that the person read the report of. What has changed since may refuse it: the report says so.
    A large file is left to the worker.
    """
    _check_may(by, check.fund)
    with transaction.atomic():
        locked = _lock(check)
        if digest == locked.sha256 and (locked.imported_id is not None or locked.work == RentRollCheck.Work.IMPORT):
            return locked
        if not digest == locked.sha256 == sha256(locked.content).hexdigest():
            raise RuleRefused([OTHER_FILE])
        if locked.work:
            raise RuleRefused([AT_WORK])
        if is_large(locked.content):
            have_done(locked, RentRollCheck.Work.IMPORT, by=by)
            return locked
        take_in(locked, by=by)
        locked.save(update_fields=["report", "imported", "content"])
    return locked


def forget_old() -> None:
    """Delete what was handed in and never imported: it names tenants, and nobody waits for it any more."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    RentRollCheck.objects.filter(imported__isnull=True, at__lt=old).delete()


def _check_may(user: "User", fund: Fund) -> None:
    if not may_import(user, fund):
        raise NotAllowed([role_missing_in_fund((LANDLORD_MANAGER,))])


def _lock(check: RentRollCheck) -> RentRollCheck:
    try:
        return RentRollCheck.objects.select_for_update(of=("self",)).select_related("fund__landlord").get(pk=check.pk)
    except RentRollCheck.DoesNotExist:
        raise RuleRefused([FORGOTTEN]) from None


def _file_breaches(roll: Roll) -> list[Breach]:
    """What keeps a file from being looked at; what is wrong inside is the report's to say."""
    named = {"name": clean_name(roll.name), "limit": SIZE_LIMIT // MEGABYTE}
    if len(roll.content) > SIZE_LIMIT:
        return [Breach("too_large", TOO_LARGE, named, "file")]
    if not roll.content.startswith(ZIP_START):
        return []
    examined = examine(roll.name, roll.content)
    if examined.media_type != WORKBOOK:
        return [Breach("not_a_roll", NOT_A_ROLL, named, "file")]
    return [breach for breach in examined.breaches if breach.code != "document_extension"]


UNKNOWN_COLUMN = _("Column %(place)s can't be read as what was chosen: choose again from the list.")
IMPORTED = Breach("imported", _("This file is imported already: hand the corrected one in as another file."))
AT_WORK = Breach("at_work", _("This file is being worked on: wait until that is done."))
OTHER_FILE = Breach("other_file", _("This is not the file that was checked: hand it in again and read its report."))
FORGOTTEN = Breach("forgotten", _("This file was deleted, as it was not imported for a week: hand it in again."))
TOO_LARGE = _("“%(name)s” is too large: a rent roll has at most %(limit)s MB. Leave out the sheets nobody needs.")
NOT_A_ROLL = _("“%(name)s” is neither an Excel workbook (XLSX) nor a CSV file: save the rent roll as one of these.")
