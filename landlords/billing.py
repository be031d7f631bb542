"""The day of the month on which a landlord makes up its next rent calls: a credit recorded later waits a month."""

from dataclasses import dataclass
from datetime import date, timedelta

from landlords.models import Landlord


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The last cut-off before a day, and the next one, that day included."""

    last: date
    next: date
    days: int


def cutoff_of(landlord: Landlord, on: date) -> Cutoff | None:
    """None where the landlord has named no day."""
    day = landlord.billing_cutoff_day
    if day is None:
        return None
    this = on.replace(day=day)
    before = (on.replace(day=1) - timedelta(days=1)).replace(day=day)
    after = (on.replace(day=28) + timedelta(days=4)).replace(day=day)
    last, following = (before, this) if on <= this else (this, after)
    return Cutoff(last, following, (following - on).days)
