"""What a charter's terms allow: dates, lines, caps, ceiling, thresholds and deadlines. Pure: no model, no clock.

A rule answers with every breach at once, or none. Amounts are integer cents in the charter's `caps_basis`;
months are the date of their first day. The last day of a period is still within it.
"""

from grants.charter_rules.lines import LineAsk, cap_breaches, line_breaches
from grants.charter_rules.terms import (
    ARTICLED,
    Terms,
    amendment_breaches,
    ceiling_breaches,
    filing_breaches,
    in_force_breaches,
    terms_breaches,
)
from grants.charter_rules.thresholds import (
    info_due,
    level_crossed,
    needs_second_visa,
    offer_end,
    percent_used,
    reexamination_end,
    reply_end,
    reservation_end,
    shortfall,
    warning_reached,
)

__all__ = [
    "ARTICLED",
    "LineAsk",
    "Terms",
    "amendment_breaches",
    "cap_breaches",
    "ceiling_breaches",
    "filing_breaches",
    "in_force_breaches",
    "info_due",
    "level_crossed",
    "line_breaches",
    "needs_second_visa",
    "offer_end",
    "percent_used",
    "reexamination_end",
    "reply_end",
    "reservation_end",
    "shortfall",
    "terms_breaches",
    "warning_reached",
]
