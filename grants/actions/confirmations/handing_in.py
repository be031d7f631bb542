"""A file that the landlord's accountant hands in: read, matched, and kept with what it would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.actions.confirmations import accounts
from grants.actions.confirmations.forgetting import forget_old
from grants.actions.confirmations.judging import Judgement, judge
from grants.actions.confirmations.signs import NEGATIVE, credit_sign, remarks, signs_of, usual_sign
from grants.actions.confirmations.tables import ACCOUNT, CREDIT_NOTES
from grants.actions.documents import SIZE_LIMIT
from grants.actions.scanning import Infected, keep_apart, scan
from grants.actions.turn import KEY_REUSED
from grants.enums import ReliefForm
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed
from grants.file_checks import clean_name, examine
from grants.models import Fund, LandlordFile, LandlordFileRow
from grants.permissions import holds, memberships, role_missing_in_fund
from grants.workflow import PAYER
from landlords.rent_roll.dates import Period
from landlords.tables import Finding, TableRow, Unreadable, opened

if TYPE_CHECKING:
    from fundadmin.models import User

ROWS_LIMIT: Final = 20_000
FAULTS_KEPT: Final = 1_000
COLUMNS_TOLD: Final = 20
NAME_LENGTH: Final = 100  # characters: a folder takes 255 bytes
BEGINNING: Final = 1_024  # bytes
ZIP_START: Final = b"PK\x03\x04"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEGABYTE: Final = 1024 * 1024
ROWS_AT_ONCE: Final = 1_000
Kind = LandlordFile.Kind
State = LandlordFileRow.State


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody hands it in; `form` is that of the vouchers whose row doesn't say."""

    kind: str
    name: str
    content: bytes
    form: str = ReliefForm.CREDIT_NOTE

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def may_confirm(user: "User", fund: Fund) -> bool:
    return holds(memberships(user, fund.pk, timezone.localdate()), [PAYER])


def check_may(user: "User", fund: Fund) -> None:
    if not may_confirm(user, fund):
        raise NotAllowed([role_missing_in_fund((PAYER,))])


def hand_in(*, fund: Fund, sent: Sent, by: "User", key: str) -> LandlordFile:
    """Keep what a file tells and what it would do.

    Raises NotAllowed, BadInput for what is no such file at all, KeyReused for another file.
    """
    check_may(by, fund)
    earlier = LandlordFile.objects.filter(fund=fund, by=by, key=key).first()
    if earlier is not None:
        if (earlier.kind, earlier.sha256, earlier.form) != (sent.kind, sent.sha256, form_of(sent)):
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
    read = _read(sent)
    judged = _judge(fund, sent, read, by)
    with transaction.atomic():
        made, is_new = LandlordFile.objects.get_or_create(fund=fund, by=by, key=key, defaults=_stored(sent, read))
        if is_new:
            _keep_rows(made, read, judged)
    return made


def form_of(sent: Sent) -> str:
    """The form it is credited in; an account says nothing of forms."""
    return sent.form if sent.kind == Kind.CREDIT_NOTES else ""


@dataclass(slots=True)
class Read:
    """A file's rows that could be read, as JSON tells them; the rows that couldn't, and what concerns it as a whole.

    Of those that couldn't, and of the faults, the first FAULTS_KEPT are kept: a file may be all wrong. `sign`: that of
    its credits, decided by all the rows.
    """

    rows: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    unread: list[TableRow] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    signs: set[int] = field(default_factory=set)
    usual: int = NEGATIVE
    left_out: int = 0

    @property
    def sign(self) -> int:
        return credit_sign(self.signs, self.usual)

    def take(self, row: TableRow | Finding) -> None:
        if isinstance(row, Finding):
            self._keep(self.faults, row)
            return
        facts = as_json(row.told)
        self.signs |= signs_of(facts)
        if row.findings:
            self._keep(self.unread, row)
        else:
            self.rows.append((row.line, facts))

    def _keep(self, kept: list[Any], one: TableRow | Finding) -> None:
        if len(kept) < FAULTS_KEPT:
            kept.append(one)
        else:
            self.left_out += 1


def _read(sent: Sent) -> Read:
    """Read it all. A row with a cell that can't be read is left out of the matching, and told.

    Raises BadInput at the first row too many, whether the rows can be read or not.
    """
    table = CREDIT_NOTES if sent.kind == Kind.CREDIT_NOTES else ACCOUNT
    read = Read()
    with TemporaryDirectory(prefix="fundadmin-landlord-file-") as folder:
        path = Path(folder) / (clean_name(sent.name)[:NAME_LENGTH] or "file")
        path.write_bytes(sent.content)
        try:
            with opened(path, table) as file:
                read.faults += file.errors
                for number, row in enumerate(file.rows):
                    if number == ROWS_LIMIT:
                        raise BadInput([Breach("too_many_rows", TOO_MANY, {"limit": ROWS_LIMIT}, "file")])
                    read.take(row)
                if not (read.rows or read.unread or read.faults):
                    read.faults.append(Finding("table_no_lines", file.columns.line if file.columns else None))
                read.warnings += few(file.warnings)
                read.usual = usual_sign(file.columns)
        except Unreadable as unreadable:
            return Read(faults=[*read.faults, unreadable.finding])
    if sent.kind == Kind.CREDIT_NOTES:
        read.warnings += remarks((facts for _line, facts in read.rows), read.sign, read.usual)
    if read.left_out:
        read.faults.insert(0, Finding("more_faults", params={"count": read.left_out}))
    return read


def few(warnings: Sequence[Finding]) -> list[Finding]:
    """The warnings, of the columns that nobody knows the first ones: a sheet may have thousands."""
    columns = [one for one in warnings if one.code == "column_ignored"]
    if len(columns) <= COLUMNS_TOLD:
        return list(warnings)
    others = [one for one in warnings if one.code != "column_ignored"]
    count = {"count": len(columns) - COLUMNS_TOLD}
    return [*others, *columns[:COLUMNS_TOLD], Finding("more_columns_ignored", columns[0].line, params=count)]


def as_json(told: Mapping[str, Any]) -> dict[str, Any]:
    """A row's facts as they are kept: days as texts, a period as its two ends; what nobody reads isn't."""
    kept: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, Period):
            kept |= {"start": value.start.isoformat(), "end": value.end.isoformat()}
        elif name == "on":
            kept["on"] = value.isoformat()
        elif name in KEPT:
            kept[name] = value
    return kept


KEPT: Final = frozenset(
    {
        *("line", "lease", "component", "form", "net", "gross", "amount", "ref", "notice", "schedule"),
        *("label", "debit", "credit"),
    }
)


def _judge(fund: Fund, sent: Sent, read: Read, by: "User") -> list[Judgement]:
    if sent.kind == Kind.CREDIT_NOTES:
        unread = [(row.line, as_json(row.told)) for row in read.unread]
        return judge(fund, read.rows, sent.form, by, timezone.localdate(), sign=read.sign, unread=unread)
    return accounts.judge(fund, read.rows)


def _stored(sent: Sent, read: Read) -> dict[str, Any]:
    return {
        "kind": sent.kind,
        "file_name": clean_name(sent.name)[:NAME_LENGTH],
        "sha256": sent.sha256,
        "form": form_of(sent),
        "schedules": sorted({str(facts["schedule"]) for _row, facts in read.rows if "schedule" in facts})[:20],
        "faults": [finding.as_dict() for finding in read.faults][:FAULTS_KEPT],
        "warnings": [finding.as_dict() for finding in read.warnings][:FAULTS_KEPT],
    }


def _keep_rows(file: LandlordFile, read: Read, judged: Sequence[Judgement]) -> None:
    LandlordFileRow.objects.bulk_create(_rows(file, read, judged), batch_size=ROWS_AT_ONCE)


def _rows(file: LandlordFile, read: Read, judged: Sequence[Judgement]) -> Iterator[LandlordFileRow]:
    for row in read.unread:
        yield LandlordFileRow(
            file=file,
            line=row.line,
            told=as_json(row.told),
            state=State.FAULT,
            codes=[finding.code for finding in row.findings],
            sentences=[in_words(finding) for finding in row.findings],
        )
    for one in judged:
        yield LandlordFileRow(
            file=file,
            line=one.row,
            told=one.told,
            lines=list(one.lines),
            state=one.state,
            codes=[breach.code for breach in one.breaches],
            sentences=[str(breach) for breach in one.breaches],
        )


def in_words(finding: Finding) -> str:
    """Which column and value, what is wrong with it, how to mend it."""
    named = {"column": finding.column, "value": finding.value, "what": finding.message, "then": finding.remedy}
    return gettext("%(column)s “%(value)s”: %(what)s %(then)s") % named


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
    if is_of_another_kind or sent.content.startswith(ZIP_START):
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
TOO_MANY: Final = _(
    "The file has more than %(limit)s rows, the most that is read at once: hand it in in several parts."
)
