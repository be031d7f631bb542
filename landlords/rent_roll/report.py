"""What an import says when it is over, to a person or to a program."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from landlords.rent_roll.findings import Finding, Findings


class AbsentLease(TypedDict):
    reference: str
    tenant: str
    ends_on: str | None


@dataclass
class Report:
    """Lines by what became of them (their sum is `lines` when nothing was wrong), rows by table, and what was said."""

    file: str
    dry_run: bool = False
    written: bool = False
    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    absent_leases: list[AbsentLease] = field(default_factory=list)
    errors: Findings = field(default_factory=Findings)
    warnings: Findings = field(default_factory=Findings)

    def as_dict(self) -> dict[str, object]:
        """Return the whole report as JSON values under stable keys."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "written": self.written,
            "lines": self.lines,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rows": self.rows,
            "absent_leases": self.absent_leases,
            "warnings": [finding.as_dict() for finding in self.warnings],
            "errors": [finding.as_dict() for finding in self.errors],
            "not_shown": {"warnings": self.warnings.not_shown, "errors": self.errors.not_shown},
        }

    def as_text(self) -> Iterator[str]:
        """Yield the report line by line, what has to be done first."""
        yield from _section(_("Errors"), self.errors)
        yield from _section(_("Warnings"), self.warnings)
        if self.absent_leases and not self.errors:
            yield _("Recorded leases that are not in this file (nothing was deleted):")
            for lease in self.absent_leases:
                yield f"  {lease['reference']} - {lease['tenant']}"
        yield self._conclusion()

    def _conclusion(self) -> str:
        if self.errors:
            return ngettext(
                "%(count)d error: nothing was written.", "%(count)d errors: nothing was written.", self.errors.total
            ) % {"count": self.errors.total}
        counts = _("%(lines)d lines: %(created)d created, %(updated)d updated, %(unchanged)d unchanged.") % {
            "lines": self.lines,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }
        if self.dry_run:
            return _("Trial run, nothing was written. %(counts)s") % {"counts": counts}
        return counts


def _section(title: str, findings: Findings) -> Iterator[str]:
    if not findings:
        return
    yield f"{title} ({findings.total})"
    for finding in findings:
        yield f"  {_where(finding)}{finding.message} {finding.remedy}"
    if findings.not_shown:
        yield "  " + _("... and %(count)d more.") % {"count": findings.not_shown}


def _where(finding: Finding) -> str:
    """Say where: “line 12, SIRET “732 829”: ”."""
    parts = []
    if finding.line is not None:
        parts.append(_("line %(line)d") % {"line": finding.line})
    if finding.column is not None:
        parts.append(finding.column)
    where = ", ".join(parts)
    if finding.value is not None:
        where += _(" “%(value)s”") % {"value": finding.value}
    return _("%(where)s: ") % {"where": where.strip()} if where else ""


def absent_lease(reference: str, tenant: str, ends_on: datetime.date | None) -> AbsentLease:
    return {"reference": reference, "tenant": tenant, "ends_on": ends_on.isoformat() if ends_on else None}
