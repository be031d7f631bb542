"""A landlord's rent roll through the site: handed in, checked by a trial run, imported exactly as it was checked.

It changes the landlord's leases and no fund, so no position is locked; `landlords.rent_roll` takes one import at a
time for each landlord.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.documents import SIZE_LIMIT
from grants.actions.scanning import Infected, keep_apart, scan
from grants.exceptions import BadInput, Breach, NotAllowed, RuleRefused
from grants.file_checks import clean_name, examine
from grants.models import Fund, RentRollCheck
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import LANDLORD_MANAGER
from landlords.models import RentRollImport
from landlords.rent_roll import Layout, Months, Report, Unreadable, import_rent_roll, preview
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


def may_import(user: "User", fund: Fund) -> bool:
    return holds(memberships(user, fund.pk, timezone.localdate()), [LANDLORD_MANAGER])


def check_roll(*, fund: Fund, roll: Roll, by: "User", key: str) -> RentRollCheck:
    """Keep a file and say what its import would do. Raises NotAllowed, BadInput for what is no rent roll at all."""
    _check_may(by, fund)
    earlier = RentRollCheck.objects.filter(fund=fund, by=by, key=key).first()
    if earlier is not None:
        return earlier
    if found := _file_breaches(roll):
        raise BadInput(found)
    try:
        scan(roll.name, roll.content, fund=fund, by=by, action="rent_roll", key=key)
    except Infected as refusal:
        keep_apart(refusal.found)
        raise
    forget_old()
    first, last = roll.months or (None, None)
    check = RentRollCheck(
        fund=fund,
        file_name=clean_name(roll.name)[:NAME_LENGTH],
        sha256=sha256(roll.content).hexdigest(),
        content=roll.content,
        first_month=first,
        last_month=last,
    )
    _look(check)
    return RentRollCheck.objects.get_or_create(
        fund=fund, by=by, key=key, defaults={n: getattr(check, n) for n in STORED}
    )[0]


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
        locked.layout = {"line": check.columns.get("line", 0), "facts": {str(p): fact for p, fact in facts.items()}}
        locked.first_month, locked.last_month = months or (None, None)
        _look(locked)
        locked.save(update_fields=["layout", "first_month", "last_month", "report"])
    return locked


def import_roll(*, check: RentRollCheck, digest: str, by: "User") -> RentRollCheck:
    """Import the file that was checked, whole or not at all; a second time returns the first outcome.

    `digest`: of the file that the person read the report of. What has changed since may refuse it: the report says so.
    """
    _check_may(by, check.fund)
    with transaction.atomic():
        locked = _lock(check)
        if digest == locked.sha256 and locked.imported_id is not None:
            return locked
        if not digest == locked.sha256 == sha256(locked.content).hexdigest():
            raise RuleRefused([OTHER_FILE])
        report = _run(locked, dry_run=False, user=by)
        locked.report = report.as_dict()
        if report.written:
            made = RentRollImport.objects.filter(landlord=locked.fund.landlord, sha256=locked.sha256, user=by)
            locked.imported, locked.content = made.latest("pk"), b""
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


def _look(check: RentRollCheck) -> None:
    """The columns and what a trial run says of them."""
    if not check.columns:
        check.columns = _columns(check)
    check.report = _run(check, dry_run=True).as_dict()


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


def _run(check: RentRollCheck, *, dry_run: bool, user: "User | None" = None) -> Report:
    facts = {int(place): fact for place, fact in check.layout.get("facts", {}).items()}
    layout = Layout(check.layout["line"], facts) if check.layout.get("line") else None
    months = (check.first_month, check.last_month) if check.first_month and check.last_month else None
    with _written(check) as path:
        return import_rent_roll(path, check.fund.landlord, months=months, layout=layout, dry_run=dry_run, user=user)


@contextmanager
def _written(check: RentRollCheck) -> Iterator[Path]:
    """The file as a path, which is what reads it takes, for as long as it is read."""
    with TemporaryDirectory(prefix="fundadmin-rent-roll-") as folder:
        path = Path(folder) / check.file_name
        path.write_bytes(check.content)
        yield path


UNKNOWN_COLUMN = _("Column %(place)s can't be read as what was chosen: choose again from the list.")
IMPORTED = Breach("imported", _("This file is imported already: hand the corrected one in as another file."))
OTHER_FILE = Breach("other_file", _("This is not the file that was checked: hand it in again and read its report."))
FORGOTTEN = Breach("forgotten", _("This file was deleted, as it was not imported for a week: hand it in again."))
TOO_LARGE = _("“%(name)s” is too large: a rent roll has at most %(limit)s MB. Leave out the sheets nobody needs.")
NOT_A_ROLL = _("“%(name)s” is neither an Excel workbook (XLSX) nor a CSV file: save the rent roll as one of these.")
