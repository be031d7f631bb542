"""An extract of tenants' accounts: which of its lines show a credit of the fund. It moves no money.

What is no such credit (rent calls, payments) is neither examined nor kept: it is the tenant's and the landlord's.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from grants.actions.confirmations.judging import Judgement
from grants.crediting_rules import REFERENCE_LIMIT
from grants.exceptions import Breach
from grants.models import BookedCredit, Fund, LandlordFileRow, ReliefLine
from grants.reconciling.matching import Matcher
from grants.reconciling.near_misses import no_lease
from landlords.models import Lease
from landlords.rent_roll.words import plain

State = LandlordFileRow.State

RELIEF_WORDS: Final = re.compile(r"\b(?:avoirs?|allegements?|remises?|abandons?|gracieu\w*|franchises?|solidarite)\b")
"""What a credit that is relief is usually called, where its voucher is none of ours."""


def judge(fund: Fund, told: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Judgement]:
    """The rows in order: ours and new, ours and seen before, of others, or of a lease that the landlord hasn't."""
    leases = dict(Lease.objects.filter(landlord=fund.landlord_id).values_list("reference", "pk"))
    refs = {str(facts["ref"]) for _row, facts in told if "ref" in facts}
    ours = set(
        ReliefLine.objects.filter(application__fund=fund, voucher_date__isnull=False, voucher_ref__in=refs).values_list(
            "voucher_ref", "lease"
        )
    )
    seen = set(BookedCredit.objects.filter(fund=fund, voucher_ref__in=refs).values_list("digest", flat=True))
    known = Known(Matcher([], leases), ours, seen, Counter())
    return [_judgement(row, facts, known) for row, facts in told]


@dataclass(frozen=True, slots=True)
class Known:
    """The landlord's leases, the fund's vouchers by (number, lease id), the lines seen before and those met here."""

    leases: Matcher
    ours: set[tuple[str, int]]
    seen: set[str]
    counted: Counter[str]


def _judgement(row: int, facts: Mapping[str, Any], known: Known) -> Judgement:
    cents = facts.get("credit", 0) - facts.get("debit", 0)
    ref, label = str(facts.get("ref", "")), plain(str(facts.get("label", "")))
    lease = known.leases.lease_of(str(facts.get("lease", "")))
    is_ours = lease is not None and (ref, lease) in known.ours
    if not is_ours and not (ref and cents > 0 and RELIEF_WORDS.search(label)):
        return Judgement(row, {}, State.ASIDE)
    kept = {name: value for name, value in facts.items() if name != "label"}
    for breach in (
        no_lease(str(facts.get("lease", ""))) if lease is None else None,
        Breach("date_missing", DATE_MISSING) if "on" not in facts else None,
        Breach("voucher_too_long", TOO_LONG, {"limit": REFERENCE_LIMIT}) if len(ref) > REFERENCE_LIMIT else None,
    ):
        if breach:
            return Judgement(row, kept, State.FAULT, breaches=(breach,))
    told = {**kept, "lease_id": lease, "cents": cents}
    told["digest"] = _digest(told, known.counted)
    if not is_ours:
        told["unknown"] = True  # Relief by its words, with a voucher that is none of the fund's.
    if told["digest"] in known.seen:
        return Judgement(row, told, State.KNOWN, breaches=(Breach("seen", SEEN),))
    return Judgement(row, told, State.READY)


def _digest(told: Mapping[str, Any], counted: Counter[str]) -> str:
    """What makes a line of an account itself: handed in again, in this extract or a longer one, it is the same.

    Lines alike in everything are told apart by their order: an extract has all of a day, or none.
    """
    text = "\n".join(["account", *(str(told[name]) for name in ("lease_id", "ref", "on", "cents"))])
    counted[text] += 1
    return hashlib.sha256(f"{text}\n{counted[text]}".encode()).hexdigest()


DATE_MISSING: Final = _("Give the date of this line of the account.")
TOO_LONG: Final = _("A voucher's number has at most %(limit)s characters.")
SEEN: Final = _("Seen before: nothing to do.")
