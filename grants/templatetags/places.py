"""The pages of a fund, as its navigation names them; rarer ones stand on the page of their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: its page, and the names of the other pages that lie behind it."""

    name: str
    label: "_StrPromise"
    behind: frozenset[str] = frozenset()

    def address(self, code: str) -> str:
        if self.name == "applications":
            return f"{reverse('grants:applications')}?fund={code}"
        return reverse(f"grants:{self.name}", args=[code])


LANDLORDS: Final = "reconciliation"
PLACES: Final = (
    Place("fund", _("Situation of the fund"), frozenset({"to_call"})),
    Place("applications", _("Applications")),
    Place("ledger", _("Journal"), frozenset({"ledger_entry"})),
    Place("letters", _("Letters"), frozenset({"statement", "letterhead", "letter_run", "mails"})),
    Place(LANDLORDS, _("Reconciliation"), frozenset({"landlord_file", "landlord_file_confirm"})),
    Place("exports", _("Exports"), frozenset({"ask_export", "export"})),
    Place("ageing", _("Control"), frozenset({"four_eyes", "samples", "new_sample"})),
    Place("report", _("Report for officials")),
    Place("fund_actions", _("Fund actions"), frozenset({"propose_action", "fund_proposal"})),
    Place("charter", _("Charter"), frozenset({"charter_draft", "commitments", "keep_commitment"})),
    Place("team", _("People")),
    Place(
        "fund_settings",
        _("Settings"),
        frozenset({"export_settings", "public_page", "retention", "rent_roll", "rent_roll_check"}),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in one fund. `current`: what `aria-current` says of it."""

    address: str
    label: "_StrPromise"
    current: str


@register.simple_tag(takes_context=True)
def fund_places(context: template.Context) -> Sequence[Entry]:
    """Where one can go in the fund that is shown. The landlord's own pages are named to who reads them."""
    request, fund = context["request"], context["fund"]
    here = request.resolver_match.url_name
    reads_books = fund.pk in getattr(request, "books_of", ())
    return [
        Entry(
            place.address(fund.code),
            place.label,
            "page" if here == place.name else "true" if here in place.behind else "",
        )
        for place in PLACES
        if place.name != LANDLORDS or reads_books
    ]
