"""What a landlord's file would do, found and kept: matched, judged, row by row, with the reasons in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext

from grants.actions.confirmations import accounts
from grants.actions.confirmations.contents import FAULTS_KEPT, Kind, Read, Sent, Tell, as_json, read
from grants.actions.confirmations.judging import Judgement, judge
from grants.models import Fund, LandlordFile, LandlordFileRow
from landlords.tables import Finding

if TYPE_CHECKING:
    from fundadmin.models import User

ROWS_AT_ONCE: Final = 1_000
SCHEDULES_KEPT: Final = 20
State = LandlordFileRow.State


@dataclass(frozen=True, slots=True)
class Report:
    """What was read, and what would become of each row that could be."""

    contents: Read
    judged: Sequence[Judgement]

    def told(self) -> dict[str, Any]:
        """What it says of the file as a whole, by the fields that keep it."""
        schedules = {str(facts["schedule"]) for _row, facts in self.contents.rows if "schedule" in facts}
        return {
            "read_at": timezone.now(),
            "schedules": sorted(schedules)[:SCHEDULES_KEPT],
            "faults": [finding.as_dict() for finding in self.contents.faults][:FAULTS_KEPT],
            "warnings": [finding.as_dict() for finding in self.contents.warnings][:FAULTS_KEPT],
        }

    def keep_rows(self, file: LandlordFile) -> None:
        LandlordFileRow.objects.bulk_create(self._rows(file), batch_size=ROWS_AT_ONCE)

    def _rows(self, file: LandlordFile) -> Iterator[LandlordFileRow]:
        for row in self.contents.unread:
            yield LandlordFileRow(
                file=file,
                line=row.line,
                told=as_json(row.told),
                state=State.FAULT,
                codes=[finding.code for finding in row.findings],
                sentences=[in_words(finding) for finding in row.findings],
            )
        for one in self.judged:
            yield LandlordFileRow(
                file=file,
                line=one.row,
                told=one.told,
                lines=list(one.lines),
                state=one.state,
                codes=[breach.code for breach in one.breaches],
                sentences=[str(breach) for breach in one.breaches],
            )


def look(fund: Fund, sent: Sent, by: "User", tell: Tell | None = None) -> Report:
    """Read a file and judge its rows; nothing is written."""
    contents = read(sent, tell)
    if sent.kind == Kind.CREDIT_NOTES:
        unread = [(row.line, as_json(row.told)) for row in contents.unread]
        today = timezone.localdate()
        return Report(contents, judge(fund, contents.rows, sent.form, by, today, sign=contents.sign, unread=unread))
    return Report(contents, accounts.judge(fund, contents.rows))


def in_words(finding: Finding) -> str:
    """Which column and value, what is wrong with it, how to mend it."""
    named = {"column": finding.column, "value": finding.value, "what": finding.message, "then": finding.remedy}
    return gettext("%(column)s “%(value)s”: %(what)s %(then)s") % named
