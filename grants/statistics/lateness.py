"""How late something is, as people reckon it."""

from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

A_YEAR: Final = 365  # days; beyond it nobody counts them


def lateness(due: date, on: date, *, over: bool = False) -> str:
    """In days; by the date where it was due long ago, or where the days count no more (`over`)."""
    days = (on - due).days
    if over or days > A_YEAR:
        return _("Overdue since %(day)s") % {"day": date_format(due, "SHORT_DATE_FORMAT")}
    return ngettext("Overdue by %(days)s day", "Overdue by %(days)s days", days) % {"days": days}
