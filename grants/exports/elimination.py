"""The list of what is to be eliminated, as the public archives read and sign it."""

import csv
import io
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.models import EliminationList
from grants.retention import FILE_RULES


def as_csv(listed: EliminationList) -> str:
    """One file per line; semicolons and a byte-order mark, for the spreadsheets of the house."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [_("File"), _("What"), _("Closed on"), _("Kept until"), _("Documents"), _("Legal basis of the retention")]
    )
    for row in listed.rows:
        rule = FILE_RULES[row["rule"]]
        writer.writerow(
            [
                row["reference"],
                rule.what,
                written(row["closed_on"]),
                written(row["kept_until"]),
                row["documents"],
                rule.legal,
            ]
        )
    return "\ufeff" + text.getvalue()


def as_text(listed: EliminationList) -> str:
    """The printed list: what, between which dates, how many, why it was kept; then room for the visa."""
    fund = listed.fund
    lines = [
        _("ELIMINATION LIST (bordereau d'élimination) no. %(number)s") % {"number": listed.pk},
        f"{fund.landlord}, {fund.name} ({fund.code})",
        _("Prepared on %(day)s under version %(version)s of the retention rules.")
        % {"day": date_format(listed.prepared_on, "SHORT_DATE_FORMAT"), "version": listed.rules_version},
        "",
    ]
    for code, rule in FILE_RULES.items():
        rows = [row for row in listed.rows if row["rule"] == code]
        if rows:
            lines += of_rule(rule.what, rule.legal, rule.shown(), rows)
    lines += ["", _("Digest of the list: %(digest)s") % {"digest": listed.digest}, ""]
    lines.append(
        _("Visa of the public archives: %(reference)s, recorded on %(day)s")
        % {"reference": listed.visa_ref, "day": date_format(listed.visa_on, "SHORT_DATE_FORMAT")}
        if listed.visa_on
        else _("Visa of the public archives (date, name, signature):")
    )
    return "\n".join(lines) + "\n"


def of_rule(what: object, legal: object, duration: str, rows: list[dict[str, str]]) -> list[str]:
    days = sorted(row["closed_on"] for row in rows)
    count = ngettext("%(count)s file", "%(count)s files", len(rows)) % {"count": len(rows)}
    return [
        _("%(what)s: %(count)s") % {"what": what, "count": count},
        _("  closed between %(first)s and %(last)s, kept %(duration)s")
        % {"first": written(days[0]), "last": written(days[-1]), "duration": duration},
        _("  basis: %(legal)s") % {"legal": legal},
        *(f"  - {row['reference']}" for row in rows),
    ]


def written(day: str) -> str:
    return date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT")
