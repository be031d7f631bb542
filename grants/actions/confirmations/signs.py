"""Which rows of a list of credit notes are credits: invoices and cancellations have the other sign.

Programs write credit notes with either sign. Where a file has amounts of both, credits are the negative ones, and the
positive ones of a column that is called “Crédit”.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from landlords.rent_roll.columns import Columns, heading_words
from landlords.rent_roll.findings import Finding

POSITIVE, NEGATIVE = 1, -1
CREDIT_HEADINGS: Final = ("credit", "montant credite")

Facts = Mapping[str, Any]


def signs_of(facts: Facts) -> set[int]:
    """Of the amounts that a row is matched by."""
    amounts = (facts.get("gross", facts.get("amount")), facts.get("net"))
    return {POSITIVE if cents > 0 else NEGATIVE for cents in amounts if cents}


def usual_sign(columns: Columns | None) -> int:
    """The sign that credits have in a file with both."""
    if columns is None or not columns.places.keys().isdisjoint({"gross", "net"}):
        return NEGATIVE
    return POSITIVE if heading_words(columns.header("amount")) in CREDIT_HEADINGS else NEGATIVE


def credit_sign(signs: Iterable[int], usual: int = NEGATIVE) -> int:
    """The sign of the credits of a file whose amounts have these; one with a single sign is taken at its word."""
    found = set(signs)
    return found.pop() if len(found) == 1 else usual


def is_credit(facts: Facts, sign: int) -> bool:
    return signs_of(facts) <= {sign}


def remarks(rows: Iterable[Facts], sign: int, usual: int) -> list[Finding]:
    """What a payer has to know of a file whose amounts all have the sign that invoices have, too.

    A row with our own identifier is one of the schedule's, whose amounts are positive.
    """
    told = any("line" not in facts and ("ref" in facts or "on" in facts) for facts in rows)
    if sign == usual or not told:
        return []
    return [Finding("all_taken_for_credits")]
