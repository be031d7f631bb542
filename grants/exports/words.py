"""What a manifest's numbers are called for people: its sums and what its rows are, kind by kind.

By kind, since the same name says different things: `credit` is a movement of the ledger, and a column of the FEC.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grants.control.ageing import BRACKETS
from grants.enums import Account, LedgerKind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words = Mapping[str, "_StrPromise | str"]

LEDGER: Final[Words] = {
    **{str(kind): kind.label for kind in LedgerKind},
    **{f"{account}_after": format_lazy(_("{account}, afterwards"), account=account.label) for account in Account},
}
APPLICATIONS: Final[Words] = {
    "asked": _("Asked for, before any decision"),
    "approved": _("Approved, to be credited"),
    "credited": _("Credited, as it stands"),
    "reversed": _("Credited, then reversed"),
}
ERASED: Final = _("Left out: of erased applications")
PACK: Final[Words] = {
    "endowed": _("Endowed"),
    **{str(account): account.label for account in Account if account != Account.ENDOWMENT},
}

SUMS: Final[Mapping[str, Words]] = {
    "ledger-xlsx": LEDGER,
    "ledger-csv": LEDGER,
    "ledger-jsonl": LEDGER,
    "applications-xlsx": APPLICATIONS,
    "applications-csv": APPLICATIONS,
    "ageing": {
        "waiting": _("To be credited, line by line"),
        "committed": _("Committed, in the position of the same day"),
        **{bracket.code: format_lazy(_("To be credited for {days}"), days=bracket.label) for bracket in BRACKETS},
    },
    "fec": {
        "debit": _("Debit of all the accounts"),
        "credit": _("Credit of all the accounts"),
        "credited": _("Credited in the fund's journal"),
        "undone": _("Undone or reversed in the fund's journal"),
        "not_booked": _("Without a booking: the rent was not invoiced"),
    },
    "scdl": {
        "published": _("Published"),
        "under_the_minimum": _("Not published: under the minimum"),
        "natural_persons": _("Not published: natural persons"),
        "erased": ERASED,
    },
    "deminimis_register": {"granted": _("Granted, in the register"), "erased": ERASED},
    "pack": PACK,
    "letters": {"amount_cents": _("Amounts that the letters name")},
    "credit-schedule": {
        "net": _("To be credited, without VAT"),
        "vat": _("VAT of it"),
        "gross": _("To be credited, VAT included"),
        "held_gross": _("Left out because something stands against it, VAT included"),
    },
    "credits-to-issue": {
        "net": _("To be issued, without VAT"),
        "vat": _("VAT of it"),
        "gross": _("To be issued, VAT included"),
        "committed": _("Committed, in the position of the same day"),
    },
    "reconciliation": {
        "credited_gross": _("Credited in fundadmin, VAT included"),
        "confirmed_gross": _("Confirmed by the accounts, VAT included"),
        "difference": _("Left to explain"),
        "theirs_without_ours": _("In the accounts, unknown to fundadmin"),
    },
}
"""Code of a kind -> its sums by name, in the order in which they are read."""

ENTRIES: Final = _("movements of the journal")
LINES: Final = _("months relieved, component by component")
ROWS: Final[Words] = {
    "ledger-xlsx": ENTRIES,
    "ledger-csv": ENTRIES,
    "ledger-jsonl": ENTRIES,
    "applications-xlsx": LINES,
    "applications-csv": LINES,
    "ageing": _("lines to be credited"),
    "four-eyes": _("applications filed"),
    "fec": _("lines of accounting entries"),
    "scdl": _("decisions published"),
    "deminimis_register": _("aids granted"),
    "pack": ENTRIES,
    "letters": pgettext_lazy("what is counted", "letters"),
    "credit-schedule": _("lines to be credited"),
    "credits-to-issue": pgettext_lazy("what is counted", "leases"),
    "reconciliation": pgettext_lazy("what is counted", "vouchers"),
}
"""Code of a kind -> what the rows of its file are, after their number."""


def sums_in_words(kind: str, told: Mapping[str, int]) -> "Iterator[tuple[Any, int]]":
    """The sums of a manifest in their order. Those of a kind that is gone show themselves, last."""
    known = SUMS.get(kind, {})
    yield from ((label, told[name]) for name, label in known.items() if name in told)
    yield from ((name, cents) for name, cents in told.items() if name not in known)
