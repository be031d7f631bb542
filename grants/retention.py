"""How long what is kept, from when, and why. The one table: the job, the register and the notices read it.

A leaf. Durations are settings (`RETENTION_DRAFT=180 days`); their legal sources are not.
"""

import calendar
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from grants.enums import State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Rule:
    """What is erased when its time is over. `from_year_end`: the time runs from the end of the accounting year."""

    code: str
    what: "_StrPromise"
    counted_from: "_StrPromise"
    legal: "_StrPromise"
    from_year_end: bool = False

    @property
    def duration(self) -> tuple[int, str]:
        """A number and `days`, `months` or `years`."""
        amount, unit = settings.RETENTION[self.code]
        return int(amount), str(unit)

    def shown(self) -> str:
        amount, unit = self.duration
        return str(UNITS[unit] % {"count": amount})

    def kept_until(self, since: date) -> date:
        """The last day on which what dates from `since` is kept."""
        amount, unit = self.duration
        start = since.replace(month=12, day=calendar.monthrange(since.year, 12)[1]) if self.from_year_end else since
        return start + length(amount, unit)


UNITS: Mapping[str, "_StrPromise"] = {
    "days": ngettext_lazy("%(count)s day", "%(count)s days", "count"),
    "months": ngettext_lazy("%(count)s month", "%(count)s months", "count"),
    "years": ngettext_lazy("%(count)s year", "%(count)s years", "count"),
}

DRAFT = Rule(
    "draft",
    _("drafts that were never filed"),
    _("the last change"),
    _("data are kept no longer than needed (GDPR, art. 5(1)(e))"),
)
REFUSED = Rule(
    "refused",
    _("applications refused, withdrawn or lapsed"),
    _("the day they were closed"),
    _("defence of legal claims (GDPR, art. 17(3)(e)), within the five years of art. 2224 of the Civil Code"),
)
CREDITED = Rule(
    "credited",
    _("applications credited, reversed or whose approval was cancelled"),
    _("the end of the accounting year in which they were closed"),
    _("accounting documents are kept ten years (Commercial Code, art. L123-22)"),
    from_year_end=True,
)
SIGN_IN_LOG = Rule(
    "sign_in_log",
    _("log of sign-ins"),
    _("the sign-in"),
    _("CNIL, deliberation 2021-122 of 14 October 2021: six months to one year"),
)
READ_LOG = Rule(
    "read_log",
    _("log of reads of documents and of exports"),
    _("the read"),
    _("CNIL, deliberation 2021-122 of 14 October 2021: six months to one year"),
)
RULES = (DRAFT, REFUSED, CREDITED, SIGN_IN_LOG, READ_LOG)
FILE_RULES: Mapping[str, Rule] = {rule.code: rule for rule in (DRAFT, REFUSED, CREDITED)}

LOGS: Mapping[str, tuple[str, str, str]] = {
    SIGN_IN_LOG.code: ("fundadmin", "SignIn", "at"),
    READ_LOG.code: ("grants", "ReadLog", "at"),
}
"""Rule -> the model whose rows it erases and their moment. Where there is no such model yet, nothing is done."""

ACCOUNTED = frozenset({State.CREDITED, State.REVERSED, State.CANCELLED})


def rule_of(state: str, *, ever_credited: bool) -> Rule:
    """The rule of a draft or a closed file. What was credited once has a voucher, whatever came of it."""
    if state == State.DRAFT:
        return DRAFT
    return CREDITED if ever_credited or state in ACCOUNTED else REFUSED


def rules_in_force() -> dict[str, str]:
    """The duration of each rule by its code, as a certificate states it."""
    return {rule.code: "{} {}".format(*rule.duration) for rule in RULES}


def rules_version() -> str:
    """Changes when a duration does."""
    return hashlib.sha256(json.dumps(rules_in_force(), sort_keys=True).encode()).hexdigest()[:12]


def cutoff(rule: Rule, on: date) -> date:
    """What dates from this day or later is kept on `on`. For rules that don't run from a year's end."""
    amount, unit = rule.duration
    return on - length(amount, unit)


def length(amount: int, unit: str) -> relativedelta:
    return relativedelta(
        days=amount if unit == "days" else 0,
        months=amount if unit == "months" else 0,
        years=amount if unit == "years" else 0,
    )
