"""What a landlord's file tells: its rows, as far as they can be read, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from grants.actions.confirmations.signs import NEGATIVE, credit_sign, remarks, signs_of, usual_sign
from grants.actions.confirmations.tables import ACCOUNT, CREDIT_NOTES
from grants.enums import ReliefForm
from grants.file_checks import clean_name
from grants.models import LandlordFile
from landlords.rent_roll.dates import Period
from landlords.tables import Finding, TableRow, Unreadable, opened

ROWS_LIMIT: Final = 20_000
FAULTS_KEPT: Final = 1_000
COLUMNS_TOLD: Final = 20
NAME_LENGTH: Final = 100  # characters: a folder takes 255 bytes
ROWS_PER_WORD: Final = 500
"""How far it is, is told after so many rows."""
Kind = LandlordFile.Kind
Tell = Callable[[int], object]


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

    @property
    def kept_name(self) -> str:
        return clean_name(self.name)[:NAME_LENGTH]

    @property
    def form_asked(self) -> str:
        """The form it is credited in; an account says nothing of forms."""
        return self.form if self.kind == Kind.CREDIT_NOTES else ""


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


def read(sent: Sent, tell: Tell | None = None) -> Read:
    """Read it all. A row with a cell that can't be read is left out of the matching, and told.

    A file of too many rows tells that alone, whether they can be read or not. `tell` gets the number read so far.
    """
    table = CREDIT_NOTES if sent.kind == Kind.CREDIT_NOTES else ACCOUNT
    found = Read()
    with TemporaryDirectory(prefix="fundadmin-landlord-file-") as folder:
        path = Path(folder) / (sent.kept_name or "file")
        path.write_bytes(sent.content)
        try:
            with opened(path, table) as file:
                found.faults += file.errors
                for number, row in enumerate(file.rows):
                    if number == ROWS_LIMIT:
                        return Read(faults=[Finding("too_many_rows", params={"limit": ROWS_LIMIT})])
                    if tell and number % ROWS_PER_WORD == 0:
                        tell(number)
                    found.take(row)
                if not (found.rows or found.unread or found.faults):
                    found.faults.append(Finding("table_no_lines", file.columns.line if file.columns else None))
                found.warnings += few(file.warnings)
                found.usual = usual_sign(file.columns)
        except Unreadable as unreadable:
            return Read(faults=[*found.faults, unreadable.finding])
    if sent.kind == Kind.CREDIT_NOTES:
        found.warnings += remarks((facts for _line, facts in found.rows), found.sign, found.usual)
    if found.left_out:
        found.faults.insert(0, Finding("more_faults", params={"count": found.left_out}))
    return found


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
